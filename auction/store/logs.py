"""Tables of the logs: one row a log (with its Merkle frontier), one row a leaf, signed heads.

There are four kinds of log. `lot` is the public bid log of one lot; `sealed` holds a lot's
applications, credits and qualifications until the end; `register` is the centre's own log of
published terms and official acts; `security` holds requests that never reached a lot's log.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from auction.store.base import Base, Instant


class LogKind(StrEnum):
    """What a log is about."""

    LOT = "lot"
    SEALED = "sealed"
    REGISTER = "register"
    SECURITY = "security"


class Log(Base):
    """One append-only log; its row is what a writer locks."""

    __tablename__ = "log"

    id: Mapped[int] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    frontier: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    root: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    last_sequenced: Mapped[datetime | None] = mapped_column(Instant)


class LogEntry(Base):
    """One leaf: the exact bytes that were hashed, and what is needed to find it again."""

    __tablename__ = "log_entry"

    log_id: Mapped[int] = mapped_column(ForeignKey("log.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(String(32))
    arrival: Mapped[datetime] = mapped_column(Instant)
    sequenced: Mapped[datetime] = mapped_column(Instant)
    leaf: Mapped[bytes] = mapped_column(LargeBinary)
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary)


class LogCheckpoint(Base):
    """A signed head of a log (C2SP tlog-checkpoint), one for each batch."""

    __tablename__ = "log_checkpoint"

    log_id: Mapped[int] = mapped_column(ForeignKey("log.id"), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(Text)


class Worker(Base):
    """A process that takes bids: when it last was known to run, and how far it has decided.

    A gap in `at` becomes an outage event at the next start; `watermark` is what a close waits for
    (see store/workers.py).
    """

    __tablename__ = "worker"

    worker: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    watermark: Mapped[datetime] = mapped_column(Instant)
    gone: Mapped[bool] = mapped_column(Boolean)
    """Ended in order."""
