"""Signing in with a certificate, how a session stands, signing out, and the visitor's settings."""

from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from auction.core.instants import to_us
from auction.pki.chain import CertificateError
from auction.pki.statement import Signed, StatementError
from auction.presenting import session_ends as ends_wording
from auction.presenting import sign_in as wording
from auction.presenting import signers as signer_words
from auction.services import demo_people
from auction.services.house import House, current_house
from auction.services.people import SignInError
from auction.services.sessions import signed_in, signing_in
from auction.services.sessions.signed_in import Ending
from auction.services.sessions.signing_in import Elsewhere, SignedIn, Unknown
from auction.services.trust import store
from auction.services.trust.anchors import EntryKind, Origin
from auction.web import i18n, limits, sessions
from auction.web.guards import PUBLIC, SIGNED_IN, audience

bp = Blueprint("auth", __name__)


# --- signing in -------------------------------------------------------------------------------


@bp.get("/sign-in")
@audience(PUBLIC)
def sign_in() -> str:
    """The sign-in page; whose session has ended for a grave reason reads that first."""
    house = current_house()
    target = local_path(request.args.get("next"))
    held = sessions.token()
    ending = signed_in.look(house, held) if held is not None else None
    told = ends_wording.said(ending, house.now()) if isinstance(ending, Ending) else None
    if told is not None and told.code in ends_wording.GRAVE and "again" not in request.args:
        assert isinstance(ending, Ending)
        return render_template(
            "auth/ended.html",
            said=told,
            actions=_actions(ending, target),
            save=ends_wording.save_word(ending) if ending.bidder else None,
        )
    return render_template(
        "auth/sign_in.html",
        next_url=target,
        ended=told,
        identities=demo_people.offered() if house.demo_ca else (),
        demo_ca=house.demo_ca,
        bridges=house.site.bridges,
        soft_keys=house.site.soft_keys,
        check_url=url_for("public.check"),
        card_words=signer_words.cards(),
        aud=house.site.origin,
        roles=wording.roles,
        authorities=_authorities(house),
    )


@bp.post("/sign-in/challenge")
@audience(PUBLIC)
def challenge() -> Response:
    """A nonce to sign, bound to this browser."""
    _limit("challenge")
    made = signing_in.begin_sign_in(current_house(), sessions.binding())
    return jsonify(aud=made.aud, nonce=made.nonce, expires=made.expires.isoformat())


@bp.post("/sign-in")
@audience(PUBLIC)
def answer() -> ResponseReturnValue:
    """The signed challenge: a session, a question, or the reason why not."""
    _limit("answer")
    payload = request.get_json(silent=True)
    payload = payload if isinstance(payload, dict) else {}
    try:
        found = signing_in.sign_in(
            current_house(),
            Signed.from_transport(payload),
            str(payload.get("nonce", "")),
            sessions.binding(),
            sessions.token(),
        )
    except (StatementError, CertificateError, SignInError) as error:
        return _refused(str(error.code))
    if isinstance(found, Unknown):
        sessions.may_enrol(found.proof_token)
        return _refused("NOT_ENROLLED", enrol=url_for("enrolment.form"))
    if isinstance(found, Elsewhere):
        return _asked(found), 409
    return _entered(found, payload.get("next"))


@bp.post("/sign-in/take-over")
@audience(PUBLIC)
def take_over() -> ResponseReturnValue:
    """The answer to the question: the session elsewhere ends, one begins here."""
    _limit("take-over")
    payload = request.get_json(silent=True)
    payload = payload if isinstance(payload, dict) else {}
    confirm = str(payload.get("confirm", ""))
    try:
        found = signing_in.take_over(current_house(), confirm, sessions.binding(), sessions.token())
    except (CertificateError, SignInError) as error:
        return _refused(str(error.code))
    return _entered(found, payload.get("next"))


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
        ("security", "admin.home"),
    ):
        if role in actor.roles:
            return redirect(url_for(endpoint))
    return redirect(url_for("public.home"))


# --- being signed in --------------------------------------------------------------------------


