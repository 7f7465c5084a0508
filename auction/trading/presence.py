"""A worker among others: it shows that it lives and how far it has decided, and follows them."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from auction.trading.ports import Offload, Store, Unavailable
from auction.trading.sequencer import Sequencer
from auction.trading.time import Clock, ReferenceClock

SHOW_SECONDS = 1.0
"""How often a worker shows itself where it is the only one."""
NEAR_SECONDS = 0.1
"""How often among others: a close waits for the slowest of them."""

log = logging.getLogger(__name__)


class Presence:
    """The background duty of one worker process."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        sequencer: Sequencer,
        offload: Offload | None = None,
        *,
        among_others: bool,
    ) -> None:
        self._store = store
        self._clock = clock
        self._sequencer = sequencer
        self._offload = offload or (lambda work: work())
        self._seconds = NEAR_SECONDS if among_others else SHOW_SECONDS
        self._among_others = among_others
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in a thread of its own (a greenlet where threads are patched)."""
        self._thread = threading.Thread(target=self._loop, name="presence", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; the worker's row stays as it is."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def show(self) -> None:
        """Once: the clock against its reference, the worker's row, what the others have written."""
        self._offload(self._sampled)
        # First the promise, then the instant: what is written never says more than was true.
        watermark = self._sequencer.watermark()
        at = self._clock.now()
        if not self._sequencer.may_show(at):
            return
        if not self._offload(lambda: self._published(at, watermark)):
            log.warning("this worker cannot show itself: the store is not available")
            return
        self._sequencer.shown(at)
        if self._among_others:
            self._sequencer.refresh()

    def _sampled(self) -> None:
        # Caught where it is raised: a pool of threads would print every one of them.
        with suppress(Unavailable):
            if isinstance(self._clock, ReferenceClock):
                self._clock.sample()

    def _published(self, at: datetime, watermark: datetime) -> bool:
        try:
            self._store.publish(at, watermark)
        except Unavailable:
            return False
        return True

    def _loop(self) -> None:
        while not self._stop.wait(self._seconds):
            self._quietly(self.show)

    def _quietly(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            log.exception("the worker's background duty goes on after a fault")
