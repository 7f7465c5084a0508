"""Attack 21: text that no field means, a database refuses or a header cannot hold (NUL, half a
surrogate pair, line breaks) comes back with a reason or as a bad request, never as a fault."""

from collections.abc import Callable

import pytest
from clients import Client
from werkzeug.test import TestResponse

ODD = ["\x00", "\ud800", "0" * 63 + "\x00"]


@pytest.mark.parametrize("odd", ODD)
def test_a_strangers_answer_to_a_challenge(visitor: Client, odd: str) -> None:
    signed = {"body": "{}", "signature": "AAAA", "certificate": "AAAA", "nonce": odd}
    answer = visitor.post("/sign-in", json=signed)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "CHALLENGE_EXPIRED")
    answer = visitor.post("/sign-in/take-over", json={"confirm": odd})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "CONFIRMATION_EXPIRED")


@pytest.mark.parametrize(
    "send",
    [
        lambda client: client.get("/admin/enrolments/%00"),
        lambda client: client.get("/admin/revocation?page=%00"),
        lambda client: client.post("/admin/staff/security-2", data={"name": "a\x00"}),
    ],
)
def test_nul_in_address_query_and_form(
    client_as: Callable[[str], Client], send: Callable[[Client], TestResponse]
) -> None:
    assert send(client_as("security")).status_code == 400


@pytest.mark.parametrize("target", ["/%0d%0aSet-Cookie:x=1", "/%09/elsewhere.example", "/%00"])
def test_where_to_go_next_is_no_header_and_no_other_site(visitor: Client, target: str) -> None:
    answer = visitor.get(f"/language/en?next={target}")
    if answer.status_code == 302:
        assert answer.location == "/"
    else:
        assert answer.status_code == 400
