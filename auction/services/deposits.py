"""Deposits: a bank's statement comes in, each credit is decided, the exact one qualifies."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auction.bank import statement
from auction.bank.lines import CreditLine, RowProblem
from auction.bank.matching import CURRENCY
from auction.core.money import to_yuan_text
from auction.core.profile import RuleProfile
from auction.core.workdays import BEIJING
from auction.services import logbook, people
from auction.services.booking import book, booked, is_news, reference_of
from auction.services.house import House
from auction.services.lots import terms_now
from auction.services.randomness import identifier
from auction.services.seats import occupant
from auction.services.unit import writing
from auction.store.base import db
from auction.store.sales import Lot, Notice, NoticeStatus
from auction.store.seats import (
    BankFile,
    BankImport,
    Credit,
    CreditVerdict,
    Seat,
)

BANK_ZH = "演练银行西宁分行"
"""Where the deposit accounts of the demonstration are kept."""
DEMO_BANK = "demo-bank"
SILENCE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Preview:
    """A statement that has been read but not booked; figures are over all lots together."""

    digest: str
    rows: int
    new: int
    duplicates: int
    sum_fen: int
    sample: tuple[CreditLine, ...]
    """The first rows, of which a page shows no names."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came of a statement; `exceptions` are ids of credits that need a look."""

    id: str
    rows: int
    new: int
    duplicates: int
    qualified: int
    exceptions: tuple[str, ...]
    difference_fen: int


@dataclass(frozen=True, slots=True)
class BankNews:
    """When the bank last told anything, and whether its silence is a worry (pages 8)."""

    last_at: datetime | None
    silent: bool
    urgent: bool


class CreditConflict(statement.StatementUnreadable):
    """A reference that is booked already comes again with another account or amount."""


# --- statements -----------------------------------------------------------------------------


def preview_statement(house: House, officer_id: str, data: bytes, filename: str) -> Preview:
    """Read a statement and keep it sealed, so that it can be booked without another upload.

    Raises StatementUnreadable with every problem; nothing is kept then.
    """
    credits = statement.read(data)
    known = booked(db.session(), credits)
    _require_agreement(credits, known)
    duplicates = sum(1 for c in credits if not is_news(c, known.get(reference_of(c))))
    with writing() as session:
        _keep_file(house, session, officer_id, data, filename)
    return Preview(
        digest=hashlib.sha256(data).hexdigest(),
        rows=len(credits),
        new=len(credits) - duplicates,
        duplicates=duplicates,
        sum_fen=sum(c.amount_fen for c in credits),
        sample=credits[:5],
    )


def import_kept(house: House, officer_id: str, digest: str) -> ImportResult:
    """Book a statement that `preview_statement` has kept. LookupError if there is none."""
    file = db.session.get(BankFile, digest)
    if file is None:
        raise LookupError(digest)
    content = house.sealer.open(file.sealed, _file_context(digest))
    assert isinstance(content, dict)
    data = base64.b64decode(str(content["content"]))
    return import_statement(house, officer_id, data, str(content["name"]))


def import_statement(house: House, officer_id: str, data: bytes, filename: str) -> ImportResult:
    """Read a statement, decide every new credit, qualify whose deposit is complete.

    All or nothing. A credit that is booked already changes nothing (F-8), except one that had no
    time of day and now has. Raises StatementUnreadable, CreditConflict.
    """
    credits = statement.read(data)
    now = house.now()
    digest = hashlib.sha256(data).hexdigest()
    exceptions: list[str] = []
    new = qualified = 0
    with writing() as session:
        _keep_file(house, session, officer_id, data, filename)
        known = booked(session, credits)
        _require_agreement(credits, known)
        # By the bank's time, so that a file's order of rows decides nothing.
        for line in sorted(credits, key=_bank_order):
            row = known.get(reference_of(line))
            if not is_news(line, row):
                continue
            new += 1
            credit = book(house, session, line, row, now)
            if credit.verdict == CreditVerdict.QUALIFIES:
                qualified += 1
            else:
                exceptions.append(credit.id)
        session.flush()
        done = BankImport(
            id=identifier(house.random),
            digest=digest,
            imported_by=officer_id,
            at=now,
            rows=len(credits),
            new=new,
            exceptions=len(exceptions),
            difference_fen=_difference(session, credits),
        )
        session.add(done)
        logbook.register(house, session, "statement_imported", {"by": officer_id, "file": digest})
        return ImportResult(
            id=done.id,
            rows=done.rows,
            new=new,
            duplicates=done.rows - new,
            qualified=qualified,
            exceptions=tuple(exceptions),
            difference_fen=done.difference_fen,
        )


