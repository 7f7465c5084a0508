"""Error pages: a number, what happened, what to do; for scripts the same as JSON."""

import logging
import secrets

from flask import Flask, Response, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import (
    DisconnectionError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
    TimeoutError,
)
from werkzeug.exceptions import BadHost, HTTPException, SecurityError

from auction.presenting import http_errors
from auction.trading.ports import Unavailable
from auction.web.guards import wants_json

AWAY = (DisconnectionError, OperationalError, PendingRollbackError, TimeoutError, Unavailable)
"""No connection to be had, or cut off in the middle of its work."""

log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Handlers for everything that is not an answer."""
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(BadHost, _no_host)
    app.register_error_handler(SecurityError, _no_host)
    app.register_error_handler(Exception, _fault)
    app.register_error_handler(SQLAlchemyError, _away)
    app.register_error_handler(Unavailable, _away)


def problem(
    code: int,
    reason: str,
    title: str | None = None,
    body: str | None = None,
    fault_number: str | None = None,
) -> ResponseReturnValue:
    """An error as a page or as JSON, whichever the caller reads; without words of its own, with
    those of its status."""
    usual = http_errors.usual(code)
    title, body = title or usual[0], body or usual[1]
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


def _no_host(_error: BadHost | SecurityError) -> ResponseReturnValue:
    """The Host header names no host: there are no addresses then, so no page with links either."""
    if wants_json():
        return problem(400, "HTTP_400")
    return Response(_("请求的内容不完整，没有处理") + "\n", 400, mimetype="text/plain")


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    return problem(400, "FORM_EXPIRED")


def _away(error: Exception) -> ResponseReturnValue:
    """The database cannot be reached, or was cut off: nothing was done, and it will come back."""
    if not isinstance(error, AWAY) and not getattr(error, "connection_invalidated", False):
        return _fault(error)
    log.error("the database is not available: %r", getattr(error, "orig", error))
    return problem(
        503,
        "UNAVAILABLE",
        _("系统暂时无法读写数据。"),
        _("这次操作没有生效，已记录的内容不受影响。请稍候片刻，再做一次。"),
    )


def _fault(error: Exception) -> ResponseReturnValue:
    number = secrets.token_hex(4)
    log.error("fault %s", number, exc_info=error)
    return problem(500, "FAULT", fault_number=number)
