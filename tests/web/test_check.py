"""What the server answers to the device check: about a certificate, a signature and the line."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from chains import DAY, holder, made
from clients import Client
from cryptography import x509
from enrolling import Holder
from flask import Flask
from limits import parse
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from auction.app import create_app
from auction.pki.chain import Anchor, RevocationMode, TrustStore
from auction.pki.ocsp import verify_ocsp
from auction.pki.revocation import RevocationData, verify_list
from auction.pki.softkey import SoftKey
from auction.services.house import House
from auction.store.base import db
from auction.store.people import Credential
from auction.trading.time import DrivenClock
from auction.web.public import device
from config import Settings

ENCRYPTS = x509.KeyUsage(False, False, True, True, False, False, False, False, False)


def ask(client: Client, der: bytes, **more: Any) -> TestResponse:
    given = {"certificate": base64.b64encode(der).decode(), **more}
    return client.post("/check/certificate", json=given)


def judged(client: Client, der: bytes, **more: Any) -> tuple[int, str]:
    answer = ask(client, der, **more)
    told = answer.get_json()
    assert told["title"]
    assert told["body"]
    return answer.status_code, told["code"]


def know(house: House, data: RevocationData, mode: RevocationMode = RevocationMode.SOFT) -> None:
    """What the house knows of revocations, and whether it has to know."""
    anchors = [Anchor(one.der, revocation=mode) for one in house.trust.anchors]
    above = house.trust.intermediates
    house.trust = TrustStore(anchors, allow_demo=True, intermediates=above, revocation=data)


def issuing(house: House) -> x509.Certificate:
    assert house.demo_ca is not None
    return x509.load_der_x509_certificate(house.demo_ca.intermediate)


def lists(house: House, *serials: int) -> RevocationData:
    """Fresh lists of the demonstration's authorities; these serials are revoked."""
    authority, now = house.demo_ca, house.now()
    assert authority is not None
    how = {"number": 1, "now": now, "next_update": now + DAY}
    root = x509.load_der_x509_certificate(authority.anchor)
    return RevocationData(
        [
            verify_list(authority.crl(dict.fromkeys(serials, now), **how), issuing(house), now=now),
            verify_list(authority.crl({}, of="root", **how), root, now=now),
        ]
    )


def serial_of(key: SoftKey) -> int:
    return x509.load_der_x509_certificate(key.certificate).serial_number


def enrolled(client_as: Callable[..., Client]) -> SoftKey:
    key = client_as("bidder-a").key
    assert key is not None
    return key


# --- a certificate ----------------------------------------------------------------------------


def test_a_certificate_is_accepted_without_signing_in(house: House, visitor: Client) -> None:
    assert judged(visitor, Holder(house).key.certificate) == (200, "CERTIFICATE_ACCEPTED")


def test_the_answer_is_in_the_language_of_the_page(house: House, visitor: Client) -> None:
    visitor.set_cookie("lang", "en")
    told = ask(visitor, Holder(house).key.certificate).get_json()
    assert told["title"] == "This centre accepts the certificate."


def test_dates_go_by_the_servers_clock(house: House, clock: DrivenClock, visitor: Client) -> None:
    authority, key = house.demo_ca, SoftKey.generate()
    assert authority is not None
    span = (clock.now() + DAY, clock.now() + 2 * DAY)
    der = authority.issue("某某", "91630100X", key.public_key, *span, 7)
    assert judged(visitor, der) == (422, "CERTIFICATE_NOT_YET_VALID")
    clock.advance(hours=25)
    assert judged(visitor, der) == (200, "CERTIFICATE_ACCEPTED")
    clock.advance(days=3)
    assert judged(visitor, der) == (422, "CERTIFICATE_EXPIRED")


def test_what_the_centre_does_not_trust_is_refused(house: House, visitor: Client) -> None:
    now = house.now()
    root = made("另一家", now)
    person = holder("某某", now, issuer=root)
    chain = [base64.b64encode(root.der).decode()]
    assert judged(visitor, person.der, chain=chain) == (422, "CERTIFICATE_UNTRUSTED")
    assert judged(visitor, root.der) == (422, "CERTIFICATE_UNTRUSTED")
    house.trust = TrustStore([Anchor(root.der)], allow_demo=True)
    assert judged(visitor, person.der) == (200, "CERTIFICATE_ACCEPTED")
    encrypts = holder("某某", now, issuer=root, usage=ENCRYPTS)
    assert judged(visitor, encrypts.der) == (422, "CERTIFICATE_WRONG_USAGE")


