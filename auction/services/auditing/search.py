"""One search over the lots' public logs, the security log and the register.

What is searched are the records' own bytes, never the rows that pages read: somebody who changed
those cannot hide a record from here. Sealed logs and sealed statements are not opened.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nsmallest
from typing import Any

from sqlalchemy import Connection, select

from auction.core.instants import from_us
from auction.core.reasons import Reason
from auction.ledger.checkpoint import check_code
from auction.ledger.errors import LedgerError
from auction.pki.statement import signed_plate
from auction.services import logbook
from auction.services.auditing.query import Kind, Query, Reading, understand
from auction.services.checking import CheckedReceipt, check_receipt
from auction.services.house import House
from auction.services.lots import published
from auction.services.people import Actor
from auction.services.unit import writing
from auction.store import journal
from auction.store.base import db
from auction.store.logs import Log, LogCheckpoint, LogKind
from auction.store.sales import Lot, SaleKind

CHUNK = 2_000
SHOWN = 500
"""A search that finds more says so instead of showing them."""
BIDS = frozenset({"bid_accepted", "bid_refused", "bid_unheard"})
READS = frozenset({"audit_read", "audit_search"})
"""The auditors' own traces, which have a page of their own and would bury what is looked for."""
RECEIPT = "c2sp.org/tlog-proof@"


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found, and by which readings. `lot` is None in the centre's logs."""

    kind: LogKind
    lot: Lot | None
    seq: int
    at: datetime
    type: str
    data: dict[str, Any]
    by: tuple[Reading, ...]

    @property
    def is_bid(self) -> bool:
        """Whether there is a dossier of it."""
        return self.lot is not None and self.type in BIDS


@dataclass(frozen=True, slots=True)
class Found:
    """The answer: what was understood, the hits in order of time, and how many there were."""

    query: Query
    hits: tuple[Hit, ...]
    total: int
    searched: tuple[tuple[str, int], ...]
    """Name and size of every log that was read."""


def looks_like_receipt(typed: str) -> bool:
    """Whether a `.tlog-proof` was pasted."""
    return RECEIPT in typed[:200]


def search(house: House, actor: Actor, typed: str, around: timedelta) -> Found:
    """Search for what was typed; recorded in the security log. Raises QueryError, unrecorded:
    nothing was read."""
    lots = published(*SaleKind)
    query = understand(typed, around, tuple(Reason), (lot.slug for lot in lots))
    logs = _logs(house, lots, query)
    searched = tuple((log.origin, log.size) for log, _ in logs)
    hits, total = house.aside(lambda: _scan(house, logs, query))
    words = [reading.text for word in query.words for reading in word.readings]
    _record(house, actor, words, total)
    return Found(query, tuple(hits), total, searched)


def search_receipt(house: House, actor: Actor, text: str) -> CheckedReceipt:
    """The record that a pasted receipt proves; recorded. Raises CheckRefused."""
    found = check_receipt(house, _relined(text))
    _record(house, actor, [f"receipt:{found.head.origin}:{found.record['seq']}"], 1)
    return found


def _relined(text: str) -> str:
    # What a mail program or a one-line field does to the file: blanks at the ends of lines.
    lines = (line.rstrip() for line in text.strip().splitlines())
    return "\n".join(lines) + "\n"


def _scan(
    house: House, logs: Sequence[tuple[Log, Lot | None]], query: Query
) -> tuple[list[Hit], int]:
    """The first hits in order of time, and how many there are. In a thread of its own: nothing here
    may use the session of a request."""
    total = 0

    def every(conn: Connection) -> Iterator[Hit]:
        nonlocal total
        for log, lot in logs:
            for hit in _in_log(conn, log, lot, query):
                total += 1
                yield hit

    with house.engine.connect() as conn:
        first = nsmallest(SHOWN, every(conn), key=lambda hit: (hit.at, hit.seq))
    return first, total


def _record(house: House, actor: Actor, words: list[str], hits: int) -> None:
    with writing() as session:
        data = {"by": actor.officer_id or "", "words": words, "hits": hits}
        logbook.security(house, session, "audit_search", data)


def _logs(house: House, lots: list[Lot], query: Query) -> list[tuple[Log, Lot | None]]:
    """The logs in which a hit is possible; a lot that was named leaves only its own, and what the
    centre's logs say of it."""
    named = {r.value for word in query.words for r in word.readings if r.kind is Kind.LOT}
    found: list[tuple[Log, Lot | None]] = [
        (lot.log, lot) for lot in lots if not named or lot.slug in named
    ]
    for kind in (LogKind.SECURITY, LogKind.REGISTER):
        log = db.session.scalar(select(Log).where(Log.origin == house.log_origin(str(kind))))
        if log is not None:
            found.append((log, None))
    return found


