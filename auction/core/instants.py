"""Instants: aware UTC datetimes in memory, whole microseconds since 1970 in stored leaves."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(instant: datetime) -> int:
    """Microseconds since the epoch; exact, because both sides count microseconds."""
    return (instant - EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """The aware UTC instant of `microseconds` since the epoch."""
    return EPOCH + timedelta(microseconds=microseconds)


def seconds(count: int) -> timedelta:
    """A duration of whole seconds."""
    return timedelta(seconds=count)
