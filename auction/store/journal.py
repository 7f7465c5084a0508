"""Reading and writing the logs' rows inside a transaction that the caller owns.

Plain SQLAlchemy Core, several rows a statement: this is on the way of every bid.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

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


_ADVANCE = (
    update(Log.__table__)  # type: ignore[arg-type]
    .where(Log.id == bindparam("log"))
    .values(
        size=bindparam("new_size"),
        frontier=bindparam("new_frontier"),
        root=bindparam("new_root"),
        last_sequenced=bindparam("at", type_=Log.last_sequenced.type),
    )
)
_HEAD = (Log.id, Log.origin, Log.size, Log.frontier, Log.root, Log.last_sequenced)


def lock_heads(conn: Connection, log_ids: Iterable[int]) -> dict[int, Head]:
    """Lock the logs' rows, in id order so that two writers cannot wait for each other."""
    query = select(*_HEAD).where(Log.id.in_(sorted(log_ids))).order_by(Log.id).with_for_update()
    return {row.id: Head(*row) for row in conn.execute(query)}


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


def advance(conn: Connection, heads: Sequence[tuple[Head, str]]) -> None:
    """Move logs' rows to their new heads and keep the signed checkpoints."""
    if not heads:
        return
    conn.execute(
        _ADVANCE,
        [
            {
                "log": new.log_id,
                "new_size": new.size,
                "new_frontier": new.frontier,
                "new_root": new.root,
                "at": new.last_sequenced,
            }
            for new, _ in heads
        ],
    )
    notes = [{"log_id": new.log_id, "size": new.size, "note": note} for new, note in heads]
    conn.execute(insert(LogCheckpoint), notes)


def checkpoint(conn: Connection, log_id: int, size: int | None = None) -> tuple[int, str] | None:
    """The latest signed head (size, note), or the first that covers `size`."""
    query = select(LogCheckpoint.size, LogCheckpoint.note).where(LogCheckpoint.log_id == log_id)
    if size is None:
        query = query.order_by(LogCheckpoint.size.desc())
    else:
        query = query.where(LogCheckpoint.size >= size).order_by(LogCheckpoint.size)
    row = conn.execute(query.limit(1)).one_or_none()
    return None if row is None else (row.size, row.note)
