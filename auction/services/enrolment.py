"""Enrolment: whoever holds a valid certificate asks to be a bidder here, or to act with it for one.

A request is signed with the certificate it is about, sealed, and decided by policy (the authority
vouches for name and code, and the centre lets it) or by a security officer. A renewed certificate
is a new one: it acts for nobody until that was decided (identity.md 6). The desk that decides sees
no sale; each of its openings and decisions stands in the register log.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from auction.ledger import canonical
from auction.pki.chain import CertificateError, ValidatedCertificate
from auction.pki.statement import Signed, StatementError, verify_statement
from auction.pki.subject import SubjectNames, subject_names
from auction.services import logbook, people, trust
from auction.services.enrolment_form import EnrolmentRefused, content_of, flaws, tidied
from auction.services.evidence import sealed_row
from auction.services.house import House
from auction.services.people import Actor, Enrolment, SignInError
from auction.services.randomness import identifier
from auction.services.statements import keep_evidence
from auction.services.unit import writing
from auction.store.base import db
from auction.store.certificates import EnrolmentRequest
from auction.store.people import Credential, Party, WebSession

POLICY = "policy"
BOUND, REFUSED = "bound", "refused"
NEW, SPARE, RENEWAL = "new", "spare", "renewal"


class Ground(StrEnum):
    """Why a request is refused; each tells the asker what to correct."""

    NAME = "name_differs"
    CODE = "code_differs"
    CERTIFICATE = "certificate_unsuitable"
    CONTACT = "contact_unreachable"
    ACCOUNT = "account_doubtful"


@dataclass(frozen=True, slots=True)
class Filing:
    """A request in the clear: for its own asker, and for the officer who decides it."""

    row: EnrolmentRequest
    form: Enrolment
    certificate: bytes
    intermediates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the officer compares: what was filed, what the certificate says, what is on file."""

    filing: Filing
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


# --- asking -----------------------------------------------------------------------------------


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
        if people.credential_of(session, certificate) is not None:
            raise EnrolmentRefused("ALREADY_ENROLLED", 409)
        party = people.party_of_code(house, session, form.id_code)
        kind = NEW if party is None else RENEWAL
        row = _row(house, session, certificate, kind, now)
        row.sealed = _sealed(house, row.id, text, certificate, digest)
        keep_evidence(session, evidence)
        if policy and _vouched(house, session, certificate, form, party):
            if party is None:
                party = people.new_party(house, session, form)
            bind(house, session, row, certificate, party.id, POLICY)
    return row


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
        bound = people.credential_of(session, certificate)
        if bound is not None:
            mine = bound.party_id == party_id
            raise EnrolmentRefused("ALREADY_YOURS" if mine else "CERTIFICATE_BOUND", 409)
        held = session.scalars(select(Credential).where(Credential.party_id == party_id))
        renewed = any(_same_holder(one.certificate, certificate.path[0]) for one in held)
        row = _row(house, session, certificate, RENEWAL if renewed else SPARE, now)
        row.party_id = party_id
        row.sealed = _sealed(house, row.id, text, certificate, digest)
        keep_evidence(session, evidence)
        if subject_names(certificate.path[0]).code == code:
            bind(house, session, row, certificate, party_id, POLICY)
    return row


def of_asker(house: House, certificate: ValidatedCertificate) -> Filing | None:
    """The request of whoever holds this certificate that waits, else his latest; for himself."""
    row = db.session.scalar(
        select(EnrolmentRequest)
        .where(EnrolmentRequest.asker == asker_of(house, certificate))
        .order_by(EnrolmentRequest.outcome.is_(None).desc(), EnrolmentRequest.submitted_at.desc())
        .limit(1)
    )
    return None if row is None else _opened(house, row)


def of_party(party_id: str) -> list[EnrolmentRequest]:
    """The party's own requests for further certificates that wait or were refused, latest first."""
    query = (
        select(EnrolmentRequest)
        .where(
            EnrolmentRequest.party_id == party_id,
            EnrolmentRequest.outcome.is_distinct_from(BOUND),
        )
        .order_by(EnrolmentRequest.submitted_at.desc())
    )
    return list(db.session.scalars(query))


