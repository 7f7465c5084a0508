"""Attack 25: a stranger sends another made-up session with every request, so that each counts as
somebody new and no limit is ever reached."""

import secrets

from clients import Client

from auction.web import limits, sessions


def test_a_made_up_session_is_nobody_new(visitor: Client) -> None:
    answers = []
    for _ in range(limits.SIGN_INS.amount + 1):
        visitor.set_cookie(sessions.COOKIE, secrets.token_hex(32))
        answers.append(visitor.post("/enrol/file", json={}).status_code)
    assert answers == [401] * limits.SIGN_INS.amount + [429]
