"""Reading and writing the logs' rows inside a transaction that the caller owns.

Plain SQLAlchemy Core, several rows a statement: this is on the way of every bid.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from auction.store.logs import Heartbeat, Log, LogCheckpoint, LogEntry


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


def lock_heads(conn: Connection, log_ids: Iterable[int]) -> dict[int, Head]:
    """Lock the logs' rows, in id order so that two writers cannot wait for each other."""
    query = select(*_HEAD).where(Log.id.in_(sorted(log_ids))).order_by(Log.id).with_for_update()
    return {row.id: Head(*row) for row in conn.execute(query)}


def head(conn: Connection, log_id: int) -> Head:
    """The log's row, not locked."""
    return Head(*conn.execute(select(*_HEAD).where(Log.id == log_id)).one())


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
    rows = [
        {
            "log_id": log_id,
            "seq": leaf.seq,
            "type": leaf.type,
            "arrival": leaf.arrival,
            "sequenced": leaf.sequenced,
            "leaf": leaf.data,
            "leaf_hash": leaf.hash,
        }
        for log_id, leaf in entries
    ]
    if rows:
        conn.execute(insert(LogEntry), rows)


def advance(conn: Connection, new: Head, note: str) -> None:
    """Move a log's row to its new head and keep the signed checkpoint."""
    conn.execute(
        update(Log)
        .where(Log.id == new.log_id)
        .values(
            size=new.size,
            frontier=new.frontier,
            root=new.root,
            last_sequenced=new.last_sequenced,
        )
    )
    conn.execute(insert(LogCheckpoint).values(log_id=new.log_id, size=new.size, note=note))


def checkpoint(conn: Connection, log_id: int, size: int | None = None) -> tuple[int, str] | None:
    """The latest signed head (size, note), or the first that covers `size`."""
    query = select(LogCheckpoint.size, LogCheckpoint.note).where(LogCheckpoint.log_id == log_id)
    if size is None:
        query = query.order_by(LogCheckpoint.size.desc())
    else:
        query = query.where(LogCheckpoint.size >= size).order_by(LogCheckpoint.size)
    row = conn.execute(query.limit(1)).one_or_none()
    return None if row is None else (row.size, row.note)


def beat(conn: Connection, worker: str, at: datetime) -> None:
    """Note that `worker` runs."""
    changed = conn.execute(update(Heartbeat).where(Heartbeat.worker == worker).values(at=at))
    if not changed.rowcount:
        conn.execute(insert(Heartbeat).values(worker=worker, at=at))


def last_beat(conn: Connection) -> datetime | None:
    """When any worker last was known to run."""
    beats: list[Any] = list(conn.execute(select(Heartbeat.at)).scalars())
    return max(beats, default=None)
