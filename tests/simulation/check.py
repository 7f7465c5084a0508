"""What must be so, written from the rules and without the engine: a referee reads each record as
it becomes durable; a witness keeps what the log amounts to, to hold memory and projection against.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from factories import log_key
from simulation.store import Database, bids
from simulation.world import Violation, World

from auction.core import events as e
from auction.core.engine import evolve
from auction.core.profile import CountdownRule, RuleProfile, TimedEntry
from auction.core.reasons import Reason
from auction.core.state import LotState, Stage
from auction.ledger import canonical, receipt
from auction.ledger.merkle import Tree, leaf_hash
from auction.store import projection
from auction.store.journal import Leaf
from auction.trading.runtime import BID_EVENTS, LotRuntime
from auction.trading.sequencer import STALLED
from auction.trading.work import Answer, Committed

_ZERO = timedelta(0)
CLOCKS = timedelta(seconds=0.5)
"""No two clocks of a run are further apart."""
NOTICED = STALLED + timedelta(seconds=1.5)
"""A gap that is longer is always noticed."""


def require(so: bool, what: str, *facts: object) -> None:
    """Violation unless `so`."""
    if not so:
        raise Violation(" ".join([what, *map(str, facts)]))


@dataclass(slots=True)
class Referee:
    """The rules of time and price of one lot, record by record (T-1, R-60 to R-65, R-84 to R-90).

    `may_be_unheard` says whether some living worker was silent for so long that the others closed
    without it: only then may a bid in time come after the close.
    """

    world: World
    terms: RuleProfile | None = None
    listing_until: datetime | None = None
    closed_at: datetime | None = None
    bids_from: datetime | None = None
    deadline: datetime | None = None
    ended_at: datetime | None = None
    over: bool = False
    price: int | None = None
    leader: str | None = None
    quoted: set[str] = field(default_factory=set)
    stopped_since: datetime | None = None
    shut: list[tuple[Reason, datetime, datetime | None]] = field(default_factory=list)
    """Times in which no bids are taken, with the reason that a refusal then must give."""
    passed: datetime | None = None
    """The latest instant of a close or of an officer's act: earlier bids come before it."""
    judged: set[str] = field(default_factory=set)
    wins: int = 0
    set_at: datetime | None = None
    """When the end in force was recorded."""

    def may_be_unheard(self) -> bool:
        return self.world.seen["silences"] > 0

    def read(self, record: e.Recorded) -> None:
        """The next record."""
        before = (self.listing_until, self.deadline)
        self._read(record.event, record.arrival)
        if (self.listing_until, self.deadline) != before:
            self.set_at = record.sequenced

    def _read(self, event: e.Event, at: datetime) -> None:
        match event:
            case e.LotOpened():
                require(self.terms is None, "opened twice")
                self.terms = event.profile
                self.listing_until = event.profile.listing_until
            case e.BidAccepted() | e.BidRefused() | e.BidUnheard():
                self._bid(event, at)
            case e.ListingClosed():
                require(at == self.listing_until, "the listing closed at", at, self.listing_until)
                self._was_well(at)
                require(self.stopped_since is None, "closed while suspended")
                self.closed_at = self.passed = at
            case e.RoundOpened():
                assert self.terms is not None
                self._round(at, at + self._seconds(self.terms.prep_seconds), event.bids_from)
                first = event.bids_from + self._seconds(self.terms.countdown_first_seconds)
                require(event.deadline == first, "first countdown", event.deadline, first)
                self.deadline = event.deadline
            case e.BiddingEnded():
                end = self.listing_until if self.deadline is None else self.deadline
                require(at == end, "ended at", at, "where the deadline was", end)
                require(self.stopped_since is None, "ended while suspended")
                require(not self.over, "ended twice")
                self._was_well(at)
                require(event.plate == self.leader, "won by", event.plate, "led by", self.leader)
                self.ended_at = self.passed = at
                self.over = True
                self.wins += event.plate is not None
                require(self.wins <= 1, "two winners")
            case e.Suspended():
                self._suspended(event, at)
            case e.ListingResumed() | e.RoundResumed():
                self._resumed(event, at)
            case e.HeldResolved() if event.bids_from is not None:
                self._reopened(event, at)
            case e.Terminated():
                self.ended_at, self.over, self.passed = self.ended_at or at, True, at
                self._lift(at)

    def _was_well(self, end: datetime) -> None:
        """Nobody wins because the system was ill over a deadline (R-90)."""
        assert self.set_at is not None
        for since, until in self.world.gaps:
            inside = since + CLOCKS < end < until - CLOCKS
            fell = inside and self.set_at < since and until - since > NOTICED
            require(not fell, "closed at", end, "though nobody was well from", since, "to", until)

    # --- bids ----------------------------------------------------------------------------

    def _bid(self, event: "e.BidAccepted | e.BidRefused | e.BidUnheard", at: datetime) -> None:
        assert self.terms is not None
        assert self.listing_until is not None
        require(event.statement not in self.judged, "judged twice:", event.statement)
        self.judged.add(event.statement)
        if self.passed is not None and at < self.passed:
            require(self.may_be_unheard(), "a bid of", at, "was decided behind", self.passed, event)
        shut = self._shut_at(at)
        if isinstance(event, e.BidUnheard):
            require(self.ended_at is not None and at < self.ended_at, "unheard, but late", at)
            require(not shut and self.may_be_unheard(), "unheard without a fault", at)
            return
        reason = event.reason if isinstance(event, e.BidRefused) else None
        if shut:
            require(reason in shut, "arrived", at, "in", shut, "was judged", event)
            return
        if self.ended_at is not None and at >= self.ended_at:
            require(reason is Reason.LATE, "arrived after the end", self.ended_at, at, event)
            return
        live = self.closed_at is not None and at >= self.closed_at
        end = self.deadline if live else self.listing_until
        assert end is not None
        require(at < end, "decided at or after the deadline in force", end, at, event)
        require(not self.over, "decided after the end", event)
        require(reason is not Reason.LATE, "in time, but called late", end, at)
        require(reason is self._price(event.plate, event.amount_fen, live), "misjudged", event)
        if isinstance(event, e.BidAccepted):
            self._accepted(event, at, live)

    def _price(self, plate: str, amount: int, live: bool) -> Reason | None:
        assert self.terms is not None
        if live and plate not in self.quoted and self.terms.timed_entry is TimedEntry.QUOTED_ONLY:
            return Reason.NOT_ENTERED
        if plate == self.leader:
            return Reason.ALREADY_LEADING
        step = self.terms.step_timed_fen if live else self.terms.step_listing_fen
        lowest = self.terms.start_fen if self.price is None else self.price + step
        return Reason.TOO_LOW if amount < lowest else None

    def _accepted(self, event: e.BidAccepted, at: datetime, live: bool) -> None:
        assert self.terms is not None
        require(self.price is None or event.amount_fen > self.price, "the price fell")
        self.price, self.leader = event.amount_fen, event.plate
        self.quoted.add(event.plate)
        if not live:
            require(event.deadline is None, "a deadline in the listing")
            return
        before = self.deadline
        assert before is not None
        assert event.deadline is not None
        within = self._seconds(self.terms.extend_within_seconds)
        if self.terms.countdown_rule is CountdownRule.EXTEND_IF_WITHIN and before - at > within:
            after = before
        else:
            after = max(before, at + self._seconds(self.terms.countdown_seconds))
        require(event.deadline == after, "deadline", event.deadline, "instead of", after)
        self.deadline = after
        micros = (before - at) // timedelta(microseconds=1)
        if micros <= 100:
            self.world.seen["accepted in the last 100 us"] += 1

    def _shut_at(self, at: datetime) -> list[Reason]:
        """Why no bids were taken then; any of the reasons may be told."""
        assert self.terms is not None
        early = [Reason.NOT_OPEN] if at < self.terms.listing_from else []
        return early + [
            reason
            for reason, since, until in self.shut
            if since <= at and (until is None or at < until)
        ]

    # --- standstills ---------------------------------------------------------------------

    def _suspended(self, event: e.Suspended, at: datetime) -> None:
        if event.by != "system":
            require(event.since == at, "suspended since", event.since, at)
            self.passed = at
        if self.stopped_since is None:
            self.stopped_since = event.since
            self._lift(event.since)
            self.shut.append((Reason.SUSPENDED, event.since, None))

    def _resumed(self, event: "e.ListingResumed | e.RoundResumed", at: datetime) -> None:
        assert self.terms is not None
        assert self.listing_until is not None
        require(self.stopped_since is not None, "resumed, but was not suspended")
        assert self.stopped_since is not None
        since, self.stopped_since = self.stopped_since, None
        self._lift(at)
        if isinstance(event, e.ListingResumed):
            lost = max(at - max(since, self.terms.listing_from), _ZERO)
            require(event.listing_until == self.listing_until + lost, "listing extended", event)
            self.listing_until = event.listing_until
            return
        self._round(at, at + self._seconds(self.terms.resume_prep_seconds), event.bids_from)
        full = event.bids_from + self._seconds(self.terms.countdown_seconds)
        assert self.deadline is not None
        require(event.deadline == max(self.deadline, full), "resumed until", event.deadline)
        self.deadline = event.deadline

    def _reopened(self, event: e.HeldResolved, at: datetime) -> None:
        assert self.ended_at is not None
        assert event.bids_from is not None
        self.shut.append((Reason.LATE, self.ended_at, at))
        self._round(at, event.bids_from, event.bids_from)
        self.deadline, self.closed_at = event.deadline, self.closed_at or self.ended_at
        self.ended_at, self.over, self.passed = None, False, at
        self.price = event.amount_fen or self.price
        self.leader = event.plate or self.leader
        self.quoted.update(event.heard)
        self.wins = 0

    def _round(self, at: datetime, promised: datetime, bids_from: datetime) -> None:
        require(bids_from == promised, "bids from", bids_from, "instead of", promised)
        self.bids_from = bids_from
        if bids_from > at:
            self.shut.append((Reason.PREPARING, at, bids_from))

    def _lift(self, at: datetime) -> None:
        """No pause lasts longer than to `at`."""
        self.shut = [
            (reason, since, max(since, at) if until is None or until > at else until)
            for reason, since, until in self.shut
        ]

    @staticmethod
    def _seconds(count: int) -> timedelta:
        return timedelta(seconds=count)


