"""Tables of what others have signed about our logs: cosignatures, timestamps, and how it goes."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from auction.store.base import Base, Instant


class Cosignature(Base):
    """A witness's verified cosignature of one signed head of a log."""

    __tablename__ = "cosignature"

    log_id: Mapped[int] = mapped_column(ForeignKey("log.id"), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    witness: Mapped[str] = mapped_column(String(200), primary_key=True)
    """The witness's verifier string."""
    at: Mapped[datetime] = mapped_column(Instant)
    """The instant that the witness signed."""
    line: Mapped[str] = mapped_column(Text)
    """The signature line as it stands under the head's note."""


class TimestampToken(Base):
    """An RFC 3161 authority's verified answer about one signed head of a log."""

    __tablename__ = "timestamp_token"

    log_id: Mapped[int] = mapped_column(ForeignKey("log.id"), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    """The authority's genTime."""
    response: Mapped[bytes] = mapped_column(LargeBinary)
    """TimeStampResp in DER, as it came."""


class AnchoringState(Base):
    """How one log stands with one place to which its heads are sent."""

    __tablename__ = "anchoring_state"

    log_id: Mapped[int] = mapped_column(ForeignKey("log.id"), primary_key=True)
    place: Mapped[str] = mapped_column(String(200), primary_key=True)
    """A witness's verifier string, or `tsa`."""
    known_size: Mapped[int] = mapped_column(BigInteger)
    """The largest head that it is known to have signed; 0 for none."""
    tried_at: Mapped[datetime] = mapped_column(Instant)
    fault: Mapped[str | None] = mapped_column(String(40))
    """Reason code of the last try; None after a success."""
    contradicted_at: Mapped[datetime | None] = mapped_column(Instant)
    """Since when a witness refuses our heads as inconsistent with what it signed before."""
