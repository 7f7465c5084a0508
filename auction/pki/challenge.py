"""Signing in: a challenge to sign, and the check of what comes back.

A challenge is used once: store/ keeps the open ones and consumes the nonce before this check, so
that of two answers to one challenge only one is ever looked at.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from auction.pki.chain import CertificateError, TrustStore, ValidatedCertificate
from auction.pki.reasons import PkiReason
from auction.pki.statement import (
    SKEW_ADVISORY_S,
    Signed,
    Statement,
    StatementError,
    require_holder,
    verify_statement,
)

NONCE_BYTES: Final = 32
CHALLENGE_LIFE: Final = timedelta(minutes=2)
HOLDERS_ONLY: Final = frozenset(
    {PkiReason.CERTIFICATE_REVOKED, PkiReason.CERTIFICATE_STATUS_UNKNOWN}
)
"""What `check_login` says only to whoever has signed with the certificate's key."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the page asks the key to sign; good in [issued, expires)."""

    aud: str
    nonce: str
    issued: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class Login:
    """A proven sign-in. `clock_skewed` is advice for the page: the signer's clock is far off."""

    certificate: ValidatedCertificate
    statement: Statement
    clock_skewed: bool


def new_challenge(entropy: bytes, *, aud: str, now: datetime) -> Challenge:
    """A challenge from 32 bytes of a cryptographic random source (ValueError otherwise)."""
    if len(entropy) != NONCE_BYTES:
        raise ValueError(f"a nonce needs {NONCE_BYTES} random bytes")
    return Challenge(aud, entropy.hex(), now, now + CHALLENGE_LIFE)


def check_login(signed: Signed, challenge: Challenge, *, trust: TrustStore, now: datetime) -> Login:
    """Check the answer to a challenge. Raises StatementError or CertificateError."""
    if not challenge.issued <= now < challenge.expires:
        raise StatementError(PkiReason.CHALLENGE_EXPIRED)
    expect = {"aud": challenge.aud, "nonce": challenge.nonce}
    try:
        certificate = trust.validate(signed.certificate, signed.chain, now, "login")
    except CertificateError as error:
        # Responders are asked about those who are enrolled: what is known of a certificate is
        # told to its holder only, else anybody could ask who they are.
        if error.code in HOLDERS_ONLY:
            require_holder("login", signed, expect=expect)
        raise
    statement = verify_statement(
        "login", signed.body, signed.signature, certificate, expect=expect, now=now
    )
    return Login(certificate, statement, abs(statement.skew_s(now)) > SKEW_ADVISORY_S)
