"""Five kills of each kind, the database restarted under load, and a burst at the deadline.

`make crash` does the same fifty times; what is checked stands in checks.py.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from crash.burst import burst
from crash.cluster import House, Missing, on_postgres, on_sqlite
from crash.runs import Report, database_restarts, kills

KILLS = 5
RESTARTS = 2
BIDDERS = 500

pytestmark = pytest.mark.timeout(240)


def serving(on: Callable[[Path], AbstractContextManager[House]], folder: Path) -> Iterator[House]:
    """A house that is not started; skipped, or failed in CI, where a program is missing."""
    try:
        with on(folder) as house:
            yield house
    except Missing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture
def one_server(tmp_path: Path) -> Iterator[House]:
    yield from serving(on_sqlite, tmp_path)


@pytest.fixture
def two_workers(tmp_path: Path) -> Iterator[House]:
    yield from serving(on_postgres, tmp_path)


def sound(report: Report) -> None:
    assert report.faults == [], report.figures
    assert report.figures["missing"] == report.figures["duplicates"] == 0
    assert report.figures["accepted"] > 0
    assert report.figures["receipts"] > 0


def test_killed_under_load_one_server_on_sqlite_loses_nothing(one_server: House) -> None:
    sound(kills(one_server, "sqlite", KILLS, seed=1, say=print))


@pytest.mark.postgres
@pytest.mark.redis
def test_killed_under_load_two_workers_on_postgres_lose_nothing(two_workers: House) -> None:
    sound(kills(two_workers, "postgres", KILLS, seed=2, say=print))


@pytest.mark.postgres
@pytest.mark.redis
def test_a_database_that_restarts_under_load_leaves_nobody_without_an_answer(
    two_workers: House,
) -> None:
    sound(database_restarts(two_workers, "database", RESTARTS, seed=3, say=print))


def test_five_hundred_at_one_deadline_are_all_judged_rightly(one_server: House) -> None:
    report = burst(one_server, "burst", BIDDERS, seed=4, say=print)
    sound(report)
    assert report.figures["statements"] == 2 * BIDDERS
    assert report.figures["too low"]["BID_LATE"] > 0
    assert report.figures["too low"]["BID_TOO_LOW"] > 0
