"""The stand-in's WebSocket: who may connect, requests in, answers out."""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import orjson
from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    ws_create_server,
)

from bench.bridge.token import BAD_PARAMETER, Token, TokenError

log = logging.getLogger(__name__)
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_LIMIT = 64 * 1024


class Bridge:
    """A token on a WebSocket of this computer, for pages of the origins that are let in."""

    def __init__(self, token: Token, origins: Iterable[str] = ()) -> None:
        """`origins`: beside those of this computer itself."""
        self.token = token
        self._origins = frozenset(origins)
        self._lines: set[_Line] = set()
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> int:
        """Listen on 127.0.0.1; the port that was taken."""
        self._server = await ws_create_server(
            self._connecting, "127.0.0.1", port, max_frame_size=_LIMIT
        )
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Close every line and stop listening."""
        if self._server is not None:
            self._server.close()
        for line in list(self._lines):
            line.close()
        # The lines' ends are told by the loop, not by close().
        await asyncio.sleep(0)

    def changed(self) -> None:
        """Tell all pages that a key was inserted or pulled."""
        for line in self._lines:
            line.send({"event": "SOF_DeviceChanged"})

    def admits(self, origin: str) -> bool:
        """Any page of the web can reach a loopback port, so the program asks whose it is."""
        return origin in self._origins or urlsplit(origin).hostname in _LOOPBACK

    def _connecting(self, request: WSUpgradeRequest) -> "_Line | None":
        origin = request.headers.get("Origin", "")
        if self.admits(origin):
            return _Line(self)
        log.warning("refused: origin %r", origin)
        return None

    def joined(self, line: "_Line") -> None:
        self._lines.add(line)

    def left(self, line: "_Line") -> None:
        self._lines.discard(line)


class _Line(WSListener):
    """One page's connection."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._transport: WSTransport | None = None
        self._running: set[asyncio.Task[None]] = set()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._bridge.joined(self)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._bridge.left(self)
        self._transport = None
        # A page that is gone waits for no PIN.
        for task in self._running:
            task.cancel()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect()
        elif frame.msg_type is WSMsgType.TEXT:
            task = asyncio.get_running_loop().create_task(
                self._answer(frame.get_payload_as_bytes())
            )
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _answer(self, packet: bytes) -> None:
        number: Any = None
        try:
            asked = orjson.loads(packet)
            number, method, params = asked["id"], asked["method"], asked.get("params", {})
            log.info("%s", method)
            answer = {"result": await self._bridge.token.call(method, params)}
        except TokenError as error:
            answer = {"error": error.answer}
        except (ValueError, TypeError, KeyError, AttributeError):
            answer = {"error": {"code": BAD_PARAMETER, "message": "not understood"}}
        self.send({"id": number, **answer})

    def send(self, message: dict[str, Any]) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, orjson.dumps(message))

    def close(self) -> None:
        if self._transport is not None:
            with suppress(OSError):
                self._transport.disconnect()
