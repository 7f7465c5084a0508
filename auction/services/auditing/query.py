"""What an auditor typed into the search box, understood in every way that it can be meant.

Words are separated by white space; each has one or more readings, and a record is a hit if every
word matches in one of its readings. A word may be marked: `号牌:`, `金额:`, `记录:`, `核对码:`,
`时间:`, `摘要:` (or `plate:`, `amount:`, `record:`, `code:`, `time:`, `hash:`).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from auction.core import money
from auction.core.workdays import BEIJING

LIMIT = 300
WORDS = 8
MIN_PREFIX = 8
"""Fewer hex digits than this name too many things."""
WINDOWS = (0, 1, 10, 60, 600, 3600)
"""Offered half-widths of a time's window, in seconds."""


class Kind(StrEnum):
    """As what a word can be read."""

    HASH = "hash"
    CODE = "code"
    PLATE = "plate"
    AMOUNT = "amount"
    TIME = "time"
    REASON = "reason"
    RECORD = "record"
    LOT = "lot"


class QueryError(ValueError):
    """The box holds nothing that can be searched for. `code`: QUERY_EMPTY, QUERY_LONG,
    QUERY_WORDS (too many), QUERY_WORD (`word` cannot be read), QUERY_TIMES (more than one)."""

    def __init__(self, code: str, word: str = "") -> None:
        super().__init__(f"{code} {word}".strip())
        self.code = code
        self.word = word


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant's window as typed: a Beijing time of day, on one day or on any.

    `width` is what the typing leaves open: `14:34` is the whole minute. Without a time of day the
    whole day is meant.
    """

    day: date | None
    clock: time | None
    width: timedelta

    def covers(self, at: datetime, around: timedelta) -> bool:
        """Whether `at` lies in the window, widened by `around` on both sides."""
        local = at.astimezone(BEIJING)
        if self.clock is None:
            return local.date() == self.day
        for day in (self.day,) if self.day else (local.date() + timedelta(days=n) for n in _NEAR):
            start = datetime.combine(day, self.clock, BEIJING)
            if start - around <= local < start + self.width + around:
                return True
        return False


_NEAR = (-1, 0, 1)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a word: `value` is its canonical text, amounts in fen."""

    kind: Kind
    value: str
    moment: Moment | None = None

    @property
    def text(self) -> str:
        """How it is written into the security log: `plate:5508`."""
        return f"{self.kind}:{self.value}"


@dataclass(frozen=True, slots=True)
class Word:
    """A word as typed with its readings, at least one."""

    typed: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """Everything that was typed; `around` widens every time on both sides."""

    words: tuple[Word, ...]
    around: timedelta

    @property
    def ambiguous(self) -> tuple[Word, ...]:
        """The words that can be read in several ways."""
        return tuple(word for word in self.words if len(word.readings) > 1)


_MARKS: dict[str, Kind] = {
    "号牌": Kind.PLATE,
    "plate": Kind.PLATE,
    "金额": Kind.AMOUNT,
    "amount": Kind.AMOUNT,
    "记录": Kind.RECORD,
    "record": Kind.RECORD,
    "核对码": Kind.CODE,
    "code": Kind.CODE,
    "时间": Kind.TIME,
    "time": Kind.TIME,
    "摘要": Kind.HASH,
    "hash": Kind.HASH,
    "原因": Kind.REASON,
    "reason": Kind.REASON,
    "宗地": Kind.LOT,
    "lot": Kind.LOT,
}
_WIDE = str.maketrans("０１２３４５６７８９：，．－＃　", "0123456789:,.-# ")
_MARKED = re.compile(r"([^\W\d_]+):(.+)")
_HEX = re.compile(r"[0-9a-f]+")
_CODE = re.compile(r"(\d\d)-?(\d\d)-?(\d\d)", re.ASCII)
_PLATE = re.compile(r"(?:演-)?\d{1,8}", re.ASCII)
_RECORD = re.compile(r"(?:第|#|no\.?)(\d{1,15})号?|(\d{1,15})号", re.ASCII | re.IGNORECASE)
_AMOUNT = re.compile(r"[¥￥]?([\d.,]+)(万元?|元)?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?", re.ASCII)
_DAY = re.compile(r"(\d{4})(?:-|/|年)(\d{1,2})(?:-|/|月)(\d{1,2})日?", re.ASCII)
_REASON = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_SLUG = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,59}", re.ASCII)


def understand(typed: str, around: timedelta, reasons: Iterable[str], lots: Iterable[str]) -> Query:
    """What `typed` can mean; `reasons` and `lots` are the codes and lot addresses that exist.

    Raises QueryError.
    """
    text = typed.translate(_WIDE).strip()
    if not text:
        raise QueryError("QUERY_EMPTY")
    if len(text) > LIMIT:
        raise QueryError("QUERY_LONG")
    parts = _joined(text.split())
    if len(parts) > WORDS:
        raise QueryError("QUERY_WORDS")
    known = _Known(frozenset(reasons), {slug.lower(): slug for slug in lots})
    words = tuple(_word(part, known) for part in parts)
    if sum(any(r.kind is Kind.TIME for r in word.readings) for word in words) > 1:
        raise QueryError("QUERY_TIMES")
    return Query(words, around)


