"""What forbids the publication of a rule profile: ranges, and parameters that contradict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from auction.core.instants import to_us
from auction.core.parameters import CapMode, IncrementMode, ReserveMode, TimedTrigger

if TYPE_CHECKING:
    from auction.core.profile import RuleProfile

    Need = Callable[..., None]

DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a profile: the field, a code, and the values compared."""

    field: str
    code: str
    facts: Mapping[str, int | str]


def problems(profile: "RuleProfile") -> tuple[Problem, ...]:
    """Everything that forbids publication, in the order of the notice; empty if sound."""
    found: list[Problem] = []

    def need(ok: bool, field: str, code: str, **facts: int | str) -> None:
        if not ok:
            found.append(Problem(field, code, facts))

    _amounts(profile, need)
    _times(profile, need)
    for name, low, high in RANGES:
        value = getattr(profile, name)
        if value is not None:
            need(low <= value <= high, name, "OUT_OF_RANGE", value=value, low=low, high=high)
    _round(profile, need)
    _cap(profile, need)
    known = {f.name for f in fields(profile)}
    for name in profile.assumed:
        need(name in known, "assumed", "UNKNOWN_FIELD", name=name)
    return tuple(found)


def _amounts(profile: "RuleProfile", need: "Need") -> None:
    for name in ("start_fen", "step_listing_fen", "step_timed_fen", "price_scale_fen"):
        value = getattr(profile, name)
        need(value > 0, name, "NOT_POSITIVE", value=value)
    need(profile.deposit_fen >= 0, "deposit_fen", "NEGATIVE", value=profile.deposit_fen)
    if profile.price_scale_fen > 0:
        for name in ("start_fen", "step_listing_fen", "step_timed_fen", "cap_fen"):
            value = getattr(profile, name)
            if value is not None:
                need(value % profile.price_scale_fen == 0, name, "OFF_SCALE", value=value)


def _times(profile: "RuleProfile", need: "Need") -> None:
    for earlier, later in (
        ("apply_from", "apply_until"),
        ("apply_from", "deposit_until"),
        ("listing_from", "listing_until"),
        ("apply_until", "listing_until"),
        ("deposit_until", "listing_until"),
    ):
        before: datetime = getattr(profile, earlier)
        after: datetime = getattr(profile, later)
        need(
            before < after,
            later,
            "NOT_AFTER",
            other=earlier,
            value_us=to_us(after),
            other_us=to_us(before),
        )
    length = (profile.listing_until - profile.listing_from) // timedelta(minutes=1)
    if length <= 0:
        return
    quiet = profile.freeze_minutes
    need(
        quiet == 0 or quiet < length, "freeze_minutes", "LISTING_SHORTER", value=quiet, high=length
    )
    if profile.reserve_mode is ReserveMode.SEALED:
        first, last = profile.reserve_entry_from_minutes, profile.reserve_entry_until_minutes
        need(first > last, "reserve_entry_from_minutes", "WINDOW_EMPTY", value=first, other=last)
        need(
            first <= length,
            "reserve_entry_from_minutes",
            "LISTING_SHORTER",
            value=first,
            high=length,
        )


def _round(profile: "RuleProfile", need: "Need") -> None:
    asked = profile.timed_trigger is TimedTrigger.ASKED
    need(
        asked is (profile.ask_seconds > 0), "ask_seconds", "ASK_MISMATCH", value=profile.ask_seconds
    )
    for seconds in profile.warn_at_seconds:
        need(
            0 < seconds <= 1800, "warn_at_seconds", "OUT_OF_RANGE", value=seconds, low=1, high=1800
        )
    cutoff, resumed = profile.day_cutoff_minutes, profile.day_resume_minutes
    if cutoff is not None:
        # A day must leave room for a full countdown, or an adjourned round could never end.
        room = (cutoff - resumed) * 60
        longest = max(profile.countdown_seconds, profile.countdown_first_seconds)
        need(room > longest, "day_cutoff_minutes", "DAY_TOO_SHORT", value=cutoff, other=resumed)


def _cap(profile: "RuleProfile", need: "Need") -> None:
    cap = profile.cap_fen
    capped = profile.cap_mode is CapMode.LOTTERY
    need(capped is (cap is not None), "cap_fen", "CAP_MISMATCH", mode=str(profile.cap_mode))
    if cap is None:
        return
    start, step = profile.start_fen, profile.step_listing_fen
    need(cap > start, "cap_fen", "CAP_NOT_ABOVE_START", value=cap, start_fen=start)
    if (
        profile.increment_mode is IncrementMode.MULTIPLE
        and step == profile.step_timed_fen
        and step > 0
    ):
        need((cap - start) % step == 0, "cap_fen", "CAP_OFF_STEP", value=cap, step_fen=step)


RANGES: tuple[tuple[str, int, int], ...] = (
    ("freeze_minutes", 0, 120),
    ("confirm_over_steps", 1, 1000),
    ("confirm_over_percent", 1, 1000),
    ("ask_seconds", 0, 1800),
    ("ask_min_willing", 1, 2),
    ("prep_seconds", 0, 3600),
    ("countdown_first_seconds", 15, 1800),
    ("countdown_seconds", 15, 1800),
    ("extend_within_seconds", 15, 1800),
    ("day_cutoff_minutes", 0, DAY_MINUTES - 1),
    ("day_resume_minutes", 0, DAY_MINUTES - 1),
    ("max_duration_hours", 1, 72),
    ("reserve_entry_from_minutes", 0, 100_000),
    ("reserve_entry_until_minutes", 0, 100_000),
    ("lottery_join_seconds", 15, 3600),
    ("resume_prep_seconds", 15, 3600),
    ("resume_notice_hours", 0, 240),
    ("resume_direct_minutes", 0, DAY_MINUTES),
    ("unhealthy_autosuspend_s", 5, 120),
    ("max_clock_offset_ms", 1, 1000),
    ("winner_submit_days", 1, 30),
    ("print_days", 1, 30),
    ("office_check_workdays", 1, 30),
    ("contract_workdays", 1, 30),
    ("result_publish_workdays", 1, 10),
    ("earnest_cap_percent", 1, 20),
    ("objection_reply_workdays", 1, 60),
    ("default_ban_months", 0, 120),
    ("refund_due_workdays", 1, 10),
)
"""Closed ranges of the rules' parameter tables (2.4 to 2.8). Practice lots use countdowns under a
minute, which the published ranges (60 to 1800 s) do not know; publication of a real lot checks
the published minimum in services."""
