"""一键参加演练: everything from reading to paying in one press, on a practice lot only."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from auction.pki.statement import Signed, StatementError
from auction.services import applications
from auction.services.application_form import ApplicationRefused
from auction.services.house import current_house
from auction.web import sessions
from auction.web.guards import BIDDER, audience
from auction.web.links import LotRef, find_lot

bp = Blueprint("entry", __name__)


@bp.get("/my/<lot:ref>/join")
@audience(BIDDER)
def wanted(ref: LotRef) -> ResponseReturnValue:
    """What there is to sign: the receipt of the documents and the application."""
    house, actor = current_house(), sessions.current_actor()
    assert actor is not None
    form = applications.usual_form(house, actor)
    asked = applications.to_sign(house, find_lot(ref), actor, form)
    return jsonify(receipt=asked.receipt, application=asked.application)


@bp.post("/my/<lot:ref>/join")
@audience(BIDDER)
def join(ref: LotRef) -> ResponseReturnValue:
    """Both signatures; the demo bank pays, and the seat in the hall is there."""
    house, actor = current_house(), sessions.current_actor()
    assert actor is not None
    payload = request.get_json(silent=True) or {}
    try:
        signed = [Signed.from_transport(payload.get(k) or {}) for k in ("receipt", "application")]
        seat = applications.join_practice(house, find_lot(ref), actor, *signed)
    except ApplicationRefused as refused:
        return jsonify(code=refused.code, **refused.facts), refused.status
    except StatementError as error:
        return jsonify(code=str(error.code)), 422
    return jsonify(plate=seat.plate)
