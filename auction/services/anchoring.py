"""Anchoring: heads of our logs are shown to witnesses and to a timestamp authority, within limits.

The elected clock does it, one witness apart from the other, so that a slow one keeps nobody
waiting; bids never wait for any of it. The first head of a log goes out at once, a growing one
every ten seconds, the last one of a sale at once. A witness that refuses a head as inconsistent
with what it signed before is the alarm that all this is for.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select

from auction.ledger.cosignature import cosignatures
from auction.ledger.errors import LedgerError
from auction.ledger.submission import Submission, parse_size
from auction.services import logbook, timestamping
from auction.services.anchoring_places import TSA, Witness
from auction.services.fetching import SourceError, post
from auction.services.house import House
from auction.services.timestamping import Authority, TimestampRefused
from auction.services.unit import writing
from auction.store.anchoring import AnchoringState, Cosignature, TimestampToken
from auction.store.logs import Log, LogKind
from auction.store.sales import Lot
from auction.trading.runtime import LogCorrupt

LIVE = timedelta(seconds=10)
"""How often a growing log of a lot is shown; the centre's own logs:"""
CENTRE = timedelta(seconds=60)
DEADLINE = timedelta(seconds=60)
"""Within this time after the end of bidding the last head is to be anchored."""
SECONDS = 5.0
ANSWER_LIMIT = 64 * 1024
TURN = 20
"""So many heads are shown in one turn; what is left waits for the next second."""
_STATUSES = frozenset({200, 400, 403, 404, 409, 422})
PUBLIC_LOGS = (LogKind.LOT, LogKind.REGISTER, LogKind.SECURITY)
"""A sealed log's size is the number of applications and payments: nobody outside sees its heads."""

log = logging.getLogger(__name__)


