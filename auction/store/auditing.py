"""Table of the auditors' notes on what verifications found."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from auction.store.base import Base, Instant


class FindingNote(Base):
    """That an auditor has taken note of a finding, in words; rows are only ever added.

    The register log holds the same with the note's SHA-256: a row that was changed afterwards, or
    is gone, is found out by it.
    """

    __tablename__ = "finding_note"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    log_id: Mapped[int] = mapped_column(ForeignKey("log.id"))
    finding: Mapped[str] = mapped_column(String(64), index=True)
    """SHA-256 over log, fault, record number and facts: the same finding of every run."""
    fault: Mapped[str] = mapped_column(String(32))
    seq: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Instant)
