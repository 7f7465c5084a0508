"""What others have signed about a log, verified when it is asked for; and what is amiss."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from auction.ledger.cosignature import Cosignature as Verified
from auction.ledger.cosignature import cosignatures
from auction.ledger.errors import LedgerError
from auction.services import timestamping
from auction.services.anchoring import DEADLINE, PUBLIC_LOGS
from auction.services.anchoring_places import TSA, Witness
from auction.services.house import House
from auction.services.timestamping import TimestampRefused
from auction.store.anchoring import AnchoringState, Cosignature, TimestampToken
from auction.store.logs import Log, LogEntry
from auction.store.sales import Lot
from auction.trading.runtime import LogCorrupt

_ENDS = ("bidding_ended", "terminated")


@dataclass(frozen=True, slots=True)
class Seen:
    """One place's signature over a head of `size` records; `valid` as verified just now."""

    name: str
    at: datetime
    size: int
    valid: bool


@dataclass(frozen=True, slots=True)
class Anchored:
    """What others have signed about one log. `wanted` is the size that they should have covered:
    up to the end of bidding, or all of a log that has no end."""

    wanted: int
    ended_at: datetime | None
    configured: int
    quorum: int
    witnesses: tuple[Seen, ...]
    """Of each witness its first signature that covers `wanted`, else its newest."""
    contradicted: tuple[str, ...]
    """Names of witnesses that refuse the log's heads as inconsistent."""
    stampable: bool
    """Whether an authority is configured, and the log ever goes to it."""
    stamp: Seen | None
    overdue: bool

    @property
    def witnessed(self) -> bool:
        """Whether enough witnesses have signed a head that covers what it should."""
        covering = sum(one.valid and one.size >= self.wanted for one in self.witnesses)
        return self.configured > 0 and covering >= self.quorum

    @property
    def stamped(self) -> bool:
        """Whether the authority has."""
        return self.stamp is not None and self.stamp.valid


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that an operator must look at; `code` is stable: WITNESS_CONTRADICTS,
    NOT_WITNESSED, NOT_STAMPED, or the fault of the last try."""

    code: str
    origin: str
    place: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What monitoring counts."""

    places: int
    failing: int
    contradicted: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Place:
    """How far one place is: heads signed by it, and logs whose newest head it has not signed."""

    name: str
    url: str
    signed: int
    behind: int
    failing: bool


def of_lot(house: House, lot: Lot) -> Anchored:
    """What others have signed about a lot's log."""
    return _anchored(house, lot.log_id, lot.ended_at, to_stamp=True)


def of_log(house: House, log_id: int) -> Anchored:
    """The same of the register or security log, which has no end and is not stamped."""
    return _anchored(house, log_id, None, to_stamp=False)


def with_cosignatures(house: House, log_id: int, size: int, note: str) -> tuple[str, int]:
    """A head's note with the cosignatures that are kept and hold, and how many those are."""
    lines = []
    with house.engine.connect() as conn:
        for witness in house.anchoring.witnesses:
            key = (
                Cosignature.log_id == log_id,
                Cosignature.size == size,
                Cosignature.witness == witness.id,
            )
            line = conn.execute(select(Cosignature.line).where(*key)).scalar_one_or_none()
            if line is not None and _verified(note, line, witness) is not None:
                lines.append(line)
    return note + "".join(lines), len(lines)


def newest_anchored(house: House, log_id: int) -> int | None:
    """The size of the newest head that a quorum of witnesses has signed; None if there is none."""
    places = [witness.id for witness in house.anchoring.witnesses]
    query = (
        select(Cosignature.size)
        .where(Cosignature.log_id == log_id, Cosignature.witness.in_(places))
        .group_by(Cosignature.size)
        .having(func.count() >= max(house.anchoring.quorum, 1))
        .order_by(Cosignature.size.desc())
        .limit(1)
    )
    with house.engine.connect() as conn:
        return conn.execute(query).scalar_one_or_none()


def newest_stamp(house: House, log_id: int) -> tuple[int, bytes] | None:
    """Size of the newest stamped head, and the authority's answer as it came."""
    query = (
        select(TimestampToken.size, TimestampToken.response)
        .where(TimestampToken.log_id == log_id)
        .order_by(TimestampToken.size.desc())
        .limit(1)
    )
    with house.engine.connect() as conn:
        row = conn.execute(query).one_or_none()
    return None if row is None else (row.size, row.response)


