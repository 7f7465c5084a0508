"""One batch: lock the lots, decide in ticket order, append, sign the heads, commit.

Nothing in memory changes before the commit has succeeded, and nobody hears of anything before
this module has returned. Runs in one thread at a time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from auction.core import commands as c
from auction.core import events as e
from auction.core.engine import decide, evolve
from auction.core.reasons import Refusal
from auction.core.state import LotState, Stage, due
from auction.ledger import canonical
from auction.ledger.checkpoint import Checkpoint, sign
from auction.ledger.merkle import leaf_hash
from auction.ledger.receipt import Receipt
from auction.store import journal, projection
from auction.trading.runtime import BID_EVENTS, LotRuntime
from auction.trading.time import Clock

Also: TypeAlias = Callable[[Connection, "Answer"], None]
"""Work of a service that belongs to the command and is committed with it."""


class DatabaseUnavailable(Exception):
    """The batch could not begin: nothing was decided, and no single command is to blame."""


class Nudge:
    """Only carry out what is due at `arrival`; nobody asked for anything."""

    __slots__ = ("arrival",)

    def __init__(self, arrival: datetime) -> None:
        self.arrival = arrival


class Roll(Protocol):
    """Where the qualified bidders of a lot stand who have not yet entered its log."""

    def __call__(self, conn: Connection, lot_id: int) -> tuple[e.Admission, ...]:
        """Their admissions, in an order that tells nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the log that a bidder saw when signing: tree size and root."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Work:
    """A command ready to be decided."""

    lot_id: int
    command: c.Command | Nudge
    seen: Head | None = None
    also: Also | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a command: its own events, or the refusal, or neither (nothing to do).

    `receipts` prove each of the events under the head signed with the batch. `state` is the
    lot's state after the batch. `repeated` marks an answer that had been given before.
    """

    records: tuple[e.Recorded, ...] = ()
    refusal: Refusal | None = None
    receipts: tuple[Receipt, ...] = ()
    state: LotState = field(default_factory=LotState)
    repeated: bool = False


@dataclass(slots=True)
class Committed:
    """What one lot's part of a batch added: for the watchers."""

    runtime: LotRuntime
    records: tuple[e.Recorded, ...]
    note: str


@dataclass(slots=True)
class _Draft:
    """A lot's part of a batch before the commit."""

    runtime: LotRuntime
    head: journal.Head
    state: LotState
    size: int
    last_sequenced: datetime | None
    answers: dict[str, int] = field(default_factory=dict)
    records: list[tuple[e.Recorded, bool]] = field(default_factory=list)
    leaves: list[journal.Leaf] = field(default_factory=list)
    note: str = ""


