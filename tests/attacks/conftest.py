"""Attackers work against the whole house, as bidders enter it; a file is named by its attack.

The numbers are those of README.md.
"""

from collections.abc import Callable
from typing import Any

import pytest
from factories import beijing
from flask import Flask
from hall_people import Seated, head_of, take_seat
from web.conftest import (
    app,
    client_as,
    clock,
    house,
    publish_44,
    published_lot,
    settings,
    visitor,
)

from auction.trading.time import DrivenClock

__all__ = [
    "app",
    "client_as",
    "clock",
    "house",
    "publish_44",
    "published_lot",
    "settings",
    "visitor",
]


@pytest.fixture
def bidder(
    app: Flask, clock: DrivenClock, client_as: Callable[[str], Any], published_lot: Any
) -> Seated:
    """A qualified bidder at lot 2024JC-4, whose listing has begun."""
    clock.move_to(beijing(10, 30, 9, 0))
    return take_seat(app, published_lot, client_as("bidder-a"), "bidder-a")


@pytest.fixture
def refused(bidder: Seated) -> Callable[[dict[str, Any]], str]:
    """Sends a bid that must leave no trace in the lot's log; gives the reason's code."""

    def send(payload: dict[str, Any]) -> str:
        before = head_of(bidder)
        answer = bidder.client.post(f"/my{bidder.path}/bids", json=payload)
        told: dict[str, Any] = answer.get_json()
        assert (answer.status_code, told["ok"]) == (422, False)
        assert told["said"]["title"]
        assert told["said"]["body"]
        assert head_of(bidder) == before
        code: str = told["code"]
        return code

    return send
