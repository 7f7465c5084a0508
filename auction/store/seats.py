"""Tables of taking part: who applied, paid and qualified, readable only with the identity key.

Rows are keyed by a per-lot pseudonym, an HMAC under a key that is not in the database; every
field that could name a bidder is sealed. Numbers are random, never sequential (pages 3.1).
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from auction.store.base import Base, Instant


class Seat(Base):
    """One bidder's (or joint bidders') part in one lot: application, plate, qualification."""

    __tablename__ = "seat"
    __table_args__ = (Index("ix_seat_plate", "lot_id", "plate", unique=True),)

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    pseudonym: Mapped[str] = mapped_column(String(64), primary_key=True)
    """HMAC(identity key, lot | party)."""
    plate: Mapped[str] = mapped_column(String(12))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """AES-GCM of {party, name, id_code, salt, members?}: opened after the end only."""
    commitment: Mapped[str] = mapped_column(String(64))
    """Salted commitment to the bidder; what the lot's log holds."""
    application: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the signed application."""
    applied_at: Mapped[datetime] = mapped_column(Instant)
    account_number: Mapped[str] = mapped_column(String(40), unique=True)
    """The deposit account drawn at random for this seat (R-40)."""
    qualified_at: Mapped[datetime | None] = mapped_column(Instant)
    certificate_number: Mapped[str | None] = mapped_column(String(24), unique=True)
    """Random number of the qualification certificate 《网上竞买资格确认书》 (R-29)."""


class Part(Base):
    """That a party takes part in a lot, alone or jointly. Its key lets nobody do so twice (R-27).

    A partner's part begins with the consent; it ends when the joint application is withdrawn.
    """

    __tablename__ = "part"

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    pseudonym: Mapped[str] = mapped_column(String(64), primary_key=True)
    seat: Mapped[str] = mapped_column(String(64))
    """Pseudonym of the party that files: the lead of joint bidders, or the party itself."""


class Reading(Base):
    """The signed receipt of the listing documents 出让文件 by one party (R-20, R-22)."""

    __tablename__ = "reading"

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    pseudonym: Mapped[str] = mapped_column(String(64), primary_key=True)
    documents: Mapped[str] = mapped_column(Text)
    """SHA-256 of each document read, comma-separated, as signed."""
    statement: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime] = mapped_column(Instant)


class JointDraft(Base):
    """A joint application that waits for its partners' consent (R-27)."""

    __tablename__ = "joint_draft"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    lead: Mapped[str] = mapped_column(String(64))
    """Pseudonym of the lead party."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """AES-GCM of {form}: the application form's canonical JSON."""
    made_at: Mapped[datetime] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)


class JointConsent(Base):
    """One partner's place in a joint application, with or without the signed consent."""

    __tablename__ = "joint_consent"

    joint_id: Mapped[str] = mapped_column(ForeignKey("joint_draft.id"), primary_key=True)
    pseudonym: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    statement: Mapped[str | None] = mapped_column(String(64))
    signed_at: Mapped[datetime | None] = mapped_column(Instant)


