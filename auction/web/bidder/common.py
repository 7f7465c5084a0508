"""What the bidder's pages share: who asks, what the signing script needs, how a no is told."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, current_app, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.pki.statement import Signed, StatementError, purpose_for
from auction.presenting import applications as wording
from auction.presenting.said import Said
from auction.services.applications import ApplicationRefused
from auction.services.house import current_house
from auction.services.lots import is_practice
from auction.services.people import Actor
from auction.services.seats import seat_of
from auction.services.workbench import Standing, standing
from auction.store.sales import Lot
from auction.store.seats import Seat
from auction.web.links import LotRef, find_lot
from auction.web.sessions import current_actor

bp = Blueprint("bidder", __name__, url_prefix="/my")


def bidder() -> Actor:
    """The signed-in bidder; the guard has let nobody else in."""
    actor = current_actor()
    assert actor is not None
    return actor


def party() -> str:
    """The party of the signed-in bidder."""
    party_id = bidder().party_id
    assert party_id is not None
    return party_id


def stands_in(ref: LotRef) -> Standing:
    """The lot at this address as the signed-in bidder stands in it; 404."""
    return standing(current_house(), find_lot(ref), party())


def own_seat(ref: LotRef) -> tuple[Lot, Seat]:
    """The lot at this address and the bidder's own seat in it; 404 for anybody else's."""
    lot = find_lot(ref)
    return lot, seat_of(current_house(), lot, party()) or abort(404)


def signing(
    lot: Lot, *statements: tuple[str, str, Mapping[str, str]], **sent: Any
) -> dict[str, Any]:
    """What the page hands to its signing script: each statement (name, purpose, known fields),
    and what is sent with the signatures."""
    practice = is_practice(lot)
    return {
        "statements": [
            {"name": name, "purpose": purpose_for(purpose, practice=practice), "fields": fields}
            for name, purpose, fields in statements
        ],
        "sent": sent,
    }


def signer() -> dict[str, Any]:
    """With which certificate the signed-in person signs: his session's."""
    return {"handle": bidder().fingerprint}


def payload() -> dict[str, Any]:
    """The JSON object that was sent; empty if it is none."""
    sent = request.get_json(silent=True)
    return sent if isinstance(sent, dict) else {}


def signed(sent: Mapping[str, Any], name: str) -> Signed:
    """One signed statement out of what was sent. Raises ApplicationRefused."""
    part = sent.get(name)
    try:
        return Signed.from_transport(part if isinstance(part, dict) else {})
    except StatementError as error:
        raise ApplicationRefused(str(error.code), 422, **error.data) from None


def answer(act: Callable[[], str]) -> ResponseReturnValue:
    """Carry out what was signed; the script goes on to the address that `act` returns."""
    try:
        return jsonify(next=act())
    except ApplicationRefused as error:
        said = wording.refused(error.code, error.facts)
        return jsonify(code=error.code, at=error.at, title=said.title, body=said.body), error.status


def told(error: ApplicationRefused) -> Said:
    """The sentence of a refusal."""
    return wording.refused(error.code, error.facts)


def hall_url(lot: Lot) -> str | None:
    """The bidder's seat in the hall."""
    if "hall.seat" not in current_app.view_functions:
        return None
    return url_for("hall.seat", ref=lot)


def crumbs(lot: Lot | None = None, last: str | None = None) -> list[dict[str, str | None]]:
    """The way to a page of the bidder."""
    way: list[dict[str, str | None]] = [
        {"label": _("工作台"), "url": url_for("bidder.home")},
    ]
    if lot is not None:
        way.append({"label": lot.code, "url": url_for("bidder.tasks", ref=lot)})
    if last is not None:
        way.append({"label": last, "url": None})
    return way
