"""Sign-in with damaged parts: of certificates, paths and signatures of every kind, of the statement
and of the base64 around them. It ends in a reason code, and nobody is signed in."""

import base64
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from clients import ORIGIN, Client
from flask import Flask
from fuzzing import TEXTS, VALUES, reason, unlimited
from hypothesis import given
from hypothesis import strategies as st
from pki.test_pki_fuzz import damages
from web.conftest import START

from auction.pki import der
from auction.pki.demo.authority import DemoCA
from auction.pki.reasons import PkiReason
from auction.pki.softkey import SoftKey
from auction.pki.statement import Signed
from auction.services import demo_people, people
from auction.services.house import House
from config import Settings

# The parser warns of what it finds odd and takes all the same; here only the answer counts.
pytestmark = [
    pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Attribute's length must be:UserWarning"),
]
KINDS = ("SM2", "RSA-2048", "P-256")
CODES = {*PkiReason, "NOT_ENROLLED"}
PARTS = ("certificate", "issuing", "signature", "body")


@cache
def authority(kind: str) -> DemoCA:
    return DemoCA.create(None, START - timedelta(days=1), kind)


@cache
def holder(kind: str) -> SoftKey:
    """A key with a certificate of its own kind of authority."""
    key = SoftKey.generate(kind=kind)
    since, until = START - timedelta(hours=1), START + timedelta(days=300)
    key.certificate = authority(kind).issue(
        "模糊有限公司", "91630100MA7YANQA1B", key.public_key, since, until, 4711
    )
    return key


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A house that trusts an authority of every kind."""
    anchors = tmp_path / "anchors"
    anchors.mkdir()
    for kind in KINDS:
        (anchors / f"{kind}.crt").write_bytes(authority(kind).anchor)
    return Settings.from_environment(
        {
            "AUCTION_DATA_DIR": str(tmp_path / "data"),
            "AUCTION_ANCHORS_DIR": str(anchors),
            "AUCTION_ORIGIN": ORIGIN,
        }
    )


class Door:
    """The sign-in page for holders of one kind of key, one of whom is enrolled."""

    def __init__(self, app: Flask, client: Client, kind: str) -> None:
        self.app, self.client, self.kind = app, client, kind
        house: House = app.extensions["auction"]
        key = holder(kind)
        with app.app_context():
            chain = [authority(kind).intermediate]
            certificate = house.trust.validate(key.certificate, chain, house.now(), "login")
            party = demo_people.enrolled_party(house, demo_people.person("bidder-b"))
            people.bind(house, certificate, party_id=party)

    def honest(self) -> dict[str, Any]:
        """A good answer to a new challenge."""
        unlimited(self.app)
        self.client.key = holder(self.kind)
        challenge = self.client.post("/sign-in/challenge", json={}).get_json()
        asked = {"aud": challenge["aud"], "nonce": challenge["nonce"]}
        login = self.client.sign("login", asked)
        chain = [text(authority(self.kind).intermediate)]
        return {**login, "chain": chain, "nonce": challenge["nonce"]}

    def send(self, payload: dict[str, Any], honest: dict[str, Any]) -> str | None:
        """The reason why not; None for what says the same as the honest one."""
        answer = self.client.post("/sign-in", json=payload)
        if answer.status_code != 200:
            code = reason(answer)
            assert code in CODES
            assert self.client.get("/session").get_json() == {"state": "none"}
            return code
        assert proven(payload) == proven(honest)
        self.client.renew(answer.get_json())
        self.client.sign_out()
        return None


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def proven(payload: dict[str, Any]) -> tuple[Any, ...]:
    """What a sign-in stands on; the path to an anchor may be another one."""
    signed = Signed.from_transport(payload)
    return signed.body, signed.signature, signed.certificate, payload["nonce"]


@pytest.fixture(params=KINDS)
def door(request: pytest.FixtureRequest, app: Flask, visitor: Client) -> Door:
    return Door(app, visitor, request.param)


def test_the_undamaged_answer_opens_a_session(door: Door) -> None:
    honest = door.honest()
    assert door.send(honest, honest) is None


def test_damaged_bytes(door: Door) -> None:
    @given(part=st.sampled_from(PARTS), damage=damages())
    @hypothesis.settings(max_examples=40)
    def each(part: str, damage: Any) -> None:
        honest = door.honest()
        sent = dict(honest)
        if part == "body":
            sent["body"] = damage(honest["body"].encode()).decode("latin-1")
        elif part == "issuing":
            sent["chain"] = [text(damage(authority(door.kind).intermediate))]
        else:
            sent[part] = text(damage(base64.b64decode(honest[part])))
        door.send(sent, honest)

    each()


def test_fields_of_another_certificate(door: Door) -> None:
    """Serial, names, validity, key, extensions or signature, taken from any other one."""
    others = [
        der_ for kind in KINDS for der_ in (holder(kind).certificate, authority(kind).intermediate)
    ]

    @given(other=st.sampled_from(others), at=st.integers(0, 9))
    @hypothesis.settings(max_examples=25)
    def each(other: bytes, at: int) -> None:
        honest = door.honest()
        own = holder(door.kind).certificate
        sent = {**honest, "certificate": text(grafted(own, other, at))}
        code = door.send(sent, honest)
        assert (code is None) == (sent == honest)

    each()


def grafted(own: bytes, other: bytes, at: int) -> bytes:
    """The certificate with one field (0-7), its algorithm (8) or its signature (9) of `other`."""
    content, *rest = der.children(own)
    its_content, *its_rest = der.children(other)
    if at >= 8:
        rest[at - 8] = its_rest[at - 8]
    else:
        fields = der.children(content)
        fields[at] = der.children(its_content)[at]
        content = der.sequence(*fields)
    return der.sequence(content, *rest)


def test_other_paths(door: Door) -> None:
    known = [
        one for kind in KINDS for one in (authority(kind).intermediate, authority(kind).anchor)
    ]

    @given(chain=st.lists(st.sampled_from([*known, holder("SM2").certificate]), max_size=5))
    @hypothesis.settings(max_examples=20)
    def each(chain: list[bytes]) -> None:
        honest = door.honest()
        code = door.send({**honest, "chain": [text(one) for one in chain]}, honest)
        if len(chain) <= 4:
            assert code is None, "what else comes along does no harm, and what lacks was kept"
        else:
            assert code in {"CERTIFICATE_TOO_MANY", "STATEMENT_TRANSPORT"}

    each()


def test_other_values_where_the_parts_belong(door: Door) -> None:
    odd = st.one_of(VALUES, TEXTS.map(lambda one: one + "="))
    name = st.sampled_from(["certificate", "signature", "body", "nonce", "chain", "next", "more"])

    @given(changes=st.dictionaries(name, odd, min_size=1, max_size=3))
    @hypothesis.settings(max_examples=30)
    def each(changes: dict[str, Any]) -> None:
        honest = door.honest()
        door.send({**honest, **changes}, honest)

    each()
