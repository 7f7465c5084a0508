"""Signing in: from a proven signature to a session.

A browser holds random tokens; the tables hold their hashes, so that whoever reads the tables
cannot go on in anybody's session.
"""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from auction.pki.chain import CertificateError
from auction.pki.challenge import (
    CHALLENGE_LIFE,
    HOLDERS_ONLY,
    Challenge,
    Login,
    check_login,
    new_challenge,
)
from auction.pki.reasons import PkiReason
from auction.pki.statement import Signed, StatementError
from auction.services import logbook
from auction.services.enrolment import proofs
from auction.services.house import House
from auction.services.people import SignInError, between, intermediates_of, same_key
from auction.services.sessions.ending import end
from auction.services.sessions.signed_in import hashed
from auction.services.unit import writing
from auction.store.base import db
from auction.store.certificates import EnrolmentProof, PendingSignIn
from auction.store.people import Challenge as ChallengeRow
from auction.store.people import Credential, WebSession

CONFIRM_LIFE = timedelta(minutes=2)
"""How long a proven sign-in waits for the answer whether it may end another session."""
_TOKEN = re.compile(r"[0-9a-f]{64}")
"""The form of nonces and tokens: nothing else is looked up, no database takes every text."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session is open. `clock_skewed`: the signer's clock is far off, which decides nothing."""

    token: str
    clock_skewed: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The certificate is in use in another browser since `since`: whether that one is to end is
    asked first, and `take_over` with the token is the answer, before `expires`."""

    confirm_token: str
    since: datetime
    expires: datetime
    clock_skewed: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """A good certificate that nobody is enrolled with; `proof_token` opens the enrolment."""

    proof_token: str


def begin_sign_in(house: House, binding: str) -> Challenge:
    """A challenge for the browser that holds `binding` (any secret text of its own)."""
    now = house.now()
    challenge = new_challenge(house.random.token(32), aud=house.site.origin, now=now)
    with writing() as session:
        for table in (ChallengeRow, PendingSignIn, EnrolmentProof):
            session.execute(delete(table).where(table.expires_at <= now))
        session.add(
            ChallengeRow(
                nonce=challenge.nonce, binding=hashed(binding), expires_at=challenge.expires
            )
        )
    return challenge


def consume_challenge(house: House, nonce: str, binding: str, now: datetime) -> Challenge:
    """The challenge that this browser was given, used up by this. StatementError(CHALLENGE_EXPIRED)
    if it was used before, is too old, or is another browser's."""
    if not _TOKEN.fullmatch(nonce):
        raise StatementError(PkiReason.CHALLENGE_EXPIRED)
    with writing() as session:
        row = session.execute(
            delete(ChallengeRow)
            .where(ChallengeRow.nonce == nonce, ChallengeRow.binding == hashed(binding))
            .returning(ChallengeRow.expires_at)
        ).one_or_none()
    if row is None or row.expires_at <= now:
        raise StatementError(PkiReason.CHALLENGE_EXPIRED)
    return Challenge(house.site.origin, nonce, row.expires_at - CHALLENGE_LIFE, row.expires_at)


def sign_in(
    house: House, signed: Signed, nonce: str, binding: str, held: str | None = None
) -> SignedIn | Elsewhere | Unknown:
    """Check the answer to a challenge and open a session.

    The nonce is consumed before anything is checked, so that it works once. `held` is the session
    token that this browser has already: its session ends and gives way to the new one unasked.
    Raises StatementError, CertificateError, SignInError; whether a certificate is enrolled is
    looked up only for whoever has signed with its key.
    """
    now = house.now()
    challenge = consume_challenge(house, nonce, binding, now)
    login = _proven(house, signed, challenge, now)
    with writing() as session:
        # Locked: of two sign-ins at one moment the second must see the first one's session.
        credential = session.scalar(
            select(Credential)
            .where(
                Credential.issuer_hash == login.certificate.issuer_hash,
                Credential.serial == login.certificate.serial,
            )
            .with_for_update(of=Credential)
        )
        if credential is None:
            return Unknown(proofs.keep(house, session, login.certificate))
        if not same_key(credential.certificate, login.certificate):
            raise SignInError("CERTIFICATE_BOUND")  # another authority of the same name
        _require_usable(credential)
        if not credential.intermediates:  # later validations build the path without its holder
            credential.intermediates = between(login.certificate)
        _end_held(session, held, credential, now)
        if (other := _live(house, session, credential, now)) is not None:
            token = house.random.token(32).hex()
            expires = now + CONFIRM_LIFE
            session.add(
                PendingSignIn(
                    token_hash=hashed(token),
                    binding=hashed(binding),
                    credential_id=credential.id,
                    expires_at=expires,
                )
            )
            return Elsewhere(token, other.created_at, expires, login.clock_skewed)
        return SignedIn(_open(house, session, credential, now), login.clock_skewed)


