"""Attack 1: a signed challenge is sent again, in the same moment to several servers, or from
another browser. It opens one session, in the browser that it was made for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from answering import Answer, servers
from bidders import Bidder
from sqlalchemy import Engine, update

from auction.app import create_app
from auction.pki.reasons import PkiReason
from auction.pki.statement import Signed, StatementError
from auction.services.house import House
from auction.services.sessions import signing_in
from auction.services.sessions.signing_in import SignedIn
from auction.services.unit import writing
from auction.store.base import db
from auction.store.people import WebSession
from config import Settings

PROCESSES = 3
ROUNDS = 10


@pytest.fixture
def environment(engine: Engine, tmp_path: Path) -> dict[str, str]:
    url = engine.url.render_as_string(hide_password=False)
    return {"AUCTION_DATA_DIR": str(tmp_path), "AUCTION_DATABASE_URL": url}


@pytest.fixture
def house(environment: dict[str, str]) -> Iterator[House]:
    app = create_app(Settings.from_environment(environment))
    found: House = app.extensions["auction"]
    with app.app_context():
        yield found
        db.session.remove()
        db.engine.dispose()
    found.engine.dispose()


@pytest.fixture
def bidder(house: House) -> Bidder:
    return Bidder.enrolled(house, "bidder-a")


def answer_of(house: House, bidder: Bidder, binding: str = "browser") -> Answer:
    """A fresh challenge, signed by its holder."""
    challenge = signing_in.begin_sign_in(house, binding)
    iat = str(int(house.now().timestamp()))
    fields = {"aud": challenge.aud, "nonce": challenge.nonce, "iat": iat}
    signed = Signed(*bidder.key.sign("login", fields), bidder.key.certificate)
    return signed, challenge.nonce, binding


def sign_out_everywhere(house: House) -> None:
    with writing() as session:
        session.execute(update(WebSession).values(ended_at=house.now(), end_reason="SIGNED_OUT"))


def test_of_several_processes_that_get_one_answer_exactly_one_opens_a_session(
    house: House, bidder: Bidder, environment: dict[str, str]
) -> None:
    with servers(PROCESSES, environment) as outcomes:
        for _ in range(ROUNDS):
            replayed = [answer_of(house, bidder)] * PROCESSES
            assert outcomes(replayed) == ["CHALLENGE_EXPIRED"] * (PROCESSES - 1) + ["SignedIn"]
            sign_out_everywhere(house)
        # And of as many honest sign-ins with one certificate one is in, the others are asked.
        for _ in range(ROUNDS):
            honest = [answer_of(house, bidder) for _ in range(PROCESSES)]
            assert outcomes(honest) == ["Elsewhere"] * (PROCESSES - 1) + ["SignedIn"]
            sign_out_everywhere(house)


def test_an_answer_is_worth_nothing_in_another_browser(house: House, bidder: Bidder) -> None:
    signed, nonce, binding = answer_of(house, bidder, "its holder's browser")
    with pytest.raises(StatementError) as refused:
        signing_in.sign_in(house, signed, nonce, "a thief's browser")
    assert refused.value.code is PkiReason.CHALLENGE_EXPIRED
    assert isinstance(signing_in.sign_in(house, signed, nonce, binding), SignedIn)
    with pytest.raises(StatementError) as again:
        signing_in.sign_in(house, signed, nonce, binding)
    assert again.value.code is PkiReason.CHALLENGE_EXPIRED
