"""The auditor's desk: a verification that really runs, sentences, replay, and its own traces."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from factories import LISTING_FROM, A, B, C
from flask import Flask
from flask.testing import FlaskClient
from reading import page, tamper, text
from recorded import Recorded, listed_in

from auction.ledger.merkle import leaf_hash
from auction.services import demo_people, rehearsal
from auction.services.export import read_export
from auction.services.house import House
from auction.services.verification import examine_centre
from auction.store.base import db
from auction.store.logs import LogKind
from auction.store.sales import SaleKind
from auction.trading.time import DrivenClock

EVENTS, REPLAY = "/audit/lots/2024JC-4", "/audit/lots/2024JC-4/replay"
ClientAs = Callable[[str], FlaskClient]


@pytest.fixture
def listing(app: Flask, clock: DrivenClock) -> Recorded:
    """A sale in its listing: one bid so far."""
    made = listed_in(app, clock)
    with app.app_context():
        made.bid(A, 1549, LISTING_FROM)
    return made


def leaf(sale: Recorded, seq: int) -> bytes:
    with sale.app.app_context(), sale.house.engine.connect() as conn:
        query = "SELECT leaf FROM log_entry WHERE log_id = ? AND seq = ?"
        found = conn.exec_driver_sql(query, (sale.lot.log_id, seq)).scalar()
        assert isinstance(found, bytes)
        return found


def entries(app: Flask, house: House, kind: LogKind) -> list[dict[str, Any]]:
    with app.app_context():
        return [dict(entry.content or {}) for entry in examine_centre(house, kind)[1]]


# --- who may come in ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["/audit/", "/audit/register", "/audit/security", EVENTS, REPLAY, f"{EVENTS}/export"],
)
def test_only_an_auditor_comes_in(sale: Recorded, client_as: ClientAs, address: str) -> None:
    assert sale.app.test_client().get(address).status_code == 302
    for person in ("bidder-a", "drafter", "finance"):
        assert client_as(person).get(address).status_code == 403


def test_a_rehearsal_is_not_found_among_the_real_lots(
    app: Flask, clock: DrivenClock, client_as: ClientAs
) -> None:
    listed_in(app, clock, SaleKind.REHEARSAL)
    auditor = client_as("auditor")
    assert auditor.get(EVENTS).status_code == 404
    shown = page(auditor, "/audit/practice/lots/2024JC-4")
    assert "practice-frame" in shown


# --- the list -----------------------------------------------------------------------------------


def test_the_list_tells_phase_size_check_code_and_a_run_of_now(
    sale: Recorded, auditor: FlaskClient
) -> None:
    told = text(page(auditor, "/audit/"))
    assert "2024JC-4" in told
    assert "已成交（公示中）" in told
    assert " 21 " in told
    assert re.search(r"\d\d-\d\d-\d\d", told)
    assert "一致" in told
    assert "2024-11-11 14:43:51，用时" in told


def test_an_empty_house_says_so(auditor: FlaskClient) -> None:
    assert "还没有已发布的宗地" in page(auditor, "/audit/")


def test_the_list_shows_what_is_wrong(sale: Recorded, auditor: FlaskClient) -> None:
    tamper(sale, "DELETE FROM log_entry WHERE log_id = :log AND seq = 21")
    told = text(page(auditor, "/audit/"))
    assert "不一致" in told
    assert "第 21 号记录缺失" in told


# --- events -------------------------------------------------------------------------------------


def test_each_event_is_a_sentence_with_its_times_hash_and_bytes(
    sale: Recorded, auditor: FlaskClient
) -> None:
    shown = page(auditor, EVENTS)
    assert (
        f"号牌 {B} 的报价于 14:34:10.245 到达，金额 1,849 万元；当时最高价已为 1,849 万元" in shown
    )
    assert f"（号牌 {A}，早到 0.041 秒，第 12 号记录），最低须报 1,949 万元" in shown
    assert "2024-11-11 14:34:10.245" in shown
    assert leaf_hash(leaf(sale, 13)).hex() in shown
    assert "&#34;reason&#34;:&#34;BID_TOO_LOW&#34;" in shown
    assert shown.count('class="record ') + shown.count('class="record"') == 21


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("refusals=1", [4, 6, 13, 17]),
        (f"plate={C}", [8, 9, 15, 16]),
        (f"plate={A}&refusals=1", [4, 17]),
        ("type=listing_closed&type=round_opened", [10, 11]),
        ("type=no_such_type&plate=9999", []),
    ],
)
def test_filters(sale: Recorded, auditor: FlaskClient, query: str, numbers: list[int]) -> None:
    shown = page(auditor, f"{EVENTS}?{query}")
    assert [int(n) for n in re.findall(r'id="record-(\d+)"', shown)] == numbers
    assert ("没有符合条件的记录" in shown) == (not numbers)


def test_pages_of_fifty_keep_the_filter(listing: Recorded, auditor: FlaskClient) -> None:
    with listing.app.app_context():
        for minute in range(1, 60):
            listing.clock.advance(minutes=1)
            listing.bid(A, 1549 + minute, listing.clock.now())
    first = page(auditor, f"{EVENTS}?refusals=1")
    assert len(re.findall(r'id="record-', first)) == 50
    found = re.search(r'href="([^"]+page=2[^"]*)" rel="next"', first)
    assert found is not None
    second = page(auditor, found[1].replace("&amp;", "&"))
    assert len(re.findall(r'id="record-', second)) == 9
    assert page(auditor, f"{EVENTS}?page=99&refusals=1").count('id="record-') == 9


def test_before_the_end_the_auditor_sees_plates_and_no_names(
    listing: Recorded, auditor: FlaskClient
) -> None:
    for address in ("/audit/", EVENTS, REPLAY, f"{EVENTS}/identities"):
        shown = page(auditor, address)
        for person in demo_people.PEOPLE:
            assert not person.is_bidder or person.name not in shown
    assert A in page(auditor, EVENTS)


# --- replay -------------------------------------------------------------------------------------


def test_a_step_tells_the_state_after_it_the_rule_and_its_inputs(
    sale: Recorded, auditor: FlaskClient
) -> None:
    told = text(page(auditor, f"{REPLAY}?seq=13"))
    after = told.split("此记录之后")[1]
    assert "现价 1,849 万元" in after
    assert f"领先号牌 {A}" in after
    assert "截止时间（由记录推得） 2024-11-11 14:39:10.204" in after
    assert "最低须报 1,949 万元" in after
    basis = after.split("判定依据")[1]
    assert "每次加价不少于 100 万元" in basis
    assert f"当时最高价 1,849 万元（号牌 {A}，第 12 号）" in basis
    assert "本次报价 1,849 万元" in basis
    assert re.search(r"按规则再次判定 ✓ 一致", basis)


def moves(html: str) -> dict[str, int]:
    """Where the page's moves lead: name to record number."""
    found = re.findall(r'href="[^"]*seq=(\d+)" data-key="[^"]+" data-move="(\w+)"', html)
    return {name: int(seq) for seq, name in found}


