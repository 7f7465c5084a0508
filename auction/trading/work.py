"""What goes into a batch and what comes out of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from sqlalchemy import Connection

from auction.core import commands as c
from auction.core import events as e
from auction.core.reasons import Refusal
from auction.core.state import LotState
from auction.ledger.receipt import Receipt
from auction.trading.runtime import LotRuntime

Also: TypeAlias = Callable[[Connection, "Answer"], None]
"""Work of a service that belongs to the command and is committed with it. It runs in the thread of
the batch: values only, nothing of a request's session."""


class Held(Exception):
    """Not decided yet: a transition must come first, and another worker may still hand in
    something that arrived before it."""


class Nudge:
    """Only carry out what is due at `arrival`; nobody asked for anything."""

    __slots__ = ("arrival",)

    def __init__(self, arrival: datetime) -> None:
        self.arrival = arrival


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the log that a bidder saw when signing: tree size and root."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A command ready to be decided.

    `seen` is the head under which a bid was signed, `keep` the row that keeps its statement as
    evidence. `session` names the session that the bid came by: that it still stands is checked
    again inside the transaction.
    """

    lot_id: int
    command: c.Command | Nudge
    seen: Head | None = None
    also: Also | None = None
    keep: Mapping[str, Any] | None = None
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a command: its own events, or the refusal, or neither (nothing to do).

    `receipts` prove each of the events under the head signed with the batch. `state` is the
    lot's state after the batch. `repeated` marks an answer that had been given before.
    """

    records: tuple[e.Recorded, ...] = ()
    refusal: Refusal | None = None
    receipts: tuple[Receipt, ...] = ()
    state: LotState = field(default_factory=LotState)
    repeated: bool = False


@dataclass(slots=True)
class Committed:
    """What one lot's part of a batch added: for the watchers."""

    runtime: LotRuntime
    records: tuple[e.Recorded, ...]
    hashes: tuple[bytes, ...]
    """Leaf hashes of the records."""
    note: str


class Roll(Protocol):
    """Where the qualified bidders of a lot stand who have not yet entered its log."""

    def __call__(self, conn: Connection, lot_id: int) -> tuple[e.Admission, ...]:
        """Their admissions, in an order that tells nothing."""
        ...


class Openings(Protocol):
    """What is sealed until the close: opened inside the transaction that records the close."""

    def reserve(self, conn: Connection, lot_id: int) -> c.ReserveOpening | None:
        """The reserve price with its salt, or None if none was entered (R-71)."""
        ...

    def draw(self, conn: Connection, lot_id: int) -> c.LotteryOpening | None:
        """The lottery's seed and nonces, or None if the lot has no lottery (R-73)."""
        ...


Standing: TypeAlias = Callable[[Connection, Iterable[str], datetime], Mapping[str, str]]
"""Of these sessions, those whose holders may not act any more, each with the code of a refusal."""
