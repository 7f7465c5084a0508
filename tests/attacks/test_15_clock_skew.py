"""Attack 15: the signer's clock is wrong, by accident or to stretch a challenge or a certificate.
The server's time decides; the signer is told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from clients import Client
from flask import Flask

from auction.trading.time import DrivenClock


@pytest.fixture
def holder(app: Flask, client_as: Callable[[str], Client]) -> Client:
    """Somebody with an enrolled certificate who is signed out."""
    client = client_as("bidder-a")
    client.sign_out()
    return client


@pytest.mark.parametrize(
    ("seconds", "skewed"),
    [(0, False), (120, False), (-120, False), (121, True), (-121, True), (-(10**8), True)],
)
def test_a_wrong_clock_is_told_and_keeps_nobody_out(
    holder: Client, clock: DrivenClock, seconds: int, skewed: bool
) -> None:
    said = str(int(clock.now().timestamp()) + seconds)
    answer = holder.sign_in(iat=said)
    assert (answer.status_code, answer.get_json()["clock_skewed"]) == (200, skewed)
    page = holder.get("/my/").get_data(as_text=True)
    assert ("您的电脑时钟与服务器相差较大。" in page) is skewed


def test_a_challenge_is_over_by_the_servers_clock_whatever_was_signed(
    holder: Client, clock: DrivenClock
) -> None:
    challenge = holder.post("/sign-in/challenge", json={}).get_json()
    in_time = str(int(clock.now().timestamp()))
    login = holder.sign("login", {"nonce": challenge["nonce"], "iat": in_time})
    clock.advance(seconds=120)
    answer = holder.post("/sign-in", json={**login, "nonce": challenge["nonce"]})
    assert answer.get_json()["code"] == "CHALLENGE_EXPIRED"


def test_a_certificate_is_expired_by_the_servers_clock_whatever_was_signed(
    holder: Client, clock: DrivenClock
) -> None:
    earlier = str(int(clock.now().timestamp()))
    clock.advance(seconds=timedelta(days=366).total_seconds())
    assert holder.sign_in(iat=earlier).get_json()["code"] == "CERTIFICATE_EXPIRED"


def test_a_clock_that_is_ahead_makes_no_certificate_valid_before_its_time(
    app: Flask, holder: Client, clock: DrivenClock
) -> None:
    house = app.extensions["auction"]
    tomorrow = clock.now() + timedelta(days=1)
    holder.key.certificate = house.demo_ca.issue(
        "某公司", "X", holder.key.public_key, tomorrow, tomorrow + timedelta(days=1), 77
    )
    later = str(int(tomorrow.timestamp()) + 60)
    assert holder.sign_in(iat=later).get_json()["code"] == "CERTIFICATE_NOT_YET_VALID"
