"""Which of several processes is the clock: whoever holds a lock that the database gives once."""

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

_KEY = 0x636C6F636B
"""PostgreSQL advisory lock of the clock."""


class Leadership:
    """A candidate. It leads as long as its own connection lives, and loses the lead with it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._alone = engine.dialect.name != "postgresql"
        self._conn: Connection | None = None
        self._leads = False

    def stand(self) -> bool:
        """Try to lead, or to go on leading; whether this process leads now.

        On SQLite there is but one server, and it leads. Doubt (the database is away) means no: a
        transition is then carried out later, and with the same outcome.
        """
        if self._alone:
            return True
        try:
            if self._conn is None:
                self._conn = self._engine.connect()
                self._leads = False
            query = "SELECT 1" if self._leads else f"SELECT pg_try_advisory_lock({_KEY})::int"
            self._leads = bool(self._conn.execute(text(query)).scalar_one())
        except DBAPIError:
            self.resign()
        return self._leads

    def resign(self) -> None:
        """Lead no more."""
        conn, self._conn, self._leads = self._conn, None, False
        if conn is not None:
            conn.invalidate()
            conn.close()
