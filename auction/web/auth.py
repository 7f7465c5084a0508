"""Signing in with a certificate, signing out, and the visitor's own settings."""

from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from auction.pki.chain import CertificateError
from auction.pki.statement import Signed, StatementError
from auction.presenting import sign_in as wording
from auction.services import demo_people
from auction.services import sessions as sign_ins
from auction.services.house import current_house
from auction.services.people import SignInError
from auction.web import i18n, limits, sessions
from auction.web.guards import PUBLIC, SIGNED_IN, audience

bp = Blueprint("auth", __name__)


@bp.get("/sign-in")
@audience(PUBLIC)
def sign_in() -> str:
    """The sign-in page; in demo mode it offers the demo identities."""
    house = current_house()
    reason = sessions.ended_because()
    return render_template(
        "auth/sign_in.html",
        next_url=local_path(request.args.get("next")),
        ended=wording.explain(reason) if reason else None,
        identities=demo_people.offered() if house.demo_ca else (),
        demo_ca=house.demo_ca,
        aud=house.site.origin,
        roles=wording.roles,
    )


@bp.post("/sign-in/challenge")
@audience(PUBLIC)
def challenge() -> Response:
    """A nonce to sign, bound to this browser."""
    limits.require(limits.SIGN_INS, "challenge", sessions.connection_key())
    made = sign_ins.begin_sign_in(current_house(), sessions.binding())
    return jsonify(aud=made.aud, nonce=made.nonce, expires=made.expires.isoformat())


@bp.post("/sign-in")
@audience(PUBLIC)
def answer() -> ResponseReturnValue:
    """The signed challenge: a session, or the reason why not."""
    limits.require(limits.SIGN_INS, "answer", sessions.connection_key())
    payload = request.get_json(silent=True) or {}
    try:
        signed = Signed.from_transport(payload)
        token, skewed = sign_ins.sign_in(
            current_house(), signed, str(payload.get("nonce", "")), sessions.binding()
        )
    except (StatementError, CertificateError, SignInError) as error:
        said = wording.explain(str(error.code))
        return jsonify(code=str(error.code), title=said.title, body=said.body), 422
    target = local_path(str(payload.get("next") or ""))
    where = request.script_root + target if target else url_for("auth.arrived")
    response = jsonify(next=where, clock_skewed=skewed)
    sessions.open_session(response, token)
    return response


@bp.get("/sign-in/arrived")
@audience(SIGNED_IN)
def arrived() -> ResponseReturnValue:
    """Where each person's day begins."""
    actor = sessions.current_actor()
    assert actor is not None
    if actor.is_bidder:
        return redirect(url_for("bidder.home"))
    for role, endpoint in (
        ("drafter", "office.home"),
        ("approver", "office.home"),
        ("finance", "finance.home"),
        ("auditor", "auditor.home"),
    ):
        if role in actor.roles:
            return redirect(url_for(endpoint))
    return redirect(url_for("public.home"))


@bp.post("/sign-out")
@audience(PUBLIC)
def sign_out() -> ResponseReturnValue:
    """End the session here and on the server."""
    if held := sessions.token():
        sign_ins.sign_out(current_house(), held)
    response = make_response(redirect(url_for("public.home")))
    sessions.close_session(response)
    return response


@bp.get("/language/<code>")
@audience(PUBLIC)
def language(code: str) -> ResponseReturnValue:
    """Choose the language of the pages."""
    wanted = i18n.ENGLISH if code == i18n.ENGLISH else i18n.CHINESE
    return _with_cookie(i18n.COOKIE, wanted)


@bp.get("/large-type")
@audience(PUBLIC)
def large_type() -> ResponseReturnValue:
    """Switch 长者模式 on or off (works without script)."""
    return _with_cookie("large", "0" if request.cookies.get("large") == "1" else "1")


def local_path(target: str | None) -> str | None:
    """`target` if it is a path of this site, else None: nobody is sent elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc or "\\" in target else target


def _with_cookie(name: str, value: str) -> ResponseReturnValue:
    target = local_path(request.args.get("next"))
    where = request.script_root + target if target else url_for("public.home")
    response = make_response(redirect(where))
    response.set_cookie(name, value, max_age=31536000, samesite="Lax", httponly=name != "large")
    return response
