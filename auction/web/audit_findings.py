"""Findings of a verification, and the auditors' notes on them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.presenting import findings as finding_words
from auction.services import audit
from auction.services.auditing.notes import NoSuchFinding, take_note
from auction.services.house import current_house
from auction.services.verification import Run, examine, examine_centre
from auction.store.logs import LogKind
from auction.store.sales import Lot
from auction.web.audit_common import crumbs, desk_crumbs, notes_for, reader
from auction.web.errors import problem
from auction.web.forms.auditor import NoteForm
from auction.web.guards import audience
from auction.web.links import LotRef, find_lot

bp = Blueprint("audit_findings", __name__, url_prefix="/audit")

CENTRE = (LogKind.REGISTER, LogKind.SECURITY)


@bp.route("/<lot:ref>/findings", methods=["GET", "POST"])
@audience("auditor")
def of_lot(ref: LotRef) -> ResponseReturnValue:
    """What the verification of now finds in a lot's log; a POST adds a note to one finding."""
    lot = find_lot(ref)
    audit.record_read(current_house(), reader(), lot, "findings")
    run = examine(current_house(), lot).run
    return _answer(lot.log.origin, run, url_for("audit_findings.of_lot", ref=lot), lot)


@bp.route("/<any(register, security):kind>/findings", methods=["GET", "POST"])
@audience("auditor")
def of_centre(kind: str) -> ResponseReturnValue:
    """The same for the register log and the security log."""
    house = current_house()
    run, _entries = examine_centre(house, LogKind(kind))
    url = url_for("audit_findings.of_centre", kind=kind)
    return _answer(house.log_origin(kind), run, url, None)


def _answer(origin: str, run: Run, url: str, lot: Lot | None) -> ResponseReturnValue:
    form = NoteForm()
    wanted = request.form.get("finding", "")
    if request.method == "POST" and form.validate():
        try:
            take_note(current_house(), reader(), origin, run, wanted, form.note.data or "")
        except NoSuchFinding:
            return problem(
                409,
                "NO_SUCH_FINDING",
                _("此刻的核验没有这一处发现。"),
                _("记录可能已经变动。请返回核验结果，重新查看。"),
            )
        return redirect(f"{url}#finding-{wanted[:12]}", 303)
    page = render_template(
        "audit/findings.html",
        lot=lot,
        sale_kind=lot.kind if lot else None,
        breadcrumbs=crumbs(lot, _("核验发现")) if lot else desk_crumbs(_("核验发现")),
        origin=origin,
        run=run,
        explain=finding_words.sentence,
        form=form,
        wanted=wanted,
        error_form=form if form.errors else None,
        back=url_for("auditor.events", ref=lot) if lot else url.removesuffix("/findings"),
        **notes_for(origin, run, url),
    )
    return page, 422 if form.errors else 200
