"""Several workers count together: rate limits kept in Redis."""

import os
import secrets
from pathlib import Path

import pytest
import redis
from limits import parse

from auction.app import create_app
from auction.web import limits
from config import Settings

REDIS = os.environ.get("AUCTION_TEST_REDIS", "redis://127.0.0.1:6379/15")

pytestmark = pytest.mark.redis


@pytest.fixture
def server() -> str:
    """A Redis server that answers; required in CI."""
    try:
        redis.Redis.from_url(REDIS).ping()
    except redis.ConnectionError:
        told = f"no Redis server at {REDIS}; set AUCTION_TEST_REDIS to its URL"
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)
    return REDIS


def test_two_workers_share_one_count(server: str, tmp_path: Path) -> None:
    workers = [
        create_app(
            Settings.from_environment(
                {"AUCTION_DATA_DIR": str(tmp_path / name), "AUCTION_REDIS_URL": server}
            )
        )
        for name in ("one", "two")
    ]
    twice, caller = parse("2/minute"), secrets.token_hex(8)
    answers = []
    for worker in (workers[0], workers[1], workers[0], workers[1]):
        with worker.app_context():
            answers.append(limits.hit(twice, "test", caller))
    assert answers == [True, True, False, False]
