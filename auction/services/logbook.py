"""The centre's other logs: sealed (a lot's applications and payments), register, security.

They share form and evidence with the lots' logs but are written here, by one short append each;
a bid's batch never waits for them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from auction.core.instants import to_us
from auction.ledger import canonical
from auction.ledger.checkpoint import Checkpoint, sign
from auction.ledger.merkle import Frontier, leaf_hash
from auction.services.house import House
from auction.store import journal
from auction.store.logs import Log, LogKind


def create(house: House, session: Session, kind: LogKind, *name: str) -> int:
    """A new, empty log; its id. `name` completes the origin, e.g. `("lots", "2024JC-4")`."""
    origin = house.log_origin(*name)
    done = session.execute(
        insert(Log).values(origin=origin, kind=str(kind), size=0, frontier=b"", root=b"")
    )
    key = done.inserted_primary_key
    assert key is not None
    return int(key[0])


def find_centre_log(house: House, session: Session, kind: LogKind) -> int | None:
    """The centre's one register or security log; None if nothing was ever written to it."""
    return session.scalar(select(Log.id).where(Log.origin == house.log_origin(str(kind))))


def centre_log(house: House, session: Session, kind: LogKind) -> int:
    """The same log, made when first needed."""
    found = find_centre_log(house, session, kind)
    return found if found is not None else create(house, session, kind, str(kind))


def lock_register(house: House, session: Session) -> None:
    """Hold the register log until the caller's transaction ends: what is decided with a record of
    it is decided one after the other."""
    journal.lock_heads(session.connection(), [centre_log(house, session, LogKind.REGISTER)])


def append(
    house: House,
    session: Session,
    log_id: int,
    kind: str,
    data: dict[str, Any],
    arrival: datetime,
) -> journal.Leaf:
    """Add one record to a log in the caller's transaction and sign the new head.

    `data` must be canonical-JSON-able: integers, strings, booleans, lists, objects.
    """
    conn = session.connection()
    head = journal.lock_heads(conn, [log_id])[log_id]
    now = house.now()
    sequenced = max(now, head.last_sequenced) if head.last_sequenced else now
    body = canonical.encode(
        {
            "v": 1,
            "log": head.origin,
            "seq": head.size + 1,
            "arrival_us": to_us(arrival),
            "sequenced_us": to_us(sequenced),
            "type": kind,
            "data": data,
        }
    )
    leaf = journal.Leaf(head.size + 1, kind, arrival, sequenced, body, leaf_hash(body))
    frontier = Frontier.from_bytes(head.frontier) if head.size else Frontier()
    frontier = frontier.appended(leaf.hash)
    journal.append(conn, [(log_id, leaf)])
    new = journal.Head(
        log_id, head.origin, frontier.size, frontier.to_bytes(), frontier.root(), sequenced
    )
    note = sign(Checkpoint(head.origin, new.size, new.root), house.log_key(head.origin))
    journal.advance(conn, [(new, note)])
    return leaf


def register(house: House, session: Session, kind: str, data: dict[str, Any]) -> journal.Leaf:
    """Record an official act in the centre's register log."""
    log_id = centre_log(house, session, LogKind.REGISTER)
    return append(house, session, log_id, kind, data, house.now())


def security(house: House, session: Session, kind: str, data: dict[str, Any]) -> journal.Leaf:
    """Record a request that may not enter any lot's log."""
    log_id = centre_log(house, session, LogKind.SECURITY)
    return append(house, session, log_id, kind, data, house.now())
