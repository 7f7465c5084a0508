"""Attack 28: a stranger sends megabytes of JSON, whose reading takes the worker seconds in which no
bid is stamped, or one bid's queue waits for it."""

import time
from typing import Any

import pytest
from clients import Client
from hall_people import Seated, head_of

LONG = b'{"body":[' + b"[]," * 4_000_000 + b"[]]}"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/take-over", "/enrol/file"])
def test_what_is_longer_than_any_statement_is_not_read(visitor: Client, path: str) -> None:
    visitor.csrf()
    began = time.monotonic()
    answer = visitor.post(path, data=LONG, content_type="application/json")
    assert answer.status_code == 413
    assert time.monotonic() - began < 1


def test_nor_where_bids_are_placed(bidder: Seated) -> None:
    before = head_of(bidder)
    sent: dict[str, Any] = {"data": LONG, "content_type": "application/json"}
    assert bidder.client.post(f"/my{bidder.path}/bids", **sent).status_code == 413
    assert head_of(bidder) == before
