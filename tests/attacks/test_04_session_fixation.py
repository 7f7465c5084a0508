"""Attack 4: a session is planted in the victim's browser, to be used by whoever planted it once
the victim has signed in."""

import secrets
from collections.abc import Callable

import pytest
from clients import Client
from flask import Flask

FORM, SESSION = "floor-form", "floor-session"


@pytest.fixture
def victim(app: Flask, client_as: Callable[[str], Client]) -> Client:
    """Somebody with an enrolled certificate who has not signed in yet."""
    known = client_as("bidder-a")
    known.sign_out()
    fresh = app.test_client()
    assert isinstance(fresh, Client)
    fresh.key = known.key
    return fresh


def test_a_planted_token_is_not_taken_over(victim: Client, visitor: Client) -> None:
    planted = secrets.token_hex(32)
    victim.set_cookie(SESSION, planted)
    assert victim.sign_in().status_code == 200
    given = victim.get_cookie(SESSION)
    assert given.value != planted
    assert (given.http_only, given.same_site, given.path) == (True, "Lax", "/")
    visitor.set_cookie(SESSION, planted)
    assert visitor.get("/my/").status_code == 302
    assert victim.get("/my/").status_code == 200


def test_each_sign_in_has_another_token_and_the_former_one_is_dead(
    victim: Client, visitor: Client
) -> None:
    tokens = []
    for _ in range(3):
        assert victim.sign_in().status_code == 200
        tokens.append(victim.get_cookie(SESSION).value)
    assert len(set(tokens)) == 3
    for token in tokens[:-1]:
        visitor.set_cookie(SESSION, token)
        assert visitor.get("/my/").status_code == 302


def test_a_planted_form_session_is_replaced_and_its_form_token_worth_nothing(
    victim: Client, visitor: Client
) -> None:
    token = visitor.csrf()
    visitor.post("/sign-in/challenge", json={})
    planted = visitor.get_cookie(FORM).value
    victim.set_cookie(FORM, planted)
    assert victim.sign_in().status_code == 200
    assert victim.get_cookie(FORM).value != planted
    forged = victim.post("/session/keep", headers={"X-CSRFToken": token})
    assert forged.status_code == 400
    assert victim.post("/session/keep").status_code == 200
    # Nor does what the attacker kept of it lead into the victim's session.
    assert visitor.get("/my/").status_code == 302


def test_a_question_of_one_browser_is_not_answered_in_another(
    app: Flask, victim: Client, visitor: Client
) -> None:
    assert victim.sign_in().status_code == 200
    other = app.test_client()
    assert isinstance(other, Client)
    other.key = victim.key
    asked = other.sign_in()
    assert asked.status_code == 409
    stolen = visitor.take_over(asked)
    assert (stolen.status_code, stolen.get_json()["code"]) == (422, "CONFIRMATION_EXPIRED")
    assert victim.get("/my/").status_code == 200
    assert other.take_over(asked).status_code == 200
