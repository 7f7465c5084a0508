"""Bids as they come in: first every one that is there gets its arrival, then they are verified.

Verifying takes far longer than reading. If each bid were verified where it is read, the last of a
hundred that came together would be stamped when all others had been worked through. So reading and
stamping go first, and verification yields to them again and again.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gevent
from gevent.monkey import is_module_patched

from auction.live.direct.events import Answer
from auction.trading.sequencer import Sequencer, Ticket

TURN = 4
"""So many bids are verified before whatever else has come is read and stamped."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Came:
    """A bid that has completely arrived by a socket."""

    sid: str
    lot_id: int
    payload: Any
    answer: Answer


class Intake:
    """Stamps bids in the order in which the network has delivered them."""

    def __init__(self, sequencer: Sequencer, take: Callable[[Came, Ticket], None]) -> None:
        self._sequencer = sequencer
        self._take = take
        self._came: list[Came] = []
        self._stamped: deque[tuple[Came, Ticket]] = deque()
        self._wake = threading.Event()
        self._gathers = is_module_patched("threading")

    def add(self, came: Came) -> None:
        """A bid has been read. Without an event loop (threads) it is taken at once."""
        if not self._gathers:
            self._take(came, self._sequencer.ticket(came.lot_id))
            return
        if not self._came:
            gevent.get_hub().loop.run_callback(self._stamp)
        self._came.append(came)

    def _stamp(self) -> None:
        # The loop hands out what one look at the network has brought in reverse order.
        came, self._came = self._came, []
        for one in reversed(came):
            self._stamped.append((one, self._sequencer.ticket(one.lot_id)))
        self._wake.set()

    def work(self) -> None:
        """Verify what has been stamped; called over and over by a thread of its own."""
        self._wake.wait()
        self._wake.clear()
        count = 0
        while self._stamped:
            came, ticket = self._stamped.popleft()
            try:
                self._take(came, ticket)
            except Exception:
                self._sequencer.withdraw(ticket)
                log.exception("a bid could not be taken")
            count += 1
            if count % TURN == 0:
                gevent.sleep(0)
