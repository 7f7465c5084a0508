"""The direct path's reader against gevent-websocket's, on whatever a client may send."""

import io
import struct
from types import SimpleNamespace
from typing import Any

import pytest
from direct_pages import FIN, client_frame
from geventwebsocket.websocket import Header, WebSocket
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auction.live.direct import frames

LIMIT = 70_000
Outcome = tuple[list[str | bytes], list[bytes], int | None]
"""Messages, answered pings, and the close code at the end (None: the line broke off)."""


def ours(stream: bytes) -> Outcome:
    read, messages, pings = io.BytesIO(stream).read, [], []

    def seen(opcode: int, payload: bytes) -> None:
        if opcode == frames.PING:
            pings.append(payload)

    try:
        while True:
            messages.append(frames.read_message(read, LIMIT, seen))
    except frames.Ended as end:
        if not end.reply:
            return messages, pings, None if end.reply is None else frames.NORMAL
        return messages, pings, struct.unpack("!H", end.reply)[0]


class Noted(WebSocket):
    """gevent-websocket as it is, with its close codes noted: it does not send them."""

    __slots__ = ("code",)

    def close(self, code: int = 1000, message: bytes | None = b"") -> None:
        self.code = code
        super().close(code, "")


def stock(stream: bytes) -> Outcome:
    written: list[bytes] = []
    handler = SimpleNamespace(
        logger=SimpleNamespace(debug=lambda *_: None),
        server=SimpleNamespace(application=None),
    )
    line = Noted(None, SimpleNamespace(read=io.BytesIO(stream).read, write=written.append), handler)
    messages: list[str | bytes] = []
    line.code = 0
    while (message := line.receive()) is not None:
        messages.append(message if isinstance(message, str) else bytes(message))
    pongs = [w[2:] for w in written if w[0] == 0x80 | frames.PONG]
    return messages, pongs, line.code


text = st.text(max_size=60).map(str.encode)
big_text = st.integers(120, 400).map(lambda n: "价".encode() * n)
torn = st.binary(max_size=8).map(lambda tail: "挂牌".encode()[:5] + tail)
close_body = st.one_of(
    st.just(b""),
    st.binary(max_size=1),
    st.builds(
        lambda code, reason: struct.pack("!H", code) + reason,
        st.sampled_from(
            [0, 999, 1000, 1001, 1004, 1006, 1007, 1011, 1012, 1016, 1017, 2000, 3000, 4999, 5000]
        ),
        st.one_of(text, st.binary(max_size=5)),
    ),
)
data = st.one_of(text, big_text, torn, st.binary(max_size=300))
masks = st.binary(min_size=4, max_size=4)
heads = st.sampled_from([FIN, FIN, 0])
ordinary = st.builds(client_frame, st.sampled_from([1, 1, 2]), data, mask=masks, head=heads)
rest = st.builds(client_frame, st.just(0), data, mask=masks, head=heads)
control = st.one_of(
    st.builds(client_frame, st.sampled_from([9, 10]), st.binary(max_size=130), mask=masks),
    st.builds(client_frame, st.just(8), close_body, mask=masks),
)
any_head = st.integers(0, 15).map(lambda n: n << 4)
odd = st.builds(client_frame, st.integers(0, 15), st.binary(max_size=5), head=any_head)
streams = st.lists(st.one_of(ordinary, ordinary, rest, control, odd), max_size=8).map(b"".join)


@settings(max_examples=600, deadline=None)
@given(streams, st.integers(0, 40))
@example(client_frame(1, b"\xc3", head=0) + client_frame(0, b"\xa9") + client_frame(9, b"hi"), 0)
@example(client_frame(1, b"4" * 65_600), 0)
@example(
    client_frame(2, b"\xff" * 200, head=0) + client_frame(9, b"") + client_frame(0, b"\xfe"), 0
)
def test_the_reader_does_what_the_stock_reader_does(stream: bytes, cut: int) -> None:
    stream = stream[: len(stream) - cut]
    messages, pings, end = ours(stream)
    expected_messages, expected_pings, expected_end = stock(stream)
    if end is None or end == expected_end:
        # A line that broke off is closed with 1000 by the stock reader, to nobody.
        assert (end or 1000) == (expected_end or 1000)
        assert (messages, pings) == (expected_messages, expected_pings)
    else:
        # The stock reader reads a forbidden frame to its end first, and misses it at a cut; it
        # takes undefined close codes, and reasons that end in the middle of a character.
        undefined = 1017 <= expected_end < 2000 or expected_end >= 5000
        cut_off = expected_end == 1000
        torn_reason = end == frames.NOT_UTF8 and expected_end != frames.NOT_UTF8
        assert torn_reason or (end == frames.PROTOCOL_ERROR and (undefined or cut_off))
        assert (messages, pings) == (expected_messages, expected_pings)


@settings(deadline=None)
@given(st.binary(max_size=2000))
def test_noise_ends_the_connection_and_nothing_else(stream: bytes) -> None:
    assert ours(stream)[2] in (None, *range(1000, 5000))


@settings(deadline=None)
@given(st.binary(max_size=5000), masks)
def test_unmasking_is_what_the_stock_code_does_byte_by_byte(payload: bytes, mask: bytes) -> None:
    header = Header(length=len(payload))
    header.mask = mask
    assert frames.unmask(payload, mask) == bytes(header.unmask_payload(payload))


@settings(deadline=None)
@given(st.binary(max_size=70_000), st.sampled_from([frames.TEXT, frames.BINARY, frames.PONG]))
def test_a_built_frame_has_the_header_that_the_stock_code_makes(
    payload: bytes, opcode: int
) -> None:
    header = Header.encode_header(True, opcode, b"", len(payload), 0)
    assert frames.build(opcode, payload) == bytes(header) + payload


STRICTER = {
    "unmasked": (client_frame(1, b"40", mask=b""), 1002),
    "undefined close code": (client_frame(8, struct.pack("!H", 5000)), 1002),
    "too big by its header": (client_frame(1, b"x" * 70_001)[:10], 1009),
    "absurdly big": (b"\x81\xff" + b"\xff" * 8, 1009),
    "too big in parts": (
        client_frame(1, b"x" * 40_000, head=0) + client_frame(0, b"x" * 40_000)[:8],
        1009,
    ),
}


@pytest.mark.parametrize("name", STRICTER)
def test_where_the_stock_reader_is_laxer_than_the_standard(name: str) -> None:
    stream, code = STRICTER[name]
    assert ours(stream) == ([], [], code)
    assert stock(stream)[2] != code


def test_a_close_is_answered_with_its_own_code_and_an_empty_one_with_an_empty_one() -> None:
    def reply(body: bytes) -> Any:
        with pytest.raises(frames.Ended) as caught:
            frames.read_message(io.BytesIO(client_frame(8, body)).read, LIMIT, lambda *_: None)
        return caught.value.reply

    assert reply(b"\x0b\xb8bye") == b"\x0b\xb8"
    assert reply(b"") == b""
