"""What happens by the clock, apart from deadlines (those are the sequencer's own).

The only user of APScheduler. Several processes may run it; the elected one does the work. Losing
it, having two, or starting it late changes no outcome of a sale: it only announces.
"""

import logging
from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.gevent import GeventScheduler
from flask import Flask
from gevent.monkey import is_module_patched

from auction.services import anchoring, lots, notices, practice
from auction.services.anchoring_places import Witness
from auction.services.house import House
from auction.services.revocation import refreshing
from auction.services.trust import store
from auction.store.leadership import Leadership

ELECT_SECONDS = 1
PUBLISH_SECONDS = 1
ADOPT_SECONDS = 1
TRUST_SECONDS = 1
WATCH_SECONDS = 1
SOURCES_SECONDS = 5
"""How often is looked whether a source of revocation data is due, not how often it is asked."""
ANCHOR_SECONDS = 1
"""How often is looked whether a head is due to be shown to witnesses or stamped."""
RENEW_SECONDS = 5

log = logging.getLogger(__name__)


def start(app: Flask, house: House, leadership: Leadership) -> BaseScheduler:
    """Begin the schedule, and stand for election."""
    scheduler: BaseScheduler = (
        GeventScheduler() if is_module_patched("threading") else BackgroundScheduler(daemon=True)
    )
    # That a task is still at it is no news; what goes wrong in one is told by _in_context.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    elect(house, leadership)
    every: list[tuple[int, Callable[[], object]]] = [
        (ELECT_SECONDS, lambda: elect(house, leadership)),
        (PUBLISH_SECONDS, _if_elected(house, lambda: notices.publish_due(house))),
        (ADOPT_SECONDS, lambda: lots.adopt_new(house)),
        (TRUST_SECONDS, lambda: store.reload_if_changed(house)),
        (WATCH_SECONDS, _if_elected(house, lambda: refreshing.watch(house))),
        (SOURCES_SECONDS, _if_elected(house, lambda: refreshing.refresh(house))),
    ]
    # One task for each place: they wait for the network, and none for another.
    every += [(ANCHOR_SECONDS, _showing(house, one)) for one in house.anchoring.witnesses]
    if house.anchoring.authority is not None:
        every.append((ANCHOR_SECONDS, _if_elected(house, lambda: anchoring.stamp_heads(house))))
    if house.site.demo:
        every.append((RENEW_SECONDS, lambda: practice.renew(house)))
    for seconds, work in every:
        scheduler.add_job(
            _in_context(app, work), "interval", seconds=seconds, coalesce=True, max_instances=1
        )
    scheduler.start()
    return scheduler


def elect(house: House, leadership: Leadership) -> None:
    """Announce transitions if this process is the clock, and only then."""
    house.sequencer.announcing = leadership.stand()


def _showing(house: House, witness: Witness) -> Callable[[], None]:
    return _if_elected(house, lambda: anchoring.show_heads(house, witness))


def _if_elected(house: House, work: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        if house.sequencer.announcing:
            work()

    return run


def _in_context(app: Flask, work: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        with app.app_context():
            try:
                work()
            except Exception:
                log.exception("a scheduled task failed and will be tried again")

    return run
