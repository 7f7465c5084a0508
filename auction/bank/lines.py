"""One line of a bank's statement: from the text of its fields to a credit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum

from auction.core.money import MoneyError, from_yuan
from auction.core.workdays import BEIJING

FIELDS = (
    "reference",
    "account",
    "amount",
    "currency",
    "date",
    "time",
    "payer_name",
    "payer_account",
    "payer_bank",
    "kind",
    "remark",
)
REQUIRED = ("reference", "account", "amount", "date", "payer_name")

_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})-|/(\d{1,2})/|\.(\d{1,2})\.|(\d{2}))(\d{1,2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})(?:\.\d+)?|(\d{2})(\d{2})(\d{2})", re.ASCII)
_MINUTES = re.compile(r"\d{1,2}:\d{2}|\d{4}", re.ASCII)
_ACCOUNT = re.compile(r"\d{6,40}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_RENMINBI = {"", "RMB", "人民币", "人民币元", "156", "CNY"}
_SHOWN = 40


class AccountKind(StrEnum):
    """What the bank says about the paying account."""

    BASIC = "basic"
    GENERAL = "general"
    UNSAID = "unsaid"


_KINDS = {
    "": AccountKind.UNSAID,
    **dict.fromkeys(("基本户", "基本存款账户", "basic"), AccountKind.BASIC),
    **dict.fromkeys(
        ("一般户", "一般存款账户", "专用户", "专用存款账户", "临时户", "临时存款账户", "general"),
        AccountKind.GENERAL,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLine:
    """One credit as the bank tells it; `line` is its place in the file, counted from 1.

    `credited_at` is None if the statement has no time of day to the second: then nothing can be
    decided (F-4), and only `credited_on` is known.
    """

    line: int
    reference: str
    account: str
    amount_fen: int
    currency: str
    credited_at: datetime | None
    credited_on: date
    payer_name: str
    payer_account: str
    payer_bank: str
    kind: AccountKind
    remark: str


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in one line (0: the file itself). `value` never quotes a name."""

    line: int
    field: str
    code: str
    value: str = ""


class RowUnreadable(ValueError):
    """A line that is no credit; carries every problem in it."""

    def __init__(self, problems: list[RowProblem]) -> None:
        super().__init__(", ".join(f"{p.field} {p.code}" for p in problems))
        self.problems = problems


def credit_line(line: int, row: Mapping[str, str]) -> CreditLine:
    """The credit in a row whose keys are FIELDS.

    Raises RowUnreadable with codes MISSING, AMOUNT, TIME, ACCOUNT, CURRENCY, KIND.
    """
    problems: list[RowProblem] = []
    values = {name: row.get(name, "").strip() for name in FIELDS}

    def wrong(field: str, code: str) -> None:
        problems.append(RowProblem(line, field, code, values[field][:_SHOWN]))

    for name in REQUIRED:
        if not values[name]:
            problems.append(RowProblem(line, name, "MISSING"))
    account = re.sub(r"[\s-]", "", values["account"])
    if account and not _ACCOUNT.fullmatch(account):
        wrong("account", "ACCOUNT")
    amount = _amount(values["amount"])
    if values["amount"] and amount is None:
        wrong("amount", "AMOUNT")
    currency = "CNY" if values["currency"].upper() in _RENMINBI else values["currency"].upper()
    if not _CURRENCY.fullmatch(currency):
        wrong("currency", "CURRENCY")
    kind = _KINDS.get(values["kind"])
    if kind is None:
        wrong("kind", "KIND")
    moment = _moment(values["date"], values["time"])
    if values["date"] and moment is None:
        wrong("date", "TIME")
    if problems or moment is None or amount is None or kind is None:
        raise RowUnreadable(problems)
    day, instant = moment
    return CreditLine(
        line=line,
        reference=values["reference"],
        account=account,
        amount_fen=amount,
        currency=currency,
        credited_at=instant,
        credited_on=day,
        payer_name=values["payer_name"],
        payer_account=re.sub(r"[\s-]", "", values["payer_account"]),
        payer_bank=values["payer_bank"],
        kind=kind,
        remark=values["remark"],
    )


def _amount(text: str) -> int | None:
    try:
        fen = from_yuan(text.lstrip("￥¥").replace(" ", ""))
    except MoneyError:
        return None
    return fen or None


def _moment(day_text: str, time_text: str) -> tuple[date, datetime | None] | None:
    """The day, and the instant if there is a time to the second; None if unreadable."""
    if "T" in day_text:
        return _iso(day_text)
    head, _, rest = day_text.partition(" ")
    if not rest and len(head) == 14 and head.isdigit():
        head, rest = head[:8], head[8:]
    rest = (rest or time_text).strip()
    found = _DAY.fullmatch(head)
    if found is None:
        return None
    year, *months, day_of_month = found.groups()
    month = next(m for m in months if m)
    try:
        day = date(int(year), int(month), int(day_of_month))
        if not rest or _MINUTES.fullmatch(rest):
            return day, None
        clock = _TIME.fullmatch(rest)
        if clock is None:
            return None
        hour, minute, second = (int(part) for part in clock.groups() if part is not None)
        local = datetime.combine(day, time(hour, minute, second), tzinfo=BEIJING)
    except ValueError:
        return None
    return day, local.astimezone(UTC)


def _iso(text: str) -> tuple[date, datetime | None] | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    local = moment.replace(tzinfo=BEIJING) if moment.tzinfo is None else moment.astimezone(BEIJING)
    return local.date(), local.astimezone(UTC)
