"""Asked, and drawn, over HTTP: what is taken, what is refused, who may see it."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from factories import LISTING_UNTIL, wan
from flask import Flask
from hall_people import Seated, signed_bid, take_seat

from auction.core.parameters import AskSilence, CapMode, TimedTrigger
from auction.services.house import House
from auction.trading.time import DrivenClock

ASKED = {"timed_trigger": TimedTrigger.ASKED, "ask_seconds": 300}
CAPPED = {"cap_mode": CapMode.LOTTERY, "cap_fen": wan(1749), "lottery_join_seconds": 300}


@pytest.fixture
def at_the_close(
    app: Flask,
    house: House,
    clock: DrivenClock,
    client_as: Callable[[str], Any],
    publish_44: Callable[..., Any],
) -> Callable[..., tuple[Seated, Seated, Seated]]:
    """Three seats under given rules, at the close of the listing: a quoted 1549, b leads with
    1649, c never quoted."""

    def arrange(rules: dict[str, Any]) -> tuple[Seated, Seated, Seated]:
        lot = publish_44(rules=rules)
        clock.move_to(LISTING_UNTIL - timedelta(minutes=10))
        seats = [take_seat(app, lot, client_as(f"bidder-{x}"), f"bidder-{x}") for x in "abc"]
        for who, amount in zip(seats, (1549, 1649), strict=False):
            assert bid(who, amount).status_code == 200
        clock.move_to(LISTING_UNTIL)
        house.sequencer.settle()
        a, b, c = seats
        return a, b, c

    return arrange


def bid(who: Seated, amount_wan: int) -> Any:
    return who.client.post(f"/my{who.path}/bids", json=signed_bid(who, amount_wan))


def signed(who: Seated, purpose: str, **changes: str) -> dict[str, str]:
    fields = {"lot": who.slug, "plate": who.plate, "rules": who.rules, **changes}
    found: dict[str, str] = who.client.sign(purpose, fields)
    return found


def declare(who: Seated, purpose: str, **changes: str) -> Any:
    where = "answers" if purpose == "answer" else "lottery"
    return who.client.post(f"/my{who.path}/{where}", json=signed(who, purpose, **changes))


def picture(client: Any, path: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{path}/state.json").get_json()
    return found


def test_an_answer_comes_back_with_its_record_and_receipt(
    at_the_close: Callable[..., Any],
) -> None:
    a, _, _ = at_the_close(ASKED)
    answer = declare(a, "answer", willing="yes")
    told = answer.get_json()
    assert (answer.status_code, told["ok"], told["code"]) == (200, True, "ASK_ANSWERED")
    assert told["record"]["kind"] == "answered"
    assert told["record"]["willing"] is True
    assert told["head"]["size"] == told["record"]["seq"]
    assert told["receipt"].startswith("c2sp.org/tlog-proof")


def test_only_its_own_bidder_sees_an_answer_before_the_end(
    at_the_close: Callable[..., Any], visitor: Any
) -> None:
    a, b, _ = at_the_close(ASKED)
    seq = declare(a, "answer", willing="yes").get_json()["record"]["seq"]

    def kinds(client: Any) -> dict[int, str]:
        return {r["seq"]: r["kind"] for r in picture(client, a.path)["records"]}

    assert kinds(a.client)[seq] == "answered"
    assert kinds(b.client)[seq] == "sealed"
    assert kinds(visitor)[seq] == "sealed"
    assert '"willing"' not in visitor.get(f"{a.path}/log.jsonl").get_data(as_text=True)
    assert visitor.get(f"{a.path}/records/{seq}.tlog-proof").status_code == 404


def test_everybody_reads_that_and_until_when_it_is_asked(
    at_the_close: Callable[..., Any], visitor: Any
) -> None:
    a, _, _ = at_the_close(ASKED)
    for path in (a.path, f"{a.path}/live"):
        page = visitor.get(path).get_data(as_text=True)
        assert "询问中" in page
        assert "14:35:00" in page
    state = picture(visitor, a.path)["state"]
    assert state["phase"] == "ask"
    assert state["until_us"] == state["deadline_us"]
    assert bid(a, 1749).get_json()["code"] == "BID_ASKING"


def test_who_may_not_enter_is_not_asked(at_the_close: Callable[..., Any]) -> None:
    _, _, c = at_the_close(ASKED)
    answer = declare(c, "answer", willing="yes")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "ANSWER_NOT_ENTITLED")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"plate": "9999"}, 422, "STATEMENT_MISMATCH"),
        ({"lot": "another"}, 422, "STATEMENT_MISMATCH"),
        ({"rules": "00" * 32}, 422, "STATEMENT_MISMATCH"),
        ({"aud": "https://elsewhere.example"}, 422, "STATEMENT_WRONG_AUDIENCE"),
    ],
)
def test_what_is_no_answer_of_this_lot_is_refused(
    at_the_close: Callable[..., Any], changes: dict[str, str], status: int, code: str
) -> None:
    a, _, _ = at_the_close(ASKED)
    answer = declare(a, "answer", willing="yes", **changes)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert answer.get_json()["said"]["body"]


def test_a_practice_answer_is_worth_nothing_in_a_sale(at_the_close: Callable[..., Any]) -> None:
    a, _, _ = at_the_close(ASKED)
    payload = signed(a, "practice-answer", willing="yes")
    answer = a.client.post(f"/my{a.path}/answers", json=payload)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "STATEMENT_BAD_SIGNATURE")


@pytest.mark.parametrize("where", ["answers", "lottery"])
@pytest.mark.parametrize("body", ["", "[]", "null", "not json", '{"body": 1}'])
def test_a_body_that_is_no_statement_is_refused(
    at_the_close: Callable[..., Any], where: str, body: str
) -> None:
    a, _, _ = at_the_close(ASKED)
    headers = {"Content-Type": "application/json"}
    answer = a.client.post(f"/my{a.path}/{where}", data=body, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "STATEMENT_TRANSPORT")


@pytest.mark.parametrize("where", ["answers", "lottery"])
def test_strangers_and_officers_declare_nothing(
    client_as: Callable[[str], Any], visitor: Any, published_lot: Any, where: str
) -> None:
    path = f"/my{published_lot.path}/{where}"
    assert visitor.post(path, json={}).status_code == 401
    assert client_as("drafter").post(path, json={}).status_code == 403
    answer = client_as("bidder-a").post(path, json={})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "NOT_QUALIFIED")


def test_outside_its_time_nothing_is_declared(at_the_close: Callable[..., Any]) -> None:
    a, _, _ = at_the_close({})
    assert declare(a, "answer", willing="yes").get_json()["code"] == "ANSWER_NOT_ASKED"
    assert declare(a, "lottery").get_json()["code"] == "LOTTERY_NOT_OPEN"


def test_the_bid_that_reaches_the_cap_is_answered_as_such_and_ends_the_bidding(
    at_the_close: Callable[..., Any], visitor: Any
) -> None:
    a, b, _ = at_the_close(CAPPED)
    told = bid(a, 1749).get_json()
    assert (told["ok"], told["code"]) == (True, "BID_ACCEPTED")
    assert told["record"]["amount_fen"] == wan(1749)
    assert told["state"]["phase"] == "second_stage"
    assert "摇号" in told["said"]["body"]
    assert bid(b, 1749).get_json()["code"] == "BID_CAP_REACHED"
    assert "价格已达到最高限价 1,749 万元" in visitor.get(a.path).get_data(as_text=True)


def test_an_entry_stands_once_and_only_its_bidder_sees_it(
    at_the_close: Callable[..., Any], visitor: Any
) -> None:
    a, _, c = at_the_close(CAPPED)
    bid(a, 1749)
    payload = signed(a, "lottery")
    first = a.client.post(f"/my{a.path}/lottery", json=payload).get_json()
    again = a.client.post(f"/my{a.path}/lottery", json=payload).get_json()
    assert first["record"] == again["record"]
    assert declare(a, "lottery").get_json()["code"] == "LOTTERY_ALREADY_JOINED"
    assert declare(c, "lottery").get_json()["code"] == "LOTTERY_NOT_ENTITLED"
    seen = {r["seq"]: r for r in picture(visitor, a.path)["records"]}
    assert seen[first["record"]["seq"]]["kind"] == "sealed"
    assert "nonce" not in visitor.get(f"{a.path}/log.jsonl").get_data(as_text=True)


def test_the_seat_tells_its_bidder_what_silence_means(at_the_close: Callable[..., Any]) -> None:
    a, _, _ = at_the_close(ASKED | {"ask_silence": AskSilence.IN})
    page = a.client.get(f"/my{a.path}/hall").get_data(as_text=True)
    found = re.search(r'id="hall-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert "没有答复的，视为愿意" in data["words"]["answerText"]
    assert data["silenceIsIn"] is True
    assert 'data-sign-as="answer"' in page
