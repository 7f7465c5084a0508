"""The sealed reserve (R-70 to R-72) and the lottery at a price cap (R-73)."""

from collections import Counter
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from factories import CODE, LISTING_UNTIL, A, B, C, Sale, beijing, open_lot, seconds, wan

from auction.core import commands as c
from auction.core import events as e
from auction.core import lottery, reserve
from auction.core.engine import decide
from auction.core.parameters import CapMode, IncrementMode, ReserveMode, TimedEntry, Unsold
from auction.core.reasons import Reason, Refusal
from auction.core.state import LotState, Phase, Stage, minimum_fen, phase_at

NOON = beijing(11, 1, 12, 0)
ROUND = LISTING_UNTIL
US = timedelta(microseconds=1)
OFFICERS = ("o1", "o2")
SEED = "5e" * 32
NONCES = {plate: sha256(plate.encode()).hexdigest() for plate in (A, B, C)}


def refused(sale: Sale, command: c.Command) -> str:
    with pytest.raises(Refusal) as refusal:
        sale.do(command)
    return refusal.value.code


def reason(event: e.Event) -> Reason:
    assert isinstance(event, e.BidRefused)
    return event.reason


# --- the reserve -------------------------------------------------------------------------------


def seal(at: datetime, amount: int = 1700, by: tuple[str, str] = OFFICERS) -> c.SealReserve:
    return c.SealReserve(
        arrival=at, commitment=reserve.commitment(CODE, wan(amount), "salt"), by=by
    )


def sealed(amount: int = 1700, **changes: Any) -> Sale:
    sale = Sale(reserve_mode=ReserveMode.SEALED, **changes)
    sale.bid(A, 1549, NOON)
    sale.do(seal(ROUND - timedelta(minutes=30), amount))
    return sale


def opening(amount: int = 1700, salt: str = "salt") -> c.ReserveOpening:
    return c.ReserveOpening(wan(amount), salt)


def test_the_commitment_is_the_digest_of_a_text_that_anyone_can_write() -> None:
    text = f"reserve/1\n{CODE}\n17000000000\nsalt\n"
    assert reserve.commitment(CODE, 17_000_000_000, "salt") == sha256(text.encode()).hexdigest()


def test_the_reserve_is_sealed_once_by_two_in_its_window_and_only_where_there_is_one() -> None:
    opens = ROUND - timedelta(minutes=30)
    sale = Sale(reserve_mode=ReserveMode.SEALED, reserve_entry_until_minutes=10)
    assert refused(Sale(), seal(opens)) == "RESERVE_NOT_USED"
    assert refused(sale, seal(opens - US)) == "RESERVE_TOO_EARLY"
    assert refused(sale, seal(ROUND - timedelta(minutes=10))) == "RESERVE_TOO_LATE"
    assert refused(sale, seal(opens, by=("o1", "o1"))) == "TWO_PERSONS_NEEDED"
    odd = c.SealReserve(arrival=opens, commitment="AB", by=OFFICERS)
    assert refused(sale, odd) == "RESERVE_BAD_COMMITMENT"
    sale.do(seal(opens))
    assert refused(sale, seal(opens + US)) == "RESERVE_ALREADY_SEALED"
    closed = Sale(reserve_mode=ReserveMode.SEALED)
    closed.tick(ROUND)
    assert refused(closed, seal(ROUND)) == "WRONG_STAGE"


def test_no_reserve_is_sealed_while_the_sale_stands_still() -> None:
    sale = Sale(reserve_mode=ReserveMode.SEALED)
    at = ROUND - timedelta(minutes=20)
    sale.do(c.Suspend(arrival=at, ground="R-80", by="o1"))
    assert refused(sale, seal(at)) == "LOT_SUSPENDED"


