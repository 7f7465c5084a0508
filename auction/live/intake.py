"""Bids as they come in: first every one that is there gets its arrival, then they are verified.

Verifying takes far longer than reading. If each bid were verified where it is read, the last of a
hundred that came together would be stamped when all others had been worked through. So reading and
stamping go first, and what has been stamped is taken in groups, between which more is read.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import gevent
from gevent.monkey import is_module_patched

from auction.live.direct.events import Answer
from auction.trading.sequencer import Sequencer, Ticket

GROUP = 16
"""So many bids are taken before whatever else has come is read and stamped."""


@dataclass(frozen=True, slots=True)
class Came:
    """A bid that has completely arrived by a socket."""

    sid: str
    lot_id: int
    payload: Any
    answer: Answer


Stamped: TypeAlias = tuple[Came, Ticket]


class Intake:
    """Stamps bids in the order in which the network has delivered them.

    `take` is given groups of stamped bids; it must not fail.
    """

    def __init__(self, sequencer: Sequencer, take: Callable[[list[Stamped]], None]) -> None:
        self._sequencer = sequencer
        self._take = take
        self._came: list[Came] = []
        self._stamped: deque[Stamped] = deque()
        self._wake = threading.Event()
        self._gathers = is_module_patched("threading")

    def add(self, came: Came) -> None:
        """A bid has been read. Without an event loop (threads) it is taken at once."""
        if not self._gathers:
            self._take([(came, self._sequencer.ticket(came.lot_id))])
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
        """Take what has been stamped; called over and over by a thread of its own."""
        self._wake.wait()
        self._wake.clear()
        while self._stamped:
            count = min(len(self._stamped), GROUP)
            self._take([self._stamped.popleft() for _ in range(count)])
            gevent.sleep(0)
