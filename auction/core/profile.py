"""The rule profile: every number and choice in which the trading centres' rules differ.

A profile is attached to a lot, checked as a whole, frozen and hashed when the notice is
published (R-12), and stands in the lot's first event, so that a replay needs no other input.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from auction.core.instants import from_us, to_us
from auction.core.money import FEN_PER_WAN

LAST_HOUR = timedelta(hours=1)


class IncrementMode(StrEnum):
    """Whether a raise is at least one step, or a whole multiple of it (R-61)."""

    AT_LEAST = "at_least"
    MULTIPLE = "multiple"


class TimedTrigger(StrEnum):
    """What must hold at the close of the listing for the live round to open (2.5)."""

    QUOTED_GE_2 = "quoted_ge_2"
    QUOTED_LAST_HOUR_GE_2 = "quoted_last_hour_ge_2"
    QUALIFIED_GE_2 = "qualified_ge_2"
    ALWAYS = "always"
    NEVER = "never"


class TimedEntry(StrEnum):
    """Who may bid in the live round (2.5)."""

    QUOTED_ONLY = "quoted_only"
    QUALIFIED_ALL = "qualified_all"


class DayUnit(StrEnum):
    """How a period in days is counted (R-101)."""

    DAY = "day"
    WORKDAY = "workday"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a profile: the field, a code, and the values compared."""

    field: str
    code: str
    facts: Mapping[str, int | str]


class ProfileError(ValueError):
    """A profile that cannot be published; carries every problem at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(", ".join(f"{p.field}: {p.code}" for p in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleProfile:
    """Parameters of one sale. Amounts are fen, instants aware UTC, periods as named.

    `assumed` names the fields that the notice does not state: they are shown to people as
    assumptions of the profile, never as facts of the notice.
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
    freeze_minutes: int = 0
    timed_trigger: TimedTrigger = TimedTrigger.QUOTED_GE_2
    timed_entry: TimedEntry = TimedEntry.QUOTED_ONLY
    prep_seconds: int = 0
    countdown_first_seconds: int = 300
    countdown_seconds: int = 300
    warn_at_seconds: tuple[int, ...] = (60, 30, 10)
    resume_prep_seconds: int = 900
    resume_notice_hours: int = 24
    unhealthy_autosuspend_s: int = 15
    max_clock_offset_ms: int = 50
    joint_allowed: bool = True
    single_payment: bool = True
    winner_submit_days: int = 5
    winner_submit_unit: DayUnit = DayUnit.DAY
    refund_due_workdays: int = 5
    assumed: tuple[str, ...] = ()

    def problems(self) -> tuple[Problem, ...]:
        """Everything that forbids publication, in the order of the notice; empty if sound."""
        found: list[Problem] = []

        def need(ok: bool, field: str, code: str, **facts: int | str) -> None:
            if not ok:
                found.append(Problem(field, code, facts))

        for name in ("start_fen", "step_listing_fen", "step_timed_fen", "price_scale_fen"):
            value = getattr(self, name)
            need(value > 0, name, "NOT_POSITIVE", value=value)
        need(self.deposit_fen >= 0, "deposit_fen", "NEGATIVE", value=self.deposit_fen)
        if self.price_scale_fen > 0:
            for name in ("start_fen", "step_listing_fen", "step_timed_fen"):
                value = getattr(self, name)
                need(value % self.price_scale_fen == 0, name, "OFF_SCALE", value=value)
        for earlier, later in (
            ("apply_from", "apply_until"),
            ("listing_from", "listing_until"),
            ("apply_until", "listing_until"),
            ("deposit_until", "listing_until"),
        ):
            before, after = getattr(self, earlier), getattr(self, later)
            need(
                before < after,
                later,
                "NOT_AFTER",
                other=earlier,
                value_us=to_us(after),
                other_us=to_us(before),
            )
        for name, low, high in _RANGES:
            value = getattr(self, name)
            need(low <= value <= high, name, "OUT_OF_RANGE", value=value, low=low, high=high)
        known = {f.name for f in fields(self)}
        for name in self.assumed:
            need(name in known, "assumed", "UNKNOWN_FIELD", name=name)
        return tuple(found)

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
        """The profile of `to_dict`'s result; ValueError or KeyError on a foreign shape."""
        values: dict[str, Any] = {}
        for f in fields(cls):
            if f.type is datetime:
                values[f.name] = from_us(data[f.name + "_us"])
            elif isinstance(data[f.name], list):
                values[f.name] = tuple(data[f.name])
            elif isinstance(f.type, type) and issubclass(f.type, StrEnum):
                values[f.name] = f.type(data[f.name])
            else:
                values[f.name] = data[f.name]
        return cls(**values)


_RANGES: tuple[tuple[str, int, int], ...] = (
    ("freeze_minutes", 0, 120),
    ("prep_seconds", 0, 3600),
    ("countdown_first_seconds", 15, 1800),
    ("countdown_seconds", 15, 1800),
    ("resume_prep_seconds", 15, 3600),
    ("resume_notice_hours", 0, 240),
    ("unhealthy_autosuspend_s", 5, 120),
    ("max_clock_offset_ms", 1, 1000),
    ("winner_submit_days", 1, 30),
    ("refund_due_workdays", 1, 10),
)
"""Closed ranges of the rules' parameter tables (2.4 to 2.8). Practice lots use countdowns under a
minute, which the published ranges (60 to 1800 s) do not know; publication of a real lot checks
the published minimum in services."""
