"""Officers: who holds which duty with which certificate, and proposals to change it."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from auction.core.reasons import Refusal
from auction.pki.chain import CertificateError
from auction.pki.inspection import inspect, read_certificates
from auction.presenting.admin import staff as wording
from auction.presenting.admin import trust as trust_wording
from auction.services import proposals
from auction.services.house import current_house
from auction.services.staff import officers
from auction.store.certificates import DualChange
from auction.store.people import Credential, Officer
from auction.web.admin.changes import of
from auction.web.admin.common import SECURITY, bp, crumbs, me, tell
from auction.web.forms.admin import CertificateForm, NewOfficerForm, OfficerForm, ReasonForm
from auction.web.guards import audience

REFUSED = (Refusal, CertificateError)


@bp.get("/staff")
@audience(SECURITY)
def staff_list() -> str:
    """Everybody who ever was an officer, those in office first."""
    now = current_house().now()
    return render_template(
        "admin/staff.html",
        officers=[(one, _state(one)) for one in officers.everybody()],
        waiting={one.target: one.id for one in proposals.waiting(now)},
        wording=wording,
        breadcrumbs=crumbs((_("工作人员"), None)),
        page_class="office",
    )


@bp.get("/staff/new")
@audience(SECURITY)
def new_officer() -> str:
    """A new officer, to be proposed."""
    return _new_page(NewOfficerForm())


@bp.post("/staff/new")
@audience(SECURITY)
def propose_officer() -> ResponseReturnValue:
    """Propose a new officer with his certificate."""
    form = NewOfficerForm()
    problems = officers.problems(form.name.data or "", form.roles.data or [])
    if not form.file.data:
        problems.append(("file", "FILE_MISSING"))
    if form.reject(problems):
        return _new_page(form), 422
    try:
        der, *intermediates = _read(form.file.data)
        newcomer = officers.Newcomer(form.name.data or "", der, intermediates)
        change = officers.propose_add(
            current_house(), me(), newcomer, form.roles.data or [], form.reason.data or ""
        )
    except REFUSED as error:
        tell(error)
        return _new_page(form), 422
    return _proposed(change)


@bp.get("/staff/<officer_id>")
@audience(SECURITY)
def officer(officer_id: str) -> str:
    """One officer: duties, certificates, history."""
    return _officer_page(_officer_or_404(officer_id))


@bp.post("/staff/<officer_id>")
@audience(SECURITY)
def propose_officer_change(officer_id: str) -> ResponseReturnValue:
    """Propose another name, other duties, or to deactivate him."""
    found = _officer_or_404(officer_id)
    form = OfficerForm()
    after = {
        "name": form.name.data or "",
        "roles": form.roles.data or [],
        "active": bool(form.active.data),
    }
    if form.reject(officers.problems(after["name"], after["roles"])):
        return _officer_page(found, form=form), 422
    try:
        change = officers.propose_change(
            current_house(), me(), officer_id, after, form.reason.data or ""
        )
    except Refusal as refusal:
        tell(refusal)
        return _officer_page(found, form=form), 422
    return _proposed(change)


@bp.post("/staff/<officer_id>/certificates")
@audience(SECURITY)
def propose_certificate(officer_id: str) -> ResponseReturnValue:
    """Propose another certificate for him."""
    found = _officer_or_404(officer_id)
    form = CertificateForm(prefix="new")
    if form.reject([] if form.file.data else [("file", "FILE_MISSING")]):
        return _officer_page(found, certificate_form=form), 422
    try:
        der, *intermediates = _read(form.file.data)
        change = officers.propose_bind(
            current_house(), me(), officer_id, der, intermediates, form.reason.data or ""
        )
    except REFUSED as error:
        tell(error)
        return _officer_page(found, certificate_form=form), 422
    return _proposed(change)


@bp.get("/staff/<officer_id>/certificates/<fingerprint>")
@audience(SECURITY)
def certificate(officer_id: str, fingerprint: str) -> str:
    """One certificate of an officer, to take it out of use."""
    return _certificate_page(ReasonForm(), _credential_or_404(officer_id, fingerprint))


@bp.post("/staff/<officer_id>/certificates/<fingerprint>")
@audience(SECURITY)
def propose_retirement(officer_id: str, fingerprint: str) -> ResponseReturnValue:
    """Propose to take a certificate out of use."""
    credential = _credential_or_404(officer_id, fingerprint)
    form = ReasonForm()
    if form.reject(()):
        return _certificate_page(form, credential), 422
    try:
        change = officers.propose_retire(
            current_house(), me(), officer_id, fingerprint, form.reason.data or ""
        )
    except Refusal as refusal:
        tell(refusal)
        return _certificate_page(form, credential), 422
    return _proposed(change)


def _proposed(change: DualChange) -> ResponseReturnValue:
    flash(_("已提议。在另一名安全管理员核定之前，没有任何改变。"), "green")
    return redirect(url_for("admin.change", change_id=change.id))


def _read(file: FileStorage) -> list[bytes]:
    found = read_certificates(file.read())
    if not found:
        raise Refusal("FILE_MISSING")
    return found


def _officer_or_404(officer_id: str) -> Officer:
    return officers.find(officer_id) or abort(404)


def _credential_or_404(officer_id: str, fingerprint: str) -> Credential:
    found = _officer_or_404(officer_id).credentials
    return next((one for one in found if one.fingerprint == fingerprint), None) or abort(404)


def _state(officer: Officer) -> dict[str, Any]:
    now = current_house().now()
    ends = [one.not_after for one in officer.credentials if officers.usable(one, now)]
    return {"certificates": len(ends), "until": max(ends, default=None)}


def _new_page(form: NewOfficerForm) -> str:
    return render_template(
        "admin/new_officer.html",
        form=form,
        error_form=form if form.errors else None,
        breadcrumbs=crumbs((_("工作人员"), url_for("admin.staff_list")), (_("新增"), None)),
        page_class="office",
    )


def _officer_page(
    found: Officer,
    *,
    form: OfficerForm | None = None,
    certificate_form: CertificateForm | None = None,
) -> str:
    now = current_house().now()
    told = certificate_form if request.method == "POST" and certificate_form else form
    return render_template(
        "admin/officer.html",
        officer=found,
        own=found.id == me(),
        form=form or OfficerForm.of(found),
        certificate_form=certificate_form or CertificateForm(formdata=None, prefix="new"),
        certificates=[
            (one, inspect(one.certificate), officers.usable(one, now)) for one in found.credentials
        ],
        waiting=[of(one) for one in proposals.waiting(now, found.id)],
        history=[of(one) for one in proposals.settled(found.id)],
        now=now,
        wording=wording,
        trust_words=trust_wording,
        error_form=told if told is not None and told.errors else None,
        breadcrumbs=_way(found),
        page_class="office",
    )


def _certificate_page(form: ReasonForm, credential: Credential) -> str:
    owner = credential.officer
    assert owner is not None
    now = current_house().now()
    return render_template(
        "admin/certificate.html",
        form=form,
        officer=owner,
        credential=credential,
        facts=inspect(credential.certificate),
        usable=officers.usable(credential, now),
        own=owner.id == me(),
        now=now,
        wording=trust_wording,
        error_form=form if form.errors else None,
        breadcrumbs=_way(owner, (_("证书"), None)),
        page_class="office",
    )


def _way(officer: Officer, *more: tuple[str, str | None]) -> list[dict[str, str | None]]:
    own = url_for("admin.officer", officer_id=officer.id)
    return crumbs((_("工作人员"), url_for("admin.staff_list")), (officer.name, own), *more)