def _proven(house: House, signed: Signed, challenge: Challenge, now: datetime) -> Login:
    """The sign-in, proven. A hardware key often hands over nothing but its own certificate: the
    path then goes by what was kept of it when it was bound. That one is bound is told to whoever
    has signed with its key; everybody else reads what he would read of an unknown one."""
    try:
        return check_login(signed, challenge, trust=house.trust, now=now)
    except CertificateError as error:
        if error.code is not PkiReason.CERTIFICATE_UNTRUSTED:
            raise
        fingerprint = hashlib.sha256(signed.certificate).hexdigest()
        found = db.session.scalar(select(Credential).where(Credential.fingerprint == fingerprint))
        if found is None or not found.intermediates:
            raise
        kept = replace(signed, chain=intermediates_of(found))
        try:
            return check_login(kept, challenge, trust=house.trust, now=now)
        except StatementError:
            raise error from None
        except CertificateError as second:
            if second.code not in HOLDERS_ONLY:
                raise error from None
            raise


def take_over(house: House, confirm_token: str, binding: str, held: str | None = None) -> SignedIn:
    """End the session elsewhere, as its holder has confirmed, and open one here (R-67).

    Works once and only in the browser that signed. Raises SignInError: CONFIRMATION_EXPIRED, or
    what has happened to the certificate since; CertificateError.
    """
    now = house.now()
    if not _TOKEN.fullmatch(confirm_token):
        raise SignInError("CONFIRMATION_EXPIRED")
    with writing() as session:
        waiting = session.execute(
            delete(PendingSignIn)
            .where(
                PendingSignIn.token_hash == hashed(confirm_token),
                PendingSignIn.binding == hashed(binding),
            )
            .returning(PendingSignIn.credential_id, PendingSignIn.expires_at)
        ).one_or_none()
    if waiting is None or waiting.expires_at <= now:
        raise SignInError("CONFIRMATION_EXPIRED")
    with writing() as session:
        credential = session.scalar(
            select(Credential)
            .where(Credential.id == waiting.credential_id)
            .with_for_update(of=Credential)
        )
        assert credential is not None
        _require_usable(credential)
        house.trust.validate(credential.certificate, intermediates_of(credential), now, "login")
        _end_held(session, held, credential, now)
        if _live(house, session, credential, now) is not None:
            end(session, now, "SESSION_TAKEN", WebSession.credential_id == credential.id)
            # Who it was stays unreadable here: the log is kept for longer than any sale.
            index = house.sealer.index("certificate", credential.issuer_hash, credential.serial)
            logbook.security(house, session, "session_taken", {"certificate": index})
        return SignedIn(_open(house, session, credential, now))


def sign_out(house: House, token: str) -> None:
    """End the session that this token opens."""
    with writing() as session:
        end(session, house.now(), "SIGNED_OUT", WebSession.token_hash == hashed(token))


def _require_usable(credential: Credential) -> None:
    if credential.revoked_at is not None:
        raise SignInError("CERTIFICATE_REVOKED")
    if credential.retired_at is not None:
        raise SignInError("CERTIFICATE_RETIRED")
    if credential.officer is not None and not credential.officer.active:
        raise SignInError("OFFICER_INACTIVE")


def _live(
    house: House, session: Session, credential: Credential, now: datetime
) -> WebSession | None:
    """The session that this certificate has now. One left to run out is not in anybody's way."""
    idle = timedelta(minutes=house.site.session_idle_minutes)
    open_ones = (WebSession.credential_id == credential.id, WebSession.ended_at.is_(None))
    end(session, now, "SESSION_EXPIRED", *open_ones, WebSession.seen_at <= now - idle)
    end(session, now, "SESSION_EXPIRED", *open_ones, WebSession.expires_at <= now)
    return session.scalar(select(WebSession).where(*open_ones).limit(1))


def _open(house: House, session: Session, credential: Credential, now: datetime) -> str:
    token = house.random.token(32).hex()
    session.add(
        WebSession(
            token_hash=hashed(token),
            credential_id=credential.id,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=house.site.session_hours),
        )
    )
    return token


def _end_held(session: Session, held: str | None, credential: Credential, now: datetime) -> None:
    """End what this browser has: by the same certificate it signs in anew, else it signs out."""
    if held is None:
        return
    mine = WebSession.token_hash == hashed(held)
    end(session, now, "SIGNED_IN_AGAIN", mine, WebSession.credential_id == credential.id)
    end(session, now, "SIGNED_OUT", mine)
