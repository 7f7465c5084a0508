"""The store behind the port: transactions as PostgreSQL has them, in memory, with its faults.

Rows of logs are locked in id order, with waiting. A statement sees what is committed when it runs,
a reading transaction one picture. A commit is atomic; where the line is cut at it, nobody is told
whether it happened, and it may still happen later, the rows being locked until then.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulation.world import MS, Lock, Owner, S, Violation, World

from auction.core import events as e
from auction.ledger.merkle import EMPTY_ROOT
from auction.store import projection
from auction.store.journal import Head, Leaf
from auction.store.workers import GONE_AFTER, Seen
from auction.trading.ports import Change, OutcomeUnknown, Unavailable

LOCK_TIMEOUT = 5 * S


class StatementFailed(Exception):
    """A statement that the database refused; the connection stands."""


@dataclass(slots=True)
class Weather:
    """How probable each fault is in a run, for each statement or commit."""

    crash: float = 0.0
    cut: float = 0.0
    fail: float = 0.0
    unknown: float = 0.0
    slow: float = 0.0
    one_writer: bool = False
    """A database with one writer at a time, locked as a whole when a transaction begins."""


@dataclass(slots=True)
class Row:
    """A log's row with its leaves and its signed heads; `writers` says who wrote each leaf."""

    head: Head
    leaves: list[Leaf] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)
    writers: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Alive:
    at: datetime
    watermark: datetime
    gone: bool = False


def bids(lot_id: int, records: Sequence[tuple[e.Recorded, bool]]) -> list[dict[str, object]]:
    """The bid rows of these records; what was compared as a value, not as text."""
    rows = [
        dict(zip(projection.BID_COLUMNS, row, strict=True))
        for row in projection.bid_rows(lot_id, records)
    ]
    return [{**row, "facts": json.loads(row["facts"])} for row in rows]


class Database:
    """What is durable."""

    def __init__(self, world: World, weather: Weather) -> None:
        self.world = world
        self.weather = weather
        self.logs: dict[int, Row] = {}
        self.columns: dict[int, dict[str, Any]] = {}
        self.bids: dict[int, list[dict[str, object]]] = {}
        self.kept: dict[str, Mapping[str, Any]] = {}
        self.marks: list[object] = []
        """Rows that services wrote in the batch's transaction."""
        self.workers: dict[str, Alive] = {}
        self.processes: dict[str, Owner] = {}
        self.down_until = 0
        self.told: Callable[[int, Sequence[Leaf], str], None] = lambda _log, _leaves, _by: None
        self._locks: dict[int, Lock] = {}

    def add(self, log_id: int, origin: str) -> None:
        self.logs[log_id] = Row(Head(log_id, origin, 0, b"", EMPTY_ROOT, None))

    def lock(self, log_id: int) -> Lock:
        if log_id not in self._locks:
            self._locks[log_id] = Lock(self.world)
        return self._locks[log_id]


class Connection:
    """What services' work in the batch's transaction is given."""

    def __init__(self) -> None:
        self.marks: list[object] = []


