"""What a socket may ask for: to join a lot's room, the time, and to place a bid."""

from typing import Any

from flask import current_app, request
from flask_socketio import SocketIO, join_room, leave_room
from limits import parse

from auction.core.instants import to_us
from auction.live.hub import Hub, room
from auction.presenting import audience, bid_answers
from auction.presenting.audience import Json
from auction.services import lots, seats
from auction.services.people import Actor
from auction.store.base import db
from auction.store.sales import Lot

BIDS = parse("20/second")


def attach(socketio: SocketIO, hub: Hub) -> None:
    """Answer the events of every socket; each answer is the event's acknowledgement."""

    @socketio.on("connect")
    def connect() -> None:
        hub.connect(_sid(), current_app.extensions["session_token"]())

    @socketio.on("disconnect")
    def disconnect(*_reason: object) -> None:
        hub.leave(_sid())

    @socketio.on("clock")
    def clock(*_asked: object) -> Json:
        return {"now_us": to_us(hub.house.now())}

    @socketio.on("join")
    def join(asked: Any = None) -> Json:
        """`{lot, practice, after}`: the room of a lot, and everything after that number."""
        if not isinstance(asked, dict):
            return _refused("JOIN_MALFORMED")
        lot = lots.find(str(asked.get("lot")), practice=asked.get("practice") is True)
        if lot is None:
            return _refused("NO_SUCH_LOT")
        # First the room, then the picture: what is told twice is dropped by its number.
        if (before := hub.sit(_sid(), lot.id)) not in (None, lot.id):
            leave_room(room(before or 0))
        join_room(room(lot.id))
        lots.adopt(hub.house, lot)
        after = asked.get("after")
        actor = hub.actor(_sid())
        plate = _plate(hub, lot, actor)
        picture = audience.picture(
            hub.house, lot, after=after if isinstance(after, int) and after > 0 else 0, own=plate
        )
        ended = actor if isinstance(actor, str) else None
        return {"ok": True, "plate": plate, "session_ended": ended} | picture

    @socketio.on("bid")
    def bid(payload: Any = None) -> Json:
        """`{body, signature, certificate}`: the same answer as the form's POST."""
        chair = hub.chair(_sid())
        if chair.lot_id is None:
            return _refused("JOIN_FIRST")
        # The arrival is registered before anything about the bid or its sender is looked at.
        ticket = hub.house.sequencer.ticket(chair.lot_id)
        try:
            actor = hub.actor(_sid())
            lot = db.session.get_one(Lot, chair.lot_id)
            refusal = _not_a_bid(actor, payload)
        except BaseException:
            hub.house.sequencer.withdraw(ticket)
            raise
        if refusal is not None:
            hub.house.sequencer.withdraw(ticket)
            return bid_answers.refusal(refusal)
        assert isinstance(actor, Actor)
        desk = current_app.extensions["bid_desk"]
        return bid_answers.take(desk, hub.house, lot, actor, payload, ticket)[0]


def _not_a_bid(actor: Actor | str | None, payload: object) -> str | None:
    if actor is None:
        return "NOT_SIGNED_IN"
    if isinstance(actor, str):
        return actor
    if not isinstance(payload, dict):
        return "STATEMENT_TRANSPORT"
    if actor.party_id is None:
        return "NOT_A_BIDDER"
    if not current_app.extensions["limiter"].hit(BIDS, "bid", actor.party_id):
        return "TOO_MANY"
    return None


def _plate(hub: Hub, lot: Lot, actor: Actor | str | None) -> str | None:
    """The plate of a qualified bidder, who sees his own refused bids; None for everybody else."""
    if not isinstance(actor, Actor) or actor.party_id is None:
        return None
    seat = seats.seat_of(hub.house, lot, actor.party_id)
    return seat.plate if seat is not None and seat.qualified_at is not None else None


def _sid() -> str:
    sid: str = request.sid  # type: ignore[attr-defined]
    return sid


def _refused(code: str) -> Json:
    return {"ok": False, "code": code}
