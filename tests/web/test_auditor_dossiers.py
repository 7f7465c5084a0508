"""Dossiers on the desk: of a bid in sentences and times, of a request that never arrived."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from factories import LISTING_FROM, LISTING_UNTIL, A, B, wan
from flask import Flask
from flask.testing import FlaskClient
from hall_people import Seated, signed_bid, take_seat
from live_house import seat
from reading import entries, page, tamper, text
from recorded import Recorded, listed_in

from auction.core import commands as c
from auction.ledger import receipt
from auction.services import demo_people, lots
from auction.services.house import House
from auction.store.base import db
from auction.store.logs import LogKind
from auction.store.people import Credential
from auction.store.sales import Bid, Lot
from auction.store.seats import Evidence
from auction.trading.time import DrivenClock
from auction.trading.work import Work

ClientAs = Callable[[str], Any]
BID = "/audit/bids/2024JC-4:13"


@pytest.fixture
def signed(
    app: Flask,
    house: House,
    clock: DrivenClock,
    client_as: ClientAs,
    publish_44: Callable[..., Any],
) -> list[Seated]:
    """Two bidders with really signed bids: a 1549 accepted, b 1549 refused; bidding goes on."""
    lot = publish_44()
    clock.move_to(LISTING_UNTIL - timedelta(minutes=10))
    people = [take_seat(app, lot, client_as(f"bidder-{x}"), f"bidder-{x}") for x in "ab"]
    payloads = [signed_bid(who, 1549) for who in people]
    for who, payload in zip(people, payloads, strict=True):
        clock.advance(milliseconds=1_041)
        who.client.post(f"/my{who.path}/bids", json=payload)
    return people


def end(house: House, clock: DrivenClock) -> None:
    clock.move_to(LISTING_UNTIL + timedelta(minutes=5))
    house.sequencer.settle()


def refused_bid(app: Flask) -> tuple[int, str]:
    """Number and statement of the one refused bid."""
    with app.app_context():
        row = db.session.query(Bid).filter_by(accepted=False).one()
        return row.seq, row.statement


# --- a bid --------------------------------------------------------------------------------------


def test_only_an_auditor_comes_in(sale: Recorded, client_as: ClientAs) -> None:
    addresses = (
        BID,
        f"{BID}/proof",
        "/audit/absence",
        "/audit/search?q=1849",
        "/audit/exports",
        "/audit/exports/file?what=bids&format=json",
        "/audit/reading",
        "/audit/lots/2024JC-4/findings",
    )
    people = [client_as(person) for person in ("bidder-a", "drafter", "security")]
    for address in addresses:
        assert sale.app.test_client().get(address).status_code == 302, address
        assert [who.get(address).status_code for who in people] == [403] * 3, address


def test_the_dossier_says_what_happened_why_and_when(sale: Recorded, auditor: FlaskClient) -> None:
    told = text(page(auditor, BID))
    assert (
        f"号牌 {B} 的报价于 14:34:10.245 到达，金额 1,849 万元；当时最高价已为 1,849 万元"
        f"（号牌 {A}，早到 0.041 秒，第 12 号记录），最低须报 1,949 万元" in told
    )
    course = told.split("经过")[1].split("判定依据")[0]
    assert re.search(r"完整到达服务器 2024-11-11 14:34:10\.245 北京时间 服务器时间", course)
    assert "记为第 13 号：未接受" in course
    assert "签入树头（共 13 条" in course
    decision = told.split("判定依据")[1]
    assert "规则 R-61" in decision
    assert "最低须报 1,949 万元" in decision
    assert "证明成立" in told
    assert "没有保存签名原文" in told
    assert f"号牌 {B} 的报价于 14:34:30.000 到达" in told, "its other attempts"


def test_the_deciding_rule_is_named(sale: Recorded, auditor: FlaskClient) -> None:
    for seq, rule in [(3, "R-60"), (4, "R-65"), (14, "R-61"), (17, "T-1")]:
        assert f"规则 {rule} " in text(page(auditor, f"/audit/bids/2024JC-4:{seq}"))


def test_what_is_no_bid_is_a_404_that_points_to_the_absence(
    sale: Recorded, auditor: FlaskClient
) -> None:
    for wrong in ["2024JC-4:1", "2024JC-4:99", "no-lot:3", "ab" * 32, "x"]:
        answer = auditor.get(f"/audit/bids/{wrong}")
        assert answer.status_code == 404, wrong
        assert "未到达案卷" in answer.get_data(as_text=True), wrong


def test_each_opening_is_recorded(sale: Recorded, auditor: FlaskClient) -> None:
    page(auditor, BID)
    last = entries(sale.app, sale.house, LogKind.SECURITY)[-1]
    assert last["data"] == {"by": "auditor", "lot": "2024JC-4", "page": "bid", "seq": 13}


def test_the_proof_that_is_offered_holds(sale: Recorded, auditor: FlaskClient) -> None:
    answer = auditor.get(f"{BID}/proof")
    given = receipt.Receipt.from_text(answer.get_data(as_text=True))
    with sale.app.app_context():
        verifier = sale.house.log_key(sale.lot.log.origin).verifier
    assert receipt.verify(given, verifier).size == 13


def test_a_record_that_was_changed_has_no_proof(sale: Recorded, auditor: FlaskClient) -> None:
    tamper(
        sale,
        "UPDATE log_entry SET leaf = CAST(replace(leaf, '1849000000', '1939000000') AS BLOB)"
        " WHERE log_id = :log AND seq = 13",
    )
    told = text(page(auditor, BID))
    assert "证明不成立" in told
    assert "核验不一致" in told


def test_before_the_end_the_statement_is_sealed(
    app: Flask, signed: list[Seated], auditor: FlaskClient
) -> None:
    seq, statement = refused_bid(app)
    told = text(page(auditor, f"/audit/bids/{statement}"))
    assert f"第 {seq} 号记录" in told
    assert "封存中" in told
    assert "签名原文封存" in told
    for hidden in ("nonce", "证书指纹", "报价人电脑的时钟", "签名时所见 "):
        assert hidden not in told
    for person in demo_people.PEOPLE:
        assert not person.is_bidder or person.name not in told


def test_after_the_end_the_statement_is_opened_and_checked(
    app: Flask, house: House, clock: DrivenClock, signed: list[Seated], auditor: FlaskClient
) -> None:
    _, statement = refused_bid(app)
    end(house, clock)
    shown = page(auditor, f"/audit/bids/{statement}")
    told = text(shown)
    assert "报价人签名时所见：尚无报价（记录至第 1 号）" in told
    assert "1,549 万元" in told.split("报价人签名时所见，与判定时的状态")[1]
    assert "精确到秒，仅供参考" in told
    assert re.findall(r'data-check="(\w+)"', shown) == [
        "hash",
        "purpose",
        "fields",
        "signature",
        "path",
        "seen",
    ]
    checks = shown.split('class="plain checks"')[1].split("</ul>")[0]
    assert checks.count("✓") == 6, checks
    for person in demo_people.PEOPLE:
        assert not person.is_bidder or person.name not in told


def test_a_statement_that_does_not_fit_its_record_is_found_out(
    app: Flask, house: House, clock: DrivenClock, signed: list[Seated], auditor: FlaskClient
) -> None:
    _, statement = refused_bid(app)
    end(house, clock)
    with app.app_context():
        row = db.session.get_one(Evidence, statement)
        content = house.sealer.open(row.sealed, f"evidence:{statement}")
        assert isinstance(content, dict)
        content["body"] = str(content["body"]).replace(str(wan(1549)), str(wan(1649)))
        row.sealed = house.sealer.seal(content, f"evidence:{statement}")
        db.session.commit()
    told = text(page(auditor, f"/audit/bids/{statement}"))
    assert "原文摘要与记录中的不同" in told
    assert "签名覆盖的内容与记录不同：amount" in told
    assert "签名不是所附证书的密钥作出的" in told


# --- an absence ---------------------------------------------------------------------------------


def asked(**changes: str) -> dict[str, str]:
    return {
        "lot": "2024JC-4",
        "plate": B,
        "certificate": "",
        "since": "2024-11-11 14:34:11",
        "until": "2024-11-11 14:34:29.999",
        "ground": "",
        "reason": "",
        **changes,
    }


def test_the_form_can_be_opened(sale: Recorded, auditor: FlaskClient) -> None:
    assert 'value="0983"' in page(auditor, "/audit/absence?lot=2024JC-4&plate=0983")


def test_nothing_arrived_is_said_with_the_heads_and_what_it_does_not_mean(
    sale: Recorded, auditor: FlaskClient
) -> None:
    answer = auditor.post("/audit/absence", data=asked())
    assert answer.status_code == 200
    told = text(answer.get_data(as_text=True))
    assert (
        "自 2024-11-11 14:34:11.000 至 2024-11-11 14:34:29.999（北京时间，含两端），"
        f"宗地 2024JC-4 的记录中没有 号牌 {B} 的任何请求。" in told
    )
    assert "没有到达服务器的请求" in told
    assert "不保存连接记录" in told
    assert re.search(r"宗地记录 21 \d\d-\d\d-\d\d [0-9a-f]{64} ✓ 一致", told)
    near = told.split("此前最近的和此后最早的请求")[1]
    assert "14:34:10.245" in near
    assert "14:34:30.000" in near
    last = entries(sale.app, sale.house, LogKind.SECURITY)[-1]
    assert last["data"]["page"] == "absence"
    assert entries(sale.app, sale.house, LogKind.REGISTER) == []


def test_both_ends_belong_to_the_window(sale: Recorded, auditor: FlaskClient) -> None:
    for changes in (
        {"since": "2024-11-11 14:34:10.245"},
        {"until": "2024-11-11 14:34:30"},
    ):
        told = text(auditor.post("/audit/absence", data=asked(**changes)).get_data(as_text=True))
        assert f"有 号牌 {B} 的 1 次请求" in told


def test_of_a_damaged_log_no_absence_is_stated(sale: Recorded, auditor: FlaskClient) -> None:
    tamper(sale, "DELETE FROM log_entry WHERE log_id = :log AND seq = 14")
    answer = auditor.post("/audit/absence", data=asked(until="2024-11-11 14:34:40"))
    told = text(answer.get_data(as_text=True))
    assert "所查的记录未通过核验，不能据以说明没有收到" in told
    assert 'data-holds="no"' in answer.get_data(as_text=True)


def test_a_fault_of_rows_that_only_pages_read_does_not_touch_an_absence(
    sale: Recorded, auditor: FlaskClient
) -> None:
    tamper(sale, "UPDATE bid SET amount_fen = 1 WHERE lot_id = :lot AND seq = 14")
    shown = auditor.post("/audit/absence", data=asked()).get_data(as_text=True)
    assert 'data-holds="yes"' in shown
    assert "网页所读第 14 号报价的 amount_fen 与记录不符" in shown


def test_bad_input_gets_a_sentence_and_keeps_the_form(sale: Recorded, auditor: FlaskClient) -> None:
    cases: list[tuple[dict[str, str], str]] = [
        ({"plate": ""}, "请填写号牌"),
        ({"since": "2024-11-11 14:35:00"}, "结束时间早于开始时间"),
        ({"since": "2024-11-09 14:35:00"}, "一次最多查一昼夜"),
        ({"until": "2024-11-11 23:00:00"}, "结束时间尚未到"),
        ({"since": "14:34"}, "请写完整的日期和时间"),
        ({"until": ""}, "请写完整的日期和时间"),
        ({"certificate": "xyz"}, "指纹应为 64 位十六进制字符"),
        ({"certificate": "ab" * 32}, "按证书查须选择事由"),
        ({"ground": "complaint"}, "请写 4 至 200 个字"),
        (
            {"certificate": "ab" * 32, "ground": "complaint", "reason": "核查通知书 7 号"},
            "没有登记过这张证书",
        ),
    ]
    for changes, told in cases:
        answer = auditor.post("/audit/absence", data=asked(**changes))
        assert answer.status_code == 422, changes
        shown = answer.get_data(as_text=True)
        assert told in shown, changes
        assert "2024JC-4" in shown


def test_before_the_end_no_certificate_and_no_session_is_opened(
    app: Flask, house: House, signed: list[Seated], auditor: FlaskClient
) -> None:
    window = {"since": "2024-11-11 14:00:00", "until": "2024-11-11 14:20:00"}
    who = {"ground": "complaint", "reason": "核查通知书 7 号"}
    answer = auditor.post("/audit/absence", data=asked(certificate="ab" * 32, **window, **who))
    assert answer.status_code == 422
    assert "竞价尚未结束，不能按证书查" in answer.get_data(as_text=True)
    answer = auditor.post("/audit/absence", data=asked(plate=signed[0].plate, **window, **who))
    told = text(answer.get_data(as_text=True))
    assert "会话和证书只在竞价结束后" in told
    types = [entry["type"] for entry in entries(app, house, LogKind.REGISTER)]
    assert "identity_opened" not in types


@pytest.mark.parametrize("by", ["plate", "certificate"])
def test_after_the_end_sessions_are_opened_with_a_ground_and_registered(
    app: Flask,
    house: House,
    clock: DrivenClock,
    signed: list[Seated],
    auditor: FlaskClient,
    by: str,
) -> None:
    end(house, clock)
    with app.app_context():
        mine = db.session.query(Credential).filter_by(party_id=signed[1].party_id).first()
        assert mine is not None
        fingerprint = mine.fingerprint
    whom = (
        {"plate": signed[1].plate} if by == "plate" else {"plate": "", "certificate": fingerprint}
    )
    answer = auditor.post(
        "/audit/absence",
        data=asked(
            **whom,
            since="2024-11-11 14:25:00",
            until="2024-11-11 14:29:00",
            ground="complaint",
            reason="核查通知书 7 号",
        ),
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    told = text(answer.get_data(as_text=True))
    assert f"没有 号牌 {signed[1].plate} 的任何请求" in told
    assert "该竞买人在这段时间的会话" in told
    assert fingerprint[:16] in told
    last = entries(app, house, LogKind.REGISTER)[-1]
    assert last["type"] == "identity_opened"
    assert last["data"] == {
        "by": "auditor",
        "lot": "2024JC-4",
        "plate": signed[1].plate,
        "ground": "complaint",
        "reason": "核查通知书 7 号",
    }


def test_a_request_that_names_nobody_is_told_as_such(
    app: Flask, house: House, clock: DrivenClock, signed: list[Seated], auditor: FlaskClient
) -> None:
    clock.advance(seconds=60)
    forged = signed_bid(signed[0], 1849, rules="00" * 32)
    answer = signed[0].client.post(f"/my{signed[0].path}/bids", json=forged)
    assert answer.status_code == 422
    clock.advance(seconds=60)
    told = text(
        auditor.post(
            "/audit/absence",
            data=asked(
                plate=signed[0].plate, since="2024-11-11 14:20:30", until="2024-11-11 14:21:30"
            ),
        ).get_data(as_text=True)
    )
    assert "收到签名或内容无效的报价请求" in told
    assert "不能排除其中有投诉人的" in told


def test_an_outage_in_the_window_is_told(
    app: Flask, clock: DrivenClock, client_as: ClientAs
) -> None:
    made = listed_in(app, clock)
    with app.app_context():
        made.bid(A, 1549, LISTING_FROM)
        start = LISTING_FROM + timedelta(minutes=5)
        clock.move_to(start + timedelta(minutes=2))
        lots.act(
            made.house,
            made.lot_id,
            lambda arrival: Work(made.lot_id, c.RecordOutage(arrival=arrival, start=start)),
        )
    clock.advance(minutes=1)
    told = text(
        client_as("auditor")
        .post(
            "/audit/absence",
            data=asked(plate=A, since="2024-10-30 09:06:00", until="2024-10-30 09:06:30"),
        )
        .get_data(as_text=True)
    )
    assert "这段时间里系统有过中断" in told
    assert "系统服务自" in told


def test_before_the_end_a_silent_plate_looks_like_one_that_does_not_exist(
    app: Flask, clock: DrivenClock, signed: list[Seated], auditor: FlaskClient
) -> None:
    """Who is qualified and has not bid stays unknown: to the search and to the absence too."""
    with app.app_context():
        lot = db.session.get_one(Lot, signed[0].lot_id)
        silent = seat(app, lot, "bidder-c")
    clock.advance(minutes=1)
    page(auditor, "/audit/")  # what a first page says after signing in is said here
    answers = []
    for plate in (silent, "0000"):
        window = {"since": "2024-11-11 14:00:00", "until": "2024-11-11 14:20:00"}
        absent = auditor.post("/audit/absence", data=asked(plate=plate, **window))
        found = auditor.get(f"/audit/search?q=plate:{plate}")
        assert {absent.status_code, found.status_code} == {200}
        told = text(absent.get_data(as_text=True) + found.get_data(as_text=True))
        told = re.sub(f"(号牌 |plate:){plate}", "", told)
        answers.append(re.sub(r"[\d.]+ 毫秒|安全日志 \d+ \S+ [0-9a-f]{64}|\(\d+\)", "", told))
    assert answers[0] == answers[1]
    assert "检索结果：0 条" in answers[0]
