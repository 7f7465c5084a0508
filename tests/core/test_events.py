"""Every event as a leaf and back; every event folds; the names in the log never change."""

import re
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from types import NoneType
from typing import Any, get_args

import pytest
from factories import LISTING_FROM, LISTING_UNTIL, A, B, Sale, bid, profile
from hypothesis import given
from hypothesis import strategies as st

from auction.core import commands as c
from auction.core import events as e
from auction.core.engine import evolve
from auction.core.instants import EPOCH
from auction.core.parameters import CertificateGround, HeldOutcome, Unsold
from auction.core.profile import RuleProfile
from auction.core.reasons import Facts, Reason
from auction.core.state import LotState, Phase, due, phase_at
from auction.ledger import canonical

INSTANTS = st.integers(0, 2**52).map(lambda us: EPOCH + timedelta(microseconds=us))
WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
AMOUNTS = st.integers(0, 10**15 - 1)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: WORDS,
    int: AMOUNTS,
    bool: st.booleans(),
    datetime: INSTANTS,
    RuleProfile: st.sampled_from([profile(), profile(max_duration_hours=1, day_cutoff_minutes=7)]),
    Reason: st.sampled_from(Reason),
    Facts: st.dictionaries(
        st.sampled_from(["minimum_fen", "leader", "leader_us"]), WORDS | AMOUNTS, max_size=3
    ),
    tuple[str, str]: st.tuples(WORDS, WORDS),
    tuple[tuple[str, str], ...]: st.lists(st.tuples(WORDS, WORDS), max_size=3).map(tuple),
    tuple[str, ...]: st.lists(WORDS, max_size=3).map(tuple),
    HeldOutcome: st.sampled_from(HeldOutcome),
    Unsold: st.sampled_from(Unsold),
    CertificateGround: st.sampled_from(CertificateGround),
    NoneType: st.none(),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a field of this type, optional or not."""
    return VALUES[kind] if kind in VALUES else st.one_of(*(VALUES[t] for t in get_args(kind)))


def events(kind: type[e.Event]) -> st.SearchStrategy[e.Event]:
    return st.builds(kind, **{f.name: values(f.type) for f in fields(kind)})


EVENTS = st.one_of(*(events(kind) for kind in e.EVENT_TYPES.values()))
RECORDS = st.builds(
    e.Recorded,
    seq=st.integers(1, 2**40),
    arrival=INSTANTS,
    sequenced=INSTANTS,
    event=EVENTS,
)


@pytest.mark.parametrize("kind", e.EVENT_TYPES.values(), ids=e.EVENT_TYPES)
def test_a_leaf_gives_back_the_event_it_was_made_of(kind: type[e.Event]) -> None:
    @given(events(kind), INSTANTS, INSTANTS)
    def identical(event: e.Event, arrival: datetime, sequenced: datetime) -> None:
        record = e.Recorded(seq=7, arrival=arrival, sequenced=sequenced, event=event)
        leaf = canonical.encode(record.to_data("2024JC-4"))
        assert e.Recorded.from_data(canonical.decode(leaf)) == record

    identical()


def test_every_event_has_one_name_and_the_names_are_these() -> None:
    assert set(e.EVENT_TYPES.values()) == set(get_args(e.Event))
    assert sorted(e.EVENT_TYPES) == [
        "adjourned",
        "admitted",
        "ask_answered",
        "ask_opened",
        "award_confirmed",
        "award_voided",
        "bid_accepted",
        "bid_refused",
        "bid_unheard",
        "bidding_ended",
        "cap_reached",
        "certificate_ended",
        "clock_off",
        "confirmation_signed",
        "held_resolved",
        "listing_closed",
        "listing_resumed",
        "listing_shortened",
        "lot_opened",
        "lottery_drawn",
        "lottery_joined",
        "outage_recorded",
        "reserve_opened",
        "reserve_sealed",
        "result_published",
        "resumption_set",
        "round_opened",
        "round_resumed",
        "suspended",
        "terminated",
    ]


def test_the_description_of_the_log_names_every_type_and_every_field() -> None:
    told = (Path(__file__).parents[2] / "docs" / "log-format.md").read_text()
    for name, kind in e.EVENT_TYPES.items():
        assert f"`{name}`" in told
        for f in fields(kind):
            assert re.search(rf"`{f.name}(_us)?`", told), (name, f.name)


def begun(*commands: c.Command, **changes: Any) -> LotState:
    sale = Sale(**changes)
    for command in commands:
        sale.do(command)
    return sale.state


NOON = LISTING_FROM + timedelta(days=1)
BUSY = {"max_duration_hours": 1, "day_cutoff_minutes": 1020, "countdown_first_seconds": 1800}
STATES = st.sampled_from(
    [
        LotState(),
        begun(),
        begun(c.Suspend(arrival=NOON, ground="R-80", by="o1")),
        begun(bid(A, 1549, NOON), c.Tick(arrival=LISTING_UNTIL)),
        begun(bid(A, 1549, NOON), bid(B, 1649, NOON), c.Tick(arrival=LISTING_UNTIL), **BUSY),
    ]
)


@given(STATES, st.lists(RECORDS, max_size=12))
def test_any_events_on_any_state_fold_and_leave_a_phase(
    state: LotState, records: list[e.Recorded]
) -> None:
    for record in records:
        state = evolve(state, record)
        assert isinstance(phase_at(state, record.arrival), Phase)
        due(state)


def test_an_older_end_without_a_sale_was_one_without_a_bid() -> None:
    ended = e.from_data("bidding_ended", {"plate": None, "amount_fen": None})
    assert ended == e.BiddingEnded(plate=None, amount_fen=None, unsold=Unsold.NO_BID)


def test_a_leaf_says_which_lot_and_which_version_it_is_of() -> None:
    leaf = Sale().records[0].to_data("2024JC-4")
    assert (leaf["v"], leaf["lot"], leaf["seq"], leaf["type"]) == (1, "2024JC-4", 1, "lot_opened")
    assert set(leaf) == {"v", "lot", "seq", "arrival_us", "sequenced_us", "type", "data"}


def test_a_leaf_of_an_unknown_kind_is_refused() -> None:
    leaf = Sale().records[0].to_data("2024JC-4")
    with pytest.raises(KeyError):
        e.Recorded.from_data(leaf | {"type": "price_lowered"})
