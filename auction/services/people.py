"""Enrolment, sign-in and sessions: from a certificate to a person with rights."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload

from auction.pki.chain import ValidatedCertificate
from auction.pki.challenge import Challenge, check_login, new_challenge
from auction.pki.reasons import PkiReason
from auction.pki.sealing import Json
from auction.pki.statement import Signed, StatementError
from auction.services.house import House
from auction.services.randomness import identifier
from auction.services.unit import writing
from auction.store.base import db
from auction.store.people import Challenge as ChallengeRow
from auction.store.people import Credential, Officer, Party, WebSession

_SEEN_EVERY = timedelta(minutes=1)


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


# --- enrolment ------------------------------------------------------------------------------


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


# --- sign-in --------------------------------------------------------------------------------


def begin_sign_in(house: House, binding: str) -> Challenge:
    """A challenge for the browser that holds `binding` (any secret text of its own)."""
    now = house.now()
    challenge = new_challenge(house.random.token(32), aud=house.site.origin, now=now)
    with writing() as session:
        session.execute(delete(ChallengeRow).where(ChallengeRow.expires_at <= now))
        session.add(
            ChallengeRow(
                nonce=challenge.nonce, binding=_hash(binding), expires_at=challenge.expires
            )
        )
    return challenge


def sign_in(house: House, signed: Signed, nonce: str, binding: str) -> tuple[str, bool]:
    """Check the answer to a challenge and open a session: its token, and whether the signer's
    clock is far off.

    The nonce is consumed before anything is checked, so that it works once. An earlier session
    of the same certificate ends (R-67). Raises StatementError, CertificateError, SignInError.
    """
    now = house.now()
    with writing() as session:
        row = session.execute(
            delete(ChallengeRow)
            .where(ChallengeRow.nonce == nonce, ChallengeRow.binding == _hash(binding))
            .returning(ChallengeRow.expires_at)
        ).one_or_none()
    if row is None or row.expires_at <= now:
        raise StatementError(PkiReason.CHALLENGE_EXPIRED)
    issued = row.expires_at - timedelta(minutes=2)
    challenge = Challenge(house.site.origin, nonce, issued, row.expires_at)
    login = check_login(signed, challenge, trust=house.trust, now=now)
    token = house.random.token(32).hex()
    with writing() as session:
        credential = session.scalar(
            select(Credential).where(
                Credential.issuer_hash == login.certificate.issuer_hash,
                Credential.serial == login.certificate.serial,
            )
        )
        if credential is None:
            raise SignInError("NOT_ENROLLED")
        if credential.revoked_at is not None:
            raise SignInError("CERTIFICATE_REVOKED")
        session.execute(
            update(WebSession)
            .where(WebSession.credential_id == credential.id, WebSession.ended_at.is_(None))
            .values(ended_at=now, end_reason="SESSION_TAKEN")
        )
        session.add(
            WebSession(
                token_hash=_hash(token),
                credential_id=credential.id,
                created_at=now,
                seen_at=now,
                expires_at=now + timedelta(hours=house.site.session_hours),
            )
        )
    return token, login.clock_skewed


def sign_out(house: House, token: str) -> None:
    """End the session that this token opens."""
    with writing() as session:
        session.execute(
            update(WebSession)
            .where(WebSession.token_hash == _hash(token), WebSession.ended_at.is_(None))
            .values(ended_at=house.now(), end_reason="SIGNED_OUT")
        )


def actor_of(house: House, token: str) -> Actor | str | None:
    """Who holds this session; the reason (e.g. SESSION_TAKEN) if it has ended; None if unknown."""
    row = db.session.scalar(
        select(WebSession)
        .where(WebSession.token_hash == _hash(token))
        .options(
            joinedload(WebSession.credential).joinedload(Credential.officer),
        )
    )
    if row is None:
        return None
    now = house.now()
    if row.end_reason is not None:
        return row.end_reason
    idle = timedelta(minutes=house.site.session_idle_minutes)
    if now >= row.expires_at or now - row.seen_at >= idle:
        return "SESSION_EXPIRED"
    credential = row.credential
    if credential.revoked_at is not None:
        return "CERT_REVOKED"
    if now >= credential.not_after:
        return "CERT_EXPIRED"
    if now - row.seen_at >= _SEEN_EVERY:
        _touch(row.token_hash, now)
    officer = credential.officer
    if officer is not None and not officer.active:
        return "OFFICER_INACTIVE"
    return Actor(
        party_id=credential.party_id,
        officer_id=credential.officer_id,
        roles=frozenset(officer.roles if officer is not None else ()),
        fingerprint=credential.fingerprint,
        name=officer.name if officer else _party_name(house, credential.party_id),
        not_after=credential.not_after,
    )


def certificate_of(house: House, actor: Actor, purpose: str) -> ValidatedCertificate:
    """The actor's certificate, validated again now for signing `purpose` (CertificateError)."""
    der = db.session.scalar(
        select(Credential.certificate).where(Credential.fingerprint == actor.fingerprint)
    )
    return house.trust.validate(der or b"", (), house.now(), purpose)


def _party_name(house: House, party_id: str | None) -> str:
    return party_details(house, party_id)["name"] if party_id else ""


def _touch(token_hash: str, now: datetime) -> None:
    with writing() as session:
        session.execute(
            update(WebSession).where(WebSession.token_hash == token_hash).values(seen_at=now)
        )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
