"""People outside: bidders who want an answer, officers, and requests that turn out to be none."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from factories import bid, digest, open_lot
from simulation.check import Witness, require
from simulation.store import StatementFailed
from simulation.world import MS, S, Violation

from auction.core import commands as c
from auction.core import events as e
from auction.core.parameters import HeldOutcome
from auction.core.reasons import Refusal
from auction.core.state import ENDED, Stage, due, minimum_fen
from auction.trading.sequencer import MAX_VERIFICATION, Pending, Ticket
from auction.trading.work import Answer, Head, Nudge, Work

if TYPE_CHECKING:
    from simulation.sale import Sale
    from simulation.worker import Worker

OVER = ENDED | {Stage.TERMINATED}
EXPIRED = MAX_VERIFICATION // timedelta(microseconds=1) + S
OFFICERS = ("o1", "o2")


class Client:
    """Sends requests to workers, one at a time, and knows only what comes back."""

    def __init__(self, sale: "Sale", witness: Witness) -> None:
        self.sale = sale
        self.world = sale.world
        self.random = sale.world.random
        self.witness = witness
        self.lot_id = witness.lot_id
        self.busy = False
        """Whether something was sent that has no answer yet."""

    def pick(self) -> "Worker | None":
        """A worker that takes requests now."""
        there = [w for w in self.sale.living() if w.ready and w.still_until <= self.world.now]
        return self.random.choice(there) if there else None

    def wait_for_worker(self) -> "Worker":
        while (worker := self.pick()) is None:
            self.world.sleep(self.world.about(150 * MS))
        return worker

    def await_answer(self, worker: "Worker", pending: Pending, patience: int) -> object | None:
        """The answer as it comes over the line, or None: silence."""
        got: list[object] = []
        here = self.sale.threading.Event()

        def arrived(answer: object) -> None:
            got.append(answer)
            here.set()

        def told(answer: object) -> None:
            if worker.alive:
                self.world.at(int(self.world.about(3 * MS)) + 1, lambda: arrived(answer))

        pending.then(told)
        here.wait(patience / S)
        return got[0] if got else None


class Bidder(Client):
    """Bids under one plate until it has had enough; sends a statement until it is answered."""

    def __init__(self, sale: "Sale", witness: Witness, plate: str, appetite: int) -> None:
        super().__init__(sale, witness)
        self.plate = plate
        self.appetite = appetite
        self.pace = self.random.choice((1, 4, 8)) * S
        self.patience = self.random.choice((3, 6, 40)) * S
        self.statements = 0

    def live(self) -> None:
        world, witness = self.world, self.witness
        while self.appetite > 0 and world.faults and witness.state.stage not in OVER:
            self.busy = False
            if witness.state.stage is Stage.NONE:
                world.sleep(200 * MS)
                continue
            worker = None
            if world.maybe(0.5):
                worker = self._aim()
            else:
                world.sleep(world.about(self.pace))
            self.appetite -= 1
            self.busy = True
            self._place(worker)
        self.busy = False

    def _aim(self) -> "Worker | None":
        """Come just before, at, or just after the end, by the clock of some worker."""
        world = self.world
        by = timedelta(microseconds=self.random.choice((-2_000, -100, -1, -1, 0, 0, 1, 100, 5_000)))
        worker = self.pick()
        while worker is not None and (end := due(self.witness.state)) is not None:
            left = end + by - worker.clock.now()
            if left <= timedelta(0) or left > timedelta(seconds=40):
                break
            # The end may move meanwhile, and the worker's clock has an error of its own.
            world.sleep(max(min(left, timedelta(seconds=3)) // timedelta(microseconds=1), 1))
            if not worker.ready or worker.still_until > world.now:
                return None
        return worker

    def _amount(self) -> int:
        state = self.witness.state
        step = 100 * 1_000_000
        above = self.random.choice((0, 0, 0, 0, step, 3 * step, -step))
        return max(minimum_fen(state) + above, step)

    def _place(self, worker: "Worker | None") -> None:
        world, witness = self.world, self.witness
        self.statements += 1
        statement = digest(self.plate, self.lot_id, self.statements)
        amount = self._amount()
        size = len(witness.records)
        seen = Head(size, witness.tree.root())
        first = True
        while True:
            if worker is None:
                worker = self.wait_for_worker()
            if not first:
                world.seen["sent again"] += 1
            first = False
            ticket = worker.sequencer.ticket(self.lot_id)
            witness.tickets[worker.name, statement, ticket.arrival] = ticket.number
            command = replace(
                bid(self.plate, 1, ticket.arrival), amount_fen=amount, statement=statement
            )
            keep = {"statement": statement}
            work = Work(self.lot_id, command, seen=seen, keep=keep)
            if self._try(worker, ticket, work, statement):
                return
            world.sleep(world.about(300 * MS))
            worker = None

    def _try(self, worker: "Worker", ticket: Ticket, work: Work, statement: str) -> bool:
        """Hand one request in and wait; whether the statement is done with."""
        world = self.world
        took = world.about(10 * MS)
        if world.faults and world.maybe(self.sale.slow_checks):
            took = self.random.choice((180 * MS, 1 * S, 5 * S, EXPIRED))
            world.seen["slow verifications"] += 1
        world.sleep(took)
        while worker.alive and worker.still_until > world.now:
            world.sleep(worker.still_until - world.now)
        if not worker.alive:
            world.seen["died with a bid in verification"] += 1
            return False
        try:
            pending = worker.sequencer.submit(ticket, work)
        except Refusal as refusal:
            require(refusal.code == "TICKET_EXPIRED", "refused at the edge:", refusal.code)
            world.seen["expired tickets"] += 1
            return False
        answer = self.await_answer(worker, pending, self.patience)
        if answer is None:
            world.seen["silent answers"] += 1
            return False
        if isinstance(answer, StatementFailed):
            world.seen["failed commands"] += 1
            return False
        if not isinstance(answer, Answer):
            raise Violation(f"a bid was answered by {answer!r}")
        require(answer.refusal is None, "a bid without a record:", answer.refusal)
        self.witness.answered(statement, answer)
        world.seen["acknowledged"] += 1
        if answer.repeated:
            world.seen["answered again"] += 1
        return True


class Noise(Client):
    """Requests that are given up after their ticket, and orders to do what is due."""

    def live(self) -> None:
        world = self.world
        while world.faults:
            world.sleep(world.about(1500 * MS))
            worker = self.pick()
            if worker is None:
                continue
            if world.maybe(0.3):
                worker.sequencer.ask(lambda at: Work(self.lot_id, Nudge(at)), self.lot_id)
                world.seen["nudges"] += 1
                continue
            ticket = worker.sequencer.ticket(self.lot_id)
            world.sleep(world.about(20 * MS))
            while worker.alive and worker.still_until > world.now:
                world.sleep(worker.still_until - world.now)
            if worker.alive:
                worker.sequencer.withdraw(ticket)
                world.seen["withdrawn"] += 1


class Office(Client):
    """The officers of one lot: open it, stop it, let it go on, decide what is held."""

    def __init__(self, sale: "Sale", witness: Witness) -> None:
        super().__init__(sale, witness)
        self.asked = 0

    def live(self) -> None:
        world, witness = self.world, self.witness
        while witness.state.stage is Stage.NONE:
            self._ask(lambda at: replace(open_lot(at), profile=self.sale.profile))
        while True:
            world.sleep(world.about((8 if world.faults else 1) * S))
            state = witness.state
            if state.suspension is not None and state.suspension.resume_at is None:
                self._let_go_on()
            elif state.stage is Stage.RESULT_HELD:
                self._decide_held()
            elif world.faults and due(state) is not None and world.maybe(self.sale.officious):
                if world.maybe(0.03):
                    self._ask(lambda at: c.Terminate(arrival=at, ground="R-81", by=OFFICERS))
                else:
                    self._ask(lambda at: c.Suspend(arrival=at, ground="R-80", by="o1"))

    def _let_go_on(self) -> None:
        if self.world.maybe(0.3) and self.world.faults:
            later = timedelta(seconds=self.random.choice((0, 2, 9)))
            self._ask(lambda at: c.ScheduleResume(arrival=at, at=at + later, by="o1"))
        else:
            self._ask(lambda at: c.Resume(arrival=at, by="o1"))

    def _decide_held(self) -> None:
        which = self.random.choice((HeldOutcome.UPHOLD, HeldOutcome.REOPEN, HeldOutcome.VOID))
        self._ask(lambda at: c.ResolveHeld(arrival=at, outcome=which, ground="R-90", by=OFFICERS))

    def _ask(self, make: Callable[[datetime], c.Command]) -> None:
        worker = self.wait_for_worker()
        self.asked += 1
        mark = (self.lot_id, self.asked)

        def also(conn: object, answer: Answer) -> None:
            numbers = tuple(record.seq for record in answer.records)
            conn.marks.append((mark, numbers))  # type: ignore[attr-defined]

        pending = worker.sequencer.ask(
            lambda at: Work(self.lot_id, make(at), also=also), self.lot_id
        )
        answer = self.await_answer(worker, pending, 20 * S)
        if isinstance(answer, Answer):
            self.witness.answered(None, answer)
            marks = [numbers for known, numbers in self.sale.db.marks if known == mark]
            expected = [] if answer.refusal else [tuple(r.seq for r in answer.records)]
            require(marks == expected, "what belongs to a command is not committed with it", marks)
        elif answer is not None and not isinstance(answer, StatementFailed):
            raise Violation(f"an officer was answered by {answer!r}")


OFFICIAL = e.Suspended | e.ResumptionSet | e.HeldResolved | e.Terminated
