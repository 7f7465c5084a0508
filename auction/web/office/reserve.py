"""The sealed reserve on the duty console: each of two officers types it, nobody reads it (R-71)."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.core.money import MoneyError, from_wan
from auction.core.reasons import Refusal
from auction.presenting import office_acts
from auction.presenting.notices import input_problem
from auction.services import reserve_entry
from auction.services.house import current_house
from auction.store.projection import state_of
from auction.store.sales import Lot
from auction.web.forms.fields import FULL_WIDTH
from auction.web.guards import OFFICE, audience
from auction.web.links import LotRef, find_lot
from auction.web.office.common import bp, sentence, signed_in
from auction.web.office.console import act_page

TO_MEND = frozenset({"RESERVE_BELOW_START", "RESERVE_ABOVE_CAP", "RESERVE_OFF_SCALE"})
"""Refusals after which the figure is typed again; the others end the act."""


@bp.get("/console/<lot:ref>/reserve")
@audience(*OFFICE)
def reserve_page(ref: LotRef) -> str:
    """Type the figure as the first officer, or type it again as the second."""
    return _page(find_lot(ref))


@bp.post("/console/<lot:ref>/reserve")
@audience(*OFFICE)
def enter_reserve(ref: LotRef) -> ResponseReturnValue:
    """The first officer's entry, or the second's: whichever is due."""
    lot = find_lot(ref)
    typed = request.form.get("amount", "").strip()
    try:
        amount_fen = from_wan(typed.translate(FULL_WIDTH))
    except MoneyError as error:
        return _page(lot, typed=typed, wrong=input_problem(error.code)), 422
    second = request.form.get("step") == "confirm"
    act = reserve_entry.confirm if second else reserve_entry.enter
    try:
        act(current_house(), lot, signed_in(), amount_fen)
    except Refusal as refusal:
        said = office_acts.reserve_refused(refusal.code)
        if refusal.code in TO_MEND:
            return _page(find_lot(ref), typed=typed, wrong=sentence(said)), 422
        flash(sentence(said), "cinnabar")
        return redirect(url_for("office.reserve_page", ref=lot))
    except TimeoutError:
        flash(_("尚未得到结果。请先刷新值守台核对状态，不要重复操作。"), "amber")
        return redirect(url_for("office.console"))
    flash(
        _("底价已密封，摘要已公布。") if second else _("已录入。请另一名工作人员录入同一金额。"),
        "green",
    )
    return redirect(url_for("office.console"))


@bp.post("/console/<lot:ref>/reserve/discard")
@audience(*OFFICE)
def discard_reserve(ref: LotRef) -> ResponseReturnValue:
    """Take back an entry that nobody has confirmed."""
    lot = find_lot(ref)
    try:
        reserve_entry.discard(current_house(), lot, signed_in())
    except Refusal as refusal:
        flash(sentence(office_acts.reserve_refused(refusal.code)), "cinnabar")
    else:
        flash(_("录入已作废，可以重新录入。"), "green")
    return redirect(url_for("office.reserve_page", ref=lot))


def _page(lot: Lot, **values: Any) -> str:
    state = state_of(lot)
    window = reserve_entry.window_of(state)
    now = current_house().now()
    return act_page(
        "office/reserve.html",
        lot,
        window=window,
        open_now=window is not None and window.holds(now),
        early=window is not None and now < window.start,
        waiting=reserve_entry.waiting(lot),
        sealed=state.reserve,
        **{"typed": "", "wrong": "", **values},
    )
