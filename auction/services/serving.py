"""Beginning and ending to serve: this process becomes one of the workers that take bids."""

import logging
import time
from datetime import datetime

from auction.services import lots
from auction.services.house import House
from auction.store import workers
from auction.store.base import db
from auction.store.sales import SaleKind
from auction.store.workers import GONE_AFTER, Seen
from auction.trading.runtime import LogCorrupt, LotRuntime

LOOK_SECONDS = 1.5
"""How long a starting worker looks whether others are alive: they show themselves ten times as
often."""

log = logging.getLogger(__name__)


class SystemClockBehind(Exception):
    """The clock says an earlier time than the last record: nothing may be decided by it."""


def begin(house: House) -> None:
    """Become a worker: load the lots, record an outage if there was one, begin to take bids.

    Raises LogCorrupt if the stored log of a real sale contradicts its signed head: the server
    must not trade. A rehearsal's log that does so is left alone (the demonstration tampers with
    one); SystemClockBehind if the clock says an earlier time than the logs.
    """
    with workers.starting(house.engine):
        _begin(house)
    house.sequencer.start()


def _begin(house: House) -> None:
    before = _enter(house)
    last_sign = _end_of_service(house, before)
    for lot in lots.every_open():
        try:
            runtime = lots.adopt(house, lot)
        except LogCorrupt:
            if lot.kind == SaleKind.REAL:
                raise
            log.exception("the rehearsal %s is left alone", lot.slug)
            continue
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


def _require_clock(house: House, runtime: LotRuntime) -> None:
    last = runtime.last_sequenced
    if last is not None and house.now() < last:
        raise SystemClockBehind(f"{runtime.slug} was written at {last}, now is {house.now()}")