@pytest.mark.parametrize(("amount", "sold"), [(1549, True), (1548, True), (1550, False)])
def test_at_the_end_the_reserve_is_opened_first_and_then_decides(amount: int, sold: bool) -> None:
    sale = sealed(amount)
    events = sale.do(c.Tick(arrival=ROUND, reserve=opening(amount)))
    assert [type(event) for event in events] == [
        e.ListingClosed,
        e.ReserveOpened,
        e.BiddingEnded,
    ]
    ended = events[-1]
    assert isinstance(ended, e.BiddingEnded)
    assert (ended.plate == A) is sold
    assert ended.unsold is (None if sold else Unsold.RESERVE_NOT_MET)
    assert sale.state.stage is (Stage.AWARD_PENDING if sold else Stage.UNSOLD)
    assert sale.state.reserve_fen == wan(amount)


def test_a_round_is_held_below_the_reserve_and_decides_at_its_end() -> None:
    sale = sealed()
    sale.bid(B, 1649, ROUND - US)
    opened = sale.do(c.Tick(arrival=ROUND, reserve=opening()))
    assert [type(event) for event in opened] == [e.ListingClosed, e.RoundOpened]
    sale.bid(A, 1749, ROUND)
    end = ROUND + seconds(300)
    ended = sale.do(c.Tick(arrival=end, reserve=opening()))[-1]
    assert ended == e.BiddingEnded(plate=A, amount_fen=wan(1749))


def test_without_any_bid_it_is_opened_too() -> None:
    sale = Sale(reserve_mode=ReserveMode.SEALED)
    sale.do(seal(ROUND - US))
    events = sale.do(c.Tick(arrival=ROUND, reserve=opening()))
    assert events[-1] == e.BiddingEnded(plate=None, amount_fen=None, unsold=Unsold.NO_BID)
    assert isinstance(events[-2], e.ReserveOpened)


def test_a_reserve_that_nobody_sealed_is_none() -> None:
    sale = Sale(reserve_mode=ReserveMode.SEALED)
    sale.bid(A, 1549, NOON)
    sale.do(c.Tick(arrival=ROUND))
    assert sale.state.stage is Stage.AWARD_PENDING


@pytest.mark.parametrize("given", [None, opening(1500), opening(salt="another")])
def test_another_reserve_than_was_sealed_decides_nothing(given: c.ReserveOpening | None) -> None:
    sale = sealed()
    events = sale.do(c.Tick(arrival=ROUND, reserve=given))
    assert events == (e.Suspended(since=ROUND, ground="RESERVE_UNOPENED", by="system"),)
    sale.do(c.Resume(arrival=ROUND + seconds(60), by="o1"))
    sale.do(c.Tick(arrival=ROUND + seconds(60), reserve=opening(1500)))
    assert phase_at(sale.state, ROUND) is Phase.SUSPENDED
    sale.do(c.Resume(arrival=ROUND + seconds(90), by="o1"))
    sale.do(c.Tick(arrival=ROUND + seconds(90), reserve=opening()))
    assert sale.state.unsold is Unsold.RESERVE_NOT_MET


# --- the cap -----------------------------------------------------------------------------------

CAP: dict[str, Any] = {
    "cap_mode": CapMode.LOTTERY,
    "cap_fen": wan(1799),
    "lottery_commitment": lottery.commitment(SEED),
}
JOIN = seconds(900)


def capped(**changes: Any) -> Sale:
    """A quoted 1549, B 1649, the round is open; the cap is 1799."""
    sale = Sale(**(CAP | changes))
    sale.bid(A, 1549, NOON)
    sale.bid(B, 1649, NOON + US)
    sale.tick(ROUND, roll=(C,))
    return sale


JOINED = ROUND + seconds(10)


def join(plate: str, at: datetime = JOINED) -> c.JoinLottery:
    hashed = lottery.commitment(NONCES[plate])
    return c.JoinLottery(arrival=at, plate=plate, statement="s", nonce_hash=hashed)


