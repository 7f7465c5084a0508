"""Drafting a notice: nothing that was typed is lost, and everything wrong is told at once."""

from datetime import date

from flask import (
    abort,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.core.notice_checks import Finding, Level
from auction.core.terms import Unstated
from auction.core.workdays import beijing_date
from auction.presenting import notice_findings as finding_words
from auction.presenting import notices as wording
from auction.presenting import variants
from auction.presenting.figures import clock
from auction.presenting.notice_page import page_of
from auction.presenting.office_acts import cannot_follow
from auction.services import notices, relisting
from auction.services.house import current_house
from auction.services.notice_content import Content, content_again, finding_key, review
from auction.services.notices import NoticeRefused
from auction.services.seed import notice_44
from auction.store.sales import Notice, SaleKind
from auction.web.errors import problem
from auction.web.forms import notice_data, rules
from auction.web.forms.notice import LOTS_LIMIT, NoticeForm
from auction.web.forms.variant import with_variant
from auction.web.guards import OFFICE, audience, wants_json
from auction.web.office.common import bp, crumbs, notice_or_404, sentence, signed_in

RELIST = "relist:"
REASON = "reason:"
REASON_LIMIT = 500
KINDS = {Level.BLOCK: "block", Level.WARN: "warn", Level.NOTE: "hint"}


@bp.get("/notices/new")
@audience("drafter")
def new() -> str:
    """How to begin: with an empty form, or with an earlier notice as an example."""
    return render_template(
        "office/new.html",
        example=notice_44(),
        breadcrumbs=crumbs((_("起草公告"), None)),
        page_class="office",
    )


@bp.post("/notices/new")
@audience("drafter")
def create() -> ResponseReturnValue:
    """Begin a draft and go to its form."""
    house = current_house()
    kind = SaleKind.REHEARSAL if house.site.demo else SaleKind.REAL
    start = request.form.get("start", "")
    if start.startswith(RELIST):
        return _list_again(start.removeprefix(RELIST))
    if start == "example":
        form = notice_data.form_of(Content(notice_44(), Unstated()), kind)
        if notice_data.renewed(form, beijing_date(house.now())):
            flash(_("示例的时间已过，全部时间已顺延整数周，星期和钟点不变。"), "blue")
    else:
        defaults = {"kind": str(kind), "countdown_first_seconds": 300, "countdown_seconds": 300}
        form = NoticeForm(formdata=None, data=defaults)
    notice_id = notices.begin(house, signed_in(), kind, notice_data.typed(form))
    return redirect(url_for("office.edit", notice_id=notice_id))


def _list_again(slug: str) -> ResponseReturnValue:
    """A new draft with the facts and rules of a listing that found no buyer (T-4)."""
    house = current_house()
    earlier = relisting.find(slug) or abort(404)
    kind = SaleKind.REAL if earlier.kind == SaleKind.REAL else SaleKind.REHEARSAL
    if code := relisting.may_follow(slug, kind):
        flash(cannot_follow(code, slug), "cinnabar")
        return redirect(url_for("office.home"))
    form = notice_data.form_of(content_again(earlier), kind)
    # A new notice has its own number; everything else is as it was until somebody changes it.
    form.number.data = ""
    if notice_data.renewed(form, beijing_date(house.now())):
        flash(_("前次的时间已过，全部时间已顺延整数周，星期和钟点不变。请逐项核对。"), "blue")
    notice_id = notices.begin(house, signed_in(), kind, notice_data.typed(form))
    return redirect(url_for("office.edit", notice_id=notice_id))


@bp.get("/notices/<notice_id>/edit")
@audience("drafter")
def edit(notice_id: str) -> ResponseReturnValue:
    """The form as it was last typed."""
    row = notice_or_404(notice_id)
    if row.status not in notices.EDITABLE or row.drafted_by != signed_in().officer_id:
        return redirect(url_for("office.review", notice_id=row.id))
    form = notice_data.restored(row.draft or {})
    content = notice_data.content_of(form)
    blank = notice_data.forgive_blanks(form)
    return _page(row, form, content, row.acceptances, blank=blank)


@bp.post("/notices/<notice_id>/edit")
@audience("drafter")
def change(notice_id: str) -> ResponseReturnValue:
    """Keep what was typed, then do what the button says."""
    row = notice_or_404(notice_id)
    form = NoticeForm(formdata=request.form)
    action = request.form.get("action", "save")
    form = _arranged(form, action)
    content = notice_data.content_of(form)
    reasons = _reasons()
    kind = _kind(form)
    try:
        notices.save(
            current_house(),
            row.id,
            signed_in(),
            kind,
            notice_data.typed(form),
            content,
            reasons,
        )
    except NoticeRefused as refused:
        return _not_saved(refused)
    if wants_json():
        return jsonify(saved=clock(current_house().now()))
    if action == "submit":
        return _submit(row, form, content, kind, reasons)
    if action == "check":
        return _page(row, form, content, reasons), 200 if content else 422
    if action == "preview":
        if content is None:
            return _page(row, form, None, reasons), 422
        return redirect(url_for("office.preview", notice_id=row.id))
    flash(_("已保存 %(at)s", at=clock(current_house().now())), "green")
    anchor = {"add_lot": "lots", "shift": "windows", "variant": "profile"}.get(action)
    return redirect(url_for("office.edit", notice_id=row.id, _anchor=anchor))


@bp.get("/notices/<notice_id>/preview")
@audience(*OFFICE)
def preview(notice_id: str) -> str:
    """The notice exactly as it will be published."""
    row = notice_or_404(notice_id)
    if not row.facts:
        abort(404)
    return render_template(
        "documents/notice.html",
        doc=page_of(row),
        breadcrumbs=crumbs(
            (row.number, url_for("office.review", notice_id=row.id)), (_("预览"), None)
        ),
    )


def _submit(
    row: Notice,
    form: NoticeForm,
    content: Content | None,
    kind: SaleKind,
    reasons: dict[str, str],
) -> ResponseReturnValue:
    if content is None:
        return _page(row, form, None, reasons), 422
    try:
        notices.submit(
            current_house(),
            row.id,
            signed_in(),
            kind,
            notice_data.typed(form),
            content,
            reasons,
        )
    except NoticeRefused as refused:
        if refused.code not in ("BLOCKED", "LISTING_OVER", "WARNING_WITHOUT_REASON"):
            return _not_saved(refused)
        missing = str(refused.facts.get("missing", "")).split(",")
        flash(sentence(wording.refused(refused.code, refused.facts)), "cinnabar")
        return _page(row, form, content, reasons, missing=missing), 422
    flash(_("已提交签批。签批前如需修改，请签批人退回。"), "green")
    return redirect(url_for("office.home"))


def _not_saved(refused: NoticeRefused) -> ResponseReturnValue:
    said = wording.refused(refused.code, refused.facts)
    return problem(409, refused.code, said.title, said.body)


def _page(
    row: Notice,
    form: NoticeForm,
    content: Content | None,
    reasons: dict[str, str],
    *,
    blank: int = 0,
    missing: list[str] | None = None,
) -> str:
    kind = _kind(form)
    found = review(content, kind) if content else ()
    return render_template(
        "office/edit.html",
        row=row,
        form=form,
        demo=current_house().site.demo,
        sale_kind=str(kind),
        complete=content is not None,
        blank=blank,
        problems=notice_data.problems(form),
        findings=[_shown(finding, reasons, missing or []) for finding in found],
        lots_limit=LOTS_LIMIT,
        rule_groups=rules.GROUPS,
        rule_units=rules.UNITS,
        rule_hints=rules.HINTS,
        variant=variants.source(form.variant.data or ""),
        breadcrumbs=crumbs((row.number or _("起草公告"), None)),
        page_class="office",
    )


def _shown(finding: Finding, reasons: dict[str, str], missing: list[str]) -> dict[str, object]:
    key = finding_key(finding)
    return {
        "kind": KINDS[finding.level],
        "text": finding_words.finding(finding),
        "rule": finding.rule,
        "key": key,
        "reason": reasons.get(key, ""),
        "missing": key in missing,
    }


def _kind(form: NoticeForm) -> SaleKind:
    if not current_house().site.demo:
        return SaleKind.REAL
    return SaleKind.REAL if form.kind.data == SaleKind.REAL else SaleKind.REHEARSAL


def _reasons() -> dict[str, str]:
    return {
        name.removeprefix(REASON): text.strip()[:REASON_LIMIT]
        for name, text in request.form.items()
        if name.startswith(REASON) and text.strip()
    }


def _arranged(form: NoticeForm, action: str) -> NoticeForm:
    """Buttons that change the form itself: one lot more or less, the whole timetable moved, the
    rules of a ready profile."""
    if action == "variant":
        return with_variant(form)
    if action == "add_lot" and len(form.lots) < LOTS_LIMIT:
        form.lots.append_entry()
    elif action.startswith("remove_lot:") and len(form.lots) > 1:
        gone = action.removeprefix("remove_lot:")
        form.lots.entries = [entry for entry in form.lots.entries if entry.id != gone]
    elif action == "shift":
        try:
            first_day = date.fromisoformat(request.form.get("shift_to", ""))
        except ValueError:
            return form
        notice_data.moved(form, first_day)
    return form
