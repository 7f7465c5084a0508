"""Enrolled people: who belongs to which certificate, and what an actor may do."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from auction.pki.chain import ValidatedCertificate
from auction.pki.keys import certificate_key, spki_der
from auction.pki.sealing import Json
from auction.services.enrolment.identifiers import LENGTH, PERSON
from auction.services.house import House
from auction.services.randomness import identifier
from auction.services.unit import writing
from auction.store.base import db
from auction.store.people import Credential, Officer, Party


class SignInError(Exception):
    """Sign-in or enrolment refused; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is signed in: a party (bidder) or an officer with roles, and with which certificate."""

    party_id: str | None
    officer_id: str | None
    roles: frozenset[str]
    fingerprint: str
    name: str
    not_after: datetime

    @property
    def is_bidder(self) -> bool:
        return self.party_id is not None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the bidder profile (诚信库) holds of a party; `account_*` is its basic account."""

    kind: str
    name: str
    id_code: str
    contact: str
    phone: str
    account_number: str
    account_bank: str

    def as_json(self) -> dict[str, Json]:
        return {
            "name": self.name,
            "id_code": self.id_code,
            "contact": self.contact,
            "phone": self.phone,
            "account_number": self.account_number,
            "account_bank": self.account_bank,
        }


_NUMBER = re.compile(r"[0-9]{17}[0-9Xx]")
_BETWEEN = " \t\u00a0\u3000,，、;；"
"""What people put between a name and its number."""


def enrol_party(house: House, enrolment: Enrolment) -> str:
    """The party with this name, enrolled if it was not; its id. For the demonstration's people and
    rehearsals: everybody else comes through services.enrolment."""
    index = name_index(house, enrolment)
    with writing() as session:
        found = session.scalar(select(Party.id).where(Party.name_index == index))
        return new_party(house, session, enrolment).id if found is None else found


def new_party(house: House, session: Session, enrolment: Enrolment) -> Party:
    """A party that was not enrolled before, in the caller's transaction."""
    party_id = identifier(house.random)
    party = Party(id=party_id, kind=enrolment.kind, enrolled_at=house.now())
    write_details(house, party, enrolment)
    session.add(party)
    session.flush()
    return party


def write_details(house: House, party: Party, enrolment: Enrolment) -> None:
    """Put what the profile holds of a party into its row, sealed."""
    party.name_index = name_index(house, enrolment)
    party.code_index = house.sealer.index("code", enrolment.id_code)
    party.sealed = house.sealer.seal(enrolment.as_json(), f"party:{party.id}")


def name_index(house: House, enrolment: Enrolment) -> str:
    """What a party is found by: its name; of a person, name and identity number."""
    more = (enrolment.id_code,) if enrolment.kind == PERSON else ()
    return house.sealer.index(enrolment.name, *more)


def party_named(house: House, name: str, id_code: str = "") -> str | None:
    """The enrolled party of this name (written as `Sealer.index` allows), or None.

    A person is found with the identity number only, given or written behind the name.
    """
    sealer = house.sealer
    wanted = [sealer.index(name)]
    if id_code:
        wanted.append(sealer.index(name, id_code))
    elif _NUMBER.fullmatch(number := name.strip()[-LENGTH:]):
        wanted.append(sealer.index(name.strip()[:-LENGTH].rstrip(_BETWEEN), number))
    return db.session.scalar(select(Party.id).where(Party.name_index.in_(wanted)))


def party_of_code(house: House, session: Session, id_code: str) -> Party | None:
    """The enrolled party with this credit code or identity number, in a writing transaction."""
    for party in session.scalars(select(Party).where(Party.code_index.is_(None))):
        party.code_index = house.sealer.index("code", _opened(house, party)["id_code"])
    index = house.sealer.index("code", id_code)
    return session.scalar(select(Party).where(Party.code_index == index))


