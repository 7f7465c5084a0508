"""Being signed in: who holds a token, until when its session lasts, or why it has ended.

A browser holds random tokens; the tables hold their hashes, so that whoever reads the tables
cannot go on in anybody's session.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from auction.services.house import House
from auction.services.people import Actor, party_details
from auction.services.unit import writing
from auction.store.base import db
from auction.store.people import Credential, WebSession

_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Lasting:
    """A session that goes on: until `idle_end` if nothing is done, at the latest until `end`."""

    idle_end: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """A session that has ended, with what its sentence names."""

    code: str
    at: datetime | None
    """When it was ended; None where it ran out or its certificate did."""
    issuer: str
    """Who issued the certificate, in its own words."""
    revoked: datetime | None
    """Since when the authority says that it is revoked."""
    learned: datetime | None
    """Since when this centre knows."""
    not_after: datetime
    bidder: bool
    spare: bool
    """The same bidder has enrolled another certificate, which still counts."""


def actor_of(house: House, token: str, *, touch: bool = True) -> Actor | str | None:
    """Who holds this session; the reason (e.g. SESSION_TAKEN) if it has ended; None if unknown.

    `touch`: whoever asks is at work, so that the session does not end for idleness.
    """
    row = session_of(token)
    if row is None:
        return None
    now = house.now()
    if (reason := ended_because(house, row, now)) is not None:
        return reason
    if touch and now - row.seen_at >= _SEEN_EVERY:
        _touch(row.token_hash, now)
    credential = row.credential
    officer = credential.officer
    return Actor(
        party_id=credential.party_id,
        officer_id=credential.officer_id,
        roles=frozenset(officer.roles if officer is not None else ()),
        fingerprint=credential.fingerprint,
        name=officer.name if officer else _party_name(house, credential.party_id),
        not_after=credential.not_after,
    )


def session_of(token: str) -> WebSession | None:
    """The row of a session, ended or not, with its certificate and that one's officer."""
    return db.session.scalar(
        select(WebSession)
        .where(WebSession.token_hash == hashed(token))
        .options(joinedload(WebSession.credential).joinedload(Credential.officer))
    )


def ended_because(house: House, row: WebSession, now: datetime) -> str | None:
    """Why this session does not count (any more); None while it does."""
    if row.end_reason is not None:
        return row.end_reason
    if now >= min(row.expires_at, idle_end(house, row)):
        return "SESSION_EXPIRED"
    credential = row.credential
    if credential.revoked_at is not None:
        return "CERT_REVOKED"
    if credential.retired_at is not None:
        return "CERT_RETIRED"
    if now >= credential.not_after:
        return "CERT_EXPIRED"
    if credential.officer is not None and not credential.officer.active:
        return "OFFICER_INACTIVE"
    return None


def idle_end(house: House, row: WebSession) -> datetime:
    """When this session ends unless its holder does something."""
    return row.seen_at + timedelta(minutes=house.site.session_idle_minutes)


def look(house: House, token: str) -> Lasting | Ending | None:
    """How the session of this token stands; None if there never was one. Keeps nothing alive."""
    row = session_of(token)
    if row is None:
        return None
    now = house.now()
    reason = ended_because(house, row, now)
    if reason is None:
        return Lasting(min(idle_end(house, row), row.expires_at), row.expires_at)
    return _ending(row, reason, now)


def _ending(row: WebSession, reason: str, now: datetime) -> Ending:
    credential = row.credential
    return Ending(
        code=reason,
        at=row.ended_at,
        issuer=issuer_name(credential.certificate),
        revoked=credential.revocation_instant,
        learned=credential.revoked_at,
        not_after=credential.not_after,
        bidder=credential.party_id is not None,
        spare=_has_spare(credential, now),
    )


def issuer_name(der: bytes) -> str:
    """What the issuer of a certificate calls itself."""
    name = x509.load_der_x509_certificate(der).issuer
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for found in name.get_attributes_for_oid(kind):
            return str(found.value)
    return name.rfc4514_string()


def _has_spare(credential: Credential, now: datetime) -> bool:
    if credential.party_id is None:
        return False
    others = select(Credential.id).where(
        Credential.party_id == credential.party_id,
        Credential.id != credential.id,
        Credential.revoked_at.is_(None),
        Credential.retired_at.is_(None),
        Credential.not_after > now,
    )
    return db.session.scalar(others.limit(1)) is not None


def _party_name(house: House, party_id: str | None) -> str:
    return party_details(house, party_id)["name"] if party_id else ""


def _touch(token_hash: str, now: datetime) -> None:
    with writing() as session:
        session.execute(
            update(WebSession).where(WebSession.token_hash == token_hash).values(seen_at=now)
        )


def hashed(text: str) -> str:
    """A secret of a browser as the tables hold it."""
    return hashlib.sha256(text.encode()).hexdigest()
