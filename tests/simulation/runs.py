"""Runs by seed, what they met, and what is said of one that failed."""

import time
from collections import Counter
from collections.abc import Callable, Iterable

from simulation.sale import FAULTS, Sale
from simulation.world import Violation

EXPECTED = frozenset(
    {
        "sales",
        "commits",
        "acknowledged",
        "crashes",
        "died with a bid in verification",
        "starts",
        "failed starts",
        "lock waits",
        "cut off",
        "failed statements",
        "failed commands",
        "unavailable",
        "unknown outcomes: committed",
        "unknown outcomes: lost",
        "unknown outcomes: open",
        "held for others",
        "silences",
        "sent again",
        "silent answers",
        "answered again",
        "slow verifications",
        "expired tickets",
        "withdrawn",
        "nudges",
        "accepted in the last 100 us",
        *(f"struck: {kind}" for kind in FAULTS),
        *(
            f"records: {event}"
            for event in (
                "BidAccepted",
                "BidRefused",
                "BidUnheard",
                "BiddingEnded",
                "ClockOff",
                "HeldResolved",
                "ListingResumed",
                "OutageRecorded",
                "ResumptionSet",
                "RoundOpened",
                "RoundResumed",
                "Suspended",
            )
        ),
    }
)
"""What must have happened in some run, or the simulation proves less than it says."""


class Failed(AssertionError):
    """A run in which something was as it must not be, with the command that shows it again."""


def play(seed: int, trace: Callable[[str], None] | None = None) -> Counter[str]:
    """The sale of this seed; how often each kind of thing happened. Raises Failed."""
    sale = Sale(seed, trace)
    try:
        sale.run()
    except (Exception, Violation) as fault:
        what = str(fault) or repr(fault)
        raise Failed(f"seed {seed}: {what}\nshow it again: make simulate SEED={seed}") from fault
    return sale.world.seen


def play_all(seeds: Iterable[int], seconds: float, at_most: float) -> Counter[str]:
    """Sales for so many seconds, and longer, up to `at_most`, until everything expected was met."""
    began = time.monotonic()
    seen: Counter[str] = Counter()
    for seed in seeds:
        seen += play(seed)
        took = time.monotonic() - began
        if took >= at_most or (took >= seconds and not missing(seen)):
            break
    return seen


def missing(seen: Counter[str]) -> set[str]:
    """What should have happened and did not."""
    return {kind for kind in EXPECTED if not seen[kind]}
