"""What a socket may ask for: to join a lot's room, the time, and to place a bid."""

import logging
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from flask import current_app, request
from flask_babel import get_locale
from flask_socketio import SocketIO, join_room, leave_room
from sqlalchemy.exc import SQLAlchemyError

from auction.core.instants import to_us
from auction.live.answers import Answers, Asked
from auction.live.direct import SocketPath
from auction.live.direct.events import Answer
from auction.live.hub import CHINESE, Chair, Hub, room
from auction.live.intake import Came, Intake, Stamped
from auction.live.pace import Pace
from auction.presenting import audience, bid_answers
from auction.presenting.audience import Json
from auction.presenting.texts import speaking
from auction.services import bidding, lots, seats
from auction.services.bid_desk import BidDesk
from auction.services.bidding import Bidder, BidRejected
from auction.services.people import Actor
from auction.store.base import db
from auction.store.sales import Lot
from auction.trading.ports import Unavailable
from auction.trading.sequencer import Ticket

log = logging.getLogger(__name__)


def attach(socketio: SocketIO, hub: Hub) -> None:
    """Answer the events of every socket; each answer is the event's acknowledgement."""

    @socketio.on("connect")
    def connect() -> None:
        token = current_app.extensions["session_token"]()
        hub.connect(_sid(), Chair(token=token, locale=get_locale() or CHINESE))

    @socketio.on("disconnect")
    def disconnect(*_reason: object) -> None:
        hub.leave(_sid())

    @socketio.on("clock")
    def clock(*_asked: object) -> Json:
        return {"now_us": to_us(hub.house.now())}

    @socketio.on("join")
    @_never_silent
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
        if plate is not None:
            _prepare(hub, lot)
        picture = audience.picture(
            hub.house, lot, after=after if isinstance(after, int) and after > 0 else 0, own=plate
        )
        ended = actor if isinstance(actor, str) else None
        return {"ok": True, "plate": plate, "session_ended": ended} | picture


class Bids:
    """The event `bid`: `{body, signature, certificate}`, the same answer as the form's POST.

    It comes without Flask around it. Who sits on the chair was looked up when he joined; whether
    the session and the certificate still stand is asked in the transaction that decides.
    """

    def __init__(self, hub: Hub, answers: Answers, desk: BidDesk, bids_per_second: int) -> None:
        self._hub = hub
        self._answers = answers
        self._desk = desk
        self._pace = Pace(bids_per_second)
        self._intake = Intake(hub.house.sequencer, self._take)

    def attach(self, path: SocketPath) -> None:
        """Take the event from every socket."""
        path.on("bid", self._came)

    def work(self) -> None:
        """Verify what has come; called over and over by a thread of its own."""
        self._intake.work()

    def _came(self, sid: str, payload: Any, answer: Answer) -> None:
        lot_id = self._hub.chair(sid).lot_id
        if lot_id is None:
            answer(_refused("JOIN_FIRST"))
        else:
            self._intake.add(Came(sid, lot_id, payload, answer))

    def _take(self, group: list[Stamped]) -> None:
        """Take bids that have their tickets; each is answered when there is a verdict."""
        for came, ticket in group:
            chair = self._hub.chair(came.sid)
            bidder = chair.bidder
            if bidder is None or bidder.lot_id != came.lot_id or not bidder.fresh(ticket.arrival):
                # Reading the database must not hold up the others.
                self._hub.aside(partial(self._hand_in, came, ticket, chair, None))
            else:
                self._hand_in(came, ticket, chair, bidder)

    def _hand_in(self, came: Came, ticket: Ticket, chair: Chair, bidder: Bidder | None) -> None:
        """Verify one bid and hand it in, or tell its sender why not."""
        hub = self._hub
        try:
            bidder = bidder or hub.look_up(came.sid, came.lot_id)
            if not isinstance(came.payload, dict):
                raise BidRejected("STATEMENT_TRANSPORT", 422)
            if not self._pace.allows(bidder.party_id, ticket.arrival):
                raise BidRejected("TOO_MANY", 429)
            statement, pending = self._desk.hand_in(hub.house, bidder, came.payload, ticket)
        except Exception as fault:
            hub.house.sequencer.withdraw(ticket)
            hub.aside(partial(self._say_why, came, chair, fault, ticket))
            return
        asked = Asked(bidder.slug, statement, ticket.arrival, chair.locale, came.answer)
        self._answers.expect(asked, pending)

    def _say_why(self, came: Came, chair: Chair, fault: Exception, ticket: Ticket) -> None:
        hub = self._hub
        with hub.app.app_context(), speaking(chair.locale):
            if isinstance(fault, BidRejected) and fault.note is not None:
                try:
                    bidding.note(hub.house, db.session.get_one(Lot, came.lot_id).slug, fault)
                except SQLAlchemyError:
                    log.exception("a rejected request could not be noted")
            came.answer(bid_answers.not_placed(fault, ticket.arrival)[0])


def _never_silent(handler: Callable[..., Json]) -> Callable[..., Json]:
    """Answer also where the database is away: the page tries again."""

    @wraps(handler)
    def answered(*asked: Any) -> Json:
        try:
            return handler(*asked)
        except (SQLAlchemyError, Unavailable):
            log.exception("a socket's question could not be answered")
            return _refused("UNAVAILABLE")

    return answered


def _prepare(hub: Hub, lot: Lot) -> None:
    """Look up now what his bids will need: not one by one when all bid at once."""
    try:
        hub.look_up(_sid(), lot.id)
    except BidRejected:  # he is told when he bids
        log.info("a bidder in the room could not bid at present")


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