class Contradicted(Exception):
    """A witness does not find our head consistent with what it signed before."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Unanswered(Exception):
    """No use came of asking; `code` is for machines. `everywhere`: it would be so for any head."""

    def __init__(self, code: str, *, everywhere: bool) -> None:
        super().__init__(code)
        self.code, self.everywhere = code, everywhere


@dataclass(frozen=True, slots=True)
class Due:
    """A log whose newest head a place has not signed."""

    log_id: int
    origin: str
    known_size: int


# --- witnesses --------------------------------------------------------------------------------


def show_heads(house: House, witness: Witness) -> int:
    """Show one witness the heads that are due; how many it signed."""
    signed = 0
    if house.anchoring.rests(witness.id, house.now()):
        return 0
    with house.engine.connect() as conn:
        due = list(_due(conn, witness.id, house.now()))[:TURN]
    for one in due:
        try:
            submit(house, witness, one)
        except Contradicted as fault:
            log.critical("%s: witness %s: %s", one.origin, witness.cosigner.name, fault.detail)
            _note(house, one, witness.id, "WITNESS_CONTRADICTS", contradicted=True)
        except LogCorrupt as fault:
            log.critical("not shown to witnesses: %s", fault)
            _note(house, one, witness.id, "LOG_CORRUPT")
        except Unanswered as fault:
            log.warning("%s: witness %s: %s", one.origin, witness.cosigner.name, fault.code)
            _note(house, one, witness.id, fault.code)
            if fault.everywhere:
                house.anchoring.failed(witness.id, house.now())
                break
        else:
            signed += 1
            house.anchoring.succeeded(witness.id)
    return signed


def submit(house: House, witness: Witness, one: Due) -> int:
    """Show a log's newest head to a witness and keep its cosignature; the head's size.

    Raises Contradicted, Unanswered, or LogCorrupt where our own tree does not give the head.
    """
    known = one.known_size
    for _ in range(3):
        found = house.trees.newest(one.log_id)
        if found is None:
            raise Unanswered("NO_HEAD", everywhere=False)
        tree, head, note = found
        if known > head.size:
            raise Contradicted(f"it has signed {known} records, we have {head.size}")
        proof = tuple(tree.consistency_proof(known, head.size)) if known else ()
        answer = _ask(witness, Submission(known, proof, note))
        if isinstance(answer, str):
            _keep(house, one.log_id, head.size, witness, note, answer)
            return head.size
        if answer == known == head.size:
            raise Contradicted(f"it has signed another root of size {known}")
        # It knows another size than we thought: an answer that was lost, or another log of ours.
        known = answer
    raise Unanswered("WITNESS_UNSETTLED", everywhere=False)


def _ask(witness: Witness, submission: Submission) -> str | int:
    """The signature lines (200), or the size that the witness knows (409)."""
    try:
        answer = post(
            witness.url + "/add-checkpoint",
            submission.to_text().encode(),
            "text/plain; charset=utf-8",
            statuses=_STATUSES,
            limit=ANSWER_LIMIT,
            seconds=SECONDS,
        )
    except SourceError as error:
        raise Unanswered(error.code, everywhere=True) from error
    try:
        text = answer.content.decode("utf-8")
        match answer.status:
            case 200:
                return text
            case 409:
                return parse_size(text)
            case 422:
                raise Contradicted(f"the proof from size {submission.old} does not hold for it")
    except ValueError as error:  # not UTF-8, no size
        raise Unanswered("WITNESS_BROKEN", everywhere=True) from error
    raise Unanswered(f"WITNESS_{answer.status}", everywhere=False)


def _keep(house: House, log_id: int, size: int, witness: Witness, note: str, lines: str) -> None:
    try:
        found = cosignatures(note + lines, [witness.cosigner])
    except LedgerError as error:
        raise Unanswered("COSIGNATURE_INVALID", everywhere=True) from error
    if not found:
        raise Unanswered("COSIGNATURE_MISSING", everywhere=True)
    with writing() as session:
        session.merge(Cosignature(
            log_id=log_id, size=size, witness=witness.id, at=found[0].at, line=found[0].line
        ))  # fmt: skip
        session.merge(AnchoringState(
            log_id=log_id, place=witness.id, known_size=size, tried_at=house.now(),
            fault=None, contradicted_at=None,
        ))  # fmt: skip


def _due(conn: Connection, place: str, now: datetime) -> Iterator[Due]:
    """Logs that this witness should see now, those whose sale has ended first."""
    state = AnchoringState
    query = (
        select(
            Log.id,
            Log.origin,
            Log.kind,
            Lot.ended_at,
            state.known_size,
            state.tried_at,
            state.fault,
        )
        .outerjoin(Lot, Lot.log_id == Log.id)
        .outerjoin(state, (state.log_id == Log.id) & (state.place == place))
        .where(
            Log.size > 0,
            Log.kind.in_([str(kind) for kind in PUBLIC_LOGS]),
            or_(state.known_size.is_(None), state.known_size < Log.size),
        )
        .order_by(Lot.ended_at.is_(None), Log.id)
    )
    for row in conn.execute(query):
        if row.tried_at is not None:
            every = LIVE if row.kind == LogKind.LOT else CENTRE
            last = row.ended_at is not None and row.fault is None
            if not last and now < row.tried_at + every:
                continue
        yield Due(row.id, row.origin, row.known_size or 0)


def _note(
    house: House, one: Due, place: str, fault: str | None, *, contradicted: bool = False
) -> None:
    """Remember how it went; a new contradiction also stands in the register log for good."""
    now = house.now()
    with writing() as session:
        row = session.get(AnchoringState, (one.log_id, place))
        if row is None:
            row = AnchoringState(log_id=one.log_id, place=place, known_size=one.known_size)
            session.add(row)
        row.tried_at, row.fault = now, fault
        if contradicted and row.contradicted_at is None:
            row.contradicted_at = now
            logbook.register(
                house, session, "witness_contradicted", {"origin": one.origin, "witness": place}
            )


# --- timestamps -------------------------------------------------------------------------------


def stamp_heads(house: House) -> int:
    """Have the newest heads of ended sales stamped; how many were."""
    authority = house.anchoring.authority
    if authority is None or house.anchoring.rests(TSA, house.now()):
        return 0
    stamped = 0
    with house.engine.connect() as conn:
        due = list(_unstamped(conn, house.now()))[:TURN]
    for one in due:
        try:
            _stamp(house, authority, one)
        except LogCorrupt as fault:
            log.critical("not stamped: %s", fault)
            _note(house, one, TSA, "LOG_CORRUPT")
        except (SourceError, TimestampRefused) as fault:
            log.warning("%s: timestamp: %s", one.origin, fault)
            _note(house, one, TSA, fault.code)
            house.anchoring.failed(TSA, house.now())
            break
        else:
            stamped += 1
            house.anchoring.succeeded(TSA)
    return stamped


def _stamp(house: House, authority: Authority, one: Due) -> None:
    found = house.trees.newest(one.log_id)
    if found is None:
        return
    _, head, note = found
    response, at = timestamping.request(authority, note)
    with writing() as session:
        session.merge(TimestampToken(log_id=one.log_id, size=head.size, at=at, response=response))
        session.merge(AnchoringState(
            log_id=one.log_id, place=TSA, known_size=head.size, tried_at=house.now(),
            fault=None, contradicted_at=None,
        ))  # fmt: skip


def _unstamped(conn: Connection, now: datetime) -> Iterator[Due]:
    state = AnchoringState
    query = (
        select(Log.id, Log.origin, state.known_size, state.tried_at, state.fault)
        .join(Lot, Lot.log_id == Log.id)
        .outerjoin(state, (state.log_id == Log.id) & (state.place == TSA))
        .where(
            Lot.ended_at.is_not(None),
            or_(state.known_size.is_(None), state.known_size < Log.size),
        )
        .order_by(Log.id)
    )
    for row in conn.execute(query):
        if row.fault is None or now >= row.tried_at + LIVE:
            yield Due(row.id, row.origin, row.known_size or 0)