def alarms(house: House) -> list[Alarm]:
    """Everything that is refused, failing or overdue; the gravest first."""
    with house.engine.connect() as conn:
        found = list(_refused(conn, house))
        found += _overdue(conn, house)
        found += _failing(conn, house)
    return found


def figures(house: House) -> Figures:
    """The same in numbers, for monitoring."""
    told, configured = alarms(house), places(house)
    return Figures(
        places=len(configured),
        failing=sum(place.failing for place in configured),
        contradicted=len({one.origin for one in told if one.code == "WITNESS_CONTRADICTS"}),
        overdue=len({one.origin for one in told if one.code in ("NOT_WITNESSED", "NOT_STAMPED")}),
    )


def places(house: House) -> list[Place]:
    """Every configured place and how far it is."""
    anchoring, found = house.anchoring, []
    with house.engine.connect() as conn:
        for witness in anchoring.witnesses:
            signed = select(func.count()).where(Cosignature.witness == witness.id)
            found.append(_place(conn, witness.id, witness.cosigner.name, witness.url, signed))
        if (authority := anchoring.authority) is not None:
            signed = select(func.count()).select_from(TimestampToken)
            found.append(_place(conn, TSA, authority.name, authority.url, signed))
    return found


# --- one log ----------------------------------------------------------------------------------


def _anchored(house: House, log_id: int, ended: datetime | None, *, to_stamp: bool) -> Anchored:
    anchoring = house.anchoring
    with house.engine.connect() as conn:
        size = conn.execute(select(Log.size).where(Log.id == log_id)).scalar_one()
        wanted = _end_of(conn, log_id) or size if ended is not None else size
        kept = [
            (witness, *row)
            for witness in anchoring.witnesses
            if (row := _best(conn, log_id, witness, wanted)) is not None
        ]
        token = conn.execute(
            select(TimestampToken.size, TimestampToken.response)
            .where(TimestampToken.log_id == log_id, TimestampToken.size >= wanted)
            .order_by(TimestampToken.size)
            .limit(1)
        ).one_or_none()
        contradicted = set(
            conn.execute(
                select(AnchoringState.place).where(
                    AnchoringState.log_id == log_id, AnchoringState.contradicted_at.is_not(None)
                )
            ).scalars()
        )
    seen = tuple(_seen(house, log_id, *one) for one in kept)
    stamp = None if token is None else _stamp(house, log_id, token.size, token.response)
    return Anchored(
        wanted=wanted,
        ended_at=ended,
        configured=len(anchoring.witnesses),
        quorum=anchoring.quorum,
        witnesses=seen,
        contradicted=tuple(w.cosigner.name for w in anchoring.witnesses if w.id in contradicted),
        stampable=to_stamp and anchoring.authority is not None,
        stamp=stamp,
        overdue=ended is not None and house.now() >= ended + DEADLINE,
    )


def _end_of(conn: Connection, log_id: int) -> int | None:
    """The number of the record that ended the bidding."""
    query = select(func.max(LogEntry.seq)).where(
        LogEntry.log_id == log_id, LogEntry.type.in_(_ENDS)
    )
    return conn.execute(query).scalar_one_or_none()


def _best(
    conn: Connection, log_id: int, witness: Witness, wanted: int
) -> tuple[int, str, datetime] | None:
    query = select(Cosignature.size, Cosignature.line, Cosignature.at).where(
        Cosignature.log_id == log_id, Cosignature.witness == witness.id
    )
    covering = query.where(Cosignature.size >= wanted).order_by(Cosignature.size)
    for one in (covering, query.order_by(Cosignature.size.desc())):
        if (row := conn.execute(one.limit(1)).one_or_none()) is not None:
            return row.size, row.line, row.at
    return None


def _seen(house: House, log_id: int, witness: Witness, size: int, line: str, at: datetime) -> Seen:
    note = _note_of(house, log_id, size)
    verified = None if note is None else _verified(note, line, witness)
    return Seen(witness.cosigner.name, verified.at if verified else at, size, verified is not None)


def _stamp(house: House, log_id: int, size: int, response: bytes) -> Seen | None:
    authority, note = house.anchoring.authority, _note_of(house, log_id, size)
    if authority is None:
        return None
    try:
        if note is not None:
            at = timestamping.verify(authority, note, response)
            return Seen(authority.name, at, size, True)
    except TimestampRefused:
        pass
    return Seen(authority.name, house.now(), size, False)