class DepositAccount(Base):
    """A deposit account of a lot, made beforehand; the seat draws one at random (R-40)."""

    __tablename__ = "deposit_account"

    number: Mapped[str] = mapped_column(String(40), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    taken: Mapped[bool] = mapped_column(Boolean, default=False)


class CreditVerdict(StrEnum):
    """What matching decided about one credit (pages M13, M14)."""

    QUALIFIES = "DEPOSIT_OK"
    LATE = "DEPOSIT_LATE"
    SHORT = "DEPOSIT_SHORT"
    SPLIT = "DEPOSIT_SPLIT"
    PAYER = "DEPOSIT_PAYER"
    NOT_BASIC = "DEPOSIT_NOT_BASIC"
    NO_TIME = "DEPOSIT_NO_TIME"
    UNKNOWN_ACCOUNT = "DEPOSIT_ACCOUNT"
    SURPLUS = "DEPOSIT_SURPLUS"
    CURRENCY = "DEPOSIT_CURRENCY"


class Credit(Base):
    """One credit of a bank statement; the payer is kept sealed only."""

    __tablename__ = "credit"
    __table_args__ = (Index("ix_credit_reference", "reference", unique=True),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    reference: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the bank's own reference: importing a file twice changes nothing (F-8)."""
    account_number: Mapped[str] = mapped_column(String(40), index=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    credited_at: Mapped[datetime | None] = mapped_column(Instant)
    """The bank's own time, which decides (R-43); None if the statement has only a date."""
    received_at: Mapped[datetime] = mapped_column(Instant)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """AES-GCM of {payer_name, payer_account, payer_bank, account_kind, remark, reference}."""
    verdict: Mapped[str] = mapped_column(String(24))
    facts: Mapped[dict[str, int | str]] = mapped_column(JSON, default=dict)
    decided_at: Mapped[datetime] = mapped_column(Instant)
    refund_due: Mapped[datetime | None] = mapped_column(Instant)
    refunded_at: Mapped[datetime | None] = mapped_column(Instant)


class BankFile(Base):
    """A bank statement as received, sealed: it names payers (F-1) and is kept as evidence."""

    __tablename__ = "bank_file"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the file."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """AES-GCM of {name, content} (base64)."""
    received_by: Mapped[str] = mapped_column(String(16))
    received_at: Mapped[datetime] = mapped_column(Instant)


class BankImport(Base):
    """One statement that was imported: by whom, when, and what came of it."""

    __tablename__ = "bank_import"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    imported_by: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Instant)
    rows: Mapped[int]
    new: Mapped[int]
    exceptions: Mapped[int]
    difference_fen: Mapped[int] = mapped_column(BigInteger)
    """Sum of the file minus what is booked for its references; zero unless something is wrong."""


class Paper(Base):
    """A paper filed by the highest bidder (R-101); name and content are sealed."""

    __tablename__ = "paper"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    pseudonym: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    sealed_name: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_content: Mapped[bytes] = mapped_column(LargeBinary)
    filed_at: Mapped[datetime] = mapped_column(Instant)
    """When it was uploaded."""
    statement: Mapped[str | None] = mapped_column(String(64))
    """The signed filing that names it; None while it is only uploaded."""


class Award(Base):
    """What follows the highest bid: examination, deal documents, signatures (2.8)."""

    __tablename__ = "award"

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    pseudonym: Mapped[str] = mapped_column(String(64))
    papers_due: Mapped[datetime] = mapped_column(Instant)
    filed_at: Mapped[datetime | None] = mapped_column(Instant)
    filing: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the signed statement that files the papers."""
    opened_by: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Officers to whom the highest bidder's identity was opened; each stands in the register."""
    examined_by: Mapped[str | None] = mapped_column(String(16))
    """First officer, who proposes; the second confirms and is in the log."""
    proposal: Mapped[str | None] = mapped_column(String(12))
    proposal_ground: Mapped[str | None] = mapped_column(String(32))
    """Code of the ground, for the log; the officer's own words are sealed in `proposal_note`."""
    proposal_note: Mapped[bytes | None] = mapped_column(LargeBinary)
    proposed_at: Mapped[datetime | None] = mapped_column(Instant)
    notice_number: Mapped[str | None] = mapped_column(String(24))
    confirmation_number: Mapped[str | None] = mapped_column(String(24))
    confirmation_hash: Mapped[str | None] = mapped_column(String(64))


class Evidence(Base):
    """Signed statements and certificates as received, sealed until the end of the sale."""

    __tablename__ = "evidence"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the statement's body."""
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(24))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """AES-GCM of {body, signature, certificate} (base64)."""
    received_at: Mapped[datetime] = mapped_column(Instant)


class Message(Base):
    """A message to a seat, shown after sign-in; outside the site only its existence is told."""

    __tablename__ = "message"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    pseudonym: Mapped[str] = mapped_column(String(64), index=True)
    code: Mapped[str] = mapped_column(String(32))
    facts: Mapped[dict[str, int | str]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
