"""A bidder's own profile: its certificates, a spare beside the one in use, who has seen it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from auction.ledger import canonical
from auction.pki.chain import CertificateError
from auction.pki.statement import Signed
from auction.pki.subject import subject_names
from auction.services import logbook
from auction.services.enrolment import asking
from auction.services.enrolment.form import EnrolmentRefused
from auction.services.enrolment.requests import POLICY, take_out_of_use
from auction.services.house import House
from auction.services.people import Actor
from auction.services.seats import pseudonym
from auction.services.unit import writing
from auction.store.base import db
from auction.store.certificates import EnrolmentRequest
from auction.store.logs import LogEntry, LogKind
from auction.store.people import Credential, Officer, Party
from auction.store.sales import Lot
from auction.store.seats import Part, Seat

ACTIVE, RETIRED, REVOKED, EXPIRED = "active", "retired", "revoked", "expired"
SOON = timedelta(days=30)
"""From how long before its end a certificate should be renewed."""


@dataclass(frozen=True, slots=True)
class Held:
    """One certificate of a party. `state`: active, retired, revoked, expired; `ended_at`: since
    when it is one of the last three. `by_policy` None: bound by neither policy nor officer."""

    id: str
    fingerprint: str
    holder: str
    issuer: str
    serial: str
    not_after: datetime
    bound_at: datetime
    by_policy: bool | None
    state: str
    ended_at: datetime | None
    current: bool
    """It is the one that this session is signed in with."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody opened what was sealed about this party."""

    at: datetime
    officer: str
    ground: str
    """A ground of services.audit, `award_examination`, or `enrolment`."""
    lot: Lot | None


def kind_of(party_id: str) -> str:
    """What kind of party it is: company, person, organisation."""
    return db.session.get_one(Party, party_id).kind


def held(house: House, actor: Actor) -> list[Held]:
    """The party's certificates: those in use first, then the latest bound."""
    now = house.now()
    query = select(Credential).where(Credential.party_id == actor.party_id)
    found = [_held(one, actor, now) for one in db.session.scalars(query)]
    return sorted(found, key=lambda one: (one.state != ACTIVE, -one.bound_at.timestamp()))


def lasting(house: House, party_id: str) -> list[datetime]:
    """Until when each certificate that the party can act with now is valid, the longest first."""
    query = (
        select(Credential.not_after)
        .where(
            Credential.party_id == party_id,
            Credential.retired_at.is_(None),
            Credential.revoked_at.is_(None),
            Credential.not_after > house.now(),
        )
        .order_by(Credential.not_after.desc())
    )
    return list(db.session.scalars(query))


def beside(house: House, actor: Actor) -> tuple[bytes, dict[str, str]]:
    """What a spare certificate's key signs: that it will act beside the one signed in with.

    The text and the statement's fields, without the challenge's nonce.
    """
    text = canonical.encode({"v": 1, "act": "beside", "certificate": actor.fingerprint})
    digest = hashlib.sha256(text).hexdigest()
    return text, {"aud": house.site.origin, "form": digest}


def add(house: House, actor: Actor, signed: Signed, nonce: str) -> EnrolmentRequest:
    """Another certificate for the party that is signed in, whose key has answered a challenge.

    The caller has consumed the nonce. Raises EnrolmentRefused: CERTIFICATE_BOUND, ALREADY_YOURS,
    and the codes of the certificate room.
    """
    now = house.now()
    try:
        certificate = house.trust.validate(signed.certificate, signed.chain, now, "enrolment")
    except CertificateError as error:
        raise EnrolmentRefused(str(error.code), 422) from None
    text, fields = beside(house, actor)
    digest, row = asking.checked(house, certificate, signed, fields | {"nonce": nonce}, now)
    return asking.file_beside(house, actor, certificate, text, row, digest)


def retire(house: House, actor: Actor, credential_id: str) -> None:
    """Take one of the party's own certificates out of use, now, from any of its sessions.

    Its sessions end with it. Harmless if repeated. Raises EnrolmentRefused(CERTIFICATE_UNKNOWN).
    """
    with writing() as session:
        found = session.get(Credential, credential_id, with_for_update=True)
        if found is None or found.party_id is None or found.party_id != actor.party_id:
            raise EnrolmentRefused("CERTIFICATE_UNKNOWN", 404)
        if found.retired_at is None:
            index = house.sealer.index("certificate", found.issuer_hash, found.serial)
            logbook.security(house, session, "certificate_retired", {"certificate": index})
        take_out_of_use(session, found, house.now())


def seen_by(house: House, party_id: str) -> list[Seen]:
    """Who has opened what was sealed about this party (B-19), the latest first.

    Of a sale: only once its bidding has ended, and nobody can open it before.
    """
    requests = set(
        db.session.scalars(select(EnrolmentRequest.id).where(EnrolmentRequest.party_id == party_id))
    )
    with writing() as session:
        log_id = logbook.centre_log(house, session, LogKind.REGISTER)
    query = (
        select(LogEntry.arrival, LogEntry.leaf)
        .where(
            LogEntry.log_id == log_id,
            LogEntry.type.in_(("identity_opened", "enrolment_opened")),
        )
        .order_by(LogEntry.seq.desc())
    )
    names = {officer.id: officer.name for officer in db.session.scalars(select(Officer))}
    plates = _plates(house, party_id)
    found = []
    for arrival, leaf in db.session.execute(query):
        data = canonical.decode(leaf)["data"]
        by = str(data.get("by", ""))
        if data.get("request") in requests:
            found.append(Seen(arrival, names.get(by, by), "enrolment", None))
        elif (mine := plates.get(str(data.get("lot", "")))) is not None:
            lot, plate = mine
            if data.get("plate") in (None, plate):
                found.append(Seen(arrival, names.get(by, by), str(data["ground"]), lot))
    return found


def _plates(house: House, party_id: str) -> dict[str, tuple[Lot, str]]:
    """The ended lots in which the party took part, with the plate, by slug."""
    found = {}
    for lot in db.session.scalars(select(Lot).where(Lot.ended_at.is_not(None))):
        part = db.session.get(Part, (lot.id, pseudonym(house, lot, party_id)))
        seat = None if part is None else db.session.get(Seat, (lot.id, part.seat))
        if seat is not None:
            found[lot.slug] = (lot, seat.plate)
    return found


def _held(one: Credential, actor: Actor, now: datetime) -> Held:
    names = subject_names(one.certificate)
    state, ended = _state(one, now)
    return Held(
        id=one.id,
        fingerprint=one.fingerprint,
        holder=names.holder,
        issuer=names.issuer_name,
        serial=one.serial,
        not_after=one.not_after,
        bound_at=one.bound_at,
        by_policy=None if one.bound_by is None else one.bound_by == POLICY,
        state=state,
        ended_at=ended,
        current=one.fingerprint == actor.fingerprint,
    )


def _state(one: Credential, now: datetime) -> tuple[str, datetime | None]:
    if one.revoked_at is not None:
        return REVOKED, one.revoked_at
    if one.retired_at is not None:
        return RETIRED, one.retired_at
    if now >= one.not_after:
        return EXPIRED, one.not_after
    return ACTIVE, None
