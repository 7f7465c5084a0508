"""Enrolled people: who belongs to which certificate, and what an actor may do."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from auction.pki.chain import ValidatedCertificate
from auction.pki.sealing import Json
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


def enrol_party(house: House, enrolment: Enrolment) -> str:
    """The party with this name, enrolled if it was not; its id."""
    index = house.sealer.index(enrolment.name)
    with writing() as session:
        found = session.scalar(select(Party.id).where(Party.name_index == index))
        if found is not None:
            return found
        party_id = identifier(house.random)
        session.add(
            Party(
                id=party_id,
                kind=enrolment.kind,
                name_index=index,
                sealed=house.sealer.seal(enrolment.as_json(), f"party:{party_id}"),
                enrolled_at=house.now(),
            )
        )
    return party_id


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
        found = session.scalar(
            select(Credential).where(
                Credential.issuer_hash == certificate.issuer_hash,
                Credential.serial == certificate.serial,
            )
        )
        if found is not None:
            if (found.party_id, found.officer_id) != (party_id, officer_id):
                raise SignInError("CERTIFICATE_BOUND")
            return
        session.add(
            Credential(
                id=identifier(house.random),
                issuer_hash=certificate.issuer_hash,
                serial=certificate.serial,
                fingerprint=certificate.fingerprint,
                certificate=certificate.path[0],
                not_after=certificate.not_after,
                party_id=party_id,
                officer_id=officer_id,
                bound_at=house.now(),
            )
        )


def party_details(house: House, party_id: str) -> dict[str, str]:
    """What the bidder profile holds; only for the party itself or after the end of a sale."""
    party = db.session.get_one(Party, party_id)
    opened = house.sealer.open(party.sealed, f"party:{party_id}")
    assert isinstance(opened, dict)
    return {key: str(value) for key, value in opened.items()}


def certificate_of(house: House, actor: Actor, purpose: str) -> ValidatedCertificate:
    """The actor's certificate, validated again now for signing `purpose` (CertificateError)."""
    der = db.session.scalar(
        select(Credential.certificate).where(Credential.fingerprint == actor.fingerprint)
    )
    return house.trust.validate(der or b"", (), house.now(), purpose)
