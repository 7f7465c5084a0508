"""Transactions of the trading room on a database: what failed, and whether it can have happened."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from auction.core import events as e
from auction.core.instants import to_us
from auction.core.state import LotState
from auction.store import journal, projection, workers
from auction.store.driver import Bulk
from auction.store.journal import Head, Leaf
from auction.store.seats import Evidence

_KEPT = ("digest", "lot_id", "purpose", "sealed")
_KEEP = Bulk(
    lambda dialect: (
        (postgresql if dialect == "postgresql" else sqlite)
        .insert(Evidence)
        .on_conflict_do_nothing()
    ),
    *_KEPT,
    "received_at",
)
_UNCONFIRMED = "unconfirmed_commit"
_CANCELLED_WAIT = "canceling wait for synchronous replication"


def _here(work: Callable[[], Any]) -> Any:
    return work()


class Unavailable(Exception):
    """The database could not be reached or gave no lock in time: nothing was written."""


class OutcomeUnknown(Exception):
    """The commit was sent, and what became of it is not known."""


class SqlTransaction:
    """One transaction on a connection; the methods are those of trading's port."""

    def __init__(self, conn: Connection, worker: str | None) -> None:
        self.conn = conn
        self._worker = worker

    def lock(self, log_ids: Iterable[int]) -> Mapping[int, Head]:
        try:
            return journal.lock_heads(self.conn, log_ids)
        except DBAPIError as fault:
            raise Unavailable from fault

    def heads(self, log_ids: Iterable[int]) -> Mapping[int, Head]:
        return journal.heads(self.conn, log_ids)

    def read(self, log_id: int, after: int, limit: int) -> Sequence[Leaf]:
        return journal.read(self.conn, log_id, after, limit)

    def signed(self, log_id: int, size: int | None = None) -> tuple[int, str] | None:
        return journal.checkpoint(self.conn, log_id, size)

    def append(self, entries: Sequence[tuple[int, Leaf]]) -> None:
        journal.append(self.conn, entries)

    def advance(self, heads: Sequence[tuple[Head, str]]) -> None:
        journal.advance(self.conn, heads)

    def project(
        self, changes: Sequence[tuple[int, LotState, Sequence[tuple[e.Recorded, bool]]]]
    ) -> None:
        projection.write(self.conn, changes)

    def keep(self, rows: Sequence[Mapping[str, Any]]) -> None:
        _KEEP.run(
            self.conn,
            [(*(row[name] for name in _KEPT), to_us(row["received_at"])) for row in rows],
        )

    def others_below(self, instant: datetime, now: datetime) -> bool:
        return workers.others_below(self.conn, self._worker, instant, now)


class SqlStore:
    """The logs' store on SQLite or PostgreSQL. `worker` names this process among the others.

    `offload` runs what may block (waiting for the lock, syncing the disk) where it holds up nobody.
    What lies between the two is computing, and is done by the caller's thread: two threads that
    compute would only fight for Python's lock.
    """

    def __init__(
        self,
        engine: Engine,
        worker: str | None = None,
        offload: Callable[[Callable[[], Any]], Any] | None = None,
    ) -> None:
        self.worker = worker
        self._offload = offload or _here
        self._readers = engine
        self._writers = engine.execution_options(immediate=True)
        if engine.dialect.name == "postgresql":
            # Row and checkpoint are read by two statements: both must be of one moment.
            self._readers = engine.execution_options(isolation_level="REPEATABLE READ")
            _watch_replication(engine)

    @contextmanager
    def writing(self) -> Iterator[SqlTransaction]:
        with _connected(self._writers, self._offload) as conn:
            conn.info.pop(_UNCONFIRMED, None)
            yield SqlTransaction(conn, self.worker)
            try:
                self._offload(conn.commit)
            except (DBAPIError, PendingRollbackError) as fault:
                raise OutcomeUnknown from fault
            if conn.info.pop(_UNCONFIRMED, False):
                raise OutcomeUnknown("the synchronous standby has not confirmed")

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        with _connected(self._readers) as conn:
            yield SqlTransaction(conn, self.worker)

    def publish(self, at: datetime, watermark: datetime) -> None:
        if self.worker is not None:
            with _connected(self._writers) as conn:
                workers.publish(conn, self.worker, at, watermark)
                conn.commit()


@contextmanager
def _connected(
    engine: Engine, offload: Callable[[Callable[[], Any]], Any] = _here
) -> Iterator[Connection]:
    """A connection in a transaction, rolled back unless it was committed. Raises Unavailable where
    it cannot begin, or is cut off before a commit was sent."""
    try:
        conn = engine.connect()
    except DBAPIError as fault:
        raise Unavailable from fault
    try:
        try:
            offload(conn.begin)
        except DBAPIError as fault:
            raise Unavailable from fault
        try:
            yield conn
        except DBAPIError as fault:
            if fault.connection_invalidated:
                raise Unavailable from fault
            raise
    finally:
        with suppress(DBAPIError):  # a broken connection has nothing left to roll back
            conn.close()


def _watch_replication(engine: Engine) -> None:
    """A commit whose wait for the synchronous standby was cancelled is no acknowledgement."""
    if event.contains(engine, "connect", _listen):
        return
    event.listen(engine, "connect", _listen)


def _listen(dbapi_connection: Any, record: Any) -> None:
    def notice(diagnostic: Any) -> None:
        if (diagnostic.message_primary or "").startswith(_CANCELLED_WAIT):
            record.info[_UNCONFIRMED] = True

    dbapi_connection.add_notice_handler(notice)