def draw(*plates: str, seed: str = SEED) -> c.LotteryOpening:
    return c.LotteryOpening(seed, tuple((plate, NONCES[plate]) for plate in sorted(plates)))


def at_the_cap(**changes: Any) -> Sale:
    sale = capped(**changes)
    sale.bid(A, 1749, ROUND)
    sale.bid(B, 1799, ROUND + seconds(1))
    return sale


def test_a_lottery_needs_the_centres_commitment_from_the_first_record_on() -> None:
    for changes in (
        CAP | {"lottery_commitment": None},
        CAP | {"lottery_commitment": "5e"},
        {"lottery_commitment": lottery.commitment(SEED)},
    ):
        with pytest.raises(Refusal, match="LOTTERY_COMMITMENT"):
            decide(LotState(), open_lot(**changes))


def test_the_cap_may_be_bid_where_no_whole_step_fits_below_it_and_ends_the_bidding() -> None:
    sale = capped()
    assert reason(sale.bid(A, 1800, ROUND)) is Reason.ABOVE_CAP
    sale.bid(A, 1749, ROUND)
    assert minimum_fen(sale.state) == wan(1799)
    assert reason(sale.bid(B, 1798, ROUND)) is Reason.TOO_LOW
    reached = ROUND + seconds(1)
    events = sale.do(c.PlaceBid(arrival=reached, plate=B, amount_fen=wan(1799), statement="s"))
    assert [type(event) for event in events] == [e.BidAccepted, e.CapReached]
    assert phase_at(sale.state, reached) is Phase.SECOND_STAGE
    assert sale.state.deadline == reached + JOIN
    assert reason(sale.bid(A, 1799, reached + US)) is Reason.CAP_REACHED
    assert reason(sale.bid(A, 1899, reached - US)) is Reason.CAP_REACHED


def test_with_whole_multiples_the_cap_lies_on_the_steps() -> None:
    mode = {"increment_mode": IncrementMode.MULTIPLE}
    with pytest.raises(ValueError, match="CAP_OFF_STEP"):
        Sale(**CAP, **mode)
    sale = capped(cap_fen=wan(1849), **mode)
    assert reason(sale.bid(A, 1799, ROUND)) is Reason.NOT_MULTIPLE
    assert isinstance(
        sale.do(c.PlaceBid(arrival=ROUND, plate=A, amount_fen=wan(1849), statement="s"))[-1],
        e.CapReached,
    )


def test_a_cap_reached_in_the_listing_waits_for_its_close_and_lets_all_qualified_join() -> None:
    sale = Sale(**CAP)
    sale.bid(A, 1799, NOON)
    assert sale.state.stage is Stage.LISTING
    assert reason(sale.bid(B, 1799, NOON + US)) is Reason.CAP_REACHED
    events = sale.tick(ROUND, roll=(C,))
    assert events[-1] == e.CapReached(until=ROUND + JOIN)
    sale.do(join(C))
    sale.tick(ROUND + JOIN)
    assert sale.state.leader == C


@pytest.mark.parametrize(("joined", "winner"), [((), B), ((A,), A), ((B,), B)])
def test_of_nobody_or_one_no_lots_are_drawn(joined: tuple[str, ...], winner: str) -> None:
    sale = at_the_cap()
    for plate in joined:
        sale.do(join(plate))
    events = sale.tick(ROUND + seconds(1) + JOIN)
    assert events == (e.BiddingEnded(plate=winner, amount_fen=wan(1799)),)
    assert (sale.state.leader, sale.state.price_fen) == (winner, wan(1799))


