"""A real server in a process of its own, and real browsers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import Server, free_port
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A started server in demo mode with a short practice timetable and an empty database."""
    port = free_port()
    environment = os.environ | {
        "AUCTION_DATA_DIR": str(tmp_path / "var"),
        "PORT": str(port),
        "AUCTION_PRACTICE_LISTING_SECONDS": "600",
        "AUCTION_PRACTICE_COUNTDOWN_SECONDS": "15",
    }
    made = Server(tmp_path, environment, port)
    made.flask("init")
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium, headless."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI"):
            pytest.fail("chromium is required in CI")
        pytest.skip("no chromium on this machine (apt install chromium)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()
