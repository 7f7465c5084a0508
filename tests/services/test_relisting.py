"""Listed again: the chain of attempts, and who is kept out of it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from bidders import Bidder, demo_house
from factories import PUBLISHED
from ruled_sale import Floor, published

from auction.core import commands as c
from auction.core.parameters import ReserveMode
from auction.core.state import Stage
from auction.services import awards, lots, relisting
from auction.services.applications import ApplicationRefused
from auction.services.house import House
from auction.store.base import db
from auction.store.sales import Lot, SaleKind
from auction.trading.time import DrivenClock
from auction.trading.work import Work

TWO = ("drafter", "approver")


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(PUBLISHED)


@pytest.fixture
def house(tmp_path: Path, clock: DrivenClock) -> Iterator[House]:
    with demo_house(tmp_path, clock) as found:
        yield found


def fruitless(house: House, clock: DrivenClock) -> Floor:
    """A listing that nobody quoted in."""
    floor = Floor(house, clock)
    floor.close_listing()
    assert floor.lot.stage == Stage.UNSOLD
    return floor


def defaulted(house: House, clock: DrivenClock, **rules: object) -> tuple[Floor, Bidder]:
    """A sale whose highest bidder's award two officers have declared void."""
    floor = Floor(house, clock, **rules)
    bidder = floor.bidders[0]
    floor.bid(bidder, 1549)
    floor.close_listing()
    awards.ensure(house, floor.lot)

    def void(at: object) -> Work:
        ground = "REFUSED_TO_SIGN"
        return Work(floor.lot_id, c.VoidAward(arrival=at, ground=ground, by=TWO))  # type: ignore[arg-type]

    lots.act(house, floor.lot_id, void)
    assert floor.lot.stage == Stage.AWARD_VOID
    return floor, bidder


def again(house: House, clock: DrivenClock, slug: str = "again", **rules: object) -> Lot:
    """The parcel of 2024JC-4 listed anew, with the old timetable begun again."""
    follows = rules.pop("follows", "2024JC-4")
    clock.move_to(max(clock.now(), PUBLISHED + timedelta(days=60)))
    moved = {
        "apply_from": clock.now(),
        "apply_until": clock.now() + timedelta(days=20),
        "deposit_until": clock.now() + timedelta(days=20),
        "listing_from": clock.now(),
        "listing_until": clock.now() + timedelta(days=30),
    }
    lot_id = published(house, slug, follows, **{**moved, **rules})  # type: ignore[arg-type]
    return db.session.get_one(Lot, lot_id)


def test_a_fruitless_listing_can_be_followed_once(house: House, clock: DrivenClock) -> None:
    floor = fruitless(house, clock)
    assert relisting.may_follow("2024JC-4", SaleKind.REAL) is None
    assert [lot.slug for lot in relisting.ready((SaleKind.REAL,))] == ["2024JC-4"]
    second = again(house, clock)
    assert relisting.may_follow("2024JC-4", SaleKind.REAL) == "FOLLOWS_TAKEN"
    assert relisting.ready((SaleKind.REAL,)) == []
    assert [lot.slug for lot in relisting.earlier(second)] == [floor.lot.slug]
    assert relisting.later(floor.lot) is second


def test_the_chain_goes_back_to_the_first_attempt(house: House, clock: DrivenClock) -> None:
    fruitless(house, clock)
    second = again(house, clock)
    assert second.listing_until is not None
    clock.move_to(second.listing_until)
    house.sequencer.settle()
    third = again(house, clock, "third", follows="again")
    assert [lot.slug for lot in relisting.earlier(third)] == ["2024JC-4", "again"]


@pytest.mark.parametrize(
    ("slug", "kind", "code"),
    [
        ("nowhere", SaleKind.REAL, "FOLLOWS_UNKNOWN"),
        ("2024JC-4", SaleKind.REHEARSAL, "FOLLOWS_UNKNOWN"),
        ("2024JC-4", SaleKind.REAL, "FOLLOWS_NOT_OVER"),
    ],
)
def test_what_cannot_be_followed(
    house: House, clock: DrivenClock, slug: str, kind: SaleKind, code: str
) -> None:
    Floor(house, clock)
    assert relisting.may_follow(slug, kind) == code


def test_the_log_of_a_listing_names_the_one_before(house: House, clock: DrivenClock) -> None:
    fruitless(house, clock)
    second = again(house, clock)
    assert house.writer.runtimes[second.id].state.follows == "2024JC-4"


def test_whoever_defaulted_is_kept_out_of_the_same_parcel(house: House, clock: DrivenClock) -> None:
    floor, bidder = defaulted(house, clock)
    other = floor.bidders[1]
    second = again(house, clock)
    with pytest.raises(ApplicationRefused, match="EXCLUDED_DEFAULTER"):
        bidder.apply(second)
    assert other.apply(second).plate


def test_rules_may_let_him_in_again(house: House, clock: DrivenClock) -> None:
    _, bidder = defaulted(house, clock)
    assert bidder.apply(again(house, clock, exclude_defaulter=False)).plate


def test_a_ban_keeps_him_out_of_other_sales_until_it_ends(house: House, clock: DrivenClock) -> None:
    _, bidder = defaulted(house, clock, default_ban_months=3)
    other = again(house, clock, "another", follows=None)
    with pytest.raises(ApplicationRefused, match="BANNED_DEFAULTER"):
        bidder.apply(other)
    clock.advance(days=70)
    later = again(house, clock, "later", follows=None)
    assert bidder.apply(later).plate


def test_without_a_ban_other_sales_are_open_to_him(house: House, clock: DrivenClock) -> None:
    _, bidder = defaulted(house, clock)
    assert bidder.apply(again(house, clock, "another", follows=None)).plate


def test_a_suspension_moves_the_deadlines_of_entry_where_the_rules_say_so(
    house: House, clock: DrivenClock
) -> None:
    floor = Floor(house, clock, suspend_freezes_apply=True, resume_direct_minutes=None)
    before = lots.terms_now(floor.lot)

    def suspend(at: object) -> Work:
        return Work(floor.lot_id, c.Suspend(arrival=at, ground="SYSTEM_FAILURE", by="drafter"))  # type: ignore[arg-type]

    lots.act(house, floor.lot_id, suspend)
    third = Bidder.enrolled(house, "bidder-c")
    with pytest.raises(ApplicationRefused, match="APPLY_SUSPENDED"):
        third.apply(floor.lot)
    clock.advance(hours=7)

    def resume(at: object) -> Work:
        return Work(floor.lot_id, c.Resume(arrival=at, by="drafter"))  # type: ignore[arg-type]

    lots.act(house, floor.lot_id, resume)
    after = lots.terms_now(floor.lot)
    assert after.apply_until - before.apply_until == timedelta(hours=7)
    assert after.deposit_until - before.deposit_until == timedelta(hours=7)
    assert third.apply(floor.lot).plate


def test_no_reserve_entered_is_no_reserve(house: House, clock: DrivenClock) -> None:
    floor = Floor(house, clock, reserve_mode=ReserveMode.SEALED)
    floor.bid(floor.bidders[0], 1549)
    floor.close_listing()
    assert floor.lot.stage == Stage.AWARD_PENDING
