"""Asking to be enrolled, by whoever has proved a valid certificate that nobody is enrolled with."""

from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from auction.ledger import canonical
from auction.ledger.canonical import CanonicalError
from auction.pki.chain import ValidatedCertificate
from auction.pki.statement import Signed, StatementError
from auction.pki.subject import subject_names
from auction.presenting import enrolment as wording
from auction.services.enrolment import asking
from auction.services.enrolment.form import EnrolmentRefused, flaws, tidied
from auction.services.enrolment.requests import BOUND
from auction.services.house import current_house
from auction.services.people import Enrolment
from auction.web import limits, sessions
from auction.web.forms.enrolment import EnrolmentForm
from auction.web.guards import PUBLIC, audience

bp = Blueprint("enrolment", __name__, url_prefix="/enrol")


@bp.get("")
@audience(PUBLIC)
def form() -> ResponseReturnValue:
    """How to begin; with a proven certificate the form, or what has become of the request."""
    asker = sessions.enrolling()
    if asker is None:
        if sessions.current_actor() is not None:
            return redirect(url_for("auth.arrived"))
        return render_template("enrol/begin.html", days=wording.WORKDAYS)
    certificate = asker.certificate
    filing = asking.of_asker(current_house(), certificate)
    if filing is None:
        return _form_page(certificate, EnrolmentForm.of(asking.prefilled(certificate)))
    if filing.row.outcome == BOUND or (
        filing.row.outcome is None and "correct" not in request.args
    ):
        if filing.row.outcome == BOUND:
            sessions.enrolled()
        return render_template(
            "enrol/state.html",
            filing=filing,
            certificate=_shown(certificate),
            days=wording.WORKDAYS,
            words=wording,
        )
    reason = filing.row.reason
    said = None if reason is None else wording.refused_because(reason)
    return _form_page(certificate, EnrolmentForm.of(filing.form), said=said)


@bp.post("")
@audience(PUBLIC)
def review() -> ResponseReturnValue:
    """The filled form to look over and sign, or the form again with what is wrong."""
    asker = sessions.enrolling()
    if asker is None:
        return redirect(url_for("enrolment.form"))
    house = current_house()
    typed = EnrolmentForm()
    filled = tidied(typed.enrolment())
    if found := flaws(house, filled):
        typed.validate()  # prepares the lists of errors
        typed.tell(found)
        return _form_page(asker.certificate, typed), 422
    text, fields = asking.to_sign(house, filled)
    return render_template(
        "enrol/sign.html",
        filled=filled,
        certificate=_shown(asker.certificate),
        words=wording,
        to_sign={
            "statements": [{"name": "request", "purpose": "enrolment", "fields": fields}],
            "sent": {"form": text.decode("utf-8")},
        },
        handle=asker.certificate.fingerprint,
    )


@bp.post("/back")
@audience(PUBLIC)
def back() -> ResponseReturnValue:
    """From the filled form back to the fields, with everything that was typed."""
    asker = sessions.enrolling()
    if asker is None:
        return redirect(url_for("enrolment.form"))
    return _form_page(asker.certificate, EnrolmentForm())


@bp.post("/file")
@audience(PUBLIC)
def file() -> ResponseReturnValue:
    """The signed request (JSON); the script goes on to what has become of it."""
    limits.require(limits.SIGN_INS, "enrol", sessions.connection_key())
    sent = request.get_json(silent=True)
    sent = sent if isinstance(sent, dict) else {}
    try:
        asker = sessions.enrolling()
        if asker is None:
            raise EnrolmentRefused("PROOF_MISSING", 401)
        asking.file(current_house(), asker.certificate, _form_in(sent), _signed_in(sent, "request"))
    except EnrolmentRefused as error:
        said = wording.refused(error.code)
        return jsonify(code=error.code, title=said.title, body=said.body), error.status
    return jsonify(next=url_for("enrolment.form"))


def _form_in(sent: dict[str, Any]) -> Enrolment:
    try:
        content = canonical.decode(str(sent.get("form", "")).encode("utf-8", "replace"))
    except CanonicalError:
        raise EnrolmentRefused("FORM_FLAWED", 422) from None
    values = {name: content.get(name) for name in Enrolment.__slots__}
    if not all(isinstance(value, str) for value in values.values()):
        raise EnrolmentRefused("FORM_FLAWED", 422)
    return Enrolment(**values)  # type: ignore[arg-type]


def _signed_in(sent: dict[str, Any], name: str) -> Signed:
    part = sent.get(name)
    try:
        return Signed.from_transport(part if isinstance(part, dict) else {})
    except StatementError as error:
        raise EnrolmentRefused(str(error.code), 422) from None


def _form_page(certificate: ValidatedCertificate, filled: EnrolmentForm, **more: Any) -> str:
    return render_template(
        "enrol/form.html",
        form=filled,
        error_form=filled if filled.errors else None,
        certificate=_shown(certificate),
        **more,
    )


def _shown(certificate: ValidatedCertificate) -> dict[str, Any]:
    names = subject_names(certificate.path[0])
    return {
        "holder": names.holder,
        "code": names.code,
        "issuer": names.issuer_name,
        "serial": certificate.serial,
        "not_after": certificate.not_after,
        "key_kind": certificate.key_kind,
    }
