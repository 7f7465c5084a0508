"""How a session stands: until when it lasts, or why and when it ended."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from auction.services.house import House
from auction.services.sessions import ended_because, idle_end, session_of
from auction.store.base import db
from auction.store.people import Credential, WebSession


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
