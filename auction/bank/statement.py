"""Reading a bank's statement of credits: CSV in the encodings banks use, or JSON.

A file is read whole or not at all: every unreadable row is named by line, field and code, and
nothing of such a file is used (F-12).
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping

from auction.bank.lines import (
    REQUIRED,
    CreditLine,
    RowProblem,
    RowUnreadable,
    credit_line,
)

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 5000
_HEADER_WITHIN = 10
"""Banks print a title and the account holder above the header."""

Row = tuple[int, Mapping[str, str]]

_ALIASES: dict[str, tuple[str, ...]] = {
    "reference": ("交易流水号", "流水号", "交易流水", "银行流水号", "reference"),
    "account": ("收款账号", "保证金账号", "子账号", "本方账号", "账号", "account"),
    "amount": ("交易金额", "金额", "贷方发生额", "贷方金额", "收入金额", "amount"),
    "debit": ("借方发生额", "借方金额", "支出金额"),
    "direction": ("借贷标志", "借贷方向", "借贷", "收支"),
    "currency": ("币种", "货币", "currency"),
    "date": ("入账时间", "交易时间", "记账时间", "入账日期", "交易日期", "记账日期", "credited_at"),
    "time": ("入账时刻", "交易时刻", "时刻"),
    "payer_name": ("付款户名", "付款人户名", "付款人", "对方户名", "payer_name"),
    "payer_account": ("付款账号", "付款人账号", "对方账号", "payer_account"),
    "payer_bank": ("付款开户行", "付款行", "对方行名", "对方开户行", "payer_bank"),
    "kind": ("账户性质", "账户类型", "付款账户性质", "account_kind"),
    "remark": ("附言", "摘要", "用途", "备注", "remark"),
}
_NAMES = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}
_DATE_COLUMNS = ("入账日期", "交易日期", "记账日期")
_TIME_COLUMNS = ("入账时间", "交易时间", "记账时间")
_CREDIT = {"贷", "贷方", "C", "CR", "收", "收入"}
_DEBIT = {"借", "借方", "D", "DR", "支", "支出"}
_TOTALS = ("合计", "总计", "小计", "本页合计", "累计")


class StatementUnreadable(ValueError):
    """The file is no statement that can be used; carries every problem in it."""

    def __init__(self, *problems: RowProblem) -> None:
        super().__init__(", ".join(f"{p.line}: {p.field} {p.code}" for p in problems))
        self.problems = problems


def read(data: bytes) -> tuple[CreditLine, ...]:
    """The credits of a statement file in its order. Raises StatementUnreadable.

    Codes of the file: FILE_EMPTY, FILE_TOO_LARGE, FILE_ENCODING, FILE_JSON, FILE_NO_HEADER,
    FILE_TOO_LONG, COLUMN_MISSING; of rows: those of lines.credit_line, ROW_NOT_AN_OBJECT,
    DIRECTION, REFERENCE_TWICE.
    """
    if not data.strip():
        raise StatementUnreadable(RowProblem(0, "file", "FILE_EMPTY"))
    if len(data) > MAX_BYTES:
        raise StatementUnreadable(RowProblem(0, "file", "FILE_TOO_LARGE"))
    text = _decoded(data)
    is_json = text.lstrip().startswith(("{", "["))
    return _credits(_json_rows(text) if is_json else _csv_rows(text))


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise StatementUnreadable(RowProblem(0, "file", "FILE_ENCODING"))


def _credits(rows: Iterator[Row]) -> tuple[CreditLine, ...]:
    found: dict[str, CreditLine] = {}
    problems: list[RowProblem] = []
    for count, (line, row) in enumerate(rows, start=1):
        if count > MAX_ROWS:
            raise StatementUnreadable(RowProblem(line, "file", "FILE_TOO_LONG"))
        try:
            if not _is_credit(line, row):
                continue
            credit = credit_line(line, row)
        except RowUnreadable as error:
            problems += error.problems
            continue
        first = found.setdefault(credit.reference, credit)
        if first is not credit:
            # The same flow number cannot be two payments, and one payment is not told twice.
            problems.append(RowProblem(line, "reference", "REFERENCE_TWICE", credit.reference))
    if problems:
        raise StatementUnreadable(*problems)
    if not found:
        raise StatementUnreadable(RowProblem(0, "file", "FILE_EMPTY"))
    return tuple(found.values())


def _is_credit(line: int, row: Mapping[str, str]) -> bool:
    direction = row.get("direction", "").strip().upper()
    if direction in _DEBIT:
        return False
    if direction and direction not in _CREDIT:
        raise RowUnreadable([RowProblem(line, "direction", "DIRECTION", direction[:8])])
    # Of two columns the other one is empty or 0.00.
    return _is_filled(row.get("amount", "")) or not _is_filled(row.get("debit", ""))


def _is_filled(amount: str) -> bool:
    return bool(amount.strip(" 0.,"))


def _csv_rows(text: str) -> Iterator[Row]:
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines[:_HEADER_WITHIN]) if _is_header(line)), None)
    if start is None:
        raise StatementUnreadable(RowProblem(0, "file", "FILE_NO_HEADER"))
    separator = max(",\t;", key=lines[start].count)
    reader = csv.reader(io.StringIO("\n".join(lines[start:])), delimiter=separator)
    columns = _columns(next(reader))
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise StatementUnreadable(
            *(RowProblem(start + 1, name, "COLUMN_MISSING") for name in missing)
        )
    for cells in reader:
        filled = [cell.strip() for cell in cells]
        if not any(filled) or next(c for c in filled if c).startswith(_TOTALS):
            continue
        # Excel keeps long numbers as text by a leading apostrophe or tab.
        values = {
            name: filled[place].lstrip("'`") if place < len(filled) else ""
            for name, place in columns.items()
        }
        yield start + reader.line_num, values


def _is_header(line: str) -> bool:
    names = {_NAMES.get(cell.strip().strip('"')) for cell in _split(line)}
    return {"account", "amount"} <= names


def _split(line: str) -> list[str]:
    return line.split(max(",\t;", key=line.count))


def _columns(header: list[str]) -> dict[str, int]:
    cells = [cell.strip() for cell in header]
    columns: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = _NAMES.get(cell)
        if name is not None:
            columns.setdefault(name, place)
    # Day and time in two columns: then 入账时间 holds only the time of day.
    days = [place for place, cell in enumerate(cells) if cell in _DATE_COLUMNS]
    times = [place for place, cell in enumerate(cells) if cell in _TIME_COLUMNS]
    if days and times:
        columns |= {"date": days[0], "time": times[0]}
    return columns


def _json_rows(text: str) -> Iterator[Row]:
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise StatementUnreadable(RowProblem(0, "file", "FILE_JSON")) from None
    rows = content.get("credits") if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise StatementUnreadable(RowProblem(0, "file", "FILE_JSON"))
    for line, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise StatementUnreadable(RowProblem(line, "row", "ROW_NOT_AN_OBJECT"))
        named = {_NAMES.get(key, key): value for key, value in row.items()}
        yield line, {name: value for name, value in named.items() if isinstance(value, str)}