def _in_log(conn: Connection, log: Log, lot: Lot | None, query: Query) -> Iterator[Hit]:
    coded = _coded(conn, log.id, query)
    needles = [_needles(word.readings) for word in query.words]
    kind = LogKind(log.kind)
    for leaf in leaves(conn, log.id):
        # Bytes first: a record that does not even hold the figure need not be read.
        if not all(n is None or any(one in leaf.data for one in n) for n in needles):
            continue
        content = _content(leaf)
        data = content.get("data")
        data = data if isinstance(data, dict) else {}
        kind_of = str(content.get("type", leaf.type))
        if kind is LogKind.SECURITY and kind_of in READS:
            continue
        at = content.get("arrival_us")
        arrival = from_us(at) if type(at) is int else leaf.arrival
        place = _Place(leaf, arrival, lot, data, coded.get(leaf.seq, ""))
        by: list[Reading] = []
        for word in query.words:
            reading = next((r for r in word.readings if place.matches(r, query.around)), None)
            if reading is None:
                break
            by.append(reading)
        else:
            yield Hit(kind, lot, leaf.seq, arrival, kind_of, data, tuple(by))


def leaves(conn: Connection, log_id: int, limit: int | None = None) -> Iterator[journal.Leaf]:
    """The log's records in order, read in pieces so that a long log does not fill the memory;
    at most the first `limit`."""
    after, left = 0, limit
    while left is None or left > 0:
        part = journal.read(conn, log_id, after, CHUNK if left is None else min(CHUNK, left))
        if not part:
            return
        yield from part
        after = part[-1].seq
        left = None if left is None else left - len(part)


def _content(leaf: journal.Leaf) -> dict[str, Any]:
    """The record as an object, as far as its bytes are one: a damaged one is found all the same."""
    try:
        content = json.loads(leaf.data)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _needles(readings: tuple[Reading, ...]) -> list[bytes] | None:
    """Bytes of which a record must hold one; None if bytes alone do not tell."""
    found: list[bytes] = []
    for reading in readings:
        match reading.kind:
            case Kind.AMOUNT | Kind.REASON | Kind.PLATE:
                found.append(reading.value.encode())
            case _:
                return None
    return found


def _coded(conn: Connection, log_id: int, query: Query) -> dict[int, str]:
    """Sizes whose signed heads have one of the check codes asked for."""
    wanted = {r.value for word in query.words for r in word.readings if r.kind is Kind.CODE}
    if not wanted:
        return {}
    query_heads = select(LogCheckpoint.size, LogCheckpoint.note).where(
        LogCheckpoint.log_id == log_id
    )
    found: dict[int, str] = {}
    for size, note in conn.execute(query_heads):
        try:
            code = check_code(note)
        except LedgerError:
            continue
        if code in wanted:
            found[size] = code
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """A record with everything that a reading may ask of it."""

    leaf: journal.Leaf
    arrival: datetime
    lot: Lot | None
    data: dict[str, Any]
    code: str

    def matches(self, reading: Reading, around: timedelta) -> bool:
        value = reading.value
        match reading.kind:
            case Kind.PLATE:
                plate = str(self.data.get("plate", ""))
                return value in (plate, signed_plate(plate), *self._list("heard"))
            case Kind.AMOUNT:
                return self.data.get("amount_fen") == int(value)
            case Kind.RECORD:
                return self.leaf.seq == int(value)
            case Kind.CODE:
                return self.code == value
            case Kind.REASON:
                return value in (
                    self.data.get(name) for name in ("reason", "code", "ground", "unsold")
                )
            case Kind.HASH:
                texts = (one for one in self.data.values() if isinstance(one, str))
                return self.leaf.hash.hex().startswith(value) or any(
                    len(text) == 64 and text.startswith(value) for text in texts
                )
            case Kind.LOT:
                named = self.data.get("lot") if self.lot is None else self.lot.slug
                return value == named or value in self._list("lots")
            case Kind.TIME:
                moment = reading.moment
                return moment is not None and moment.covers(self.arrival, around)

    def _list(self, name: str) -> list[Any]:
        held = self.data.get(name)
        return held if isinstance(held, list) else []
