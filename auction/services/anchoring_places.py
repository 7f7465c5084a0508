"""Who anchors the logs of this centre: witnesses and a timestamp authority, as configured."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from auction.ledger.cosignature import Cosigner
from auction.services.timestamping import Authority

TSA = "tsa"
"""The authority's name among places; a witness's is its verifier string."""
PAUSES = (1, 2, 5, 10, 20, 30)
"""Seconds without asking a place after so many failures in a row; the last one goes on. A place
that comes back is still asked within the minute in which a sale is to be anchored."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A configured witness: its pinned key, and where it listens."""

    cosigner: Cosigner
    url: str
    """Submission prefix; heads go to `<url>/add-checkpoint`."""

    @property
    def id(self) -> str:
        """Its verifier string, the name under which it stands in tables."""
        return self.cosigner.to_string()


@dataclass(slots=True)
class Anchoring:
    """Who anchors the logs of this centre, and who is left in peace for the moment."""

    witnesses: tuple[Witness, ...] = ()
    quorum: int = 0
    authority: Authority | None = None
    failures: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    """Place to failures in a row and until when it is not asked again."""

    def rests(self, place: str, now: datetime) -> bool:
        """Whether a place that failed is to be left in peace for now."""
        _, until = self.failures.get(place, (0, now))
        return now < until

    def failed(self, place: str, now: datetime) -> None:
        count = self.failures.get(place, (0, now))[0]
        pause = PAUSES[min(count, len(PAUSES) - 1)]
        self.failures[place] = (count + 1, now + timedelta(seconds=pause))

    def succeeded(self, place: str) -> None:
        self.failures.pop(place, None)
