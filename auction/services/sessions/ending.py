"""The end of sessions: whatever the reason, they end here, and a session ends once."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy.orm import Session

from auction.store.certificates import PendingSignIn
from auction.store.people import WebSession


def end(session: Session, now: datetime, reason: str, *which: ColumnElement[bool]) -> int:
    """End the live sessions that meet every condition, in the caller's transaction; how many."""
    done = session.execute(
        update(WebSession)
        .where(WebSession.ended_at.is_(None), *which)
        .values(ended_at=now, end_reason=reason)
    )
    return int(done.rowcount)


def end_of(session: Session, now: datetime, reason: str, credentials: Collection[str]) -> int:
    """End the sessions of these certificates, by id; how many. A sign-in that waits for its
    confirmation is forgotten too: it is to be proven anew."""
    session.execute(delete(PendingSignIn).where(PendingSignIn.credential_id.in_(credentials)))
    return end(session, now, reason, WebSession.credential_id.in_(credentials))
