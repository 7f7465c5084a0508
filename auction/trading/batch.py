"""One batch: lock the lots, decide in ticket order, append, sign the heads, commit.

Nothing in memory changes before the commit has succeeded, and nobody hears of anything before
this module has returned. Runs in one thread at a time.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import Connection

from auction.core import events as e
from auction.core.reasons import Refusal
from auction.core.state import LotState
from auction.ledger import canonical
from auction.ledger.receipt import Receipt
from auction.store.journal import Head
from auction.trading.draft import Draft, Moment, Outcome
from auction.trading.measures import Measures
from auction.trading.ports import OutcomeUnknown, Store, Transaction, Unavailable
from auction.trading.runtime import LotRuntime
from auction.trading.time import Clock
from auction.trading.work import Answer, Committed, Held, Openings, Roll, Standing, Work

log = logging.getLogger(__name__)

Result: TypeAlias = Answer | Exception
"""An answer; Held or Unavailable where a command is to be handed in again; or what went wrong."""

_MILLISECOND = timedelta(milliseconds=1)


class NothingSealed:
    """Lots without a reserve and without a lottery."""

    def reserve(self, _conn: Connection, _lot_id: int) -> None:
        """None was entered."""

    def draw(self, _conn: Connection, _lot_id: int) -> None:
        """There is none."""


def everybody(_conn: Connection, _sessions: Iterable[str], _now: datetime) -> Mapping[str, str]:
    """Nobody is turned away: where commands do not come by sessions."""
    return {}


Settled: TypeAlias = Outcome | Answer
AGAIN = Held | Unavailable
"""Results that leave a command undecided: it is to be handed in again."""


@dataclass(slots=True)
class _Unsettled:
    """A batch whose commit was cut off: what it would have been."""

    drafts: dict[int, Draft]
    outcomes: dict[Work, Outcome]


class BatchWriter:
    """Carries out batches of commands against the store; owns the runtimes of the lots."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        roll: Roll,
        openings: Openings | None = None,
        standing: Standing = everybody,
        measures: Measures | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._roll = roll
        self._openings: Openings = openings or NothingSealed()
        self._standing = standing
        self._measures = measures or Measures()
        self._unsettled: _Unsettled | None = None
        self._recovered: dict[Work, Settled] = {}
        self.runtimes: dict[int, LotRuntime] = {}

    # --- reading -------------------------------------------------------------------------

    def load(self, runtime: LotRuntime) -> None:
        """Bring a lot's runtime up to its log; LogCorrupt if the log contradicts its head."""
        with self._store.reading() as tx:
            runtime.catch_up(tx, tx.heads([runtime.log_id])[runtime.log_id])
        self.runtimes[runtime.lot_id] = runtime

    def refresh(self, lot_ids: Iterable[int]) -> None:
        """Take in what other workers have written of these lots."""
        runtimes = {self.runtimes[lot_id].log_id: self.runtimes[lot_id] for lot_id in lot_ids}
        with self._store.reading() as tx:
            for log_id, head in tx.heads(runtimes).items():
                if head.size > runtimes[log_id].tree.size:
                    runtimes[log_id].catch_up(tx, head)

    def recall(self, runtime: LotRuntime, number: int) -> Answer:
        """The answer given before with event `number`, proved under a signed head of the log."""
        with self._store.reading() as tx:
            return _recalled(tx, runtime, (number,), runtime.state, repeated=True)

    # --- writing -------------------------------------------------------------------------

    def run(self, batch: Sequence[Work]) -> tuple[list[Result], list[Committed]]:
        """Results in the order of `batch`, and what each lot's log gained.

        A batch that fails is run again lot by lot, then command by command, so that one bad
        command costs only itself; its result is then the exception. Where the store could not be
        reached, or the outcome of a commit is not known, the result is Unavailable: the same works
        are to be handed in again, and are then answered by what really happened.
        """
        if not batch:
            return [], []
        try:
            return self._transact(batch)
        except (Unavailable, OutcomeUnknown) as fault:
            log.warning("the store is not available: %r", fault.__cause__ or fault)
            return [fault if isinstance(fault, Unavailable) else Unavailable()] * len(batch), []
        except Exception as fault:
            if len(batch) == 1:
                return [fault], []
            log.warning("a batch of %d failed and is run in parts: %r", len(batch), fault)
        results: dict[int, Result] = {}
        gained: list[Committed] = []
        waits: dict[int, Result] = {}
        for part in _smaller(batch):
            lot_id = batch[part[0]].lot_id
            if lot_id in waits:
                # Whatever follows a command that is to be handed in again must wait with it.
                results.update(dict.fromkeys(part, waits[lot_id]))
                continue
            got, more = self.run([batch[i] for i in part])
            results.update(zip(part, got, strict=True))
            waits.update((lot_id, result) for result in got if isinstance(result, AGAIN))
            gained.extend(more)
        return [results[i] for i in range(len(batch))], gained

    def _transact(self, batch: Sequence[Work]) -> tuple[list[Result], list[Committed]]:
        started = time.perf_counter()
        drafts: dict[int, Draft] = {}
        outcomes: list[Settled | Held] = []
        results: list[Result] = []
        try:
            with self._store.writing() as tx:
                moment = Moment(self._clock.now(), self._clock.offset() // _MILLISECOND)
                locked = self._lock(tx, {work.lot_id for work in batch})
                self._settle(tx)
                for runtime, head in locked:
                    drafts[runtime.lot_id] = Draft.of(runtime, head, moment)
                away = self._turned_away(tx, batch, moment)
                for work in batch:
                    known = self._recovered.get(work)
                    draft = drafts[work.lot_id]
                    outcomes.append(known or self._decide(tx, draft, work, away))
                self._write(tx, drafts)
                for work, outcome in zip(batch, outcomes, strict=True):
                    results.append(self._result(tx, drafts[work.lot_id], work, outcome))
                decided = zip(batch, outcomes, strict=True)
                tx.keep([w.keep for w, o in decided if w.keep is not None and _is_new(o)])
        except BaseException as fault:
            for draft in drafts.values():
                draft.take_back()
            if isinstance(fault, OutcomeUnknown):
                pairs = zip(batch, outcomes, strict=True)
                sent = {w: o for w, o in pairs if isinstance(o, Outcome) and _is_new(o)}
                self._unsettled = _Unsettled(drafts, sent)
            raise
        # Committed: only now may memory and people learn of it. Nothing below can fail.
        for work in batch:
            self._recovered.pop(work, None)
        for draft in drafts.values():
            draft.apply()
        self._measures.committed(len(batch), time.perf_counter() - started)
        gained = [
            Committed(
                d.runtime,
                tuple(record for record, _ in d.records),
                tuple(leaf.hash for leaf in d.leaves),
                d.note,
            )
            for d in drafts.values()
            if d.records
        ]
        return results, gained

    def _lock(self, tx: Transaction, lot_ids: set[int]) -> list[tuple[LotRuntime, Head]]:
        if self._unsettled is not None:
            lot_ids = lot_ids | self._unsettled.drafts.keys()
        by_log = {self.runtimes[lot_id].log_id: self.runtimes[lot_id] for lot_id in lot_ids}
        locked = []
        for log_id, head in tx.lock(by_log).items():
            runtime = by_log[log_id]
            runtime.catch_up(tx, head)
            locked.append((runtime, head))
        return locked

    def _settle(self, tx: Transaction) -> None:
        """Learn what became of a batch whose commit was cut off: the log has been read again."""
        unsettled = self._unsettled
        if unsettled is not None and all(d.stands() for d in unsettled.drafts.values()):
            for work, outcome in unsettled.outcomes.items():
                runtime = unsettled.drafts[work.lot_id].runtime
                self._recovered[work] = (
                    _recalled(tx, runtime, outcome.numbers, runtime.state, repeated=False)
                    if outcome.numbers
                    else outcome
                )
        self._unsettled = None

    def _turned_away(
        self, tx: Transaction, batch: Sequence[Work], moment: Moment
    ) -> Mapping[str, str]:
        sessions = {work.session for work in batch if work.session is not None}
        return self._standing(tx.conn, sessions, moment.now) if sessions else {}

    def _decide(
        self, tx: Transaction, draft: Draft, work: Work, away: Mapping[str, str]
    ) -> Outcome | Held:
        if draft.held:
            return Held()
        if work.session is not None and (code := away.get(work.session)) is not None:
            return Outcome(refusal=Refusal(code))
        try:
            return draft.carry_out(tx, work, self._roll, self._openings)
        except Held as held:
            return held

    def _write(self, tx: Transaction, drafts: dict[int, Draft]) -> None:
        changed = [d for d in drafts.values() if d.leaves]
        if not changed:
            return
        tx.append([(d.runtime.log_id, leaf) for d in changed for leaf in d.leaves])
        tx.advance([draft.sealed() for draft in changed])
        tx.project([(d.runtime.lot_id, d.state, d.records) for d in changed])

    def _result(self, tx: Transaction, draft: Draft, work: Work, outcome: Settled | Held) -> Result:
        if isinstance(outcome, Held | Answer):
            return outcome
        if outcome.again:
            known = outcome.numbers[0]
            if known > draft.head.size:
                return _again(draft.answer(outcome))
            return _recalled(tx, draft.runtime, outcome.numbers, draft.state, repeated=True)
        answer = draft.answer(outcome)
        if work.also is not None and outcome.refusal is None:
            work.also(tx.conn, answer)
        return answer


def _is_new(outcome: object) -> bool:
    """Whether a command was decided by this batch, and not refused."""
    return isinstance(outcome, Outcome) and not outcome.again and outcome.refusal is None


def _again(answer: Answer) -> Answer:
    return Answer(answer.records, None, answer.receipts, answer.state, repeated=True)


def _recalled(
    tx: Transaction,
    runtime: LotRuntime,
    numbers: Sequence[int],
    state: LotState,
    *,
    repeated: bool,
) -> Answer:
    """The events with these numbers as they stand in the log, each under a signed head."""
    records: list[e.Recorded] = []
    receipts: list[Receipt] = []
    for number in numbers:
        leaf = tx.read(runtime.log_id, after=number - 1, limit=1)[0]
        signed = tx.signed(runtime.log_id, size=number)
        assert signed is not None
        size, note = signed
        proof = tuple(runtime.tree.inclusion_proof(number - 1, size))
        records.append(e.Recorded.from_data(canonical.decode(leaf.data)))
        receipts.append(Receipt(number - 1, leaf.data, proof, note))
    return Answer(tuple(records), None, tuple(receipts), state, repeated=repeated)


def _smaller(batch: Sequence[Work]) -> list[list[int]]:
    """Indexes of `batch` in smaller parts: by lot, or one by one if there is but one lot."""
    lots: dict[int, list[int]] = {}
    for i, work in enumerate(batch):
        lots.setdefault(work.lot_id, []).append(i)
    if len(lots) > 1:
        return list(lots.values())
    return [[i] for i in range(len(batch))]
