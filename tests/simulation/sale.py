"""One run: workers, bidders, officers and faults over some lots, until everything is decided."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from factories import log_key, profile, wan
from simulation.check import Witness, require
from simulation.clients import OFFICIAL, OVER, Bidder, Noise, Office
from simulation.store import Database, StatementFailed, Weather
from simulation.threads import Threading
from simulation.worker import Reference, Worker
from simulation.world import MS, START, Lock, S, Violation, World

import auction.trading.presence
import auction.trading.sequencer
import auction.trading.tickets
from auction.core import events as e
from auction.core.profile import CountdownRule, RuleProfile, TimedEntry, TimedTrigger
from auction.core.state import due
from auction.ledger.merkle import leaf_hash
from auction.store.journal import Leaf
from auction.trading.ports import Unavailable

CALM_SECONDS = 400
"""So long after the last fault everything must be decided."""
PATCHED = (auction.trading.sequencer, auction.trading.presence, auction.trading.tickets)
FAULTS = (
    "crash",
    "end",
    "freeze",
    "pause",
    "outage",
    "partition",
    "eclipse",
    "newcomer",
    "clock",
    "announcers",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a seed has chosen for its run."""

    workers: int
    lots: int
    bidders: int
    length: int
    """Microseconds until the faults end."""
    kinds: tuple[str, ...]
    """Faults that strike out of the blue."""
    every: int
    """Microseconds between them, on average."""


