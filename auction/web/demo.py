"""The demonstration: identities, robots, faults. None of it exists outside demo mode."""

import base64

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select

from auction.core.reasons import Refusal
from auction.pki.statement import StatementError, decode_base64
from auction.presenting import findings
from auction.presenting import sign_in as wording
from auction.services import demo_control as control
from auction.services import demo_people, lots, practice, verification
from auction.services.house import current_house
from auction.store.base import db
from auction.store.sales import Bid, Lot, SaleKind
from auction.web.guards import DEMO, audience

bp = Blueprint("demo", __name__, url_prefix="/demo")


@bp.before_app_request
def _notice_visitor() -> None:
    # Robots do not count: a practice lot is renewed only while somebody looks.
    if request.accept_mimetypes.accept_html and "Mozilla" in request.user_agent.string:
        current_house().visited = True


@bp.get("/")
@audience(DEMO)
def panel() -> str:
    """What others cannot show: robots, kill -9, a cut line, a tampered record."""
    house = current_house()
    altered = control.tampered(house.site.data_dir)
    lot = _lot(altered.lot) if altered else _tamper_target()
    return render_template(
        "demo/panel.html",
        lot=practice.current(house),
        pace=control.pace(house.site.data_dir),
        has_keeper=control.has_keeper(),
        altered=altered,
        target=lot,
        findings=verification.examine(house, lot).run.findings if altered and lot else (),
        fault=findings.sentence,
    )


@bp.get("/styleguide")
@audience(DEMO)
def styleguide() -> str:
    """Every component with its states."""
    return render_template("styleguide.html")


@bp.get("/side-by-side")
@audience(DEMO)
def side_by_side() -> str:
    """Two people in one window: each frame is a mount of the site with its own session."""
    lot = practice.current(current_house())
    return render_template("demo/side_by_side.html", lot=lot, seats=("a", "b"))


# --- the practice lot and its robots ---------------------------------------------------------


@bp.get("/practice.json")
@audience(DEMO)
def current() -> Response:
    """The practice lot that is going on, for robots."""
    lot = practice.current(current_house())
    return jsonify(slug=lot.slug if lot else None)


@bp.post("/again")
@audience(DEMO)
def again() -> ResponseReturnValue:
    """再来一场: a fresh practice lot, whose listing begins now."""
    mode = request.form.get("mode", "")
    known = mode in list(practice.Mode)
    lot = practice.open_new(current_house(), practice.Mode(mode) if known else practice.Mode.USUAL)
    flash(_("新的一场演练已经开始，挂牌现在起可报价。"), "green")
    return redirect(url_for("public.lot", ref=lot))


@bp.post("/skip")
@audience(DEMO)
def skip() -> ResponseReturnValue:
    """跳到截止: the listing of the practice lot ends in a few seconds."""
    house = current_house()
    lot = practice.current(house)
    if lot is None:
        abort(404)
    try:
        practice.skip_to_close(house, lot)
        flash(_("挂牌将在几秒后截止。"), "green")
    except Refusal:
        flash(_("这一场已经不在挂牌期内，无须跳过。"), "amber")
    return redirect(url_for("public.lot", ref=lot))


@bp.post("/robots")
@audience(DEMO)
def robots() -> ResponseReturnValue:
    """演练对手: slow, fast or stopped."""
    try:
        wanted = control.Pace(request.form.get("pace", ""))
    except ValueError:
        abort(400)
    control.set_pace(current_house().site.data_dir, wanted)
    flash(_("演练对手的节奏已更改，几秒内生效。"), "green")
    return redirect(url_for("demo.panel"))


# --- faults ----------------------------------------------------------------------------------


@bp.post("/kill")
@audience(DEMO)
def kill() -> ResponseReturnValue:
    """杀进程: kill -9 of this very server; the keeper starts it again from the log."""
    if not control.has_keeper():
        flash(_("没有守护进程，杀死后不会自动重启。请用 make run 启动。"), "amber")
        return redirect(url_for("demo.panel"))
    control.kill_server()
    return render_template("demo/killed.html")


@bp.post("/cut")
@audience(DEMO)
def cut() -> ResponseReturnValue:
    """断网: drop every live connection without a word, as a broken line does."""
    engine = current_app.extensions["socketio"].server.eio
    for connection in list(engine.sockets):
        engine.disconnect(connection)
    flash(_("所有实时连接已被切断；页面会自行重连并补齐期间的变化。"), "green")
    return redirect(url_for("demo.panel"))


@bp.post("/tamper")
@audience(DEMO)
def tamper() -> ResponseReturnValue:
    """篡改一条记录: alter one amount in the database, behind the system's back."""
    house = current_house()
    lot = _tamper_target()
    if lot is None or control.tampered(house.site.data_dir):
        flash(_("现在没有可以篡改的记录。"), "amber")
        return redirect(url_for("demo.panel"))
    seq = db.session.scalar(select(func.max(Bid.seq)).where(Bid.lot_id == lot.id, Bid.accepted))
    assert seq is not None
    control.tamper(house, lot, seq)
    return redirect(url_for("demo.panel"))


@bp.post("/restore")
@audience(DEMO)
def restore() -> ResponseReturnValue:
    """Put the altered record back."""
    control.restore(current_house())
    flash(_("记录已恢复原状。"), "green")
    return redirect(url_for("demo.panel"))


def _tamper_target() -> Lot | None:
    """The finished rehearsal: nothing that is going on is disturbed."""
    rehearsals = lots.published(SaleKind.REHEARSAL)
    return next((lot for lot in rehearsals if lot.ended_at and lot.leader), None)


def _lot(slug: str) -> Lot | None:
    return db.session.scalar(select(Lot).where(Lot.slug == slug))


# --- certificates ----------------------------------------------------------------------------


@bp.get("/certificates")
@audience(DEMO)
def certificate_nonce() -> Response:
    """A nonce with which a browser proves that it holds the key it wants a certificate for."""
    house = current_house()
    session["enrol_nonce"] = demo_people.new_nonce()
    assert house.demo_ca is not None
    return jsonify(
        nonce=session["enrol_nonce"], aud=house.site.origin, authority=house.demo_ca.fingerprint
    )


@bp.post("/certificates")
@audience(DEMO)
def certificate() -> ResponseReturnValue:
    """A demo certificate for a browser's own key."""
    payload = request.get_json(silent=True)
    payload = payload if isinstance(payload, dict) else {}
    nonce = session.pop("enrol_nonce", "")
    try:
        spki = decode_base64(payload.get("spki"), "spki", limit=2048)
        proof = decode_base64(payload.get("proof"), "proof", limit=2048)
        made = demo_people.enrol(
            current_house(), str(payload.get("identity", "")), spki, proof, nonce
        )
    except demo_people.UnknownPerson:
        return jsonify(code="UNKNOWN_PERSON"), 404
    except StatementError as error:
        said = wording.explain(str(error.code))
        return jsonify(code=str(error.code), title=said.title, body=said.body), 422
    return jsonify(
        certificate=base64.b64encode(made.path[0]).decode(),
        holder=demo_people.person(str(payload["identity"])).name,
        issuer=made.issuer,
        serial=made.serial,
        not_after=made.not_after.isoformat(),
    )
