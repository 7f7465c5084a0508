"""Security headers of every answer."""

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


def _add(response: Response) -> Response:
    framed = request.endpoint == "demo.side_by_side"
    # Pages may be framed only by the demo's side-by-side page, which is of the same origin.
    seat = request.script_root.startswith("/seat/")
    policy = _POLICY | {"frame-ancestors": "'self'" if seat else "'none'"}
    # Pages reach hardware keys through programs on the visitor's own computer.
    bridges = [bridge.url for bridge in current_house().site.bridges]
    policy["connect-src"] = " ".join(["'self'", *bridges])
    if framed:
        policy["frame-src"] = "'self'"
    headers = response.headers
    headers.setdefault("Content-Security-Policy", "; ".join(f"{k} {v}" for k, v in policy.items()))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    return response
