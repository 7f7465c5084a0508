"""A Socket.IO server whose clients say what it does: `python -m gevent.monkey FILE SETTINGS`.

SETTINGS is JSON: port, path (auto or stock), redis (URL or null), ping (seconds), send_buffer
(bytes or 0), certificate and key (files or null).
"""

import json
import logging
import socket
import sys
from typing import Any

import gevent
from flask import Flask
from flask_socketio import SocketIO
from gevent.pool import Pool
from gevent.pywsgi import WSGIServer
from geventwebsocket.handler import WebSocketHandler

from auction.live import MAX_MESSAGE_BYTES, direct

Answer = direct.Answer

logging.basicConfig(level=logging.INFO)
settings = json.loads(sys.argv[1])
app = Flask(__name__)
socketio = SocketIO(
    app,
    async_mode="gevent",
    transports=["websocket"],
    message_queue=settings["redis"],
    manage_session=False,
    max_http_buffer_size=MAX_MESSAGE_BYTES,
    ping_interval=settings["ping"],
    ping_timeout=settings["ping"],
)
path = direct.choose(socketio, settings["path"])
gone: list[str] = []
connections = Pool()


def echo(_sid: str, payload: Any, answer: Answer) -> None:
    answer({"payload": payload})


def big(_sid: str, payload: Any, answer: Answer) -> None:
    answer({"pad": "标" * payload})


def late(_sid: str, payload: Any, answer: Answer) -> None:
    gevent.spawn_later(0.05, answer, {"late": payload})


def twice(_sid: str, _payload: Any, answer: Answer) -> None:
    answer({"n": 1})
    answer({"n": 2})


def fails(_sid: str, _payload: Any, _answer: Answer) -> None:
    raise ValueError("this handler fails on purpose")


def enter(sid: str, payload: Any, answer: Answer) -> None:
    socketio.server.enter_room(sid, payload)
    answer({"sid": sid})


def say(_sid: str, payload: Any, answer: Answer) -> None:
    """`{room, times, size, local, pause}`: that many numbered messages to a room."""
    for n in range(payload["times"]):
        told = {"n": n, "pad": "x" * payload["size"]}
        if payload.get("local"):
            path.emit_local("told", told, payload["room"])
        else:
            socketio.emit("told", told, to=payload["room"])
        if n % 5 == 4:
            gevent.sleep(payload.get("pause", 0))
    answer({"said": payload["times"]})


def count(_sid: str, _payload: Any, answer: Answer) -> None:
    """What Engine.IO has, and connections that are really still served."""
    sockets = len(socketio.server.eio.sockets)
    answer({"sockets": sockets, "connections": len(connections), "gone": gone})


def drop(_sid: str, payload: Any, answer: Answer) -> None:
    """Disconnect another socket, as the end of a session does."""
    socketio.server.eio.disconnect(socketio.server.manager.eio_sid_from_sid(payload, "/"))
    answer({"dropped": payload})


for handler in (echo, big, late, twice, fails, enter, say, count, drop):
    path.on(handler.__name__, handler)


@socketio.on("ordinary")
def ordinary(payload: Any = None) -> dict[str, Any]:
    return {"ordinary": payload}


@socketio.on("disconnect")
def disconnect(*reason: str) -> None:
    gone.append(reason[0])


listener = socket.create_server(("127.0.0.1", settings["port"]))
if settings["send_buffer"]:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, settings["send_buffer"])
tls = {}
if settings["certificate"]:
    tls = {"certfile": settings["certificate"], "keyfile": settings["key"]}
WSGIServer(
    listener, app, log=None, handler_class=WebSocketHandler, spawn=connections, **tls
).serve_forever()
