"""Live pages over WebSockets: join a room, resync by number, fan out what was committed.

Two kinds of message go to a room: `news` (what a commit added, joined while it is busy) and
`tick` (where the log and the countdown stand, once a second, so that a lost message is noticed).
"""

import gc
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Literal

from flask import Flask
from flask_socketio import SocketIO
from gevent import monkey

from auction.live import direct
from auction.live.answers import Answers
from auction.live.handlers import Bids, attach
from auction.live.hub import Hub
from auction.services.bid_desk import BidDesk
from auction.services.house import House

MAX_MESSAGE_BYTES = 32 * 1024
PING_SECONDS = 15
"""Under the half minute after which many firewalls cut an idle line (E-9)."""


def register(
    app: Flask,
    message_queue: str | None,
    socket_path: Literal["auto", "stock"] = "auto",
    bids_per_second: int = 20,
) -> None:
    """Hang Socket.IO on the application; `message_queue` joins several processes (Redis URL).

    `socket_path` "stock" keeps the direct path (auction.live.direct) out of use.
    """
    house: House = app.extensions["auction"]
    socketio = SocketIO(
        app,
        # Never chosen by what happens to be installed.
        async_mode="gevent" if monkey.is_module_patched("threading") else "threading",
        transports=["websocket"],
        cors_allowed_origins=[house.site.origin],
        message_queue=message_queue,
        manage_session=False,
        max_http_buffer_size=MAX_MESSAGE_BYTES,
        ping_interval=PING_SECONDS,
        ping_timeout=PING_SECONDS,
    )
    app.extensions["socket_path"] = path = direct.choose(socketio, socket_path)
    app.extensions["bid_desk"] = desk = BidDesk()
    app.extensions["live"] = hub = Hub(app, socketio, path, house)
    app.extensions["answers"] = answers = Answers(app, house)
    attach(socketio, hub)
    app.extensions["bids"] = bids = Bids(hub, answers, desk, bids_per_second)
    bids.attach(path)
    house.sequencer.listen(hub.committed)


def start(app: Flask) -> None:
    """Begin to tell the rooms of what is committed."""
    hub: Hub = app.extensions["live"]
    hub.start()
    hub.go_on(app.extensions["answers"].work)
    hub.go_on(app.extensions["bids"].work)


def serve(app: Flask, host: str, port: int, stop_working: Callable[[], None]) -> None:
    """Serve HTTP and WebSockets until told to stop (SIGTERM, SIGINT), then end the work."""
    import gevent
    from gevent.pywsgi import WSGIServer
    from geventwebsocket.handler import WebSocketHandler

    class Server(WSGIServer):  # type: ignore[misc]
        def handle(self, sock: socket.socket, address: tuple[str, int]) -> None:
            # An answer right behind a broadcast must not wait for the reader's acknowledgement.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            super().handle(sock, address)

    # No access log: addresses of bidders' pages are kept nowhere (pages 3.1).
    server = Server((host, port), app, log=None, handler_class=WebSocketHandler)

    def stop(_number: int, _frame: FrameType | None) -> None:
        gevent.spawn(server.stop, 1)

    # What was loaded until now stays: looking through it again and again for garbage would hold up
    # every bid for tens of milliseconds at a time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        server.serve_forever()
    finally:
        stop_working()
