"""The hall over HTTP: pages that can be read without a script, and the way around the socket."""

import base64
import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from factories import beijing, wan
from flask import Flask
from hall_people import Seated, head_of, signed_bid, take_seat

from auction.core.instants import to_us
from auction.services.house import House
from auction.store.sales import SaleKind
from auction.trading.time import DrivenClock

LISTING = beijing(10, 30, 9, 0)


@pytest.fixture
def seated(
    app: Flask, clock: DrivenClock, client_as: Callable[[str], Any], published_lot: Any
) -> Callable[[str], Seated]:
    """`seated("bidder-a")`: a qualified bidder at lot 2024JC-4, whose listing has begun."""
    clock.move_to(LISTING)

    def sit(person_id: str) -> Seated:
        return take_seat(app, published_lot, client_as(person_id), person_id)

    return sit


def bid(who: Seated, wan: int, /, **changes: str) -> Any:
    return who.client.post(f"/my{who.path}/bids", json=signed_bid(who, wan, **changes))


def test_the_seat_stands_complete_before_a_script_runs(seated: Callable[..., Seated]) -> None:
    a, b = seated("bidder-a"), seated("bidder-b")
    assert bid(b, 1549).status_code == 200
    page = a.client.get(f"/my{a.path}/hall").get_data(as_text=True)
    for text in (
        "您以竞买人身份在场",
        a.plate,
        "南川工业园区美玉大桥北侧",
        "1,549",
        "人民币壹仟伍佰肆拾玖万元整",
        "29.95 万元/亩",
        "确认报价 1,649 万元",
        "您已取得竞买资格，但尚未报价。",
        "11月11日 14:30:00 前未报价将不能参加",
        "报价需要启用 JavaScript。",
        "第 1 口，现价 1,549 万元",
    ):
        assert text in page, text


def test_who_watches_reads_the_same_and_is_told_that_he_cannot_quote(
    seated: Callable[..., Seated], visitor: Any
) -> None:
    a = seated("bidder-a")
    bid(a, 1549)
    for name in ("live", "screen"):
        page = visitor.get(f"{a.path}/{name}").get_data(as_text=True)
        assert "1,549" in page
        assert a.plate in page
        assert "data-bid-field" not in page
    assert "您正在旁观，不能报价" in visitor.get(f"{a.path}/live").get_data(as_text=True)


def test_a_bidder_without_qualification_is_shown_to_the_spectators(
    client_as: Callable[[str], Any], published_lot: Any
) -> None:
    answer = client_as("bidder-c").get(f"/my{published_lot.path}/hall")
    assert answer.status_code == 302
    assert answer.location.endswith(f"{published_lot.path}/live")


def test_a_stranger_is_asked_to_sign_in(visitor: Any, published_lot: Any) -> None:
    assert "/sign-in" in visitor.get(f"/my{published_lot.path}/hall").location
    answer = visitor.post(f"/my{published_lot.path}/bids", json={})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "NOT_SIGNED_IN")


def test_an_accepted_bid_answers_with_receipt_and_head(seated: Callable[..., Seated]) -> None:
    a = seated("bidder-a")
    answer = bid(a, 1549)
    told = answer.get_json()
    assert answer.status_code == 200
    assert (told["ok"], told["code"]) == (True, "BID_ACCEPTED")
    assert told["state"]["leader"] == a.plate
    assert told["record"]["amount_fen"] == wan(1549)
    assert told["record"]["at_us"] == to_us(LISTING)
    assert told["head"]["size"] == told["record"]["seq"]
    leaf = base64.b64decode(told["receipt"].splitlines()[1].removeprefix("extra "))
    assert json.loads(leaf)["data"]["statement"] == told["statement"]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"amount": "1.5"}, 422, "STATEMENT_BAD_VALUE"),
        ({"amount": "0"}, 422, "STATEMENT_BAD_VALUE"),
        ({"plate": "9999"}, 422, "STATEMENT_MISMATCH"),
        ({"lot": "another"}, 422, "STATEMENT_MISMATCH"),
        ({"rules": "00" * 32}, 422, "TERMS_CHANGED"),
        ({"aud": "https://elsewhere.example"}, 422, "STATEMENT_WRONG_AUDIENCE"),
        ({"prev": "1:" + "00" * 32}, 409, "HEAD_UNKNOWN"),
    ],
)
def test_what_is_no_bid_of_this_lot_is_refused_with_its_reason(
    seated: Callable[..., Seated], changes: dict[str, str], status: int, code: str
) -> None:
    a = seated("bidder-a")
    before = head_of(a)["size"]
    answer = bid(a, 1549, **changes)
    told = answer.get_json()
    assert (answer.status_code, told["code"]) == (status, code)
    assert not told["ok"]
    assert told["said"]["title"]
    assert told["said"]["body"]
    assert head_of(a)["size"] == before


def test_a_practice_signature_is_worth_nothing_in_a_sale(seated: Callable[..., Seated]) -> None:
    a = seated("bidder-a")
    payload = signed_bid(a, 1549, purpose="practice-bid")
    answer = a.client.post(f"/my{a.path}/bids", json=payload)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "STATEMENT_BAD_SIGNATURE")


