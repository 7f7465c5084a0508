"""The sequencer: one queue, strictly in the order of tickets, answered only after the commit.

A ticket is taken at the edge, before anything is checked; its arrival is the instant that
decides (T-1). A command may become ready later than one that arrived after it, because
signatures are verified in parallel; it is decided first all the same. That, and the transitions
that a batch carries out before any command at or after them, is the hold: nothing that arrived
at or after a deadline is decided before everything that arrived in time.
"""

import heapq
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from auction.core.reasons import Refusal
from auction.core.state import due
from auction.trading.batch import Answer, BatchWriter, Committed, Nudge, Work
from auction.trading.time import Clock

MAX_BATCH = 256
MAX_VERIFICATION = timedelta(seconds=5)
"""A ticket whose command has not come by then is void, so that nobody can hold up a close."""
IDLE_SECONDS = 0.25
"""How long the loop sleeps at most: the bound on how late a closing is announced."""
RETRY = timedelta(seconds=1)
"""When a transition is tried again that could not be carried out."""

log = logging.getLogger(__name__)
T = TypeVar("T")
Offload: TypeAlias = Callable[[Callable[[], T]], T]
"""Runs blocking work where it does not hold up others (a native thread under gevent)."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A place in the queue: when the command arrived, and its order among equals."""

    arrival: datetime
    number: int
    lot_id: int


class Pending:
    """A command on its way; `wait` returns its answer."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._answer: Answer | Exception | None = None

    def resolve(self, answer: Answer | Exception) -> None:
        self._answer = answer
        self._done.set()

    def wait(self, timeout: float | None = None) -> Answer:
        """The answer; raises what made the command fail, or TimeoutError: outcome unknown."""
        if not self._done.wait(timeout):
            raise TimeoutError
        if isinstance(self._answer, Exception):
            raise self._answer
        assert self._answer is not None
        return self._answer


@dataclass(slots=True)
class _Place:
    """One ticket's place: waiting for its command, ready, or void."""

    ticket: Ticket
    work: Work | None = None
    pending: Pending | None = None
    void: bool = False


