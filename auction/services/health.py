"""Whether this worker is well, and what it counts of itself: for load balancers and monitoring."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from auction.core.state import Phase, phase_at
from auction.services.house import House
from auction.store.transactions import Unavailable
from auction.trading.measures import Measures

MAX_OFFSET = timedelta(milliseconds=50)
"""The strictest limit that a profile usually has (R-120)."""
_OVER = frozenset(
    {Phase.UNSOLD, Phase.CONFIRMED, Phase.PUBLISHED, Phase.AWARD_VOID, Phase.TERMINATED}
)


@dataclass(frozen=True, slots=True)
class Health:
    """One look at a worker. No figure is kept by lot or bidder (pages 3.1)."""

    troubles: tuple[str, ...]
    """Codes: NOT_RUNNING, STORE_UNAVAILABLE, CLOCK_OFF. Empty if it can take bids."""
    waiting: int
    """Tickets that are undecided: the depth of the queue."""
    held: int
    """Those among them whose command has come: they wait for an earlier one or for a transition."""
    clock_offset: timedelta
    elected: bool
    """Whether this process announces transitions by time."""
    lots: Mapping[str, int]
    """Lots that are not over by phase."""
    measures: Measures


def look(house: House) -> Health:
    """Look at the worker that serves this house."""
    sequencer, now = house.sequencer, house.now()
    troubles = []
    if not sequencer.running:
        troubles.append("NOT_RUNNING")
    if sequencer.ill or not _reachable(house):
        troubles.append("STORE_UNAVAILABLE")
    offset = house.clock.offset()
    if abs(offset) > MAX_OFFSET:
        troubles.append("CLOCK_OFF")
    waiting, held = sequencer.waiting()
    runtimes = list(house.writer.runtimes.values())
    phases = Counter(phase_at(r.state, now) for r in runtimes if r.state.profile is not None)
    return Health(
        troubles=tuple(troubles),
        waiting=waiting,
        held=held,
        clock_offset=offset,
        elected=sequencer.announcing,
        lots={str(phase): count for phase, count in phases.items() if phase not in _OVER},
        measures=sequencer.measures,
    )


def _reachable(house: House) -> bool:
    try:
        with house.store.reading():
            return True
    except Unavailable:
        return False
