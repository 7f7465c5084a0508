"""Asked before the live round, and drawn at the cap: signed declarations and what they lead to."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from bidders import demo_house
from factories import PUBLISHED, wan
from ruled_sale import Floor

from auction.core.parameters import AskSilence, CapMode, TimedTrigger
from auction.core.reasons import Refusal
from auction.core.state import Stage
from auction.services.bidding import BidRejected
from auction.services.house import House
from auction.trading.time import DrivenClock

ASKED = {"timed_trigger": TimedTrigger.ASKED, "ask_seconds": 300}
CAPPED = {"cap_mode": CapMode.LOTTERY, "cap_fen": wan(1849), "lottery_join_seconds": 300}


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(PUBLISHED)


@pytest.fixture
def house(tmp_path: Path, clock: DrivenClock) -> Iterator[House]:
    with demo_house(tmp_path, clock) as found:
        yield found


# --- asked ----------------------------------------------------------------------------------


def test_two_who_are_willing_open_the_round(house: House, clock: DrivenClock) -> None:
    floor = Floor(house, clock, **ASKED)
    a, b = floor.bidders
    floor.bid(a, 1549)
    floor.bid(b, 1649)
    floor.close_listing()
    assert floor.lot.stage == Stage.ASK
    for bidder in (a, b):
        floor.declare(bidder, "answer", willing="yes")
    floor.until(minutes=5)
    assert floor.lot.stage == Stage.ROUND


def test_the_last_answer_counts_and_silence_means_out(house: House, clock: DrivenClock) -> None:
    floor = Floor(house, clock, **ASKED)
    a, b = floor.bidders
    floor.bid(a, 1549)
    floor.bid(b, 1649)
    floor.close_listing()
    floor.declare(a, "answer", willing="yes")
    floor.declare(a, "answer", willing="no")
    floor.until(minutes=5)
    assert floor.lot.stage == Stage.AWARD_PENDING
    assert floor.lot.leader == floor.plate(b)


def test_silence_can_mean_in(house: House, clock: DrivenClock) -> None:
    floor = Floor(house, clock, **ASKED, ask_silence=AskSilence.IN)
    a, b = floor.bidders
    floor.bid(a, 1549)
    floor.bid(b, 1649)
    floor.close_listing()
    floor.until(minutes=5)
    assert floor.lot.stage == Stage.ROUND


def test_the_same_answer_sent_twice_stands_once_in_the_log(
    house: House, clock: DrivenClock
) -> None:
    floor = Floor(house, clock, **ASKED)
    a, b = floor.bidders
    floor.bid(a, 1549)
    floor.bid(b, 1649)
    floor.close_listing()
    payload = floor.declare(a, "answer", willing="yes")
    again = floor.send(a, "answer", payload)
    assert again.repeated
    assert [kind for kind, _ in floor.events()].count("ask_answered") == 1


def test_nobody_answers_before_he_is_asked(house: House, clock: DrivenClock) -> None:
    floor = Floor(house, clock, **ASKED)
    with pytest.raises(Refusal, match="ANSWER_NOT_ASKED"):
        floor.declare(floor.bidders[0], "answer", willing="yes")


def test_an_answer_on_another_plate_is_no_answer(house: House, clock: DrivenClock) -> None:
    floor = Floor(house, clock, **ASKED)
    with pytest.raises(BidRejected, match="STATEMENT_MISMATCH"):
        floor.declare(floor.bidders[0], "answer", willing="yes", plate="9999")


# --- drawn ----------------------------------------------------------------------------------


def reached(house: House, clock: DrivenClock) -> Floor:
    """The live round has just reached the cap by bidder b."""
    floor = Floor(house, clock, **CAPPED)
    a, b = floor.bidders
    floor.bid(a, 1549)
    floor.bid(b, 1649)
    floor.close_listing()
    floor.bid(a, 1749)
    floor.bid(b, 1849)
    assert floor.lot.stage == Stage.SECOND_STAGE
    return floor


def test_the_draw_can_be_recomputed_from_the_log(house: House, clock: DrivenClock) -> None:
    floor = reached(house, clock)
    nonces = {}
    for bidder in floor.bidders:
        payload = floor.declare(bidder, "lottery")
        nonces[floor.plate(bidder)] = json.loads(payload["body"])["nonce"]
    floor.until(minutes=5)

    events = dict(floor.events())
    drawn, opened = events["lottery_drawn"], events["lot_opened"]
    assert dict(drawn["nonces"]) == nonces
    assert hashlib.sha256(bytes.fromhex(drawn["seed"])).hexdigest() == opened["lottery_commitment"]
    entries = sorted(nonces.items())
    lines = [f"{plate}:{nonce}\n" for plate, nonce in entries]
    text = f"lottery/1\n{opened['code']}\n{drawn['seed']}\n" + "".join(lines)
    place = int(hashlib.sha256(text.encode()).hexdigest(), 16) % len(entries)
    assert floor.lot.leader == drawn["plate"] == entries[place][0]
    assert floor.lot.price_fen == wan(1849)


def test_before_the_draw_the_log_holds_hashes_only(house: House, clock: DrivenClock) -> None:
    floor = reached(house, clock)
    payload = floor.declare(floor.bidders[0], "lottery")
    nonce = json.loads(payload["body"])["nonce"]
    kind, data = floor.events()[-1]
    assert (kind, data["nonce_hash"]) == (
        "lottery_joined",
        hashlib.sha256(bytes.fromhex(nonce)).hexdigest(),
    )
    assert nonce not in json.dumps(floor.events())
    seed = floor.lot.lottery_seed
    assert seed is not None
    with pytest.raises(UnicodeDecodeError):
        seed.decode("ascii")


def test_whoever_alone_goes_on_has_it_at_the_cap(house: House, clock: DrivenClock) -> None:
    floor = reached(house, clock)
    floor.declare(floor.bidders[0], "lottery")
    floor.until(minutes=5)
    assert floor.lot.leader == floor.plate(floor.bidders[0])
    assert "lottery_drawn" not in dict(floor.events())


def test_a_second_entry_is_refused_and_the_first_repeated(house: House, clock: DrivenClock) -> None:
    floor = reached(house, clock)
    payload = floor.declare(floor.bidders[0], "lottery")
    assert floor.send(floor.bidders[0], "lottery", payload).repeated
    with pytest.raises(Refusal, match="LOTTERY_ALREADY_JOINED"):
        floor.declare(floor.bidders[0], "lottery")
    assert [kind for kind, _ in floor.events()].count("lottery_joined") == 1
