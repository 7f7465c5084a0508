"""What happens in the rehearsal, from the draft to the published result, at notice [44]'s times."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from auction.core.profile import FEN_PER_WAN
from auction.core.state import LotState, Stage, minimum_fen
from auction.core.terms import Unstated
from auction.pki.demo.authority import DemoCA
from auction.services import applications, awards, bidding, deposits, lots, notices
from auction.services.house import House
from auction.services.notice_content import Content, approval_of, finding_key, review, to_confirm
from auction.services.rehearsal.cast import COMPANIES, Player, company, officer
from auction.services.seats import seat_of
from auction.services.seed import notice_44
from auction.store.base import db
from auction.store.projection import state_of
from auction.store.sales import Lot, Notice, SaleKind
from auction.trading.time import DrivenClock

STEP_FEN = 100 * FEN_PER_WAN
ROUND_BIDS = range(7, 12)
A_PDF = b"%PDF-1.4\n% rehearsal paper: {kind}\n%%EOF\n"


@dataclass(slots=True)
class Stagehand:
    """The house, its hands on the clock, and the dice of the rehearsal."""

    house: House
    clock: DrivenClock
    dice: random.Random
    authority: DemoCA

    def wait(self, **duration: float) -> None:
        """Let time pass; what falls due meanwhile is carried out."""
        self.until(self.clock.now() + timedelta(**duration))

    def until(self, instant: datetime) -> None:
        """Move the clock; what falls due meanwhile is carried out."""
        self.clock.move_to(instant)
        self.house.sequencer.settle()
        lots.forget_reads()


def play(hand: Stagehand) -> int:
    """Run the whole sale; the id of its lot."""
    facts = notice_44()
    windows = facts.windows
    drafter, approver = (officer(hand.house, hand.authority, n) for n in range(2))
    bidders = [company(hand.house, hand.authority, n) for n in range(len(COMPANIES))]

    lot = _publish(hand, drafter, approver)
    hand.until(windows.application.start + timedelta(days=3, hours=2))
    for bidder in bidders:
        _apply_and_pay(hand, lot, bidder)
        hand.wait(hours=20, minutes=hand.dice.randrange(60))

    hand.until(windows.listing.start)
    _listing(hand, lot, bidders)
    hand.until(windows.listing.end)
    _live_round(hand, lot, bidders[:3])

    winner = next(b for b in bidders if _plate(hand, lot, b) == lot.leader)
    _award(hand, lot, winner, drafter, approver)
    return lot.id


# --- acts ------------------------------------------------------------------------------------


def _publish(hand: Stagehand, drafter: Player, approver: Player) -> Lot:
    house, kind = hand.house, SaleKind.REHEARSAL
    content = Content(notice_44(), Unstated())
    notice_id = notices.begin(house, drafter.actor, kind, {})
    reasons = {
        finding_key(finding): "演练沿用原公告的时间安排，已知悉。"
        for finding in review(content, kind)
    }
    notices.submit(house, notice_id, drafter.actor, kind, {}, content, reasons)
    hand.wait(hours=2)
    row = db.session.get_one(Notice, notice_id)
    asked = approval_of(row, house.now())
    signed = approver.sign(
        house, asked.purpose, {"lot": asked.lot, "act": asked.act, "document": asked.document}
    )
    notices.approve(house, notice_id, approver.actor, signed.to_transport(), to_confirm(row))
    hand.until(notice_44().windows.notice.start)
    notices.publish_due(house)
    lots.forget_reads()
    return db.session.get_one(Notice, notice_id).lots[0]


def _apply_and_pay(hand: Stagehand, lot: Lot, bidder: Player) -> None:
    house = hand.house
    form = applications.usual_form(house, bidder.actor)
    wanted = applications.to_sign(house, lot, bidder.actor, form)
    receipt = bidder.sign(house, "practice-receipt", wanted.receipt)
    applications.receive_documents(house, lot, bidder.actor, receipt)
    application = bidder.sign(house, "practice-application", wanted.application)
    seat = applications.apply(house, lot, bidder.actor, form, application)
    hand.wait(hours=3)
    deposits.pay_demo(house, lot, seat)
    lots.forget_reads()


def _listing(hand: Stagehand, lot: Lot, bidders: list[Player]) -> None:
    """Quotes upward over twelve days; one is too low; the fourth bidder never quotes."""
    first, second, third = bidders[:3]
    _bid(hand, lot, first, steps=0)
    hand.wait(days=6, minutes=41)
    _bid(hand, lot, second, steps=1)
    hand.wait(seconds=3.2)
    _bid(hand, lot, first, steps=0, below_fen=STEP_FEN)
    hand.wait(days=5, hours=6, minutes=20)
    _bid(hand, lot, third, steps=1)


def _live_round(hand: Stagehand, lot: Lot, bidders: list[Player]) -> None:
    """Bids at random distances, then silence until the countdown has run out."""
    for _ in range(hand.dice.choice(ROUND_BIDS)):
        hand.wait(milliseconds=hand.dice.randrange(4_000, 290_000))
        others = [b for b in bidders if _plate(hand, lot, b) != lot.leader]
        bidder, rival = hand.dice.sample(others, k=2)
        amount = _bid(hand, lot, bidder, steps=hand.dice.choice((1, 1, 1, 2)))
        if hand.dice.random() < 0.3:
            hand.wait(milliseconds=hand.dice.randrange(20, 400))
            _bid(hand, lot, rival, steps=0, amount_fen=amount)
    state = _state(hand, lot)
    assert state.stage is Stage.ROUND
    assert state.deadline is not None
    hand.until(state.deadline)


def _award(hand: Stagehand, lot: Lot, winner: Player, drafter: Player, approver: Player) -> None:
    house = hand.house
    awards.ensure(house, lot)
    hand.wait(days=2, hours=1)
    for kind in awards.PAPERS:
        content = A_PDF.replace(b"{kind}", kind.encode())
        awards.add_paper(house, lot, winner.actor, kind, f"{kind}.pdf", content)
    awards.file_papers(
        house, lot, winner.actor, winner.sign(house, *awards.papers_statement(house, lot))
    )
    hand.wait(hours=20)
    awards.propose(house, lot, drafter.actor, awards.Proposal.SUFFICIENT)
    hand.wait(hours=1)
    awards.confirm(house, lot, approver.actor)
    for side, player in (("winner", winner), ("grantor", approver)):
        hand.wait(hours=3)
        asked = awards.confirmation_statement(house, lot, side)
        awards.sign_confirmation(house, lot, player.actor, player.sign(house, *asked))
    hand.wait(hours=15)
    awards.publish_result(house, lot, drafter.actor)


def _bid(
    hand: Stagehand,
    lot: Lot,
    bidder: Player,
    *,
    steps: int,
    below_fen: int = 0,
    amount_fen: int | None = None,
) -> int:
    """One signed bid: `steps` above the least allowed, or exactly `amount_fen`; its amount."""
    house = hand.house
    state = _state(hand, lot)
    extra = max(steps - 1, 0) if state.price_fen is not None else 0
    amount = amount_fen or minimum_fen(state) + extra * STEP_FEN - below_fen
    log = lots.log_of(lot)
    signed = bidder.sign(
        house,
        "practice-bid",
        {
            "lot": lot.slug,
            "plate": _plate(hand, lot, bidder).removeprefix("演-"),
            "rules": lot.rules,
            "amount": str(amount),
            "cur": bidding.CURRENCY,
            "prev": f"{log.size}:{log.root.hex()}",
        },
    )
    ticket = bidding.arrive(house, lot)
    bidding.place(house, lot, bidder.actor, signed.to_transport(), ticket)
    return amount


def _state(hand: Stagehand, lot: Lot) -> LotState:
    lots.forget_reads()
    return state_of(db.session.get_one(Lot, lot.id))


def _plate(hand: Stagehand, lot: Lot, bidder: Player) -> str:
    assert bidder.actor.party_id is not None
    seat = seat_of(hand.house, lot, bidder.actor.party_id)
    assert seat is not None
    return seat.plate
