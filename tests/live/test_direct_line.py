"""The moments between two writes that only one process can hold still."""

import socket
from collections.abc import Iterator

import engineio
import gevent
import gevent.socket
import pytest
from engineio.socket import Socket

from auction.live.direct import frames
from auction.live.direct import line as direct_line
from auction.live.direct.events import Events
from auction.live.direct.line import Line

BIG = frames.build(frames.BINARY, b"a" * 400_000)
SMALL = frames.build(frames.BINARY, b"b")


@pytest.fixture
def line() -> Iterator[tuple[Line, socket.socket]]:
    """A line with its writer at work, and the other end."""
    ours, theirs = gevent.socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    owner = Socket(engineio.Server(async_mode="gevent"), "sid")
    made = Line(owner, ours, ours.makefile("rb").read, Events(), None)

    def write_all() -> None:
        while packets := made.next_packets():
            for packet in packets:
                made.send(packet.encode())

    writer = gevent.spawn(write_all)
    gevent.sleep(0)
    yield made, theirs
    writer.kill()
    ours.close()
    theirs.close()


def test_nothing_overtakes_what_the_writer_has_in_its_hands(
    line: tuple[Line, socket.socket],
) -> None:
    made, theirs = line
    made.write(BIG)
    gevent.sleep(0.01)  # the writer has taken the rest from the queue, and waits for the reader
    heard = theirs.recv(4096, socket.MSG_DONTWAIT)
    made.write(SMALL)  # there is room now, and the writer has not been woken yet
    while len(heard) < len(BIG + SMALL):
        heard += theirs.recv(65536)
    assert heard == BIG + SMALL


def test_what_comes_after_a_close_is_not_sent(
    line: tuple[Line, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_line, "CLOSE_SECONDS", 0.05)  # the other end does not answer
    made, theirs = line
    made.close()
    made.write(SMALL)
    assert theirs.recv(100) == frames.build(frames.CLOSE, b"\x03\xe8")
    assert theirs.recv(100) == b""


def test_writing_to_who_has_gone_harms_nobody(line: tuple[Line, socket.socket]) -> None:
    made, theirs = line
    theirs.close()
    made.write(SMALL)
    made.write(SMALL)
    assert made.wait() is None
