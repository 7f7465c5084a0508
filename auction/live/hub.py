"""Who sits in which room, and what the rooms are told."""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta

from babel import Locale
from flask import Flask, has_app_context
from flask_socketio import SocketIO

from auction.core import events as e
from auction.core.instants import to_us
from auction.core.state import LotState, Phase, phase_at
from auction.live.direct import SocketPath
from auction.presenting import audience
from auction.presenting.audience import Json
from auction.services import bidding
from auction.services.bidding import Bidder, BidRejected
from auction.services.house import House
from auction.services.people import Actor
from auction.services.sessions.signed_in import actor_of
from auction.services.standing import session_key, turned_away
from auction.store.base import db
from auction.store.sales import Lot
from auction.trading.work import Committed

JOIN_SECONDS = 0.075
"""How long news of one busy moment are gathered; the first of a quiet time go out at once."""
TICK_SECONDS = 1.0
SLOW_TICKS = 10
"""Far from a deadline every tenth tick is enough."""
NEAR = timedelta(minutes=5)
SESSION_SECONDS = 2.0
RENEWED = 20
"""So many bidders are looked up anew with each look at the sessions."""
PRESENCE_PASSES = 30
"""Every so many looks at the sessions, being in the hall counts as being active."""
CHINESE = Locale.parse("zh_Hans_CN")
_COUNTING = (Phase.LISTING, Phase.FREEZE, Phase.CLOSING, Phase.PREP, Phase.LIVE, Phase.ANNOUNCED)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chair:
    """One connected socket: the session it came with, and the lot whose room it is in."""

    token: str | None = None
    locale: Locale = CHINESE
    lot_id: int | None = None
    bidder: Bidder | None = None
    """Who sits here, once he has bid; looked up anew from time to time."""


EMPTY = Chair()
"""A chair of which nothing is known."""


@dataclass(slots=True)
class _News:
    """What is still to be told of one lot."""

    slug: str
    state: LotState
    note: str
    records: list[tuple[e.Recorded, bytes]] = field(default_factory=list)
    """Each with its leaf hash."""


