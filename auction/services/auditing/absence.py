"""The dossier of an absence: that no request of a bidder reached any entrance in a window of time.

It says what was searched, under which signed heads those logs stand, and what would not have left
a trace here at all. Before the end of bidding only a plate is searched for, in the public log, and
nothing is opened; after it, with a ground that goes into the register first, also the bidder's
certificates, their sessions and what the security log says of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from auction.core import events as e
from auction.core.instants import from_us
from auction.services import logbook
from auction.services.audit import Ground
from auction.services.house import House
from auction.services.logcheck import Entry, Fault
from auction.services.people import Actor
from auction.services.replay import Step
from auction.services.seats import occupant, pseudonym, seat_at, seat_of
from auction.services.sessions.signed_in import ended_because, idle_end
from auction.services.unit import writing
from auction.services.verification import Run, examine, examine_centre
from auction.store.base import db
from auction.store.logs import LogKind
from auction.store.people import Credential, WebSession
from auction.store.sales import Lot
from auction.store.seats import Part, Seat

LONGEST = timedelta(days=1)
NAMELESS = frozenset({"bid_not_qualified", "bid_not_valid", "act_not_qualified", "act_not_valid"})
"""Requests on a lot that the security log keeps without saying whose they were."""
_PAGES = frozenset({Fault.LOT_ROW, Fault.BID_ROW})
"""Faults of rows that only pages read: nothing is searched in those."""
_STOPS = e.OutageRecorded | e.ClockOff | e.Suspended


class AbsenceRefused(Exception):
    """Cannot be searched so. `code`: WINDOW_ORDER, WINDOW_LONG, WINDOW_AHEAD, WHOM_MISSING (no
    plate, no certificate), CERTIFICATE_BEFORE_END, GROUND_NEEDED, CERTIFICATE_UNKNOWN."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Asked:
    """The question: whom (`plate`, or `certificate` by its SHA-256), and when, both ends included.
    With `ground` the bidder's certificates and sessions are opened after the end."""

    plate: str
    certificate: str
    since: datetime
    until: datetime
    ground: Ground | None
    reason: str

    def covers(self, at: datetime) -> bool:
        """Whether `at` lies in the window."""
        return self.since <= at <= self.until


@dataclass(frozen=True, slots=True)
class Sitting:
    """A signed-in session that touches the window. `end`: when it ended or ran out; None while it
    lasts, with `reason` None too."""

    certificate: str
    begin: datetime
    seen: datetime
    end: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Absence:
    """What was searched and found. `plate` is '' where the certificate's holder has no seat."""

    lot: Lot
    asked: Asked
    plate: str
    lot_run: Run
    security_run: Run
    requests: tuple[Step, ...]
    """Records of this plate in the window: if there are any, nothing was absent."""
    before: Step | None
    after: Step | None
    nameless: tuple[Entry, ...]
    stops: tuple[Step, ...]
    """Outages, clock faults and suspensions that touch the window."""
    opened: bool
    sittings: tuple[Sitting, ...]
    endings: tuple[Entry, ...]
    """What the security log says of this bidder's certificates in the window."""

    @property
    def holds(self) -> bool:
        """Whether the logs searched are intact and hold no request of this bidder."""
        return self.intact and not self.requests

    @property
    def intact(self) -> bool:
        """Whether nothing was found against the logs searched."""
        return intact(self.lot_run) and intact(self.security_run)


def intact(run: Run) -> bool:
    """Whether a verification found nothing against the log itself."""
    return all(finding.fault in _PAGES for finding in run.findings)


def look(house: House, actor: Actor, lot: Lot, asked: Asked) -> Absence:
    """Search; recorded before anything is read. Raises AbsenceRefused."""
    _require_sound(house, lot, asked)
    credentials: Sequence[Credential] = ()
    plate = asked.plate
    opening = asked.ground is not None and lot.ended_at is not None
    with writing() as session:
        read = {"by": actor.officer_id or "", "lot": lot.slug, "page": "absence"}
        logbook.security(house, session, "audit_read", read)
    if opening:
        plate, credentials = _whose(house, actor, lot, asked)
    found = examine(house, lot)
    security_run, entries = examine_centre(house, LogKind.SECURITY)
    mine = [step for step in found.steps if _plate_of(step) == plate] if plate else []
    window = [entry for entry in entries if asked.covers(_arrival(entry))]
    return Absence(
        lot=lot,
        asked=asked,
        plate=plate,
        lot_run=found.run,
        security_run=security_run,
        requests=tuple(step for step in mine if asked.covers(step.record.arrival)),
        before=next((s for s in reversed(mine) if s.record.arrival < asked.since), None),
        after=next((s for s in mine if s.record.arrival > asked.until), None),
        nameless=tuple(entry for entry in window if _nameless(entry, lot)),
        stops=tuple(step for step in found.steps if _touches(step, asked)),
        opened=opening,
        sittings=_sittings(house, credentials, asked),
        endings=_endings(house, credentials, window),
    )