def test_one_can_step_jump_to_the_next_refusal_and_to_the_next_leader(
    sale: Recorded, auditor: FlaskClient
) -> None:
    assert moves(page(auditor, REPLAY)) == {"next": 2, "last": 21, "refusal": 4, "lead": 3}
    assert moves(page(auditor, f"{REPLAY}?seq=13")) == {
        "first": 1,
        "prev": 12,
        "next": 14,
        "last": 21,
        "refusal": 17,
        "lead": 14,
    }
    assert moves(page(auditor, f"{REPLAY}?seq=21")) == {"first": 1, "prev": 20}


def test_nothing_is_shown_before_it_was_in_the_log(sale: Recorded, auditor: FlaskClient) -> None:
    told = text(page(auditor, f"{REPLAY}?seq=9"))
    assert "1,749" in told
    assert "2,049" not in told
    assert B in told
    assert "1,849 万元" in told, "the minimum, which the rules give"


@pytest.mark.parametrize("seq", range(1, 22))
def test_every_step_of_the_sale_can_be_shown(
    sale: Recorded, auditor: FlaskClient, seq: int
) -> None:
    shown = page(auditor, f"{REPLAY}?seq={seq}")
    assert f"第 {seq} 号记录" in shown
    assert "不一致" not in shown


@pytest.mark.parametrize("seq", ["0", "22", "-1", "99999999999999999999"])
def test_a_record_that_does_not_exist_is_a_404_with_a_sentence(
    sale: Recorded, auditor: FlaskClient, seq: str
) -> None:
    answer = auditor.get(f"{REPLAY}?seq={seq}")
    assert answer.status_code == 404
    assert "这份记录现有 21 条" in answer.get_data(as_text=True)


