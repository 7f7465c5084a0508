"""Where an award stands: its row, what the lot's log says of it, its due dates, its sums."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from auction.core import events as e
from auction.core.notice_checks import last_day
from auction.core.profile import DayUnit, RuleProfile
from auction.core.state import ENDED, Stage
from auction.core.workdays import BEIJING, CALENDAR_2024, ONE_DAY, beijing_date
from auction.ledger import canonical
from auction.pki.statement import Signed
from auction.services import refunds, statements
from auction.services.application_form import ApplicationRefused
from auction.services.house import House
from auction.services.people import Actor
from auction.services.seats import Occupant, occupant, pseudonym, seat_at, seat_context
from auction.services.statements import Checked
from auction.services.unit import writing
from auction.store.base import db
from auction.store.logs import LogEntry
from auction.store.sales import Lot
from auction.store.seats import Award, Seat
from auction.store.seats import Part as PartRow

_ACTS = (
    "bidding_ended",
    "award_confirmed",
    "award_voided",
    "confirmation_signed",
    "result_published",
    "terminated",
)


class AwardError(Exception):
    """An act that cannot be carried out; `status` is the HTTP status that fits."""

    def __init__(self, code: str, status: int = 409, **facts: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.facts = facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """What the lot's log holds from the end of bidding on."""

    ended: e.Recorded | None = None
    confirmed: e.Recorded | None = None
    voided: e.Recorded | None = None
    published: e.Recorded | None = None
    terminated: e.Recorded | None = None
    signed: dict[str, e.Recorded] = field(default_factory=dict)
    """Side (`winner`, `grantor`) to its signature on the deal confirmation."""

    @property
    def void_ground(self) -> str | None:
        """Why the award is void (a code of GROUNDS), or None if it is not."""
        if self.voided is None:
            return None
        assert isinstance(self.voided.event, e.AwardVoided)
        return self.voided.event.ground


@dataclass(frozen=True, slots=True)
class Split:
    """What becomes of the deposit in the price (R-46); all of it counts towards the price."""

    earnest_fen: int
    """定金: at most a share of the price, by law a fifth."""
    advance_fen: int
    """The rest of the deposit, an advance payment."""
    rest_fen: int
    """What is still to be paid of the price."""


def ensure(house: House, lot: Lot) -> Award | None:
    """The award of a lot whose bidding has ended with a highest bidder, made now if need be."""
    found = db.session.get(Award, lot.id)
    if found is not None:
        return found
    if Stage(lot.stage) not in ENDED or lot.leader is None:
        return None
    with writing() as session:
        if session.get(Award, lot.id) is None:
            seat = seat_at(lot, lot.leader)
            assert seat is not None
            due = end_of_day(_last_papers_day(lot))
            session.add(
                Award(lot_id=lot.id, pseudonym=seat.pseudonym, papers_due=due, opened_by=[])
            )
    return db.session.get(Award, lot.id)


def required(house: House, lot: Lot) -> Award:
    """The award, or AwardError(NO_AWARD)."""
    award = ensure(house, lot)
    if award is None:
        raise AwardError("NO_AWARD")
    return award


class Part(StrEnum):
    """What somebody who took part in the sale has to do with its award."""

    HIGHEST = "highest"
    PARTNER = "partner"
    """A partner of joint bidders, whose lead acts for all."""
    OTHER = "other"


def part_of(house: House, lot: Lot, actor: Actor) -> Part | None:
    """The actor's part in the award; None for somebody who took no part in the sale."""
    if actor.party_id is None:
        return None
    own = pseudonym(house, lot, actor.party_id)
    row = db.session.get(PartRow, (lot.id, own))
    seat = own if row is None else row.seat
    if db.session.get(Seat, (lot.id, seat)) is None:
        return None
    award = ensure(house, lot)
    if award is None or award.pseudonym != seat:
        return Part.OTHER
    return Part.HIGHEST if seat == own else Part.PARTNER


