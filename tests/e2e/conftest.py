"""A real server in a process of its own, and real browsers."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from live_server import Server, free_port


def _make(folder: Path) -> Server:
    port = free_port()
    environment = os.environ | {
        "AUCTION_DATA_DIR": str(folder / "var"),
        "PORT": str(port),
        "AUCTION_PRACTICE_LISTING_SECONDS": "600",
        "AUCTION_PRACTICE_COUNTDOWN_SECONDS": "15",
    }
    return Server(folder, environment, port)


@pytest.fixture(scope="session")
def make_server() -> Callable[[Path], Server]:
    """A server in demo mode with a short practice timetable; not started, no database yet."""
    return _make


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A started server with an empty database."""
    made = _make(tmp_path)
    made.flask("init")
    made.start()
    yield made
    made.stop()