def test_of_two_the_draw_decides_and_anyone_can_do_it_again() -> None:
    sale = at_the_cap()
    for plate in (A, B):
        sale.do(join(plate))
    events = sale.do(c.Tick(arrival=ROUND + seconds(1) + JOIN, draw=draw(A, B)))
    drawn = events[0]
    assert isinstance(drawn, e.LotteryDrawn)
    text = f"lottery/1\n{CODE}\n{SEED}\n{B}:{NONCES[B]}\n{A}:{NONCES[A]}\n"  # 0983 before 4107
    number = int(sha256(text.encode("ascii")).hexdigest(), 16)
    assert drawn.plate == (B, A)[number % 2]
    assert events[1] == e.BiddingEnded(plate=drawn.plate, amount_fen=wan(1799))
    assert sale.state.leader == drawn.plate


@pytest.mark.parametrize(
    "given",
    [
        None,
        draw(A, B, seed="5f" * 32),
        draw(A, B, seed="no"),
        draw(A),
        draw(A, B, C),
        c.LotteryOpening(SEED, ((A, NONCES[A]), (B, NONCES[B]))),
        c.LotteryOpening(SEED, ((B, NONCES[B]), (A, NONCES[B]))),
    ],
    ids=["none", "seed", "no seed", "one left out", "one too many", "order", "nonce"],
)
def test_a_draw_from_anything_else_decides_nothing(given: c.LotteryOpening | None) -> None:
    sale = at_the_cap()
    for plate in (A, B):
        sale.do(join(plate))
    end = ROUND + seconds(1) + JOIN
    assert sale.do(c.Tick(arrival=end, draw=given)) == (
        e.Suspended(since=end, ground="DRAW_UNOPENED", by="system"),
    )


def test_every_entry_can_win_and_about_equally_often() -> None:
    wins = Counter(
        lottery.winner(CODE, f"{i:064x}", tuple(sorted(NONCES.items()))) for i in range(600)
    )
    assert set(wins) == set(NONCES)
    assert min(wins.values()) > 150


def test_who_may_join_when_and_how_often() -> None:
    sale = capped()
    assert refused(sale, join(A, ROUND)) == "LOTTERY_NOT_OPEN"
    sale.bid(A, 1799, ROUND)
    assert refused(sale, join(C)) == "LOTTERY_NOT_ENTITLED"
    sale.do(join(A))
    assert refused(sale, join(A)) == "LOTTERY_ALREADY_JOINED"
    odd = c.JoinLottery(arrival=ROUND, plate=B, statement="s", nonce_hash="xy")
    assert refused(sale, odd) == "LOTTERY_BAD_NONCE"
    sale.do(c.Suspend(arrival=ROUND + seconds(20), ground="R-80", by="o1"))
    assert refused(sale, join(B, ROUND + seconds(21))) == "LOT_SUSPENDED"
    everybody = capped(timed_entry=TimedEntry.QUALIFIED_ALL)
    everybody.bid(A, 1799, ROUND)
    everybody.do(join(C))
    assert set(everybody.state.entries) == {C}


def test_a_stopped_lottery_resumes_with_the_full_time_to_join() -> None:
    sale = at_the_cap()
    sale.do(join(A))
    sale.do(c.Suspend(arrival=ROUND + seconds(20), ground="R-80", by="o1"))
    sale.do(c.Resume(arrival=ROUND + seconds(100), by="o1"))
    assert sale.state.stage is Stage.SECOND_STAGE
    assert sale.state.deadline == ROUND + seconds(100) + seconds(900) + JOIN
    assert set(sale.state.entries) == {A}


def test_a_reserve_above_the_cap_leaves_nothing_to_draw() -> None:
    sale = Sale(**CAP, reserve_mode=ReserveMode.SEALED)
    sale.bid(A, 1549, NOON)
    sale.bid(B, 1799, NOON)
    sale.do(seal(ROUND - US, 1800))
    sale.tick(ROUND)
    for plate in (A, B):
        sale.do(join(plate))
    events = sale.do(c.Tick(arrival=ROUND + JOIN, reserve=opening(1800), draw=draw(A, B)))
    assert [type(event) for event in events] == [e.ReserveOpened, e.BiddingEnded]
    assert sale.state.unsold is Unsold.RESERVE_NOT_MET
