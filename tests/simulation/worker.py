"""One worker process: the production clock, batch writer, sequencer and presence, started up in
the order of `services.serving`. It dies with all of its memory, and another takes its place."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from factories import log_key, nobody
from simulation.store import Database, MemoryStore, StatementFailed
from simulation.world import MS, Lock, Owner, S, World

from auction.core.instants import EPOCH
from auction.services.serving import BEHIND, LOOK_SECONDS
from auction.store.workers import GONE_AFTER, Seen
from auction.trading.batch import BatchWriter
from auction.trading.ports import Unavailable
from auction.trading.presence import Presence
from auction.trading.runtime import LotRuntime
from auction.trading.sequencer import Sequencer
from auction.trading.time import ReferenceClock
from auction.trading.work import Committed, Nudge, Work


class Reference:
    """A time of day that may be wrong, told with a little uncertainty."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.error = 0

    def read(self) -> tuple[datetime, datetime]:
        width = self._world.random.randrange(2 * MS)
        before = self._world.random.randrange(width + 1)
        told = self._world.instant() + timedelta(microseconds=self.error - before)
        return told, told + timedelta(microseconds=width)


class Worker(Owner):
    """A process that takes bids of all lots."""

    def __init__(
        self,
        name: str,
        db: Database,
        reference: Reference,
        lots: Sequence[tuple[int, str]],
        start_lock: Lock,
        committed: "Callable[[Worker, Committed], None]",
        *,
        among_others: bool,
    ) -> None:
        super().__init__(name)
        world = self._world = db.world
        self._lots = lots
        self._start_lock = start_lock
        self._among_others = among_others
        self._drift = world.random.uniform(-50e-6, 50e-6)
        self._born = world.now
        self.stood_still = 0
        """How long this machine's monotonic clock did not run."""
        self.ready = False
        """Whether it takes bids."""
        self.ending = False
        """Whether it was told to end in order."""
        self.looked_at: dict[int, object] = {}
        """What of its memory was found to be as the log says."""
        self.store = MemoryStore(db, self)
        self.store.crash = self._crash
        self.clock = ReferenceClock(reference, self._monotonic)
        self.writer = BatchWriter(self.store, self.clock, nobody)
        self.sequencer = Sequencer(self.writer, self.clock)
        self.sequencer.announcing = not among_others
        self.sequencer.listen(lambda told: committed(self, told))
        self.presence = Presence(
            self.store, self.clock, self.sequencer, self._offload, among_others=among_others
        )
        self.died: Callable[[], None] = lambda: None

    def _monotonic(self) -> int:
        passed = self._world.now - self._born - self.stood_still
        return int(passed * 1_000 * (1 + self._drift))

    def _offload(self, work: Callable[[], object]) -> object:
        self.store.step("handed to a thread")
        result = work()
        self.store.step("back from the thread")
        return result

    def error_us(self) -> int:
        """How far this clock is off true time."""
        return (self.clock.now() - self._world.instant()) // timedelta(microseconds=1)

    # --- life ----------------------------------------------------------------------------

    def start(self) -> None:
        """A task: become a worker; a start that fails ends the process."""
        try:
            self._start_lock.acquire(self)
            try:
                self._begin()
            finally:
                self._start_lock.release(self)
            self.sequencer.start()
            self.ready = True
            self._world.tell("takes bids", "starts")
        except (Unavailable, StatementFailed, ClockBehind) as fault:
            self._world.tell(f"cannot start: {fault!r}", "failed starts")
            self._world.at(0, self.die)

    def _begin(self) -> None:
        before = self.store.enter(self.clock.now())
        last_sign = self._end_of_service(before)
        for lot_id, slug in self._lots:
            runtime = LotRuntime(lot_id=lot_id, log_id=lot_id, slug=slug, key=log_key(slug))
            self.writer.load(runtime)
            self.sequencer.watch(lot_id)
        self._meet()
        for runtime in self.writer.runtimes.values():
            self._require_clock(runtime)
        if last_sign is not None:
            self.sequencer.silent_since(last_sign)
        self.sequencer.settle()
        self.presence.start()

    def _end_of_service(self, before: list[Seen]) -> datetime | None:
        if not before:
            return None
        last = max(before, key=lambda seen: seen.at)
        recent = self.clock.now() - last.at < GONE_AFTER
        if self._among_others and recent and self._somebody_lives(before):
            return None
        return last.at

    def _somebody_lives(self, before: list[Seen]) -> bool:
        known = {seen.worker: seen.at for seen in before}
        until = self._world.now + LOOK_SECONDS * S
        while self._world.now < until:
            now = [seen for seen in self.store.seen() if seen.worker != self.name]
            if any(seen.at > known.get(seen.worker, seen.at) for seen in now):
                return True
            self._world.sleep(LOOK_SECONDS * S / 15)
        return False

    def _meet(self) -> None:
        works = [Work(lot_id, Nudge(EPOCH)) for lot_id, _ in self._lots]
        for result in self.writer.run(works)[0]:
            if isinstance(result, Exception):
                raise result

    def _require_clock(self, runtime: LotRuntime) -> None:
        last = runtime.last_sequenced
        if last is None or (behind := last - self.clock.now()) <= timedelta(0):
            return
        if behind > BEHIND:
            raise ClockBehind
        self._world.sleep(behind / timedelta(microseconds=1) + 1)

    def stop(self) -> None:
        """A task: end in order."""
        self.ready = False
        self.sequencer.stop()
        self.presence.stop()
        now = self.clock.now()
        with suppress(Unavailable, StatementFailed):
            if self.sequencer.may_show(now):
                self.store.leave(now)
        self._world.at(0, self.die)

    def _crash(self, where: str) -> None:
        self._world.tell(f"dies at {where}", "crashes", f"crashes at {where}")
        self._world.at(0, self.die)

    def die(self) -> None:
        """All its memory is gone."""
        if self.alive:
            self.ready = False
            self._world.kill(self)
            self._start_lock.release(self)
            self.died()


class ClockBehind(Exception):
    """The clock says an earlier time than the last record."""