def test_the_badge_tells_of_a_run_on_this_page_load(sale: Recorded, auditor: FlaskClient) -> None:
    sale.clock.advance(minutes=7)
    told = text(page(auditor, REPLAY))
    assert re.search(r"2024-11-11 14:50:51\.173 实际运行，用时 \d+\.\d 毫秒，共 21 条记录", told)


# --- tampering ----------------------------------------------------------------------------------


def test_one_changed_byte_is_named_on_every_page_with_the_record(
    sale: Recorded, auditor: FlaskClient
) -> None:
    changed = leaf(sale, 14).replace(b"1949000000", b"1939000000")
    tamper(sale, "UPDATE log_entry SET leaf = :leaf WHERE log_id = :log AND seq = 14", leaf=changed)
    for address in (EVENTS, REPLAY, f"{REPLAY}?seq=14"):
        told = text(page(auditor, address))
        assert "核验不一致" in told
        assert "第 14 号记录的字节与存储的摘要不符" in told
        assert "第 14 号记录与规则不符：记为「报价已记录」，按规则应为「报价未接受」" in told
    assert "✗ 不一致" in text(page(auditor, f"{REPLAY}?seq=14"))


def test_bytes_that_are_no_record_any_more_are_still_shown(
    sale: Recorded, auditor: FlaskClient
) -> None:
    tamper(
        sale,
        "UPDATE log_entry SET leaf = :leaf WHERE log_id = :log AND seq = 14",
        leaf=b"\xff{nonsense",
    )
    told = text(page(auditor, EVENTS))
    assert "第 14 号记录的字节不是规范的记录格式" in told
    assert "自第 14 号起无法重演" in told
    assert "此记录无法读出" in told
    for seq in (13, 14, 15):
        assert auditor.get(f"{REPLAY}?seq={seq}").status_code == 200


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM log_entry WHERE log_id = :log AND seq = 21", "第 21 号记录缺失"),
        ("DELETE FROM log_entry WHERE log_id = :log AND seq = 1", "第 1 号记录缺失"),
        (
            "UPDATE log_checkpoint SET note = replace(note, '14', '15')"
            " WHERE log_id = :log AND size = 14",
            "覆盖到第 14 号的签名无效",
        ),
        (
            "UPDATE bid SET amount_fen = 1 WHERE lot_id = :lot AND seq = 14",
            "网页所读第 14 号报价的 amount_fen 与记录不符",
        ),
        ("UPDATE lot SET leader = '0000' WHERE id = :lot", "网页所读宗地数据 leader"),
        ("UPDATE log SET root = x'00' WHERE id = :log", "日志登记的 root 与记录本身不符"),
    ],
)
def test_what_was_changed_in_the_database_is_named(
    sale: Recorded, auditor: FlaskClient, statement: str, told: str
) -> None:
    tamper(sale, statement)
    assert told in text(page(auditor, EVENTS))
    assert auditor.get(f"{REPLAY}?seq=15").status_code == 200


@pytest.mark.parametrize("gone", [1, 2, 11, 16])
def test_pages_of_a_log_with_a_gap_can_all_be_read(
    sale: Recorded, auditor: FlaskClient, gone: int
) -> None:
    tamper(sale, "DELETE FROM log_entry WHERE log_id = :log AND seq = :gone", gone=gone)
    assert f"第 {gone} 号记录缺失" in text(page(auditor, REPLAY))
    for seq in range(1, 22):
        wanted = 404 if seq == gone else 200
        assert auditor.get(f"{REPLAY}?seq={seq}").status_code == wanted


def test_two_swapped_records_are_named(sale: Recorded, auditor: FlaskClient) -> None:
    for old, new in ((12, 900), (14, 12), (900, 14)):
        tamper(
            sale,
            "UPDATE log_entry SET seq = :new WHERE log_id = :log AND seq = :old",
            old=old,
            new=new,
        )
    told = text(page(auditor, EVENTS))
    assert "第 12 号位置上的记录自称为第 14 号" in told
    assert "第 14 号位置上的记录自称为第 12 号" in told


# --- export, traces, identities -----------------------------------------------------------------


