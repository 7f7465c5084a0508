"""Sessions in a browser: one for each certificate, told when it ends, gone when left."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from clients import Client
from enrolling import Holder
from flask import Flask, request
from limits import parse
from sqlalchemy import select

from auction.app import create_app
from auction.pki.chain import TrustStore
from auction.pki.softkey import SoftKey
from auction.services.enrolment import proofs
from auction.services.house import House
from auction.services.unit import writing
from auction.store import journal
from auction.store.base import db
from auction.store.logs import Log
from auction.store.people import Credential, WebSession
from auction.trading.time import DrivenClock
from auction.web import limits
from auction.web.guards import PUBLIC, audience
from config import Settings

ClientAs = Callable[[str], Client]


@pytest.fixture
def second(app: Flask) -> Callable[[Client], Client]:
    """Another browser of somebody who holds the same key and certificate."""

    def make(first: Client) -> Client:
        client = app.test_client()
        assert isinstance(client, Client)
        client.key = first.key
        return client

    return make


def state(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/session").get_json()
    return found


def test_a_second_sign_in_asks_first_and_the_displaced_window_is_told(
    app: Flask, client_as: ClientAs, second: Callable[[Client], Client], clock: DrivenClock
) -> None:
    first = client_as("bidder-a")
    clock.advance(minutes=20)
    other = second(first)
    asked = other.sign_in()
    assert asked.status_code == 409
    assert asked.get_json()["title"] == "此证书正在另一台电脑使用（09:00:00 登录）。"
    assert first.get("/my/").status_code == 200, "nobody is put out before it is confirmed"
    assert other.get("/my/").status_code == 302

    clock.advance(seconds=71)
    assert other.take_over(asked).status_code == 200
    assert other.get("/my/").status_code == 200
    told = state(first)
    assert (told["state"], told["code"], told["grave"]) == ("ended", "SESSION_TAKEN", True)
    assert told["said"]["body"].startswith("09:21:11，同一证书在另一处登录")
    page = first.get("/my/", follow_redirects=True).get_data(as_text=True)
    assert "您已在另一台电脑登录，本页已停止。" in page
    assert "在本机重新登录" in page
    assert "data-save-records" in page
    with app.app_context():
        log = db.session.scalar(select(Log).where(Log.kind == "security"))
        (record,) = journal.read(db.session.connection(), log.id)
    assert record.type == "session_taken"
    assert len(record.data) < 400
    assert first.key is not None
    for secret in ("青海演练甲", "91630100DEMO0000A1"):
        assert secret not in record.data.decode()

    again = other.post("/sign-in/take-over", json={"confirm": asked.get_json()["confirm"]})
    assert (again.status_code, again.get_json()["code"]) == (422, "CONFIRMATION_EXPIRED")


def test_who_does_not_confirm_in_time_changes_nothing(
    client_as: ClientAs, second: Callable[[Client], Client], clock: DrivenClock
) -> None:
    first = client_as("drafter")
    other = second(first)
    asked = other.sign_in()
    clock.advance(minutes=2)
    late = other.post("/sign-in/take-over", json={"confirm": asked.get_json()["confirm"]})
    assert late.get_json()["code"] == "CONFIRMATION_EXPIRED"
    assert first.get("/office/").status_code == 200


def test_the_same_browser_is_not_asked_and_its_old_session_is_over(client_as: ClientAs) -> None:
    client = client_as("bidder-a")
    before = client.get_cookie("floor-session")
    assert client.sign_in().status_code == 200
    assert client.get("/my/").status_code == 200
    client.set_cookie("floor-session", before.value)
    assert state(client)["code"] == "SIGNED_IN_AGAIN"


def test_a_spare_certificate_is_signed_in_beside_the_first(client_as: ClientAs) -> None:
    first, spare = client_as("bidder-a"), client_as("bidder-a")
    assert first.key.certificate != spare.key.certificate
    assert [state(one)["state"] for one in (first, spare)] == ["lasting"] * 2


def test_asking_how_long_it_lasts_keeps_nothing_alive_but_work_does(
    client_as: ClientAs, house: House, clock: DrivenClock
) -> None:
    client = client_as("bidder-a")
    idle = timedelta(minutes=house.site.session_idle_minutes)
    clock.advance(seconds=idle.total_seconds() - 60)
    left = state(client)
    assert left["idle_us"] - left["now_us"] == 60_000_000
    assert client.post("/session/keep").get_json()["idle_us"] - left["now_us"] == idle // (
        timedelta(microseconds=1)
    )
    clock.advance(seconds=idle.total_seconds())
    told = state(client)
    assert (told["code"], told["grave"]) == ("SESSION_EXPIRED", False)
    assert client.post("/session/keep").status_code == 401
    assert "登录已过期。" in client.get("/my/", follow_redirects=True).get_data(as_text=True)


def test_no_work_carries_a_session_beyond_its_hours(
    client_as: ClientAs, house: House, clock: DrivenClock
) -> None:
    client = client_as("bidder-a")
    for _ in range(house.site.session_hours * 2):
        assert client.post("/session/keep").status_code == 200
        clock.advance(minutes=30)
    assert state(client)["code"] == "SESSION_EXPIRED"


def test_signing_out_ends_it_on_the_server_and_leaves_no_page_behind(client_as: ClientAs) -> None:
    client = client_as("bidder-a")
    assert client.get("/my/").headers["Cache-Control"] == "no-store"
    held = client.get_cookie("floor-session").value
    assert client.get("/sign-out").status_code == 405
    answer = client.sign_out()
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert client.get_cookie("floor-session") is None
    client.set_cookie("floor-session", held)
    assert client.get("/my/").status_code == 302
    assert state(client)["code"] == "SIGNED_OUT"


def test_a_revoked_certificate_is_told_with_issuer_and_instants(
    app: Flask, client_as: ClientAs, clock: DrivenClock
) -> None:
    client = client_as("bidder-a")
    client_as("bidder-a")  # a spare one
    with app.app_context(), writing() as session:
        row = session.scalar(
            select(Credential).where(Credential.certificate == client.key.certificate)
        )
        row.revocation_instant = clock.now() - timedelta(minutes=4)
        row.revoked_at = clock.now()
    page = client.get("/my/", follow_redirects=True).get_data(as_text=True)
    assert "您的数字证书已被吊销，不能继续报价。" in page
    assert "于 08:56:00 吊销，本系统 09:00:00 获知。此前已记录的报价不受影响。" in page
    assert "用备用证书登录" in page
    told = client.sign_in().get_json()
    assert (told["code"], told["retry"]) == ("CERTIFICATE_REVOKED", False)


def test_without_another_certificate_nothing_is_offered_that_must_fail(
    app: Flask, client_as: ClientAs, clock: DrivenClock
) -> None:
    client = client_as("bidder-a")
    with app.app_context(), writing() as session:
        for row in session.scalars(select(Credential)):
            row.revoked_at = clock.now()
    page = client.get("/my/", follow_redirects=True).get_data(as_text=True)
    assert "您的数字证书已被吊销，不能继续报价。" in page
    assert "again=1" not in page
    assert "下载我的回执" in page
    told = state(client)
    assert told["save"] == "下载我的回执"
    assert [(one["label"], one["url"]) for one in told["actions"]] == [
        ("公告中的联系方式", "/notices")
    ]


def test_only_who_signed_learns_whether_a_certificate_is_enrolled(
    app: Flask, visitor: Client, house: House
) -> None:
    with app.app_context():
        visitor.key = Holder(house).key
    challenge = visitor.post("/sign-in/challenge", json={}).get_json()
    login = visitor.sign("login", {"nonce": challenge["nonce"]})
    forged = {**login, "signature": "AAAA", "nonce": challenge["nonce"]}
    assert visitor.post("/sign-in", json=forged).get_json()["code"] == "STATEMENT_BAD_SIGNATURE"
    answer = visitor.sign_in()
    assert (answer.status_code, answer.get_json()["code"]) == (422, "NOT_ENROLLED")
    assert visitor.get_cookie("floor-session") is None


def test_a_key_without_its_issuers_certificate_signs_in_by_what_was_kept(
    client_as: ClientAs, house: House
) -> None:
    client = client_as("bidder-a")
    house.trust = TrustStore(house.trust.anchors, allow_demo=True)
    assert client.sign_in().status_code == 200
    assert client.key is not None
    somebody = SoftKey.generate()
    somebody.certificate, client.key = client.key.certificate, somebody
    assert client.sign_in().get_json()["code"] == "CERTIFICATE_UNTRUSTED"


def test_a_proof_of_an_unknown_certificate_is_good_for_a_quarter_of_an_hour(
    app: Flask, visitor: Client, house: House, clock: DrivenClock
) -> None:
    with app.app_context():
        holder = Holder(house)
    visitor.key = holder.key
    visitor.sign_in()
    with visitor.session_transaction() as form:
        proof = form["enrolling"]
    with app.app_context():
        found = proofs.find(house, proof)
        assert found is not None
        assert found.certificate.path[0] == holder.key.certificate
        clock.advance(minutes=15)
        assert proofs.find(house, proof) is None


def test_steps_of_signing_in_are_limited_by_browser_and_by_address(
    app: Flask, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def statuses(*clients: Client) -> list[int]:
        return [one.post("/sign-in/challenge", json={}).status_code for one in clients]

    monkeypatch.setattr(limits, "SIGN_INS", parse("2/minute"))
    assert statuses(visitor, visitor, visitor) == [200, 200, 429]
    monkeypatch.setattr(limits, "SIGN_INS_OF_ADDRESS", parse("3/hour"))
    others = [app.test_client() for _ in range(4)]
    headers = [{"X-Forwarded-For": f"203.0.113.{n}"} for n in range(4)]
    found = [
        one.post("/sign-in/challenge", json={}, headers=said).status_code
        for one, said in zip(others, headers, strict=True)
    ]
    assert found == [200, 200, 200, 429], "without trusted proxies nobody says where he is"


def test_a_trusted_proxy_says_whence_a_request_comes_and_nothing_else(
    settings: Settings, clock: DrivenClock
) -> None:
    behind = create_app(replace(settings, trusted_proxies=1), clock=clock)

    @behind.get("/seen")
    @audience(PUBLIC)
    def seen() -> list[str]:
        return [request.remote_addr or "", request.scheme, request.host, request.script_root]

    forged = {
        "X-Forwarded-For": "127.0.0.1, 203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/seat/a",
    }
    found = behind.test_client().get("/seen", headers=forged).get_json()
    assert found == ["203.0.113.9", "https", "localhost", ""]
    behind.extensions["auction"].engine.dispose()


def test_hashes_of_tokens_are_kept_and_not_the_tokens(app: Flask, client_as: ClientAs) -> None:
    client = client_as("bidder-a")
    with app.app_context():
        (row,) = db.session.scalars(select(WebSession))
        assert client.get_cookie("floor-session").value not in repr(vars(row))
