"""Rows of the worker processes: that they live, and what they may still have in hand.

A worker's watermark is a promise: nothing that arrived at it before that instant is still
undecided, and nothing that arrives from now on will be stamped before it. A close waits until
every other living worker's watermark has passed it, so that no bid in time is overtaken.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from auction.store.logs import Worker

GONE_AFTER = timedelta(seconds=8)
"""A worker that has been silent for so long is not waited for."""
_FORGET_AFTER = timedelta(days=2)
_STARTING = 0x7374617274
"""PostgreSQL advisory lock of a start."""


@dataclass(frozen=True, slots=True)
class Seen:
    """When a worker last was known to run, and its watermark then."""

    worker: str
    at: datetime
    watermark: datetime


@contextmanager
def starting(engine: Engine) -> Iterator[None]:
    """One worker starts at a time: the second of two finds the first at work, and the outage that
    went before recorded."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
        conn.execute(text(f"SELECT pg_advisory_lock({_STARTING})"))
        try:
            yield
        finally:
            conn.execute(text(f"SELECT pg_advisory_unlock({_STARTING})"))


def enter(conn: Connection, worker: str, now: datetime) -> list[Seen]:
    """Write the row of a worker that starts; what the others had last written of themselves.

    It shows itself only when it serves: until then its row repeats the last sign of life before it,
    so that a start that fails hides no outage from the next.
    """
    before = seen(conn)
    last = max((other.at for other in before), default=now)
    conn.execute(delete(Worker).where(Worker.at < now - _FORGET_AFTER, Worker.worker != worker))
    conn.execute(insert(Worker).values(worker=worker, at=last, watermark=now, gone=False))
    return before


def publish(conn: Connection, worker: str, at: datetime, watermark: datetime) -> None:
    """Show that `worker` runs, and how far it has decided."""
    if conn.dialect.name == "postgresql":
        # Lost with a crash of the database, an older promise stands, and that is a safe one.
        conn.execute(text("SET LOCAL synchronous_commit TO off"))
    conn.execute(
        update(Worker).where(Worker.worker == worker).values(at=at, watermark=watermark, gone=False)
    )


def leave(conn: Connection, worker: str, at: datetime) -> None:
    """A worker ends in order: nobody waits for it any more."""
    conn.execute(update(Worker).where(Worker.worker == worker).values(at=at, gone=True))


def seen(conn: Connection) -> list[Seen]:
    """Every worker that is known, those that ended among them."""
    query = select(Worker.worker, Worker.at, Worker.watermark).order_by(Worker.worker)
    return [Seen(*row) for row in conn.execute(query)]


def others_below(conn: Connection, me: str | None, instant: datetime, now: datetime) -> bool:
    """Whether another living worker may still hand in something that arrived before `instant`."""
    query = (
        select(Worker.worker)
        .where(
            Worker.gone.is_(False),
            Worker.worker != (me or ""),
            Worker.at > now - GONE_AFTER,
            Worker.watermark < instant,
        )
        .limit(1)
    )
    return conn.execute(query).first() is not None
