"""The elected clock among real processes: whoever keeps it, a lot closes at its own instant."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from crash.cluster import House, on_postgres
from crash.test_crash import serving
from live_server import ROOT, Server

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.timeout(180)]
LISTING_SECONDS = 25


@pytest.fixture
def two_workers(tmp_path: Path) -> Iterator[House]:
    for house in serving(on_postgres, tmp_path):
        for worker in house.workers:
            worker.settings["AUCTION_PRACTICE_LISTING_SECONDS"] = str(LISTING_SECONDS)
        yield house


def elected(worker: Server) -> bool:
    page = requests.get(worker.origin + "/metrics", timeout=10).text
    return "auction_clock_elected 1.0" in page


def state_of(worker: Server, slug: str) -> dict[str, Any]:
    url = f"{worker.origin}/practice/lots/{slug}/state.json"
    found: dict[str, Any] = requests.get(url, timeout=10).json()["state"]
    return found


def until_over(worker: Server, slug: str, seconds: float) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while (state := state_of(worker, slug))["phase"] not in ("unsold", "suspended"):
        assert time.monotonic() < end, state
        time.sleep(0.2)
    return state


def practice_lot(worker: Server) -> str:
    slug: str = requests.get(worker.origin + "/demo/practice.json", timeout=10).json()["slug"]
    return slug


def test_when_the_clock_dies_another_worker_announces_the_same_end(two_workers: House) -> None:
    two_workers.start()
    workers = two_workers.workers
    assert [elected(worker) for worker in workers].count(True) == 1
    slug = practice_lot(workers[0])
    first = next(worker for worker in workers if elected(worker))
    other = next(worker for worker in workers if worker is not first)
    first.kill()
    state = until_over(other, slug, LISTING_SECONDS + 20)
    assert state["phase"] == "unsold"
    assert state["ended_at_us"] == state["listing_until_us"]
    assert elected(other)


def test_a_process_that_only_keeps_the_clock_stands_by_and_takes_over(two_workers: House) -> None:
    worker = two_workers.workers[0]
    worker.start()
    slug = practice_lot(worker)
    assert elected(worker)
    with (worker.folder / "clock.log").open("wb") as log:
        clock = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "clock"],
            cwd=ROOT,
            env=os.environ | worker.environment,
            stdout=log,
            stderr=log,
        )
    try:
        time.sleep(5)
        assert clock.poll() is None, (worker.folder / "clock.log").read_text()
        worker.stop()  # in order: nobody waits for it
        time.sleep(LISTING_SECONDS)
        worker.start()
        state = until_over(worker, slug, 10)
        assert state["phase"] == "unsold", "it was announced while no worker served"
        assert state["ended_at_us"] == state["listing_until_us"]
        assert not elected(worker)
    finally:
        clock.terminate()
        assert clock.wait(timeout=20) == 0
