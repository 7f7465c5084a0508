"""The direct socket path: whole frames written at once, bids read without detours.

Flask-SocketIO's public path costs several times the work that it carries. Here only the ends are
replaced, under the same Socket.IO server, rooms and (Redis) message queue:

- every packet, whoever sends it (`socketio.emit`, answers, pings), is one prebuilt frame, built
  once per broadcast (line.py);
- frames are read and checked in C (frames.py);
- an event with a handler of its own skips Flask and gets no greenlet (events.py).

For the parts around it there is one object, `SocketPath`, made by `choose`:

    path.on("bid", handler)                 # handler(sid, payload, answer)
    path.emit_local("tick", data, room)     # to this process's sockets only, never by Redis
    path.direct                             # whether the direct path is in force

`handler` runs in the socket's own reading greenlet, without any Flask context: the next message of
this socket waits for it, nobody else does. It calls `answer(json_object)` once, then or later, from
anywhere in the hub's thread. On the stock path the same handler is called by python-socketio in a
greenlet or thread of its own, equally without Flask context, and its answer is waited for.

The direct path relies on the insides of four libraries. So it serves only with their tested
versions, after a test at start, and under gevent; else the stock path serves, and the log says why.
"""

import logging
from functools import partial
from typing import Any, Literal

from flask_socketio import SocketIO

from auction.live.direct import checks
from auction.live.direct.events import Answer, Events, Handler, Json

ANSWER_SECONDS = 60.0
"""On the stock path, how long a handler's answer is waited for; then there is none."""

log = logging.getLogger(__name__)


class SocketPath:
    """How the sockets of one server are read and written."""

    def __init__(self, socketio: SocketIO) -> None:
        self.direct = False
        self._server = socketio.server
        self._events = Events()

    def on(self, event: str, handler: Handler) -> None:
        """Give every `event` to this handler."""
        self._events.handlers[event] = handler
        # The stock way in, for the stock path and for what is not simply an event with an id.
        self._server.on(event, partial(self._stock, handler))

    def emit_local(self, event: str, data: Json, room: str) -> None:
        """Tell those in `room` whose sockets this process holds."""
        self._server.emit(event, data, to=room, ignore_queue=True)

    def go_direct(self) -> None:
        """Serve every socket that connects from now on directly."""
        from auction.live.direct.line import Upgrade

        eio, manager = self._server.eio, self._server.manager

        def upgrade(handler: Any, server: Any) -> Upgrade:
            return Upgrade(handler, server, self._events, manager)

        eio._async = eio._async | {"websocket": upgrade}
        self.direct = True

    def _stock(self, handler: Handler, sid: str, payload: Any = None, *_more: Any) -> Any:
        answered = self._server.eio.create_event()
        said: list[Json] = []

        def answer(one: Json) -> None:
            said.append(one)
            answered.set()

        handler(sid, payload, answer)
        return said[0] if answered.wait(ANSWER_SECONDS) else self._server.not_handled


def choose(socketio: SocketIO, wanted: Literal["auto", "stock"]) -> SocketPath:
    """The direct path if it can serve and is not switched off, else the stock path."""
    path = SocketPath(socketio)
    if wanted == "stock":
        log.info("socket path: stock, as set")
    elif socketio.async_mode != "gevent":
        log.info("socket path: stock, because sockets are served by %s", socketio.async_mode)
    elif (problem := checks.problem()) is not None:
        log.warning("socket path: stock, because %s", problem)
    else:
        path.go_direct()
        log.info("socket path: direct")
    return path


__all__ = ["Answer", "Handler", "Json", "SocketPath", "choose"]