def test_the_downloaded_file_is_the_export(sale: Recorded, auditor: FlaskClient) -> None:
    answer = auditor.get(f"{EVENTS}/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="2024JC-4.log.jsonl"'
    assert read_export(answer.data).head.size == 21


def test_each_opening_of_a_lots_events_leaves_one_record(
    sale: Recorded, auditor: FlaskClient
) -> None:
    page(auditor, EVENTS)
    page(auditor, f"{REPLAY}?seq=13")
    auditor.get(f"{EVENTS}/export")
    page(auditor, "/audit/")
    found = entries(sale.app, sale.house, LogKind.SECURITY)
    assert [entry["type"] for entry in found] == ["audit_read"] * 3
    assert [entry["data"] for entry in found] == [
        {"by": "auditor", "lot": "2024JC-4", "page": "events"},
        {"by": "auditor", "lot": "2024JC-4", "page": "replay", "seq": 13},
        {"by": "auditor", "lot": "2024JC-4", "page": "export"},
    ]
    told = text(page(auditor, "/audit/security"))
    assert "审计人员 auditor 打开宗地 2024JC-4 的逐条回放。" in told
    assert "核验一致：字节、顺序和签名。" in told


def test_a_tampered_security_log_is_named(sale: Recorded, auditor: FlaskClient) -> None:
    page(auditor, EVENTS)
    page(auditor, EVENTS)
    tamper(
        sale,
        "UPDATE log_entry SET leaf = :leaf WHERE type = 'audit_read' AND seq = 1",
        leaf=b"{}",
    )
    told = text(page(auditor, "/audit/security"))
    assert "第 1 号记录的字节与存储的摘要不符" in told


def test_empty_logs_of_the_centre_say_so(auditor: FlaskClient) -> None:
    for address in ("/audit/register", "/audit/security"):
        told = text(page(auditor, address))
        assert "还没有条目" in told
        assert "核验一致" in told


def test_identities_stay_closed_before_the_end(listing: Recorded, auditor: FlaskClient) -> None:
    address = f"{EVENTS}/identities"
    assert "竞价尚未结束，不能查看身份" in page(auditor, address)
    answer = auditor.post(address, data={"ground": "complaint", "reason": "核查通知书 7 号"})
    assert answer.status_code == 409
    assert entries(listing.app, listing.house, LogKind.REGISTER) == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"ground": "complaint", "reason": ""}, "请写明理由"),
        ({"ground": "complaint", "reason": "   "}, "请写明理由"),
        ({"ground": "complaint", "reason": "x"}, "请写 4 至 200 个字"),
        ({"ground": "complaint", "reason": "x" * 201}, "请写 4 至 200 个字"),
        ({"ground": "curiosity", "reason": "核查通知书 7 号"}, "事由"),
    ],
)
def test_identities_are_not_opened_without_ground_and_reason(
    sale: Recorded, auditor: FlaskClient, fields: dict[str, str], told: str
) -> None:
    answer = auditor.post(f"{EVENTS}/identities", data=fields)
    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)
    assert entries(sale.app, sale.house, LogKind.REGISTER) == []


def test_identities_are_opened_after_the_end_and_that_is_registered(
    app: Flask, house: House, auditor: FlaskClient
) -> None:
    with app.app_context():
        rehearsal.into_this_database(house)
        db.session.remove()
    address = "/audit/practice/lots/2024JC-4/identities"
    asked = page(auditor, address)
    assert "查看身份将被登记" in asked
    answer = auditor.post(address, data={"ground": "complaint", "reason": "核查通知书 7 号"})
    assert answer.status_code == 200
    told = text(answer.get_data(as_text=True))
    assert "公司" in told
    assert "✓ 一致" in told, "the parties are those that the log's commitment was made over"
    assert "✗" not in told
    last = entries(app, house, LogKind.REGISTER)[-1]
    assert last["type"] == "identity_opened"
    assert last["data"] == {
        "by": "auditor",
        "lot": "2024JC-4",
        "ground": "complaint",
        "reason": "核查通知书 7 号",
    }
    assert "公司" not in json.dumps(last, ensure_ascii=False)
    register = text(page(auditor, "/audit/register"))
    assert (
        "auditor 查看宗地 2024JC-4 全部竞买人的身份。事由：异议、投诉核查，核查通知书 7 号。"
        in register
    )
    assert "登记事项" not in register, "every kind of entry has its own sentence"
