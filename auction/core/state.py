"""The state of a lot: what its events fold into, and the phase that follows from it and a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from auction.core.parameters import Unsold
from auction.core.profile import RuleProfile
from auction.core.reasons import Reason
from auction.core.workdays import BEIJING


class Stage(StrEnum):
    """How far the events have brought a lot; together with an instant it gives the phase."""

    NONE = "none"
    LISTING = "listing"
    ASK = "ask"
    ROUND = "round"
    SECOND_STAGE = "second_stage"
    UNSOLD = "unsold"
    AWARD_PENDING = "award_pending"
    CONFIRMED = "confirmed"
    PUBLISHED = "published"
    AWARD_VOID = "award_void"
    RESULT_HELD = "result_held"
    TERMINATED = "terminated"


class Phase(StrEnum):
    """What people are told; one word and one colour each, the same everywhere."""

    ANNOUNCED = "announced"
    LISTING = "listing"
    FREEZE = "freeze"
    CLOSING = "closing"
    ASK = "ask"
    PREP = "prep"
    LIVE = "live"
    ADJOURNED = "adjourned"
    SECOND_STAGE = "second_stage"
    SUSPENDED = "suspended"
    UNSOLD = "unsold"
    AWARD_PENDING = "award_pending"
    CONFIRMED = "confirmed"
    PUBLISHED = "published"
    AWARD_VOID = "award_void"
    RESULT_HELD = "result_held"
    TERMINATED = "terminated"


ENDED = frozenset(
    {Stage.UNSOLD, Stage.AWARD_PENDING, Stage.CONFIRMED, Stage.PUBLISHED, Stage.AWARD_VOID}
)
"""Stages in which bidding has ended with a result."""

RUNNING = frozenset({Stage.LISTING, Stage.ASK, Stage.ROUND, Stage.SECOND_STAGE})
"""Stages in which time counts and the sale can be suspended."""

TIMED = frozenset({Stage.ASK, Stage.ROUND, Stage.SECOND_STAGE})
"""Running stages after the listing; their end is `deadline`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """Since when and why a lot stands still, and what was left of the deadline then.

    `resume_at` is when it will go on, as announced by officer `resume_by`; None while unknown.
    """

    since: datetime
    ground: str
    by: str
    remaining: timedelta
    resume_at: datetime | None = None
    resume_by: str | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which no bids are taken, [since, until); `until` None while it is open.

    A bid is judged by its arrival alone, and several workers may decide bids in another order
    than they arrived: so the state keeps the pauses that are over. `told` is the instant that
    the refusal names.
    """

    reason: Reason
    since: datetime
    until: datetime | None
    told: datetime

    def covers(self, at: datetime) -> bool:
        """Whether a bid that arrived at `at` met this pause."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Unheard:
    """A bid in time that turned up after the end of bidding."""

    arrival: datetime
    plate: str
    amount_fen: int


@dataclass(frozen=True, kw_only=True)
class LotState:
    """Everything that rules and pages need to know of one lot; amounts fen, instants UTC."""

    profile: RuleProfile | None = None
    code: str = ""
    notice: str = ""
    rules: str = ""
    practice: bool = False
    follows: str | None = None
    """The slug of the earlier listing of the same parcel."""
    stage: Stage = Stage.NONE
    admitted: Mapping[str, str] = field(default_factory=dict)
    """Plate to commitment."""
    quoted: Mapping[str, datetime] = field(default_factory=dict)
    """Plate to the arrival of its last quote in the listing, or of its first bid in the round."""
    price_fen: int | None = None
    leader: str | None = None
    led_at: datetime | None = None
    """When the leader's bid arrived."""
    listing_until: datetime | None = None
    closed_at: datetime | None = None
    """The instant at which the listing closed: an earlier bid is a quote of the listing."""
    answers: Mapping[str, bool] = field(default_factory=dict)
    """Plate to its last answer whether it goes on into the round."""
    bids_from: datetime | None = None
    """Start of the live round's bidding, after any preparation."""
    deadline: datetime | None = None
    """End of what runs after the listing: question, countdown, or entry to the lottery."""
    limit: datetime | None = None
    """The live round's deadline never passes this, where the profile bounds its duration."""
    adjourned: bool = False
    """Whether the round waits for `bids_from` because of the day's cutoff."""
    restarts: int = 0
    """How often a bid moved the countdown."""
    reserve: str | None = None
    """Commitment to the sealed reserve price."""
    reserve_fen: int | None = None
    """The reserve price once opened."""
    lottery_commitment: str | None = None
    entries: Mapping[str, str] = field(default_factory=dict)
    """Plate to nonce hash of those who joined the lottery."""
    join_open: bool = False
    """Whether all who qualified may join, because the cap was reached in the listing."""
    ended_at: datetime | None = None
    """The legal instant at which bidding ended."""
    unsold: Unsold | None = None
    """Why it ended without a sale. The highest bid stays told, also below the reserve."""
    held_from: Stage | None = None
    """The stage before the result was held."""
    unheard: tuple[Unheard, ...] = ()
    """Bids that hold the result."""
    suspension: Suspension | None = None
    pauses: tuple[Pause, ...] = ()
    ended_certificates: frozenset[str] = frozenset()
    """Commitments of the certificates whose end is recorded: each is recorded once."""
    signatures: Mapping[str, str] = field(default_factory=dict)
    """Side to statement hash on the deal confirmation."""

    @property
    def terms(self) -> RuleProfile:
        """The profile of an opened lot."""
        if self.profile is None:
            raise LookupError("the lot has not been opened")
        return self.profile

    def but(self, **changes: Any) -> "LotState":
        """This state with some fields changed: `dataclasses.replace` at a tenth of its cost,
        because every bid takes this way."""
        made = object.__new__(LotState)
        made.__dict__.update(self.__dict__)
        made.__dict__.update(changes)
        return made


