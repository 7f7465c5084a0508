"""Tables of trust: which authorities count, what they have revoked, who asked to be enrolled.

Changes of anchors and of staff wait here for a second officer (`dual_change`).
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from auction.store.base import Base, Instant


class TrustAnchor(Base):
    """A certificate that the centre trusts (`anchor`) or only uses to build paths (`intermediate`).

    `policy` and `sources` have the shapes that services.trust.store reads and writes.
    """

    __tablename__ = "trust_anchor"

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    label: Mapped[str] = mapped_column(String(120))
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    policy: Mapped[dict[str, Any]] = mapped_column(JSON)
    sources: Mapped[dict[str, Any]] = mapped_column(JSON)
    added_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)


class ChangeSubject(StrEnum):
    """What a change that needs two officers is about."""

    TRUST = "trust"
    OFFICER = "officer"


class DualChange(Base):
    """A change that one officer proposed and another decides."""

    __tablename__ = "dual_change"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    subject: Mapped[str] = mapped_column(String(12))
    act: Mapped[str] = mapped_column(String(24))
    target: Mapped[str] = mapped_column(String(64))
    """Fingerprint of the anchor, or id of the officer."""
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    proposed_by: Mapped[str] = mapped_column(String(16))
    proposed_at: Mapped[datetime] = mapped_column(Instant, index=True)
    decided_by: Mapped[str | None] = mapped_column(String(16))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    approved: Mapped[bool | None] = mapped_column(Boolean)


class RevocationRecord(Base):
    """A verified revocation list or OCSP answer, kept as the bytes that came: evidence (R-125)."""

    __tablename__ = "revocation_record"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    """`crl` or `ocsp`."""
    issuer: Mapped[str] = mapped_column(String(64), index=True)
    """The issuer's name and key, hashed as pki.revocation does."""
    number: Mapped[str | None] = mapped_column(String(48))
    """A list's CRLNumber in decimal digits: it may have twenty bytes."""
    serial: Mapped[str | None] = mapped_column(String(64))
    """The certificate that an OCSP answer is about, lower-case hex."""
    der: Mapped[bytes] = mapped_column(LargeBinary)
    this_update: Mapped[datetime] = mapped_column(Instant)
    next_update: Mapped[datetime | None] = mapped_column(Instant)
    loaded_at: Mapped[datetime] = mapped_column(Instant)
    in_force: Mapped[bool] = mapped_column(Boolean)


class RevocationSource(Base):
    """How a configured source of revocation data has done: what operators look at."""

    __tablename__ = "revocation_source"

    anchor: Mapped[str] = mapped_column(String(64), primary_key=True)
    url: Mapped[str] = mapped_column(String(300), primary_key=True)
    tried_at: Mapped[datetime] = mapped_column(Instant)
    succeeded_at: Mapped[datetime | None] = mapped_column(Instant)
    record: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the newest list that came from here."""
    fault: Mapped[str | None] = mapped_column(String(40))
    """Reason code of the last failure; None after a success."""


class EnrolmentRequest(Base):
    """Somebody with a valid certificate asks to be enrolled, or to have it bound.

    Everything that names him is sealed; `asker` finds his own request again.
    """

    __tablename__ = "enrolment_request"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    """`new`, `spare` or `renewal`."""
    asker: Mapped[str] = mapped_column(String(64), index=True)
    """Keyed hash of issuer, serial and key of the certificate."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    submitted_at: Mapped[datetime] = mapped_column(Instant, index=True)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(16))
    """Officer, or `policy` where it was bound automatically."""
    outcome: Mapped[str | None] = mapped_column(String(12))
    """`bound` or `refused`."""
    reason: Mapped[str | None] = mapped_column(String(40))
    party_id: Mapped[str | None] = mapped_column(ForeignKey("party.id"))


class PendingSignIn(Base):
    """A proven sign-in that waits for the answer whether it may end the session elsewhere."""

    __tablename__ = "pending_sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    binding: Mapped[str] = mapped_column(String(64))
    credential_id: Mapped[str] = mapped_column(ForeignKey("credential.id"))
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class EnrolmentProof(Base):
    """Somebody proved to hold a valid certificate that nobody is enrolled with: he may ask to be.

    His browser holds a random token, the row its hash.
    """

    __tablename__ = "enrolment_proof"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    intermediates: Mapped[list[str]] = mapped_column(JSON)
    """What he sent along to build the path, base64 of DER."""
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
