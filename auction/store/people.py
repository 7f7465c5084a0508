"""Tables of people: enrolled parties, officers, their certificates, sessions, challenges.

No row here says who takes part in a sale: that stands only in sealed rows of `seats`.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Boolean, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from auction.store.base import Base, Instant


class Role(StrEnum):
    """What an officer may do; roles that must be two people are checked by act."""

    DRAFTER = "drafter"
    APPROVER = "approver"
    FINANCE = "finance"
    AUDITOR = "auditor"
    SECURITY = "security"


class Party(Base):
    """An enrolled subject 诚信库 (company, person, organisation) that may bid."""

    __tablename__ = "party"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    name_index: Mapped[str] = mapped_column(String(64), unique=True)
    """Keyed hash of the normalised name: finds a payer without storing a name. A person's holds
    the identity number too, because people share names."""
    code_index: Mapped[str | None] = mapped_column(String(64), unique=True, index=True)
    """Keyed hash of the credit code or identity number: one of them is one party. None in rows
    from before this column, until one is looked for."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """AES-GCM of {name, id_code, contact, phone, account_number, account_bank}."""
    enrolled_at: Mapped[datetime] = mapped_column(Instant)

    credentials: Mapped[list["Credential"]] = relationship(back_populates="party")


class Officer(Base):
    """A member of staff, an auditor or the bank's clerk."""

    __tablename__ = "officer"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    roles: Mapped[list[str]] = mapped_column(JSON)
    active: Mapped[bool] = mapped_column(Boolean, default=True)

    credentials: Mapped[list["Credential"]] = relationship(back_populates="officer")


class Credential(Base):
    """A certificate bound to a party or an officer, found by issuer and serial number."""

    __tablename__ = "credential"
    __table_args__ = (Index("ix_credential_issuer_serial", "issuer_hash", "serial", unique=True),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    issuer_hash: Mapped[str] = mapped_column(String(64))
    serial: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    not_after: Mapped[datetime] = mapped_column(Instant, index=True)
    party_id: Mapped[str | None] = mapped_column(ForeignKey("party.id"))
    officer_id: Mapped[str | None] = mapped_column(ForeignKey("officer.id"))
    bound_at: Mapped[datetime] = mapped_column(Instant)
    bound_by: Mapped[str | None] = mapped_column(String(16))
    """Officer, or `policy`; None in the demonstration and in older rows."""
    intermediates: Mapped[list[str] | None] = mapped_column(JSON)
    """What its holder sent along to build the path, base64 of DER."""
    revoked_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    """When this centre learned of the revocation: from then on it signs nothing here."""
    revocation_instant: Mapped[datetime | None] = mapped_column(Instant)
    """When the authority says it revoked it."""
    revocation_evidence: Mapped[str | None] = mapped_column(String(64))
    """The record that says so, see revocation_record."""
    retired_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the holder or an officer took it out of use (lost, replaced by its renewal)."""

    party: Mapped[Party | None] = relationship(back_populates="credentials")
    officer: Mapped[Officer | None] = relationship(back_populates="credentials")


class WebSession(Base):
    """A signed-in session; the browser holds a random token, the row its hash."""

    __tablename__ = "web_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    credential_id: Mapped[str] = mapped_column(ForeignKey("credential.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    end_reason: Mapped[str | None] = mapped_column(String(20))

    credential: Mapped[Credential] = relationship()


class Challenge(Base):
    """A sign-in nonce, consumed by deleting its row, bound to one browser."""

    __tablename__ = "challenge"

    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    binding: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
