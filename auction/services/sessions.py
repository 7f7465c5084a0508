"""Signing in and sessions: from a proven signature to an actor, and from a token back to him."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload

from auction.pki.challenge import Challenge, check_login, new_challenge
from auction.pki.reasons import PkiReason
from auction.pki.statement import Signed, StatementError
from auction.services.house import House
from auction.services.people import Actor, SignInError, party_details
from auction.services.unit import writing
from auction.store.base import db
from auction.store.people import Challenge as ChallengeRow
from auction.store.people import Credential, WebSession

_SEEN_EVERY = timedelta(minutes=1)


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


def _party_name(house: House, party_id: str | None) -> str:
    return party_details(house, party_id)["name"] if party_id else ""


def _touch(token_hash: str, now: datetime) -> None:
    with writing() as session:
        session.execute(
            update(WebSession).where(WebSession.token_hash == token_hash).values(seen_at=now)
        )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