def _require_sound(house: House, lot: Lot, asked: Asked) -> None:
    if asked.until < asked.since:
        raise AbsenceRefused("WINDOW_ORDER")
    if asked.until - asked.since > LONGEST:
        raise AbsenceRefused("WINDOW_LONG")
    if asked.until > house.now():
        raise AbsenceRefused("WINDOW_AHEAD")
    if not asked.plate and not asked.certificate:
        raise AbsenceRefused("WHOM_MISSING")
    if asked.certificate and lot.ended_at is None:
        raise AbsenceRefused("CERTIFICATE_BEFORE_END")
    if asked.certificate and asked.ground is None:
        raise AbsenceRefused("GROUND_NEEDED")


def _whose(house: House, actor: Actor, lot: Lot, asked: Asked) -> tuple[str, Sequence[Credential]]:
    """Plate and certificates of the bidder asked for, registered first; '' if he has no seat."""
    if asked.certificate:
        query = select(Credential).where(Credential.fingerprint == asked.certificate)
        credential = db.session.scalar(query)
        if credential is None or credential.party_id is None:
            raise AbsenceRefused("CERTIFICATE_UNKNOWN")
        party_id = credential.party_id
        seat = seat_of(house, lot, party_id) or _joint_seat(house, lot, party_id)
        plate = "" if seat is None else seat.plate
        _register(house, actor, lot, asked, plate or "-")
    else:
        plate = asked.plate
        _register(house, actor, lot, asked, plate)
        seat = seat_at(lot, plate)
        if seat is None:
            return plate, ()
        party_id = occupant(house, lot, seat).party_id
    mine = select(Credential).where(Credential.party_id == party_id).order_by(Credential.bound_at)
    return plate, list(db.session.scalars(mine))


def _joint_seat(house: House, lot: Lot, party_id: str) -> Seat | None:
    """The seat of the joint bidders to whom the party belongs without leading them."""
    part = db.session.get(Part, (lot.id, pseudonym(house, lot, party_id)))
    return None if part is None else db.session.get(Seat, (lot.id, part.seat))


def _register(house: House, actor: Actor, lot: Lot, asked: Asked, plate: str) -> None:
    data = {
        "by": actor.officer_id or "",
        "lot": lot.slug,
        "plate": plate,
        "ground": str(asked.ground),
        "reason": asked.reason,
    }
    with writing() as session:
        logbook.register(house, session, "identity_opened", data)


def _plate_of(step: Step) -> str | None:
    """The plate whose request this record is; an admission or a certificate's end is none."""
    event = step.record.event
    asks = e.BidAccepted | e.BidRefused | e.BidUnheard | e.AskAnswered | e.LotteryJoined
    return event.plate if isinstance(event, asks) else None


def _touches(step: Step, asked: Asked) -> bool:
    event = step.record.event
    if isinstance(event, e.OutageRecorded):
        return event.start <= asked.until and event.end >= asked.since
    return isinstance(event, _STOPS) and asked.covers(step.record.arrival)


def _nameless(entry: Entry, lot: Lot) -> bool:
    content = entry.content or {}
    data = content.get("data")
    return (
        content.get("type") in NAMELESS and isinstance(data, dict) and data.get("lot") == lot.slug
    )


def _arrival(entry: Entry) -> datetime:
    at = (entry.content or {}).get("arrival_us")
    return from_us(at if isinstance(at, int) else 0)


def _sittings(house: House, mine: Sequence[Credential], asked: Asked) -> tuple[Sitting, ...]:
    fingerprints = {credential.id: credential.fingerprint for credential in mine}
    query = (
        select(WebSession)
        .where(WebSession.credential_id.in_(list(fingerprints)))
        .where(WebSession.created_at <= asked.until)
        .order_by(WebSession.created_at)
    )
    found: list[Sitting] = []
    now = house.now()
    for row in db.session.scalars(query):
        reason = ended_because(house, row, now)
        end = row.ended_at
        if end is None and reason is not None:
            end = _ran_out(house, row)
        if end is None or end >= asked.since:
            fingerprint = fingerprints[row.credential_id]
            found.append(Sitting(fingerprint, row.created_at, row.seen_at, end, reason))
    return tuple(found)


def _ran_out(house: House, row: WebSession) -> datetime:
    """When a session that nobody ended stopped counting."""
    credential = row.credential
    limits = (
        row.expires_at,
        idle_end(house, row),
        credential.not_after,
        credential.revoked_at,
        credential.retired_at,
    )
    return min(at for at in limits if at is not None)


def _endings(
    house: House, mine: Sequence[Credential], window: Sequence[Entry]
) -> tuple[Entry, ...]:
    indexes = {
        house.sealer.index("certificate", credential.issuer_hash, credential.serial)
        for credential in mine
    }
    return tuple(
        entry
        for entry in window
        if isinstance(data := (entry.content or {}).get("data"), dict)
        and data.get("certificate") in indexes
    )
