"""The rule profile: every number and choice in which the trading centres' rules differ.

A profile is attached to a lot, checked as a whole, frozen and hashed when the notice is
published (R-12), and stands in the lot's first event, so that a replay needs no other input.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from auction.core import profile_checks
from auction.core.instants import from_us, to_us
from auction.core.money import FEN_PER_WAN
from auction.core.parameters import (
    AskSilence,
    CapMode,
    CountdownRule,
    DayUnit,
    IncrementMode,
    ReserveMode,
    TimedEntry,
    TimedTrigger,
)
from auction.core.profile_checks import Problem

__all__ = [
    "FEN_PER_WAN",
    "LAST_HOUR",
    "AskSilence",
    "CapMode",
    "CountdownRule",
    "DayUnit",
    "IncrementMode",
    "Problem",
    "ProfileError",
    "ReserveMode",
    "RuleProfile",
    "TimedEntry",
    "TimedTrigger",
]

LAST_HOUR = timedelta(hours=1)


class ProfileError(ValueError):
    """A profile that cannot be published; carries every problem at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(", ".join(f"{p.field}: {p.code}" for p in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleProfile:
    """Parameters of one sale. Amounts are fen, instants aware UTC, periods as named.

    `assumed` names the fields that the notice does not state: they are shown to people as
    assumptions of the profile, never as facts of the notice. A default is what the engine did
    before it knew the parameter, so that older logs, which lack it, still decide the same.
    """

    start_fen: int
    step_listing_fen: int
    step_timed_fen: int
    deposit_fen: int
    apply_from: datetime
    apply_until: datetime
    deposit_until: datetime
    listing_from: datetime
    listing_until: datetime
    price_scale_fen: int = FEN_PER_WAN
    increment_mode: IncrementMode = IncrementMode.AT_LEAST
    self_outbid: bool = False
    confirm_over_steps: int = 10
    """A bid more than this many steps, or `confirm_over_percent`, above the price is asked for
    twice (R-63)."""
    confirm_over_percent: int = 20
    single_session: bool = True
    """A second sign-in with the same certificate ends the first (R-67)."""
    freeze_minutes: int = 0
    timed_trigger: TimedTrigger = TimedTrigger.QUOTED_GE_2
    timed_entry: TimedEntry = TimedEntry.QUOTED_ONLY
    ask_seconds: int = 0
    ask_silence: AskSilence = AskSilence.OUT
    ask_min_willing: int = 2
    """So many must be willing for the round to open; one who does not lead is enough always."""
    prep_seconds: int = 0
    countdown_first_seconds: int = 300
    countdown_seconds: int = 300
    countdown_rule: CountdownRule = CountdownRule.RESTART_FROM_BID
    extend_within_seconds: int = 300
    """With `extend_if_within`: only a bid in these last seconds moves the deadline."""
    warn_at_seconds: tuple[int, ...] = (60, 30, 10)
    day_cutoff_minutes: int | None = None
    """Minutes after midnight in Beijing at which a running round adjourns to the next day."""
    day_resume_minutes: int = 540
    max_duration_hours: int | None = None
    """The round's deadline never passes its start by more, standstills not counted."""
    reserve_mode: ReserveMode = ReserveMode.NONE
    reserve_entry_from_minutes: int = 30
    """The reserve may be entered from so long before the close of the listing (R-71) ..."""
    reserve_entry_until_minutes: int = 0
    """... until so long before it."""
    cap_mode: CapMode = CapMode.NONE
    cap_fen: int | None = None
    lottery_join_seconds: int = 900
    suspend_freezes_apply: bool = False
    """Whether a suspension also stops applications and moves their deadline (R-83)."""
    resume_prep_seconds: int = 900
    resume_notice_hours: int = 24
    resume_direct_minutes: int | None = None
    """A sale repaired within so many minutes may go on at once, a later one only after
    `resume_notice_hours` (R-86). None: always at once."""
    unhealthy_autosuspend_s: int = 15
    max_clock_offset_ms: int = 50
    joint_allowed: bool = True
    single_payment: bool = True
    winner_submit_days: int = 5
    winner_submit_unit: DayUnit = DayUnit.DAY
    print_days: int = 1
    office_check_workdays: int = 2
    contract_workdays: int = 10
    result_publish_workdays: int = 10
    earnest_cap_percent: int = 20
    objection_reply_workdays: int | None = None
    exclude_defaulter: bool = True
    default_ban_months: int = 0
    refund_due_workdays: int = 5
    assumed: tuple[str, ...] = ()

    def problems(self) -> tuple[Problem, ...]:
        """Everything that forbids publication, in the order of the notice; empty if sound."""
        return profile_checks.problems(self)

    def require_sound(self) -> Self:
        """This profile, or ProfileError with every problem it has."""
        if found := self.problems():
            raise ProfileError(found)
        return self

    def to_dict(self) -> dict[str, Any]:
        """Canonical-JSON-able form: instants as `*_us` integers, enums as their words."""
        out: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, datetime):
                out[f.name + "_us"] = to_us(value)
            elif isinstance(value, tuple):
                out[f.name] = list(value)
            elif isinstance(value, StrEnum):
                out[f.name] = str(value)
            else:
                out[f.name] = value
        return out

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The profile of `to_dict`'s result; ValueError or KeyError on a foreign shape.

        A parameter that an older log does not know has its default.
        """
        values: dict[str, Any] = {}
        for f in fields(cls):
            if f.type is datetime:
                values[f.name] = from_us(data[f.name + "_us"])
            elif f.name not in data and f.default is not MISSING:
                continue
            elif isinstance(data[f.name], list):
                values[f.name] = tuple(data[f.name])
            elif isinstance(f.type, type) and issubclass(f.type, StrEnum):
                values[f.name] = f.type(data[f.name])
            else:
                values[f.name] = data[f.name]
        return cls(**values)
