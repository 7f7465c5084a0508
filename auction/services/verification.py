"""Verification of stored and exported logs that really runs: bytes, heads, rules, pages' rows."""

import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Connection, select

from auction.core.instants import to_us
from auction.core.state import Stage
from auction.ledger.checkpoint import check_code
from auction.ledger.errors import LedgerError
from auction.ledger.notes import Verifier
from auction.services import logbook
from auction.services.export import ExportedLog
from auction.services.house import House
from auction.services.logcheck import Entry, Fault, Finding, LogCheck, check_log
from auction.services.replay import Replayed, Step, records_of, redecide
from auction.services.unit import writing
from auction.store import journal, projection
from auction.store.base import db
from auction.store.logs import Log, LogCheckpoint, LogKind
from auction.store.sales import Bid, Lot

_RUNS = "audit_runs"
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Run:
    """One verification that was really carried out."""

    at: datetime
    took: timedelta
    size: int
    root: str
    check_code: str | None
    findings: tuple[Finding, ...]

    @property
    def agrees(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True)
class Examination:
    """A lot's log as it was read, checked and replayed just now."""

    run: Run
    origin: str
    entries: tuple[Entry, ...]
    replayed: Replayed

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.replayed.steps

    def step(self, seq: int) -> Step | None:
        """The step of record `seq`; None if it is missing or the replay did not come so far."""
        at = bisect_left(self.steps, seq, key=lambda step: step.record.seq)
        found = self.steps[at : at + 1]
        return found[0] if found and found[0].record.seq == seq else None

    def finding(self, seq: int) -> Finding | None:
        """The first finding on record `seq`."""
        return next((f for f in self.run.findings if f.seq == seq), None)


def examine(house: House, lot: Lot) -> Examination:
    """Read, check and replay the lot's stored log, and remember the result."""
    started = time.perf_counter()
    key = house.log_key(lot.log.origin)
    with _snapshot(house) as conn:
        rows, checked = _read(conn, lot.log, key.verifier, ("lot", lot.slug))
        records, unreadable = records_of(checked.entries)
        replayed = redecide(records)
        findings = [*checked.findings, *_beside(rows, checked), *unreadable, *replayed.findings]
        if not unreadable:
            findings += _projected(conn, lot, replayed)
    run = _run(house, started, checked, findings)
    _runs()[lot.id] = run
    return Examination(run, lot.log.origin, checked.entries, replayed)


def examine_export(house: House, exported: ExportedLog) -> Examination:
    """Check and replay an exported log: nothing but the file is needed."""
    started = time.perf_counter()
    checked = exported.check()
    records, unreadable = records_of(checked.entries)
    replayed = redecide(records)
    findings = [*checked.findings, *unreadable, *replayed.findings]
    run = _run(house, started, checked, findings)
    return Examination(run, exported.origin, checked.entries, replayed)


def examine_centre(house: House, kind: LogKind) -> tuple[Run, tuple[Entry, ...]]:
    """The centre's register or security log, read and checked."""
    started = time.perf_counter()
    log = db.session.scalar(select(Log).where(Log.origin == house.log_origin(str(kind))))
    if log is None:
        with writing() as session:
            log_id = logbook.centre_log(house, session, kind)
        log = db.session.get_one(Log, log_id)
    key = house.log_key(log.origin)
    with _snapshot(house) as conn:
        rows, checked = _read(conn, log, key.verifier, ("log", log.origin))
    findings = [*checked.findings, *_beside(rows, checked)]
    return _run(house, started, checked, findings), checked.entries


def last_run(lot: Lot) -> Run | None:
    """The last verification of this lot in this process."""
    return _runs().get(lot.id)


def _runs() -> dict[int, Run]:
    runs: dict[int, Run] = current_app.extensions.setdefault(_RUNS, {})
    return runs


def _run(house: House, started: float, checked: LogCheck, findings: list[Finding]) -> Run:
    try:
        code = None if checked.head is None else check_code(checked.head)
    except LedgerError:
        code = None
    return Run(
        house.now(),
        timedelta(seconds=time.perf_counter() - started),
        checked.tree.size,
        checked.tree.root().hex(),
        code,
        tuple(findings),
    )


@contextmanager
def _snapshot(house: House) -> Iterator[Connection]:
    """One view of the database, so that a bid committed meanwhile is not taken for a fault."""
    with house.engine.connect() as conn:
        if conn.dialect.name == "postgresql":
            conn.execution_options(isolation_level="REPEATABLE READ")
        yield conn


@dataclass(frozen=True, slots=True)
class _Rows:
    head: journal.Head
    leaves: list[journal.Leaf]


def _read(
    conn: Connection, log: Log, verifier: Verifier, name: tuple[str, str]
) -> tuple[_Rows, LogCheck]:
    head = journal.head(conn, log.id)
    leaves = journal.read(conn, log.id)
    query = (
        select(LogCheckpoint.size, LogCheckpoint.note)
        .where(LogCheckpoint.log_id == log.id)
        .order_by(LogCheckpoint.size)
    )
    heads = [(row.size, row.note) for row in conn.execute(query)]
    pairs = ((leaf.seq, leaf.data) for leaf in leaves)
    return _Rows(head, leaves), check_log(head.origin, pairs, heads, verifier, name)


def _beside(rows: _Rows, checked: LogCheck) -> list[Finding]:
    """What the columns beside the bytes, and the log's own row, say differently."""
    findings: list[Finding] = []
    for leaf, entry in zip(rows.leaves, checked.entries, strict=True):
        if leaf.hash != entry.hash:
            findings.append(Finding(Fault.HASH, leaf.seq))
        if entry.content is None:
            continue
        columns = {
            "type": leaf.type,
            "arrival_us": to_us(leaf.arrival),
            "sequenced_us": to_us(leaf.sequenced),
        }
        findings.extend(
            Finding(Fault.COLUMN, leaf.seq, {"column": column})
            for column, value in columns.items()
            if entry.content.get(column) != value
        )
    tree, head = checked.tree, rows.head
    stated = {"size": (head.size, tree.size), "root": (head.root, tree.root())}
    if tree.size:
        stated["frontier"] = (head.frontier, tree.frontier().to_bytes())
    elif not head.root:
        del stated["root"]
    findings.extend(
        Finding(Fault.LOG_ROW, None, {"column": column})
        for column, (stored, derived) in stated.items()
        if stored != derived
    )
    return findings


def _projected(conn: Connection, lot: Lot, replayed: Replayed) -> list[Finding]:
    """Where the rows that pages read differ from what follows from the log."""
    wanted = projection.columns(replayed.state)
    table = Lot.__table__
    row = conn.execute(
        select(*(table.c[name] for name in wanted)).where(table.c.id == lot.id)
    ).one()
    findings = [
        Finding(Fault.LOT_ROW, None, {"column": name})
        for name, value in wanted.items()
        if row._mapping[name] != value
    ]
    bids = Bid.__table__
    stored = {
        found.seq: dict(found._mapping)
        for found in conn.execute(select(bids).where(bids.c.lot_id == lot.id))
    }
    told = [(step.record, step.before.stage is Stage.ROUND) for step in replayed.steps]
    for derived in map(projection.bid_values, projection.bid_rows(lot.id, told)):
        found = stored.pop(derived["seq"], {})
        column = next((name for name in derived if found.get(name, _ABSENT) != derived[name]), None)
        if column is not None:
            findings.append(Finding(Fault.BID_ROW, derived["seq"], {"column": column}))
    findings.extend(Finding(Fault.BID_ROW, seq, {"column": "seq"}) for seq in sorted(stored))
    return findings
