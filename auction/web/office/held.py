"""A held result on the duty console: one officer proposes, another one confirms (R-90)."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.core.reasons import Refusal
from auction.presenting import office_acts
from auction.services import held
from auction.services.house import House, current_house
from auction.services.people import Actor
from auction.store.sales import Lot
from auction.web.guards import OFFICE, audience
from auction.web.links import LotRef, find_lot
from auction.web.office.common import bp, sentence, signed_in
from auction.web.office.console import act_page

TO_MEND = frozenset({"UNKNOWN_OUTCOME", "UNKNOWN_GROUND"})


@bp.get("/console/<lot:ref>/held")
@audience(*OFFICE)
def held_page(ref: LotRef) -> str:
    """The bids that hold the result, and what can be decided."""
    return _page(find_lot(ref))


@bp.post("/console/<lot:ref>/held")
@audience(*OFFICE)
def propose_held(ref: LotRef) -> ResponseReturnValue:
    """The first officer's proposal."""
    outcome, _sep, ground = request.form.get("decision", "").partition(":")

    def act(house: House, lot: Lot, actor: Actor) -> None:
        held.propose(house, lot, actor, outcome, ground)

    done = _("已提议。请另一名工作人员确认；结果仍然待核。")
    return _carry_out(ref, act, done)


@bp.post("/console/<lot:ref>/held/confirm")
@audience(*OFFICE)
def confirm_held(ref: LotRef) -> ResponseReturnValue:
    """The second officer's decision."""
    return _carry_out(ref, held.confirm, _("已核定，写入公开记录。"))


@bp.post("/console/<lot:ref>/held/decline")
@audience(*OFFICE)
def decline_held(ref: LotRef) -> ResponseReturnValue:
    """Take the proposal off the table."""
    return _carry_out(ref, held.withdraw, _("提议已撤销，结果仍然待核。"))


def _carry_out(
    ref: LotRef, act: Callable[[House, Lot, Actor], None], done: str
) -> ResponseReturnValue:
    lot = find_lot(ref)
    try:
        act(current_house(), lot, signed_in())
    except Refusal as refusal:
        flash(sentence(office_acts.held_refused(refusal.code)), "cinnabar")
        if refusal.code in TO_MEND:
            return _page(find_lot(ref)), 422
        return redirect(url_for("office.held_page", ref=lot))
    except TimeoutError:
        flash(_("尚未得到结果。请先刷新值守台核对状态，不要重复操作。"), "amber")
        return redirect(url_for("office.console"))
    flash(done, "green")
    return redirect(url_for("office.console"))


def _page(lot: Lot) -> str:
    proposal = held.proposal_for(lot, current_house().now())
    return act_page(
        "office/held.html",
        lot,
        unheard=held.unheard(lot),
        proposal=proposal,
        lapses=proposal.proposed_at + held.PROPOSAL_LIFE if proposal else None,
        choices=_choices(),
        chosen=request.form.get("decision", ""),
        outcome_word=office_acts.outcome_word,
        held_ground=office_acts.held_ground,
    )


def _choices() -> list[dict[str, Any]]:
    return [
        {
            "word": office_acts.outcome_word(outcome),
            "meaning": office_acts.outcome_meaning(outcome),
            "grounds": [
                (f"{outcome}:{code}", office_acts.held_ground(code))
                for code in held.GROUNDS[outcome]
            ],
        }
        for outcome in held.GROUNDS
    ]
