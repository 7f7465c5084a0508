"""The demonstration: identities, robots, faults. None of it exists outside demo mode."""

import base64

from flask import Blueprint, Response, jsonify, render_template, request, session
from flask.typing import ResponseReturnValue

from auction.pki.statement import StatementError, decode_base64
from auction.presenting import sign_in as wording
from auction.services import demo_people
from auction.services.house import current_house
from auction.web.guards import DEMO, audience

bp = Blueprint("demo", __name__, url_prefix="/demo")


@bp.get("/")
@audience(DEMO)
def panel() -> str:
    return render_template("errors/error.html", code=200)


@bp.get("/styleguide")
@audience(DEMO)
def styleguide() -> str:
    """Every component with its states."""
    return render_template("styleguide.html")


@bp.get("/side-by-side")
@audience(DEMO)
def side_by_side() -> str:
    return render_template("errors/error.html", code=200)


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
    payload = request.get_json(silent=True) or {}
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
