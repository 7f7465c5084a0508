"""Tables of the sale: notices, lots and the projections of their logs."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from auction.store.base import Base, Instant
from auction.store.logs import Log


class SaleKind(StrEnum):
    """Whether a sale is real, a finished rehearsal, or a practice lot open to newcomers."""

    REAL = "real"
    REHEARSAL = "rehearsal"
    PRACTICE = "practice"


class NoticeStatus(StrEnum):
    """Where a notice stands in the office; after publication it never changes again (R-12)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    PUBLISHED = "published"


class Notice(Base):
    """A listing notice 挂牌出让公告: its facts as data, its way through the office."""

    __tablename__ = "notice"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    """What its address shows, e.g. `2024TD-44`."""
    number: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(String(12))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The notice as data (core.notice.Notice.to_dict)."""
    profile: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The rule profile chosen for its lots (core.profile.RuleProfile.to_dict)."""
    acceptances: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Warning code to the drafter's reason for accepting it (O-9)."""
    draft: Mapped[dict[str, list[str]] | None] = mapped_column(JSON)
    """The form as it was last typed, field to values: incomplete or wrong input is kept too."""
    variant: Mapped[str | None] = mapped_column(String(24))
    """The ready profile from which its rules were made (core.variants)."""
    lot_rules: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Lot code to what only that lot has (services.notice_content.LotRules)."""
    lot_slugs: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Lot code to the address that was allotted to it when the notice was submitted."""
    content_hash: Mapped[str | None] = mapped_column(String(64))
    drafted_by: Mapped[str] = mapped_column(String(16))
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    returned_because: Mapped[str | None] = mapped_column(Text)
    approved_by: Mapped[str | None] = mapped_column(String(16))
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    approval_statement: Mapped[str | None] = mapped_column(String(64))
    publish_at: Mapped[datetime | None] = mapped_column(Instant)
    """The legal instant, signed in the approval."""
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    """When it could actually first be read."""
    updated_at: Mapped[datetime] = mapped_column(Instant)

    lots: Mapped[list["Lot"]] = relationship(back_populates="notice", order_by="Lot.code")


class Lot(Base):
    """One parcel put on sale, and the projection of its log that pages read.

    Everything below `stage` follows from the log and can be rebuilt from it.
    """

    __tablename__ = "lot"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    """What its address shows, e.g. `2024JC-4`."""
    code: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(12))
    notice_id: Mapped[str] = mapped_column(ForeignKey("notice.id"))
    log_id: Mapped[int] = mapped_column(ForeignKey("log.id"), unique=True)
    sealed_log_id: Mapped[int] = mapped_column(ForeignKey("log.id"), unique=True)
    rules: Mapped[str] = mapped_column(String(64))
    """SHA-256 (hex) of the published terms."""
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The frozen rule profile."""
    follows: Mapped[str | None] = mapped_column(String(60), index=True)
    """Address of the earlier, fruitless listing of the same parcel (T-4)."""
    lottery_commitment: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 (hex) of the centre's seed for a draw; published with the terms."""
    lottery_seed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """AES-GCM of the seed (hex); opened by the draw only."""

    stage: Mapped[str] = mapped_column(String(16), default="none")
    price_fen: Mapped[int | None] = mapped_column(BigInteger)
    leader: Mapped[str | None] = mapped_column(String(12))
    listing_until: Mapped[datetime | None] = mapped_column(Instant)
    bids_from: Mapped[datetime | None] = mapped_column(Instant)
    deadline: Mapped[datetime | None] = mapped_column(Instant)
    restarts: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    suspended_since: Mapped[datetime | None] = mapped_column(Instant)
    suspended_ground: Mapped[str | None] = mapped_column(String(60))
    suspended_by: Mapped[str | None] = mapped_column(String(40))
    suspended_left_us: Mapped[int | None] = mapped_column(BigInteger)
    resume_at: Mapped[datetime | None] = mapped_column(Instant)
    """The announced instant of resumption (R-86)."""
    resume_by: Mapped[str | None] = mapped_column(String(40))
    adjourned: Mapped[bool] = mapped_column(Boolean, default=False)
    """The round waits for the next day."""
    reserve: Mapped[str | None] = mapped_column(String(64))
    """Commitment to the sealed reserve."""
    reserve_fen: Mapped[int | None] = mapped_column(BigInteger)
    """The reserve once it was opened."""
    unsold: Mapped[str | None] = mapped_column(String(20))
    """Why no buyer was found."""

    notice: Mapped[Notice] = relationship(back_populates="lots")
    log: Mapped[Log] = relationship(foreign_keys=[log_id])
    sealed_log: Mapped[Log] = relationship(foreign_keys=[sealed_log_id])


class TerminationProposal(Base):
    """One officer's proposal to end a sale for good, waiting for a second officer (R-81)."""

    __tablename__ = "termination_proposal"

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    ground: Mapped[str] = mapped_column(String(60))
    reference: Mapped[str] = mapped_column(String(120))
    """Number of the order or document behind the ground; may be empty."""
    proposed_by: Mapped[str] = mapped_column(String(16))
    proposed_at: Mapped[datetime] = mapped_column(Instant)


class ReserveEntry(Base):
    """A reserve price as one officer typed it, waiting for a second who types the same (R-71).

    The figure is never shown again; it is opened by the close of bidding only.
    """

    __tablename__ = "reserve_entry"

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """AES-GCM of {amount_fen, salt}."""
    commitment: Mapped[str] = mapped_column(String(64))
    entered_by: Mapped[str] = mapped_column(String(16))
    entered_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_by: Mapped[str | None] = mapped_column(String(16))


class HeldProposal(Base):
    """One officer's proposal how to decide a held result, waiting for a second (R-90)."""

    __tablename__ = "held_proposal"

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(12))
    ground: Mapped[str] = mapped_column(String(120))
    """The officer's reason in words, as it will stand in the public log."""
    proposed_by: Mapped[str] = mapped_column(String(16))
    proposed_at: Mapped[datetime] = mapped_column(Instant)


class Bid(Base):
    """Projection of the bid events of a lot: the record that people read, and the index by
    statement that makes a retry return the first answer."""

    __tablename__ = "bid"
    __table_args__ = (Index("ix_bid_statement", "lot_id", "statement", unique=True),)

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    plate: Mapped[str] = mapped_column(String(12))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    statement: Mapped[str] = mapped_column(String(64))
    accepted: Mapped[bool] = mapped_column(Boolean)
    live: Mapped[bool] = mapped_column(Boolean)
    """Made in the live round, not in the listing."""
    reason: Mapped[str | None] = mapped_column(String(32))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    arrival: Mapped[datetime] = mapped_column(Instant)
    deadline: Mapped[datetime | None] = mapped_column(Instant)
