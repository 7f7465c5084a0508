"""When the direct path serves and when the stock path does, and that the log says why."""

import logging
from collections.abc import Callable
from importlib.metadata import version

import pytest
from flask import Flask
from flask_socketio import SocketIO

from auction.live import direct
from auction.live.direct import checks, frames

Lines = Callable[[], list[str]]


def choose(mode: str = "gevent", wanted: str = "auto") -> direct.SocketPath:
    socketio = SocketIO(Flask("choice"), async_mode=mode, transports=["websocket"])
    return direct.choose(socketio, wanted)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    """What the log says by now."""
    caplog.set_level(logging.INFO, "auction.live.direct")
    return lambda: caplog.messages


def test_the_direct_path_serves_with_the_pinned_libraries_under_gevent(lines: Lines) -> None:
    assert choose().direct
    assert lines() == ["socket path: direct"]


def test_the_versions_pinned_here_are_the_tested_ones() -> None:
    assert {name: version(name) for name in checks.TESTED} == checks.TESTED


@pytest.mark.parametrize("name", checks.TESTED)
def test_another_version_of_a_library_falls_back(
    monkeypatch: pytest.MonkeyPatch, lines: Lines, name: str
) -> None:
    monkeypatch.setitem(checks.TESTED, name, "0.0.1")
    assert not choose().direct
    assert lines() == [
        f"socket path: stock, because {name} is {version(name)}; "
        "the direct path was tested with 0.0.1"
    ]


@pytest.mark.parametrize(
    ("part", "broken"),
    [
        ("unmask", lambda payload, mask: payload),
        ("build", lambda opcode, payload: bytes([0x80 | opcode, len(payload) & 127]) + payload),
        ("_text", lambda payload: payload.decode(errors="replace")),
    ],
)
def test_a_part_that_does_not_work_here_falls_back(
    monkeypatch: pytest.MonkeyPatch, lines: Lines, part: str, broken: object
) -> None:
    monkeypatch.setattr(frames, part, broken)
    assert not choose().direct
    assert len(lines()) == 1
    assert lines()[0].startswith("socket path: stock, because its self-test failed: ")


def test_the_operator_can_switch_it_off(lines: Lines) -> None:
    assert not choose(wanted="stock").direct
    assert lines() == ["socket path: stock, as set"]


def test_threads_are_served_by_the_stock_path(lines: Lines) -> None:
    assert not choose("threading").direct
    assert lines() == ["socket path: stock, because sockets are served by threading"]


def test_under_threads_a_handler_answers_a_flask_test_client() -> None:
    app = Flask("choice")
    socketio = SocketIO(app, async_mode="threading", async_handlers=False)
    path = direct.choose(socketio, "auto")
    path.on("echo", lambda _sid, payload, answer: answer({"payload": payload}))
    client = socketio.test_client(app)
    assert client.emit("echo", 5, callback=True) == {"payload": 5}