@bp.get("/session")
@audience(PUBLIC)
def session_state() -> Response:
    """Until when this browser's session lasts, or why it ended; asking keeps nothing alive."""
    house = current_house()
    held = sessions.token()
    found = signed_in.look(house, held) if held is not None else None
    if found is None:
        return jsonify(state="none")
    if not isinstance(found, Ending):
        return jsonify(
            state="lasting",
            idle_us=to_us(found.idle_end),
            end_us=to_us(found.end),
            now_us=to_us(house.now()),
        )
    told = ends_wording.said(found, house.now())
    return jsonify(
        state="ended",
        code=found.code,
        grave=found.code in ends_wording.GRAVE,
        said=told.to_dict(),
        actions=_actions(found, local_path(request.args.get("next"))),
        save=ends_wording.save_word(found),
    )


@bp.post("/session/keep")
@audience(SIGNED_IN)
def keep_session() -> Response:
    """The holder is still there. Being asked is enough: every request keeps a session alive."""
    return session_state()


@bp.post("/sign-out")
@audience(PUBLIC)
def sign_out() -> ResponseReturnValue:
    """End the session here and on the server."""
    if held := sessions.token():
        signing_in.sign_out(current_house(), held)
    response = make_response(redirect(url_for("public.home")))
    sessions.close_session(response)
    flash(_("您已退出。"), "green")
    return response


# --- settings ---------------------------------------------------------------------------------


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
    if not target.isprintable():  # nor does a line break get into a header
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc or "\\" in target else target


# --- pieces -----------------------------------------------------------------------------------


def _limit(step: str) -> None:
    limits.require(limits.SIGN_INS_OF_ADDRESS, step, request.remote_addr or "")
    limits.require(limits.SIGN_INS, step, sessions.binding())


def _refused(code: str, **more: str) -> ResponseReturnValue:
    said = wording.explain(code)
    retry = code in wording.PASSING
    return jsonify(
        code=code, title=said.title, body=said.body, tone=said.tone, retry=retry, **more
    ), 422


def _asked(found: Elsewhere) -> Response:
    said = wording.elsewhere(ends_wording.when(found.since, current_house().now()))
    return jsonify(
        code="SESSION_ELSEWHERE",
        title=said.title,
        body=said.body,
        confirm=found.confirm_token,
        expires=found.expires.isoformat(),
    )


def _entered(found: SignedIn, wanted: object) -> Response:
    target = local_path(str(wanted or ""))
    where = request.script_root + target if target else url_for("auth.arrived")
    sessions.forget_forms()
    if found.clock_skewed:
        flash(_("您的电脑时钟与服务器相差较大。一切时间以服务器时间为准。"), "amber")
    response = jsonify(next=where, csrf=generate_csrf(), clock_skewed=found.clock_skewed)
    sessions.open_session(response, found.token)
    return response


def _authorities(house: House) -> list[str]:
    """Whose certificates count, as two officers named them; else by their own names."""
    anchors = (one for one in store.entries(house) if one.kind is EntryKind.ANCHOR)
    names = (one.label if one.origin is Origin.TABLE else one.facts.name for one in anchors)
    return list(dict.fromkeys(names))


def _actions(ending: Ending, target: str | None) -> list[dict[str, str]]:
    """The way back in, where there is one; else whom to ask."""
    if ending.code == "OFFICER_INACTIVE":
        return []
    if ending.code in ends_wording.WITHOUT_CERTIFICATE and not ending.spare:
        ask = {"label": _("公告中的联系方式"), "url": url_for("public.notices")}
        return [ask] if ending.bidder else []
    if ending.code == "SESSION_TAKEN":
        label = _("在本机重新登录")
    else:
        label = _("用备用证书登录") if ending.spare else _("重新登录")
    return [{"label": label, "url": url_for("auth.sign_in", next=target, again=1)}]


def _with_cookie(name: str, value: str) -> ResponseReturnValue:
    target = local_path(request.args.get("next"))
    where = request.script_root + target if target else url_for("public.home")
    response = make_response(redirect(where))
    response.set_cookie(name, value, max_age=31536000, samesite="Lax", httponly=name != "large")
    return response
