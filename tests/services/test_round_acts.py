"""Asked before the live round, and drawn at the cap: signed declarations and what they lead to."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bidders import Bidder, demo_house
from factories import LISTING_FROM, PUBLISHED, wan
from sqlalchemy import select

from auction.core.notice_codec import notice_to_dict
from auction.core.parameters import AskSilence, CapMode, TimedTrigger
from auction.core.reasons import Refusal
from auction.core.state import Stage
from auction.core.terms import Unstated, profile_of
from auction.ledger import canonical
from auction.pki.statement import signed_plate
from auction.services import bidding, deposits, lots, round_acts
from auction.services.bidding import BidRejected
from auction.services.house import House
from auction.services.randomness import identifier
from auction.services.seats import seat_of
from auction.services.seed import notice_44
from auction.services.unit import writing
from auction.store import journal
from auction.store.base import db
from auction.store.logs import LogEntry
from auction.store.sales import Lot, Notice, NoticeStatus, SaleKind
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


class Floor:
    """A published lot under special rules, and two qualified bidders in its listing."""

    def __init__(self, house: House, clock: DrivenClock, **rules: Any) -> None:
        self.house, self.clock = house, clock
        facts = notice_44()
        profile = replace(profile_of(facts, facts.lots[0], Unstated()), **rules)
        plain = notice_to_dict(facts)
        with writing() as session:
            notice = Notice(
                id=identifier(house.random),
                slug="n-44",
                number=facts.number,
                kind=str(SaleKind.REAL),
                status=str(NoticeStatus.APPROVED),
                facts=plain,
                profile=profile.to_dict(),
                acceptances={},
                content_hash=hashlib.sha256(canonical.encode(plain)).hexdigest(),
                drafted_by="drafter",
                updated_at=house.now(),
            )
            session.add(notice)
            session.flush()
            new = lots.NewLot("2024JC-4", facts.lots[0].code, profile)
            self.lot_id = lots.prepare(house, session, notice, new)
        lots.open_lot(house, self.lot_id)
        clock.move_to(LISTING_FROM + timedelta(hours=1))
        self.bidders = [Bidder.enrolled(house, f"bidder-{x}") for x in "ab"]
        for bidder in self.bidders:
            deposits.pay_demo(house, self.lot, bidder.apply(self.lot))
        lots.forget_reads()

    @property
    def lot(self) -> Lot:
        db.session.expire_all()
        return db.session.get_one(Lot, self.lot_id)

    def plate(self, bidder: Bidder) -> str:
        seat = seat_of(self.house, self.lot, bidder.party_id)
        assert seat is not None
        return seat.plate

    def bid(self, bidder: Bidder, amount_wan: int) -> None:
        lot = self.lot
        with self.house.engine.connect() as conn:
            head = journal.head(conn, lot.log_id)
        signed = bidder.signed(
            lot,
            "bid",
            {
                **self.base(bidder),
                "amount": str(wan(amount_wan)),
                "cur": "CNY",
                "prev": f"{head.size}:{head.root.hex()}",
            },
        )
        ticket = bidding.arrive(self.house, lot)
        bidding.place(self.house, lot, bidder.actor, signed.to_transport(), ticket)

    def base(self, bidder: Bidder) -> dict[str, str]:
        lot = self.lot
        plate = signed_plate(self.plate(bidder))
        return {"aud": self.house.site.origin, "lot": lot.slug, "plate": plate, "rules": lot.rules}

    def declare(self, bidder: Bidder, purpose: str, **fields: str) -> dict[str, str]:
        """Sign and hand in; the transport form, to be sent again."""
        lot = self.lot
        payload = bidder.signed(lot, purpose, {**self.base(bidder), **fields}).to_transport()
        self.send(bidder, purpose, payload)
        return payload

    def send(self, bidder: Bidder, purpose: str, payload: dict[str, str]) -> Any:
        act = round_acts.answer if purpose == "answer" else round_acts.join
        ticket = bidding.arrive(self.house, self.lot)
        return act(self.house, self.lot, bidder.actor, payload, ticket).answer

    def until(self, **duration: float) -> None:
        self.clock.advance(**duration)
        self.house.sequencer.settle()
        lots.forget_reads()

    def close_listing(self) -> None:
        until = self.lot.listing_until
        assert until is not None
        self.clock.move_to(until)
        self.house.sequencer.settle()
        lots.forget_reads()

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        query = select(LogEntry.leaf).where(LogEntry.log_id == self.lot.log_id)
        leaves = db.session.scalars(query.order_by(LogEntry.seq))
        found = [canonical.decode(leaf) for leaf in leaves]
        return [(leaf["type"], leaf["data"]) for leaf in found]


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
