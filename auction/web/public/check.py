"""/verify: receipts, qualification certificates and documents can be checked by anyone (P-5)."""

import hashlib
from dataclasses import dataclass, field

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from limits import parse

from auction.presenting import checking as wording
from auction.presenting.checking import Outcome
from auction.services import checking
from auction.services.checking import CheckRefused
from auction.services.house import current_house
from auction.web import limits
from auction.web.guards import PUBLIC, audience
from auction.web.public import shell
from auction.web.public.blueprint import bp
from auction.web.sessions import connection_key

GUESSES = parse("10/minute")
"""Numbers are random; whoever tries them out is slowed down besides."""
_RECEIPT_BYTES = 256 * 1024


@dataclass(slots=True)
class _Answer:
    """Which of the forms was sent, what stood in its field, what came of it."""

    what: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    outcome: Outcome | None = None
    status: int = 200


@bp.route("/verify", methods=["GET", "POST"])
@audience(PUBLIC)
def verify() -> ResponseReturnValue:
    """Three forms on one page; the answer stands above the form that was sent."""
    answer = _Answer() if request.method == "GET" else _check()
    page = render_template(
        "public/verify.html",
        answer=answer,
        breadcrumbs=shell.crumbs({"url": None, "label": _("核验")}),
    )
    return page, answer.status


def _check() -> _Answer:
    what = request.form.get("what", "")
    typed = {name: request.form.get(name, "") for name in ("receipt", "number", "digest")}
    answer = _Answer(what, typed)
    try:
        match what:
            case "certificate" | "document" if not limits.hit(GUESSES, "check", connection_key()):
                answer.status, answer.outcome = 429, wording.refused("CHECK_TOO_OFTEN")
            case "certificate":
                answer.outcome = wording.certificate(checking.check_certificate(typed["number"]))
            case "document":
                typed["digest"] = _digest_of_file() or typed["digest"]
                answer.outcome = wording.document(checking.check_document(typed["digest"]))
            case _:
                answer.what = "receipt"
                typed["receipt"] = _receipt_in_file() or typed["receipt"]
                found = checking.check_receipt(current_house(), typed["receipt"])
                answer.outcome = wording.receipt(found)
    except CheckRefused as refused:
        answer.status, answer.outcome = 422, wording.refused(refused.code)
    return answer


def _receipt_in_file() -> str:
    file = request.files.get("receipt_file")
    if file is None:
        return ""
    return file.read(_RECEIPT_BYTES).decode("utf-8", errors="replace")


def _digest_of_file() -> str:
    file = request.files.get("document_file")
    if file is None or not file.filename:
        return ""
    return hashlib.file_digest(file.stream, "sha256").hexdigest()
