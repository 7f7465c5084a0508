"""What a witness must never forget: the newest head it cosigned of each log, in an SQLite file.

A head is checked against the stored one and replaces it in one transaction, durable before anybody
hears of it. One process holds the file; a second one is refused.
"""

import fcntl
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from auction.core.instants import from_us, to_us
from auction.ledger.merkle import EMPTY_ROOT

EVIDENCE_LIMIT = 100
"""So many contradictions of one log are kept as they came: the first ones, which say it all."""

_SCHEMA = """
CREATE TABLE witness (key TEXT NOT NULL);
CREATE TABLE head (
  origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL,
  at_us INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE contradiction (
  origin TEXT NOT NULL, at_us INTEGER NOT NULL, known_size INTEGER NOT NULL, request TEXT NOT NULL
);
CREATE INDEX contradiction_origin ON contradiction (origin);
"""


class MemoryUnusable(Exception):
    """The file is missing, belongs to another key, or is held by another process."""


@dataclass(frozen=True, slots=True)
class Known:
    """The newest cosigned head of a log; size 0 and the empty root if there is none."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    note: str = ""
    at: datetime | None = None


class Memory:
    """The open file. Threads of this process take turns."""

    def __init__(self, held: IO[str], connection: sqlite3.Connection) -> None:
        self._held, self._connection = held, connection
        self._turn = threading.Lock()

    @classmethod
    def create(cls, path: Path, key: str) -> None:
        """Make the file for the witness with this verifier string; never overwrites.

        A witness that lost its memory could cosign a second history: it needs a new key and name,
        so the file is made on purpose only, and never by serving.
        """
        try:
            path.open("xb").close()
        except FileExistsError as error:
            raise MemoryUnusable(f"{path} exists and is not overwritten") from error
        connection = _connect(path)
        connection.executescript(f"BEGIN;{_SCHEMA}COMMIT;")
        connection.execute("INSERT INTO witness VALUES (?)", (key,))
        connection.close()

    @classmethod
    def open(cls, path: Path, key: str) -> "Memory":
        """Open the file for serving, and hold it. Raises MemoryUnusable."""
        if not path.is_file():
            raise MemoryUnusable(f"{path} does not exist; 'init' makes a new witness")
        held = Path(f"{path}.serving").open("w", encoding="ascii")  # noqa: SIM115 - held on purpose
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            raise MemoryUnusable(f"{path} is held by another process") from None
        try:
            connection = _connect(path)
            row = connection.execute("SELECT key FROM witness").fetchone()
        except sqlite3.DatabaseError as error:
            held.close()
            raise MemoryUnusable(f"{path} is no memory of a witness: {error}") from error
        if row is None or row[0] != key:
            connection.close()
            held.close()
            raise MemoryUnusable(f"{path} belongs to another key: {row and row[0]}")
        return cls(held, connection)

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()
        self._held.close()

    @contextmanager
    def turn(self) -> Iterator["Turn"]:
        """One transaction, alone; what was written is durable when the block ends, or undone."""
        with self._turn:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Turn(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise


class Turn:
    """Reading and writing inside one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def known(self, origin: str) -> Known:
        """The newest head cosigned of this log."""
        row = self._connection.execute(
            "SELECT size, root, note, at_us FROM head WHERE origin = ?", (origin,)
        ).fetchone()
        return Known() if row is None else Known(row[0], row[1], row[2], from_us(row[3]))

    def keep(self, origin: str, head: Known) -> None:
        """Replace it."""
        assert head.at is not None
        self._connection.execute(
            "INSERT INTO head VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE SET"
            " size = excluded.size, root = excluded.root, note = excluded.note,"
            " at_us = excluded.at_us",
            (origin, head.size, head.root, head.note, to_us(head.at)),
        )

    def contradicted(self, origin: str, at: datetime, known: Known, request: str) -> None:
        """Keep a signed request that contradicts the known head: it proves what the log did."""
        (count,) = self._connection.execute(
            "SELECT count(*) FROM contradiction WHERE origin = ?", (origin,)
        ).fetchone()
        if count < EVIDENCE_LIMIT:
            self._connection.execute(
                "INSERT INTO contradiction VALUES (?, ?, ?, ?)",
                (origin, to_us(at), known.size, request),
            )


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A signed request that contradicted the known head, as it came."""

    origin: str
    at: datetime
    known_size: int
    request: str


def survey(path: Path) -> tuple[dict[str, Known], list[Contradiction]]:
    """What the file holds; may be read beside a serving process. Raises MemoryUnusable."""
    if not path.is_file():
        raise MemoryUnusable(f"{path} does not exist")
    connection = _connect(path)
    try:
        heads = {
            origin: Known(size, root, note, from_us(at_us))
            for origin, size, root, note, at_us in connection.execute(
                "SELECT origin, size, root, note, at_us FROM head ORDER BY origin"
            )
        }
        kept = [
            Contradiction(origin, from_us(at_us), size, request)
            for origin, at_us, size, request in connection.execute(
                "SELECT origin, at_us, known_size, request FROM contradiction ORDER BY at_us"
            )
        ]
    except sqlite3.DatabaseError as error:
        raise MemoryUnusable(f"{path} is no memory of a witness: {error}") from error
    finally:
        connection.close()
    return heads, kept


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
