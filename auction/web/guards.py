"""Who may call what. A view without a declared audience is never served."""

import hmac
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.services.house import current_house
from auction.services.people import Actor
from auction.web.sessions import current_actor

PUBLIC, SIGNED_IN, BIDDER, DEMO = "public", "signed_in", "bidder", "demo"
MACHINE = "machine"
OFFICE = ("drafter", "approver")
_ATTRIBUTE = "audience"
V = TypeVar("V", bound=Callable[..., Any])


def audience(*names: str) -> Callable[[V], V]:
    """Declare who may call a view: `public`, `signed_in`, `bidder`, `demo` (anyone, in demo
    mode only), `machine` (whoever sends the metrics token) or officers' roles. One of them is
    enough."""

    def mark(view: V) -> V:
        setattr(view, _ATTRIBUTE, frozenset(names))
        return view

    return mark


def audience_of(view: Callable[..., Any]) -> frozenset[str]:
    """The declared audience of a view; empty if none was declared."""
    found: frozenset[str] = getattr(view, _ATTRIBUTE, frozenset())
    return found


def register(app: Flask) -> None:
    """Check each request before its view runs."""
    app.before_request(_check)


def allowed(actor: Actor | None, wanted: frozenset[str]) -> bool:
    """Whether this actor belongs to one of the wanted audiences."""
    if PUBLIC in wanted:
        return True
    if DEMO in wanted:
        return current_house().site.demo
    if MACHINE in wanted:
        return _has_token()
    if actor is None:
        return False
    if SIGNED_IN in wanted:
        return True
    return (BIDDER in wanted and actor.is_bidder) or bool(actor.roles & wanted)


def _check() -> ResponseReturnValue | None:
    if _holds_nul():
        abort(400)
    if request.endpoint is None or request.endpoint == "static":
        return None
    wanted = audience_of(current_app.view_functions[request.endpoint])
    actor = current_actor()
    if allowed(actor, wanted):
        return None
    if wanted == {DEMO}:
        abort(404)
    if wanted == {MACHINE}:
        return _token_wanted()
    if actor is not None or not wanted:
        abort(403)
    if request.method in ("GET", "HEAD") and not wants_json():
        return redirect(url_for("auth.sign_in", next=request.full_path.rstrip("?")))
    if wants_json():
        return jsonify(code="NOT_SIGNED_IN"), 401
    return abort(401)


def _token_wanted() -> Response:
    """For a machine: nobody signs in there, and a page of HTML helps nobody."""
    told = Response(_("需要访问令牌。") + "\n", 401, mimetype="text/plain")
    told.headers["WWW-Authenticate"] = "Bearer"
    return told


def _holds_nul() -> bool:
    """Whether a text of the request has a character that no field means and PostgreSQL refuses."""
    texts = (*request.args.values(), *request.form.values())
    return "\0" in request.path or any("\0" in text for text in texts)


def _has_token() -> bool:
    """Whether the request carries the configured token; without one only a demonstration tells."""
    token: str | None = current_app.config["METRICS_TOKEN"]
    if token is None:
        return current_house().site.demo
    said = request.headers.get("Authorization", "")
    return hmac.compare_digest(said.encode(), f"Bearer {token}".encode())


def wants_json() -> bool:
    """Whether the caller is a script rather than a person."""
    best = request.accept_mimetypes.best_match(("text/html", "application/json"))
    return request.is_json or best == "application/json"
