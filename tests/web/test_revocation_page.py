"""The security officer's page of revocation data, and what machines read of it."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from flask.testing import FlaskClient
from revoking import HOURS, configure, crl, http, listener
from sqlalchemy import select

from auction.pki.demo.authority import DemoCA
from auction.presenting import registers
from auction.presenting import revocation as wording
from auction.services.fetching import FAULTS
from auction.services.house import House
from auction.services.revocation import refreshing
from auction.services.revocation.intake import LISTS_LIMIT, take_lists
from auction.services.trust import store
from auction.store.base import db
from auction.store.certificates import RevocationRecord, RevocationSource
from auction.trading.time import DrivenClock

PAGE = "/admin/revocation"


@pytest.fixture
def officer(client_as: Callable[[str], Any]) -> Any:
    return client_as("security")


def upload(officer: Any, content: bytes) -> Any:
    return officer.post(PAGE, data={"file": (io.BytesIO(content), "ca.crl")})


def test_a_list_brought_by_hand_is_checked_put_in_force_and_entered_in_the_register(
    app: Flask, house: House, officer: Any
) -> None:
    with app.app_context():
        newer, older = crl(house, [7, 8, 9], 12), crl(house, [], 11)
    assert upload(officer, newer).status_code == 302
    page = officer.get(PAGE).get_data(as_text=True)
    assert "已启用 1 份吊销列表" in page
    assert '<span class="num">12</span>' in page
    assert "载有 3 张证书" in page
    assert "没有变化" in officer.get(upload(officer, newer).location).get_data(as_text=True)
    for content, told in (
        (older, "编号低于已在使用的列表"),
        (b"<html>", "编码或内容不符合规范"),
    ):
        refused = upload(officer, content)
        assert refused.status_code == 422
        assert told in refused.get_data(as_text=True)
    assert "没有选择文件" in officer.post(PAGE, data={}).get_data(as_text=True)
    with app.app_context():
        query = select(RevocationRecord.number).where(RevocationRecord.in_force)
        assert list(db.session.scalars(query)) == ["12"]
    data = {"officer": "security", "sha256": "ab" * 32}
    assert "abababababab" in registers.sentence("revocation_list_taken", data)


def test_a_file_is_taken_as_a_whole_or_not_at_all(app: Flask, house: House, officer: Any) -> None:
    with app.app_context():
        good, stranger = crl(house, [7], 12), DemoCA.create(b"another", house.now())
        now = house.now()
        bad = stranger.crl({}, number=1, now=now, next_update=now + HOURS)
    for lists, code, told in (
        ([good, bad], "CRL_BAD_SIGNATURE", "签名不正确"),
        ([good] * (LISTS_LIMIT + 1), "CRL_TOO_MANY", f"超过 {LISTS_LIMIT} 份"),
    ):
        refused = upload(officer, b"".join(map(pem, lists)))
        assert refused.status_code == 422
        page = refused.get_data(as_text=True)
        assert code in page
        assert told in page
        with app.app_context():
            assert db.session.scalars(select(RevocationRecord)).all() == []
    assert upload(officer, pem(good) * LISTS_LIMIT).status_code == 302
    with app.app_context():
        assert [one.number for one in db.session.scalars(select(RevocationRecord))] == ["12"]


def pem(der: bytes) -> bytes:
    return x509.load_der_x509_crl(der).public_bytes(Encoding.PEM)


def test_a_source_is_shown_with_its_fault_and_what_follows_from_it(
    app: Flask, house: House, officer: Any, clock: DrivenClock
) -> None:
    with app.app_context(), listener(http(b"", "500 Internal Server Error")) as source:
        take_lists(house, crl(house, [], 1), store.entries(house))
        take_lists(house, crl(house, [], 1, of="root"), store.entries(house))
        anchor = configure(house, [source.url], revocation="hard")
        refreshing.refresh(house)
    page = officer.get(PAGE).get_data(as_text=True)
    assert source.url in page
    assert "从未成功" in page
    assert "SOURCE_STATUS" in page
    assert "状态可以查明" in page
    assert 'aria-label="有效时间已过 0%"' in page

    assert officer.post(f"{PAGE}/ask").status_code == 302
    with app.app_context():
        row = db.session.get_one(RevocationSource, (anchor, source.url))
        assert row.tried_at.year == 1970
        configure(house, [source.url], revocation="soft", max_list_age_hours=1)
    clock.advance(minutes=50)
    assert "即将过期" in officer.get(PAGE).get_data(as_text=True)
    clock.advance(minutes=10)
    page = officer.get(PAGE).get_data(as_text=True)
    assert "已过期" in page
    assert "按软失败，其证书仍可使用" in page


def test_machines_read_ages_and_faults(
    app: Flask, house: House, visitor: FlaskClient, clock: DrivenClock
) -> None:
    with app.app_context(), listener(http(b"no list")) as source:
        take_lists(house, crl(house, [], 1), store.entries(house))
        configure(house, [source.url])
        refreshing.refresh(house)
    clock.advance(minutes=10)
    page = visitor.get("/metrics").get_data(as_text=True)
    for line in (
        "auction_revocation_lists 1.0",
        "auction_revocation_oldest_list_age_seconds 600.0",
        "auction_revocation_shortest_left_seconds 85800.0",
        "auction_revocation_sources 1.0",
        "auction_revocation_sources_failing 1.0",
    ):
        assert line in page


def test_only_security_officers_see_it(client_as: Callable[[str], Any]) -> None:
    assert client_as("auditor").get(PAGE).status_code == 403
    assert client_as("bidder-a").get(PAGE).status_code == 403


@pytest.mark.parametrize("code", [*sorted(FAULTS), "CRL_TOO_LARGE", "OCSP_NOT_ANSWERED"])
def test_every_fault_has_a_sentence(app: Flask, code: str) -> None:
    with app.test_request_context():
        told = wording.fault_sentence(code)
        assert told.endswith("。")
        assert code not in told
