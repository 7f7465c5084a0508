"""WebSocket frames (RFC 6455): built whole for sending, read with the work done in C.

Reads as gevent-websocket does, with these differences: a client's frame must be masked, close
codes that the standard leaves undefined and close reasons that are not whole characters are
errors, and a message over the limit is refused by its header (1009) before it is read.
"""

import codecs
import struct
from collections.abc import Callable

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
NORMAL, PROTOCOL_ERROR, NOT_ACCEPTED, NOT_UTF8, TOO_BIG = 1000, 1002, 1003, 1007, 1009

Read = Callable[[int], bytes]
"""Reads exactly so many bytes, fewer only at the end of the stream."""
Seen = Callable[[int, bytes], None]
"""Is told opcode and payload of a frame; pings are its to answer."""


class Ended(Exception):
    """No more messages. `reply` is the body of the close frame to answer with.

    None: the line itself has ended and nobody listens.
    """

    def __init__(self, reply: bytes | None) -> None:
        super().__init__(reply)
        self.reply = reply


def closing(code: int) -> Ended:
    """The end of a connection for this reason (RFC 6455, 7.4)."""
    return Ended(struct.pack("!H", code))


def build(opcode: int, payload: bytes) -> bytes:
    """A whole frame as a server sends it: final and not masked."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 0x10000:
        return struct.pack("!BBH", 0x80 | opcode, 126, size) + payload
    return struct.pack("!BBQ", 0x80 | opcode, 127, size) + payload


def unmask(payload: bytes, mask: bytes) -> bytes:
    """What the sender masked with these four bytes."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    mixed = int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")
    return mixed.to_bytes(size, "little")


def read_message(read: Read, limit: int, seen: Seen) -> str | bytes:
    """The next whole message of at most `limit` bytes; `seen` is told of every frame on the way.

    Raises Ended when the other side closes, breaks off, or breaks the rules.
    """
    opcode, fin, payload = _read_frame(read, limit, seen, started=False)
    if fin:
        return payload if opcode == BINARY else _text(payload)
    parts: list[str] = []
    raw = bytearray(payload)
    # A text is judged as it comes: what can no longer become UTF-8 is not waited for.
    decoder = codecs.getincrementaldecoder("utf-8")() if opcode == TEXT else None
    size = len(payload)
    while True:
        if decoder is not None and (part := _judged(decoder, payload, fin)):
            parts.append(part)
        if fin:
            return bytes(raw) if decoder is None else "".join(parts)
        _, fin, payload = _read_frame(read, limit - size, seen, started=True)
        size += len(payload)
        if decoder is None:
            raw += payload


def _read_frame(read: Read, room: int, seen: Seen, *, started: bool) -> tuple[int, bool, bytes]:
    """The next data frame: opcode, whether it is the last of its message, and payload."""
    while True:
        head = _exactly(read, 2)
        opcode, size = head[0] & 0x0F, head[1] & 0x7F
        fin = head[0] & 0x80 != 0
        if head[0] & 0x70 or not head[1] & 0x80:
            raise closing(PROTOCOL_ERROR)
        if opcode >= CLOSE:
            if not fin or size > 125 or opcode > PONG:
                raise closing(PROTOCOL_ERROR)
        elif opcode != CONTINUATION if started else opcode not in (TEXT, BINARY):
            raise closing(PROTOCOL_ERROR)
        else:
            if size == 126:
                size = int.from_bytes(_exactly(read, 2), "big")
            elif size == 127:
                size = int.from_bytes(_exactly(read, 8), "big")
            if size > room:
                raise closing(TOO_BIG)
        mask = _exactly(read, 4)
        payload = unmask(_exactly(read, size), mask) if size else b""
        if opcode == CLOSE:
            raise Ended(_close_reply(payload))
        seen(opcode, payload)
        if opcode < CLOSE:
            return opcode, fin, payload


def _exactly(read: Read, size: int) -> bytes:
    try:
        data = read(size)
    except OSError:
        raise Ended(None) from None
    if len(data) != size:
        raise Ended(None)
    return data


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise closing(NOT_UTF8) from None


def _judged(decoder: codecs.IncrementalDecoder, payload: bytes, fin: bool) -> str:
    try:
        return decoder.decode(payload, fin)
    except UnicodeDecodeError:
        raise closing(NOT_UTF8) from None


def _close_reply(payload: bytes) -> bytes:
    """The code that came is sent back (RFC 6455, 5.5.1); a malformed close is an error."""
    if not payload:
        return b""
    if len(payload) == 1:
        raise closing(PROTOCOL_ERROR)
    _text(payload[2:])
    code = int.from_bytes(payload[:2], "big")
    if not (1000 <= code <= 1003 or 1007 <= code <= 1011 or 3000 <= code <= 4999):
        raise closing(PROTOCOL_ERROR)
    return payload[:2]
