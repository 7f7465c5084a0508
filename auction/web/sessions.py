"""The session of a request: a cookie with a random token, everything else on the server.

Beside it stands the form session (Flask's, signed): form tokens, messages, and what ties a sign-in
to its browser. It is replaced at sign-in and sign-out, so that what somebody planted in a browser
beforehand is worth nothing afterwards.
"""

import hashlib
import secrets

from flask import Flask, Response, g, has_request_context, request, session
from flask.sessions import SecureCookieSessionInterface

from auction.services.enrolment import proofs
from auction.services.enrolment.proofs import Enrolling
from auction.services.house import current_house
from auction.services.people import Actor
from auction.services.sessions.signed_in import actor_of

COOKIE = "floor-session"
STATE = "auth.session_state"
"""The view that tells how a session stands: asking it is not being at work."""


class FormSessions(SecureCookieSessionInterface):
    """Flask's own sessions, one for each seat of the demonstration."""

    def get_cookie_name(self, app: Flask) -> str:
        """The cookie's name at this mount point."""
        return _at_seat(super().get_cookie_name(app))

    def get_cookie_path(self, app: Flask) -> str:
        """The mount point."""
        return _mount()


def register(app: Flask) -> None:
    """Load the actor before each request."""
    app.session_interface = FormSessions()
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
        _at_seat(COOKIE),
        token,
        max_age=house.site.session_hours * 3600,
        path=_mount(),
        secure=house.site.origin.startswith("https://"),
        httponly=True,
        samesite="Lax",
    )


def forget_forms() -> None:
    """A new form session: what was in the old one, or was planted there, is worth nothing."""
    session.clear()


def close_session(response: Response) -> None:
    """Take the token back, and whatever the browser has kept of the pages."""
    forget_forms()
    response.delete_cookie(_at_seat(COOKIE), path=_mount())
    # Not "storage": there the bidder's own record is kept, which is his evidence.
    response.headers["Clear-Site-Data"] = '"cache"'


def token() -> str | None:
    """The token that the browser sent."""
    return request.cookies.get(_at_seat(COOKIE))


def connection_key() -> str:
    """What stands for this session outside the request (rate limits, sockets); not the token. For
    whoever has none, his address: a made-up token is no session and nobody new."""
    held = token() if current_actor() is not None else None
    return hashlib.sha256((held or request.remote_addr or "").encode()).hexdigest()


def may_enrol(proof_token: str) -> None:
    """Remember in this browser that its visitor holds a certificate nobody is enrolled with."""
    session["enrolling"] = proof_token


def enrolling() -> Enrolling | None:
    """The certificate with which this visitor has just signed in without being enrolled."""
    proof = session.get("enrolling")
    return None if proof is None else proofs.find(current_house(), str(proof))


def enrolled() -> None:
    """The request for enrolment is filed: the proof is used up."""
    if (proof := session.pop("enrolling", None)) is not None:
        proofs.forget(str(proof))


def _at_seat(name: str) -> str:
    # A demo seat (two roles in one browser) is a mount of its own with its own cookies.
    seat = _mount().strip("/").replace("/", "-")
    return f"{name}-{seat}" if seat else name


def _mount() -> str:
    return (request.script_root if has_request_context() else "") or "/"


def _load() -> None:
    held = token()
    if held is None or request.endpoint == "static":
        return
    found = actor_of(current_house(), held, touch=request.endpoint != STATE)
    if isinstance(found, Actor):
        g.actor = found
    elif found is not None:
        g.session_ended = found