class Hub:
    """The rooms of this process. The sequencer tells it of commits; it never holds that up."""

    def __init__(self, app: Flask, socketio: SocketIO, path: SocketPath, house: House) -> None:
        self.app = app
        self._socketio = socketio
        self._path = path
        self.house = house
        self._lock = threading.Lock()
        self._chairs: dict[str, Chair] = {}
        self._news: dict[int, _News] = {}
        self._wake = threading.Event()

    def start(self) -> None:
        """Begin to broadcast, to tick and to look after sessions."""
        for loop in (self._tell, self._tick, self._look_after_sessions):
            self.go_on(loop)

    def go_on(self, loop: Callable[[], None]) -> None:
        """Call `loop` over and over in a thread of its own, whatever happens in it."""
        self._socketio.start_background_task(self._for_ever, loop)

    # --- chairs --------------------------------------------------------------------------

    def connect(self, sid: str, chair: Chair) -> None:
        """A socket has come, with the session and the language of its browser."""
        with self._lock:
            self._chairs[sid] = chair

    def sit(self, sid: str, lot_id: int) -> int | None:
        """Move a socket into the room of a lot; the lot it leaves."""
        with self._lock:
            chair = self._chairs.get(sid, EMPTY)
            self._chairs[sid] = replace(chair, lot_id=lot_id, bidder=None)
        return chair.lot_id

    def chair(self, sid: str) -> Chair:
        """Where this socket sits."""
        return self._chairs.get(sid, EMPTY)

    @property
    def sockets(self) -> int:
        """How many sockets this process holds."""
        return len(self._chairs)

    def look_up(self, sid: str, lot_id: int) -> Bidder:
        """Who sits on this chair as a bidder of this lot, and remember it. Raises BidRejected."""
        # Within a socket's own event its connection serves: a second one for each of many that
        # come at once would leave none for anybody.
        with nullcontext() if has_app_context() else self.app.app_context():
            bidder = self._bidder(sid, lot_id)
        with self._lock:
            known = self._chairs.get(sid)
            if known is not None and known.lot_id == lot_id:
                self._chairs[sid] = replace(known, bidder=bidder)
        return bidder

    def _bidder(self, sid: str, lot_id: int) -> Bidder:
        chair = self.chair(sid)
        actor = self.actor(sid)
        if actor is None or chair.token is None:
            raise BidRejected("NOT_SIGNED_IN", 401)
        if isinstance(actor, str):
            raise BidRejected(actor, 401)
        lot = db.session.get_one(Lot, lot_id)
        return bidding.bidder_at(self.house, lot, actor, session_key(chair.token))

    def aside(self, work: Callable[[], None]) -> None:
        """Do something that may wait for the database, without holding up anybody."""
        self._socketio.start_background_task(work)

    def leave(self, sid: str) -> None:
        """A socket has gone."""
        with self._lock:
            self._chairs.pop(sid, None)

    def actor(self, sid: str) -> Actor | str | None:
        """Who holds the socket's session now, the reason why it ended, or None."""
        token = self.chair(sid).token
        return None if token is None else actor_of(self.house, token)

    # --- news ----------------------------------------------------------------------------

    def committed(self, what: Committed) -> None:
        """Take note of a commit (called by the sequencer): nothing is sent here."""
        runtime = what.runtime
        with self._lock:
            known = self._news.get(runtime.lot_id)
            if known is None:
                known = _News(runtime.slug, runtime.state, what.note)
                self._news[runtime.lot_id] = known
            known.state, known.note = runtime.state, what.note
            known.records.extend(zip(what.records, what.hashes, strict=True))
        self._wake.set()

    def _tell(self) -> None:
        self._wake.wait(TICK_SECONDS)
        with self._lock:
            self._wake.clear()
            news, self._news = self._news, {}
        for lot_id, one in news.items():
            self._socketio.emit("news", self._message(one), to=room(lot_id))
        if news:
            self._socketio.sleep(JOIN_SECONDS)

    def _message(self, news: _News) -> Json:
        now = self.house.now()
        opened = audience.is_open(news.state)
        head = audience.head(news.note)
        return {
            "lot": news.slug,
            "seq": head["size"],
            "head": head,
            "state": audience.state(news.state, now),
            "records": [
                audience.shown(record, news.slug, opened=opened, hashed=hashed)
                for record, hashed in news.records
            ],
            "now_us": to_us(now),
        }

    # --- ticks ---------------------------------------------------------------------------

    def _tick(self) -> None:
        for count in range(SLOW_TICKS):
            self._socketio.sleep(TICK_SECONDS)
            now = self.house.now()
            for lot_id in self._rooms():
                runtime = self.house.writer.runtimes.get(lot_id)
                if runtime is None:
                    continue
                phase = phase_at(runtime.state, now)
                until = audience.counts_to(runtime.state, now)
                near = phase in (Phase.LIVE, Phase.PREP, Phase.CLOSING) or (
                    until is not None and until - now < NEAR
                )
                if phase in _COUNTING and (near or count == 0):
                    tick = {
                        "lot": runtime.slug,
                        "seq": runtime.tree.size,
                        "phase": str(phase),
                        "until_us": None if until is None else to_us(until),
                        "now_us": to_us(now),
                    }
                    # Every process ticks for its own sockets.
                    self._path.emit_local("tick", tick, room(lot_id))

    def _rooms(self) -> set[int]:
        with self._lock:
            return {c.lot_id for c in self._chairs.values() if c.lot_id is not None}

    # --- sessions ------------------------------------------------------------------------

    def _look_after_sessions(self) -> None:
        for count in range(PRESENCE_PASSES):
            self._socketio.sleep(SESSION_SECONDS)
            with self._lock:
                held = {sid: c.token for sid, c in self._chairs.items() if c.token is not None}
            if not held:
                continue
            self._renew()
            with self.app.app_context():
                ended = self._ended(set(held.values()))
                if count == 0:
                    ended |= self._expired(set(held.values()) - ended.keys())
            for sid, token in held.items():
                if token in ended:
                    self._socketio.emit("session_ended", {"code": ended[token]}, to=sid)
                    # A moment for the message: closing at once may overtake it.
                    self._socketio.sleep(JOIN_SECONDS)
                    self._socketio.server.disconnect(sid)

    def _renew(self) -> None:
        """Look up some bidders anew, long before what is known of them grows old."""
        old = self.house.now() - bidding.KNOWN_FOR / 2
        with self._lock:
            stale = [
                (sid, chair.bidder.lot_id)
                for sid, chair in self._chairs.items()
                if chair.bidder is not None and chair.bidder.known_at < old
            ]
        for sid, lot_id in stale[:RENEWED]:
            try:
                self.look_up(sid, lot_id)
            except BidRejected:
                log.info("a bidder in the room cannot bid any more; he is told when he tries")

    def _ended(self, tokens: set[str]) -> dict[str, str]:
        """Why those of these sessions ended that did, asked as it is asked for every bid; one
        that is not known never was a session, and its holder watches."""
        by_key = {session_key(token): token for token in tokens}
        away = turned_away(db.session.connection(), by_key, self.house.now())
        return {by_key[key]: code for key, code in away.items() if code != "NOT_SIGNED_IN"}

    def _expired(self, tokens: Iterable[str]) -> dict[str, str]:
        """Sessions that ran out; looking at the others keeps them alive while in the hall."""
        looked = {token: actor_of(self.house, token) for token in tokens}
        return {token: found for token, found in looked.items() if isinstance(found, str)}

    def _for_ever(self, loop: Callable[[], None]) -> None:
        while True:
            try:
                loop()
            except Exception:
                log.exception("the live rooms go on after a fault")
                self._socketio.sleep(TICK_SECONDS)


def room(lot_id: int) -> str:
    """The name of a lot's room."""
    return f"lot:{lot_id}"
