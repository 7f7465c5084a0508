"""The rule profile: checked as a whole, and the same after its way through the log."""

from datetime import timedelta
from typing import Any

import pytest
from factories import LISTING_FROM, LISTING_UNTIL, profile, wan
from hypothesis import given
from hypothesis import strategies as st

from auction.core.profile import (
    AskSilence,
    CapMode,
    CountdownRule,
    IncrementMode,
    ProfileError,
    ReserveMode,
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
        ({"confirm_over_steps": 0}, ("confirm_over_steps", "OUT_OF_RANGE")),
        ({"confirm_over_percent": 1001}, ("confirm_over_percent", "OUT_OF_RANGE")),
        ({"ask_min_willing": 3}, ("ask_min_willing", "OUT_OF_RANGE")),
        ({"extend_within_seconds": 14}, ("extend_within_seconds", "OUT_OF_RANGE")),
        ({"max_duration_hours": 73}, ("max_duration_hours", "OUT_OF_RANGE")),
        ({"day_resume_minutes": 1440}, ("day_resume_minutes", "OUT_OF_RANGE")),
        ({"lottery_join_seconds": 14}, ("lottery_join_seconds", "OUT_OF_RANGE")),
        ({"resume_direct_minutes": 1441}, ("resume_direct_minutes", "OUT_OF_RANGE")),
        ({"contract_workdays": 31}, ("contract_workdays", "OUT_OF_RANGE")),
        ({"result_publish_workdays": 11}, ("result_publish_workdays", "OUT_OF_RANGE")),
        ({"earnest_cap_percent": 21}, ("earnest_cap_percent", "OUT_OF_RANGE")),
        ({"objection_reply_workdays": 0}, ("objection_reply_workdays", "OUT_OF_RANGE")),
        ({"warn_at_seconds": (60, 0)}, ("warn_at_seconds", "OUT_OF_RANGE")),
        ({"default_ban_months": -1}, ("default_ban_months", "OUT_OF_RANGE")),
    ],
)
def test_each_parameter_has_its_range(changes: dict[str, Any], problem: tuple[str, str]) -> None:
    assert told(**changes) == {problem}


SHORT = LISTING_UNTIL - timedelta(minutes=60)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"deposit_until": LISTING_FROM}, ("deposit_until", "NOT_AFTER")),
        ({"freeze_minutes": 60, "listing_from": SHORT}, ("freeze_minutes", "LISTING_SHORTER")),
        ({"timed_trigger": TimedTrigger.ASKED}, ("ask_seconds", "ASK_MISMATCH")),
        ({"ask_seconds": 300}, ("ask_seconds", "ASK_MISMATCH")),
        (
            {"day_cutoff_minutes": 545, "day_resume_minutes": 540},
            ("day_cutoff_minutes", "DAY_TOO_SHORT"),
        ),
        (
            {"day_cutoff_minutes": 480, "day_resume_minutes": 540},
            ("day_cutoff_minutes", "DAY_TOO_SHORT"),
        ),
        (
            {"reserve_mode": ReserveMode.SEALED, "reserve_entry_until_minutes": 30},
            ("reserve_entry_from_minutes", "WINDOW_EMPTY"),
        ),
        (
            {"reserve_mode": ReserveMode.SEALED, "reserve_entry_from_minutes": 20_000},
            ("reserve_entry_from_minutes", "LISTING_SHORTER"),
        ),
        ({"cap_mode": CapMode.LOTTERY}, ("cap_fen", "CAP_MISMATCH")),
        ({"cap_fen": wan(2000)}, ("cap_fen", "CAP_MISMATCH")),
        (
            {"cap_mode": CapMode.LOTTERY, "cap_fen": wan(1549)},
            ("cap_fen", "CAP_NOT_ABOVE_START"),
        ),
        ({"cap_mode": CapMode.LOTTERY, "cap_fen": wan(2000) + 1}, ("cap_fen", "OFF_SCALE")),
        (
            {
                "cap_mode": CapMode.LOTTERY,
                "cap_fen": wan(2000),
                "increment_mode": IncrementMode.MULTIPLE,
            },
            ("cap_fen", "CAP_OFF_STEP"),
        ),
    ],
)
def test_parameters_that_contradict_each_other_are_told(
    changes: dict[str, Any], problem: tuple[str, str]
) -> None:
    assert told(**changes) == {problem}


def test_parameters_that_fit_each_other_can_be_published() -> None:
    assert not told(timed_trigger=TimedTrigger.ASKED, ask_seconds=300)
    assert not told(day_cutoff_minutes=17 * 60)
    assert not told(reserve_mode=ReserveMode.SEALED)
    assert not told(
        cap_mode=CapMode.LOTTERY, cap_fen=wan(1949), increment_mode=IncrementMode.MULTIPLE
    )
    assert not told(cap_mode=CapMode.LOTTERY, cap_fen=wan(2000)), "reached as the cap itself"


def test_a_profile_of_an_older_log_decides_as_it_did_then() -> None:
    old = profile().to_dict()
    for name in ("cap_mode", "cap_fen", "countdown_rule", "ask_seconds", "resume_direct_minutes"):
        del old[name]
    assert RuleProfile.from_dict(old) == profile()


@given(
    st.builds(
        profile,
        start_fen=st.integers(1, 10**15 - 1),
        increment_mode=st.sampled_from(IncrementMode),
        self_outbid=st.booleans(),
        countdown_rule=st.sampled_from(CountdownRule),
        ask_silence=st.sampled_from(AskSilence),
        reserve_mode=st.sampled_from(ReserveMode),
        cap_mode=st.sampled_from(CapMode),
        cap_fen=st.none() | st.integers(1, 10**15 - 1),
        day_cutoff_minutes=st.none() | st.integers(0, 1439),
        objection_reply_workdays=st.none() | st.integers(1, 60),
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
