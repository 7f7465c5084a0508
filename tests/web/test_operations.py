"""What machines ask a worker: whether it is well, and what it counts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from auction.services import practice
from auction.services.house import House
from auction.trading.time import DrivenClock


@pytest.fixture
def running(app: Flask, house: House) -> Iterator[House]:
    """A house whose sequencer runs, with one practice lot."""
    with app.app_context():
        practice.open_new(house)
    house.sequencer.start()
    yield house
    house.sequencer.stop()


def figures(page: str) -> dict[str, Any]:
    return {
        sample.name + "".join(f"{{{v}}}" for v in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_a_worker_that_takes_bids_is_well(visitor: FlaskClient, running: House) -> None:
    answer = visitor.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok", "troubles": []})


def test_one_that_does_not_run_or_whose_clock_is_off_says_so(
    visitor: FlaskClient, house: House, clock: DrivenClock
) -> None:
    clock.off_by = timedelta(milliseconds=51)
    answer = visitor.get("/healthz")
    assert answer.status_code == 503
    assert answer.get_json()["troubles"] == ["NOT_RUNNING", "CLOCK_OFF"]


def test_metrics_count_batches_and_lots_by_phase_and_nothing_by_bidder(
    visitor: FlaskClient, running: House
) -> None:
    page = visitor.get("/metrics").get_data(as_text=True)
    told = figures(page)
    assert told["auction_up"] == 1
    assert told["auction_lots{listing}"] == 1
    assert told["auction_commands_waiting"] == told["auction_commands_held"] == 0
    assert told["auction_batch_size_count"] >= 1
    assert told["auction_batch_size_bucket{+Inf}"] == told["auction_batch_size_count"]
    assert told["auction_commit_seconds_count"] == told["auction_batch_size_count"]
    assert told["auction_ack_seconds_count"] >= 1
    assert told["auction_clock_offset_seconds"] == 0
    for word in ("plate", "bidder", "qualified", "applic", "lot="):
        assert word not in page


def test_metrics_are_for_whoever_holds_the_token(
    app: Flask, visitor: FlaskClient, house: House
) -> None:
    app.config["METRICS_TOKEN"] = "the token"
    nothing = visitor.get("/metrics")
    assert (nothing.status_code, nothing.mimetype) == (401, "text/plain")
    assert nothing.headers["WWW-Authenticate"] == "Bearer"
    wrong = visitor.get("/metrics", headers={"Authorization": "Bearer another"})
    assert wrong.status_code == 401
    right = visitor.get("/metrics", headers={"Authorization": "Bearer the token"})
    assert right.status_code == 200


def test_without_a_token_they_are_closed_outside_of_the_demonstration(
    app: Flask, visitor: FlaskClient, house: House
) -> None:
    house.site = replace(house.site, demo=False)
    assert visitor.get("/metrics").status_code == 401
