"""Reading and writing the logs' rows inside a transaction that the caller owns.

Several rows a statement, and by the driver where it is on the way of every bid.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from auction.core.instants import from_us, to_us
from auction.store.driver import Bulk, places
from auction.store.logs import Log, LogCheckpoint, LogEntry


@dataclass(frozen=True, slots=True)
class Head:
    """A log's row as the database has it."""

    log_id: int
    origin: str
    size: int
    frontier: bytes
    root: bytes
    last_sequenced: datetime | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry of a log: the exact bytes, their hash, and how to find them."""

    seq: int
    type: str
    arrival: datetime
    sequenced: datetime
    data: bytes
    hash: bytes


_HEAD = (Log.id, Log.origin, Log.size, Log.frontier, Log.root, Log.last_sequenced)
_LOCK = (
    "SELECT id, origin, size, frontier, root, last_sequenced FROM log WHERE id IN ({}) ORDER BY id"
)
_APPEND = Bulk(
    lambda _dialect: insert(LogEntry),
    "log_id",
    "seq",
    "type",
    "arrival",
    "sequenced",
    "leaf",
    "leaf_hash",
)
_ADVANCE = Bulk(
    lambda _dialect: (
        update(Log)
        .where(Log.id == bindparam("log"))
        .values(
            size=bindparam("new_size"),
            frontier=bindparam("new_frontier"),
            root=bindparam("new_root"),
            last_sequenced=bindparam("at"),
        )
    ),
    "new_size",
    "new_frontier",
    "new_root",
    "at",
    "log",
)
_KEEP_NOTE = Bulk(lambda _dialect: insert(LogCheckpoint), "log_id", "size", "note")


def lock_heads(conn: Connection, log_ids: Iterable[int]) -> dict[int, Head]:
    """Lock the logs' rows, in id order so that two writers cannot wait for each other."""
    wanted = tuple(sorted(log_ids))
    sql = _LOCK.format(places(conn, len(wanted)))
    if conn.dialect.name == "postgresql":  # SQLite has locked everything when it began
        sql += " FOR UPDATE"
    return {
        log_id: Head(log_id, origin, size, frontier, root, None if at is None else from_us(at))
        for log_id, origin, size, frontier, root, at in conn.exec_driver_sql(sql, wanted)
    }


def head(conn: Connection, log_id: int) -> Head:
    """The log's row, not locked."""
    return Head(*conn.execute(select(*_HEAD).where(Log.id == log_id)).one())


def heads(conn: Connection, log_ids: Iterable[int]) -> dict[int, Head]:
    """Several logs' rows, not locked."""
    query = select(*_HEAD).where(Log.id.in_(list(log_ids)))
    return {row.id: Head(*row) for row in conn.execute(query)}


def read(conn: Connection, log_id: int, after: int = 0, limit: int | None = None) -> list[Leaf]:
    """The leaves after number `after`, in order."""
    query = (
        select(
            LogEntry.seq,
            LogEntry.type,
            LogEntry.arrival,
            LogEntry.sequenced,
            LogEntry.leaf,
            LogEntry.leaf_hash,
        )
        .where(LogEntry.log_id == log_id, LogEntry.seq > after)
        .order_by(LogEntry.seq)
    )
    if limit is not None:
        query = query.limit(limit)
    return [Leaf(*row) for row in conn.execute(query)]


def append(conn: Connection, entries: Sequence[tuple[int, Leaf]]) -> None:
    """Write leaves (log id, leaf) in one statement."""
    _APPEND.run(
        conn,
        [
            (log_id, n.seq, n.type, to_us(n.arrival), to_us(n.sequenced), n.data, n.hash)
            for log_id, n in entries
        ],
    )


def advance(conn: Connection, heads: Sequence[tuple[Head, str]]) -> None:
    """Move logs' rows to their new heads and keep the signed checkpoints."""
    moved = [
        (h.size, h.frontier, h.root, h.last_sequenced and to_us(h.last_sequenced), h.log_id)
        for h, _ in heads
    ]
    _ADVANCE.run(conn, moved)
    _KEEP_NOTE.run(conn, [(new.log_id, new.size, note) for new, note in heads])


def checkpoint(conn: Connection, log_id: int, size: int | None = None) -> tuple[int, str] | None:
    """The latest signed head (size, note), or the first that covers `size`."""
    query = select(LogCheckpoint.size, LogCheckpoint.note).where(LogCheckpoint.log_id == log_id)
    if size is None:
        query = query.order_by(LogCheckpoint.size.desc())
    else:
        query = query.where(LogCheckpoint.size >= size).order_by(LogCheckpoint.size)
    row = conn.execute(query.limit(1)).one_or_none()
    return None if row is None else (row.size, row.note)
