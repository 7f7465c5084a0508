"""One lot's part of a batch before the commit: decided, numbered, hashed, not yet true."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from auction.core import commands as c
from auction.core import events as e
from auction.core.engine import decide, evolve
from auction.core.reasons import Refusal
from auction.core.state import LotState, Stage, due
from auction.ledger import canonical
from auction.ledger.checkpoint import Checkpoint, sign
from auction.ledger.merkle import leaf_hash
from auction.ledger.receipt import Receipt
from auction.store import journal
from auction.trading.ports import Transaction
from auction.trading.runtime import BID_EVENTS, LotRuntime
from auction.trading.work import Answer, Head, Held, Nudge, Openings, Roll, Work

ROOTS = 4096
"""So many roots of signed heads are remembered of each lot."""
UNORDERED = c.OpenLot | c.RecordOutage
"""Commands that need not wait for what other workers have in hand."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a batch knows of its time, read once: the present instant and how far it is off."""

    now: datetime
    offset_ms: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one command led to: numbers of its own events, its refusal, or the answer before."""

    numbers: tuple[int, ...] = ()
    refusal: Refusal | None = None
    again: bool = False


@dataclass(slots=True)
class Draft:
    """A lot as it will be if the transaction commits."""

    runtime: LotRuntime
    head: journal.Head
    moment: Moment
    state: LotState
    size: int
    last_sequenced: datetime | None
    held: bool = False
    answers: dict[str, int] = field(default_factory=dict)
    records: list[tuple[e.Recorded, bool]] = field(default_factory=list)
    leaves: list[journal.Leaf] = field(default_factory=list)
    note: str = ""
    root: bytes = b""

    @classmethod
    def of(cls, runtime: LotRuntime, head: journal.Head, moment: Moment) -> "Draft":
        """The draft of a lot whose row is locked and whose runtime has been brought up to it."""
        return cls(runtime, head, moment, runtime.state, head.size, runtime.last_sequenced)

    # --- deciding ------------------------------------------------------------------------

    def carry_out(self, tx: Transaction, work: Work, roll: Roll, openings: Openings) -> Outcome:
        """Decide one command. Raises Held if it must wait; so must then all that follow it."""
        command = work.command
        if isinstance(command, c.PlaceBid):
            known = self.answers.get(command.statement)
            known = known or self.runtime.answers.get(command.statement)
            if known is not None:
                return Outcome((known,), None, True)
        # What an outage swallowed was not carried out: a deadline inside it must not pass as if
        # the service had been well, only one before it.
        until = command.start if isinstance(command, c.RecordOutage) else command.arrival
        self._carry_out_due(tx, until, roll, openings)
        if isinstance(command, Nudge):
            return Outcome()
        if isinstance(command, c.RecordOutage) and due(self.state) is None:
            return Outcome()  # where time does not count, none was lost
        if not isinstance(command, c.PlaceBid | UNORDERED):
            self._wait_for_others(tx, command.arrival)
        if work.seen is not None and not self._is_ancestor(work.seen):
            return Outcome(refusal=Refusal("HEAD_UNKNOWN", size=work.seen.size))
        if isinstance(command, c.PlaceBid) and self.moment.offset_ms:
            command = replace(command, offset_ms=self.moment.offset_ms)
        try:
            events = decide(self.state, command)
        except Refusal as refusal:
            return Outcome(refusal=refusal)
        return Outcome(self._record(events, command.arrival))

    def _carry_out_due(
        self, tx: Transaction, until: datetime, roll: Roll, openings: Openings
    ) -> None:
        """Every transition by time that is due at `until`, each at its own instant (T-6)."""
        while (instant := due(self.state)) is not None and instant <= until:
            self._wait_for_others(tx, instant)
            lot_id = self.runtime.lot_id
            closing = self.state.stage is Stage.LISTING
            drawing = self.state.stage is Stage.SECOND_STAGE
            tick = c.Tick(
                arrival=instant,
                roll=roll(tx.conn, lot_id) if closing else (),
                offset_ms=self.moment.offset_ms,
                reserve=openings.reserve(tx.conn, lot_id),
                draw=openings.draw(tx.conn, lot_id) if drawing else None,
            )
            self._record(decide(self.state, tick), instant)

    def _wait_for_others(self, tx: Transaction, instant: datetime) -> None:
        if tx.others_below(instant, self.moment.now):
            self.held = True
            raise Held

    def _record(self, events: Sequence[e.Event], arrival: datetime) -> tuple[int, ...]:
        if not events:
            return ()
        now, last = self.moment.now, self.last_sequenced
        sequenced = now if last is None or now > last else last
        first = self.size + 1
        for event in events:
            self.size += 1
            record = e.Recorded(seq=self.size, arrival=arrival, sequenced=sequenced, event=event)
            data = canonical.encode(record.to_data(self.runtime.slug))
            hashed = leaf_hash(data)
            self.leaves.append(
                journal.Leaf(self.size, e.type_name(event), arrival, sequenced, data, hashed)
            )
            self.records.append((record, self.state.stage is Stage.ROUND))
            self.state = evolve(self.state, record)
            self.runtime.tree.append(hashed)
            if isinstance(event, BID_EVENTS):
                self.answers[event.statement] = self.size
        self.last_sequenced = sequenced
        return tuple(range(first, self.size + 1))

    def _is_ancestor(self, seen: Head) -> bool:
        if not 0 < seen.size <= self.size:
            return False
        root = self.runtime.roots.get(seen.size) or self.runtime.tree.root_at(seen.size)
        return root == seen.root

    # --- sealing and answering -----------------------------------------------------------

    def sealed(self) -> tuple[journal.Head, str]:
        """The new head of the log and its signed note."""
        runtime, tree = self.runtime, self.runtime.tree
        root = self.root = tree.root()
        self.note = sign(Checkpoint(runtime.key.name, self.size, root), runtime.key)
        frontier = tree.frontier().to_bytes()
        log_id, name = runtime.log_id, runtime.key.name
        head = journal.Head(log_id, name, self.size, frontier, root, self.last_sequenced)
        return head, self.note

    def answer(self, outcome: Outcome) -> Answer:
        """The answer to a command whose events are this draft's own."""
        if outcome.refusal is not None or not outcome.numbers:
            return Answer(refusal=outcome.refusal, state=self.state)
        before = self.head.size + 1
        tree = self.runtime.tree
        receipts = tuple(
            Receipt(
                index=n - 1,
                leaf=self.leaves[n - before].data,
                proof=tuple(tree.inclusion_proof(n - 1, self.size)),
                checkpoint_note=self.note,
            )
            for n in outcome.numbers
        )
        records = tuple(self.records[n - before][0] for n in outcome.numbers)
        return Answer(records, None, receipts, self.state)

    def take_back(self) -> None:
        """The transaction was rolled back, or is not known to have been committed."""
        self.runtime.tree.truncate(self.head.size)

    def apply(self) -> None:
        """The transaction is committed: memory follows."""
        self.runtime.state = self.state
        self.runtime.last_sequenced = self.last_sequenced
        self.runtime.answers.update(self.answers)
        if self.root:
            if len(self.runtime.roots) >= ROOTS:
                self.runtime.roots.clear()
            self.runtime.roots[self.size] = self.root

    def stands(self) -> bool:
        """Whether the log, read again, holds just what this draft wrote."""
        tree = self.runtime.tree
        return tree.size >= self.size and all(
            tree.leaf(leaf.seq - 1) == leaf.hash for leaf in self.leaves
        )