class Sale:
    """The world of one seed."""

    def __init__(self, seed: int, trace: Callable[[str], None] | None = None) -> None:
        self.world = world = World(seed, trace)
        self.threading = Threading(world)
        self.random = random = world.random
        self.plan = self._plan()
        self.db = Database(world, self._weather())
        self.reference = Reference(world)
        self.profile = self._profile()
        self.slow_checks = random.choice((0.0, 0.02, 0.1))
        self.officious = random.choice((0.0, 0.05, 0.3))
        self.announcers = "one"
        self.start_lock = Lock(world)
        self.workers: list[Worker] = []
        self.named = 0
        self.witnesses: list[Witness] = []
        for lot_id in range(1, self.plan.lots + 1):
            slug = f"lot-{lot_id}"
            self.db.add(lot_id, log_key(slug).name)
            self.witnesses.append(Witness(world, self.db, lot_id, slug))
        self.db.told = self._committed
        self.bidders = [
            Bidder(self, witness, str(1001 + n), random.randrange(3, 15))
            for witness in self.witnesses
            for n in range(self.plan.bidders)
        ]

    def _committed(self, log_id: int, leaves: Sequence[Leaf], by: str) -> None:
        try:
            self.witnesses[log_id - 1].committed(leaves, by)
        except Exception as fault:  # of the checks: nothing of the code under test may swallow it
            raise Violation(f"{fault!r}") from fault

    # --- chosen by the seed --------------------------------------------------------------

    def _plan(self) -> Plan:
        random = self.random
        kinds = tuple(kind for kind in FAULTS if random.random() < 0.4)
        return Plan(
            workers=random.choice((1, 1, 2, 2, 2, 3)),
            lots=random.choice((1, 1, 2)),
            bidders=random.choice((2, 4, 7)),
            length=random.randrange(30, 90) * S,
            kinds=kinds,
            every=random.choice((4, 10, 25)) * S,
        )

    def _weather(self) -> Weather:
        def some(*rates: float) -> float:
            return self.random.choice((0.0, *rates))

        return Weather(
            crash=some(0.00005, 0.0003),
            cut=some(0.001, 0.01),
            fail=some(0.001, 0.005),
            unknown=some(0.02, 0.15),
            slow=some(0.01, 0.05),
            one_writer=self.plan.workers == 1 and self.random.random() < 0.5,
        )

    def _profile(self) -> RuleProfile:
        random = self.random
        opens = START + timedelta(seconds=2)
        closes = opens + timedelta(seconds=random.choice((8, 15)))
        return replace(
            profile(),
            apply_from=opens,
            apply_until=closes - timedelta(seconds=3),
            deposit_until=closes - timedelta(seconds=3),
            listing_from=opens,
            listing_until=closes,
            start_fen=wan(100),
            timed_trigger=random.choice((TimedTrigger.QUOTED_GE_2, TimedTrigger.ALWAYS)),
            timed_entry=random.choice((TimedEntry.QUOTED_ONLY, TimedEntry.QUALIFIED_ALL)),
            countdown_rule=random.choice(
                (CountdownRule.RESTART_FROM_BID, CountdownRule.EXTEND_IF_WITHIN)
            ),
            extend_within_seconds=15,
            prep_seconds=random.choice((0, 2)),
            countdown_first_seconds=random.choice((15, 20)),
            countdown_seconds=15,
            resume_prep_seconds=15,
            unhealthy_autosuspend_s=random.choice((5, 15)),
        )

    # --- running -------------------------------------------------------------------------

    def run(self) -> None:
        """All of it; Violation where something is as it must not be."""
        with self._installed():
            try:
                for _ in range(self.plan.workers):
                    self._new_worker()
                for witness in self.witnesses:
                    self.world.spawn(Office(self, witness).live)
                    self.world.spawn(Noise(self, witness).live)
                for bidder in self.bidders:
                    self.world.spawn(bidder.live)
                for duty in (self._strike, self._elect, self._look):
                    self.world.spawn(duty)
                self.world.run(self._decided, self.plan.length)
                self._calm()
                if not self.world.run(self._decided, self.world.now + CALM_SECONDS * S):
                    raise Violation(f"without faults, not everything was decided: {self._open()}")
                self._compare()
            finally:
                self.world.end()

    @contextmanager
    def _installed(self) -> Iterator[None]:
        before = [module.threading for module in PATCHED]  # type: ignore[attr-defined]
        logs = logging.getLogger("auction.trading")
        watch = _Watch()
        propagates, logs.propagate = logs.propagate, False
        logs.addHandler(watch)
        try:
            for module in PATCHED:
                module.threading = self.threading  # type: ignore[attr-defined]
            yield
        finally:
            for module, real in zip(PATCHED, before, strict=True):
                module.threading = real  # type: ignore[attr-defined]
            logs.removeHandler(watch)
            logs.propagate = propagates

    def living(self) -> list[Worker]:
        return [w for w in self.workers if w.alive]

    def _new_worker(self) -> None:
        self.named += 1
        worker = Worker(
            f"w{self.named}",
            self.db,
            self.reference,
            [(w.lot_id, w.slug) for w in self.witnesses],
            self.start_lock,
            lambda _worker, told: self.witnesses[told.runtime.lot_id - 1].heard(told),
            among_others=self.plan.workers > 1,
        )
        worker.died = self._restart
        self.workers = [*self.living(), worker]
        self.world.spawn(worker.start, worker)

    def _restart(self) -> None:
        seconds = self.random.choice((0.02, 0.2, 1, 1, 4, 12)) if self.world.faults else 0.2
        self.world.at(int(seconds * S), self._new_worker)

    # --- duties --------------------------------------------------------------------------

    def _strike(self) -> None:
        """Faults out of the blue."""
        world = self.world
        while world.faults and self.plan.kinds:
            world.sleep(world.about(self.plan.every))
            if world.faults:
                self._fault(self.random.choice(self.plan.kinds))

    def _fault(self, kind: str) -> None:
        world, random = self.world, self.random
        living = self.living()
        if not living:
            return
        worker = random.choice(living)
        usual = (6, 12, 20) if kind == "partition" else (0.05, 0.4, 2, 6, 9, 20)
        long = random.choice(usual) * random.uniform(0.5, 1.5) * S
        world.tell(f"{kind}: {worker.name}, {long / S:.3f} s", f"struck: {kind}")
        match kind:
            case "crash":
                world.tell(f"{worker.name} dies", "crashes")
                world.at(0, worker.die)
            case "end":
                if worker.ready and not worker.ending:
                    worker.ending = True
                    world.spawn(worker.stop, worker)
            case "freeze":
                worker.still_until = world.now + int(long)
            case "pause":
                # Of the whole machine: its monotonic clock stands still too.
                worker.still_until = world.now + int(long)
                worker.stood_still += min(int(long), 80 * MS)
            case "outage":
                self.db.down_until = world.now + int(long)
            case "partition":
                worker.store.cut_until = world.now + int(long)
            case "eclipse":
                self._eclipse(worker)
            case "newcomer":
                self._newcomer(worker)
            case "clock":
                self.reference.error = random.choice((-90, -30, -5, 0, 0, 5, 30, 90)) * MS
            case "announcers":
                self.announcers = random.choice(("none", "all", "one"))

    def _eclipse(self, worker: Worker) -> None:
        """One worker alone is cut off over an end, for longer than the others wait for it."""
        if len(self.living()) > 1 and self._come_near_an_end(3 * S):
            worker.store.cut_until = self.world.now + self.random.randrange(12, 25) * S

    def _newcomer(self, worker: Worker) -> None:
        """One worker dies, and another, whose clock is behind, starts just when something ends."""
        if len(self.living()) > 1 and self._come_near_an_end(S) and worker.alive:
            self.reference.error = -self.random.choice((0, 30, 49, 90)) * MS
            self.world.at(0, worker.die)

    def _come_near_an_end(self, before: int) -> bool:
        """Let time pass until at most `before` before the next end; whether there is one."""
        ends = [end for witness in self.witnesses if (end := due(witness.state)) is not None]
        if ends:
            left = (min(ends) - self.world.instant()) // timedelta(microseconds=1)
            self.world.sleep(max(left - self.random.randrange(before), 0))
        return bool(ends) and self.world.faults

    def _elect(self) -> None:
        """Who announces: one, all of them, or none for a while."""
        while True:
            living = self.living()
            ready = [w for w in living if w.ready] or living
            for worker in living:
                one = worker is ready[0] if ready else False
                worker.sequencer.announcing = self.announcers == "all" or (
                    self.announcers == "one" and one
                )
            self.world.sleep(700 * MS)

    def _look(self) -> None:
        """Again and again: memory against the log, and whether anybody can decide anything."""
        since: datetime | None = None
        while True:
            for worker in self.living():
                self._remember(worker)
            now = self.world.instant()
            if any(
                w.ready and w.still_until <= self.world.now and not w.store.away
                for w in self.living()
            ):
                since = None
            elif since is None:
                since = now
                self.world.gaps.append((since, now))
            else:
                self.world.gaps[-1] = (since, now)
            self.world.sleep(53 * MS)

    def _remember(self, worker: Worker) -> None:
        if worker.ready and not worker.sequencer._deciding.taken:  # type: ignore[attr-defined]
            for lot_id, runtime in worker.writer.runtimes.items():
                held = (runtime.state, runtime.tree.size, runtime.last_sequenced)
                if worker.looked_at.get(lot_id) != held:
                    self.witnesses[lot_id - 1].memory(runtime)
                    worker.looked_at[lot_id] = held

    # --- the end -------------------------------------------------------------------------

    def _calm(self) -> None:
        """No more faults; whoever's clock is wrong is started anew."""
        self.world.tell("no more faults")
        self.world.faults = False
        self.announcers = "one"
        self.reference.error = 0
        self.db.down_until = 0
        for worker in self.living():
            worker.store.cut_until = worker.still_until = 0
            if abs(worker.error_us()) > 20 * MS:
                self.world.at(0, worker.die)

    def _decided(self) -> bool:
        return not self._open()

    def _open(self) -> list[str]:
        """What is undecided: lots, statements without an answer, tickets at workers that live."""
        lots = [f"{w.slug} {w.state.stage}" for w in self.witnesses if w.state.stage not in OVER]
        busy = [f"{b.witness.slug} {b.plate}" for b in self.bidders if b.busy]
        tickets = [w.name for w in self.living() if w.sequencer.waiting() != (0, 0)]
        return [*lots, *busy, *tickets]

    def _compare(self) -> None:
        """Log, memory of every worker that lives, and what services wrote, at the end."""
        done: set[str] = set()

        def follow(worker: Worker) -> None:
            worker.sequencer.refresh([w.lot_id for w in self.witnesses])
            for witness in self.witnesses:
                runtime = worker.writer.runtimes[witness.lot_id]
                require(runtime.tree.size == len(witness.records), "a worker does not follow")
                witness.memory(runtime)
            done.add(worker.name)

        ready = [w for w in self.living() if w.ready]
        for worker in ready:
            self.world.spawn(lambda worker=worker: follow(worker), worker)
        followed = self.world.run(
            lambda: all(w.name in done or not w.alive for w in ready), self.world.now + 60 * S
        )
        require(followed, "a worker cannot follow the others any more")
        for witness in self.witnesses:
            self._whole(witness)
        self.world.seen["sales"] += 1

    def _whole(self, witness: Witness) -> None:
        row = self.db.logs[witness.lot_id]
        require([leaf.seq for leaf in row.leaves] == list(range(1, len(row.leaves) + 1)), "gaps")
        for leaf in row.leaves:
            require(leaf_hash(leaf.data) == leaf.hash, "a leaf with another's hash")
        require(row.head.root == witness.tree.root(), "the row has another root than its leaves")
        require(row.head.frontier == witness.tree.frontier().to_bytes(), "another frontier")
        official = [
            r.seq
            for r in witness.records
            if isinstance(r.event, OFFICIAL) and getattr(r.event, "by", "") != "system"
        ]
        marked = [
            n for (lot_id, _), numbers in self.db.marks if lot_id == witness.lot_id for n in numbers
        ]
        require(len(marked) == len(set(marked)), "a service's work was committed twice")
        require(set(official) <= set(marked), "an officer's act without the service's work")
        for record in witness.records:
            if isinstance(record.event, e.BidAccepted | e.BidRefused | e.BidUnheard):
                # Where a bid was only recalled, its statement was kept by the batch before.
                require(record.event.statement in self.db.kept, "a bid without its statement")


class _Watch(logging.Handler):
    """What the production code swallows and logs must be a fault of the store."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR and record.exc_info is not None:
            fault = record.exc_info[1]
            if not isinstance(fault, StatementFailed | Unavailable):
                raise Violation(f"{record.getMessage()}: {fault!r}") from fault
