"""Whether those who bid may still do so, asked again inside the transaction that decides."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from auction.core.instants import to_us
from auction.store.driver import places


def session_key(token: str) -> str:
    """What stands for a session everywhere but in its own browser."""
    return hashlib.sha256(token.encode()).hexdigest()


_ASK = """
SELECT s.token_hash, s.end_reason, s.expires_at, c.revoked_at, c.retired_at, c.not_after
FROM web_session s JOIN credential c ON c.id = s.credential_id
WHERE s.token_hash IN ({})
"""


def turned_away(conn: Connection, sessions: Iterable[str], now: datetime) -> Mapping[str, str]:
    """Session key to the code that says why its holder may not bid any more; one statement for a
    whole batch, by the driver: it is on the way of every bid."""
    wanted = tuple(sessions)
    now_us = to_us(now)
    found: dict[str, str] = {}
    known: set[str] = set()
    for key, ended, expires_us, revoked_us, retired_us, not_after_us in conn.exec_driver_sql(
        _ASK.format(places(conn, len(wanted))), wanted
    ):
        known.add(key)
        if ended is not None:
            found[key] = ended
        elif revoked_us is not None:
            found[key] = "CERT_REVOKED"
        elif retired_us is not None:
            found[key] = "CERT_RETIRED"
        elif now_us >= not_after_us:
            found[key] = "CERT_EXPIRED"
        elif now_us >= expires_us:
            found[key] = "SESSION_EXPIRED"
    return found | {key: "NOT_SIGNED_IN" for key in wanted if key not in known}
