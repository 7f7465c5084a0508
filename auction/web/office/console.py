"""The duty console 值守台: one card for each sale that is going on, and the three grave acts.

Least knowledge: plates that have quoted, never who is behind them, nothing on those who have not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.core.reasons import Refusal
from auction.core.state import LotState, Stage, phase_at
from auction.core.stops import earliest_resumption
from auction.presenting import grounds
from auction.presenting.audience import counts_to
from auction.presenting.said import Said
from auction.services import duty, held, lots, reserve_entry
from auction.services.house import House, current_house
from auction.services.people import Actor
from auction.store.projection import state_of
from auction.store.sales import Lot, TerminationProposal
from auction.web.forms.office import ResumptionForm
from auction.web.guards import OFFICE, audience
from auction.web.links import LotRef, find_lot
from auction.web.office.common import bp, crumbs, link, sentence, signed_in

MISUSE = ("UNKNOWN_GROUND", "REFERENCE_NEEDED", "REFERENCE_TOO_LONG", "RESUME_TOO_EARLY")


@dataclass(frozen=True, slots=True)
class Card:
    """One sale on the console."""

    lot: Lot
    state: LotState
    phase: str
    until: datetime | None
    practice: bool
    ground: str | None
    proposal: TerminationProposal | None
    live: str | None
    reserve: str | None
    """`early`, `open`, `waiting`, `sealed` or `missed`; None where there is no reserve."""
    reserve_window: reserve_entry.EntryWindow | None
    held: str | None
    """`to_propose` or `to_confirm` while the result is held."""


@bp.get("/console")
@audience(*OFFICE)
def console() -> str:
    """Every sale that is going on."""
    now = current_house().now()
    return render_template(
        "office/console.html",
        cards=[_card(lot, now) for lot in duty.open_lots()],
        me=signed_in().officer_id,
        ground_word=grounds.word,
        breadcrumbs=crumbs((_("值守台"), None)),
        page_class="office",
    )


@bp.get("/console/<lot:ref>/suspend")
@audience(*OFFICE)
def suspend_page(ref: LotRef) -> str:
    """Choose the ground, see what the public will read, then confirm."""
    return _suspend_page(find_lot(ref), request.args.get("ground", ""))


@bp.post("/console/<lot:ref>/suspend")
@audience(*OFFICE)
def suspend(ref: LotRef) -> ResponseReturnValue:
    """Stop a sale."""
    ground, reference = _grounds()
    return _carry_out(
        ref,
        lambda house, lot, actor: duty.suspend(house, lot, actor, ground, reference),
        _("已中止，停止报价和计时。"),
        lambda lot: _suspend_page(lot, ground, reference),
    )


@bp.get("/console/<lot:ref>/resume")
@audience(*OFFICE)
def resume_page(ref: LotRef) -> str:
    """What follows from going on now, before it is confirmed; or announce when it will."""
    return _resume_page(find_lot(ref))


@bp.post("/console/<lot:ref>/resume")
@audience(*OFFICE)
def resume(ref: LotRef) -> ResponseReturnValue:
    """Go on with a suspended sale."""
    return _carry_out(ref, duty.resume, _("已恢复。"))


@bp.post("/console/<lot:ref>/resume/announce")
@audience(*OFFICE)
def announce_resumption(ref: LotRef) -> ResponseReturnValue:
    """Announce when a suspended sale goes on (R-86)."""
    form = ResumptionForm(formdata=request.form)
    if not form.validate():
        return _resume_page(find_lot(ref), form), 422

    def act(house: House, lot: Lot, actor: Actor) -> None:
        try:
            duty.schedule(house, lot, actor, form.at.data.astimezone(UTC))
        except Refusal as refusal:
            form.at.errors = [grounds.refused(refusal.code, refusal.facts).title]
            raise

    return _carry_out(ref, act, _("恢复时间已公布。"), lambda lot: _resume_page(lot, form))


def _resume_page(lot: Lot, form: ResumptionForm | None = None) -> str:
    now, state = current_house().now(), state_of(lot)
    suspended = state.suspension is not None
    earliest = earliest_resumption(state, now) if suspended else now
    return act_page(
        "office/resume.html",
        lot,
        preview=grounds.resuming(now, state) if suspended else None,
        at_once=earliest <= now,
        earliest=earliest,
        form=form or ResumptionForm(formdata=None),
    )


@bp.get("/console/<lot:ref>/terminate")
@audience(*OFFICE)
def terminate_page(ref: LotRef) -> str:
    """Propose to end a sale, or confirm as the second officer."""
    return _terminate_page(find_lot(ref), request.args.get("ground", ""))


@bp.post("/console/<lot:ref>/terminate")
@audience(*OFFICE)
def propose_termination(ref: LotRef) -> ResponseReturnValue:
    """The first officer's proposal."""
    ground, reference = _grounds()
    return _carry_out(
        ref,
        lambda house, lot, actor: duty.propose_termination(house, lot, actor, ground, reference),
        _("已提议终止。请另一名工作人员在 30 分钟内确认；交易照常进行。"),
        lambda lot: _terminate_page(lot, ground, reference),
    )


