"""The enrolment desk: requests that wait, one of them beside its certificate, the decision.

The desk sees no sale and knows no plate; every opening of a request stands in the register log.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.presenting import enrolment as wording
from auction.presenting import sign_in
from auction.services.enrolment import desk
from auction.services.enrolment.desk import Ground
from auction.services.enrolment.form import EnrolmentRefused
from auction.services.enrolment.requests import BOUND
from auction.services.house import current_house
from auction.web.admin.changes import name_of
from auction.web.admin.common import SECURITY, bp, crumbs, signed_in
from auction.web.guards import audience


@bp.get("/enrolments")
@audience(SECURITY)
def enrolments() -> str:
    """Requests that wait, the oldest first; names appear only where one is opened."""
    return render_template(
        "admin/enrolments.html",
        waiting=desk.waiting(),
        decided=desk.latest_decided(),
        words=wording,
        name_of=name_of,
        days=wording.WORKDAYS,
        breadcrumbs=crumbs((_("登记申请"), None)),
    )


@bp.get("/enrolments/<request_id>")
@audience(SECURITY)
def enrolment_request(request_id: str) -> ResponseReturnValue:
    """One request: what the form says beside what the certificate says."""
    try:
        return _dossier_page(request_id)
    except EnrolmentRefused as error:
        return _back(error)


@bp.post("/enrolments/<request_id>")
@audience(SECURITY)
def decide_enrolment(request_id: str) -> ResponseReturnValue:
    """Bind the certificate, or refuse with a ground."""
    ground = None
    if request.form.get("outcome") != BOUND:
        try:
            ground = Ground(request.form.get("ground", ""))
        except ValueError:
            said = wording.refused("GROUND_MISSING")
            return _dossier_page(request_id, error=said.title + said.body), 422
    try:
        row = desk.decide(
            current_house(),
            signed_in(),
            request_id,
            seen=request.form.get("seen", ""),
            ground=ground,
            retire_earlier="retire" in request.form,
        )
    except EnrolmentRefused as error:
        return _back(error)
    if row.outcome == BOUND:
        flash(_("已绑定证书，申请人现在可以登录。"), "green")
    else:
        flash(_("已退回申请，申请人可以更正后重新提交。"), "green")
    return redirect(url_for("admin.enrolments"))


def _dossier_page(request_id: str, error: str | None = None) -> str:
    opened = desk.dossier(current_house(), signed_in(), request_id)
    return render_template(
        "admin/enrolment.html",
        opened=opened,
        fault=None if opened.fault is None else sign_in.explain(opened.fault),
        grounds=[(str(ground), wording.ground_word(ground)) for ground in Ground],
        error=error,
        words=wording,
        breadcrumbs=crumbs((_("登记申请"), url_for("admin.enrolments")), (_("一份申请"), None)),
    )


def _back(error: EnrolmentRefused) -> ResponseReturnValue:
    said = wording.refused(error.code)
    flash(said.title + said.body, "cinnabar")
    return redirect(url_for("admin.enrolments"))
