"""The sequencer: one queue, strictly in the order of tickets, answered only after the commit.

A ticket is taken at the edge, before anything is checked; its arrival is the instant that
decides (T-1). A command may become ready later than one that arrived after it, because
signatures are verified in parallel; it is decided first all the same. That, and the transitions
that a batch carries out before any command at or after them, is the hold: nothing that arrived
at or after a deadline is decided before everything that arrived in time, at this worker and at
the others.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from auction.core import commands as c
from auction.core.state import Stage, due
from auction.trading.batch import AGAIN, BatchWriter, Result
from auction.trading.deadlines import Deadlines
from auction.trading.measures import Measures
from auction.trading.ports import Unavailable
from auction.trading.runtime import LotRuntime
from auction.trading.tickets import MAX_VERIFICATION, Pending, Place, Queues, Ticket
from auction.trading.time import Clock
from auction.trading.work import Committed, Held, Nudge, Work

__all__ = ["MAX_VERIFICATION", "Pending", "Sequencer", "Ticket"]

MAX_BATCH = 128
"""About ten milliseconds of computing, for which nothing else is read."""
IDLE_SECONDS = 0.25
"""How long the loop sleeps at most: the bound on how late a closing is announced."""
HELD_SECONDS = 0.05
"""When it is looked again whether the other workers have passed a deadline."""
RETRY = timedelta(seconds=1)
"""When a transition is tried again that could not be carried out, or the store asked again."""
FAULTS = 3
"""A transition that fails so often in a row suspends its lot: it needs people (R-90)."""
STALLED = timedelta(seconds=5)
"""A running worker that could not show itself for so long was ill, whatever the reason."""

log = logging.getLogger(__name__)


class Sequencer:
    """Takes tickets and commands, decides them in order, tells the listeners what was committed.

    `announcing` says whether this process carries out transitions by time when nobody asks for
    anything (the elected clock). A worker that does not still carries them out before any command
    that arrived at or after them, so that the outcome is the same without it.
    """

    def __init__(
        self,
        writer: BatchWriter,
        clock: Clock,
        measures: Measures | None = None,
    ) -> None:
        self._writer = writer
        self._clock = clock
        self.measures = measures or Measures()
        self.announcing = True
        self._changed = threading.Condition()
        self._deciding = threading.RLock()
        self._queues = Queues()
        self._deadlines = Deadlines()
        self._listeners: list[Callable[[Committed], None]] = []
        self._last_well: datetime | None = None
        self._ill = False
        self._look_again: datetime | None = None
        self._outage_told: set[int] = set()
        """Lots in which the outage stands that is being recorded."""
        self._faults: dict[int, int] = {}
        self._thread: threading.Thread | None = None
        self._running = False
        self._serves = False
        """Whether time counts here in which nothing could be decided."""

    # --- the edge ------------------------------------------------------------------------

    def ticket(self, lot_id: int) -> Ticket:
        """Register an arrival now; follow with `submit` or `withdraw`."""
        with self._changed:
            return self._queues.arrive(lot_id, self._clock.now())

    def submit(self, ticket: Ticket, work: Work) -> Pending:
        """Hand in the command of `ticket`; its `arrival` must be the ticket's.

        Raises Refusal if the ticket has been void too long to be waited for, ValueError if the
        command is not this ticket's.
        """
        with self._changed:
            pending = self._queues.fill(ticket, work)
            self._changed.notify()
        return pending

    def withdraw(self, ticket: Ticket) -> None:
        """Give a ticket up: its request turned out not to be a bid."""
        with self._changed:
            if self._queues.empty(ticket):
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
            if self._deadlines.set(lot_id, instant):
                self._changed.notify()

    def step(self) -> bool:
        """Decide one batch of what is ready and what is due; False if there was nothing.

        The loop calls this; a rehearsal with a driven clock calls it itself.
        """
        with self._deciding:
            if not self._well():
                return False
            with self._changed:
                now = self._clock.now()
                places = self._queues.take(now, MAX_BATCH)
                first = self._queues.first_arrival
                nudges = self._deadlines.pop(now, first) if self.announcing else []
            works = [p.work for p in places if p.work is not None]
            works += [self._transition(lot_id, instant, now) for instant, lot_id in nudges]
            if not works:
                return False
            results, gained = self._write(works)
            return self._conclude(works, places, results, gained)

    def _transition(self, lot_id: int, instant: datetime, now: datetime) -> Work:
        """Carry out what is due; a lot whose transition keeps failing stands still instead."""
        if self._faults.get(lot_id, 0) < FAULTS:
            return Work(lot_id, Nudge(instant))
        due_at = due(self._writer.runtimes[lot_id].state) or instant
        before = due_at - timedelta(microseconds=1)
        return Work(lot_id, c.RecordOutage(arrival=now, start=before))

    def _conclude(
        self,
        works: list[Work],
        places: list[Place],
        results: list[Result],
        gained: list[Committed],
    ) -> bool:
        """Give the answers, return what could not be decided, tell the listeners."""
        now = self._clock.now()
        failed = {w.lot_id for w, r in zip(works, results, strict=True) if isinstance(r, Exception)}
        again = [p for p, r in zip(places, results, strict=False) if isinstance(r, AGAIN)]
        waiting = {id(p) for p in again}
        done = [p for p in places if id(p) not in waiting]
        with self._changed:
            self._queues.put_back(again)
            self._queues.done(done)
            if any(isinstance(r, Unavailable) for r in results):
                self._fell_ill(now)
            elif self._running and not self._stalled(now):
                self._last_well = now
            if any(isinstance(r, Held) for r in results):
                self._look_again = now + timedelta(seconds=HELD_SECONDS)
        for work, result in zip(works, results, strict=True):
            if not isinstance(result, Exception):
                self._faults.pop(work.lot_id, None)
            elif not isinstance(result, AGAIN):
                log.error("command failed", exc_info=result)
                self._faults[work.lot_id] = self._faults.get(work.lot_id, 0) + 1
        for lot_id in {work.lot_id for work in works} & self._writer.runtimes.keys():
            instant = due(self._writer.runtimes[lot_id].state)
            if instant is not None and lot_id in failed:
                held = self._look_again if self._look_again and self._look_again > now else None
                instant = max(instant, held or now + RETRY)
            self._schedule(lot_id, instant)
        for place, result in zip(places, results, strict=False):
            if id(place) in waiting:
                continue
            if isinstance(result, Exception):
                self.measures.failed += 1
            self.measures.answered((now - place.ticket.arrival).total_seconds())
            assert place.pending is not None
            place.pending.resolve(result)
        for committed in gained:
            self._tell(committed)
        return not all(isinstance(r, AGAIN) for r in results)

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

    def refresh(self, lot_ids: Iterable[int] | None = None) -> None:
        """Take in what other workers have committed of these lots, or of all that may go on: also
        a lot that stands still here may run there."""
        with self._deciding:
            known = self._writer.runtimes
            wanted = (
                [lot_id for lot_id in lot_ids if lot_id in known]
                if lot_ids is not None
                else [lot_id for lot_id, r in known.items() if r.state.stage not in SETTLED]
            )
            if wanted:
                self._writer.refresh(wanted)
                for lot_id in wanted:
                    self._schedule(lot_id, due(known[lot_id].state))

    def _write(self, works: list[Work]) -> tuple[list[Result], list[Committed]]:
        try:
            return self._writer.run(works)
        except Exception as fault:  # whoever waits for an answer must get one
            return [fault] * len(works), []

    # --- being ill -----------------------------------------------------------------------

    def silent_since(self, instant: datetime) -> None:
        """The service was last known to run at `instant`, before this process: that is recorded
        before anything is decided."""
        with self._changed:
            self._serves, self._ill, self._last_well = True, True, instant

    def may_show(self, at: datetime) -> bool:
        """Whether this worker may be seen to run: not before an outage that it knows of has been
        recorded. If it dies first, whoever starts next must still find the silence."""
        with self._changed:
            return not self._ill and not self._stalled(at)

    def shown(self, at: datetime) -> None:
        """The worker's own row was written: the store is well, and so is this process."""
        with self._changed:
            if self._running and not self._ill and not self._stalled(at):
                self._last_well = at

    def watermark(self) -> datetime:
        """Nothing that arrived here before it is undecided, or will be stamped before it."""
        with self._changed:
            return self._queues.watermark(self._clock.now())

    def _stalled(self, now: datetime) -> bool:
        return self._last_well is not None and now - self._last_well >= STALLED

    def _fell_ill(self, now: datetime) -> None:
        self.measures.unavailable += 1
        self._ill = True
        self._last_well = self._last_well or now
        self._look_again = now + RETRY
        self._outage_told.clear()

    def _well(self) -> bool:
        """Whether batches can be carried out; after an illness it is recorded first (R-90).

        What was handed in meanwhile stays in its queue and loses nothing: it is judged by its
        arrival, behind the record of the outage.
        """
        now = self._clock.now()
        if not self._ill and not self._stalled(now):
            return True
        if self._look_again is not None and now < self._look_again:
            return False
        self._last_well = self._last_well or now
        runtimes = self._writer.runtimes
        # Also a lot that stands still here: what was cut off may have let it go on.
        open_lots = [lot_id for lot_id, r in runtimes.items() if r.state.stage not in SETTLED]
        lots = [lot_id for lot_id in open_lots if lot_id not in self._outage_told]
        works = [self._outage(runtimes[lot_id], now, self._last_well) for lot_id in lots]
        results, gained = self._write(works)
        with self._changed:
            if any(isinstance(result, Unavailable) for result in results):
                self._fell_ill(now)
            else:
                self._told_outage(dict(zip(lots, results, strict=True)), now)
        for lot_id in lots:
            self._schedule(lot_id, due(runtimes[lot_id].state))
        for committed in gained:
            self._tell(committed)
        return not self._ill and not self._stalled(self._clock.now())

    def _outage(self, runtime: LotRuntime, now: datetime, well: datetime) -> Work:
        """The silence of this worker as this lot met it: another worker may have served it.

        It began no later than the oldest command that is still undecided: a deadline between the
        two must not pass before that command is judged.
        """
        start = min(max(well, runtime.last_sequenced or well), self.watermark())
        return Work(runtime.lot_id, c.RecordOutage(arrival=now, start=start))

    def _told_outage(self, results: dict[int, Result], now: datetime) -> None:
        """Well again only when the outage stands in every lot, or cannot be written there."""
        wait: timedelta | None = None
        for lot_id, result in results.items():
            if isinstance(result, Held):
                wait = wait or timedelta(seconds=HELD_SECONDS)
                continue
            if isinstance(result, Exception):
                log.error("an outage could not be recorded", exc_info=result)
                faults = self._faults[lot_id] = self._faults.get(lot_id, 0) + 1
                if faults < FAULTS:
                    wait = RETRY
                    continue
            self._outage_told.add(lot_id)
        self._ill = wait is not None
        if wait is not None:
            self._look_again = now + wait
        else:
            self._look_again = None
            self._last_well = now if self._serves else None
            self._outage_told.clear()

    # --- the loop ------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether the loop runs; if not, whoever submits also settles (commands, rehearsals)."""
        return self._running

    @property
    def ill(self) -> bool:
        """Whether the store is not to be had at present."""
        return self._ill

    def waiting(self) -> tuple[int, int]:
        """How many tickets are undecided, and how many of those have their command: held ones."""
        with self._changed:
            return self._queues.waiting()

    def start(self) -> None:
        """Run the loop in a thread (a greenlet where threads are patched)."""
        self._running = True
        self._serves = True
        self._last_well = self._last_well or self._clock.now()
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
                wait = self._until_next()
                if wait > 0:
                    self._changed.wait(wait)

    def _until_next(self) -> float:
        """Seconds until there may be something to do; never past the next deadline."""
        now = self._clock.now()
        if self._look_again is not None and now < self._look_again:
            return min((self._look_again - now).total_seconds(), IDLE_SECONDS)
        if self._queues.any_ready():
            return 0.0
        instant = self._deadlines.next()
        if instant is None or not self.announcing:
            return IDLE_SECONDS
        left = (instant - now).total_seconds()
        # Timers may fire early: never sleep so little that the loop spins.
        return min(max(left, 0.001), IDLE_SECONDS)


SETTLED = frozenset({Stage.CONFIRMED, Stage.PUBLISHED, Stage.AWARD_VOID, Stage.TERMINATED})
"""Stages from which no lot goes back to where time counts."""