class Witness:
    """One lot's log as it became durable."""

    def __init__(self, world: World, db: Database, lot_id: int, slug: str) -> None:
        self.world = world
        self.db = db
        self.lot_id = lot_id
        self.slug = slug
        self.key = log_key(slug).verifier
        self.records: list[e.Recorded] = []
        self.states: list[LotState] = [LotState()]
        self.tree = Tree()
        self.answers: dict[str, int] = {}
        self.told: list[tuple[e.Recorded, bool]] = []
        self.referee = Referee(world)
        self.tickets: dict[tuple[str, str, datetime], int] = {}
        """Worker, statement and arrival to the number of the ticket."""
        self.last_ticket: dict[str, int] = {}

    @property
    def state(self) -> LotState:
        return self.states[-1]

    def committed(self, leaves: Sequence[Leaf], by: str) -> None:
        """These leaves have become durable, written by worker `by`."""
        for leaf in leaves:
            record = e.Recorded.from_data(canonical.decode(leaf.data))
            last = self.records[-1].sequenced if self.records else record.sequenced
            require(record.sequenced >= last, "sequenced before the record before it")
            live = self.state.stage is Stage.ROUND
            self.world.tell(f"{self.slug} {record.seq}: {record.event} at {_short(record)}")
            self.world.seen[f"records: {type(record.event).__name__}"] += 1
            self.referee.read(record)
            self.records.append(record)
            self.states.append(evolve(self.state, record))
            self.tree.append(leaf_hash(leaf.data))
            self.told.append((record, live))
            if isinstance(record.event, BID_EVENTS):
                self.answers[record.event.statement] = record.seq
                self._in_order(record, record.event.statement, by)
        self._projected()

    def _in_order(self, record: e.Recorded, statement: str, by: str) -> None:
        ticket = self.tickets.get((by, statement, record.arrival))
        require(ticket is not None, "nobody handed in", statement, "at", by, record.arrival)
        assert ticket is not None
        require(ticket > self.last_ticket.get(by, 0), by, "decided out of the order of tickets")
        self.last_ticket[by] = ticket

    def _projected(self) -> None:
        shown = self.db.columns[self.lot_id]
        require(shown == projection.columns(self.state), "the projection tells another sale")
        rows = bids(self.lot_id, self.told)
        require(self.db.bids.get(self.lot_id, []) == rows, "the bid rows tell another sale")

    # --- memory and answers --------------------------------------------------------------

    def memory(self, runtime: LotRuntime) -> None:
        """What a worker holds is what the log says, up to some record."""
        size = runtime.tree.size
        require(size <= len(self.records), "memory is ahead of the log")
        require(runtime.tree.root() == self.tree.root_at(size), "another tree than the log's")
        require(runtime.state == self.states[size], "memory tells another sale than the log")
        known = {s: n for s, n in self.answers.items() if n <= size}
        require(runtime.answers == known, "other answers than the log's")
        last = self.records[size - 1].sequenced if size else None
        require(runtime.last_sequenced == last, "another last instant than the log's")

    def heard(self, told: Committed) -> None:
        """What watchers are told is durable."""
        for record, hashed in zip(told.records, told.hashes, strict=True):
            require(record.seq <= len(self.records), "watchers were told before the commit")
            require(self.records[record.seq - 1] == record, "watchers were told another record")
            require(self.tree.leaf(record.seq - 1) == hashed, "watchers were told another hash")

    def answered(self, statement: str | None, answer: Answer) -> None:
        """An acknowledged answer stands in the log byte for byte, and its receipts prove it."""
        require(len(answer.records) == len(answer.receipts), "records without receipts")
        for record, proof in zip(answer.records, answer.receipts, strict=True):
            require(record.seq <= len(self.records), "acknowledged before the commit", record)
            require(self.records[record.seq - 1] == record, "acknowledged something else", record)
            leaf = self.db.logs[self.lot_id].leaves[record.seq - 1]
            require(proof.leaf == leaf.data, "a receipt for other bytes")
            receipt.verify(proof, self.key)
        if statement is not None:
            require(
                any(getattr(r.event, "statement", None) == statement for r in answer.records),
                "an answer to another statement",
            )


def _short(record: e.Recorded) -> str:
    return f"{record.arrival:%H:%M:%S.%f} (sequenced {record.sequenced:%H:%M:%S.%f})"
