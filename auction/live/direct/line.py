"""One client's socket on the direct path: both directions of a WebSocket under Engine.IO.

Whatever is sent is one whole frame. It is written at once, without waiting, if nothing waits to
be sent before it; else it joins the socket's own queue, and so does the rest of a frame that the
network took only in part. The queue is emptied by the socket's own writer. So frames are never
reordered or torn, and a slow reader holds up nobody: over QUEUE_BYTES he is disconnected.

Everything here runs in the hub's thread; `write` never switches to another greenlet.
"""

import logging
import re
import socket as plain
from contextlib import suppress
from typing import Any

import gevent
import gevent.socket
from engineio.async_drivers.gevent import WebSocketWSGI
from engineio.packet import Packet
from engineio.socket import Socket
from gevent.event import Event

from auction.live.direct import frames
from auction.live.direct.events import Events, Json, acknowledgement

QUEUE_BYTES = 1024 * 1024
"""Frames that wait for one reader, besides what the kernel holds (one more may exceed it)."""
FRAME_COST = 128
"""What each waiting frame counts besides its bytes, so that tiny ones are bounded too."""
TURN = 16
"""So many frames of one client are read in a row before everybody else has his turn."""
CLOSE_SECONDS = 5.0
"""How long the other side may take to answer our close frame."""

_PACKET = re.compile(r"[0-9](?:[0-9]|\Z)")
"""A client's packet is a type alone or a message that begins with a Socket.IO type.

Anything else makes Engine.IO parse JSON outside of its own error handling.
"""

_WITH_ATTACHMENTS = ("45", "46")
"""Socket.IO packets that announce binary parts. Nothing here has any, and Socket.IO would keep as
many of them in memory as a client cares to announce."""

log = logging.getLogger(__name__)


class DirectSocket(Socket):
    """An Engine.IO socket whose packets are written by its line."""

    line: "Line"

    def send(self, pkt: Packet) -> None:
        if self.check_ping_timeout():
            self.line.write(packet_frame(pkt))

    def poll(self) -> list[Any]:
        return self.line.next_packets()

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        # Never wait until the client has read everything: that is for him to decide.
        super().close(wait=False, abort=abort, reason=reason)


class Upgrade:
    """What Engine.IO calls to speak WebSocket with a client: the direct way where it can."""

    def __init__(self, handler: Any, server: Any, events: Events, manager: Any) -> None:
        self._handler = handler
        self._server = server
        self._events = events
        self._manager = manager

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        stock = environ.get("wsgi.websocket")
        if stock is None or type(stock.handler.socket) is not gevent.socket.socket:
            return WebSocketWSGI(self._handler, self._server)(environ, start_response)
        owner = self._handler.__self__
        line = Line(owner, stock.handler.socket, stock.raw_read, self._events, self._manager)
        # Engine.IO makes its sockets itself and has no hook for another class.
        owner.__class__ = DirectSocket
        owner.line = line
        try:
            return self._handler(line)
        finally:
            line.abort()
            stock.closed = True
            if not owner.closed:
                owner.close(abort=True, reason=self._server.reason.TRANSPORT_ERROR)


