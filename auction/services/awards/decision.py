"""The examination of the highest bidder: one officer proposes, another one decides, both named.

Nothing here touches the deposit: what becomes of it is decided by people, never as a
consequence of a void award (R-50, R-107).
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, update

from auction.core import commands as c
from auction.core.state import Stage
from auction.services import logbook, lots
from auction.services.awards import documents
from auction.services.awards.standing import AwardError, acts_of, required
from auction.services.house import House
from auction.services.people import Actor
from auction.services.unit import writing
from auction.store.sales import Lot
from auction.store.seats import Award
from auction.trading.work import Answer, Work

EXAMINERS = frozenset({"drafter", "approver"})
GROUNDS = (
    "PAPERS_NOT_FILED",
    "PAPERS_INSUFFICIENT",
    "PAPERS_FALSE",
    "NOT_ELIGIBLE",
    "REFUSED_TO_SIGN",
)
"""Why an award is void (R-23, R-107). The code stands in the public log; the reasons in words,
which may name people, stay sealed."""
NOTE_LENGTH = 2000


class Proposal(StrEnum):
    """What the first officer proposes."""

    SUFFICIENT = "sufficient"
    VOID = "void"


def pending(lot: Lot, award: Award) -> Proposal | None:
    """The proposal that still waits for a second officer, or None."""
    if award.proposal is None:
        return None
    proposal = Proposal(award.proposal)
    return proposal if Stage(lot.stage) in _STAGES[proposal] else None


_STAGES = {
    Proposal.SUFFICIENT: frozenset({Stage.AWARD_PENDING}),
    Proposal.VOID: frozenset({Stage.AWARD_PENDING, Stage.CONFIRMED}),
}


def open_identity(house: House, lot: Lot, actor: Actor) -> None:
    """Let this examiner know who the highest bidder is; the first time is put on the register.

    Raises AwardError: NOT_AN_EXAMINER 403, NO_AWARD 409.
    """
    officer = examiner(actor)
    award = required(house, lot)
    if officer in award.opened_by:
        return
    with writing() as session:
        row = session.get_one(Award, lot.id)
        row.opened_by = [*row.opened_by, officer]
        logbook.register(
            house,
            session,
            "identity_opened",
            {"lot": lot.slug, "plate": lot.leader, "ground": "award_examination", "by": officer},
        )


def propose(
    house: House,
    lot: Lot,
    actor: Actor,
    proposal: Proposal,
    *,
    ground: str | None = None,
    note: str = "",
) -> None:
    """First officer: the papers suffice, or the award is void on a ground of GROUNDS.

    Whoever proposes has seen the bidder's name: it is opened to him, on record. Raises AwardError:
    NOT_AN_EXAMINER 403; NO_AWARD, NOT_PENDING, PROPOSAL_EXISTS, PAPERS_NOT_THERE,
    PAPERS_STILL_DUE, PAPERS_THERE, WINNER_HAS_SIGNED 409; GROUND_UNKNOWN, NOTE_MISSING,
    NOTE_TOO_LONG 422.
    """
    officer = examiner(actor)
    award = required(house, lot)
    if Stage(lot.stage) not in _STAGES[proposal]:
        raise AwardError("NOT_PENDING")
    if pending(lot, award):
        raise AwardError("PROPOSAL_EXISTS")
    if proposal is Proposal.SUFFICIENT:
        if award.filed_at is None:
            raise AwardError("PAPERS_NOT_THERE")
        ground = None
    else:
        _check_void(lot, award, ground, note, house.now())
    open_identity(house, lot, actor)
    with writing() as session:
        row = session.get_one(Award, lot.id)
        if pending(lot, row):
            raise AwardError("PROPOSAL_EXISTS")
        row.proposal, row.proposal_ground = str(proposal), ground
        row.proposal_note = house.sealer.seal(note.strip(), _note_place(lot))
        row.examined_by, row.proposed_at = officer, house.now()
        data = {"lot": lot.slug, "proposal": str(proposal), "ground": ground, "by": officer}
        logbook.register(house, session, "award_proposed", data)


def send_back(house: House, lot: Lot, actor: Actor) -> None:
    """Take the proposal off the table: its maker withdraws it, or the second officer returns it.

    Raises AwardError: NOT_AN_EXAMINER 403, NO_AWARD, NO_PROPOSAL 409.
    """
    officer = examiner(actor)
    _proposal(house, lot)
    with writing() as session:
        row = session.get_one(Award, lot.id)
        row.proposal = row.proposal_ground = row.proposal_note = None
        row.examined_by = row.proposed_at = None
        logbook.register(
            house, session, "award_proposal_returned", {"lot": lot.slug, "by": officer}
        )


def confirm(house: House, lot: Lot, actor: Actor) -> Answer:
    """Second officer: carry out what the first proposed; both stand in the lot's log.

    Raises AwardError: NOT_AN_EXAMINER, TWO_PERSONS_NEEDED 403; NO_AWARD, NO_PROPOSAL,
    PROPOSAL_CHANGED 409. Refusal as the engine says.
    """
    second = examiner(actor)
    award, proposal = _proposal(house, lot)
    first, ground = award.examined_by, award.proposal_ground
    assert first is not None
    if first == second:
        raise AwardError("TWO_PERSONS_NEEDED", 403)
    open_identity(house, lot, actor)
    still = (
        Award.lot_id == lot.id,
        Award.proposal == str(proposal),
        Award.proposed_at == award.proposed_at,
    )
    draw = documents.drawing(house, lot) if proposal is Proposal.SUFFICIENT else None

    def also(conn: Connection, answer: Answer) -> None:
        values = {} if draw is None else draw(conn, answer.records[0].arrival)
        done = conn.execute(update(Award).where(*still).values(examined_by=first, **values))
        if not done.rowcount:
            raise AwardError("PROPOSAL_CHANGED")

    def work(arrival: datetime) -> Work:
        by = (first, second)
        command: c.Command = c.ConfirmAward(arrival=arrival, by=by)
        if proposal is Proposal.VOID:
            assert ground is not None
            command = c.VoidAward(arrival=arrival, ground=ground, by=by)
        return Work(lot.id, command, also=also)

    return lots.act(house, lot.id, work)


def publish_result(house: House, lot: Lot, actor: Actor) -> Answer:
    """Publish the result of a confirmed award (R-104). AwardError(NOT_AN_EXAMINER), Refusal."""
    officer = examiner(actor)
    return lots.act(house, lot.id, lambda at: Work(lot.id, c.PublishResult(arrival=at, by=officer)))


def note_of(house: House, lot: Lot, award: Award) -> str:
    """The first officer's reasons in words; for examiners and for the bidder concerned."""
    if award.proposal_note is None:
        return ""
    note = house.sealer.open(award.proposal_note, _note_place(lot))
    assert isinstance(note, str)
    return note


