"""A worker's health as Prometheus reads it (text exposition format)."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from auction.services.anchored import Figures as AnchoringFigures
from auction.services.health import Health
from auction.services.revocation.state import Figures
from auction.trading.measures import Histogram


def exposition(
    health: Health,
    sockets: int,
    direct: bool,
    revocation: Figures | None,
    anchoring: AnchoringFigures | None,
) -> bytes:
    """The page that Prometheus fetches. `sockets` is the number of this process's connections,
    `direct` whether they are served by the direct path; `revocation` and `anchoring` are None while
    the database is away."""
    registry = CollectorRegistry()
    registry.register(_Collector(health, sockets, direct))
    if revocation is not None:
        registry.register(_Revocation(revocation))
    if anchoring is not None:
        registry.register(_Anchoring(anchoring))
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, health: Health, sockets: int, direct: bool) -> None:
        self._health, self._sockets, self._direct = health, sockets, direct

    def collect(self) -> Iterator[Metric]:
        """The families, each with its help text."""
        health, measures = self._health, self._health.measures
        gauges: tuple[tuple[str, str, float], ...] = (
            ("up", "1 if this worker can take bids.", not health.troubles),
            ("commands_waiting", "Undecided commands: the depth of the queue.", health.waiting),
            ("commands_held", "Undecided commands that are verified and wait.", health.held),
            (
                "clock_offset_seconds",
                "Reference clock minus this worker's clock.",
                health.clock_offset.total_seconds(),
            ),
            ("clock_elected", "1 if this process announces transitions.", health.elected),
            ("sockets", "Open sockets of this process.", self._sockets),
            ("socket_path_direct", "1 if sockets are served directly.", self._direct),
        )
        for name, text, value in gauges:
            yield GaugeMetricFamily(f"auction_{name}", text, value=float(value))
        lots = GaugeMetricFamily("auction_lots", "Lots that are not over.", labels=["phase"])
        for phase, count in sorted(health.lots.items()):
            lots.add_metric([phase], count)
        yield lots
        for name, text, value in (
            ("store_unavailable", "Batches put off: no database.", measures.unavailable),
            ("commands_failed", "Commands that could not be carried out.", measures.failed),
        ):
            yield CounterMetricFamily(f"auction_{name}", text, value=float(value))
        for name, text, histogram in (
            ("batch_size", "Commands in a committed batch.", measures.batch_size),
            ("commit_seconds", "From a batch's beginning to its commit.", measures.commit_seconds),
            ("ack_seconds", "From a command's arrival to its answer.", measures.ack_seconds),
        ):
            yield _histogram(f"auction_{name}", text, histogram)


class _Revocation(Collector):
    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """How old revocation data are, and which sources fail."""
        found = self._figures
        for name, text, value in (
            ("lists", "Revocation lists in force.", found.lists),
            (
                "oldest_list_age_seconds",
                "Age of the oldest revocation list in force.",
                found.oldest_age.total_seconds(),
            ),
            (
                "shortest_left_seconds",
                "How long the list still counts that runs out first.",
                found.shortest_left.total_seconds(),
            ),
            ("sources", "Configured sources of revocation data.", found.sources),
            ("sources_failing", "Sources whose last answer was no use.", found.failing),
        ):
            yield GaugeMetricFamily(f"auction_revocation_{name}", text, value=float(value))


class _Anchoring(Collector):
    def __init__(self, figures: AnchoringFigures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Who anchors the logs, and what is amiss with it."""
        found = self._figures
        for name, text, value in (
            ("places", "Configured witnesses and timestamp authorities.", found.places),
            ("places_failing", "Those of which the last answer was no use.", found.failing),
            (
                "logs_contradicted",
                "Logs that a witness refuses as inconsistent.",
                found.contradicted,
            ),
            ("sales_overdue", "Ended sales not anchored within a minute.", found.overdue),
        ):
            yield GaugeMetricFamily(f"auction_anchoring_{name}", text, value=float(value))


def _histogram(name: str, text: str, histogram: Histogram) -> HistogramMetricFamily:
    below, buckets = 0, []
    for bound, count in zip((*histogram.bounds, "+Inf"), histogram.counts, strict=True):
        below += count
        buckets.append((str(bound), float(below)))
    return HistogramMetricFamily(name, text, buckets=buckets, sum_value=histogram.total)