def test_the_issuers_between_come_with_it(house: House, visitor: Client) -> None:
    now = house.now()
    root = made("根", now)
    between = made("签发", now, issuer=root)
    person = holder("某某", now, issuer=between)
    house.trust = TrustStore([Anchor(root.der)], allow_demo=True)
    assert judged(visitor, person.der) == (422, "CERTIFICATE_ISSUER_NOT_SENT")
    chain = [base64.b64encode(between.der).decode()]
    assert judged(visitor, person.der, chain=chain) == (200, "CERTIFICATE_ACCEPTED")


def test_a_listed_certificate_is_refused(house: House, visitor: Client) -> None:
    one, other = Holder(house).key, Holder(house).key
    know(house, lists(house, serial_of(one)))
    assert judged(visitor, one.certificate) == (422, "CERTIFICATE_REVOKED")
    assert judged(visitor, other.certificate) == (200, "CERTIFICATE_ACCEPTED")


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [(lists, 200, "CERTIFICATE_ACCEPTED"), (None, 200, "CERTIFICATE_ACCEPTED_STATUS_LATER")],
    ids=["with a list", "without one"],
)
def test_where_the_status_must_be_known_the_answer_says_whether_it_is(
    house: House,
    visitor: Client,
    data: Callable[[House], RevocationData] | None,
    status: int,
    code: str,
) -> None:
    know(house, RevocationData() if data is None else data(house), RevocationMode.HARD)
    assert judged(visitor, Holder(house).key.certificate) == (status, code)


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        {},
        {"certificate": "***"},
        {"certificate": "A" * 20_000},
        {"certificate": "AAAA", "chain": ["AAAA"] * 5},
        {"certificate": "AAAA", "chain": "AAAA"},
    ],
)
def test_what_is_no_certificate_gets_an_answer(visitor: Client, payload: object) -> None:
    answer = visitor.post("/check/certificate", json=payload)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "STATEMENT_TRANSPORT")
    assert judged(visitor, b"no certificate") == (422, "CERTIFICATE_MALFORMED")


# --- what the answer must not tell ------------------------------------------------------------


def test_whether_somebody_is_enrolled_is_not_told(
    app: Flask, house: House, client_as: Callable[..., Client], visitor: Client
) -> None:
    known, stranger = enrolled(client_as), Holder(house).key
    before = ask(visitor, stranger.certificate).data
    assert ask(visitor, known.certificate).data == before
    with app.app_context():
        credential = db.session.scalar(select(Credential))
        assert credential is not None
        credential.retired_at = house.now()
        db.session.commit()
    assert ask(visitor, known.certificate).data == before


@pytest.mark.parametrize("status", ["good", "revoked"])
def test_an_answer_that_was_fetched_for_an_enrolled_certificate_is_not_told(
    house: House, client_as: Callable[..., Client], visitor: Client, status: Any
) -> None:
    """Only the enrolled are asked about, so a difference would name them."""
    known, stranger = enrolled(client_as), Holder(house).key
    authority, now = house.demo_ca, house.now()
    assert authority is not None
    revoked = {"revoked_at": now} if status == "revoked" else {}
    how = {"now": now, "next_update": now + DAY, **revoked}
    der = authority.ocsp(serial_of(known), status, **how)
    certificate = x509.load_der_x509_certificate(known.certificate)
    answer = verify_ocsp(der, certificate, issuing(house), now=now)
    above = [one for one in lists(house).lists if not one.scope.covers(certificate)]
    know(house, RevocationData(above, [answer]), RevocationMode.HARD)
    assert ask(visitor, known.certificate).data == ask(visitor, stranger.certificate).data


def test_nothing_is_stored(app: Flask, house: House, visitor: Client) -> None:
    visitor.key = Holder(house).key

    def rows() -> dict[str, int | None]:
        with app.app_context():
            return {
                name: db.session.scalar(select(func.count()).select_from(table))
                for name, table in db.metadata.tables.items()
            }

    before = rows()
    visitor.get("/check")
    visitor.get("/check/line")
    judged(visitor, visitor.key.certificate)
    assert visitor.post("/check/signature", json=visitor.sign("check", {})).status_code == 200
    assert rows() == before


# --- a signature ------------------------------------------------------------------------------


@pytest.fixture
def signer(house: House, visitor: Client) -> Client:
    """A visitor with a key whose certificate nobody has enrolled."""
    visitor.key = Holder(house).key
    return visitor


def tried(client: Client, signed: dict[str, str]) -> tuple[int, str]:
    answer = client.post("/check/signature", json=signed)
    told = answer.get_json()
    assert told["title"]
    return answer.status_code, told["code"]


def test_a_trial_signature_is_examined(signer: Client) -> None:
    signed = signer.sign("check", {})
    assert tried(signer, signed) == (200, "SIGNATURE_GOOD")
    spoilt = base64.b64encode(bytes(64)).decode()
    assert tried(signer, {**signed, "signature": spoilt}) == (422, "STATEMENT_BAD_SIGNATURE")


