"""Security headers of every answer."""

from collections.abc import Iterable

from flask import Flask, Response, request

from auction.services.house import current_house

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "manifest-src": "'self'",
}


def register(app: Flask) -> None:
    """Add the headers after each request."""
    app.after_request(_add)


def content_policy(bridges: Iterable[str], *, seat: bool = False, framed: bool = False) -> str:
    """The Content-Security-Policy of a page. `bridges`: addresses of programs on the visitor's own
    computer through which pages reach hardware keys; `seat`: it may be framed by the demo's
    side-by-side page, which is `framed` and of the same origin."""
    policy = _POLICY | {
        "connect-src": " ".join(["'self'", *bridges]),
        "frame-ancestors": "'self'" if seat else "'none'",
    }
    if framed:
        policy["frame-src"] = "'self'"
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def _add(response: Response) -> Response:
    policy = content_policy(
        [bridge.url for bridge in current_house().site.bridges],
        seat=request.script_root.startswith("/seat/"),
        framed=request.endpoint == "demo.side_by_side",
    )
    headers = response.headers
    headers.setdefault("Content-Security-Policy", policy)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    return response
