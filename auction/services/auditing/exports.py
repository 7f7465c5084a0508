"""What an audit body may ask for, as JSON and as a workbook; written row by row.

Each export is bound to the signed heads under which its logs stood when it began: records that came
later are not in it, and the heads are written beside the rows. Columns are named in Chinese and
English. Times stand twice, as Beijing time for people and in microseconds of UTC since 1970;
amounts twice, in fen and in 万元.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import IO, Any

import xlsxwriter
from sqlalchemy import Connection, select
from xlsxwriter.worksheet import Worksheet

from auction.core.instants import from_us
from auction.core.money import to_wan_text
from auction.core.workdays import BEIJING
from auction.ledger.checkpoint import check_code
from auction.services.auditing.search import BIDS, leaves
from auction.services.house import House
from auction.services.lots import published
from auction.store import journal
from auction.store.base import db
from auction.store.logs import Log, LogKind
from auction.store.sales import Lot, SaleKind

FORMAT = "audit-export/1"
SHEET_ROWS = 1_000_000
"""A sheet holds 1,048,576 rows; what does not fit begins another."""
Value = str | int | None


class What(StrEnum):
    """What is exported."""

    EVENTS = "events"
    BIDS = "bids"
    REFUSALS = "refusals"
    STAFF = "staff"
    IDENTITIES = "identities"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class Head:
    """A log as far as it is exported, with the signed note (C2SP) that covers it."""

    log_id: int
    origin: str
    kind: LogKind
    lot: str
    size: int
    note: str

    @property
    def code(self) -> str:
        """Its check code."""
        return check_code(self.note)


@dataclass(frozen=True, slots=True)
class Record:
    """One record that was chosen, with its content as far as it can be read."""

    head: Head
    leaf: journal.Leaf
    content: Mapping[str, Any]

    @property
    def data(self) -> Mapping[str, Any]:
        """The record's own fields."""
        held = self.content.get("data")
        return held if isinstance(held, dict) else {}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in JSON, its names, its value of a record."""

    key: str
    zh: str
    en: str
    value: Callable[[Record], Value]


def _instant(name: str) -> Callable[[Record], Value]:
    def told(record: Record) -> Value:
        at = record.content.get(name)
        return _beijing(from_us(at)) if type(at) is int else None

    return told


def _beijing(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S.%f")


def _field(name: str) -> Callable[[Record], Value]:
    def told(record: Record) -> Value:
        value = record.data.get(name)
        if value is None or type(value) in (int, str):
            return value
        return json.dumps(value, ensure_ascii=False, sort_keys=True)

    return told


def _wan(record: Record) -> Value:
    fen = record.data.get("amount_fen")
    return to_wan_text(fen).replace(",", "") if type(fen) is int else None


def _by(record: Record) -> Value:
    by = record.data.get("by") or record.data.get("officer")
    return "、".join(map(str, by)) if isinstance(by, list) else by


def _us(name: str) -> Callable[[Record], Value]:
    def told(record: Record) -> Value:
        at = record.content.get(name)
        return at if type(at) is int else None

    return told


COLUMNS: tuple[Column, ...] = (
    Column("log", "记录簿", "Log", lambda r: r.head.origin),
    Column("lot", "宗地", "Lot", lambda r: r.head.lot or _field("lot")(r)),
    Column("record", "记录号", "Record no.", lambda r: r.leaf.seq),
    Column("type", "类型代码", "Type", lambda r: str(r.content.get("type", r.leaf.type))),
    Column("arrival_beijing", "到达（北京时间）", "Arrival (Beijing)", _instant("arrival_us")),
    Column("arrival_us", "到达（UTC 微秒）", "Arrival (UTC µs)", _us("arrival_us")),
    Column("sequenced_beijing", "写入（北京时间）", "Written (Beijing)", _instant("sequenced_us")),
    Column("sequenced_us", "写入（UTC 微秒）", "Written (UTC µs)", _us("sequenced_us")),
    Column("plate", "号牌", "Plate", _field("plate")),
    Column("amount_fen", "金额（分）", "Amount (fen)", _field("amount_fen")),
    Column("amount_wan", "金额（万元）", "Amount (10,000 yuan)", _wan),
    Column("reason", "原因代码", "Reason code", lambda r: _field("reason")(r) or _field("code")(r)),
    Column("ground", "事由", "Ground", _field("ground")),
    Column("by", "操作人", "By", _by),
    Column("statement", "签名报价摘要", "Statement SHA-256", _field("statement")),
    Column("leaf_hash", "叶摘要", "Leaf hash", lambda r: r.leaf.hash.hex()),
    Column(
        "leaf",
        "记录原文",
        "Record as written",
        lambda r: r.leaf.data.decode("utf-8", "replace"),
    ),
)
_HEADS = ("记录簿 / Log", "记录数 / Size", "核对码 / Check code", "树头 / Signed head")


def heads(house: House, what: What, lot: Lot | None) -> tuple[Head, ...]:
    """The logs that this export reads, each up to its latest signed head. `lot` narrows the lots'
    logs to one; the centre's logs are read whole and narrowed by record."""
    wanted: list[tuple[Log, str]] = []
    if what in (What.EVENTS, What.BIDS, What.REFUSALS, What.STAFF):
        lots = [lot] if lot is not None else sorted(published(*SaleKind), key=lambda one: one.slug)
        wanted += [(one.log, one.slug) for one in lots]
    kind = {
        What.STAFF: LogKind.REGISTER,
        What.IDENTITIES: LogKind.REGISTER,
        What.SECURITY: LogKind.SECURITY,
    }.get(what)
    if kind is not None:
        origin = house.log_origin(str(kind))
        log = db.session.scalar(select(Log).where(Log.origin == origin))
        wanted += [] if log is None else [(log, "")]
    conn = db.session.connection()
    found: list[Head] = []
    for log, slug in wanted:
        signed = journal.checkpoint(conn, log.id)
        if signed is not None:
            found.append(Head(log.id, log.origin, LogKind(log.kind), slug, *signed))
    return tuple(found)


