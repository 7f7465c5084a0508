"""What speaks against the rules that were typed, put beside the fields before anything is filed."""

from dataclasses import replace
from datetime import UTC, timedelta

from auction.core.profile import ReserveMode, RuleProfile
from auction.presenting.notice_findings import profile_problem
from auction.services.notice_content import UNSTATED, profile_problems
from auction.store.sales import SaleKind
from auction.web.forms import rules
from auction.web.forms.notice import LotForm, NoticeForm

APPLICATION_WAYS = {"either": (True, True), "single": (True, False), "joint": (False, True)}
_TIMES = {
    "application_start": "apply_from",
    "application_end": "apply_until",
    "deposit_deadline": "deposit_until",
    "listing_start": "listing_from",
    "listing_end": "listing_until",
}
_PLACES = {parameter: name for name, parameter in _TIMES.items()} | {
    "prep_seconds": "live_round_start",
    "reserve_mode": "reserve",
}
_LOT_PLACES = {
    "start_fen": "start",
    "step_listing_fen": "step",
    "step_timed_fen": "step_timed",
    "deposit_fen": "deposit",
    "cap_fen": "cap",
}


def profile_of(form: NoticeForm, lot: LotForm) -> RuleProfile | None:
    """The rules of one lot as far as they are typed; None while an amount or a time is missing.

    The same as `Content.profile`, but before the rest of the notice is complete: everything that
    is wrong is told at once.
    """
    needed = (
        *(lot.start.data, lot.step.data, lot.deposit.data),
        *(form[name].data for name in _TIMES),
        *(form.winner_submit_days.data, form.live_round_start.data),
    )
    if any(value is None for value in needed):
        return None
    made = RuleProfile(
        start_fen=lot.start.data,
        step_listing_fen=lot.step.data,
        step_timed_fen=lot.step_timed.data or lot.step.data,
        deposit_fen=lot.deposit.data,
        **{parameter: form[name].data.astimezone(UTC) for name, parameter in _TIMES.items()},
        timed_trigger=form.timed_trigger.data,
        reserve_mode=ReserveMode(form.reserve.data),
        cap_fen=lot.cap.data,
        joint_allowed=APPLICATION_WAYS[form.application_way.data][1],
        single_payment=bool(form.single_payment.data),
        winner_submit_days=form.winner_submit_days.data,
        winner_submit_unit=form.winner_submit_unit.data,
        assumed=UNSTATED,
        **rules.chosen(form),
    )
    gap = (form.live_round_start.data - form.listing_end.data) // timedelta(seconds=1)
    return replace(made, prep_seconds=gap - made.ask_seconds)


def mark(form: NoticeForm) -> None:
    """Put every problem of the rules beside its field, once."""
    kind = SaleKind.REAL if form.kind.data == SaleKind.REAL else SaleKind.REHEARSAL
    for entry in form.lots:
        profile = profile_of(form, entry.form)
        for problem in () if profile is None else profile_problems(profile, kind):
            in_lot = _LOT_PLACES.get(problem.field)
            name = _PLACES.get(problem.field, problem.field)
            field = entry.form[in_lot] if in_lot else form[name]
            told = profile_problem(problem.code, {"field": problem.field, **problem.facts})
            if told not in field.errors:
                field.errors = [*field.errors, told]
