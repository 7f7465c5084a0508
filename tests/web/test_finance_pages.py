"""Finance: a statement in, exceptions out, nothing that names or counts bidders before the end."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from applying import apply_alone
from factories import beijing, wan
from flask import Flask
from sqlalchemy import select

from auction.core import commands as c
from auction.core.events import Admission
from auction.services import lots
from auction.services.house import House
from auction.store.base import db
from auction.store.seats import BankImport, Credit, Seat
from auction.trading.time import DrivenClock
from auction.trading.work import Work

ClientAs = Callable[[str], Any]
NAME = "青海演练甲实业有限公司"


@pytest.fixture
def account(client_as: ClientAs, published_lot: Any, app: Flask) -> str:
    """The deposit account of a bidder who has applied."""
    apply_alone(client_as("bidder-a"), published_lot.path)
    with app.app_context():
        return db.session.scalars(select(Seat.account_number)).one()


@pytest.fixture
def finance(client_as: ClientAs) -> Any:
    return client_as("finance")


def statement(given: str, reference: str = "F1", **changes: str) -> bytes:
    row = {
        "reference": reference,
        "account": given,
        "amount": "7750000",
        "credited_at": "2024-11-08T15:58:12+08:00",
        "payer_name": NAME,
        "payer_account": "2806001009200010001",
        **changes,
    }
    return json.dumps({"credits": [row]}).encode()


def bring(client: Any, data: bytes) -> Any:
    return client.post(
        "/finance/statements",
        data={"file": (io.BytesIO(data), "bank.json")},
        content_type="multipart/form-data",
    )


def book(client: Any, data: bytes) -> Any:
    import hashlib

    assert bring(client, data).status_code == 200
    digest = hashlib.sha256(data).hexdigest()
    return client.post(f"/finance/statements/{digest}", follow_redirects=True)


def test_a_preview_shows_rows_without_names_and_books_nothing(
    finance: Any, account: str, app: Flask
) -> None:
    answer = bring(finance, statement(account))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "共 1 笔，其中 1 笔待入账" in page
    assert account[-4:] in page
    assert account not in page
    assert NAME not in page
    with app.app_context():
        assert db.session.scalars(select(Credit)).all() == []


def test_booking_says_what_was_decided(finance: Any, account: str) -> None:
    page = book(finance, statement(account)).get_data(as_text=True)
    assert "1 笔：自动判定 1，需查看 0，重复 0" in page
    assert "对账一致，差额 0.00" in page
    again = book(finance, statement(account)).get_data(as_text=True)
    assert "1 笔：自动判定 0，需查看 0，重复 1" in again


def test_an_exception_shows_its_rule_and_next_step_but_no_name(finance: Any, account: str) -> None:
    book(finance, statement(account, credited_at="2024-11-09T16:00:01+08:00"))
    page = finance.get("/finance/").get_data(as_text=True)
    assert "迟到" in page
    assert "11月9日 16:00:01" in page
    assert "交易结束后原路退回" in page
    assert NAME not in page
    assert account not in page


def test_the_bidder_reads_m13_word_for_word(
    client_as: ClientAs, finance: Any, account: str, published_lot: Any, clock: DrivenClock
) -> None:
    clock.move_to(beijing(11, 9, 17, 0))
    book(client_as("finance"), statement(account, credited_at="2024-11-09T16:00:01+08:00"))
    page = client_as("bidder-a").get(f"/my{published_lot.path}/deposit").get_data(as_text=True)
    assert "保证金晚到，不能取得本宗地竞买资格。" in page
    assert "银行入账时间 11月9日 16:00:01，截止时间 11月9日 16:00:00（含）" in page
    assert "775.00 万元将于交易结束后 5 个工作日内退回原账户，无需申请。" in page


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            [{"amount": "4000000"}, {"amount": "3750000"}],
            "收到 400.00 万元和 375.00 万元两笔；本宗地要求一次性缴足 775 万元。",
        ),
        ([{"amount": "7749950"}], "收到 774.995 万元，少 50.00 元（可能被扣手续费）。"),
        ([{"payer_name": "西宁演练乙建设有限公司"}], "付款户名与申请人不一致。"),
        (
            [{"account": "6228000000000001"}],
            "款项汇入了其他宗地的账号，不能抵作本宗地保证金。",
        ),
    ],
)
def test_the_bidder_reads_m14_word_for_word(
    client_as: ClientAs,
    finance: Any,
    account: str,
    published_lot: Any,
    rows: list[dict[str, str]],
    sentence: str,
) -> None:
    for number, changes in enumerate(rows):
        book(finance, statement(account, f"F{number}", **changes))
    bidder = client_as("bidder-a")
    page = bidder.get("/my/").get_data(as_text=True)
    page += bidder.get(f"/my{published_lot.path}/deposit").get_data(as_text=True)
    assert sentence in page


def test_an_unreadable_file_is_refused_line_by_line(finance: Any, account: str) -> None:
    rows = [
        json.loads(statement(account, "F1"))["credits"][0],
        json.loads(statement(account, "F2", amount="viel", credited_at="gestern"))["credits"][0],
    ]
    answer = bring(finance, json.dumps({"credits": rows}).encode())
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "一行也没有入账" in page
    assert "第 2 行：金额“viel”无法识别" in page
    assert "第 2 行：时间“gestern”无法识别" in page


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4", b"{", b"\xff\xfe\x00\x00", b"a,b\n1,2"])
def test_what_is_no_statement_is_refused_in_words(finance: Any, data: bytes) -> None:
    answer = bring(finance, data)
    assert answer.status_code == 422
    assert "文件没有导入" in answer.get_data(as_text=True)


def test_no_file_at_all_is_refused_too(finance: Any) -> None:
    answer = finance.post("/finance/statements", data={})
    assert answer.status_code == 422
    assert "请选择银行流水文件" in answer.get_data(as_text=True)


def test_a_statement_nobody_has_previewed_cannot_be_booked(finance: Any) -> None:
    assert finance.post(f"/finance/statements/{'0' * 64}").status_code == 404


def test_a_contradicting_reference_stops_the_booking(finance: Any, account: str) -> None:
    book(finance, statement(account, amount="100"))
    answer = bring(finance, statement(account, amount="200"))
    assert answer.status_code == 422
    assert "已入账，但账号或金额与本文件不同" in answer.get_data(as_text=True)


def test_bank_silence_near_the_deadline_is_said_without_naming_a_lot(
    client_as: ClientAs, published_lot: Any, clock: DrivenClock
) -> None:
    clock.move_to(beijing(11, 9, 15, 30))
    page = client_as("finance").get("/finance/").get_data(as_text=True)
    assert "银行数据已中断 30 分钟以上" in page
    assert published_lot.slug not in page


def test_refunds_appear_after_the_end_only_and_are_marked(
    client_as: ClientAs,
    finance: Any,
    account: str,
    published_lot: Any,
    clock: DrivenClock,
    app: Flask,
    house: House,
) -> None:
    book(finance, statement(account))
    where = f"/finance/refunds{published_lot.path}"
    assert finance.get(where).status_code == 404
    assert published_lot.slug not in finance.get("/finance/refunds").get_data(as_text=True)
    with app.app_context():
        outbid(house, published_lot, clock)
    finance = client_as("finance")
    assert published_lot.slug in finance.get("/finance/refunds").get_data(as_text=True)
    page = finance.get(where).get_data(as_text=True)
    assert NAME in page
    assert "2024年11月18日（周一）24:00" in page
    with app.app_context():
        credit = db.session.scalars(select(Credit.id)).one()
    done = finance.post(f"{where}/{credit}", follow_redirects=True).get_data(as_text=True)
    assert "已退回" in done
    assert finance.post(f"{where}/{'0' * 16}").status_code == 404


def outbid(house: House, lot: Any, clock: DrivenClock) -> None:
    """Somebody else quotes and wins."""
    clock.move_to(beijing(11, 1, 10, 0))
    lots.act(
        house,
        lot.id,
        lambda at: Work(
            lot.id,
            c.PlaceBid(
                arrival=at,
                plate="9999",
                amount_fen=wan(1549),
                statement="ab" * 32,
                admission=Admission("9999", "cd" * 32),
            ),
        ),
    )
    clock.move_to(beijing(11, 11, 14, 30))
    house.sequencer.settle()


def test_only_finance_gets_in(client_as: ClientAs, account: str) -> None:
    for person in ("drafter", "approver", "auditor", "bidder-b"):
        client = client_as(person)
        for path in ("/finance/", "/finance/refunds", "/finance/imports/x"):
            assert client.get(path).status_code == 403
        assert bring(client, statement(account)).status_code == 403


def test_the_result_of_an_import_can_be_read_again(finance: Any, account: str, app: Flask) -> None:
    book(finance, statement(account))
    with app.app_context():
        done = db.session.scalars(select(BankImport.id)).one()
    assert finance.get(f"/finance/imports/{done}").status_code == 200
    assert finance.get("/finance/imports/none").status_code == 404
