"""What happens by the clock, apart from deadlines (those are the sequencer's own).

The only user of APScheduler. Losing it, or running it twice, changes no outcome of a sale.
"""

import logging
from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.gevent import GeventScheduler
from flask import Flask
from gevent.monkey import is_module_patched

from auction.services import lots, notices, practice
from auction.services.house import House
from auction.store import journal

BEAT_SECONDS = 2
PUBLISH_SECONDS = 1
ADOPT_SECONDS = 1
RENEW_SECONDS = 5

log = logging.getLogger(__name__)


def start(app: Flask, house: House, worker: str) -> BaseScheduler:
    """Begin the schedule; `worker` names this process in the heartbeat."""
    scheduler: BaseScheduler = (
        GeventScheduler() if is_module_patched("threading") else BackgroundScheduler(daemon=True)
    )
    every: list[tuple[int, Callable[[], object]]] = [
        (BEAT_SECONDS, lambda: beat(house, worker)),
        (PUBLISH_SECONDS, lambda: notices.publish_due(house)),
        (ADOPT_SECONDS, lambda: lots.adopt_new(house)),
    ]
    if house.site.demo:
        every.append((RENEW_SECONDS, lambda: practice.renew(house)))
    for seconds, work in every:
        scheduler.add_job(
            _in_context(app, work), "interval", seconds=seconds, coalesce=True, max_instances=1
        )
    scheduler.start()
    return scheduler


def beat(house: House, worker: str) -> None:
    """Show that this process can write: a gap in these becomes an outage event (R-90)."""
    with house.engine.begin() as conn:
        journal.beat(conn, worker, house.now())


def _in_context(app: Flask, work: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        with app.app_context():
            try:
                work()
            except Exception:
                log.exception("a scheduled task failed and will be tried again")

    return run
