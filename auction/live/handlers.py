"""What a socket may ask for: to join a lot's room, the time, and to place a bid."""

from dataclasses import replace
from typing import Any

from flask import current_app, request
from flask_babel import force_locale, get_locale
from flask_socketio import SocketIO, join_room, leave_room

from auction.core.instants import to_us
from auction.live.answers import Answers, Asked
from auction.live.direct import SocketPath
from auction.live.direct.events import Answer
from auction.live.hub import Chair, Hub, room
from auction.live.pace import Pace
from auction.presenting import audience, bid_answers
from auction.presenting.audience import Json
from auction.services import bidding, lots, seats
from auction.services.bid_desk import BidDesk
from auction.services.bidding import Bidder, BidRejected
from auction.services.people import Actor
from auction.services.standing import session_key
from auction.store.base import db
from auction.store.sales import Lot
from auction.trading.sequencer import Ticket


def attach(socketio: SocketIO, hub: Hub) -> None:
    """Answer the events of every socket; each answer is the event's acknowledgement."""

    @socketio.on("connect")
    def connect() -> None:
        token = current_app.extensions["session_token"]()
        hub.connect(_sid(), Chair(token=token, locale=str(get_locale())))

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


class Bids:
    """The event `bid`: `{body, signature, certificate}`, the same answer as the form's POST.

    It comes without Flask around it. Who sits on the chair is looked up once a minute; whether the
    session and the certificate still stand is asked in the transaction that decides.
    """

    def __init__(self, hub: Hub, answers: Answers, desk: BidDesk, bids_per_second: int) -> None:
        self._hub = hub
        self._answers = answers
        self._desk = desk
        self._pace = Pace(bids_per_second)

    def attach(self, path: SocketPath) -> None:
        """Take the event from every socket."""
        path.on("bid", self.bid)

    def bid(self, sid: str, payload: Any, answer: Answer) -> None:
        """Take one bid; `answer` is called when there is something to say."""
        hub = self._hub
        chair = hub.chair(sid)
        if chair.lot_id is None:
            answer(_refused("JOIN_FIRST"))
            return
        # The arrival is registered before anything about the bid or its sender is looked at.
        ticket = hub.house.sequencer.ticket(chair.lot_id)
        bidder = chair.bidder
        try:
            if bidder is None or not bidder.fresh(ticket.arrival):
                bidder = self._look_up(sid, chair)
            self._take(chair, bidder, payload, ticket, answer)
        except Exception as fault:
            hub.house.sequencer.withdraw(ticket)
            slug = bidder.slug if bidder is not None else ""
            self._say_why(chair, slug, fault, ticket, answer)

    def _take(
        self, chair: Chair, bidder: Bidder, payload: Any, ticket: Ticket, answer: Answer
    ) -> None:
        if not isinstance(payload, dict):
            raise BidRejected("STATEMENT_TRANSPORT", 422)
        if not self._pace.allows(bidder.party_id, ticket.arrival):
            raise BidRejected("TOO_MANY", 429)
        under_way = self._desk.hand_in(self._hub.house, bidder, payload, ticket)
        assert under_way.pending is not None
        asked = Asked(bidder.slug, under_way.statement, under_way.arrival, chair.locale, answer)
        self._answers.expect(asked, under_way.pending)

    def _look_up(self, sid: str, chair: Chair) -> Bidder:
        """Who sits on this chair. Raises BidRejected."""
        hub = self._hub
        with hub.app.app_context():
            actor = hub.actor(sid)
            if actor is None:
                raise BidRejected("NOT_SIGNED_IN", 401)
            if isinstance(actor, str):
                raise BidRejected(actor, 401)
            assert chair.token is not None
            lot = db.session.get_one(Lot, chair.lot_id)
            bidder = bidding.bidder_at(hub.house, lot, actor, session_key(chair.token))
        hub.remember(sid, replace(chair, bidder=bidder))
        return bidder

    def _say_why(
        self, chair: Chair, slug: str, fault: Exception, ticket: Ticket, answer: Answer
    ) -> None:
        with self._hub.app.app_context(), force_locale(chair.locale):
            if isinstance(fault, BidRejected):
                bidding.note(self._hub.house, slug or self._slug(chair), fault)
            answer(bid_answers.not_placed(fault, ticket.arrival)[0])

    def _slug(self, chair: Chair) -> str:
        return db.session.get_one(Lot, chair.lot_id).slug


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
