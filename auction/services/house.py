"""Everything a service needs, wired once by the composition root and passed in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import current_app
from sqlalchemy import Engine

from auction.ledger.notes import LogKey
from auction.pki.chain import TrustStore
from auction.pki.demo.authority import DemoCA
from auction.pki.sealing import Sealer
from auction.services.anchoring_places import Anchoring
from auction.services.randomness import Randomness
from auction.services.trees import Trees
from auction.services.trust.anchors import Entry
from auction.store.transactions import SqlStore
from auction.trading.batch import BatchWriter
from auction.trading.ports import Offload
from auction.trading.presence import Presence
from auction.trading.sequencer import Sequencer
from auction.trading.time import Clock

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bridge:
    """A program on the users' own computers through which pages reach hardware keys."""

    name: str
    url: str
    """`ws://` or `wss://` on a loopback address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What this installation is called and where it is reached."""

    origin: str
    """Scheme, host and port; the `aud` of every signed statement."""
    demo: bool
    agency_zh: str
    agency_en: str
    log_origin: str
    data_dir: Path
    session_idle_minutes: int
    session_hours: int
    practice_listing_seconds: int
    practice_countdown_seconds: int
    soft_keys: bool
    """Whether certificate files may be opened in the page."""
    bridges: tuple[Bridge, ...]
    revocation_seconds: int


@dataclass(slots=True, kw_only=True)
class House:
    """The wired application, without the web."""

    site: Site
    clock: Clock
    random: Randomness
    engine: Engine
    sealer: Sealer
    log_private: Ed25519PrivateKey
    trust: TrustStore
    store: SqlStore
    writer: BatchWriter
    sequencer: Sequencer
    presence: Presence
    among_others: bool
    """Whether the database may serve several workers at once."""
    demo_ca: DemoCA | None
    trees: Trees
    anchoring: Anchoring
    """Who anchors the logs: witnesses, timestamp authority."""
    fixed_anchors: tuple[Entry, ...] = ()
    """What the trust store holds apart from its table: operators' files, the demo authority."""
    trust_seen: object = None
    """What `trust` was made from, see services.trust.store."""
    revocation_applied: object = None
    """The trust store whose revocation data have been applied, see services.revocation."""
    offload: Offload | None = None
    """Where long computing goes under gevent: a native thread."""
    visited: bool = False
    """Demonstration only: somebody has looked at a page since the last practice lot was opened."""

    def now(self) -> datetime:
        """The present instant of this house's clock."""
        return self.clock.now()

    def aside(self, work: Callable[[], T]) -> T:
        """Do what computes for long without holding up the sockets of this process."""
        if self.offload is None:
            return work()
        done: T = self.offload(work)
        return done

    def log_key(self, origin: str) -> LogKey:
        """The signing key under the name of one log."""
        return LogKey(origin, self.log_private)

    def log_origin(self, *parts: str) -> str:
        """The name of a log of this centre, e.g. `land-floor.example/lots/2024JC-4`."""
        return "/".join((self.site.log_origin, *parts))


def current_house() -> House:
    """The house of the application that serves the present request or command."""
    house: House = current_app.extensions["auction"]
    return house
