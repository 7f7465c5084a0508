"""Units of work: a transaction that writes, and a picture of one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from auction.store.base import db


@contextmanager
def writing() -> Iterator[Session]:
    """A session in a transaction that holds the write lock from its beginning.

    What was read before is forgotten, so that nothing is decided on stale rows.
    """
    session = db.session()
    session.rollback()
    session.connection(execution_options={"immediate": True})
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def one_picture() -> Connection:
    """The connection of the request's session in a transaction that sees one moment only.

    What was read before is forgotten: rows and log entries read from now on belong together.
    """
    session = db.session()
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        return session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return session.connection()  # SQLite reads a snapshot from its first statement on
