"""The office's page of one award: papers, opinion, decision, documents, publication."""

from collections.abc import Callable

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from auction.core.reasons import Refusal
from auction.core.state import Stage
from auction.presenting import awards as wording
from auction.presenting.said import Said
from auction.services import awards, people
from auction.services.awards import AwardError, Proposal
from auction.services.house import current_house
from auction.services.people import Actor
from auction.store.base import db
from auction.store.people import Officer
from auction.store.sales import Lot
from auction.web.awards.common import bp, crumbs, download, refused, require_party, signed_in, told
from auction.web.errors import problem
from auction.web.forms.awards import OpinionForm
from auction.web.guards import OFFICE, audience
from auction.web.links import LotRef, find_lot


@bp.get("/office/awards/<lot:ref>")
@audience(*OFFICE)
def examine(ref: LotRef) -> ResponseReturnValue:
    """Papers, opinion, decision, documents and publication of one lot."""
    return _examine_page(find_lot(ref), OpinionForm())


@bp.get("/office/awards/<lot:ref>/papers/<paper_id>")
@audience(*OFFICE)
def paper(ref: LotRef, paper_id: str) -> ResponseReturnValue:
    """A filed paper, for examiners who have opened the identity."""
    lot = find_lot(ref)
    house = current_house()
    found = next((p for p in awards.filed_papers(house, lot) if p.id == paper_id), None)
    if found is None:
        abort(404)
    try:
        require_party(lot)
    except AwardError as error:
        return refused(error)
    return download(found)


@bp.post("/office/awards/<lot:ref>/identity")
@audience(*OFFICE)
def open_identity(ref: LotRef) -> ResponseReturnValue:
    """Open the highest bidder's identity to this officer, on record."""
    return _act(ref, lambda lot, actor: awards.open_identity(current_house(), lot, actor))


@bp.post("/office/awards/<lot:ref>/proposal")
@audience(*OFFICE)
def propose(ref: LotRef) -> ResponseReturnValue:
    """First officer's opinion."""
    form = OpinionForm()

    def act(lot: Lot, actor: Actor) -> None:
        if form.proposal.data not in set(Proposal):
            raise AwardError("DECISION_MISSING", 422)
        awards.propose(
            current_house(),
            lot,
            actor,
            Proposal(form.proposal.data),
            ground=form.ground.data or None,
            note=form.note.data or "",
        )

    return _act(ref, act, form)


@bp.post("/office/awards/<lot:ref>/proposal/return")
@audience(*OFFICE)
def send_back(ref: LotRef) -> ResponseReturnValue:
    """Withdraw or return the opinion that waits."""
    return _act(ref, lambda lot, actor: awards.send_back(current_house(), lot, actor))


@bp.post("/office/awards/<lot:ref>/decision")
@audience(*OFFICE)
def confirm(ref: LotRef) -> ResponseReturnValue:
    """Second officer carries out the opinion."""
    return _act(ref, lambda lot, actor: awards.confirm(current_house(), lot, actor))


@bp.post("/office/awards/<lot:ref>/publication")
@audience(*OFFICE)
def publish(ref: LotRef) -> ResponseReturnValue:
    """Publish the result."""
    return _act(ref, lambda lot, actor: awards.publish_result(current_house(), lot, actor))


def _examine_page(
    lot: Lot, form: OpinionForm, said: Said | None = None, status: int = 200
) -> ResponseReturnValue:
    house = current_house()
    award = awards.ensure(house, lot)
    if award is None:
        outcome = wording.no_award(lot.stage)
        page = render_template(
            "awards/outcome.html", lot=lot, said=outcome, breadcrumbs=crumbs(lot)
        )
        return page, 409
    acts = awards.acts_of(lot)
    opened = signed_in().officer_id in award.opened_by
    return render_template(
        "awards/examine.html",
        lot=lot,
        breadcrumbs=crumbs(lot),
        award=award,
        acts=acts,
        me=signed_in().officer_id,
        opened=opened,
        parties=awards.parties_of(house, lot) if opened else (),
        details=people.party_details(house, awards.winner_of(house, lot).party_id)
        if opened
        else {},
        papers=awards.filed_papers(house, lot) if opened else (),
        pending=awards.pending(lot, award),
        note=awards.note_of(house, lot, award) if opened else "",
        may_propose=Stage(lot.stage) in (Stage.AWARD_PENDING, Stage.CONFIRMED),
        may_publish=Stage(lot.stage) is Stage.CONFIRMED,
        due=awards.examination_due(lot, award),
        result_due=awards.result_due(lot),
        refunds_due=awards.refunds_due(lot),
        split=awards.split_of(lot),
        names=_names(),
        form=form,
        wording=wording,
        said=said,
        void=wording.void(acts.void_ground) if acts.void_ground else None,
    ), status


def _act(
    ref: LotRef, act: Callable[[Lot, Actor], object], form: OpinionForm | None = None
) -> ResponseReturnValue:
    """Carry out an officer's act; a refusal shows the page again with what was typed."""
    lot = find_lot(ref)
    try:
        act(lot, signed_in())
    except (AwardError, Refusal, TimeoutError) as error:
        code, status, said = told(error)
        if code == "NO_AWARD":
            return problem(status, code, said.title, said.body)
        return _examine_page(lot, form or OpinionForm(formdata=None), said, status)
    return redirect(url_for("awards.examine", ref=lot), 303)


def _names() -> dict[str, str]:
    """Officers' names by id: acts in the log bear ids."""
    return {row.id: row.name for row in db.session.scalars(select(Officer))}
