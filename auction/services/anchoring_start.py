"""Before trading: the stored logs against everything that was signed about them.

A contradiction is LogCorrupt, and the server must not trade. The log of a rehearsal that does so
is left alone, as in services.serving: the demonstration tampers with one.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, exists, or_, select

from auction.ledger.cosignature import cosignatures
from auction.ledger.errors import LedgerError
from auction.services.anchoring import PUBLIC_LOGS, Contradicted, Due, Unanswered, submit
from auction.services.anchoring_places import Witness
from auction.services.house import House
from auction.store.anchoring import AnchoringState, Cosignature
from auction.store.base import db
from auction.store.logs import Log, LogKind
from auction.store.sales import Lot, SaleKind
from auction.trading.runtime import LogCorrupt

SECONDS = 20.0
"""So long a start waits for one witness at most; then the elected clock goes on comparing."""

log = logging.getLogger(__name__)


def check(house: House) -> None:
    """Hold the logs against the last checkpoint, the kept cosignatures, and, where they answer,
    what the witnesses themselves remember. The lots' own leaves are checked where they are loaded.

    Raises LogCorrupt. A witness that cannot be reached is a warning.
    """
    with house.engine.connect() as conn:
        rehearsals = set(
            conn.execute(select(Lot.log_id).where(Lot.kind != SaleKind.REAL)).scalars()
        )
        _check_centre(house, conn)
        _check_cosigned(house, conn, rehearsals)
    for witness in house.anchoring.witnesses:
        _ask(house, witness, rehearsals)
    db.session.rollback()


def _check_centre(house: House, conn: Connection) -> None:
    """The logs that no lot's runtime reads: row, last signed head and leaves must agree."""
    kinds = [str(kind) for kind in (LogKind.REGISTER, LogKind.SECURITY, LogKind.SEALED)]
    query = select(Log.id, Log.origin, Log.size, Log.root).where(Log.kind.in_(kinds), Log.size > 0)
    for log_id, origin, size, root in conn.execute(query).all():
        found = house.trees.newest(log_id)
        if found is None:
            raise LogCorrupt(origin, "no signed head")
        tree, head, _ = found
        # Other workers write meanwhile: the head may be a later one than the row that was read.
        if head.size < size or tree.root_at(size) != root:
            raise LogCorrupt(origin, "the log's root is not the one signed last")
        house.trees.check_leaves(log_id, size)


def _check_cosigned(house: House, conn: Connection, rehearsals: set[int]) -> None:
    """The newest kept cosignature of each log and witness is over a head that the log leads to."""
    known = {witness.id: witness for witness in house.anchoring.witnesses}
    newest: dict[tuple[int, str], tuple[str, int, str]] = {}
    query = (
        select(
            Cosignature.log_id, Cosignature.witness, Log.origin, Cosignature.size, Cosignature.line
        )
        .join(Log, Log.id == Cosignature.log_id)
        .where(Cosignature.witness.in_(known))
        .order_by(Cosignature.size)
    )
    for log_id, witness, origin, size, line in conn.execute(query):
        newest[log_id, witness] = (origin, size, line)
    for (log_id, witness), (origin, size, line) in newest.items():
        with _unless_rehearsed(log_id in rehearsals):
            found = house.trees.at(log_id, size)
            if found is None or found[1].size != size:
                raise LogCorrupt(origin, f"a witness signed {size} records; that head is gone")
            try:
                cosignatures(found[2] + line, [known[witness].cosigner])
            except LedgerError as error:
                raise LogCorrupt(
                    origin, f"a witness signed another head of {size} records: {error}"
                ) from error


def _ask(house: House, witness: Witness, rehearsals: set[int]) -> None:
    """Show the witness the heads of logs that still grow, and of ended ones for whose newest head
    no signature of its is kept: its memory is not ours to edit."""
    state = AnchoringState
    kept = exists().where(
        Cosignature.log_id == Log.id,
        Cosignature.witness == witness.id,
        Cosignature.size == Log.size,
    )
    until = time.monotonic() + SECONDS
    query = (
        select(Log.id, Log.origin, state.known_size)
        .outerjoin(Lot, Lot.log_id == Log.id)
        .outerjoin(state, (state.log_id == Log.id) & (state.place == witness.id))
        .where(
            Log.size > 0,
            Log.kind.in_([str(kind) for kind in PUBLIC_LOGS]),
            or_(Lot.ended_at.is_(None), ~kept),
        )
        .order_by(Lot.ended_at.is_not(None), Log.id)
    )
    with house.engine.connect() as conn:
        logs = [Due(row.id, row.origin, row.known_size or 0) for row in conn.execute(query)]
    name = witness.cosigner.name
    for one in logs:
        if time.monotonic() > until:
            log.warning("witness %s is slow: the remaining logs are compared later", name)
            return
        try:
            with _unless_rehearsed(one.log_id in rehearsals):
                try:
                    submit(house, witness, one)
                except Contradicted as fault:
                    raise LogCorrupt(
                        one.origin, f"witness {name} contradicts it: {fault.detail}"
                    ) from fault
        except Unanswered as fault:
            log.warning("%s was not compared with witness %s: %s", one.origin, name, fault.code)
            if fault.everywhere:
                return


@contextmanager
def _unless_rehearsed(rehearsed: bool) -> Iterator[None]:
    try:
        yield
    except LogCorrupt:
        if not rehearsed:
            raise
        log.exception("a rehearsal is left alone")