def asker_of(house: House, certificate: ValidatedCertificate) -> str:
    """What stands for a certificate in tables and logs; the same as in the log of sign-ins."""
    return house.sealer.index("certificate", certificate.issuer_hash, certificate.serial)


# --- deciding ---------------------------------------------------------------------------------


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
    filing = _opened(house, db.session.get_one(EnrolmentRequest, request_id))
    validated, fault = _validated(house, filing)
    with writing() as session:
        party = _party_meant(house, session, filing)
    known = None if party is None else Enrolment(kind=party.kind, **_details(house, party.id))
    names = subject_names(filing.certificate)
    return Dossier(
        filing=filing,
        names=names,
        validated=validated,
        fault=fault,
        known=known,
        earlier=() if party is None else _earlier(db.session(), party.id, filing.certificate),
        differs=_differs(filing.form, names, known),
    )


def decide(
    house: House,
    actor: Actor,
    request_id: str,
    *,
    ground: Ground | None,
    retire_earlier: bool = False,
) -> EnrolmentRequest:
    """Bind the certificate (`ground` None), or refuse the request on a ground.

    A form of a party that is on file replaces what was on file. `retire_earlier`: certificates of
    the same subject and issuer are taken out of use. Raises EnrolmentRefused: REQUEST_UNKNOWN,
    ALREADY_DECIDED, NAME_TAKEN, ALREADY_ENROLLED, and the codes of the certificate room.
    """
    row = db.session.get(EnrolmentRequest, request_id)
    if row is None:
        raise EnrolmentRefused("REQUEST_UNKNOWN", 404)
    filing = _opened(house, row)
    validated, fault = _validated(house, filing)
    if ground is None and validated is None:
        raise EnrolmentRefused(fault or "", 409)
    by = actor.officer_id or ""
    with writing() as session:
        row = _undecided(session, request_id)
        if ground is not None or validated is None:
            _decided(house, session, row, REFUSED, by, ground)
            return row
        party = _party_meant(house, session, filing)
        _require_free_name(house, session, filing.form, party)
        if party is None:
            party = people.new_party(house, session, filing.form)
        elif row.party_id is None:
            people.write_details(house, party, filing.form)
        earlier = _earlier(session, party.id, filing.certificate)
        bind(house, session, row, validated, party.id, by)
        if retire_earlier:
            for credential in earlier:
                take_out_of_use(session, credential, house.now())
    return row


def take_out_of_use(session: Session, credential: Credential, now: datetime) -> None:
    """Retire a certificate and end its sessions, in the caller's transaction."""
    if credential.retired_at is None:
        credential.retired_at = now
    session.execute(
        update(WebSession)
        .where(WebSession.credential_id == credential.id, WebSession.ended_at.is_(None))
        .values(ended_at=now, end_reason="CERT_RETIRED")
    )


def bind(
    house: House,
    session: Session,
    row: EnrolmentRequest,
    certificate: ValidatedCertificate,
    party_id: str,
    by: str,
) -> None:
    """Bind what the request asks for, and record the decision."""
    try:
        people.bind_within(house, session, certificate, party_id=party_id, by=by)
    except SignInError:
        raise EnrolmentRefused("ALREADY_ENROLLED", 409) from None
    row.party_id = party_id
    _decided(house, session, row, BOUND, by, None)


# --- pieces -----------------------------------------------------------------------------------


def _row(
    house: House,
    session: Session,
    certificate: ValidatedCertificate,
    kind: str,
    now: datetime,
) -> EnrolmentRequest:
    """The asker's row: the one that still waits is filed anew."""
    asker = asker_of(house, certificate)
    found = session.scalar(
        select(EnrolmentRequest)
        .where(EnrolmentRequest.asker == asker, EnrolmentRequest.outcome.is_(None))
        .with_for_update()
    )
    if found is None:
        found = EnrolmentRequest(id=identifier(house.random), asker=asker)
        session.add(found)
    found.kind, found.submitted_at, found.party_id = kind, now, None
    return found