@bp.post("/console/<lot:ref>/terminate/confirm")
@audience(*OFFICE)
def confirm_termination(ref: LotRef) -> ResponseReturnValue:
    """The second officer's confirmation."""
    return _carry_out(ref, duty.confirm_termination, _("已终止。"))


@bp.post("/console/<lot:ref>/terminate/decline")
@audience(*OFFICE)
def decline_termination(ref: LotRef) -> ResponseReturnValue:
    """Take a proposal off the table."""
    return _carry_out(ref, duty.withdraw_termination, _("终止提议已撤销，交易照常进行。"))


def _carry_out(
    ref: LotRef,
    act: Callable[[House, Lot, Actor], None],
    done: str,
    again: Callable[[Lot], str] | None = None,
) -> ResponseReturnValue:
    lot = find_lot(ref)
    try:
        act(current_house(), lot, signed_in())
    except Refusal as refusal:
        flash(sentence(grounds.refused(refusal.code, refusal.facts)), "cinnabar")
        if again is not None and refusal.code in MISUSE:
            return again(find_lot(ref)), 422
        return redirect(url_for("office.console"))
    except TimeoutError:
        flash(_("尚未得到结果。请先刷新值守台核对状态，不要重复操作。"), "amber")
        return redirect(url_for("office.console"))
    flash(done, "green")
    return redirect(url_for("office.console"))


def _suspend_page(lot: Lot, ground: str, reference: str = "") -> str:
    preview: Said | None = None
    if ground in duty.SUSPENSION_GROUNDS:
        preview = grounds.suspended(ground, current_house().now(), state_of(lot))
    return act_page(
        "office/suspend.html",
        lot,
        grounds=_choices(duty.SUSPENSION_GROUNDS),
        ground=ground,
        reference=reference,
        preview=preview,
    )


def _terminate_page(lot: Lot, ground: str, reference: str = "") -> str:
    proposal = duty.proposal_for(lot, current_house().now())
    chosen = proposal.ground if proposal else ground
    preview = grounds.terminated(chosen) if chosen in duty.TERMINATION_GROUNDS else None
    return act_page(
        "office/terminate.html",
        lot,
        grounds=_choices(duty.TERMINATION_GROUNDS),
        ground=ground,
        reference=reference,
        preview=preview,
        proposal=proposal,
        ground_word=grounds.word,
        lapses=proposal.proposed_at + duty.PROPOSAL_LIFE if proposal else None,
    )


def act_page(template: str, lot: Lot, **values: Any) -> str:
    """The page of one act upon one sale."""
    return render_template(
        template,
        card=_card(lot, current_house().now()),
        lot=lot,
        me=signed_in().officer_id,
        sale_kind=lot.kind,
        breadcrumbs=crumbs((_("值守台"), url_for("office.console")), (lot.code, None)),
        page_class="office",
        **values,
    )


def _card(lot: Lot, now: datetime) -> Card:
    state = state_of(lot)
    return Card(
        lot,
        state,
        str(phase_at(state, now)),
        counts_to(state, now),
        lots.is_practice(lot),
        grounds.word(state.suspension.ground) if state.suspension else None,
        duty.proposal_for(lot, now),
        link("hall.watch", ref=lot),
        _reserve(lot, state, now),
        reserve_entry.window_of(state),
        _held(lot, now),
    )


def _reserve(lot: Lot, state: LotState, now: datetime) -> str | None:
    window = reserve_entry.window_of(state)
    if window is None or state.stage is not Stage.LISTING:
        return None
    if state.reserve is not None:
        return "sealed"
    if now < window.start:
        return "early"
    if not window.holds(now):
        return "missed"
    return "open" if reserve_entry.waiting(lot) is None else "waiting"


def _held(lot: Lot, now: datetime) -> str | None:
    if lot.stage != Stage.RESULT_HELD:
        return None
    return "to_propose" if held.proposal_for(lot, now) is None else "to_confirm"


def _choices(codes: tuple[str, ...]) -> list[tuple[str, str, bool]]:
    return [(code, grounds.word(code), code in duty.NEED_REFERENCE) for code in codes]


def _grounds() -> tuple[str, str]:
    return request.form.get("ground", ""), request.form.get("reference", "").strip()
