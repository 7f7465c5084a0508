"""Attack 16: a certificate is revoked between the check of a bid and its commit."""

from pathlib import Path

import pytest
from factories import PUBLISHED
from revoking import bid_of, crl, ends, house_on, records, serial_of, session_end, sign_in, take
from ruled_sale import Floor
from sqlalchemy import Engine

from auction.core import events as e
from auction.trading.time import DrivenClock


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(PUBLISHED)


def test_a_bid_that_was_good_when_checked_is_refused_when_decided(
    engine: Engine, tmp_path: Path, clock: DrivenClock
) -> None:
    with house_on(engine.url, tmp_path, clock) as house:
        floor = Floor(house, clock)
        a, b = floor.bidders
        key_of_a, key_of_b = sign_in(house, a), sign_in(house, b)
        first = house.sequencer.submit(*bid_of(floor, a, 1549, key_of_a))
        house.sequencer.settle()
        assert first.wait(0).refusal is None

        clock.advance(seconds=1)
        checked = house.sequencer.submit(*bid_of(floor, b, 1649, key_of_b))
        clock.advance(milliseconds=1)
        take(house, crl(house, [serial_of(b)], 1))  # committed while the bid waits for its turn
        house.sequencer.settle()

        refusal = checked.wait(0).refusal
        assert refusal is not None
        assert refusal.code == "CERT_REVOKED"
        assert session_end(key_of_b) == "CERT_REVOKED"
        assert session_end(key_of_a) is None
        bids = [r.event.plate for r in records(floor) if isinstance(r.event, e.BidAccepted)]
        assert bids == [floor.plate(a)]
        assert ends(floor) == [], "b has never been in this log: there is nothing to tell of it"


def test_the_record_of_the_end_stands_behind_every_bid_that_was_decided_before(
    engine: Engine, tmp_path: Path, clock: DrivenClock
) -> None:
    with house_on(engine.url, tmp_path, clock) as house:
        floor = Floor(house, clock)
        a, b = floor.bidders
        for bidder, amount in ((a, 1549), (b, 1649)):
            floor.bid(bidder, amount)
        key = sign_in(house, a)
        before = house.sequencer.submit(*bid_of(floor, a, 1749, key))
        house.sequencer.settle()
        after = house.sequencer.submit(*bid_of(floor, a, 1849, key))
        take(house, crl(house, [serial_of(a)], 1))

        assert before.wait(0).refusal is None
        assert getattr(after.wait(0).refusal, "code", None) == "CERT_REVOKED"
        kinds = [type(r.event) for r in records(floor)][-2:]
        assert kinds == [e.BidAccepted, e.CertificateEnded]
        (told,) = ends(floor)
        assert told.plate == floor.plate(a)
        assert floor.lot.leader == floor.plate(a), "what was recorded before stands"