def verified(
    house: House,
    lot: Lot,
    actor: Actor,
    purpose: str,
    signed: Signed,
    expect: dict[str, str],
    now: datetime,
) -> Checked:
    """Check the actor's statement on this lot. AwardError 422 with the certificate room's code."""
    try:
        return statements.verified(house, lot, actor, purpose, signed, expect, now)
    except ApplicationRefused as refused:
        raise AwardError(refused.code, refused.status, **refused.facts) from None


def winner_of(house: House, lot: Lot) -> Occupant:
    """Who the highest bidder is. Callers are the bidder himself, examiners who have opened the
    identity (`open_identity`), or pages of a published result. AwardError(NO_AWARD)."""
    return occupant(house, lot, _seat(house, lot))


def parties_of(house: House, lot: Lot) -> list[dict[str, Any]]:
    """The highest bidder's parties {name, id_code, share_bp} as applied for, lead first; for the
    same callers as `winner_of`."""
    seat = _seat(house, lot)
    content = house.sealer.open(seat.sealed, seat_context(lot, seat.pseudonym))
    assert isinstance(content, dict)
    form = json.loads(str(content["form"]))
    parties: list[dict[str, Any]] = form["parties"]
    return parties


def _seat(house: House, lot: Lot) -> Seat:
    award = required(house, lot)
    return db.session.get_one(Seat, (lot.id, award.pseudonym))


def acts_of(lot: Lot) -> Acts:
    """The lot's official acts since the end of bidding, from its log."""
    query = (
        select(LogEntry.leaf)
        .where(LogEntry.log_id == lot.log_id, LogEntry.type.in_(_ACTS))
        .order_by(LogEntry.seq)
    )
    found: dict[type, e.Recorded] = {}
    signed: dict[str, e.Recorded] = {}
    for leaf in db.session.scalars(query):
        record = e.Recorded.from_data(canonical.decode(leaf))
        if isinstance(record.event, e.ConfirmationSigned):
            signed[record.event.side] = record
        else:
            found[type(record.event)] = record
    return Acts(
        ended=found.get(e.BiddingEnded),
        confirmed=found.get(e.AwardConfirmed),
        voided=found.get(e.AwardVoided),
        published=found.get(e.ResultPublished),
        terminated=found.get(e.Terminated),
        signed=signed,
    )


def split_of(lot: Lot) -> Split:
    """The deposit against the price."""
    assert lot.price_fen is not None
    deposit = profile_of(lot).deposit_fen
    earnest = min(deposit, lot.price_fen * profile_of(lot).earnest_cap_percent // 100)
    return Split(earnest, deposit - earnest, max(lot.price_fen - deposit, 0))


def profile_of(lot: Lot) -> RuleProfile:
    """The rules under which the lot was sold."""
    return RuleProfile.from_dict(lot.terms)


# --- due dates: half-open ends of days in Beijing, so that 24:00 is the first instant too late ---


def end_of_day(day: date) -> datetime:
    """24:00 of a day in Beijing."""
    return datetime.combine(day + ONE_DAY, time(), BEIJING).astimezone(UTC)


def examination_due(lot: Lot, award: Award) -> datetime | None:
    """Until when the office examines the papers; None before they are filed (R-102)."""
    if award.filed_at is None:
        return None
    return _workdays_after(award.filed_at, profile_of(lot).office_check_workdays)


def result_due(lot: Lot) -> datetime:
    """Until when the result must be published (R-104)."""
    assert lot.ended_at is not None
    return _workdays_after(lot.ended_at, profile_of(lot).result_publish_workdays)


def refunds_due(lot: Lot) -> datetime:
    """Until when the other bidders' deposits go back (R-47): counted from the end of bidding,
    whatever becomes of the award afterwards."""
    assert lot.ended_at is not None
    return refunds.due_at(lot.ended_at, profile_of(lot).refund_due_workdays)


def _last_papers_day(lot: Lot) -> date:
    assert lot.ended_at is not None
    rules = profile_of(lot)
    end = beijing_date(lot.ended_at)
    return last_day(end, rules.winner_submit_days, rules.winner_submit_unit, CALENDAR_2024)


def _workdays_after(instant: datetime, count: int) -> datetime:
    day = last_day(beijing_date(instant), count, DayUnit.WORKDAY, CALENDAR_2024)
    return end_of_day(day)
