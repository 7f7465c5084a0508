"""The rule profile: checked as a whole, and the same after its way through the log."""

from datetime import timedelta
from typing import Any

import pytest
from factories import LISTING_UNTIL, profile, wan
from hypothesis import given
from hypothesis import strategies as st

from auction.core.profile import (
    IncrementMode,
    ProfileError,
    RuleProfile,
    TimedEntry,
    TimedTrigger,
)
from auction.ledger import canonical


def told(**changes: Any) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in profile(**changes).problems()}


def test_the_profile_of_notice_44_can_be_published() -> None:
    assert profile().problems() == ()
    assert profile().require_sound() == profile()


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(ProfileError) as raised:
        profile(
            start_fen=0,
            step_listing_fen=wan(100) + 1,
            deposit_fen=-1,
            deposit_until=LISTING_UNTIL,
            countdown_seconds=14,
            assumed=("colour",),
        ).require_sound()
    assert {(p.field, p.code) for p in raised.value.problems} == {
        ("start_fen", "NOT_POSITIVE"),
        ("step_listing_fen", "OFF_SCALE"),
        ("deposit_fen", "NEGATIVE"),
        ("listing_until", "NOT_AFTER"),
        ("countdown_seconds", "OUT_OF_RANGE"),
        ("assumed", "UNKNOWN_FIELD"),
    }


def test_a_problem_carries_what_was_compared() -> None:
    (problem,) = profile(countdown_seconds=1801).problems()
    assert problem.facts == {"value": 1801, "low": 15, "high": 1800}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"price_scale_fen": 0}, ("price_scale_fen", "NOT_POSITIVE")),
        ({"step_timed_fen": 1}, ("step_timed_fen", "OFF_SCALE")),
        ({"apply_until": LISTING_UNTIL}, ("listing_until", "NOT_AFTER")),
        ({"freeze_minutes": 121}, ("freeze_minutes", "OUT_OF_RANGE")),
        ({"prep_seconds": -1}, ("prep_seconds", "OUT_OF_RANGE")),
        ({"resume_prep_seconds": 0}, ("resume_prep_seconds", "OUT_OF_RANGE")),
        ({"unhealthy_autosuspend_s": 4}, ("unhealthy_autosuspend_s", "OUT_OF_RANGE")),
        ({"max_clock_offset_ms": 0}, ("max_clock_offset_ms", "OUT_OF_RANGE")),
    ],
)
def test_each_parameter_has_its_range(changes: dict[str, Any], problem: tuple[str, str]) -> None:
    assert told(**changes) == {problem}


@given(
    st.builds(
        profile,
        start_fen=st.integers(1, 10**15 - 1),
        increment_mode=st.sampled_from(IncrementMode),
        self_outbid=st.booleans(),
        timed_trigger=st.sampled_from(TimedTrigger),
        timed_entry=st.sampled_from(TimedEntry),
        listing_until=st.timedeltas(timedelta(0), timedelta(days=400)).map(
            lambda later: LISTING_UNTIL + later
        ),
        warn_at_seconds=st.lists(st.integers(1, 300), max_size=4).map(tuple),
        assumed=st.lists(st.sampled_from(["prep_seconds", "timed_entry"])).map(tuple),
    )
)
def test_a_profile_is_the_same_after_its_way_through_canonical_bytes(made: RuleProfile) -> None:
    data = canonical.encode(made.to_dict())
    assert RuleProfile.from_dict(canonical.decode(data)) == made


def test_a_foreign_shape_is_refused() -> None:
    data = profile().to_dict()
    with pytest.raises(ValueError, match="sometimes"):
        RuleProfile.from_dict(data | {"timed_trigger": "sometimes"})
    del data["listing_from_us"]
    with pytest.raises(KeyError):
        RuleProfile.from_dict(data)
