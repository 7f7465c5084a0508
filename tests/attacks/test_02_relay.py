"""Attack 2: another site passes our challenge on to a bidder and his answer back to us. His page
signs under that site's address; ours is a setting, whatever a request calls it."""

import re
from collections.abc import Callable

import pytest
from clients import ORIGIN, Client
from flask import Flask

EVIL = "https://land-floor.example.evil.example"


def relayed(app: Flask, victim: Client) -> Client:
    """The attacker's browser, and the victim's key as far as his own page would let it sign."""
    attacker = app.test_client()
    assert isinstance(attacker, Client)
    attacker.key = victim.key
    return attacker


def test_what_was_signed_for_another_origin_signs_nobody_in(
    app: Flask, client_as: Callable[[str], Client]
) -> None:
    attacker = relayed(app, client_as("bidder-a"))
    for origin in (
        EVIL,
        "https://localhost",
        "http://localhost:81",
        "http://localhost.evil.example",
    ):
        answer = attacker.sign_in(aud=origin)
        told = (answer.status_code, answer.get_json()["code"])
        assert told == (422, "STATEMENT_WRONG_AUDIENCE"), origin
    assert attacker.get_cookie("floor-session") is None
    assert attacker.sign_in().status_code == 409, "the same key under our own address is accepted"


@pytest.mark.parametrize(
    "spoofed",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example;proto=https"},
        {"X-Original-Host": "evil.example", "X-Host": "evil.example"},
    ],
    ids=lambda headers: "+".join(headers),
)
def test_a_spoofed_host_changes_neither_the_challenge_nor_what_is_expected(
    app: Flask, client_as: Callable[[str], Client], spoofed: dict[str, str]
) -> None:
    attacker = relayed(app, client_as("bidder-a"))
    page = attacker.get("/sign-in", headers=spoofed).get_data(as_text=True)
    assert "evil.example" not in page
    found = re.search(r'data-csrf="([^"]+)"', page)
    assert found is not None
    headers = {**spoofed, "X-CSRFToken": found[1]}
    challenge = attacker.post("/sign-in/challenge", json={}, headers=headers).get_json()
    assert challenge["aud"] == ORIGIN
    login = attacker.sign("login", {"aud": "http://evil.example", "nonce": challenge["nonce"]})
    payload = {**login, "nonce": challenge["nonce"]}
    answer = attacker.post("/sign-in", json=payload, headers=headers)
    assert answer.get_json()["code"] == "STATEMENT_WRONG_AUDIENCE"


def test_nobody_is_led_to_another_site_after_signing_in(
    client_as: Callable[[str], Client],
) -> None:
    client = client_as("bidder-a")
    for target in (EVIL, "//evil.example", "/\\evil.example", "javascript:alert(1)", "/my/\\..//x"):
        challenge = client.post("/sign-in/challenge", json={}).get_json()
        login = client.sign("login", {"nonce": challenge["nonce"]})
        payload = {**login, "nonce": challenge["nonce"], "next": target}
        answer = client.post("/sign-in", json=payload).get_json()
        client.renew(answer)
        assert answer["next"] == "/sign-in/arrived", target
