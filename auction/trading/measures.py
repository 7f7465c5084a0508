"""What the trading room counts of itself: for the health page and for Prometheus.

Nothing here is kept by lot or by bidder, so no figure tells who or how many take part
(pages 3.1).
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(slots=True)
class Histogram:
    """Counts of values by upper bounds, as Prometheus has them; the last is for all above."""

    bounds: tuple[float, ...]
    counts: list[int] = field(init=False)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def add(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


@dataclass(slots=True)
class Measures:
    """Counters of one process since it started; durations in seconds."""

    batch_size: Histogram = field(default_factory=lambda: Histogram(SIZES))
    commit_seconds: Histogram = field(default_factory=lambda: Histogram(SECONDS))
    ack_seconds: Histogram = field(default_factory=lambda: Histogram(SECONDS))
    unavailable: int = 0
    """How often a batch could not be carried out because the store was not to be had."""
    failed: int = 0
    """Commands that could not be carried out."""

    def committed(self, commands: int, seconds: float) -> None:
        """A batch of so many commands was committed, in so many seconds from its beginning."""
        self.batch_size.add(commands)
        self.commit_seconds.add(seconds)

    def answered(self, seconds: float) -> None:
        """A command was answered so many seconds after it arrived."""
        self.ack_seconds.add(seconds)
