"""/check: whether a computer, its key and its line are fit for bidding (B-2).

Open to everybody. What is measured stays in the browser; the server judges a certificate and one
signature, tells the time, and forgets.
"""

from collections.abc import Sequence

from cryptography import x509
from flask import Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from limits import parse

from auction.core.instants import to_us
from auction.pki.chain import CertificateError
from auction.pki.reasons import PkiReason
from auction.pki.statement import Signed, StatementError, decode_base64, decode_chain
from auction.presenting import device as wording
from auction.presenting import signers as signer_words
from auction.services import demo_people, device
from auction.services.house import current_house
from auction.web import limits, sessions
from auction.web.guards import PUBLIC, audience
from auction.web.public import shell
from auction.web.public.blueprint import bp

CHECKS = parse("30/minute")
"""Questions to the server, of one browser; of one address, behind which a company may sit:"""
CHECKS_OF_ADDRESS = parse("120/minute")
_CERTIFICATE_LIMIT = 16 * 1024  # characters of base64


@bp.get("/check")
@audience(PUBLIC)
def check() -> str:
    """The page of the six rows; what it looks at is looked at by its scripts."""
    house = current_house()
    return render_template(
        "public/check.html",
        rows=wording.rows(),
        words={**wording.words(), **signer_words.cards()},
        states=wording.states(),
        failures=wording.failures(),
        identities=[one for one in demo_people.offered() if not one.roles],
        demo_ca=house.demo_ca,
        bridges=house.site.bridges,
        soft_keys=house.site.soft_keys,
        aud=house.site.origin,
        breadcrumbs=shell.crumbs({"url": None, "label": _("设备检测")}),
    )


@bp.get("/check/line")
@audience(PUBLIC)
def check_line() -> Response:
    """The server's time, and whether a proxy stands on the visitor's side of the line.

    `forwarded`: more addresses were passed on than this site's own front servers add; `via`: a
    program on the way has named itself. Which ones is nobody's business here.
    """
    passed_on = [one for one in request.headers.get("X-Forwarded-For", "").split(",") if one]
    return jsonify(
        now_us=to_us(current_house().now()),
        forwarded=len(passed_on) > current_app.config["TRUSTED_PROXIES"],
        via="Via" in request.headers,
    )


@bp.post("/check/certificate")
@audience(PUBLIC)
def check_certificate() -> ResponseReturnValue:
    """`{certificate, chain}`: whether it would be accepted; never whether it is enrolled."""
    if not _within_limits():
        return _refused("CHECK_TOO_OFTEN", 429)
    payload = _payload()
    certificate, chain = b"", ()
    try:
        certificate = decode_base64(
            payload.get("certificate"), "certificate", limit=_CERTIFICATE_LIMIT
        )
        chain = decode_chain(payload.get("chain", []))
        judged = device.judge(current_house(), certificate, chain)
    except CertificateError as error:
        untold = error.code is PkiReason.CERTIFICATE_UNTRUSTED and _lacks_issuer(certificate, chain)
        return _refused(wording.ISSUER_NOT_SENT if untold else str(error.code))
    except StatementError as error:
        return _refused(str(error.code))
    return jsonify(wording.accepted(judged.status_known, judged.status_required).to_dict())


@bp.post("/check/signature")
@audience(PUBLIC)
def check_signature() -> ResponseReturnValue:
    """A statement of purpose `check`, as it travels: whether its signature is good."""
    if not _within_limits():
        return _refused("CHECK_TOO_OFTEN", 429)
    try:
        device.try_signature(current_house(), Signed.from_transport(_payload()))
    except (CertificateError, StatementError) as error:
        return _refused(str(error.code))
    return jsonify(wording.signature_good().to_dict())


def _lacks_issuer(certificate: bytes, chain: Sequence[bytes]) -> bool:
    """Whether what was handed over does not include the certificate of whoever issued this one."""
    issuer = x509.load_der_x509_certificate(certificate).issuer
    try:
        return issuer not in [
            x509.load_der_x509_certificate(one).subject for one in (certificate, *chain)
        ]
    except ValueError:
        return False


def _within_limits() -> bool:
    address = request.remote_addr or ""
    return limits.hit(CHECKS_OF_ADDRESS, "device", address) and limits.hit(
        CHECKS, "device", sessions.binding()
    )


def _payload() -> dict[str, object]:
    payload = request.get_json(silent=True)
    return payload if isinstance(payload, dict) else {}


def _refused(code: str, status: int = 422) -> ResponseReturnValue:
    return jsonify(wording.refused(code).to_dict()), status
