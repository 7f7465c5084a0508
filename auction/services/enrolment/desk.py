"""The enrolment desk: a security officer opens a request that waits, compares, and decides.

The desk sees no sale; each of its openings and decisions stands in the register log.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from auction.pki.chain import CertificateError, ValidatedCertificate
from auction.pki.subject import SubjectNames, subject_names
from auction.services import logbook, people
from auction.services.enrolment import requests
from auction.services.enrolment.form import EnrolmentRefused
from auction.services.house import House
from auction.services.people import Actor, Enrolment
from auction.services.unit import writing
from auction.store.base import db
from auction.store.certificates import EnrolmentRequest
from auction.store.people import Credential, Party


class Ground(StrEnum):
    """Why a request is refused; each tells the asker what to correct."""

    NAME = "name_differs"
    CODE = "code_differs"
    CERTIFICATE = "certificate_unsuitable"
    CONTACT = "contact_unreachable"
    ACCOUNT = "account_doubtful"


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the officer compares: what was filed, what the certificate says, what is on file."""

    filing: requests.Filing
    names: SubjectNames
    validated: ValidatedCertificate | None
    """None if the certificate does not count now; `fault` says why."""
    fault: str | None
    known: Enrolment | None
    """The party that holds this code already."""
    earlier: tuple[Credential, ...]
    """Its certificates still in use with the same subject and issuer: what was renewed."""
    differs: frozenset[str]
    """Fields of the form that the certificate, or the party on file, says otherwise."""


def waiting() -> list[EnrolmentRequest]:
    """Requests that nobody has decided, the oldest first; their contents stay sealed."""
    query = (
        select(EnrolmentRequest)
        .where(EnrolmentRequest.outcome.is_(None))
        .order_by(EnrolmentRequest.submitted_at, EnrolmentRequest.id)
    )
    return list(db.session.scalars(query))


def latest_decided(limit: int = 20) -> list[EnrolmentRequest]:
    """What was decided last."""
    query = (
        select(EnrolmentRequest)
        .where(EnrolmentRequest.outcome.is_not(None))
        .order_by(EnrolmentRequest.decided_at.desc(), EnrolmentRequest.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def dossier(house: House, actor: Actor, request_id: str) -> Dossier:
    """Open one waiting request for the officer; recorded first. Raises EnrolmentRefused:
    REQUEST_UNKNOWN, ALREADY_DECIDED."""
    with writing() as session:
        row = _undecided(session, request_id)
        data = {"by": actor.officer_id or "", "request": row.id}
        logbook.register(house, session, "enrolment_opened", data)
    with writing() as session:
        row = session.get_one(EnrolmentRequest, request_id)
        filing = requests.opened(house, row)
        party = _party_meant(house, session, filing)
        known = None if party is None else requests.on_file(house, party)
        earlier = () if party is None else _earlier(session, party.id, filing.certificate)
    validated, fault = _validated(house, filing)
    names = subject_names(filing.certificate)
    differs = requests.differs(filing.form, names, known)
    return Dossier(filing, names, validated, fault, known, earlier, differs)


def decide(
    house: House,
    actor: Actor,
    request_id: str,
    *,
    seen: str,
    ground: Ground | None,
    retire_earlier: bool = False,
) -> EnrolmentRequest:
    """Bind the certificate (`ground` None), or refuse the request on a ground.

    `seen`: the statement of the filing that the officer has looked at; what was filed since then is
    not decided. A form of a party that is on file replaces what was on file. `retire_earlier`:
    certificates of the same subject and issuer are taken out of use. Raises EnrolmentRefused:
    REQUEST_UNKNOWN, ALREADY_DECIDED, REQUEST_CHANGED, NAME_TAKEN, ALREADY_ENROLLED, and the codes
    of the certificate room.
    """
    by, now = actor.officer_id or "", house.now()
    with writing() as session:
        requests.one_at_a_time(house, session)
        row = _undecided(session, request_id)
        filing = requests.opened(house, row)
        if filing.statement != seen:
            raise EnrolmentRefused("REQUEST_CHANGED", 409)
        if ground is not None:
            requests.settle(house, session, row, requests.REFUSED, by, ground)
            return row
        validated, fault = _validated(house, filing)
        if validated is None:
            raise EnrolmentRefused(str(fault), 409)
        party = _party_meant(house, session, filing)
        _require_free_name(house, session, filing.form, party)
        if party is None:
            party = people.new_party(house, session, filing.form)
        elif row.party_id is None:
            people.write_details(house, party, filing.form)
        earlier = _earlier(session, party.id, filing.certificate)
        requests.bind(house, session, row, validated, party.id, by)
        for credential in earlier if retire_earlier else ():
            requests.take_out_of_use(session, credential, now)
    return row


def _undecided(session: Session, request_id: str) -> EnrolmentRequest:
    row = session.get(EnrolmentRequest, request_id, with_for_update=True)
    if row is None:
        raise EnrolmentRefused("REQUEST_UNKNOWN", 404)
    if row.outcome is not None:
        raise EnrolmentRefused("ALREADY_DECIDED", 409)
    return row


def _party_meant(house: House, session: Session, filing: requests.Filing) -> Party | None:
    if filing.row.party_id is not None:
        return session.get_one(Party, filing.row.party_id)
    return people.party_of_code(house, session, filing.form.id_code)


def _require_free_name(
    house: House, session: Session, form: Enrolment, party: Party | None
) -> None:
    holder = requests.holder_of_name(house, session, form)
    if holder is not None and (party is None or party.id != holder):
        raise EnrolmentRefused("NAME_TAKEN", 409)


def _earlier(session: Session, party_id: str, certificate: bytes) -> tuple[Credential, ...]:
    """The party's certificates in use that this one renews."""
    query = select(Credential).where(
        Credential.party_id == party_id,
        Credential.retired_at.is_(None),
        Credential.revoked_at.is_(None),
    )
    in_use: Sequence[Credential] = session.scalars(query).all()
    return tuple(
        one
        for one in in_use
        if one.certificate != certificate and requests.same_holder(one.certificate, certificate)
    )


def _validated(
    house: House, filing: requests.Filing
) -> tuple[ValidatedCertificate | None, str | None]:
    try:
        made = house.trust.validate(filing.certificate, filing.intermediates, house.now(), "login")
    except CertificateError as error:
        return None, str(error.code)
    return made, None