class MemoryTransaction:
    """One transaction of one worker."""

    def __init__(self, store: "MemoryStore", *, picture: bool) -> None:
        self.conn: Any = Connection()
        self._store = store
        self._db = store.db
        self._held: list[Lock] = []
        self._appended: list[tuple[int, Leaf]] = []
        self._advanced: dict[int, tuple[Head, str]] = {}
        self._changes: list[Change] = []
        self._kept: list[Mapping[str, Any]] = []
        self._picture: dict[int, tuple[Head, int, int]] | None = None
        self._reads = picture
        self.sent = False
        """Whether the commit is on its way."""

    # --- statements ----------------------------------------------------------------------

    def take(self, log_id: int) -> None:
        """Lock a row until the end of the transaction."""
        lock = self._db.lock(log_id)
        if lock.taken:
            self._db.world.seen["lock waits"] += 1
        if not lock.acquire(self, LOCK_TIMEOUT):
            self._db.world.tell(f"no lock on log {log_id}", "lock timeouts")
            raise Unavailable
        self._held.append(lock)

    def lock(self, log_ids: Iterable[int]) -> Mapping[int, Head]:
        self._store.statement("lock")
        heads = {}
        for log_id in sorted(log_ids):
            self.take(log_id)
            heads[log_id] = self._db.logs[log_id].head
        return heads

    def heads(self, log_ids: Iterable[int]) -> Mapping[int, Head]:
        self._store.statement("heads")
        return {log_id: self._seen(log_id)[0] for log_id in log_ids}

    def read(self, log_id: int, after: int, limit: int) -> Sequence[Leaf]:
        self._store.statement("read")
        size = self._seen(log_id)[1]
        mine = [leaf for log, leaf in self._appended if log == log_id]
        return [*self._db.logs[log_id].leaves[:size], *mine][after : after + limit]

    def signed(self, log_id: int, size: int | None = None) -> tuple[int, str] | None:
        self._store.statement("signed")
        notes = self._db.logs[log_id].notes[: self._seen(log_id)[2]]
        if log_id in self._advanced:
            head, note = self._advanced[log_id]
            notes = [*notes, (head.size, note)]
        if size is None:
            return notes[-1] if notes else None
        return next((note for note in notes if note[0] >= size), None)

    def append(self, entries: Sequence[tuple[int, Leaf]]) -> None:
        self._store.statement("append")
        for log_id, leaf in entries:
            expected = self._db.logs[log_id].head.size + 1
            expected += sum(log == log_id for log, _ in self._appended)
            if leaf.seq != expected or self._db.lock(log_id) not in self._held:
                raise Violation(f"leaf {leaf.seq} written where {expected} follows, or unlocked")
            self._appended.append((log_id, leaf))

    def advance(self, heads: Sequence[tuple[Head, str]]) -> None:
        self._store.statement("advance")
        self._advanced.update({head.log_id: (head, note) for head, note in heads})

    def project(self, changes: Sequence[Change]) -> None:
        self._store.statement("project")
        self._changes.extend(changes)

    def keep(self, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self._store.statement("keep")
            self._kept.extend(rows)

    def others_below(self, instant: datetime, now: datetime) -> bool:
        self._store.statement("others_below")
        for name, row in self._db.workers.items():
            if name == self._store.worker.name or row.gone or row.watermark >= instant:
                continue
            if row.at > now - GONE_AFTER:
                self._db.world.tell(f"held: {name} may still have something", "held for others")
                return True
            if self._db.processes[name].alive:
                self._db.world.tell(f"{name} is not waited for any more", "silences")
        return False

    def _seen(self, log_id: int) -> tuple[Head, int, int]:
        if self._reads:
            if self._picture is None:
                self._picture = {
                    i: (row.head, len(row.leaves), len(row.notes))
                    for i, row in self._db.logs.items()
                }
            return self._picture[log_id]
        row = self._db.logs[log_id]
        return row.head, len(row.leaves), len(row.notes)

    # --- the end -------------------------------------------------------------------------

    def apply(self) -> None:
        """All of it is durable and seen by everybody."""
        db = self._db
        for log_id, leaf in self._appended:
            db.logs[log_id].leaves.append(leaf)
            db.logs[log_id].writers.append(self._store.worker.name)
        for log_id, (head, note) in self._advanced.items():
            db.logs[log_id].head = head
            db.logs[log_id].notes.append((head.size, note))
        for lot_id, state, records in self._changes:
            db.columns[lot_id] = projection.columns(state)
            db.bids.setdefault(lot_id, []).extend(bids(lot_id, records))
        for row in self._kept:
            db.kept.setdefault(row["statement"], row)
        db.marks.extend(self.conn.marks)
        if self._appended:
            db.world.seen["commits"] += 1
        for log_id in self._advanced:
            written = [leaf for log, leaf in self._appended if log == log_id]
            db.told(log_id, written, self._store.worker.name)
        self.release()

    def release(self) -> None:
        for lock in self._held:
            lock.release(self)
        self._held.clear()

    def left_alone(self) -> None:
        """The other end is gone: the database notices after a while, and keeps the locks so long.
        A commit that was on its way may still be carried out."""
        world = self._db.world
        finish = self.apply if self.sent and world.maybe(0.5) else self.release
        world.at(int(world.about(300 * MS)), finish)


class MemoryStore:
    """The store as one worker has it."""

    def __init__(self, db: Database, worker: Owner) -> None:
        self.db = db
        self.worker = worker
        self.cut_until = 0
        """Until when this worker alone cannot reach the database."""
        self.crash: Callable[[str], None] = lambda _where: None

    def statement(self, name: str) -> None:
        """A statement on its way, carried out when this returns. The process may die here."""
        world, weather = self.db.world, self.db.weather
        self.step(name)
        if self.away:
            world.tell(f"{name}: the line is cut", "cut off")
            raise Unavailable
        if world.faults:
            if world.maybe(weather.cut):
                world.tell(f"{name}: the line is cut", "cut off")
                raise Unavailable
            if world.maybe(weather.fail):
                world.tell(f"{name}: fails", "failed statements")
                raise StatementFailed(name)

    def step(self, name: str) -> None:
        """Time passes, and the process may die meanwhile."""
        world, weather = self.db.world, self.db.weather
        if world.faults and world.maybe(weather.crash):
            self.crash(name)
        slow = world.faults and world.maybe(weather.slow)
        world.sleep(world.about(200 * MS if slow else 200))

    @property
    def away(self) -> bool:
        """Whether the database is not to be reached from this worker."""
        return max(self.db.down_until, self.cut_until) > self.db.world.now

    @contextmanager
    def writing(self) -> Iterator[MemoryTransaction]:
        world = self.db.world
        self._begin()
        tx = MemoryTransaction(self, picture=False)
        try:
            if self.db.weather.one_writer:
                tx.take(0)
            yield tx
            self._commit(tx)
        except OutcomeUnknown:
            raise
        except BaseException:
            if world.current is not None and world.current.dead:
                tx.left_alone()
            else:
                tx.release()
            raise

    def _begin(self) -> None:
        self.step("begin")
        if self.away:
            self.db.world.seen["unavailable"] += 1
            raise Unavailable

    def _commit(self, tx: MemoryTransaction) -> None:
        world = self.db.world
        tx.sent = True
        self.step("commit")
        cut = self.away or (world.faults and world.maybe(self.db.weather.unknown))
        if not cut:
            tx.apply()
            tx.sent = False
            self.step("committed")
            return
        fate = world.random.choice(("committed", "lost", "open"))
        world.tell(f"commit: the line is cut ({fate})", f"unknown outcomes: {fate}")
        match fate:
            case "committed":
                tx.apply()
            case "lost":
                tx.release()
            case _:
                tx.left_alone()
        tx.sent = False
        raise OutcomeUnknown

    @contextmanager
    def reading(self) -> Iterator[MemoryTransaction]:
        self._begin()
        yield MemoryTransaction(self, picture=True)

    def publish(self, at: datetime, watermark: datetime) -> None:
        self._begin()
        if self.db.weather.one_writer:
            tx = MemoryTransaction(self, picture=False)
            try:
                tx.take(0)
                self.statement("publish")
                self._shown(at, watermark)
            finally:
                tx.release()
            return
        self.statement("publish")
        self._shown(at, watermark)
        self.step("published")
        if self.db.world.faults and self.db.world.maybe(self.db.weather.cut):
            raise Unavailable

    def _shown(self, at: datetime, watermark: datetime) -> None:
        row = self.db.workers[self.worker.name]
        if watermark < row.watermark:
            raise Violation(f"{self.worker.name} takes back its promise")
        row.at, row.watermark = at, watermark

    def enter(self, now: datetime) -> list[Seen]:
        """As `workers.enter` does."""
        self._begin()
        self.statement("enter")
        before = self.seen()
        last = max((other.at for other in before), default=now)
        self.db.workers[self.worker.name] = Alive(last, now)
        self.db.processes[self.worker.name] = self.worker
        self.step("entered")
        return before

    def leave(self, at: datetime) -> None:
        """As `workers.leave` does."""
        self._begin()
        self.statement("leave")
        row = self.db.workers[self.worker.name]
        row.at, row.gone = at, True

    def seen(self) -> list[Seen]:
        """As `workers.seen` does."""
        return [Seen(name, row.at, row.watermark) for name, row in self.db.workers.items()]