class Sequencer:
    """Takes tickets and commands, decides them in order, tells the listeners what was committed."""

    def __init__(
        self, writer: BatchWriter, clock: Clock, offload: "Offload[Any] | None" = None
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._offload = offload
        self._changed = threading.Condition()
        self._deciding = threading.RLock()
        self._queues: dict[int, deque[_Place]] = {}
        self._places: dict[int, _Place] = {}
        self._due: dict[int, datetime] = {}
        self._deadlines: list[tuple[datetime, int]] = []
        self._numbers = 0
        self._last_arrival: datetime | None = None
        self._listeners: list[Callable[[Committed], None]] = []
        self._thread: threading.Thread | None = None
        self._running = False

    # --- the edge ------------------------------------------------------------------------

    def ticket(self, lot_id: int) -> Ticket:
        """Register an arrival now; follow with `submit` or `withdraw`."""
        with self._changed:
            now = self._clock.now()
            if self._last_arrival is not None:
                now = max(now, self._last_arrival)
            self._last_arrival = now
            self._numbers += 1
            ticket = Ticket(now, self._numbers, lot_id)
            place = _Place(ticket)
            self._queues.setdefault(lot_id, deque()).append(place)
            self._places[ticket.number] = place
            return ticket

    def submit(self, ticket: Ticket, work: Work) -> Pending:
        """Hand in the command of `ticket`; its `arrival` must be the ticket's.

        Raises Refusal if the ticket has been void too long to be waited for, ValueError if the
        command is not this ticket's.
        """
        if (work.lot_id, work.command.arrival) != (ticket.lot_id, ticket.arrival):
            raise ValueError("the command has another lot or arrival than its ticket")
        pending = Pending()
        with self._changed:
            place = self._places.get(ticket.number)
            if place is None or place.void:
                raise Refusal("TICKET_EXPIRED")
            if place.work is not None:
                raise ValueError("the ticket has its command already")
            place.work, place.pending = work, pending
            self._changed.notify()
        return pending

    def withdraw(self, ticket: Ticket) -> None:
        """Give a ticket up: its request turned out not to be a bid."""
        with self._changed:
            place = self._places.get(ticket.number)
            if place is not None and place.work is None:
                place.void = True
                self._changed.notify()

    def ask(self, work_at: Callable[[datetime], Work], lot_id: int) -> Pending:
        """Ticket and command in one, for callers with nothing to verify in between."""
        ticket = self.ticket(lot_id)
        try:
            return self.submit(ticket, work_at(ticket.arrival))
        except BaseException:
            self.withdraw(ticket)
            raise

    # --- deciding ------------------------------------------------------------------------

    def listen(self, listener: Callable[[Committed], None]) -> None:
        """Tell `listener` of every commit, after it, in order; it must not block."""
        self._listeners.append(listener)

    def watch(self, lot_id: int) -> None:
        """Carry out this lot's transitions by time from now on."""
        self._schedule(lot_id, due(self._writer.runtimes[lot_id].state))

    def _schedule(self, lot_id: int, instant: datetime | None) -> None:
        with self._changed:
            known = self._due.pop(lot_id, None)
            if instant is not None:
                self._due[lot_id] = instant
                # One heap entry a lot: a deadline that moved away is pushed again when it pops.
                if known is None or instant < known:
                    heapq.heappush(self._deadlines, (instant, lot_id))
            self._changed.notify()

    def step(self) -> bool:
        """Decide one batch of what is ready and what is due; False if there was nothing.

        The loop calls this; a rehearsal with a driven clock calls it itself.
        """
        with self._deciding:
            with self._changed:
                places = self._take()
            if not places:
                return False
            works = [p.work for p in places if p.work is not None]
            answers, gained = self._write(works)
            failed = set()
            for place, answer in zip(places, answers, strict=True):
                if isinstance(answer, Exception):
                    failed.add(place.ticket.lot_id)
                    log.error("command failed", exc_info=answer)
            for lot_id in {work.lot_id for work in works} & self._writer.runtimes.keys():
                instant = due(self._writer.runtimes[lot_id].state)
                if instant is not None and lot_id in failed:
                    instant = max(instant, self._clock.now() + RETRY)
                self._schedule(lot_id, instant)
            for place, answer in zip(places, answers, strict=True):
                if place.pending is not None:
                    place.pending.resolve(answer)
            for committed in gained:
                self._tell(committed)
            return True

    def _tell(self, committed: Committed) -> None:
        for listener in self._listeners:
            try:
                listener(committed)
            except Exception:
                log.exception("a listener failed; the commit and the other listeners stand")

    def settle(self) -> None:
        """Decide everything that is ready or due at the clock's present instant."""
        while self.step():
            pass

    def _write(self, works: list[Work]) -> tuple[list[Answer | Exception], list[Committed]]:
        try:
            if self._offload is None:
                return self._writer.run(works)
            result: tuple[list[Answer | Exception], list[Committed]] = self._offload(
                lambda: self._writer.run(works)
            )
        except Exception as fault:  # whoever waits for an answer must get one
            return [fault] * len(works), []
        return result

    def _take(self) -> list[_Place]:
        """The ready head of every queue, and each transition with nothing undecided before it."""
        now = self._clock.now()
        taken: list[_Place] = []
        for lot_id in list(self._queues):
            queue = self._queues[lot_id]
            while queue and len(taken) < MAX_BATCH and self._settled(queue[0], now):
                place = queue.popleft()
                del self._places[place.ticket.number]
                if not place.void:
                    taken.append(place)
            if not queue:
                del self._queues[lot_id]
        for instant, lot_id in self._pop_due(now):
            nudge = _Place(Ticket(instant, 0, lot_id))
            nudge.work = Work(lot_id, Nudge(instant))
            taken.append(nudge)
        return taken

    def _settled(self, place: _Place, now: datetime) -> bool:
        """Whether the head of a queue can leave it: its command has come, or it is void."""
        if place.work is None and now - place.ticket.arrival >= MAX_VERIFICATION:
            place.void = True
        return place.work is not None or place.void

    def _pop_due(self, now: datetime) -> list[tuple[datetime, int]]:
        """Transitions to carry out now; one whose lot has an earlier ticket undecided waits."""
        found: list[tuple[datetime, int]] = []
        keep: list[tuple[datetime, int]] = []
        while self._deadlines and self._deadlines[0][0] <= now:
            _, lot_id = heapq.heappop(self._deadlines)
            instant = self._due.get(lot_id)
            if instant is None:
                continue
            queue = self._queues.get(lot_id)
            if instant > now or (queue and queue[0].ticket.arrival < instant):
                keep.append((instant, lot_id))
            else:
                del self._due[lot_id]
                found.append((instant, lot_id))
        for entry in keep:
            heapq.heappush(self._deadlines, entry)
        return found

    @property
    def running(self) -> bool:
        """Whether the loop runs; if not, whoever submits also settles (commands, rehearsals)."""
        return self._running

    # --- the loop ------------------------------------------------------------------------

    def start(self) -> None:
        """Run the loop in a thread (a greenlet where threads are patched)."""
        self._running = True
        self._thread = threading.Thread(target=self._loop, name="sequencer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Decide what is ready, then end the loop."""
        with self._changed:
            self._running = False
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _loop(self) -> None:
        while True:
            try:
                if self.step():
                    continue
            except Exception:
                log.exception("the sequencer goes on after a fault")
            with self._changed:
                if not self._running:
                    return
                if not self._ready():
                    self._changed.wait(self._until_next())

    def _ready(self) -> bool:
        heads = (queue[0] for queue in self._queues.values())
        return any(place.work is not None or place.void for place in heads)

    def _until_next(self) -> float:
        if not self._deadlines:
            return IDLE_SECONDS
        left = (self._deadlines[0][0] - self._clock.now()).total_seconds()
        # Timers may fire early: never sleep so little that the loop spins, never past the next.
        return min(max(left, 0.001), IDLE_SECONDS)
