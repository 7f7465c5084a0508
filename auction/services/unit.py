"""The unit of work: a transaction that writes, commits at its end and rolls back by default."""

from collections.abc import Iterator
from contextlib import contextmanager

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
