"""What the demonstration's panel does: robots' pace, kill -9, tampering with one record.

Robots and keeper are processes of their own; a small file tells them what is wanted.
"""

import json
import os
import signal
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import select, update

from auction.services.house import House
from auction.services.unit import writing
from auction.store.logs import LogEntry
from auction.store.sales import Lot

KEEPER = "AUCTION_KEEPER"
"""Set by the keeper: without one, a killed server would stay dead."""


class Pace(StrEnum):
    """How the robots bid."""

    SLOW = "slow"
    FAST = "fast"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Tampered:
    """The record that was altered, and its true bytes (hex) to put back."""

    lot: str
    log_id: int
    seq: int
    original: str


def pace(data_dir: Path) -> Pace:
    """The pace wanted at present."""
    try:
        return Pace((data_dir / "demo" / "pace").read_text("ascii"))
    except (OSError, ValueError):
        return Pace.SLOW


def set_pace(data_dir: Path, wanted: Pace) -> None:
    """Tell the robots how to bid from now on."""
    (data_dir / "demo").mkdir(parents=True, exist_ok=True)
    (data_dir / "demo" / "pace").write_text(str(wanted), "ascii")


def has_keeper() -> bool:
    """Whether somebody starts the server again after a kill."""
    return bool(os.environ.get(KEEPER))


def kill_server(delay_seconds: float = 0.4) -> None:
    """kill -9 this very process, after the answer to the request has gone out."""
    threading.Timer(delay_seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()


def tampered(data_dir: Path) -> Tampered | None:
    """The record that is altered at present, or None."""
    try:
        return Tampered(**json.loads(_note(data_dir).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def tamper(house: House, lot: Lot, seq: int) -> Tampered:
    """Alter one digit of the amount in one stored record, as somebody with the database might."""
    with writing() as session:
        where = (LogEntry.log_id == lot.log_id, LogEntry.seq == seq)
        leaf = session.scalars(select(LogEntry.leaf).where(*where)).one()
        session.execute(update(LogEntry).where(*where).values(leaf=_altered(leaf)))
    done = Tampered(lot.slug, lot.log_id, seq, leaf.hex())
    note = _note(house.site.data_dir)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(
        json.dumps(
            {"lot": done.lot, "log_id": done.log_id, "seq": done.seq, "original": done.original}
        ),
        "utf-8",
    )
    return done


def restore(house: House) -> None:
    """Put the true bytes back."""
    done = tampered(house.site.data_dir)
    if done is None:
        return
    with writing() as session:
        session.execute(
            update(LogEntry)
            .where(LogEntry.log_id == done.log_id, LogEntry.seq == done.seq)
            .values(leaf=bytes.fromhex(done.original))
        )
    _note(house.site.data_dir).unlink()


def _altered(leaf: bytes) -> bytes:
    """The leaf, its amount a million yuan higher: still canonical, not what was signed."""
    at = leaf.index(b'"amount_fen":') + len(b'"amount_fen":')
    end = at
    while leaf[end : end + 1].isdigit():
        end += 1
    amount = int(leaf[at:end]) + 100_000_000
    return leaf[:at] + str(amount).encode() + leaf[end:]


def _note(data_dir: Path) -> Path:
    return data_dir / "demo" / "tampered.json"
