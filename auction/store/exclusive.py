"""One server on one SQLite file: it orders all bids in its own memory and knows of no other."""

import fcntl
from pathlib import Path
from typing import IO

from sqlalchemy import Engine


class AlreadyServed(Exception):
    """Another server process runs on this SQLite file."""


class Exclusive:
    """The right to serve an SQLite file, held until the process ends."""

    def __init__(self, held: IO[str]) -> None:
        self._held = held

    @classmethod
    def take(cls, engine: Engine) -> "Exclusive | None":
        """Take the right; None where the database serves several workers, or is in memory.

        Raises AlreadyServed.
        """
        name = engine.url.database
        if engine.dialect.name != "sqlite" or not name or name == ":memory:":
            return None
        file = Path(f"{name}.serving").open("w", encoding="ascii")  # noqa: SIM115 - held on purpose
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise AlreadyServed(name) from None
        return cls(file)

    def release(self) -> None:
        """Give the right back."""
        self._held.close()
