"""Virtual time and a seeded scheduler: everything that happens in a run follows from one integer.

Threads of the production code are greenlets here. One runs until it waits; whatever it waits for,
a lock, a statement, a timer, is a switch point at which time passes and others run, or at which
its process dies. Time is whole microseconds since the run began.
"""

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from greenlet import GreenletExit, getcurrent, greenlet

START = datetime(2024, 10, 30, 1, 0, tzinfo=UTC)
MS, S = 1_000, 1_000_000


class Violation(BaseException):
    """Something that must never be so. No `except Exception` of the code under test swallows it."""


class Owner:
    """What lives and dies together, and stands still together: a process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.still_until = 0


class Task:
    """One thread of control."""

    def __init__(self, world: "World", work: Callable[[], None], owner: Owner | None) -> None:
        self.owner = owner
        self.turn = 0
        self.dead = False
        self._work = work
        self._world = world
        self.greenlet = greenlet(self._run)

    def _run(self) -> None:
        try:
            self._work()
        finally:
            self.dead = True


class World:
    """One run."""

    def __init__(self, seed: int, trace: Callable[[str], None] | None = None) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.now = 0
        self.faults = True
        """Whether faults still happen; in the end there are none, and everything must be done."""
        self.seen: Counter[str] = Counter()
        """How often each kind of thing happened."""
        self.gaps: list[tuple[datetime, datetime]] = []
        """Times in which no worker could decide anything."""
        self.current: Task | None = None
        self._hub = getcurrent()
        self._heap: list[tuple[int, float, int, Task | Callable[[], None], int]] = []
        self._pushed = 0
        self._tasks: list[Task] = []
        self._trace = trace

    # --- time ----------------------------------------------------------------------------

    def instant(self) -> datetime:
        """True time, which nobody in the run knows exactly."""
        return START + timedelta(microseconds=self.now)

    def tell(self, text: str, *kinds: str) -> None:
        """A line of the story, and what is counted by it."""
        self.seen.update(kinds)
        if self._trace is not None:
            owner = self.current.owner if self.current is not None else None
            self._trace(f"{self.now / S:11.6f} {owner.name if owner else '-':>4}  {text}")

    def sleep(self, us: float) -> None:
        """Let `us` microseconds pass."""
        task = self._require_task()
        self._push(self.now + max(int(us), 1), task, task.turn)
        self._switch(task)

    def about(self, us: float) -> float:
        """A duration of `us` on average: most are shorter, a few several times as long."""
        return self.random.expovariate(1 / us)

    def maybe(self, probability: float) -> bool:
        """Whether something happens that is so probable."""
        return probability > 0 and self.random.random() < probability

    # --- tasks ---------------------------------------------------------------------------

    def spawn(self, work: Callable[[], None], owner: Owner | None = None) -> Task:
        """Begin a task of this process (None: of the world outside) at the present instant."""
        task = Task(self, work, owner)
        self._tasks.append(task)
        self._push(self.now, task, task.turn)
        return task

    def at(self, us: int, call: Callable[[], None]) -> None:
        """Have `call` made outside of all tasks, at `us` from now. It must not wait."""
        self._push(self.now + us, call, 0)

    def wait(self) -> int:
        """Wait until somebody wakes this task; give `turn` of before to `wake`."""
        task = self._require_task()
        self._switch(task)
        return task.turn

    def wake(self, task: Task, turn: int) -> None:
        """Let `task` go on that waits since its turn `turn`; nothing if it has gone on."""
        if not task.dead and task.turn == turn:
            self._push(self.now, task, turn)

    def kill(self, owner: Owner) -> None:
        """End a process at once, wherever its tasks are. Not by one of its own tasks: see `at`."""
        owner.alive = False
        for task in [t for t in self._tasks if t.owner is owner and not t.dead]:
            task.dead = True
            if task.greenlet:
                before, self.current = self.current, task
                task.greenlet.parent = getcurrent()
                task.greenlet.throw(GreenletExit)
                self.current = before
        self._tasks = [t for t in self._tasks if not t.dead]

    def run(self, done: Callable[[], bool], until: int) -> bool:
        """Run until `done` (asked now and then) or the instant `until`; whether it is done."""
        for count in itertools.count():
            if not self._heap or self._heap[0][0] > until or (count % 32 == 0 and done()):
                break
            at, _, _, what, turn = heapq.heappop(self._heap)
            self.now = max(self.now, at)
            if not isinstance(what, Task):
                what()
            elif not what.dead and what.turn == turn:
                if what.owner is not None and what.owner.still_until > self.now:
                    self._push(what.owner.still_until, what, turn)
                    continue
                what.turn += 1
                self.current = what
                what.greenlet.parent = self._hub
                what.greenlet.switch()
                self.current = None
        return done()

    def end(self) -> None:
        """Drop every task."""
        for task in self._tasks:
            task.dead = True
            if task.greenlet:
                task.greenlet.parent = getcurrent()
                task.greenlet.throw(GreenletExit)
        self._tasks.clear()
        self._heap.clear()

    def _push(self, at: int, what: Task | Callable[[], None], turn: int) -> None:
        self._pushed += 1
        heapq.heappush(self._heap, (at, self.random.random(), self._pushed, what, turn))

    def _require_task(self) -> Task:
        task = self.current
        if task is None or task.dead:
            raise GreenletExit
        return task

    def _switch(self, task: Task) -> None:
        self._hub.switch()
        if task.dead:
            raise GreenletExit


class Lock:
    """A reentrant lock between tasks, also used for rows: held by any object."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._owner: object | None = None
        self._depth = 0
        self._waiting: list[tuple[Task, int]] = []

    @property
    def taken(self) -> bool:
        return self._owner is not None

    def acquire(self, owner: object, timeout: int | None = None) -> bool:
        """Wait for it, at most `timeout` microseconds; whether it was had."""
        world = self._world
        until = None if timeout is None else world.now + timeout
        while self._owner is not None and self._owner is not owner:
            if until is not None and world.now >= until:
                return False
            task = world._require_task()
            self._waiting.append((task, task.turn))
            if until is not None:
                world._push(until, task, task.turn)
            world.wait()
        self._owner = owner
        self._depth += 1
        return True

    def release(self, owner: object) -> None:
        if self._owner is not owner:
            return
        self._depth -= 1
        if self._depth == 0:
            self._owner = None
            for task, turn in self._waiting:
                self._world.wake(task, turn)
            self._waiting.clear()