def examiner(actor: Actor) -> str:
    """The id of an officer who may examine; AwardError otherwise."""
    if actor.officer_id is None or not actor.roles & EXAMINERS:
        raise AwardError("NOT_AN_EXAMINER", 403)
    return actor.officer_id


def _check_void(lot: Lot, award: Award, ground: str | None, note: str, now: datetime) -> None:
    if ground not in GROUNDS:
        raise AwardError("GROUND_UNKNOWN", 422)
    if not note.strip():
        raise AwardError("NOTE_MISSING", 422)
    if len(note.strip()) > NOTE_LENGTH:
        raise AwardError("NOTE_TOO_LONG", 422, limit=NOTE_LENGTH)
    if ground == "PAPERS_NOT_FILED":
        if award.filed_at is not None:
            raise AwardError("PAPERS_THERE")
        if now < award.papers_due:
            raise AwardError("PAPERS_STILL_DUE")
    if ground == "REFUSED_TO_SIGN" and "winner" in acts_of(lot).signed:
        raise AwardError("WINNER_HAS_SIGNED")


def _proposal(house: House, lot: Lot) -> tuple[Award, Proposal]:
    award = required(house, lot)
    proposal = pending(lot, award)
    if proposal is None:
        raise AwardError("NO_PROPOSAL")
    return award, proposal


def _note_place(lot: Lot) -> str:
    return f"award-note:{lot.slug}"
