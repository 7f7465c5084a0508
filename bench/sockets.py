"""Socket.IO 5 over Engine.IO 4 over one WebSocket, spoken directly: a client as thin as can be."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

PATH = "/socket.io/?EIO=4&transport=websocket"
CONNECTING = 64
"""How many connections are opened at a time."""
ANSWER_SECONDS = 60.0
_TEXT = WSMsgType.TEXT

Answered = Callable[[Any], None]


class SocketIO(WSListener):
    """One connection; `on_event` sees every event as the bytes of its packet."""

    def __init__(self) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = False
        self._transport: WSTransport | None = None
        self._asked: dict[int, Answered] = {}
        self._number = 0

    def on_event(self, packet: bytes) -> None:
        """An event has come: `42["name",…]`."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.closed = True
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed before it was ready"))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect()
            return
        packet: bytes = frame.get_payload_as_bytes()
        kind = packet[:2]
        if kind == b"42":
            self.on_event(packet)
        elif kind == b"43":
            start = packet.index(b"[")
            self._asked.pop(int(packet[2:start]))(orjson.loads(packet[start:])[0])
        elif kind == b"2":
            transport.send(_TEXT, b"3")
        elif kind[:1] == b"0":
            transport.send(_TEXT, b"40")
        elif kind == b"40":
            self.ready.set_result(None)
        else:
            raise ConnectionError(f"not understood: {packet[:80]!r}")

    def ask(self, event: bytes, payload: bytes, answered: Answered) -> None:
        """Send `event` with the JSON `payload`; `answered` gets its acknowledgement."""
        assert self._transport is not None
        self._number += 1
        self._asked[self._number] = answered
        self._transport.send(_TEXT, b'42%d["%b",%b]' % (self._number, event, payload))

    async def call(self, event: bytes, payload: dict[str, Any]) -> Any:
        """The acknowledgement of `event`."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.ask(event, orjson.dumps(payload), answer.set_result)
        return await asyncio.wait_for(answer, ANSWER_SECONDS)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.disconnect()


async def connect(made: SocketIO, port: int, lot: str, token: str | None) -> Any:
    """Connect, with the session of `token` if there is one, and join a lot's room: its answer."""
    headers = {} if token is None else {"Cookie": f"floor-session={token}"}
    await ws_connect(lambda: made, f"ws://127.0.0.1:{port}{PATH}", extra_headers=headers)
    await asyncio.wait_for(made.ready, ANSWER_SECONDS)
    # Nothing that stands in the log already is asked for: only what comes.
    answer = await made.call(b"join", {"lot": lot, "practice": False, "after": 10**12})
    if not answer["ok"]:
        raise ConnectionError(f"cannot join {lot}: {answer}")
    return answer


async def connect_all(sockets: list[tuple[SocketIO, int, str, str | None]]) -> list[Any]:
    """Connect every (socket, port, lot, token), some at a time; the answers to their joining."""
    gate = asyncio.Semaphore(CONNECTING)

    async def one(made: SocketIO, port: int, lot: str, token: str | None) -> Any:
        async with gate:
            return await connect(made, port, lot, token)

    return await asyncio.gather(*(one(*socket) for socket in sockets))
