"""PostgreSQL's clock as the reference of several workers: one time of day for all of them."""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from auction.store.transactions import Unavailable

_READINGS = 3


class PostgresReference:
    """The database server's time of day."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    def read(self) -> tuple[datetime, datetime]:
        """The bounds of the best of three readings: it was made somewhere on the way there and
        back. Raises Unavailable."""
        query = text("SELECT clock_timestamp()")
        best: tuple[int, int, datetime] | None = None
        try:
            with self._engine.connect() as conn:
                for _ in range(_READINGS):
                    asked = time.monotonic_ns()
                    at: datetime = conn.execute(query).scalar_one()
                    came = time.monotonic_ns()
                    if best is None or came - asked < best[0]:
                        best = (came - asked, came, at)
        except DBAPIError as fault:
            raise Unavailable(str(fault.orig).strip()) from fault
        assert best is not None
        took, came, at = best
        earliest = at.astimezone(UTC) + timedelta(
            microseconds=(time.monotonic_ns() - came) // 1_000
        )
        return earliest, earliest + timedelta(microseconds=took // 1_000)