class BatchWriter:
    """Carries out batches of commands against the database; owns the runtimes of the lots."""

    def __init__(self, engine: Engine, clock: Clock, roll: Roll) -> None:
        self._engine = engine.execution_options(immediate=True)
        self._readers = engine
        self._clock = clock
        self._roll = roll
        self.runtimes: dict[int, LotRuntime] = {}

    def load(self, runtime: LotRuntime) -> None:
        """Bring a lot's runtime up to its log; LogCorrupt if the log contradicts its head."""
        with self._readers.connect() as conn:
            runtime.catch_up(conn, journal.head(conn, runtime.log_id))
        self.runtimes[runtime.lot_id] = runtime

    def run(self, batch: Sequence[Work]) -> tuple[list[Answer | Exception], list[Committed]]:
        """Answers in the order of `batch`, and what each lot's log gained.

        A batch that fails is run again lot by lot, then command by command, so that one bad
        command costs only itself; its answer is then the exception.
        """
        try:
            return self._transact(batch)
        except DatabaseUnavailable as fault:
            return [fault] * len(batch), []
        except Exception as fault:
            if len(batch) == 1 and not isinstance(fault, DBAPIError):
                return [fault], []
        # After a database error the outcome may be unknown. Memory is never ahead of the log: the
        # next transaction takes in what did get committed, and answers such a bid from it.
        answers: dict[int, Answer | Exception] = {}
        gained: list[Committed] = []
        for part in _smaller(batch):
            works = [batch[i] for i in part]
            if len(part) == len(batch):
                try:
                    got, more = self._transact(works)
                except Exception as fault:
                    got, more = [fault], []
            else:
                got, more = self.run(works)
            answers.update(zip(part, got, strict=True))
            gained.extend(more)
        return [answers[i] for i in range(len(batch))], gained

    def _transact(self, batch: Sequence[Work]) -> tuple[list[Answer | Exception], list[Committed]]:
        drafts: dict[int, _Draft] = {}
        outcomes: list[tuple[_Draft, tuple[int, ...], Refusal | None, bool]] = []
        answers: list[Answer | Exception] = []
        try:
            with self._engine.begin() as conn:
                self._lock(conn, {work.lot_id for work in batch}, drafts)
                for work in batch:
                    draft = drafts[work.lot_id]
                    outcomes.append((draft, *self._carry_out(conn, draft, work)))
                self._write(conn, drafts)
                for work, (draft, numbers, refusal, again) in zip(batch, outcomes, strict=True):
                    answer = self._answer(conn, draft, numbers, refusal, again)
                    answers.append(answer)
                    if work.also is not None and refusal is None and not again:
                        work.also(conn, answer)
        except BaseException as fault:
            for draft in drafts.values():
                draft.runtime.tree.truncate(draft.head.size)
            if isinstance(fault, DBAPIError) and not outcomes:
                raise DatabaseUnavailable from fault
            raise
        # Committed: only now may memory and people learn of it. Nothing below can fail.
        for draft in drafts.values():
            runtime = draft.runtime
            runtime.state = draft.state
            runtime.last_sequenced = draft.last_sequenced
            runtime.answers.update(draft.answers)
        gained = [
            Committed(d.runtime, tuple(r for r, _ in d.records), d.note)
            for d in drafts.values()
            if d.records
        ]
        return answers, gained

    def _lock(self, conn: Connection, lot_ids: set[int], drafts: dict[int, _Draft]) -> None:
        by_log = {self.runtimes[lot_id].log_id: self.runtimes[lot_id] for lot_id in lot_ids}
        for log_id, head in journal.lock_heads(conn, by_log).items():
            runtime = by_log[log_id]
            runtime.catch_up(conn, head)
            drafts[runtime.lot_id] = _Draft(
                runtime, head, runtime.state, head.size, runtime.last_sequenced
            )

    def _carry_out(
        self, conn: Connection, draft: _Draft, work: Work
    ) -> tuple[tuple[int, ...], Refusal | None, bool]:
        """Numbers of the events of one command, or its refusal, or the answer given before."""
        command = work.command
        if isinstance(command, c.PlaceBid):
            known = draft.answers.get(command.statement) or draft.runtime.answers.get(
                command.statement
            )
            if known is not None:
                return (known,), None, True
        # What an outage swallowed was not carried out: a deadline inside it must not pass as if
        # the service had been well, only one before it.
        until = command.start if isinstance(command, c.RecordOutage) else command.arrival
        self._carry_out_due(conn, draft, until)
        if isinstance(command, Nudge):
            return (), None, False
        if work.seen is not None and not _is_ancestor(draft, work.seen):
            return (), Refusal("HEAD_UNKNOWN", size=work.seen.size), False
        try:
            events = decide(draft.state, command)
        except Refusal as refusal:
            return (), refusal, False
        return self._record(draft, events, command.arrival), None, False

    def _carry_out_due(self, conn: Connection, draft: _Draft, until: datetime) -> None:
        """Every transition by time that is due at `until`, each at its own instant (T-6)."""
        while (instant := due(draft.state)) is not None and instant <= until:
            closing = draft.state.stage is Stage.LISTING
            roll = self._roll(conn, draft.runtime.lot_id) if closing else ()
            offset_ms = self._clock.offset() // timedelta(milliseconds=1)
            tick = c.Tick(arrival=instant, roll=roll, offset_ms=offset_ms)
            self._record(draft, decide(draft.state, tick), instant)

    def _record(
        self, draft: _Draft, events: Sequence[e.Event], arrival: datetime
    ) -> tuple[int, ...]:
        numbers: list[int] = []
        for event in events:
            now = self._clock.now()
            sequenced = max(now, draft.last_sequenced) if draft.last_sequenced else now
            record = e.Recorded(
                seq=draft.size + 1, arrival=arrival, sequenced=sequenced, event=event
            )
            data = canonical.encode(record.to_data(draft.runtime.slug))
            hashed = leaf_hash(data)
            draft.leaves.append(
                journal.Leaf(record.seq, e.type_name(event), arrival, sequenced, data, hashed)
            )
            live = draft.state.stage is Stage.ROUND
            draft.records.append((record, live))
            draft.state = evolve(draft.state, record)
            draft.size += 1
            draft.last_sequenced = sequenced
            draft.runtime.tree.append(hashed)
            if isinstance(event, BID_EVENTS):
                draft.answers[event.statement] = record.seq
            numbers.append(record.seq)
        return tuple(numbers)

    def _write(self, conn: Connection, drafts: dict[int, _Draft]) -> None:
        changed = [d for d in drafts.values() if d.leaves]
        journal.append(conn, [(d.runtime.log_id, leaf) for d in changed for leaf in d.leaves])
        for draft in changed:
            runtime, tree = draft.runtime, draft.runtime.tree
            root = tree.root()
            draft.note = sign(Checkpoint(runtime.key.name, draft.size, root), runtime.key)
            head = journal.Head(
                runtime.log_id,
                runtime.key.name,
                draft.size,
                tree.frontier().to_bytes(),
                root,
                draft.last_sequenced,
            )
            journal.advance(conn, head, draft.note)
            projection.write(conn, runtime.lot_id, draft.state, draft.records)

    def _answer(
        self,
        conn: Connection,
        draft: _Draft,
        numbers: tuple[int, ...],
        refusal: Refusal | None,
        again: bool,
    ) -> Answer:
        runtime = draft.runtime
        if refusal is not None or not numbers:
            return Answer(refusal=refusal, state=draft.state)
        if again:
            return _recalled(conn, runtime, numbers[0], draft.state)
        at = {r.seq: (r, leaf) for (r, _), leaf in zip(draft.records, draft.leaves, strict=True)}
        receipts = tuple(
            Receipt(
                index=n - 1,
                leaf=at[n][1].data,
                proof=tuple(runtime.tree.inclusion_proof(n - 1, draft.size)),
                checkpoint_note=draft.note,
            )
            for n in numbers
        )
        return Answer(tuple(at[n][0] for n in numbers), None, receipts, draft.state)

    def recall(self, runtime: LotRuntime, number: int) -> Answer:
        """The answer given before with event `number`, proved under a signed head of the log."""
        with self._readers.connect() as conn:
            return _recalled(conn, runtime, number, runtime.state)


def _recalled(conn: Connection, runtime: LotRuntime, number: int, state: LotState) -> Answer:
    leaf = journal.read(conn, runtime.log_id, after=number - 1, limit=1)[0]
    signed = journal.checkpoint(conn, runtime.log_id, size=number)
    assert signed is not None
    size, note = signed
    proof = tuple(runtime.tree.inclusion_proof(number - 1, size))
    record = e.Recorded.from_data(canonical.decode(leaf.data))
    receipt = Receipt(index=number - 1, leaf=leaf.data, proof=proof, checkpoint_note=note)
    return Answer((record,), None, (receipt,), state, repeated=True)


def _is_ancestor(draft: _Draft, seen: Head) -> bool:
    if not 0 < seen.size <= draft.size:
        return False
    return draft.runtime.tree.root_at(seen.size) == seen.root


def _smaller(batch: Sequence[Work]) -> list[list[int]]:
    """Indexes of `batch` in smaller parts: by lot, or one by one if there is but one lot."""
    lots: dict[int, list[int]] = {}
    for i, work in enumerate(batch):
        lots.setdefault(work.lot_id, []).append(i)
    if len(lots) > 1:
        return list(lots.values())
    return [[i] for i in range(len(batch))]
