"""What the sequencer needs of the world: a durable store with transactions.

In production this is a database (store/transactions.py). A simulation puts another one behind the
same ports, to crash, to delay and to lose answers between any two steps.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from sqlalchemy import Connection

from auction.core import events as e
from auction.core.state import LotState
from auction.store.journal import Head, Leaf
from auction.store.transactions import OutcomeUnknown, Unavailable

__all__ = ["Change", "Offload", "OutcomeUnknown", "Store", "Transaction", "Unavailable"]

Offload: TypeAlias = Callable[[Callable[[], Any]], Any]
"""Runs what may block where it holds up nobody (a native thread under gevent)."""

Told: TypeAlias = Sequence[tuple[e.Recorded, bool]]
"""Records, each with whether the live round was on."""
Change: TypeAlias = tuple[int, LotState, Told]
"""What a batch made of a lot: its id, the state after it, the new records."""


class Transaction(Protocol):
    """One transaction. Every method is a step at which the process may die."""

    @property
    def conn(self) -> Connection:
        """What work of services runs on that is committed with the batch."""
        ...

    def lock(self, log_ids: Iterable[int]) -> Mapping[int, Head]:
        """Lock the logs' rows in id order. Raises Unavailable if a lock is not to be had."""
        ...

    def heads(self, log_ids: Iterable[int]) -> Mapping[int, Head]:
        """The logs' rows, not locked."""
        ...

    def read(self, log_id: int, after: int, limit: int) -> Sequence[Leaf]:
        """Up to `limit` leaves after number `after`, in order."""
        ...

    def signed(self, log_id: int, size: int | None = None) -> tuple[int, str] | None:
        """The latest signed head (size, note), or the first that covers `size`."""
        ...

    def append(self, entries: Sequence[tuple[int, Leaf]]) -> None:
        """Write leaves (log id, leaf)."""
        ...

    def advance(self, heads: Sequence[tuple[Head, str]]) -> None:
        """Move logs to their new heads and keep the signed notes."""
        ...

    def project(self, changes: Sequence[Change]) -> None:
        """Bring the rows that pages read to the new states."""
        ...

    def keep(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep signed statements as evidence; one that is kept already stays as it is."""
        ...

    def others_below(self, instant: datetime, now: datetime) -> bool:
        """Whether another worker may still hand in something that arrived before `instant`."""
        ...


class Store(Protocol):
    """Where logs are kept."""

    def writing(self) -> AbstractContextManager[Transaction]:
        """A transaction that commits at its end.

        Raises Unavailable if it could not begin or was cut off before the commit: nothing is
        written. Raises OutcomeUnknown if the commit itself was cut off.
        """
        ...

    def reading(self) -> AbstractContextManager[Transaction]:
        """A transaction that reads one consistent picture. Raises Unavailable."""
        ...

    def publish(self, at: datetime, watermark: datetime) -> None:
        """Show that this worker runs, and that nothing before `watermark` is undecided at it."""
        ...
