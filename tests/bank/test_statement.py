"""Statements as banks really send them, and what is said of those that cannot be read."""

import json
from datetime import UTC, date, datetime

import pytest

from auction.bank.lines import AccountKind, CreditLine, RowProblem
from auction.bank.statement import MAX_BYTES, StatementUnreadable, read

HEADER = "交易流水号,收款账号,交易金额,币种,入账时间,付款户名,付款账号,付款开户行,账户性质,附言"
ROW = (
    'F001,6228000000004471,"7,750,000.00",人民币,2024-11-08 15:58:12,'
    "青海甲实业有限公司,2806001009200010001,某银行城西支行,基本户,2024JC-4 保证金"
)


def table(*rows: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *rows]).encode("utf-8")


def problems(data: bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(StatementUnreadable) as told:
        read(data)
    return [(p.line, p.field, p.code) for p in told.value.problems]


def only(data: bytes) -> CreditLine:
    (credit,) = read(data)
    return credit


def test_a_row_is_read_to_the_fen_and_to_the_second() -> None:
    credit = only(table(ROW))
    assert credit.amount_fen == 775_000_000
    assert credit.credited_at == datetime(2024, 11, 8, 7, 58, 12, tzinfo=UTC)
    assert credit.account == "6228000000004471"
    assert credit.currency == "CNY"
    assert credit.kind is AccountKind.BASIC
    assert credit.payer_name == "青海甲实业有限公司"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_every_encoding_that_banks_use_gives_the_same(encoding: str) -> None:
    data = table(ROW).decode("utf-8").encode(encoding)
    assert read(data) == read(table(ROW))


@pytest.mark.parametrize(
    "written",
    [
        "2024-11-09 16:00:00",
        "2024/11/9 16:00:00",
        "2024.11.09 16:00:00",
        "20241109 16:00:00",
        "20241109160000",
        "20241109 160000",
        "2024-11-09T16:00:00",
        "2024-11-09T08:00:00+00:00",
    ],
)
def test_the_ways_to_write_an_instant(written: str) -> None:
    row = ROW.replace("2024-11-08 15:58:12", written)
    assert only(table(row)).credited_at == datetime(2024, 11, 9, 8, tzinfo=UTC)


@pytest.mark.parametrize("written", ["20241108", "2024-11-08", "2024/11/8", "2024-11-08 15:58"])
def test_a_day_without_a_time_to_the_second_has_no_instant(written: str) -> None:
    credit = only(table(ROW.replace("2024-11-08 15:58:12", written)))
    assert credit.credited_at is None
    assert credit.credited_on == date(2024, 11, 8)


def test_day_and_time_may_stand_in_two_columns() -> None:
    data = table(
        "F001,6228000000004471,7750000,20241108,15:58:12,甲",
        header="流水号,账号,金额,交易日期,交易时间,对方户名",
    )
    assert only(data).credited_at == datetime(2024, 11, 8, 7, 58, 12, tzinfo=UTC)


def test_titles_above_totals_below_and_empty_rows_are_passed_over() -> None:
    lines = ["账户明细查询结果", "打印日期 2024-11-08", HEADER, ROW, ",,,,,,,,,", "合计,,7750000"]
    assert len(read("\n".join(lines).encode())) == 1


def test_debits_are_not_credits() -> None:
    header = "流水号,账号,借贷标志,金额,交易时间,对方户名"
    rows = (
        "F1,6228000000004471,借,100,2024-11-08 10:00:00,甲",
        "F2,6228000000004471,贷,200,2024-11-08 10:00:00,甲",
    )
    assert only(table(*rows, header=header)).amount_fen == 20_000
    header = "流水号,账号,借方发生额,贷方发生额,交易时间,对方户名"
    rows = (
        "F1,6228000000004471,100.00,0.00,2024-11-08 10:00:00,甲",
        "F2,6228000000004471,0.00,200.00,2024-11-08 10:00:00,甲",
    )
    assert only(table(*rows, header=header)).amount_fen == 20_000


def test_tabs_separate_as_well_as_commas() -> None:
    data = table(ROW.replace('"7,750,000.00"', "7750000")).replace(b",", b"\t")
    assert only(data).amount_fen == 775_000_000


def test_json_is_read_too() -> None:
    row = {
        "reference": "F001",
        "account": "6228000000004471",
        "amount": "7750000.00",
        "currency": "CNY",
        "credited_at": "2024-11-08T15:58:12+08:00",
        "payer_name": "青海甲实业有限公司",
        "account_kind": "basic",
    }
    credit = only(json.dumps({"credits": [row]}).encode())
    assert (credit.amount_fen, credit.kind) == (775_000_000, AccountKind.BASIC)


def test_every_wrong_row_is_named_by_line_and_field() -> None:
    assert problems(
        table(
            ROW,
            ROW.replace("F001", "F002").replace("7,750,000.00", "七百"),
            ROW.replace("F001", "F003").replace("2024-11-08 15:58:12", "昨天"),
            ROW.replace("F001", "F004").replace("6228000000004471", "abc"),
            ROW.replace("F001", "F005").replace("青海甲实业有限公司", ""),
            ROW.replace("F001", "F006").replace("基本户", "不知道"),
            ROW.replace("F001", "F007").replace("人民币", "?"),
        )
    ) == [
        (3, "amount", "AMOUNT"),
        (4, "date", "TIME"),
        (5, "account", "ACCOUNT"),
        (6, "payer_name", "MISSING"),
        (7, "kind", "KIND"),
        (8, "currency", "CURRENCY"),
    ]


def test_a_name_is_never_quoted_in_a_problem() -> None:
    with pytest.raises(StatementUnreadable) as told:
        read(table(ROW.replace("7,750,000.00", "七百")))
    assert told.value.problems == (RowProblem(2, "amount", "AMOUNT", "七百"),)


def test_one_reference_cannot_be_two_payments() -> None:
    assert problems(table(ROW, ROW)) == [(3, "reference", "REFERENCE_TWICE")]


@pytest.mark.parametrize("written", ["-5.00", "0", "0.00", "1.005", "1e9", "٣"])
def test_amounts_that_are_none(written: str) -> None:
    assert problems(table(ROW.replace("7,750,000.00", written)))[0][1:] in (
        ("amount", "AMOUNT"),
        ("amount", "MISSING"),
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "FILE_EMPTY"),
        (b"  \n", "FILE_EMPTY"),
        (table(), "FILE_EMPTY"),
        (b"x" * (MAX_BYTES + 1), "FILE_TOO_LARGE"),
        (b"\xff\xfe\x00\x01", "FILE_ENCODING"),
        (b"%PDF-1.7 ...", "FILE_NO_HEADER"),
        (b"{broken", "FILE_JSON"),
        (b'{"credits": 5}', "FILE_JSON"),
        (b"[" * 100_000, "FILE_JSON"),
        (b"[5]", "ROW_NOT_AN_OBJECT"),
        ("账号,金额\n6228000000004471,5".encode(), "COLUMN_MISSING"),
    ],
)
def test_what_is_no_statement_says_why(data: bytes, code: str) -> None:
    assert problems(data)[0][2] == code
