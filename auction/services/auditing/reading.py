"""What one auditor has opened and searched, from the logs that recorded it."""

from collections.abc import Iterator

from sqlalchemy import select

from auction.ledger import canonical
from auction.ledger.errors import LedgerError
from auction.services.auditing.search import READS, leaves
from auction.services.house import House
from auction.services.logcheck import Entry
from auction.services.people import Actor
from auction.store.base import db
from auction.store.logs import Log, LogKind

_TRACES = {
    LogKind.SECURITY: READS,
    LogKind.REGISTER: frozenset({"identity_opened", "finding_noted"}),
}


def own_readings(house: House, actor: Actor) -> list[tuple[LogKind, Entry]]:
    """The actor's own traces in the security log and the register, latest first."""
    found = [(kind, entry) for kind in _TRACES for entry in _mine(house, actor, kind)]
    return sorted(found, key=_sequenced, reverse=True)


def _sequenced(trace: tuple[LogKind, Entry]) -> int:
    return int((trace[1].content or {})["sequenced_us"])


def _mine(house: House, actor: Actor, kind: LogKind) -> Iterator[Entry]:
    log = db.session.scalar(select(Log).where(Log.origin == house.log_origin(str(kind))))
    if log is None:
        return
    with house.engine.connect() as conn:
        for leaf in leaves(conn, log.id):
            if leaf.type not in _TRACES[kind]:
                continue
            try:
                content = canonical.decode(leaf.data)
            except LedgerError:
                continue  # shown, with what is wrong with it, on the log's own page
            data = content.get("data")
            if (
                isinstance(data, dict)
                and (data.get("by") or data.get("officer")) == actor.officer_id
            ):
                yield Entry(leaf.seq, leaf.data, leaf.hash, content)
