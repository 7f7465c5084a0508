"""Requests for enrolment as they are kept: sealed, found again by a keyed hash, settled once."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auction.ledger import canonical
from auction.pki.chain import ValidatedCertificate
from auction.pki.subject import SubjectNames, subject_names
from auction.services import logbook, people
from auction.services.enrolment.form import EnrolmentRefused
from auction.services.house import House
from auction.services.people import Enrolment, SignInError
from auction.services.randomness import identifier
from auction.services.sessions import ending
from auction.store.base import db
from auction.store.certificates import EnrolmentRequest
from auction.store.people import Credential, Party

POLICY = "policy"
BOUND, REFUSED = "bound", "refused"
NEW, SPARE, RENEWAL = "new", "spare", "renewal"


@dataclass(frozen=True, slots=True)
class Filing:
    """A request in the clear: for its own asker, and for the officer who decides it."""

    row: EnrolmentRequest
    form: Enrolment
    certificate: bytes
    intermediates: tuple[bytes, ...]
    statement: str
    """Digest of the signed request: tells this filing from the one that replaces it."""


def asker_of(house: House, certificate: ValidatedCertificate) -> str:
    """What stands for a certificate and its key in requests and in the register log. With the key:
    an authority that only bears the name of another one makes nobody the asker."""
    key = hashlib.sha256(certificate.spki).hexdigest()
    return house.sealer.index("asker", certificate.issuer_hash, certificate.serial, key)


def one_at_a_time(house: House, session: Session) -> None:
    """Whether a code, a name or a certificate is taken is asked and answered without another
    enrolment in between: each decision ends in the register log, whose row is locked first."""
    logbook.lock_register(house, session)


def row_of(
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


def sealed(
    house: House, request_id: str, form: bytes, certificate: ValidatedCertificate, digest: str
) -> bytes:
    """What a row keeps of a request: the filed form, the certificate, the statement's digest."""
    return house.sealer.seal(
        {
            "form": form.decode("utf-8"),
            "certificate": base64.b64encode(certificate.path[0]).decode(),
            "intermediates": [*people.between(certificate)],
            "statement": digest,
        },
        _place(request_id),
    )


def opened(house: House, row: EnrolmentRequest) -> Filing:
    """A request in the clear. Callers are its asker, or have recorded the opening."""
    content = house.sealer.open(row.sealed, _place(row.id))
    assert isinstance(content, dict)
    form = canonical.decode(str(content["form"]).encode("utf-8"))
    if "kind" in form:
        filed = Enrolment(**{name: str(form[name]) for name in Enrolment.__slots__})
    else:  # asked for within a session: the party's own details stand
        assert row.party_id is not None
        party = db.session.get_one(Party, row.party_id)
        filed = on_file(house, party)
    intermediates = content["intermediates"]
    assert isinstance(intermediates, list)
    return Filing(
        row,
        filed,
        base64.b64decode(str(content["certificate"])),
        people.ders(map(str, intermediates)),
        str(content["statement"]),
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
    settle(house, session, row, BOUND, by, None)


def settle(
    house: House,
    session: Session,
    row: EnrolmentRequest,
    outcome: str,
    by: str,
    ground: str | None,
) -> None:
    """End a request with its outcome, and say so in the register log."""
    row.outcome, row.decided_by, row.decided_at = outcome, by, house.now()
    row.reason = ground
    # The register is public: it says that somebody was decided upon, not who.
    data = {"by": by, "outcome": outcome, "certificate": row.asker}
    logbook.register(house, session, "enrolment_decided", data)


def take_out_of_use(session: Session, credential: Credential, now: datetime) -> None:
    """Retire a certificate and end its sessions, in the caller's transaction."""
    if credential.retired_at is None:
        credential.retired_at = now
    ending.end_of(session, now, "CERT_RETIRED", [credential.id])


def differs(form: Enrolment, names: SubjectNames, known: Enrolment | None) -> frozenset[str]:
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


def on_file(house: House, party: Party) -> Enrolment:
    """What the bidder profile holds of an enrolled party."""
    details = people.party_details(house, party.id)
    fields = {name: details[name] for name in Enrolment.__slots__ if name != "kind"}
    return Enrolment(kind=party.kind, **fields)


def holder_of_name(house: House, session: Session, form: Enrolment) -> str | None:
    """The party that bears the name of a form, or None."""
    index = people.name_index(house, form)
    return session.scalar(select(Party.id).where(Party.name_index == index))


def same_holder(one: bytes, other: bytes) -> bool:
    """Whether two certificates have the same subject and issuer, so that one renews the other."""
    first, second = subject_names(one), subject_names(other)
    return (first.subject, first.issuer) == (second.subject, second.issuer)


def _place(request_id: str) -> str:
    return f"enrolment:{request_id}"