def _sealed(
    house: House, request_id: str, form: bytes, certificate: ValidatedCertificate, digest: str
) -> bytes:
    return house.sealer.seal(
        {
            "form": form.decode("utf-8"),
            "certificate": base64.b64encode(certificate.path[0]).decode(),
            "intermediates": [base64.b64encode(der).decode() for der in certificate.path[1:-1]],
            "statement": digest,
        },
        _place(request_id),
    )


def _opened(house: House, row: EnrolmentRequest) -> Filing:
    content = house.sealer.open(row.sealed, _place(row.id))
    assert isinstance(content, dict)
    form = canonical.decode(str(content["form"]).encode("utf-8"))
    if "kind" in form:
        filed = Enrolment(**{name: str(form[name]) for name in Enrolment.__slots__})
    else:  # asked for within a session: the party's own details stand
        assert row.party_id is not None
        party = db.session.get_one(Party, row.party_id)
        filed = Enrolment(kind=party.kind, **_details(house, party.id))
    intermediates = content["intermediates"]
    assert isinstance(intermediates, list)
    return Filing(
        row,
        filed,
        base64.b64decode(str(content["certificate"])),
        tuple(base64.b64decode(str(text)) for text in intermediates),
    )


def _place(request_id: str) -> str:
    return f"enrolment:{request_id}"


def _details(house: House, party_id: str) -> dict[str, str]:
    details = people.party_details(house, party_id)
    return {name: details[name] for name in Enrolment.__slots__ if name != "kind"}


def _undecided(session: Session, request_id: str) -> EnrolmentRequest:
    row = session.get(EnrolmentRequest, request_id, with_for_update=True)
    if row is None:
        raise EnrolmentRefused("REQUEST_UNKNOWN", 404)
    if row.outcome is not None:
        raise EnrolmentRefused("ALREADY_DECIDED", 409)
    return row


def _decided(
    house: House,
    session: Session,
    row: EnrolmentRequest,
    outcome: str,
    by: str,
    ground: Ground | None,
) -> None:
    row.outcome, row.decided_by, row.decided_at = outcome, by, house.now()
    row.reason = None if ground is None else str(ground)
    # The register is public: it says that somebody was decided upon, not who.
    data = {"by": by, "outcome": outcome, "certificate": row.asker}
    logbook.register(house, session, "enrolment_decided", data)


def _policy_decides(house: House, certificate: ValidatedCertificate) -> bool:
    """Whether the centre lets the authority of this certificate vouch for bidders."""
    try:
        return trust.policy_of(house, certificate.anchor).auto_enrol
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
    if _differs(form, subject_names(certificate.path[0]), None):
        return False
    if party is None:
        return _holder_of_name(house, session, form) is None
    return Enrolment(kind=party.kind, **_details(house, party.id)) == form


def _differs(form: Enrolment, names: SubjectNames, known: Enrolment | None) -> frozenset[str]:
    """Fields of a form that the certificate does not bear out, or that are not as on file."""
    found = set()
    if names.code != form.id_code:
        found.add("id_code")
    if not names.names(form.name):
        found.add("name")
    if known is not None:
        found |= {
            name for name in Enrolment.__slots__ if getattr(known, name) != getattr(form, name)
        }
    return frozenset(found)


def _party_meant(house: House, session: Session, filing: Filing) -> Party | None:
    if filing.row.party_id is not None:
        return session.get_one(Party, filing.row.party_id)
    return people.party_of_code(house, session, filing.form.id_code)


def _holder_of_name(house: House, session: Session, form: Enrolment) -> str | None:
    index = people.name_index(house, form)
    return session.scalar(select(Party.id).where(Party.name_index == index))


def _require_free_name(
    house: House, session: Session, form: Enrolment, party: Party | None
) -> None:
    holder = _holder_of_name(house, session, form)
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
        if one.certificate != certificate and _same_holder(one.certificate, certificate)
    )


def _same_holder(one: bytes, other: bytes) -> bool:
    first, second = subject_names(one), subject_names(other)
    return (first.subject, first.issuer) == (second.subject, second.issuer)


def _validated(house: House, filing: Filing) -> tuple[ValidatedCertificate | None, str | None]:
    try:
        made = house.trust.validate(filing.certificate, filing.intermediates, house.now(), "login")
    except CertificateError as error:
        return None, str(error.code)
    return made, None
