"""A real server in a process of its own, and real browsers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from live_server import Server


def _make(folder: Path) -> Server:
    return Server(
        folder,
        {
            "AUCTION_PRACTICE_LISTING_SECONDS": "600",
            "AUCTION_PRACTICE_COUNTDOWN_SECONDS": "15",
        },
    )


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
