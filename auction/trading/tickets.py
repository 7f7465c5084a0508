"""Tickets and their queues: who arrived when, and what of it is still undecided."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from auction.core.reasons import Refusal
from auction.trading.work import Answer, Work

MAX_VERIFICATION = timedelta(seconds=60)
"""A ticket whose command has not come by then is void: a last resort. Whoever takes a ticket hands
in its command or withdraws, however long a burst of bids takes to verify; a bid that arrived in
time is never lost because the server was busy."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A place in the queue: when the command arrived, and its order among equals."""

    arrival: datetime
    number: int
    lot_id: int


class Pending:
    """A command on its way; `wait` returns its answer, `then` hands it to a callback."""

    __slots__ = ("_answer", "_event", "_listeners")

    def __init__(self) -> None:
        self._answer: Answer | Exception | None = None
        self._event: threading.Event | None = None
        self._listeners: list[Callable[[Answer | Exception], None]] = []

    def resolve(self, answer: Answer | Exception) -> None:
        """The sequencer's word: once."""
        self._answer = answer
        if self._event is not None:
            self._event.set()
        self._tell(answer)

    def then(self, tell: Callable[[Answer | Exception], None]) -> None:
        """Have `tell` called with the answer by the sequencer; it must neither block nor fail."""
        self._listeners.append(tell)
        if self._answer is not None:
            self._tell(self._answer)

    def _tell(self, answer: Answer | Exception) -> None:
        # Two threads may come here at once: whoever takes a listener out tells it.
        while self._listeners:
            with suppress(IndexError):
                self._listeners.pop()(answer)

    def wait(self, timeout: float | None = None) -> Answer:
        """The answer; raises what made the command fail, or TimeoutError: outcome unknown."""
        if self._answer is None:
            # One waits for it: an event is made only then, most answers go to callbacks.
            self._event = self._event or threading.Event()
            if self._answer is None and not self._event.wait(timeout):
                raise TimeoutError
        if isinstance(self._answer, Exception):
            raise self._answer
        assert self._answer is not None
        return self._answer


@dataclass(slots=True)
class Place:
    """One ticket's place: waiting for its command, ready, or void."""

    ticket: Ticket
    work: Work | None = None
    pending: Pending | None = None
    void: bool = False

    def ready(self, now: datetime) -> bool:
        """Whether it can leave its queue: its command has come, or it is void by now."""
        if self.work is None and now - self.ticket.arrival >= MAX_VERIFICATION:
            self.void = True
        return self.work is not None or self.void


class Queues:
    """One queue a lot, strictly in the order of tickets. Callers hold the sequencer's lock."""

    def __init__(self) -> None:
        self._queues: dict[int, deque[Place]] = {}
        self._places: dict[int, Place] = {}
        self._in_hand: list[Place] = []
        self._numbers = 0
        self._last: datetime | None = None

    def _stamp(self, now: datetime) -> datetime:
        """`now`, but never before an instant that was given out or promised."""
        if self._last is not None and self._last > now:
            now = self._last
        self._last = now
        return now

    def arrive(self, lot_id: int, now: datetime) -> Ticket:
        """Register an arrival."""
        self._numbers += 1
        ticket = Ticket(self._stamp(now), self._numbers, lot_id)
        place = Place(ticket)
        self._places[ticket.number] = place
        queue = self._queues.get(lot_id)
        if queue is None:
            queue = self._queues[lot_id] = deque()
        queue.append(place)
        return ticket

    def fill(self, ticket: Ticket, work: Work) -> Pending:
        """Put the command at its ticket's place. Raises Refusal or ValueError, see Sequencer."""
        if (work.lot_id, work.command.arrival) != (ticket.lot_id, ticket.arrival):
            raise ValueError("the command has another lot or arrival than its ticket")
        place = self._places.get(ticket.number)
        if place is None or place.void:
            raise Refusal("TICKET_EXPIRED")
        if place.work is not None:
            raise ValueError("the ticket has its command already")
        place.work, place.pending = work, Pending()
        return place.pending

    def empty(self, ticket: Ticket) -> bool:
        """Void the place of a ticket that has no command; whether there was one."""
        place = self._places.get(ticket.number)
        if place is None or place.work is not None:
            return False
        place.void = True
        return True

    def take(self, now: datetime, limit: int) -> list[Place]:
        """Up to `limit` places that can be decided, every lot's in its order."""
        taken: list[Place] = []
        for lot_id in list(self._queues):
            queue = self._queues[lot_id]
            while queue and len(taken) < limit and queue[0].ready(now):
                place = queue.popleft()
                if place.void:
                    del self._places[place.ticket.number]
                else:
                    taken.append(place)
            if not queue:
                del self._queues[lot_id]
        if len(self._queues) > 1:
            # Whoever came first in this batch comes last in the next: no lot is starved.
            first = next(iter(self._queues))
            self._queues[first] = self._queues.pop(first)
        self._in_hand = taken
        return taken

    def put_back(self, places: Iterable[Place]) -> None:
        """Return places that could not be decided yet to the front of their queues, in order."""
        for place in reversed(list(places)):
            queue = self._queues.setdefault(place.ticket.lot_id, deque())
            queue.appendleft(place)

    def done(self, places: Iterable[Place]) -> None:
        """These places are decided; nothing that was taken is in hand any more."""
        for place in places:
            self._places.pop(place.ticket.number, None)
        self._in_hand = []

    def first_arrival(self, lot_id: int) -> datetime | None:
        """The arrival of the oldest undecided ticket in this lot's queue."""
        place = _undecided(self._queues.get(lot_id, ()))
        return None if place is None else place.ticket.arrival

    def watermark(self, now: datetime) -> datetime:
        """No ticket before it is undecided, and none will be given out before it."""
        oldest = [p for p in map(_undecided, self._queues.values()) if p is not None]
        undecided = [p.ticket.arrival for p in chain(oldest, self._in_hand)]
        return min(undecided) if undecided else self._stamp(now)

    def waiting(self) -> tuple[int, int]:
        """Undecided places, and those among them whose command has come."""
        ready = sum(place.work is not None for place in self._places.values())
        return len(self._places), ready

    def any_ready(self) -> bool:
        """Whether the head of some queue can be decided at once."""
        return any(q[0].work is not None or q[0].void for q in self._queues.values())


def _undecided(queue: Iterable[Place]) -> Place | None:
    """The oldest place of a queue that is not void."""
    return next((place for place in queue if not place.void), None)
