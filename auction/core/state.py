"""The state of a lot: what its events fold into, and the phase that follows from it and a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from auction.core.profile import RuleProfile


class Stage(StrEnum):
    """How far the events have brought a lot; together with an instant it gives the phase."""

    NONE = "none"
    LISTING = "listing"
    ROUND = "round"
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
    PREP = "prep"
    LIVE = "live"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """Since when and why a lot stands still, and what was left of the deadline then."""

    since: datetime
    ground: str
    by: str
    remaining: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class LotState:
    """Everything that rules and pages need to know of one lot; amounts fen, instants UTC."""

    profile: RuleProfile | None = None
    code: str = ""
    notice: str = ""
    rules: str = ""
    practice: bool = False
    stage: Stage = Stage.NONE
    admitted: Mapping[str, str] = field(default_factory=dict)
    """Plate to commitment."""
    quoted: Mapping[str, datetime] = field(default_factory=dict)
    """Plate to the arrival of its last accepted bid."""
    price_fen: int | None = None
    leader: str | None = None
    listing_until: datetime | None = None
    bids_from: datetime | None = None
    """Start of the live round's bidding, after any preparation."""
    deadline: datetime | None = None
    """End of the countdown in the live round."""
    restarts: int = 0
    """How often a bid restarted the countdown."""
    ended_at: datetime | None = None
    """The legal instant at which bidding ended."""
    suspension: Suspension | None = None
    signatures: Mapping[str, str] = field(default_factory=dict)
    """Side to statement hash on the deal confirmation."""

    @property
    def terms(self) -> RuleProfile:
        """The profile of an opened lot."""
        if self.profile is None:
            raise LookupError("the lot has not been opened")
        return self.profile


def due(state: LotState) -> datetime | None:
    """The instant at which a tick changes this lot, or None if only people can change it."""
    if state.suspension is not None:
        return None
    if state.stage is Stage.LISTING:
        return state.listing_until
    if state.stage is Stage.ROUND:
        return state.deadline
    return None


def phase_at(state: LotState, now: datetime) -> Phase:
    """The phase at `now`: a function of events and time, never a stored flag."""
    if state.suspension is not None:
        return Phase.SUSPENDED
    if state.stage is Stage.LISTING:
        return _listing_phase(state, now)
    if state.stage is Stage.ROUND:
        assert state.bids_from is not None
        assert state.deadline is not None
        if now < state.bids_from:
            return Phase.PREP
        return Phase.LIVE if now < state.deadline else Phase.CLOSING
    return Phase(state.stage.value)


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


def minimum_fen(state: LotState) -> int:
    """The lowest amount the next bid may have (R-60, R-61)."""
    terms = state.terms
    if state.price_fen is None:
        return terms.start_fen
    return state.price_fen + step_fen(state)


def step_fen(state: LotState) -> int:
    """The step in force: the listing's and the live round's may differ (R-7)."""
    terms = state.terms
    return terms.step_timed_fen if state.stage is Stage.ROUND else terms.step_listing_fen
