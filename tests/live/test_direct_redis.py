"""Two server processes joined by a real Redis, on either path or one on each."""

import os
import secrets
from collections.abc import Callable

import pytest
import redis
from direct_pages import Page, Server
from websocket import WebSocketTimeoutException

REDIS = os.environ.get("AUCTION_TEST_REDIS", "redis://127.0.0.1:6379/15")
PROBE, TALK = 1, 200
"""Sizes of messages: by them a test tells its own from those that tried the connection."""

pytestmark = [
    pytest.mark.redis,
    pytest.mark.parametrize(
        "paths", [("auto", "auto"), ("auto", "stock"), ("stock", "auto"), ("stock", "stock")]
    ),
]


@pytest.fixture
def room() -> str:
    """Of this test alone: whoever uses the same Redis server hears all rooms."""
    return f"hall-{secrets.token_hex(6)}"


@pytest.fixture
def pages(new_server: Callable[..., Server], paths: tuple[str, str], room: str) -> list[Page]:
    """A page at each of two processes, both in the room, and each hears of the other."""
    try:
        with redis.Redis.from_url(REDIS) as probe:
            probe.ping()
    except redis.ConnectionError:
        told = f"no Redis server at {REDIS}; set AUCTION_TEST_REDIS to its URL"
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)
    made = [new_server(path=path, redis=REDIS).page() for path in paths]
    for page in made:
        page.call("enter", room)
    for teller, hearer in (made, made[::-1]):
        meet(teller, hearer, room)
    return made


def meet(teller: Page, hearer: Page, room: str) -> None:
    """Wait until the hearer's process has subscribed."""
    hearer.told.clear()
    hearer.line.settimeout(0.2)
    for _ in range(50):
        teller.call("say", {"room": room, "times": 1, "size": PROBE})
        try:
            hearer.hear(1)
        except WebSocketTimeoutException:
            continue
        hearer.line.settimeout(20)
        return
    raise AssertionError("the processes do not hear of each other")


def talk(page: Page) -> list[int]:
    return [told["n"] for told in page.told if len(told["pad"]) == TALK]


def test_what_one_process_says_is_heard_at_both_once_and_in_order(
    pages: list[Page], room: str
) -> None:
    for teller in pages:
        for page in pages:
            page.told.clear()
        teller.call("say", {"room": room, "times": 40, "size": TALK})
        for page in pages:
            while len(talk(page)) < 40:
                page.read()
            assert talk(page) == list(range(40))
    for page in pages:
        page.call("echo", "nothing is left over")
        assert talk(page) == list(range(40))


def test_what_is_local_stays_in_its_process(pages: list[Page], room: str) -> None:
    here, there = pages
    here.call("say", {"room": room, "times": 3, "size": TALK, "local": True})
    here.call("say", {"room": room, "times": 1, "size": TALK})
    while len(talk(here)) < 4:
        here.read()
    while len(talk(there)) < 1:
        there.read()
    there.call("echo", "and no more")
    assert (talk(here), talk(there)) == ([0, 1, 2, 0], [0])
