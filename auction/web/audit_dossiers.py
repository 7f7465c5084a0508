"""Dossiers: of one bid, and of a request that is said never to have arrived."""

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.presenting import dossiers as words
from auction.presenting import findings as finding_words
from auction.presenting import registers
from auction.services import audit
from auction.services.audit import Ground
from auction.services.auditing.absence import AbsenceRefused, Asked, intact, look
from auction.services.auditing.dossier import Dossier, locate, open_dossier
from auction.services.house import current_house
from auction.services.lots import find, is_practice, published
from auction.store.sales import Lot, SaleKind
from auction.web.audit_common import crumbs, desk_crumbs, notes_for, reader
from auction.web.audit_rows import centre_row_of, event_row
from auction.web.errors import problem
from auction.web.forms.auditor import AbsenceForm
from auction.web.guards import audience

bp = Blueprint("dossiers", __name__, url_prefix="/audit")


@bp.get("/bids/<receipt>")
@audience("auditor")
def bid(receipt: str) -> ResponseReturnValue:
    """The dossier of one bid; `receipt`: its statement's hash, or `<lot>:<record number>`."""
    found = _dossier(receipt)
    if found is None:
        return problem(
            404,
            "NO_SUCH_BID",
            _("没有这一次报价的记录。"),
            _(
                "请核对签名报价的摘要（64 位），或写成“宗地:记录号”，例如 2024JC-4:13。"
                "如投诉人称报价已发出而此处没有，请出具未到达案卷。"
            ),
        )
    lot, number = found.lot, found.entry.seq
    rule, basis = words.decision(found)
    return render_template(
        "audit/bid.html",
        lot=lot,
        sale_kind=lot.kind,
        breadcrumbs=crumbs(lot, _("报价案卷")),
        found=found,
        row=event_row(found.entry, found.found),
        number=number,
        headline=words.headline(found),
        seen_sentence=words.seen_sentence(found),
        rule=rule,
        basis=basis,
        verdict=words.verdict(found),
        moments=words.timeline(found),
        sides=words.sides(found),
        checks=[(check, words.check_word(check)[1]) for check in found.opened.checks]
        if found.opened
        else [],
        neighbours=[words.nearby(step) for step in found.neighbours],
        attempts=[words.nearby(step) for step in found.attempts],
        finding=None if found.step.finding is None else finding_words.sentence(found.step.finding),
        run=found.found.run,
        explain=finding_words.sentence,
        **notes_for(lot.log.origin, found.found.run, url_for("audit_findings.of_lot", ref=lot)),
        url_of=lambda seq: url_for("auditor.replay", ref=lot, seq=seq),
        reader=reader().officer_id,
    )


@bp.get("/bids/<receipt>/proof")
@audience("auditor")
def proof(receipt: str) -> Response:
    """The record with its inclusion proof and signed head, as a `.tlog-proof` file."""
    found = _dossier(receipt)
    if found is None or found.inclusion is None:
        abort(404)
    response = Response(found.inclusion.receipt.to_text(), mimetype="text/plain")
    name = f"{found.lot.slug}-{found.entry.seq}.tlog-proof"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@bp.get("/absence")
@audience("auditor")
def absence() -> str:
    """Where an absence is asked for."""
    form = _absence_form()
    for name in ("lot", "plate", "since", "until"):
        if request.args.get(name):
            form[name].data = request.args[name]
    return _absence_page(form)


@bp.post("/absence")
@audience("auditor")
def look_for_absence() -> ResponseReturnValue:
    """Search for requests in a window and say what was and was not found."""
    form = _absence_form()
    lots = {lot.slug: lot for lot in published(*SaleKind)}
    if not form.validate() or form.lot.data not in lots:
        return _absence_page(form), 422
    asked = Asked(
        form.plate.data,
        form.certificate.data,
        form.since_at,
        form.until_at,
        Ground(form.ground.data) if form.ground.data else None,
        form.reason.data,
    )
    lot = lots[form.lot.data]
    try:
        found = look(current_house(), reader(), lot, asked)
    except AbsenceRefused as refused:
        name, sentence = words.absence_refused(refused)
        form[name].errors = [*form[name].errors, sentence]
        return _absence_page(form), 422
    return render_template(
        "audit/absence_found.html",
        lot=lot,
        sale_kind=lot.kind,
        breadcrumbs=crumbs(lot, _("未到达案卷")),
        found=found,
        intact=intact,
        headline=words.absence_headline(found),
        requests=[words.nearby(step) for step in found.requests],
        before=None if found.before is None else words.nearby(found.before),
        after=None if found.after is None else words.nearby(found.after),
        stops=[words.nearby(step) for step in found.stops],
        nameless=[centre_row_of(entry) for entry in found.nameless],
        endings=[centre_row_of(entry) for entry in found.endings],
        left_traces=words.left_traces(),
        left_none=words.left_none(),
        reasons=words.end_words(),
        replay_url=lambda seq: url_for("auditor.replay", ref=lot, seq=seq),
        explain=finding_words.sentence,
        reader=reader().officer_id,
    )


def _dossier(receipt: str) -> Dossier | None:
    """The dossier, its reading recorded before anything of it is opened."""
    place = locate(receipt.lower() if len(receipt) == 64 else receipt)
    if place is None or find(place[0].slug, practice=is_practice(place[0])) is None:
        return None
    lot, number = place
    audit.record_read(current_house(), reader(), lot, "bid", seq=number)
    return open_dossier(current_house(), lot, number)


def _absence_form() -> AbsenceForm:
    form = AbsenceForm()
    form.lot.choices = [(lot.slug, _lot_label(lot)) for lot in published(*SaleKind)]
    grounds = [(str(ground), registers.ground_word(ground)) for ground in Ground]
    form.ground.choices = [("", _("不打开身份，只查号牌")), *grounds]
    return form


def _lot_label(lot: Lot) -> str:
    return _("%(lot)s（演练）", lot=lot.slug) if is_practice(lot) else lot.slug


def _absence_page(form: AbsenceForm) -> str:
    return render_template(
        "audit/absence.html",
        breadcrumbs=desk_crumbs(_("未到达案卷")),
        form=form,
        error_form=form if form.errors else None,
        left_none=words.left_none(),
    )