def records(
    conn: Connection, what: What, logs: Sequence[Head], slug: str | None
) -> Iterator[Record]:
    """The records chosen, log by log in order. `slug` narrows the centre's logs to what names that
    lot."""
    for head in logs:
        for leaf in leaves(conn, head.log_id, head.size):
            record = Record(head, leaf, _content(leaf))
            if _wanted(what, record) and (head.lot or slug is None or _names(record, slug)):
                yield record


def _content(leaf: journal.Leaf) -> Mapping[str, Any]:
    try:
        content = json.loads(leaf.data)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _names(record: Record, slug: str) -> bool:
    listed = record.data.get("lots")
    return record.data.get("lot") == slug or (isinstance(listed, list) and slug in listed)


def _wanted(what: What, record: Record) -> bool:
    name = str(record.content.get("type", record.leaf.type))
    match what:
        case What.EVENTS | What.SECURITY:
            return True
        case What.BIDS:
            return name in BIDS
        case What.REFUSALS:
            return name == "bid_refused"
        case What.STAFF:
            by = _by(record)
            return record.head.kind is LogKind.REGISTER or (by is not None and by != "system")
        case What.IDENTITIES:
            return name == "identity_opened"


# --- files ------------------------------------------------------------------------------------


def as_json(
    house: House, what: What, logs: Sequence[Head], slug: str | None, made: datetime
) -> Iterator[str]:
    """The export as JSON text in pieces: head, then one record a line."""
    about = {
        "format": FORMAT,
        "what": str(what),
        "lot": slug,
        "made_beijing": _beijing(made),
        "heads": [
            {"log": h.origin, "size": h.size, "check_code": h.code, "checkpoint": h.note}
            for h in logs
        ],
        "columns": {column.key: {"zh": column.zh, "en": column.en} for column in COLUMNS},
    }
    yield json.dumps(about, ensure_ascii=False, indent=1)[:-2] + ',\n "records": ['
    comma = ""
    with house.engine.connect() as conn:
        for record in records(conn, what, logs, slug):
            row = {column.key: column.value(record) for column in COLUMNS}
            yield f"{comma}\n  {json.dumps(row, ensure_ascii=False)}"
            comma = ","
    yield "\n ]\n}\n"


def as_workbook(
    house: House, what: What, logs: Sequence[Head], slug: str | None, file: IO[bytes]
) -> None:
    """Write the export as XLSX. No cell is a formula, whatever a record holds."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(file, options)
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    covered = book.add_worksheet("树头 Heads")
    _heading(covered, heading, _HEADS)
    for at, head in enumerate(logs, start=1):
        cells: tuple[Value, ...] = (head.origin, head.size, head.code, head.note)
        for place, value in enumerate(cells):
            _cell(covered, at, place, value)
    sheet, row = _sheet(book, heading, 1), 1
    sheets = 1
    with house.engine.connect() as conn:
        for record in records(conn, what, logs, slug):
            if row > SHEET_ROWS:
                sheets += 1
                sheet, row = _sheet(book, heading, sheets), 1
            for place, column in enumerate(COLUMNS):
                _cell(sheet, row, place, column.value(record))
            row += 1
    book.close()


def _sheet(book: xlsxwriter.Workbook, heading: Any, number: int) -> Worksheet:
    sheet = book.add_worksheet(f"记录 Records {number}")
    _heading(sheet, heading, [f"{column.zh} / {column.en}" for column in COLUMNS])
    return sheet


def _heading(sheet: Worksheet, heading: Any, names: Sequence[str]) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(names) - 1, 20)
    for place, name in enumerate(names):
        sheet.write_string(0, place, name, heading)


_EXACT = 10**15
"""A workbook's numbers are floating point: whole numbers beyond 15 digits become text."""
_CELL = 32_767
"""Characters that a cell holds. A record is under 64 KiB: what is cut says so."""


def _cell(sheet: Worksheet, row: int, place: int, value: Value) -> None:
    if value is None:
        return
    if isinstance(value, int) and abs(value) < _EXACT:
        sheet.write_number(row, place, value)
        return
    text = str(value)
    if len(text) > _CELL:
        text = text[: _CELL - 40] + " …（截断，全文见 JSON / cut, whole in JSON）"
    sheet.write_string(row, place, text)