def pay_demo(house: House, lot: Lot, seat: Seat) -> ImportResult:
    """The demo bank's customer pays the whole deposit from the applicant's basic account.

    Goes the way of every statement. LookupError outside demo mode.
    """
    if not house.site.demo:
        raise LookupError("no demo bank")
    terms = RuleProfile.from_dict(lot.terms)
    who = occupant(house, lot, seat)
    details = people.party_details(house, who.party_id)
    moment = house.now().replace(microsecond=0).astimezone(BEIJING)
    credit = {
        "reference": f"DEMO{house.random.token(8).hex()}",
        "account": seat.account_number,
        "amount": to_yuan_text(terms.deposit_fen),
        "currency": CURRENCY,
        "credited_at": moment.isoformat(),
        "payer_name": who.name,
        "payer_account": details["account_number"],
        "payer_bank": details["account_bank"],
        "account_kind": "basic",
        "remark": f"{lot.code} 竞买保证金",
    }
    data = json.dumps({"credits": [credit]}, ensure_ascii=False).encode("utf-8")
    return import_statement(house, DEMO_BANK, data, "demo-bank.json")


# --- reading --------------------------------------------------------------------------------


def credits_of(seat: Seat) -> list[Credit]:
    """What has arrived on the seat's account, in the bank's order."""
    query = select(Credit).where(Credit.account_number == seat.account_number)
    return sorted(db.session.scalars(query), key=lambda c: (c.credited_at or c.received_at, c.id))


def qualifying_credit(seat: Seat) -> Credit | None:
    """The credit that completed the deposit."""
    return next((c for c in credits_of(seat) if c.verdict == CreditVerdict.QUALIFIES), None)


def exceptions() -> list[Credit]:
    """Credits that did not qualify and have not gone back, the latest first."""
    query = (
        select(Credit)
        .where(Credit.verdict != str(CreditVerdict.QUALIFIES), Credit.refunded_at.is_(None))
        .order_by(Credit.received_at.desc(), Credit.id)
    )
    return list(db.session.scalars(query))


def imports(limit: int = 10) -> list[BankImport]:
    """The latest imports of statements by people."""
    query = (
        select(BankImport)
        .where(BankImport.imported_by != DEMO_BANK)
        .order_by(BankImport.at.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))


def bank_news(house: House) -> BankNews:
    """When the bank last told anything; silence matters while a deposit deadline is near."""
    now = house.now()
    last = db.session.scalar(select(func.max(BankImport.at)))
    deadlines = [
        terms_now(lot).deposit_until
        for lot in db.session.scalars(
            select(Lot).join(Lot.notice).where(Notice.status == str(NoticeStatus.PUBLISHED))
        )
    ]
    ahead = [at - now for at in deadlines if at >= now]
    quiet = last is None or now - last > SILENCE
    return BankNews(
        last_at=last,
        silent=quiet and any(left <= timedelta(days=1) for left in ahead),
        urgent=quiet and any(left <= timedelta(hours=2) for left in ahead),
    )


def _file_context(digest: str) -> str:
    return f"bank-file:{digest}"


def _keep_file(house: House, session: Session, officer_id: str, data: bytes, filename: str) -> None:
    digest = hashlib.sha256(data).hexdigest()
    if session.get(BankFile, digest) is not None:
        return
    content = {"name": filename, "content": base64.b64encode(data).decode("ascii")}
    session.add(
        BankFile(
            digest=digest,
            sealed=house.sealer.seal(content, _file_context(digest)),
            received_by=officer_id,
            received_at=house.now(),
        )
    )


def _require_agreement(credits: Sequence[CreditLine], known: dict[str, Credit]) -> None:
    problems = [
        RowProblem(line.line, "reference", "REFERENCE_BOOKED", line.reference)
        for line in credits
        if (row := known.get(reference_of(line))) is not None
        and (row.account_number, row.amount_fen) != (line.account, line.amount_fen)
    ]
    if problems:
        raise CreditConflict(*problems)


def _bank_order(line: CreditLine) -> tuple[bool, datetime, int]:
    end = datetime.max.replace(tzinfo=BEIJING)
    return line.credited_at is None, line.credited_at or end, line.line


def _difference(session: Session, credits: Sequence[CreditLine]) -> int:
    there = sum(credit.amount_fen for credit in booked(session, credits).values())
    return sum(line.amount_fen for line in credits) - there
