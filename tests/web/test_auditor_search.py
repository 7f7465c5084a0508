"""The one search box: what is typed, what is found, where it leads, what is left behind."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from factories import LISTING_FROM, A, B
from flask import Flask
from flask.testing import FlaskClient
from reading import entries, page, tamper, text
from recorded import Recorded, listed_in

from auction.ledger.checkpoint import check_code
from auction.services import demo_people
from auction.services.bidding import BidRejected, note
from auction.store import journal
from auction.store.logs import LogKind
from auction.store.sales import Bid
from auction.trading.time import DrivenClock

ClientAs = Callable[[str], Any]


def found(client: FlaskClient, typed: str, around: int = 0) -> list[int]:
    """Record numbers of the hits, in the order shown."""
    answer = client.post("/audit/search", data={"q": typed, "around": str(around)})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    shown = page(client, answer.headers["Location"])
    return [int(number) for number in re.findall(r">第 (\d+) 号</a>", shown)]


def test_the_sale_is_found_by_whatever_a_complaint_tells(
    sale: Recorded, auditor: FlaskClient
) -> None:
    with sale.app.app_context():
        statement = sale.app.extensions["sqlalchemy"].session.get(Bid, (sale.lot_id, 13)).statement
        with sale.house.engine.connect() as conn:
            signed = journal.checkpoint(conn, sale.lot.log_id, 13)
            hashed = journal.read(conn, sale.lot.log_id, 12, 1)[0].hash.hex()
    assert signed is not None
    for typed, around, numbers in (
        (f"号牌:{B}", 0, [5, 6, 7, 13, 14]),
        (f"{B} 14:34", 0, [13, 14]),
        (f"号牌:{B} 14:34:10", 0, [13]),
        (f"{B} 14:34:20", 10, [13, 14]),
        ("1849万元", 0, [12, 13]),
        ("18490000元 too_low", 0, [13]),
        ("BID_LATE", 0, [17]),
        ("#13", 0, [13]),
        ("2024-11-11 14:30", 0, [10, 11]),
        (statement, 0, [13]),
        (hashed[:10] if re.search("[a-f]", hashed[:10]) else f"hash:{hashed[:10]}", 0, [13]),
        (check_code(signed[1]), 0, [13]),
        ("2024JC-4 #1", 0, [1]),
        ("号牌:9999", 0, []),
    ):
        assert found(auditor, typed, around) == numbers, typed


def test_hits_say_what_they_are_and_lead_to_the_dossier(
    sale: Recorded, auditor: FlaskClient
) -> None:
    shown = page(auditor, "/audit/search?q=1849万&around=0")
    told = text(shown)
    assert "金额 1,849 万元" in told
    assert f"报价未接受：号牌 {B}，1,849 万元，低于最低须报（BID_TOO_LOW）。" in told
    assert "/audit/bids/2024JC-4:13" in shown
    assert told.index("14:34:10.204") < told.index("14:34:10.245")


def test_an_ambiguous_word_is_searched_in_every_way_and_the_ways_are_offered(
    sale: Recorded, auditor: FlaskClient
) -> None:
    shown = page(auditor, "/audit/search?q=1849")
    told = text(shown)
    assert "有几种可能，都已查" in told
    ways = re.findall(r'href="(/audit/search\?q=[^"]+)"', shown)
    assert len(ways) == 3
    only = [page(auditor, way.replace("&amp;", "&")) for way in ways]
    assert all("有几种可能" not in one for one in only)
    assert [len(re.findall(r">第 \d+ 号</a>", one)) for one in only] == [0, 2, 0]


def test_the_security_log_is_searched_and_auditors_traces_are_not(
    sale: Recorded, auditor: FlaskClient
) -> None:
    with sale.app.app_context():
        note(sale.house, "2024JC-4", BidRejected("STATEMENT_MISMATCH", 422, "bid_not_valid"))
    for typed in ("STATEMENT_MISMATCH", "2024JC-4 2024-11-11 14:43"):
        told = text(page(auditor, f"/audit/search?q={typed}"))
        assert "收到签名或内容无效的报价请求（STATEMENT_MISMATCH）" in told
        assert "检索 reason" not in told


@pytest.mark.parametrize(
    ("typed", "told"),
    [("", "没有输入内容"), ("某某公司", "看不懂，没有检索"), ("14:34 14:35", "只能写一个时间")],
)
def test_bad_input_gets_a_sentence_and_leaves_no_trace_of_what_was_typed(
    sale: Recorded, auditor: FlaskClient, typed: str, told: str
) -> None:
    before = len(entries(sale.app, sale.house, LogKind.SECURITY))
    answer = auditor.get("/audit/search", query_string={"q": typed})
    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)
    assert len(entries(sale.app, sale.house, LogKind.SECURITY)) == before


def test_every_search_is_recorded_as_it_was_understood(
    sale: Recorded, auditor: FlaskClient
) -> None:
    page(auditor, f"/audit/search?q=号牌:{B} 14:34")
    last = entries(sale.app, sale.house, LogKind.SECURITY)[-1]
    assert last["type"] == "audit_search"
    assert last["data"] == {
        "by": "auditor",
        "words": [f"plate:{B}", "time:14:34:00"],
        "hits": 2,
    }
    told = text(page(auditor, "/audit/reading"))
    assert f"审计人员 auditor 检索 plate:{B}、time:14:34:00，得 2 条。" in told


def test_a_pasted_receipt_is_checked_and_leads_to_its_record(
    sale: Recorded, auditor: FlaskClient
) -> None:
    text_of = auditor.get("/audit/bids/2024JC-4:13/proof").get_data(as_text=True)
    answer = auditor.post("/audit/search", data={"q": "  " + text_of.replace("\n", " \r\n")})
    assert answer.status_code == 200
    shown = answer.get_data(as_text=True)
    assert "回执成立" in shown
    assert "/audit/bids/2024JC-4:13" in shown
    broken = text_of.replace("index 12", "index 11")
    answer = auditor.post("/audit/search", data={"q": broken})
    assert answer.status_code == 422
    assert "证明不成立" in answer.get_data(as_text=True)


def test_what_was_changed_in_the_pages_rows_does_not_hide_a_record(
    sale: Recorded, auditor: FlaskClient
) -> None:
    tamper(sale, "DELETE FROM bid WHERE lot_id = :lot AND seq = 13")
    assert found(auditor, "BID_TOO_LOW 1849万") == [13]


def test_damaged_records_do_not_stop_a_search(sale: Recorded, auditor: FlaskClient) -> None:
    tamper(
        sale,
        "UPDATE log_entry SET leaf = :leaf WHERE log_id = :log AND seq = 14",
        leaf=b"\xff{nonsense",
    )
    assert found(auditor, f"号牌:{B}") == [5, 6, 7, 13]
    assert found(auditor, "#14") == [14]


def test_before_the_end_a_search_names_nobody(
    app: Flask, clock: DrivenClock, client_as: ClientAs
) -> None:
    made = listed_in(app, clock)
    with app.app_context():
        made.bid(A, 1549, LISTING_FROM)
    shown = page(client_as("auditor"), f"/audit/search?q={A}")
    assert A in shown
    for person in demo_people.PEOPLE:
        assert not person.is_bidder or person.name not in shown


# --- filters, notes, exports --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "numbers"), [("staff", [18, 21]), ("stops", []), ("clock", []), ("none-such", None)]
)
def test_groups_of_events(
    sale: Recorded, auditor: FlaskClient, group: str, numbers: list[int] | None
) -> None:
    shown = page(auditor, f"/audit/lots/2024JC-4?group={group}")
    seen = [int(n) for n in re.findall(r'id="record-(\d+)"', shown)]
    assert seen == (list(range(1, 22)) if numbers is None else numbers)


def test_the_centres_logs_can_be_narrowed_to_one_type(sale: Recorded, auditor: FlaskClient) -> None:
    page(auditor, "/audit/search?q=1849万")
    page(auditor, "/audit/lots/2024JC-4")
    shown = page(auditor, "/audit/security?type=audit_search")
    assert len(re.findall(r'id="record-', shown)) == 1


def test_a_finding_is_acknowledged_with_a_note_that_stays(
    sale: Recorded, auditor: FlaskClient
) -> None:
    tamper(sale, "UPDATE bid SET amount_fen = 1 WHERE lot_id = :lot AND seq = 14")
    address = "/audit/lots/2024JC-4/findings"
    key = re.search(r'name="finding" value="([0-9a-f]{64})"', page(auditor, address))
    assert key is not None
    short = auditor.post(address, data={"finding": key[1], "note": " x "})
    assert short.status_code == 422
    assert "请写 4 至 1000 个字" in short.get_data(as_text=True)
    foreign = auditor.post(address, data={"finding": "00" * 32, "note": "已告知中心"})
    assert foreign.status_code == 409
    for words in ("已告知中心，要求说明。", "中心答复：备份恢复所致。"):
        answer = auditor.post(address, data={"finding": key[1], "note": words})
        assert answer.status_code == 303
    told = text(page(auditor, "/audit/lots/2024JC-4"))
    assert "网页所读第 14 号报价的 amount_fen 与记录不符" in told, "a note changes no finding"
    assert "已阅：auditor" in told
    assert told.index("已告知中心") < told.index("备份恢复所致")
    assert "与登记日志不符" not in told
    last = entries(sale.app, sale.house, LogKind.REGISTER)[-1]
    assert last["type"] == "finding_noted"
    assert "备份" not in str(last)
    register = text(page(auditor, "/audit/register"))
    assert "登记事项" not in register
    tamper(sale, "UPDATE finding_note SET note = '没有问题。' WHERE note LIKE '已告知%'")
    assert "此条备注与登记日志不符" in text(page(auditor, address))


def test_findings_of_the_centres_logs_can_be_noted_too(
    sale: Recorded, auditor: FlaskClient
) -> None:
    page(auditor, "/audit/lots/2024JC-4")
    tamper(sale, "UPDATE log_entry SET type = 'x' WHERE type = 'audit_read' AND seq = 1")
    address = "/audit/security/findings"
    key = re.search(r'name="finding" value="([0-9a-f]{64})"', page(auditor, address))
    assert key is not None
    assert auditor.post(address, data={"finding": key[1], "note": "已知悉。"}).status_code == 303
    assert "已知悉" in text(page(auditor, "/audit/security"))


def test_exports_are_offered_downloaded_and_recorded(sale: Recorded, auditor: FlaskClient) -> None:
    assert "金额（万元）" in page(auditor, "/audit/exports")
    plain = auditor.get("/audit/exports/file?what=refusals&format=json&lot=2024JC-4")
    assert plain.headers["Content-Disposition"] == 'attachment; filename="refusals-2024JC-4.json"'
    assert [row["record"] for row in plain.get_json()["records"]] == [4, 6, 13, 17]
    with auditor.get("/audit/exports/file?what=security&format=xlsx") as book:
        assert book.data.startswith(b"PK")
    for wrong in ("what=x&format=json", "what=bids&format=pdf", "what=bids&format=json&lot=x"):
        assert auditor.get(f"/audit/exports/file?{wrong}").status_code == 404
    found = entries(sale.app, sale.house, LogKind.SECURITY)
    assert [entry["data"] for entry in found] == [
        {"by": "auditor", "lot": "2024JC-4", "page": "export_refusals", "format": "json"},
        {"by": "auditor", "lot": "*", "page": "export_security", "format": "xlsx"},
    ]
    told = text(page(auditor, "/audit/reading"))
    assert "审计人员 auditor 打开全部宗地的安全日志（导出）。" in told
