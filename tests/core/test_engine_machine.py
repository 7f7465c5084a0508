"""What holds of every sale, whatever is asked in whatever order: found by a state machine."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from factories import LISTING_FROM, Sale, bid
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from auction.core import commands as c
from auction.core import events as e
from auction.core.engine import NotYetDecidable, decide, replay
from auction.core.profile import IncrementMode, TimedEntry, TimedTrigger
from auction.core.reasons import Refusal
from auction.core.state import LotState, Phase, Stage, due, phase_at

PLATES = ("1001", "1002", "1003")
OFFICERS = ("o1", "o2")
BIDDING = (Stage.LISTING, Stage.ROUND)
JUMPS = st.sampled_from([0, 1_000, 5_000_000, 14_999_999, 15_000_000, 60_000_000, 299_999_999])


class SaleMachine(RuleBasedStateMachine):
    """A short sale with its sequencer's duty done by hand: what is due comes first."""

    @initialize(
        mode=st.sampled_from(IncrementMode),
        trigger=st.sampled_from(TimedTrigger),
        entry=st.sampled_from(TimedEntry),
        self_outbid=st.booleans(),
        prep=st.sampled_from([0, 60]),
        first=st.sampled_from([300, 1800]),
        resume_prep=st.sampled_from([15, 900]),
        freeze=st.sampled_from([0, 1]),
        quoters=st.sampled_from([0, 1, 2, 3, 3]),
        closed=st.booleans(),
    )
    def begin(
        self,
        mode: IncrementMode,
        trigger: TimedTrigger,
        entry: TimedEntry,
        self_outbid: bool,
        prep: int,
        first: int,
        resume_prep: int,
        freeze: int,
        quoters: int,
        closed: bool,
    ) -> None:
        self.now = LISTING_FROM
        self.sale = Sale(
            increment_mode=mode,
            timed_trigger=trigger,
            timed_entry=entry,
            self_outbid=self_outbid,
            prep_seconds=prep,
            countdown_first_seconds=first,
            resume_prep_seconds=resume_prep,
            freeze_minutes=freeze,
            apply_until=LISTING_FROM + timedelta(minutes=5),
            deposit_until=LISTING_FROM + timedelta(minutes=5),
            listing_until=LISTING_FROM + timedelta(minutes=10),
        )
        for i, plate in enumerate(PLATES[:quoters]):
            self.do(bid(plate, 1549 + 100 * i, self.now))
        if closed:
            self.time_passes_to_the_next_transition()
            self.now = self.state.bids_from or self.now

    @property
    def state(self) -> LotState:
        return self.sale.state

    def do(self, command: c.Command) -> None:
        """Decide twice (the answers must agree), then check what each event may change."""
        before = self.state
        with suppress(Refusal):
            first = decide(before, command)
            assert first == decide(before, command)
            events = self.sale.do(command)
            assert events == first
            self.check(before, events)

    def check(self, before: LotState, events: tuple[e.Event, ...]) -> None:
        after = self.state
        assert (after.price_fen or 0) >= (before.price_fen or 0), "the price never falls"
        if before.stage is after.stage is Stage.ROUND and before.deadline and after.deadline:
            assert after.deadline >= before.deadline, "the deadline never moves back"
        if before.listing_until and after.listing_until:
            assert after.listing_until >= before.listing_until
        for event in events:
            if isinstance(event, e.BidAccepted):
                self.check_accepted(before, event)

    def check_accepted(self, before: LotState, event: e.BidAccepted) -> None:
        """Written from the rules, not from the engine: R-60, R-61, R-65, R-66, 2.5, T-1."""
        terms = before.terms
        live = before.stage is Stage.ROUND
        step = terms.step_timed_fen if live else terms.step_listing_fen
        assert before.suspension is None
        assert event.amount_fen % terms.price_scale_fen == 0
        if before.price_fen is None:
            raised = event.amount_fen - terms.start_fen
            assert raised >= 0
        else:
            raised = event.amount_fen - before.price_fen
            assert raised >= step
        if terms.increment_mode is IncrementMode.MULTIPLE:
            assert raised % step == 0
        if not terms.self_outbid:
            assert event.plate != before.leader
        if live:
            assert before.bids_from is not None
            assert before.deadline is not None
            assert before.bids_from <= self.now < before.deadline
            if terms.timed_entry is TimedEntry.QUOTED_ONLY:
                assert event.plate in before.quoted
            restarted = self.now + timedelta(seconds=terms.countdown_seconds)
            assert event.deadline == max(before.deadline, restarted)
        else:
            assert before.listing_until is not None
            assert terms.listing_from <= self.now
            assert self.now < before.listing_until - timedelta(minutes=terms.freeze_minutes)
            assert event.deadline is None

    def carry_out_due(self) -> None:
        while (instant := due(self.state)) is not None and instant <= self.now:
            roll = tuple(e.Admission(plate, f"bidder {plate}") for plate in PLATES)
            self.do(c.Tick(arrival=instant, roll=roll))

    @rule(us=JUMPS)
    def time_passes(self, us: int) -> None:
        self.now += timedelta(microseconds=us)
        self.carry_out_due()

    @precondition(lambda self: self.state.stage in BIDDING and self.state.suspension is None)
    @rule()
    def time_passes_to_the_next_transition(self) -> None:
        instant = due(self.state)
        assert instant is not None
        self.now = max(self.now, instant)
        self.carry_out_due()

    @rule(plate=st.sampled_from(PLATES), above=st.sampled_from([-1, 0, 99, 100, 101, 200]))
    def somebody_bids(self, plate: str, above: int) -> None:
        price = self.state.price_fen
        base = 1549 if price is None else price // 1_000_000
        self.do(bid(plate, base + above, self.now))

    @rule(plate=st.sampled_from(PLATES), steps=st.integers(1, 2))
    def somebody_raises_by_whole_steps(self, plate: str, steps: int) -> None:
        price = self.state.price_fen
        amount = 1549 if price is None else price // 1_000_000 + 100 * steps
        self.do(bid(plate, amount, self.now))

    @rule(plate=st.sampled_from(PLATES))
    def time_passes_and_somebody_raises(self, plate: str) -> None:
        self.time_passes(7_000_000)
        self.somebody_raises_by_whole_steps(plate, 1)

    @rule()
    def somebody_suspends(self) -> None:
        self.do(c.Suspend(arrival=self.now, ground="R-80", by="o1"))

    @rule()
    def somebody_resumes(self) -> None:
        self.do(c.Resume(arrival=self.now, by="o1"))

    @rule(us=st.sampled_from([1, 14_999_999, 15_000_000, 400_000_000]))
    def the_service_was_down(self, us: int) -> None:
        start = self.now
        self.now += timedelta(microseconds=us)
        self.do(c.RecordOutage(arrival=self.now, start=start))
        self.carry_out_due()

    @precondition(lambda self: self.state.stage not in BIDDING or len(self.sale.records) > 12)
    @rule(act=st.sampled_from(["confirm", "void", "publish", "sign", "terminate"]))
    def officers_act(self, act: str) -> None:
        commands: dict[str, Any] = {
            "confirm": c.ConfirmAward(arrival=self.now, by=OFFICERS),
            "void": c.VoidAward(arrival=self.now, ground="R-107", by=OFFICERS),
            "publish": c.PublishResult(arrival=self.now, by="o1"),
            "sign": c.SignConfirmation(
                arrival=self.now, side="winner", document="d", statement="s"
            ),
            "terminate": c.Terminate(arrival=self.now, ground="R-81", by=OFFICERS),
        }
        self.do(commands[act])

    @invariant()
    def the_log_gives_the_state(self) -> None:
        assert replay(self.sale.records) == self.state

    @invariant()
    def there_is_one_winner_at_most_and_bidding_ends_once(self) -> None:
        ends = [r.event for r in self.sale.records if isinstance(r.event, e.BiddingEnded)]
        assert len(ends) <= 1
        if ends:
            assert ends[0].plate == self.state.leader
            assert ends[0].amount_fen == self.state.price_fen

    @invariant()
    def a_phase_can_be_told_at_every_time(self) -> None:
        assert isinstance(phase_at(self.state, self.now), Phase)

    @invariant()
    def nothing_at_or_after_the_deadline_is_decided_early(self) -> None:
        instant: datetime | None = due(self.state)
        if instant is not None:
            try:
                decide(self.state, bid("1001", 9999, instant))
            except NotYetDecidable:
                return
            raise AssertionError


TestSaleMachine = SaleMachine.TestCase
TestSaleMachine.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
