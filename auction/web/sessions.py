"""The session of a request: a cookie with a random token, everything else on the server."""

import hashlib
import secrets

from flask import Flask, Response, g, request, session

from auction.services.house import current_house
from auction.services.people import Actor
from auction.services.sessions import actor_of

COOKIE = "floor-session"


def register(app: Flask) -> None:
    """Load the actor before each request."""
    app.before_request(_load)


def current_actor() -> Actor | None:
    """Who is signed in, or None."""
    actor: Actor | None = g.get("actor")
    return actor


def ended_because() -> str | None:
    """Why the session that the browser still holds has ended (e.g. SESSION_TAKEN)."""
    reason: str | None = g.get("session_ended")
    return reason


def binding() -> str:
    """A secret of this browser, so that only it can answer the challenge it was given."""
    if "binding" not in session:
        session["binding"] = secrets.token_hex(16)
    value: str = session["binding"]
    return value


def open_session(response: Response, token: str) -> None:
    """Give the browser its token."""
    house = current_house()
    response.set_cookie(
        _cookie_name(),
        token,
        max_age=house.site.session_hours * 3600,
        path=request.script_root or "/",
        secure=house.site.origin.startswith("https://"),
        httponly=True,
        samesite="Lax",
    )


def close_session(response: Response) -> None:
    """Take the token back."""
    response.delete_cookie(_cookie_name(), path=request.script_root or "/")


def token() -> str | None:
    """The token that the browser sent."""
    return request.cookies.get(_cookie_name())


def connection_key() -> str:
    """What stands for this session outside the request (rate limits, sockets); not the token."""
    return hashlib.sha256((token() or request.remote_addr or "").encode()).hexdigest()


def _cookie_name() -> str:
    # A demo seat (two roles side by side in one browser) is a mount of its own with its own cookie.
    seat = request.script_root.strip("/").replace("/", "-")
    return f"{COOKIE}-{seat}" if seat else COOKIE


def _load() -> None:
    held = token()
    if held is None or request.endpoint == "static":
        return
    found = actor_of(current_house(), held)
    if isinstance(found, Actor):
        g.actor = found
    elif found is not None:
        g.session_ended = found
