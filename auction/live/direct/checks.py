"""Whether the direct path may serve here: tested versions, and a test of every part at start."""

import io
import socket
import struct
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

from geventwebsocket.websocket import Header, WebSocket

from auction.live.direct import frames

TESTED = {
    "flask-socketio": "5.7.0",
    "python-socketio": "5.18.1",
    "python-engineio": "4.15.1",
    "gevent-websocket": "0.10.1",
}
_MASK = b"\x8a\x01\xff\x37"
_TEXTS = ("", "2", "挂牌" * 3, "a" * 125, "价" * 42, "b" * 65_536)
_NOT_UTF8 = (b"\xff", b"\xc3", b"\xed\xa0\x80", b"ok\xf4\x90\x80\x80")


def problem() -> str | None:
    """Why the direct path may not serve, or None."""
    for name, tested in TESTED.items():
        if (found := version(name)) != tested:
            return f"{name} is {found}; the direct path was tested with {tested}"
    try:
        _self_test()
    except Exception as error:
        return f"its self-test failed: {error!r}"
    return None


def _self_test() -> None:
    for size in (*range(10), 125, 126, 4099):
        payload = bytes(i * 7 & 0xFF for i in range(size))
        header = Header(length=size)
        header.mask = _MASK
        _same(bytes(header.unmask_payload(payload)), frames.unmask(payload, _MASK))
    for text in _TEXTS:
        _same(_stock_reads(frames.build(frames.TEXT, text.encode())), text)
        _same(_read(_stock_frame(text.encode())), text)
    for wrong in _NOT_UTF8:
        try:
            _read(_stock_frame(wrong))
        except frames.Ended as end:
            _same(end.reply, struct.pack("!H", frames.NOT_UTF8))
        else:
            raise AssertionError(f"{wrong!r} passed for text")
        _same(_stock_reads(frames.build(frames.TEXT, wrong)), None)
    _same(_read(_stock_frame(b"", frames.PING) + _stock_frame(b"4")), "4")


def _same(found: object, expected: object) -> None:
    if found != expected:
        raise AssertionError(f"{found!r:.60} is not {expected!r:.60}")


def _read(data: bytes) -> str | bytes:
    return frames.read_message(io.BytesIO(data).read, 1 << 20, lambda _opcode, _payload: None)


def _stock_frame(payload: bytes, opcode: int = frames.TEXT) -> bytes:
    """A client's frame, built by gevent-websocket."""
    header = Header(length=len(payload))
    header.mask = _MASK
    head = Header.encode_header(True, opcode, _MASK, len(payload), 0)
    return bytes(head) + bytes(header.mask_payload(payload))


def _stock_reads(data: bytes) -> Any:
    """What gevent-websocket reads from a socket on which this was written."""
    ours, theirs = socket.socketpair()
    with ours, theirs, theirs.makefile("rb") as reading:
        ours.sendall(data)
        ours.shutdown(socket.SHUT_WR)
        stream = SimpleNamespace(read=reading.read, write=theirs.sendall)
        quiet = SimpleNamespace(debug=lambda *_: None)
        return WebSocket(None, stream, SimpleNamespace(logger=quiet)).receive()
