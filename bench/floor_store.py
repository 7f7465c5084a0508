"""Where the floor keeps what must last: plain drivers, a few statements for a whole batch."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeAlias

import psycopg
from sqlalchemy import make_url

Entry: TypeAlias = tuple[int, int, str, int, int, bytes, bytes]
"""Log, number, type, arrival, sequenced, leaf, hash."""
Head: TypeAlias = tuple[int, int, bytes, bytes, str]
"""Log, size, frontier, root, signed note."""
Evidence: TypeAlias = tuple[str, int, bytes]
"""Statement's digest, log, body with signature."""

_TABLES = (
    "CREATE TABLE {0} head (log INTEGER PRIMARY KEY, size BIGINT, frontier {1}, root {1})",
    "CREATE TABLE {0} entry (log INTEGER, seq BIGINT, type TEXT, arrival BIGINT,"
    " sequenced BIGINT, leaf {1}, hash {1}, PRIMARY KEY (log, seq))",
    "CREATE TABLE {0} checkpoint (log INTEGER, size BIGINT, note TEXT, PRIMARY KEY (log, size))",
    "CREATE TABLE {0} evidence (digest TEXT PRIMARY KEY, log INTEGER, content {1})",
)
_EXISTING = "IF NOT EXISTS"


class OutOfStep(Exception):
    """Somebody else wrote to a log that this process believes to be its own."""


class Store(Protocol):
    """One connection, used by one thread at a time."""

    def begin(self, head: Head) -> None:
        """Enter a log that is not there yet."""

    @contextmanager
    def transaction(self, sizes: Mapping[int, int]) -> Iterator[None]:
        """A transaction that holds these logs; OutOfStep if one has not the size it should."""
        yield

    def write(
        self, entries: Sequence[Entry], heads: Sequence[Head], evidence: Sequence[Evidence]
    ) -> None:
        """Write a batch inside the transaction."""


def open_store(url: str) -> Store:
    """The store behind an SQLAlchemy URL; its tables are made."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteStore(parsed.database or "")
    plain = parsed.set(drivername="postgresql")
    return PostgresStore(plain.render_as_string(hide_password=False))


class SqliteStore:
    """SQLite, write-ahead log, every commit synced."""

    def __init__(self, file: str) -> None:
        self._conn = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._conn.execute("PRAGMA journal_mode=WAL")
        self._conn.execute("PRAGMA synchronous=FULL")
        for table in _TABLES:
            self._conn.execute(table.format(_EXISTING, "BLOB"))

    def begin(self, head: Head) -> None:
        self._conn.execute("INSERT INTO head VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", head[:4])

    @contextmanager
    def transaction(self, sizes: Mapping[int, int]) -> Iterator[None]:
        self._conn.execute("BEGIN IMMEDIATE")
        try:
            marks = ", ".join("?" * len(sizes))
            query = f"SELECT log, size FROM head WHERE log IN ({marks})"
            if dict(self._conn.execute(query, tuple(sizes)).fetchall()) != dict(sizes):
                raise OutOfStep
            yield
        except BaseException:
            self._conn.execute("ROLLBACK")
            raise
        self._conn.execute("COMMIT")

    def write(
        self, entries: Sequence[Entry], heads: Sequence[Head], evidence: Sequence[Evidence]
    ) -> None:
        self._conn.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)", entries)
        self._conn.executemany(
            "UPDATE head SET size = ?2, frontier = ?3, root = ?4 WHERE log = ?1",
            [head[:4] for head in heads],
        )
        self._conn.executemany(
            "INSERT INTO checkpoint VALUES (?, ?, ?)", [(h[0], h[1], h[4]) for h in heads]
        )
        self._conn.executemany(
            "INSERT INTO evidence VALUES (?, ?, ?) ON CONFLICT DO NOTHING", evidence
        )


class PostgresStore:
    """PostgreSQL: the logs' rows are locked, everything goes in by COPY and one update."""

    def __init__(self, url: str) -> None:
        self._conn = psycopg.connect(url, autocommit=True)
        for table in _TABLES:
            self._conn.execute(table.format(_EXISTING, "BYTEA"))

    def begin(self, head: Head) -> None:
        self._conn.execute(
            "INSERT INTO head VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", head[:4]
        )

    @contextmanager
    def transaction(self, sizes: Mapping[int, int]) -> Iterator[None]:
        with self._conn.transaction():
            query = "SELECT log, size FROM head WHERE log = ANY(%s) ORDER BY log FOR UPDATE"
            if dict(self._conn.execute(query, (list(sizes),)).fetchall()) != dict(sizes):
                raise OutOfStep
            yield

    def write(
        self, entries: Sequence[Entry], heads: Sequence[Head], evidence: Sequence[Evidence]
    ) -> None:
        with self._conn.cursor() as cursor:
            for table, rows in (
                ("entry", entries),
                ("checkpoint", [(h[0], h[1], h[4]) for h in heads]),
                ("evidence", evidence),
            ):
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            cursor.executemany(
                "UPDATE head SET size = %s, frontier = %s, root = %s WHERE log = %s",
                [(*head[1:4], head[0]) for head in heads],
            )
