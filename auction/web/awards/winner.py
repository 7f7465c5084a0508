"""The highest bidder's own page; the other bidders learn when their deposits come back."""

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from auction.core.notice_codec import notice_from_dict
from auction.core.profile import RuleProfile
from auction.core.state import Stage
from auction.presenting import award_tasks
from auction.presenting import awards as wording
from auction.presenting.said import Said
from auction.services import awards
from auction.services.awards import AwardError, Part
from auction.services.house import current_house
from auction.services.seats import seat_of
from auction.store.sales import Lot
from auction.store.seats import Award
from auction.web.awards.common import (
    answer_signed,
    award_of,
    bp,
    crumbs,
    download,
    signed_in,
    signer,
)
from auction.web.errors import problem
from auction.web.forms.awards import PaperForm
from auction.web.guards import BIDDER, audience
from auction.web.links import LotRef, find_lot

_OVER = frozenset({Stage.UNSOLD, Stage.TERMINATED, Stage.RESULT_HELD})


@bp.get("/my/<lot:ref>/award")
@audience(BIDDER)
def winner(ref: LotRef) -> ResponseReturnValue:
    """What the highest bidder has to do; the others learn when their deposits come back."""
    lot = find_lot(ref)
    part = awards.part_of(current_house(), lot, signed_in())
    if part is None:
        abort(404)
    if part is Part.HIGHEST:
        return _winner_page(lot)
    return _outcome_page(lot, part)


@bp.post("/my/<lot:ref>/award/papers")
@audience(BIDDER)
def add_paper(ref: LotRef) -> ResponseReturnValue:
    """Upload one paper."""
    lot = find_lot(ref)
    form = PaperForm()
    kind = form.kind.data or ""
    sent = form.file.data
    name, content = (sent.filename or "", sent.read()) if sent else ("", b"")
    try:
        awards.add_paper(current_house(), lot, signed_in(), kind, name, content)
    except AwardError as error:
        said = wording.explain(error.code, error.facts)
        if awards.part_of(current_house(), lot, signed_in()) is not Part.HIGHEST:
            return problem(error.status, error.code, said.title, said.body)
        return _winner_page(lot, said, kind, error.status)
    return redirect(url_for("awards.winner", ref=lot, _anchor=f"paper-{kind}"), 303)


@bp.errorhandler(413)
def too_large(_error: Exception) -> ResponseReturnValue:
    """An upload that is refused before any view sees it."""
    said = wording.explain("PAPER_TOO_LARGE")
    return problem(413, "PAPER_TOO_LARGE", said.title, said.body)


@bp.post("/my/<lot:ref>/award/filing")
@audience(BIDDER)
def file_papers(ref: LotRef) -> ResponseReturnValue:
    """File the uploaded papers with one signature over their digests."""
    lot = find_lot(ref)
    return answer_signed(
        lambda signed: awards.file_papers(current_house(), lot, signed_in(), signed),
        url_for("awards.winner", ref=lot),
    )


@bp.get("/my/<lot:ref>/award/papers/<paper_id>")
@audience(BIDDER)
def own_paper(ref: LotRef, paper_id: str) -> ResponseReturnValue:
    """One of the highest bidder's own papers, as it was stored."""
    lot = find_lot(ref)
    house = current_house()
    paper = awards.paper_at(house, lot, paper_id)
    if paper is None or awards.part_of(house, lot, signed_in()) is not Part.HIGHEST:
        abort(404)
    return download(paper)


def _winner_page(
    lot: Lot, said: Said | None = None, at_paper: str = "", status: int = 200
) -> ResponseReturnValue:
    house = current_house()
    award = award_of(lot)
    acts = awards.acts_of(lot)
    current = {paper.kind: paper for paper in awards.current_papers(house, lot)}
    missing = awards.missing_papers(list(current.values()))
    now = house.now()
    pending = Stage(lot.stage) is Stage.AWARD_PENDING
    may_change = pending and now < award.papers_due and award.proposal is None
    progress = award_tasks.Progress(
        papers_due=award.papers_due,
        missing=tuple(missing),
        filed_at=award.filed_at,
        examined_by=awards.examination_due(lot, award),
        now=now,
        confirmed=acts.confirmed is not None,
        voided=acts.voided is not None,
        signed=frozenset(acts.signed),
        notice_url=url_for("awards.deal_notice", ref=lot),
        confirmation_url=url_for("awards.deal_confirmation", ref=lot),
        contract_workdays=RuleProfile.from_dict(lot.terms).contract_workdays,
    )
    to_file = may_change and not missing and not all(p.filed for p in current.values())
    page = render_template(
        "awards/winner.html",
        lot=lot,
        breadcrumbs=crumbs(lot),
        award=award,
        acts=acts,
        outcome=_outcome(lot, award, acts),
        tasks=award_tasks.tasks(progress),
        papers=current,
        kinds=awards.PAPERS,
        forms=PaperForm.every(),
        wording=wording,
        split=awards.split_of(lot),
        notice=notice_from_dict(lot.notice.facts),
        may_change=may_change,
        statement=awards.papers_statement(house, lot) if to_file else None,
        limit=awards.LIMIT_BYTES,
        said=said,
        at_paper=at_paper,
        **signer(),
    )
    return page, status


def _outcome(lot: Lot, award: Award, acts: awards.Acts) -> Said | None:
    """The sentence on top while it is news: pending or void; a confirmed award speaks by tasks."""
    assert lot.price_fen is not None
    assert lot.ended_at is not None
    if acts.void_ground is not None:
        return wording.void(acts.void_ground)
    if Stage(lot.stage) in _OVER:
        return wording.no_award(lot.stage)
    if acts.confirmed is not None:
        return None
    return wording.highest(lot.price_fen, lot.ended_at, award.papers_due, len(awards.PAPERS))


def _outcome_page(lot: Lot, part: Part) -> ResponseReturnValue:
    house = current_house()
    stage = Stage(lot.stage)
    if part is Part.PARTNER:
        said = wording.partner()
    elif lot.ended_at is None or lot.price_fen is None or stage in _OVER:
        said = wording.no_award(lot.stage)
    else:
        actor = signed_in()
        seat = None if actor.party_id is None else seat_of(house, lot, actor.party_id)
        paid = seat is None or seat.qualified_at is not None
        due = awards.refunds_due(lot) if paid else None
        said = wording.not_highest(lot.price_fen, lot.leader or "", lot.ended_at, due)
    status = 409 if said.code == "BIDDING_NOT_ENDED" else 200
    return render_template(
        "awards/outcome.html", lot=lot, said=said, breadcrumbs=crumbs(lot)
    ), status
