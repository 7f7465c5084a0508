"""Enrolment: whoever holds a valid certificate asks to be a bidder here, or to act with it for one.

A request is signed with the certificate it is about, sealed, and decided by policy (the authority
vouches for name and code, and the centre lets it) or by a security officer (enrolment.desk). A
renewed certificate is a new one: it acts for nobody until that was decided.
"""

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auction.ledger import canonical
from auction.pki.chain import ValidatedCertificate
from auction.pki.statement import Signed, StatementError, verify_statement
from auction.pki.subject import subject_names
from auction.services import people
from auction.services.enrolment import requests
from auction.services.enrolment.form import EnrolmentRefused, content_of, flaws, tidied
from auction.services.evidence import sealed_row
from auction.services.house import House
from auction.services.people import Actor, Enrolment
from auction.services.statements import keep_evidence
from auction.services.trust import store
from auction.services.unit import writing
from auction.store.base import db
from auction.store.certificates import EnrolmentRequest
from auction.store.people import Credential, Party


def prefilled(certificate: ValidatedCertificate) -> Enrolment:
    """The form as far as the certificate says it."""
    names = subject_names(certificate.path[0])
    name = names.organisation if names.code and names.organisation else names.common
    kind = "company" if names.code or names.organisation else "person"
    return Enrolment(kind, name, names.code or "", "", "", "", "")


def to_sign(house: House, form: Enrolment) -> tuple[bytes, dict[str, str]]:
    """The form's canonical JSON, and the fields that the asker's key signs over it."""
    text = canonical.encode(content_of(form))
    digest = hashlib.sha256(text).hexdigest()
    return text, {"aud": house.site.origin, "form": digest}


def checked(
    house: House,
    certificate: ValidatedCertificate,
    signed: Signed,
    fields: dict[str, str],
    now: datetime,
) -> tuple[str, dict[str, object]]:
    """Check a statement that asks for enrolment: its digest, and the row that keeps it."""
    try:
        statement = verify_statement(
            "enrolment", signed.body, signed.signature, certificate, expect=fields, now=now
        )
    except StatementError as error:
        raise EnrolmentRefused(str(error.code), 422) from None
    row = sealed_row(house, None, statement, signed, certificate, now)
    return statement.digest, row


def file(
    house: House, certificate: ValidatedCertificate, form: Enrolment, signed: Signed
) -> EnrolmentRequest:
    """File a signed request, in place of one that still waits, and decide it if policy does.

    `certificate` has been validated now. Raises EnrolmentRefused: FORM_FLAWED, ALREADY_ENROLLED,
    and the codes of the certificate room.
    """
    now = house.now()
    form = tidied(form)
    if flaws(house, form):
        raise EnrolmentRefused("FORM_FLAWED", 422)
    text, fields = to_sign(house, form)
    digest, evidence = checked(house, certificate, signed, fields, now)
    policy = _policy_decides(house, certificate)
    with writing() as session:
        requests.one_at_a_time(house, session)
        if people.credential_of(session, certificate) is not None:
            raise EnrolmentRefused("ALREADY_ENROLLED", 409)
        party = people.party_of_code(house, session, form.id_code)
        kind = requests.NEW if party is None else requests.RENEWAL
        row = requests.row_of(house, session, certificate, kind, now)
        row.sealed = requests.sealed(house, row.id, text, certificate, digest)
        keep_evidence(session, evidence)
        if policy and _vouched(house, session, certificate, form, party):
            if party is None:
                party = people.new_party(house, session, form)
            requests.bind(house, session, row, certificate, party.id, requests.POLICY)
    return row


def file_beside(
    house: House,
    actor: Actor,
    certificate: ValidatedCertificate,
    text: bytes,
    evidence: dict[str, object],
    digest: str,
) -> EnrolmentRequest:
    """A signed-in party's request for another certificate of its own; bound at once where the
    authority vouches that it is the party's.

    Raises EnrolmentRefused: CERTIFICATE_BOUND, ALREADY_YOURS.
    """
    now, party_id = house.now(), actor.party_id
    assert party_id is not None
    code = people.party_details(house, party_id)["id_code"]
    with writing() as session:
        requests.one_at_a_time(house, session)
        bound = people.credential_of(session, certificate)
        if bound is not None:
            mine = bound.party_id == party_id
            raise EnrolmentRefused("ALREADY_YOURS" if mine else "CERTIFICATE_BOUND", 409)
        held = session.scalars(select(Credential).where(Credential.party_id == party_id))
        renewed = any(requests.same_holder(one.certificate, certificate.path[0]) for one in held)
        row = requests.row_of(
            house, session, certificate, requests.RENEWAL if renewed else requests.SPARE, now
        )
        row.party_id = party_id
        row.sealed = requests.sealed(house, row.id, text, certificate, digest)
        keep_evidence(session, evidence)
        if subject_names(certificate.path[0]).vouched_code == code:
            requests.bind(house, session, row, certificate, party_id, requests.POLICY)
    return row


def of_asker(house: House, certificate: ValidatedCertificate) -> requests.Filing | None:
    """The request of whoever holds this certificate that waits, else his latest; for himself."""
    row = db.session.scalar(
        select(EnrolmentRequest)
        .where(EnrolmentRequest.asker == requests.asker_of(house, certificate))
        .order_by(EnrolmentRequest.outcome.is_(None).desc(), EnrolmentRequest.submitted_at.desc())
        .limit(1)
    )
    return None if row is None else requests.opened(house, row)


def of_party(party_id: str) -> list[EnrolmentRequest]:
    """What the party's own requests for further certificates have come to: those that wait or were
    refused, the latest of each certificate."""
    query = (
        select(EnrolmentRequest)
        .where(EnrolmentRequest.party_id == party_id)
        .order_by(EnrolmentRequest.submitted_at.desc(), EnrolmentRequest.decided_at.desc())
    )
    latest: dict[str, EnrolmentRequest] = {}
    for row in db.session.scalars(query):
        latest.setdefault(row.asker, row)
    return [row for row in latest.values() if row.outcome != requests.BOUND]


def _policy_decides(house: House, certificate: ValidatedCertificate) -> bool:
    """Whether the centre lets the authority of this certificate vouch for bidders."""
    try:
        return store.policy_of(house, certificate.anchor).auto_enrol
    except LookupError:  # removed since the certificate was validated
        return False


def _vouched(
    house: House,
    session: Session,
    certificate: ValidatedCertificate,
    form: Enrolment,
    party: Party | None,
) -> bool:
    """Whether nobody has to look: the certificate says code and name, and nothing on file would
    change."""
    if not subject_names(certificate.path[0]).vouches_for(form.name, form.id_code):
        return False
    if party is None:
        return requests.holder_of_name(house, session, form) is None
    return requests.on_file(house, party) == form
