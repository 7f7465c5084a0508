"""Finance: bring a statement, look at the exceptions, and, after the end, send money back.

Before a sale's end no page here shows a name, or a count or sum of one lot (F-2, pages 3.1).
"""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.bank.lines import RowProblem
from auction.bank.statement import StatementUnreadable
from auction.core.state import phase_at
from auction.presenting import deposits as wording
from auction.services import deposits, lots, refunds
from auction.services.house import current_house
from auction.store.base import db
from auction.store.projection import state_of
from auction.store.sales import Lot, SaleKind
from auction.store.seats import BankImport
from auction.web.forms.finance import StatementForm
from auction.web.guards import audience
from auction.web.links import LotRef, find_lot
from auction.web.sessions import current_actor

bp = Blueprint("finance", __name__, url_prefix="/finance")
FINANCE = "finance"


@bp.get("/")
@audience(FINANCE)
def home() -> str:
    """Exceptions first, then the imports (screen 9)."""
    return _desk(StatementForm())


@bp.post("/statements")
@audience(FINANCE)
def preview() -> ResponseReturnValue:
    """Read a statement and show five of its rows before anything is booked."""
    form = StatementForm()
    if not form.validate() or not form.file.data:
        return _desk(form, (RowProblem(0, "file", "FILE_MISSING"),)), 422
    data, name = form.file.data.read(), form.file.data.filename or "statement"
    try:
        seen = deposits.preview_statement(current_house(), _officer(), data, name)
    except StatementUnreadable as error:
        return _desk(form, error.problems), 422
    return render_template("finance/preview.html", seen=seen, breadcrumbs=_crumbs(_("导入预览")))


@bp.post("/statements/<digest>")
@audience(FINANCE)
def book(digest: str) -> ResponseReturnValue:
    """Book a statement that has been previewed."""
    try:
        done = deposits.import_kept(current_house(), _officer(), digest)
    except LookupError:
        abort(404)
    except StatementUnreadable as error:
        return _desk(StatementForm(), error.problems), 409
    return redirect(url_for("finance.imported", import_id=done.id))


@bp.get("/imports/<import_id>")
@audience(FINANCE)
def imported(import_id: str) -> str:
    """What came of one statement."""
    done = db.session.get(BankImport, import_id) or abort(404)
    return render_template("finance/imported.html", done=done, breadcrumbs=_crumbs(_("导入结果")))


@bp.get("/refunds")
@audience(FINANCE)
def refund_list() -> str:
    """The lots whose sale is over; only of these are figures shown."""
    now = current_house().now()
    settled = [lot for lot in lots.published(*SaleKind) if refunds.settled(lot)]
    return render_template(
        "finance/refunds.html",
        settled=[(lot, phase_at(state_of(lot), now)) for lot in settled],
        breadcrumbs=_crumbs(_("退款")),
    )


@bp.get("/refunds/<lot:ref>")
@audience(FINANCE)
def refunds_of(ref: LotRef) -> str:
    """What of one lot goes back, to whom and by when. 404 before its end."""
    lot = _settled(ref)
    house = current_house()
    found = refunds.of_lot(house, lot)
    return render_template(
        "finance/refunds_of.html",
        lot=lot,
        phase=phase_at(state_of(lot), house.now()),
        refunds=found,
        overdue={r.credit.id for r in found if refunds.is_overdue(r, house.now())},
        breadcrumbs=_crumbs(lot.code, refunds=True),
    )


@bp.post("/refunds/<lot:ref>/<credit_id>")
@audience(FINANCE)
def mark_refunded(ref: LotRef, credit_id: str) -> ResponseReturnValue:
    """Note that the bank has sent one credit back."""
    lot = _settled(ref)
    try:
        refunds.mark_refunded(current_house(), lot, credit_id)
    except LookupError:
        abort(404)
    flash(_("已登记退回。"), "green")
    return redirect(url_for("finance.refunds_of", ref=lot))


def _settled(ref: LotRef) -> Lot:
    lot = find_lot(ref)
    return lot if refunds.settled(lot) else abort(404)


def _officer() -> str:
    actor = current_actor()
    assert actor is not None
    assert actor.officer_id is not None
    return actor.officer_id


def _desk(form: StatementForm, problems: tuple[RowProblem, ...] = ()) -> str:
    return render_template(
        "finance/credits.html",
        form=form,
        problems=[(p.line, wording.problem(p)) for p in problems],
        exceptions=deposits.exceptions(),
        imports=deposits.imports(),
        news=deposits.bank_news(current_house()),
        wording=wording,
    )


def _crumbs(last: str, *, refunds: bool = False) -> list[dict[str, str | None]]:
    way: list[dict[str, str | None]] = [{"label": _("到账核对"), "url": url_for("finance.home")}]
    if refunds:
        way.append({"label": _("退款"), "url": url_for("finance.refund_list")})
    return [*way, {"label": last, "url": None}]