@pytest.mark.parametrize("kind", ["P-384", "RSA-2048", "SM2"])
def test_every_kind_of_key_can_be_tried(house: House, visitor: Client, kind: str) -> None:
    visitor.key = Holder(house, key=SoftKey.generate(kind=kind)).key
    assert tried(visitor, visitor.sign("check", {})) == (200, "SIGNATURE_GOOD")


@pytest.mark.parametrize(
    ("purpose", "fields", "code"),
    [
        ("login", {}, "STATEMENT_BAD_SIGNATURE"),
        ("practice-check", {}, "STATEMENT_BAD_SIGNATURE"),
        ("enrolment", {"form": "f0" * 32}, "STATEMENT_WRONG_FIELDS"),
        ("check", {"aud": "https://other.example.cn"}, "STATEMENT_WRONG_AUDIENCE"),
    ],
)
def test_a_signature_for_anything_else_is_refused(
    signer: Client, purpose: str, fields: dict[str, str], code: str
) -> None:
    assert tried(signer, signer.sign(purpose, fields)) == (422, code)


def test_a_trial_signature_opens_nothing(client_as: Callable[..., Client]) -> None:
    client = client_as("bidder-a")
    client.sign_out()
    challenge = client.post("/sign-in/challenge", json={}).get_json()
    signed = client.sign("check", {"nonce": challenge["nonce"]})
    assert tried(client, signed) == (200, "SIGNATURE_GOOD")
    answer = client.post("/sign-in", json={**signed, "nonce": challenge["nonce"]})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "STATEMENT_BAD_SIGNATURE")


def test_the_signers_certificate_is_judged_too(house: House, visitor: Client) -> None:
    person = holder("某某", house.now(), issuer=made("另一家", house.now()))
    visitor.key = person.key
    visitor.key.certificate = person.der
    assert tried(visitor, visitor.sign("check", {})) == (422, "CERTIFICATE_UNTRUSTED")


# --- the door ---------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["CHECKS", "CHECKS_OF_ADDRESS"])
def test_asking_too_often_is_refused_in_words(
    house: House, visitor: Client, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(device, limit, parse("2/minute"))
    visitor.key = Holder(house).key
    signed = visitor.sign("check", {})
    assert tried(visitor, signed) == (200, "SIGNATURE_GOOD")
    assert judged(visitor, visitor.key.certificate) == (200, "CERTIFICATE_ACCEPTED")
    assert tried(visitor, signed) == (429, "CHECK_TOO_OFTEN")
    assert judged(visitor, visitor.key.certificate) == (429, "CHECK_TOO_OFTEN")


@pytest.mark.parametrize("address", ["/check/certificate", "/check/signature"])
def test_only_the_page_itself_may_ask(visitor: Client, address: str) -> None:
    answer = visitor.post(address, json={}, headers={"X-CSRFToken": "", "Accept": "text/json"})
    assert answer.status_code == 400


# --- the line ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hops", "headers", "seen"),
    [
        (0, {}, (False, False)),
        (0, {"X-Forwarded-For": "203.0.113.7"}, (True, False)),
        (0, {"Via": "1.1 office"}, (False, True)),
        (1, {"X-Forwarded-For": "203.0.113.7"}, (False, False)),
        (1, {"X-Forwarded-For": "10.0.0.9, 203.0.113.7"}, (True, False)),
    ],
    ids=["none", "undeclared front", "via", "own front", "own front and another"],
)
def test_a_proxy_in_between_is_told_without_its_address(
    app: Flask,
    visitor: Client,
    hops: int,
    headers: dict[str, str],
    seen: tuple[bool, bool],
) -> None:
    app.config["TRUSTED_PROXIES"] = hops
    told = visitor.get("/check/line", headers=headers).get_json()
    assert set(told) == {"now_us", "forwarded", "via"}
    assert (told["forwarded"], told["via"]) == seen


def test_the_line_tells_the_servers_time(clock: DrivenClock, visitor: Client) -> None:
    first = visitor.get("/check/line").get_json()["now_us"]
    clock.advance(seconds=3)
    assert visitor.get("/check/line").get_json()["now_us"] == first + 3_000_000


# --- the page ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "offered"),
    [
        ({"AUCTION_BRIDGES": "sof=ws://127.0.0.1:9001"}, True),
        ({"AUCTION_SOFT_KEYS": "refused"}, False),
    ],
)
def test_the_page_offers_what_the_centre_allows(
    settings: Settings, environment: dict[str, str], offered: bool
) -> None:
    given = {"AUCTION_DATA_DIR": str(settings.data_dir), **environment}
    page = create_app(Settings.from_environment(given)).test_client().get("/check")
    assert page.status_code == 200
    assert ("data-open-pfx" in page.text) is offered
    assert page.text.count("data-row=") == 6
    assert "检测需要启用 JavaScript" in page.text
