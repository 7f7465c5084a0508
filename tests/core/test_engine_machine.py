"""What holds of every sale, whatever is asked in whatever order: found by a state machine."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from factories import LISTING_FROM, RULES, Sale, bid, digest, wan
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sale_strategies import NONCES, PLATES, SALT, TERMS, opening_of

from auction.core import commands as c
from auction.core import events as e
from auction.core import lottery, reserve
from auction.core.engine import NotYetDecidable, decide, replay
from auction.core.parameters import (
    AskSilence,
    CertificateGround,
    CountdownRule,
    HeldOutcome,
    IncrementMode,
    TimedEntry,
    TimedTrigger,
    Unsold,
)
from auction.core.profile import RuleProfile
from auction.core.reasons import Reason, Refusal
from auction.core.state import RUNNING, LotState, Phase, Stage, due, minimum_fen, phase_at
from auction.services.logcheck import Fault
from auction.services.replay import redecide

OFFICERS = ("o1", "o2")
SHUT = (Reason.SUSPENDED, Reason.PREPARING, Reason.ADJOURNED, Reason.ASKING)
JUMPS = st.sampled_from([0, 1_000, 5_000_000, 14_999_999, 15_000_000, 60_000_000, 299_999_999])


class SaleMachine(RuleBasedStateMachine):
    """A short sale with its sequencer's duty done by hand: what is due comes first."""

    @initialize(
        terms=TERMS,
        quoters=st.sampled_from([0, 1, 2, 3, 3]),
        start=st.sampled_from(["listing", "closed", "at the top", "joined"]),
        reserve_wan=st.sampled_from([None, 1649, 1899]),
    )
    def begin(
        self, terms: dict[str, Any], quoters: int, start: str, reserve_wan: int | None
    ) -> None:
        self.now = LISTING_FROM
        self.sale = Sale(**terms)
        self.shut: list[list[datetime]] = []
        """Times without bids, told again from the events: [since, until)."""
        self.reserve_fen: int | None = None
        if reserve_wan is not None:
            self.the_reserve_is_sealed(reserve_wan)
        for i, plate in enumerate(PLATES[:quoters]):
            self.do(bid(plate, 1549 + 100 * i, self.now))
        if start == "listing":
            return
        self.time_passes_to_the_next_transition()
        if start != "closed":
            for plate in PLATES:
                self.somebody_answers(plate, True)
            if self.state.stage is Stage.ASK:
                self.time_passes_to_the_next_transition()
        self.now = self.state.bids_from or self.now
        if start != "closed":
            self.the_price_runs_up(7)
        if start == "joined" and self.state.stage is Stage.SECOND_STAGE:
            self.some_join_the_lottery(set(PLATES))

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
            self.check(before, command.arrival, events)

    def check(self, before: LotState, at: datetime, events: tuple[e.Event, ...]) -> None:
        after = self.state
        assert (after.price_fen or 0) >= (before.price_fen or 0), "the price never falls"
        if before.stage is after.stage is Stage.ROUND and before.deadline and after.deadline:
            assert after.deadline >= before.deadline, "the deadline never moves back"
        if after.stage is Stage.ROUND and after.limit and after.deadline:
            assert after.deadline <= after.limit
        if before.listing_until and after.listing_until:
            assert after.listing_until >= before.listing_until
        for event in events:
            if isinstance(event, e.BidAccepted):
                self.check_accepted(before, at, event)
            if isinstance(event, e.BidRefused) and event.reason in SHUT:
                assert self.is_shut(at)
            if isinstance(event, e.BiddingEnded):
                self.check_end(before, events, event)
            self.note(at, event)

    def note(self, at: datetime, event: e.Event) -> None:
        """Keep the times in which no bids are taken, as the events tell them."""
        never = datetime.max.replace(tzinfo=at.tzinfo)
        match event:
            case e.Suspended():
                for times in self.shut:
                    times[1] = min(times[1], max(times[0], event.since))
                self.shut.append([event.since, never])
            case e.ListingResumed() | e.Terminated() | e.CapReached():
                if self.state.suspension is None:
                    self.end_shut(at)
            case e.AskOpened():
                self.shut.append([at, never])
            case e.RoundOpened() | e.Adjourned():
                self.end_shut(at)
                self.shut.append([at, event.bids_from])
            case e.RoundResumed():
                self.end_shut(at)
                stage = self.state.stage
                until = {Stage.ASK: never, Stage.ROUND: event.bids_from}.get(stage, at)
                self.shut.append([at, until])
            case e.HeldResolved() if event.bids_from is not None:
                self.shut.append([at, event.bids_from])

    def end_shut(self, at: datetime) -> None:
        for times in self.shut:
            times[1] = min(times[1], max(times[0], at))

    def is_shut(self, at: datetime) -> bool:
        return any(since <= at < until for since, until in self.shut)

    def check_accepted(self, before: LotState, at: datetime, event: e.BidAccepted) -> None:
        """Written from the rules, not from the engine: R-60, R-61, R-65, R-66, R-73, 2.5, T-1."""
        terms = before.terms
        live = before.closed_at is not None and at >= before.closed_at
        step = terms.step_timed_fen if live else terms.step_listing_fen
        assert not self.is_shut(at)
        assert before.ended_at is None
        assert event.amount_fen % terms.price_scale_fen == 0
        assert terms.cap_fen is None or event.amount_fen <= terms.cap_fen
        if not terms.self_outbid:
            assert event.plate != before.leader
        raised = event.amount_fen - (before.price_fen or terms.start_fen)
        if event.amount_fen != terms.cap_fen or raised >= step:
            assert raised >= (0 if before.price_fen is None else step)
            if terms.increment_mode is IncrementMode.MULTIPLE:
                assert raised % step == 0
        else:
            assert raised > 0, "the cap itself may always be bid"
        if live:
            self.check_live(before, at, event)
        else:
            assert before.listing_until is not None
            assert terms.listing_from <= at
            assert at < before.listing_until - timedelta(minutes=terms.freeze_minutes)
            assert event.deadline is None

    def check_live(self, before: LotState, at: datetime, event: e.BidAccepted) -> None:
        terms = before.terms
        assert before.stage is Stage.ROUND
        assert before.bids_from is not None
        assert before.deadline is not None
        assert at < before.deadline
        if terms.timed_entry is TimedEntry.QUOTED_ONLY:
            assert event.plate in before.quoted
        if terms.timed_trigger is TimedTrigger.ASKED:
            silent = terms.ask_silence is AskSilence.IN
            assert before.answers.get(event.plate, silent)
        restarted = at + timedelta(seconds=terms.countdown_seconds)
        early = before.deadline - at > timedelta(seconds=terms.extend_within_seconds)
        if terms.countdown_rule is CountdownRule.EXTEND_IF_WITHIN and early:
            assert event.deadline == before.deadline
        elif before.limit is None or restarted <= before.limit:
            assert event.deadline == max(before.deadline, restarted)
        else:
            assert event.deadline == before.limit

    def check_end(
        self, before: LotState, events: tuple[e.Event, ...], event: e.BiddingEnded
    ) -> None:
        """T-2 to T-4, R-72, R-73: who wins, and that nothing else can have come out."""
        price = before.price_fen
        met = price is not None and price >= (self.reserve_fen or 0)
        if not met:
            assert event.plate is None
            assert event.unsold is (Unsold.NO_BID if price is None else Unsold.RESERVE_NOT_MET)
            return
        assert event.amount_fen == price
        assert event.unsold is None
        if len(before.entries) <= 1:
            assert event.plate == next(iter(before.entries), before.leader)
            return
        (drawn,) = (x for x in events if isinstance(x, e.LotteryDrawn))
        assert event.plate == drawn.plate
        assert drawn.plate in before.entries
        assert price == before.terms.cap_fen

    def tick(self, instant: datetime) -> c.Tick:
        """The transition at its instant, with all that was sealed."""
        roll = tuple(e.Admission(plate, f"bidder {plate}") for plate in PLATES)
        sealed = None
        if self.reserve_fen is not None:
            sealed = c.ReserveOpening(self.reserve_fen, SALT)
        return c.Tick(
            arrival=instant, roll=roll, reserve=sealed, draw=opening_of(self.state.entries)
        )

    def carry_out_due(self) -> None:
        while (instant := due(self.state)) is not None and instant <= self.now:
            self.do(self.tick(instant))

    @rule(us=JUMPS)
    def time_passes(self, us: int) -> None:
        self.now += timedelta(microseconds=us)
        self.carry_out_due()

    @precondition(lambda self: due(self.state) is not None)
    @rule()
    def time_passes_to_the_next_transition(self) -> None:
        instant = due(self.state)
        assert instant is not None
        self.now = max(self.now, instant)
        self.carry_out_due()

    @rule(plate=st.sampled_from(PLATES), above=st.sampled_from([-1, 0, 50, 99, 100, 101, 200]))
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
    def somebody_bids_the_least(self, plate: str) -> None:
        self.do(bid(plate, minimum_fen(self.state) // 1_000_000, self.now))

    @rule(
        plate=st.sampled_from(PLATES),
        us=st.sampled_from([1, 1_000, 5_000_000, 20_000_000, 70_000_000, 400_000_000]),
    )
    def a_bid_that_arrived_earlier_is_sequenced_now(self, plate: str, us: int) -> None:
        at = self.now - timedelta(microseconds=us)
        self.do(bid(plate, minimum_fen(self.state) // 1_000_000, at))

    @rule(plate=st.sampled_from(PLATES))
    def time_passes_and_somebody_raises(self, plate: str) -> None:
        self.time_passes(7_000_000)
        self.somebody_bids_the_least(plate)

    @rule(plate=st.sampled_from(PLATES), offset_ms=st.sampled_from([50, 51]))
    def somebody_bids_by_a_clock_that_may_be_wrong(self, plate: str, offset_ms: int) -> None:
        amount = minimum_fen(self.state) // 1_000_000
        self.do(bid(plate, amount, self.now, offset_ms=offset_ms))

    @precondition(lambda self: self.state.suspension is None)
    @rule(count=st.integers(2, 7))
    def the_price_runs_up(self, count: int) -> None:
        for i in range(count):
            self.time_passes(1_000_000)
            self.somebody_bids_the_least(PLATES[i % 2])

    @precondition(lambda self: self.state.stage is Stage.ASK)
    @rule(plate=st.sampled_from(PLATES), willing=st.booleans())
    def somebody_answers(self, plate: str, willing: bool) -> None:
        self.do(c.Answer(arrival=self.now, plate=plate, willing=willing, statement="s"))

    @precondition(lambda self: self.state.stage is Stage.SECOND_STAGE)
    @rule(plates=st.sets(st.sampled_from(PLATES), min_size=1))
    def some_join_the_lottery(self, plates: set[str]) -> None:
        for plate in sorted(plates):
            hashed = lottery.commitment(NONCES[plate])
            self.do(c.JoinLottery(arrival=self.now, plate=plate, statement="s", nonce_hash=hashed))

    @precondition(lambda self: self.state.stage is Stage.LISTING)
    @rule(amount_wan=st.sampled_from([1649, 1899]))
    def the_reserve_is_sealed(self, amount_wan: int) -> None:
        committed = reserve.commitment(self.state.code, wan(amount_wan), SALT)
        self.do(c.SealReserve(arrival=self.now, commitment=committed, by=OFFICERS))
        if self.state.reserve == committed:
            self.reserve_fen = wan(amount_wan)

    @precondition(lambda self: self.state.stage in RUNNING)
    @rule()
    def the_openings_cannot_be_had(self) -> None:
        instant = due(self.state)
        if instant is not None and self.state.suspension is None:
            self.now = max(self.now, instant)
            self.do(c.Tick(arrival=instant))

    @rule()
    def somebody_suspends(self) -> None:
        self.do(c.Suspend(arrival=self.now, ground="R-80", by="o1"))

    @precondition(lambda self: self.state.suspension is not None)
    @rule()
    def somebody_resumes(self) -> None:
        self.do(c.Resume(arrival=self.now, by="o1"))
        self.carry_out_due()  # a listing that was stopped at its very close has no time left

    @precondition(lambda self: self.state.suspension is not None)
    @rule(minutes=st.sampled_from([0, 1, 60]))
    def a_resumption_is_announced(self, minutes: int) -> None:
        at = self.now + timedelta(minutes=minutes)
        self.do(c.ScheduleResume(arrival=self.now, at=at, by="o1"))
        self.carry_out_due()

    @rule(us=st.sampled_from([1, 14_999_999, 15_000_000, 400_000_000]))
    def the_service_was_down(self, us: int) -> None:
        start = self.now
        self.now += timedelta(microseconds=us)
        self.do(c.RecordOutage(arrival=self.now, start=start))
        self.carry_out_due()

    @precondition(lambda self: self.state.admitted)
    @rule(
        plate=st.sampled_from(PLATES),
        ground=st.sampled_from(CertificateGround),
        seconds=st.sampled_from([0, 60, -1]),
    )
    def a_certificate_ends(self, plate: str, ground: CertificateGround, seconds: int) -> None:
        before, recorded = self.state, len(self.sale.records)
        revoked = ground is CertificateGround.REVOKED
        command = c.EndCertificate(
            arrival=self.now,
            plate=plate,
            ground=ground,
            certificate=digest(f"certificate of {plate}"),
            evidence=digest("list") if revoked else None,
            instant=self.now - timedelta(seconds=seconds),
        )
        self.do(command)
        told = self.sale.records[recorded:]
        assert self.state.but(ended_certificates=before.ended_certificates) == before
        assert len(told) <= (plate in before.admitted and seconds >= 0)
        if told:
            self.do(command)
            assert len(self.sale.records) == recorded + 1, "one certificate ends once"

    @precondition(lambda self: self.state.stage is Stage.RESULT_HELD)
    @rule(outcome=st.sampled_from(HeldOutcome))
    def the_held_result_is_decided(self, outcome: HeldOutcome) -> None:
        self.do(c.ResolveHeld(arrival=self.now, outcome=outcome, ground="R-90", by=OFFICERS))

    @precondition(lambda self: self.state.stage not in RUNNING or len(self.sale.records) > 12)
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
    def there_is_one_winner_at_most(self) -> None:
        ends = 0
        for record in self.sale.records:
            event = record.event
            ends += isinstance(event, e.BiddingEnded)
            ends -= isinstance(event, e.HeldResolved) and event.outcome is HeldOutcome.REOPEN
        assert ends in (0, 1)
        assert ends == 0 or self.state.ended_at is not None

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

    def teardown(self) -> None:
        """The profile is the same after its way through the log, and the log decides the same."""
        if not hasattr(self, "sale"):
            return
        terms = self.state.terms
        assert RuleProfile.from_dict(terms.to_dict()) == terms
        assert self.state.rules == RULES
        # Bids were sequenced out of the order of their arrival, and the same ones twice.
        allowed = (Fault.TIME_ORDER, Fault.REPEATED)
        findings = redecide(self.sale.records).findings
        assert [f for f in findings if f.fault not in allowed] == []


TestSaleMachine = SaleMachine.TestCase
TestSaleMachine.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
