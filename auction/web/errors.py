"""Error pages: a number, what happened, what to do; for scripts the same as JSON."""

import logging
import secrets

from flask import Flask, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from auction.web.guards import wants_json

log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Handlers for everything that is not an answer."""
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)


def problem(
    code: int,
    reason: str,
    title: str | None = None,
    body: str | None = None,
    fault_number: str | None = None,
) -> ResponseReturnValue:
    """An error as a page or as JSON, whichever the caller reads."""
    if wants_json():
        return jsonify(code=reason, title=title, body=body, fault=fault_number), code
    page = render_template(
        "errors/error.html", code=code, title=title, body=body, fault_number=fault_number
    )
    return page, code


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    return problem(error.code, f"HTTP_{error.code}")


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    return problem(400, "FORM_EXPIRED")


def _fault(error: Exception) -> ResponseReturnValue:
    number = secrets.token_hex(4)
    log.error("fault %s", number, exc_info=error)
    return problem(500, "FAULT", fault_number=number)