class Line:
    """The WebSocket of one client: what Engine.IO reads from, sends to and closes."""

    def __init__(
        self, owner: Any, wire: Any, read: frames.Read, events: Events, manager: Any
    ) -> None:
        self._owner = owner
        self._wire = wire
        self._take = read
        self._events = events
        self._manager = manager
        self._limit: int = owner.server.max_http_buffer_size
        self._queued = 0
        self._writing = True  # until the writer comes for its first packet
        self._closed = False
        self._frames = 0
        self._read_over = Event()
        # Pings come and go more often than that: neither side can stall for longer.
        wire.settimeout(owner.server.ping_interval + owner.server.ping_timeout)

    # --- outgoing ------------------------------------------------------------------------

    def write(self, frame: bytes) -> None:
        """Send a frame after all others, now or by the queue. Never waits, never raises."""
        if self._closed:
            return
        if self._writing or not self._owner.queue.empty():
            if self._queued > QUEUE_BYTES:
                log.warning("a reader is too slow: %d bytes wait; disconnected", self._queued)
                self.abort()
                return
        else:
            try:
                sent = self._wire.send(frame, 0, 0.0)
            except BlockingIOError:
                sent = 0
            except OSError:
                self.abort()
                return
            if sent == len(frame):
                return
            frame = frame[sent:]
        self._queued += len(frame) + FRAME_COST
        self._owner.queue.put(_Queued(frame))

    def next_packets(self) -> list[Any]:
        """Wait for what the writer has to send; nothing: the end."""
        self._writing = False
        packet = self._owner.queue.get()
        self._owner.queue.task_done()
        self._writing = True
        return [] if packet is None else [packet]

    def send(self, message: Any) -> None:
        """Called by the writer: send a queued frame, waiting for the reader. Raises OSError."""
        queued = isinstance(message, _Queued)
        # Only what was queued before the upgrade (the opening packet) is not a frame yet.
        rest = memoryview(message if queued else frames.build(frames.TEXT, message.encode()))
        while rest:
            rest = rest[self._wire.send(rest) :]
        if queued:
            self._queued -= len(message) + FRAME_COST

    def close(self) -> None:
        """Called by the writer at its end: say goodbye, hear it answered, hang up."""
        if not self._closed:
            self._closed = True
            try:
                self._wire.send(_close_frame(frames.closing(frames.NORMAL).reply), 0, 0.0)
            except OSError:
                self.abort()
            self._read_over.wait(CLOSE_SECONDS)
        self.abort()

    def abort(self) -> None:
        """Hang up at once: reader and writer wake and end."""
        self._closed = True
        with suppress(OSError):  # the other side may have been faster
            self._wire.shutdown(plain.SHUT_RDWR)

    # --- incoming ------------------------------------------------------------------------

    def wait(self) -> str | bytes | None:
        """The next message that is not handled here; None at the end."""
        try:
            while True:
                message = frames.read_message(self._take, self._limit, self._seen)
                if isinstance(message, str):
                    if not _PACKET.match(message):
                        raise frames.closing(frames.PROTOCOL_ERROR)
                    if message.startswith(_WITH_ATTACHMENTS):
                        raise frames.closing(frames.NOT_ACCEPTED)
                    if self._handled(message):
                        continue
                return message
        except frames.Ended as end:
            self._read_over.set()
            if end.reply is None:
                self.abort()
            else:
                self.write(_close_frame(end.reply))
                self._closed = True
            return None
        except BaseException:
            self._read_over.set()
            raise

    def _seen(self, opcode: int, payload: bytes) -> None:
        if opcode == frames.PING:
            self.write(frames.build(frames.PONG, payload))
        # Who sends faster than is read would never let the others have the thread.
        self._frames += 1
        if self._frames % TURN == 0:
            gevent.sleep(0)

    def _handled(self, message: str) -> bool:
        found = self._events.parse(message)
        if found is None:
            return False
        handler, number, payload = found
        sid = self._manager.sid_from_eio_sid(self._owner.sid, "/")
        if not self._manager.is_connected(sid, "/"):
            return False
        try:
            handler(sid, payload, _Answer(self, number))
        except Exception:
            log.exception("an event could not be handled")
        return True


class _Queued(bytes):
    """A frame, or the rest of one, in an Engine.IO socket's queue."""

    def encode(self) -> "_Queued":
        return self


class _Answer:
    """Answers one event by its acknowledgement."""

    __slots__ = ("_line", "_number")

    def __init__(self, line: Line, number: int) -> None:
        self._line: Line | None = line
        self._number = number

    def __call__(self, said: Json) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.write(frames.build(frames.TEXT, acknowledgement(self._number, said)))


def packet_frame(pkt: Packet) -> bytes:
    """The frame of a packet, built once however many sockets it goes to."""
    built: bytes | None = pkt.__dict__.get("frame")
    if built is None:
        encoded = pkt.encode()
        built = (
            frames.build(frames.TEXT, encoded.encode())
            if isinstance(encoded, str)
            else frames.build(frames.BINARY, encoded)
        )
        pkt.frame = built
    return built


def _close_frame(body: bytes | None) -> bytes:
    return frames.build(frames.CLOSE, body or b"")