def enrol_officer(house: House, officer_id: str, name: str, roles: list[str]) -> str:
    """The officer with this id, enrolled if he was not."""
    with writing() as session:
        if session.get(Officer, officer_id) is None:
            session.add(Officer(id=officer_id, name=name, roles=roles, active=True))
    return officer_id


def bind(
    house: House,
    certificate: ValidatedCertificate,
    *,
    party_id: str | None = None,
    officer_id: str | None = None,
) -> None:
    """Bind a certificate to a party or an officer; harmless if it is bound so already.

    SignInError(CERTIFICATE_BOUND) if it belongs to somebody else.
    """
    with writing() as session:
        bind_within(house, session, certificate, party_id=party_id, officer_id=officer_id)


def bind_within(
    house: House,
    session: Session,
    certificate: ValidatedCertificate,
    *,
    party_id: str | None = None,
    officer_id: str | None = None,
    by: str | None = None,
) -> Credential:
    """`bind` in the caller's transaction; `by`: the officer who decided, or `policy`."""
    found = credential_of(session, certificate)
    if found is not None:
        if (found.party_id, found.officer_id) != (party_id, officer_id):
            raise SignInError("CERTIFICATE_BOUND")
        return found
    made = new_credential(house, certificate, party_id=party_id, officer_id=officer_id, by=by)
    session.add(made)
    return made


def new_credential(
    house: House,
    certificate: ValidatedCertificate,
    *,
    party_id: str | None = None,
    officer_id: str | None = None,
    by: str | None,
) -> Credential:
    """The row that binds a certificate, with what builds its path: not yet in a session."""
    return Credential(
        id=identifier(house.random),
        issuer_hash=certificate.issuer_hash,
        serial=certificate.serial,
        fingerprint=certificate.fingerprint,
        certificate=certificate.path[0],
        not_after=certificate.not_after,
        party_id=party_id,
        officer_id=officer_id,
        bound_at=house.now(),
        bound_by=by,
        intermediates=between(certificate),
    )


def credential_of(session: Session, certificate: ValidatedCertificate) -> Credential | None:
    """The binding of this certificate: found by issuer and serial number, never by a name."""
    return session.scalar(
        select(Credential).where(
            Credential.issuer_hash == certificate.issuer_hash,
            Credential.serial == certificate.serial,
        )
    )


def same_key(bound: bytes, certificate: ValidatedCertificate) -> bool:
    """Whether a bound certificate (DER) has the key of the one that is shown. Issuer and serial
    number alone do not say so: an authority under another anchor can bear any name."""
    key = certificate_key(x509.load_der_x509_certificate(bound))
    return key is not None and spki_der(key) == certificate.spki


def intermediates_of(credential: Credential) -> tuple[bytes, ...]:
    """What builds the path of a bound certificate besides the centre's own certificates."""
    return ders(credential.intermediates or ())


def between(certificate: ValidatedCertificate) -> list[str]:
    """The path without its two ends, as columns and sealed contents keep it (base64 of DER)."""
    return [base64.b64encode(der).decode() for der in certificate.path[1:-1]]


def ders(texts: Iterable[str]) -> tuple[bytes, ...]:
    """What `between` keeps."""
    return tuple(base64.b64decode(text) for text in texts)


def party_details(house: House, party_id: str) -> dict[str, str]:
    """What the bidder profile holds; only for the party itself or after the end of a sale."""
    return _opened(house, db.session.get_one(Party, party_id))


def certificate_of(house: House, actor: Actor, purpose: str) -> ValidatedCertificate:
    """The actor's certificate, validated again now for signing `purpose` (CertificateError)."""
    found = db.session.scalar(select(Credential).where(Credential.fingerprint == actor.fingerprint))
    if found is None:
        return house.trust.validate(b"", (), house.now(), purpose)
    return house.trust.validate(found.certificate, intermediates_of(found), house.now(), purpose)


def _opened(house: House, party: Party) -> dict[str, str]:
    content = house.sealer.open(party.sealed, f"party:{party.id}")
    assert isinstance(content, dict)
    return {key: str(value) for key, value in content.items()}
