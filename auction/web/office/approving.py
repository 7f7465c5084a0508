"""The second officer: reads, ticks, signs with his certificate, or returns with a comment."""

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.core.notice_checks import Level
from auction.pki.chain import CertificateError
from auction.pki.statement import StatementError
from auction.presenting import notice_findings as finding_words
from auction.presenting import notices as wording
from auction.presenting import rules, sign_in
from auction.presenting.notice_page import page_of
from auction.services import notices
from auction.services.house import current_house
from auction.services.notice_content import approval_of, content_of, finding_key, review
from auction.services.notices import NoticeRefused
from auction.store.sales import Notice, NoticeStatus, SaleKind
from auction.web.guards import OFFICE, audience
from auction.web.office.common import bp, crumbs, link, notice_or_404, sentence, signed_in

COMMENT_LIMIT = 2000


@bp.get("/notices/<notice_id>/review", endpoint="review")
@audience(*OFFICE)
def review_page(notice_id: str) -> ResponseReturnValue:
    """Screen 8: everything for which an approver is held responsible, on one page."""
    return _page(notice_or_404(notice_id))


@bp.post("/notices/<notice_id>/approve")
@audience("approver")
def approve(notice_id: str) -> ResponseReturnValue:
    """The signed approval, as JSON from the signing script."""
    row = notice_or_404(notice_id)
    payload = request.get_json(silent=True)
    ticked = request.args.getlist("accept")
    try:
        notices.approve(
            current_house(),
            row.id,
            signed_in(),
            payload if isinstance(payload, dict) else {},
            ticked,
        )
    except NoticeRefused as refused:
        said = wording.refused(refused.code, refused.facts)
        return jsonify(code=refused.code, title=said.title, body=said.body), 409
    except (StatementError, CertificateError) as error:
        known = sign_in.explain(str(error.code))
        certificate = str(error.code).startswith("CERT")
        said = known if certificate else wording.refused(str(error.code), {})
        return jsonify(code=str(error.code), title=said.title, body=said.body), 422
    flash(_("已签批。"), "green")
    return jsonify(next=url_for("office.review", notice_id=row.id))


@bp.post("/notices/<notice_id>/return")
@audience("approver")
def send_back(notice_id: str) -> ResponseReturnValue:
    """Return a notice to its drafter."""
    row = notice_or_404(notice_id)
    comment = request.form.get("comment", "")[:COMMENT_LIMIT]
    try:
        notices.send_back(current_house(), row.id, signed_in(), comment)
    except NoticeRefused as refused:
        said = wording.refused(refused.code, refused.facts)
        flash(sentence(said), "cinnabar")
        status = 422 if refused.code == "NO_COMMENT" else 409
        return _page(notice_or_404(notice_id), comment=comment), status
    flash(_("已退回起草人。"), "green")
    return redirect(url_for("office.home"))


def _page(row: Notice, comment: str = "") -> ResponseReturnValue:
    if not row.facts:
        return redirect(url_for("office.edit", notice_id=row.id))
    house, actor = current_house(), signed_in()
    content = content_of(row)
    own = row.drafted_by == actor.officer_id
    submitted = row.status == NoticeStatus.SUBMITTED
    approver = "approver" in actor.roles and not own
    asked = approval_of(row, house.now()) if submitted else None
    return render_template(
        "office/review.html",
        row=row,
        doc=page_of(row),
        word=wording.status(row.status),
        facts=content.notice,
        warnings=[w for w in _findings(row) if w["level"] is Level.WARN],
        notes=[n for n in _findings(row) if n["level"] is not Level.WARN],
        rules=[
            (lot.code, rules.clauses(content.profile(lot)), rules.examples(content.profile(lot)))
            for lot in content.notice.lots
        ],
        approval=asked,
        statement=_statement(house.site.origin, asked),
        publish_at=asked.publish_at if asked else row.publish_at,
        at_once=asked is not None and asked.publish_at is None,
        own=own,
        may_sign=submitted and approver,
        may_return=approver and row.status in (NoticeStatus.SUBMITTED, NoticeStatus.APPROVED),
        missed=notices.missed(row, house.now()),
        comment=comment,
        handle=actor.fingerprint,
        public=[(lot.code, link("public.lot", ref=lot)) for lot in row.lots],
        breadcrumbs=crumbs((row.number, None)),
        page_class="office",
    )


def _statement(origin: str, asked: Any) -> tuple[str, dict[str, str]] | None:
    if asked is None:
        return None
    fields = {"aud": origin, "lot": asked.lot, "act": asked.act, "document": asked.document}
    return asked.purpose, fields


def _findings(row: Notice) -> list[dict[str, Any]]:
    return [
        {
            "level": finding.level,
            "key": finding_key(finding),
            "text": finding_words.finding(finding),
            "rule": finding.rule,
            "reason": row.acceptances.get(finding_key(finding), ""),
        }
        for finding in review(content_of(row), SaleKind(row.kind))
    ]