def _joined(parts: list[str]) -> list[str]:
    """A day and the time of day beside it are one word; so are `1849` and `万元`."""
    joined: list[str] = []
    for part in parts:
        before = joined[-1] if joined else ""
        if (_DAY.fullmatch(before) and _CLOCK.fullmatch(part)) or (
            part in ("万元", "万", "元") and _AMOUNT.fullmatch(before)
        ):
            joined[-1] = f"{before} {part}" if ":" in part else before + part
        else:
            joined.append(part)
    return joined


@dataclass(frozen=True, slots=True)
class _Known:
    reasons: frozenset[str]
    lots: dict[str, str]


def _word(part: str, known: _Known) -> Word:
    marked = _MARKED.fullmatch(part)
    wanted = _MARKS.get(marked[1].lower()) if marked else None
    text = marked[2] if marked and wanted else part
    found: list[Reading] = []
    for kind, read in _READERS.items():
        if wanted in (None, kind):
            found += read(text, known, wanted is kind)
    if not found:
        raise QueryError("QUERY_WORD", part)
    return Word(part, tuple(dict.fromkeys(found)))


def _hash(text: str, _known: _Known, asked: bool) -> list[Reading]:
    plain = text.lower()
    if not _HEX.fullmatch(plain) or not MIN_PREFIX <= len(plain) <= 64:
        return []
    # Eight digits are rather an amount; a hash without a single letter is asked for by its mark.
    if plain.isdigit() and len(plain) < 64 and not asked:
        return []
    return [Reading(Kind.HASH, plain)]


def _code(text: str, _known: _Known, _asked: bool) -> list[Reading]:
    found = _CODE.fullmatch(text)
    return [Reading(Kind.CODE, "-".join(found.groups()))] if found else []


def _plate(text: str, _known: _Known, _asked: bool) -> list[Reading]:
    return [Reading(Kind.PLATE, text)] if _PLATE.fullmatch(text) else []


def _amount(text: str, _known: _Known, asked: bool) -> list[Reading]:
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return []
    figure, unit = found.groups()
    units: tuple[Callable[[str], int], ...] = (money.from_wan, money.from_yuan)
    if unit is not None:
        units = (money.from_yuan,) if unit == "元" else (money.from_wan,)
    elif not asked and len(figure) < 5:
        units = (money.from_wan,)  # nobody pays 1,849 yuan for land
    fens: list[int] = []
    for read in units:
        try:
            fens.append(read(figure))
        except money.MoneyError:
            continue
    return [Reading(Kind.AMOUNT, str(fen)) for fen in fens if fen > 0]


def _record(text: str, _known: _Known, asked: bool) -> list[Reading]:
    found = _RECORD.fullmatch(text)
    number = (found[1] or found[2]) if found else text
    if not re.fullmatch(r"\d{1,15}", number, re.ASCII) or (
        not found and not asked and len(number) > 6
    ):
        return []
    return [Reading(Kind.RECORD, str(int(number)))] if int(number) else []


def _time(text: str, _known: _Known, _asked: bool) -> list[Reading]:
    first, _, rest = text.replace("T", " ").partition(" ")
    day_text, clock_text = (first, rest) if _DAY.fullmatch(first) else ("", text)
    try:
        day = None
        if day_text:
            found = _DAY.fullmatch(day_text)
            assert found is not None
            day = date(*(int(part) for part in found.groups()))
        clock, width = _clock(clock_text) if clock_text else (None, timedelta(days=1))
    except ValueError:
        return []
    if day is None and clock is None:
        return []
    shown = " ".join(part.isoformat() for part in (day, clock) if part is not None)
    return [Reading(Kind.TIME, shown, Moment(day, clock, width))]


def _clock(text: str) -> tuple[time, timedelta]:
    """A time of day and what it leaves open. ValueError if it is none."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(text)
    hour, minute, second, fraction = found.groups()
    us = int((fraction or "0").ljust(6, "0"))
    if second is None:
        width = timedelta(minutes=1)
    else:
        width = timedelta(microseconds=10 ** (6 - len(fraction or "")))
    return time(int(hour), int(minute), int(second or 0), us), width


def _reason(text: str, known: _Known, _asked: bool) -> list[Reading]:
    plain = text.upper()
    codes = sorted(
        code for code in known.reasons if code == plain or code.removeprefix("BID_") == plain
    )
    if not codes and _REASON.fullmatch(text):
        codes = [text]  # the security log has codes of its own
    return [Reading(Kind.REASON, code) for code in codes]


def _lot(text: str, known: _Known, asked: bool) -> list[Reading]:
    found = known.lots.get(text.lower()) if _SLUG.fullmatch(text) else None
    return [Reading(Kind.LOT, found)] if found and (asked or not text.isdigit()) else []


_READERS: dict[Kind, Callable[[str, _Known, bool], list[Reading]]] = {
    Kind.LOT: _lot,
    Kind.CODE: _code,
    Kind.TIME: _time,
    Kind.HASH: _hash,
    Kind.REASON: _reason,
    Kind.PLATE: _plate,
    Kind.AMOUNT: _amount,
    Kind.RECORD: _record,
}
