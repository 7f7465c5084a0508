"""Deposits that go back after the end: to whom, by when (R-47). Finance sees them only then."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from auction.core.profile import RuleProfile
from auction.core.state import ENDED, Stage
from auction.core.workdays import BEIJING, CALENDAR_2024, ONE_DAY, beijing_date
from auction.services.booking import credit_context
from auction.services.house import House
from auction.services.unit import writing
from auction.store.base import db
from auction.store.sales import Lot
from auction.store.seats import Credit, CreditVerdict, DepositAccount, Seat

_SETTLED = ENDED | {Stage.TERMINATED}


@dataclass(frozen=True, slots=True)
class Refund:
    """One credit that goes back to the account it came from, whole or in part."""

    credit: Credit
    amount_fen: int
    due: datetime
    payer_name: str
    payer_account: str
    payer_bank: str


def due_at(ended: datetime, workdays: int) -> datetime:
    """The last instant (24:00 of the day, Beijing time) of the period after the end.

    Counts by the working-day table of 2024; for other years weekends only, until the table of
    the year is entered.
    """
    day = beijing_date(ended)
    while workdays:
        day += ONE_DAY
        workdays -= CALENDAR_2024.is_working(day)
    return datetime.combine(day + ONE_DAY, time(0), tzinfo=BEIJING)


def last_working_day_before(deadline: datetime) -> date | None:
    """The working day before a deadline that falls on a day off, else None (B-16)."""
    day = beijing_date(deadline)
    if CALENDAR_2024.is_working(day):
        return None
    while not CALENDAR_2024.is_working(day):
        day -= ONE_DAY
    return day


def settled(lot: Lot) -> bool:
    """Whether the sale is over, so that deposits go back and finance may see the lot's figures."""
    return Stage(lot.stage) in _SETTLED


def ended_at(lot: Lot) -> datetime | None:
    """The instant from which the period for refunds runs."""
    if not settled(lot):
        return None
    return lot.ended_at or lot.log.last_sequenced


def of_lot(house: House, lot: Lot) -> list[Refund]:
    """What of this lot goes back, first what has not gone yet; empty before the end.

    The highest bidder's deposit stays: it is decided with the award (R-46, R-50).
    """
    end = ended_at(lot)
    if end is None:
        return []
    due = due_at(end, RuleProfile.from_dict(lot.terms).refund_due_workdays)
    winner = None
    if Stage(lot.stage) not in (Stage.UNSOLD, Stage.TERMINATED):
        winner = db.session.scalar(
            select(Seat.account_number).where(Seat.lot_id == lot.id, Seat.plate == lot.leader)
        )
    query = (
        select(Credit)
        .join(DepositAccount, DepositAccount.number == Credit.account_number)
        .where(DepositAccount.lot_id == lot.id)
        .order_by(Credit.refunded_at.is_not(None), Credit.account_number, Credit.id)
    )
    found = []
    for credit in db.session.scalars(query):
        amount = credit.amount_fen
        if credit.account_number == winner and credit.verdict == CreditVerdict.QUALIFIES:
            amount = int(credit.facts.get("over_fen", 0))
        if amount:
            found.append(_refund(house, credit, amount, due))
    return found


def mark_refunded(house: House, lot: Lot, credit_id: str) -> None:
    """Note that a credit has gone back. LookupError if it is none that is due."""
    refund = next((r for r in of_lot(house, lot) if r.credit.id == credit_id), None)
    if refund is None:
        raise LookupError(credit_id)
    now, due = house.now(), refund.due
    with writing() as session:
        credit = session.get_one(Credit, credit_id)
        if credit.refunded_at is None:
            credit.refunded_at, credit.refund_due = now, due


def is_overdue(refund: Refund, now: datetime) -> bool:
    """Whether the period has passed and the money has not gone."""
    return refund.credit.refunded_at is None and now >= refund.due


def is_near(refund: Refund, now: datetime) -> bool:
    """Whether it is due within a day."""
    left = refund.due - now
    return refund.credit.refunded_at is None and timedelta(0) < left <= timedelta(days=1)


def _refund(house: House, credit: Credit, amount: int, due: datetime) -> Refund:
    payer = house.sealer.open(credit.sealed, credit_context(credit.id))
    assert isinstance(payer, dict)
    names = ("payer_name", "payer_account", "payer_bank")
    return Refund(credit, amount, due, *(str(payer[name]) for name in names))
