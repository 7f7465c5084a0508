"""Beginning and ending to serve: this process becomes one of the workers that take bids."""

import logging
import time
from datetime import datetime, timedelta

from auction.core.instants import EPOCH
from auction.services import anchoring_start, lots
from auction.services.house import House
from auction.store import workers
from auction.store.base import db
from auction.store.sales import SaleKind
from auction.store.workers import GONE_AFTER, Seen
from auction.trading.runtime import LogCorrupt, LotRuntime
from auction.trading.work import Nudge, Work

LOOK_SECONDS = 1.5
"""How long a starting worker looks whether others are alive: they show themselves ten times as
often."""
BEHIND = timedelta(seconds=1)
"""So little may the clock be behind the last record at a start; then the start waits."""

log = logging.getLogger(__name__)


class SystemClockBehind(Exception):
    """The clock says an earlier time than the last record: nothing may be decided by it."""


def begin(house: House) -> None:
    """Become a worker: load the lots, record an outage if there was one, begin to take bids.

    Raises LogCorrupt if a stored log of the centre or of a real sale contradicts its signed head,
    or what a witness signed about it: the server must not trade. A rehearsal's log that does so is
    left alone (the demonstration tampers with one); SystemClockBehind if the clock says an earlier
    time than the logs.
    """
    with workers.starting(house.engine):
        _begin(house)
    house.sequencer.start()


def _begin(house: House) -> None:
    before = _enter(house)
    last_sign = _end_of_service(house, before)
    for lot in lots.every_open():
        try:
            lots.adopt(house, lot)
        except LogCorrupt:
            if lot.kind == SaleKind.REAL:
                raise
            log.exception("the rehearsal %s is left alone", lot.slug)
    anchoring_start.check(house)
    _meet(house)
    for runtime in house.writer.runtimes.values():
        _require_clock(house, runtime)
    if last_sign is not None:
        # What happened between the last sign of life and now is a fact of the lots.
        house.sequencer.silent_since(last_sign)
    house.sequencer.settle()
    db.session.rollback()
    # Not before: a start that fails must be no sign of life to the next one.
    house.presence.start()


def end(house: House) -> None:
    """Decide what is ready, then be a worker no more."""
    house.sequencer.stop()
    house.presence.stop()
    worker, now = house.store.worker, house.now()
    # With an outage that is not recorded it leaves as if it had died: no sign of life after it.
    if worker is not None and house.sequencer.may_show(now):
        with house.engine.begin() as conn:
            workers.leave(conn, worker, now)


def _enter(house: House) -> list[Seen]:
    worker = house.store.worker
    assert worker is not None
    with house.engine.execution_options(immediate=True).begin() as conn:
        return workers.enter(conn, worker, house.now())


def _end_of_service(house: House, before: list[Seen]) -> datetime | None:
    """When the service was last known to run, if it has not run since; None if it did, or never
    has."""
    if not before:
        return None
    last = max(before, key=lambda seen: seen.at)
    if house.among_others and house.now() - last.at < GONE_AFTER and _somebody_lives(house, before):
        return None
    return last.at


def _somebody_lives(house: House, before: list[Seen]) -> bool:
    known = {seen.worker: seen.at for seen in before}
    own = house.store.worker
    until = time.monotonic() + LOOK_SECONDS
    while time.monotonic() < until:
        with house.engine.connect() as conn:
            now = [seen for seen in workers.seen(conn) if seen.worker != own]
        if any(seen.at > known.get(seen.worker, seen.at) for seen in now):
            return True
        time.sleep(LOOK_SECONDS / 15)
    return False


def _meet(house: House) -> None:
    """Read what the others decided without knowing of this worker: a close that was under way when
    its row was written has not asked about it, and holds its lot's lock until it is done."""
    works = [Work(lot_id, Nudge(EPOCH)) for lot_id in house.writer.runtimes]
    results, _ = house.writer.run(works)
    for result in results:
        if isinstance(result, Exception):
            raise result


def _require_clock(house: House, runtime: LotRuntime) -> None:
    """Wait, if this clock is only a little behind another worker's that wrote a moment ago."""
    last = runtime.last_sequenced
    if last is None or (behind := last - house.now()) <= timedelta(0):
        return
    if behind > BEHIND:
        raise SystemClockBehind(f"{runtime.slug} was written at {last}, now is {house.now()}")
    time.sleep(behind.total_seconds())