@pytest.mark.parametrize("body", ["", "[]", "null", "not json"])
def test_a_body_that_is_no_statement_is_refused(seated: Callable[..., Seated], body: str) -> None:
    a = seated("bidder-a")
    answer = a.client.post(
        f"/my{a.path}/bids", data=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.get_json()["code"]) == (422, "STATEMENT_TRANSPORT")


def test_asked_again_the_server_gives_the_first_answer_and_only_to_its_bidder(
    seated: Callable[..., Seated],
) -> None:
    a, b = seated("bidder-a"), seated("bidder-b")
    payload = signed_bid(a, 1549)
    first = a.client.post(f"/my{a.path}/bids", json=payload).get_json()
    bid(b, 1649)
    again = a.client.post(f"/my{a.path}/bids", json=payload)
    assert again.status_code == 200
    assert again.get_json()["record"] == first["record"]
    assert again.get_json()["said"]["title"] == "已记录：1,549 万元；随后已被超过。"
    path = f"/my{a.path}/bids/{first['statement']}"
    assert a.client.get(path).get_json()["record"] == first["record"]
    other = b.client.get(path)
    assert (other.status_code, other.get_json()["code"]) == (404, "NOT_RECEIVED")


def test_a_bid_that_never_came_is_said_to_have_no_effect(seated: Callable[..., Seated]) -> None:
    a = seated("bidder-a")
    answer = a.client.get(f"/my{a.path}/bids/{'ab' * 32}")
    assert answer.status_code == 404
    assert answer.get_json()["said"]["title"] == "服务器没有收到这笔报价。"


def test_while_one_bid_is_undecided_the_same_waits_and_another_is_refused(
    house: House, seated: Callable[..., Seated]
) -> None:
    a = seated("bidder-a")
    payload, higher = signed_bid(a, 1549), signed_bid(a, 1649)
    statement = hashlib.sha256(payload["body"].encode()).hexdigest()
    earlier = house.sequencer.ticket(a.lot_id)  # not yet verified: it holds up what came later
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(a.client.post, f"/my{a.path}/bids", json=payload)
        while (asked := a.client.get(f"/my{a.path}/bids/{statement}")).status_code == 404:
            assert not first.done()
        same = a.client.post(f"/my{a.path}/bids", json=payload)
        other = a.client.post(f"/my{a.path}/bids", json=higher)
        house.sequencer.withdraw(earlier)
        house.sequencer.settle()
        assert first.result().status_code == 200
    for waiting in (asked, same):
        assert (waiting.status_code, waiting.get_json()["code"]) == (202, "QUEUED")
        assert "09:00:00.000 已登记" in waiting.get_json()["said"]["body"]
    assert (other.status_code, other.get_json()["code"]) == (409, "ONE_AT_A_TIME")
    b = seated("bidder-b")
    assert bid(b, 1649).status_code == 200


def test_the_picture_after_a_number_is_the_rest_of_the_whole(
    seated: Callable[..., Seated], visitor: Any
) -> None:
    a, b = seated("bidder-a"), seated("bidder-b")
    bid(a, 1549)
    low = bid(b, 1549)
    assert (low.status_code, low.get_json()["code"]) == (409, "BID_TOO_LOW")
    whole = visitor.get(f"{a.path}/state.json").get_json()
    for after in range(whole["seq"] + 1):
        part = visitor.get(f"{a.path}/state.json?after={after}").get_json()
        assert part["records"] == whole["records"][after:]
    assert visitor.get(f"{a.path}/state.json?after=-3").get_json()["records"] == whole["records"]
    mine = b.client.get(f"{a.path}/state.json").get_json()["records"]
    assert mine[-1]["kind"] == "refused"
    assert whole["records"][-1]["kind"] == "sealed"


def test_receipts_are_given_of_what_the_asker_may_see(
    seated: Callable[..., Seated], visitor: Any
) -> None:
    a, b = seated("bidder-a"), seated("bidder-b")
    told = bid(a, 1549).get_json()
    hidden = bid(b, 1549).get_json()
    number, other = told["record"]["seq"], hidden["record"]["seq"]
    public = visitor.get(f"{a.path}/records/{number}.tlog-proof")
    assert public.status_code == 200
    assert public.get_data(as_text=True) == told["receipt"]
    assert visitor.get(f"{a.path}/records/{other}.tlog-proof").status_code == 404
    assert a.client.get(f"{a.path}/records/{other}.tlog-proof").status_code == 404
    assert b.client.get(f"{a.path}/records/{other}.tlog-proof").status_code == 200
    assert visitor.get(f"{a.path}/records/999.tlog-proof").status_code == 404
    assert visitor.get(f"{a.path}/records/0.tlog-proof").status_code == 404


def test_the_hall_of_a_rehearsal_lies_under_its_own_path(
    publish_44: Callable[..., Any], visitor: Any
) -> None:
    lot = publish_44(SaleKind.REHEARSAL, "r-1")
    assert visitor.get("/practice/lots/r-1/live").status_code == 200
    assert visitor.get("/lots/r-1/live").status_code == 404
    assert "演练，不产生法律效力" in visitor.get(f"{lot.path}/live").get_data(as_text=True)