def _note_of(house: House, log_id: int, size: int) -> str | None:
    """The signed head of exactly this size, if the log's tree leads to it."""
    try:
        found = house.trees.at(log_id, size)
    except LogCorrupt:
        return None
    return found[2] if found is not None and found[1].size == size else None


def _verified(note: str, line: str, witness: Witness) -> Verified | None:
    try:
        return next(iter(cosignatures(note + line, [witness.cosigner])), None)
    except LedgerError:
        return None


# --- all logs ---------------------------------------------------------------------------------


def _names(house: House) -> dict[str, str]:
    names = {witness.id: witness.cosigner.name for witness in house.anchoring.witnesses}
    if house.anchoring.authority is not None:
        names[TSA] = house.anchoring.authority.name
    return names


def _refused(conn: Connection, house: House) -> Iterator[Alarm]:
    names = _names(house)
    query = (
        select(Log.origin, AnchoringState.place)
        .join(Log, Log.id == AnchoringState.log_id)
        .where(AnchoringState.contradicted_at.is_not(None), AnchoringState.place.in_(names))
        .order_by(AnchoringState.contradicted_at)
    )
    for origin, place in conn.execute(query):
        yield Alarm("WITNESS_CONTRADICTS", origin, names[place])


def _failing(conn: Connection, house: House) -> Iterator[Alarm]:
    names = _names(house)
    query = (
        select(Log.origin, AnchoringState.place, AnchoringState.fault)
        .join(Log, Log.id == AnchoringState.log_id)
        .where(
            AnchoringState.fault.is_not(None),
            AnchoringState.contradicted_at.is_(None),
            AnchoringState.place.in_(names),
        )
        .order_by(AnchoringState.tried_at)
    )
    for origin, place, fault in conn.execute(query):
        yield Alarm(str(fault), origin, names[place])


def _overdue(conn: Connection, house: House) -> Iterator[Alarm]:
    """Ended sales whose end is not anchored within its time."""
    anchoring = house.anchoring
    ids = [witness.id for witness in anchoring.witnesses]
    signed = (
        select(func.count(Cosignature.witness.distinct()))
        .where(Cosignature.log_id == Log.id, Cosignature.witness.in_(ids))
        .correlate(Log)
    )
    stamped = (
        select(func.count()).select_from(TimestampToken).where(TimestampToken.log_id == Log.id)
    ).correlate(Log)
    if ids:
        for origin in _short(conn, house, signed, Cosignature.size, anchoring.quorum):
            yield Alarm("NOT_WITNESSED", origin, "-")
    if anchoring.authority is not None:
        for origin in _short(conn, house, stamped, TimestampToken.size, 1):
            yield Alarm("NOT_STAMPED", origin, anchoring.authority.name)


def _short(
    conn: Connection,
    house: House,
    signatures: Select[int],
    size: InstrumentedAttribute[int],
    needed: int,
) -> Iterator[str]:
    """Origins of logs whose end fewer than `needed` `signatures` cover. Where the newest head is
    covered the end is too, and need not be looked up."""
    newest = signatures.where(size >= Log.size).scalar_subquery()
    query = (
        select(Log.id, Log.origin, Log.size)
        .join(Lot, Lot.log_id == Log.id)
        .where(Lot.ended_at <= house.now() - DEADLINE, newest < needed)
        .order_by(Lot.ended_at)
    )
    for log_id, origin, all_of_it in conn.execute(query).all():
        end = _end_of(conn, log_id) or all_of_it
        covered = signatures.where(size >= end).scalar_subquery()
        if conn.execute(select(covered).where(Log.id == log_id)).scalar_one() < needed:
            yield origin


def _place(conn: Connection, place: str, name: str, url: str, signed: Select[int]) -> Place:
    state = AnchoringState
    known = func.coalesce(state.known_size, 0)
    query = (
        select(func.count())
        .select_from(Log)
        .outerjoin(Lot, Lot.log_id == Log.id)
        .outerjoin(state, (state.log_id == Log.id) & (state.place == place))
        .where(Log.size > 0, known < Log.size, Log.kind.in_([str(kind) for kind in PUBLIC_LOGS]))
    )
    if place == TSA:
        query = query.where(Lot.ended_at.is_not(None))
    failing = select(func.count()).where(state.place == place, state.fault.is_not(None))
    return Place(
        name,
        url,
        conn.execute(signed).scalar_one(),
        conn.execute(query).scalar_one(),
        conn.execute(failing).scalar_one() > 0,
    )