def due(state: LotState) -> datetime | None:
    """The instant at which a tick changes this lot, or None if only people can change it."""
    if state.suspension is not None:
        return state.suspension.resume_at
    if state.stage is Stage.LISTING:
        return state.listing_until
    if state.stage is Stage.ROUND:
        cutoff = cutoff_of(state)
        return state.deadline if cutoff is None else min(cutoff, state.deadline or cutoff)
    return state.deadline if state.stage in TIMED else None


def cutoff_of(state: LotState) -> datetime | None:
    """The day's cutoff that the running round meets next, or None where there is none (2.5).

    A round that may begin only after the day's cutoff adjourns when it would begin.
    """
    if state.bids_from is None or state.profile is None:
        return None
    minutes = state.profile.day_cutoff_minutes
    if minutes is None:
        return None
    return max(day_time(state.bids_from, minutes), state.bids_from)


def day_time(instant: datetime, minutes: int, days: int = 0) -> datetime:
    """`minutes` after midnight of the day in Beijing that `instant` falls on, `days` later."""
    told = instant.astimezone(BEIJING)
    midnight = told.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=days, minutes=minutes)).astimezone(UTC)


def phase_at(state: LotState, now: datetime) -> Phase:
    """The phase at `now`: a function of events and time, never a stored flag."""
    if state.suspension is not None:
        return Phase.SUSPENDED
    if state.stage is Stage.LISTING:
        return _listing_phase(state, now)
    if state.stage in TIMED:
        return _timed_phase(state, now)
    return Phase(state.stage.value) if state.stage is not Stage.NONE else Phase.ANNOUNCED


def _listing_phase(state: LotState, now: datetime) -> Phase:
    assert state.listing_until is not None
    terms = state.terms
    if now < terms.listing_from:
        return Phase.ANNOUNCED
    if now >= state.listing_until:
        return Phase.CLOSING
    if now >= state.listing_until - timedelta(minutes=terms.freeze_minutes):
        return Phase.FREEZE
    return Phase.LISTING


def _timed_phase(state: LotState, now: datetime) -> Phase:
    if state.stage is Stage.ROUND and state.bids_from is not None and now < state.bids_from:
        return Phase.ADJOURNED if state.adjourned else Phase.PREP
    if state.deadline is not None and now >= state.deadline:
        return Phase.CLOSING
    return Phase.LIVE if state.stage is Stage.ROUND else Phase(state.stage.value)


def minimum_fen(state: LotState) -> int:
    """The lowest amount the next bid may have (R-60, R-61)."""
    return lowest_fen(state, step_fen(state))


def lowest_fen(state: LotState, step: int) -> int:
    """The lowest amount of a bid with this step; a price cap may always be bid itself (R-73)."""
    terms = state.terms
    if state.price_fen is None:
        return terms.start_fen
    raised = state.price_fen + step
    return raised if terms.cap_fen is None else min(raised, max(terms.cap_fen, state.price_fen))


def step_fen(state: LotState) -> int:
    """The step in force: the listing's and the live round's may differ (R-7)."""
    terms = state.terms
    return terms.step_timed_fen if state.stage in TIMED else terms.step_listing_fen
