"""Whether those who bid may still do so, asked again inside the transaction that decides."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from auction.store.people import Credential, WebSession


def session_key(token: str) -> str:
    """What stands for a session everywhere but in its own browser."""
    return hashlib.sha256(token.encode()).hexdigest()


def turned_away(conn: Connection, sessions: Iterable[str], now: datetime) -> Mapping[str, str]:
    """Session key to the code that says why its holder may not bid any more; one statement for a
    whole batch."""
    wanted = set(sessions)
    query = (
        select(
            WebSession.token_hash,
            WebSession.end_reason,
            WebSession.expires_at,
            Credential.revoked_at,
            Credential.not_after,
        )
        .join(WebSession.credential)
        .where(WebSession.token_hash.in_(wanted))
    )
    found: dict[str, str] = {}
    known: set[str] = set()
    for key, ended, expires_at, revoked_at, not_after in conn.execute(query):
        known.add(key)
        if ended is not None:
            found[key] = ended
        elif revoked_at is not None:
            found[key] = "CERT_REVOKED"
        elif now >= not_after:
            found[key] = "CERT_EXPIRED"
        elif now >= expires_at:
            found[key] = "SESSION_EXPIRED"
    return found | dict.fromkeys(wanted - known, "NOT_SIGNED_IN")
