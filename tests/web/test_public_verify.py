"""/verify: anyone can check a receipt, a certificate number, a document; wrong input keeps its
field and gets a code."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from public_pages import Sale, checked

from auction.services import demo_people
from auction.store.base import db
from auction.store.sales import Lot
from auction.store.seats import Seat
from auction.trading.time import DrivenClock

NUMBER = "1234567890123456"


@pytest.fixture
def quoted(app: Flask, clock: DrivenClock, published_lot: Any) -> Sale:
    driven = Sale(app, clock, published_lot.id)
    driven.seat()
    driven.to_quoted()
    return driven


def receipt_of(visitor: Any, number: int) -> str:
    answer = visitor.get(f"/lots/2024JC-4/records/{number}.tlog-proof")
    assert answer.status_code == 200
    text: str = answer.get_data(as_text=True)
    return text


def check(visitor: Any, what: str, **fields: Any) -> Any:
    return visitor.post("/verify", data={"what": what, **fields})


def said(answer: Any, status: int, code: str) -> str:
    assert answer.status_code == status
    page: str = answer.get_data(as_text=True)
    assert checked(page).wrong == []
    assert f'data-code="{code}"' in page
    return page


def test_a_receipt_says_what_it_proves_and_what_not(quoted: Sale, visitor: Any) -> None:
    page = said(check(visitor, "receipt", receipt=receipt_of(visitor, 3)), 200, "RECEIPT_HOLDS")
    assert f"号牌 {quoted.plates[0]} 报 1,549 万元" in page
    assert "这证明" in page
    assert "这不证明" in page


def test_a_receipt_can_be_uploaded_as_a_file(quoted: Sale, visitor: Any) -> None:
    file = (io.BytesIO(receipt_of(visitor, 3).encode()), "3.tlog-proof")
    said(check(visitor, "receipt", receipt_file=file), 200, "RECEIPT_HOLDS")


def test_line_ends_of_windows_do_no_harm(quoted: Sale, visitor: Any) -> None:
    text = receipt_of(visitor, 3).replace("\n", "\r\n")
    said(check(visitor, "receipt", receipt=text), 200, "RECEIPT_HOLDS")


@pytest.mark.parametrize("number", range(1, 7))
def test_every_kind_of_record_can_be_told(
    quoted: Sale, app: Flask, visitor: Any, number: int
) -> None:
    house = app.extensions["auction"]
    with app.app_context():
        runtime = house.writer.runtimes[quoted.lot_id]
        text = house.writer.recall(runtime, number).receipts[0].to_text()
    said(check(visitor, "receipt", receipt=text), 200, "RECEIPT_HOLDS")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: "", "RECEIPT_EMPTY"),
        (lambda text: text[:40], "RECEIPT_MALFORMED"),
        (lambda text: "回执 🤷 ", "RECEIPT_MALFORMED"),
        (lambda text: text.replace("index 2", "index 3"), "RECEIPT_INCLUSION"),
        (lambda text: text.replace("index 2", "index 999"), "RECEIPT_INCLUSION"),
        (lambda text: text.replace("/lots/2024JC-4", "/lots/2099JC-1"), "RECEIPT_FOREIGN"),
        (lambda text: text[:-12] + "AAAAAAAAAA=\n", "RECEIPT_SIGNATURE"),
    ],
)
def test_a_receipt_that_does_not_hold_is_named_and_kept(
    quoted: Sale, visitor: Any, change: Callable[[str], str], code: str
) -> None:
    text = change(receipt_of(visitor, 3))
    page = said(check(visitor, "receipt", receipt=text), 422, code)
    assert text[:30] in page


def test_a_record_changed_behind_the_system_is_found_by_its_receipt(
    quoted: Sale, app: Flask, visitor: Any
) -> None:
    text = receipt_of(visitor, 3)
    with app.app_context():
        lot = db.session.get_one(Lot, quoted.lot_id)
        changed = "UPDATE log_entry SET leaf = :leaf WHERE log_id = :log AND seq = 3"
        db.session.execute(db.text(changed), {"leaf": b"{}", "log": lot.log_id})
        db.session.commit()
    said(check(visitor, "receipt", receipt=text), 200, "HEAD_MISMATCH")


def test_a_certificate_is_valid_or_not_and_nobody_is_named(
    quoted: Sale, app: Flask, visitor: Any
) -> None:
    with app.app_context():
        db.session.query(Seat).first().certificate_number = NUMBER
        db.session.commit()
    page = said(
        check(visitor, "certificate", number="1234 5678-9012 3456"), 200, "CERTIFICATE_VALID"
    )
    assert "2024JC-4" in page
    assert not any(person.name in page for person in demo_people.PEOPLE)
    read = "".join(checked(page).text)
    assert not any(plate in read for plate in quoted.plates)
    said(check(visitor, "certificate", number="0" * 16), 200, "CERTIFICATE_INVALID")


def test_a_number_that_is_none_is_refused_and_kept(visitor: Any) -> None:
    page = said(check(visitor, "certificate", number="<b>12"), 422, "NUMBER_MALFORMED")
    assert 'value="&lt;b&gt;12"' in page


def test_guessing_numbers_is_slowed_down(visitor: Any) -> None:
    for _ in range(10):
        said(check(visitor, "certificate", number="0" * 16), 200, "CERTIFICATE_INVALID")
    page = said(check(visitor, "certificate", number="7" * 16), 429, "CHECK_TOO_OFTEN")
    assert 'value="7777777777777777"' in page


@pytest.mark.parametrize("kind", ["notice", "instructions", "application"])
def test_a_published_document_is_known_by_its_bytes(
    visitor: Any, published_lot: Any, kind: str
) -> None:
    data = visitor.get(f"/lots/2024JC-4/documents/{kind}.json").data
    file = (io.BytesIO(data), f"{kind}.json")
    page = said(check(visitor, "document", document_file=file), 200, "DOCUMENT_AGREES")
    assert "2024TD网挂公告第[44]号" in page


def test_the_signed_confirmation_is_known_by_its_hash(
    app: Flask, clock: DrivenClock, published_lot: Any, visitor: Any
) -> None:
    driven = Sale(app, clock, published_lot.id)
    driven.seat()
    driven.to_published()
    page = said(check(visitor, "document", digest="11" * 32), 200, "DOCUMENT_AGREES")
    assert "成交确认书，" in page


def test_a_document_changed_by_one_byte_is_not(visitor: Any, published_lot: Any) -> None:
    file = (io.BytesIO(b"other"), "x.json")
    said(check(visitor, "document", document_file=file), 200, "DOCUMENT_UNKNOWN")


def test_a_hash_that_is_none_is_refused_and_kept(visitor: Any) -> None:
    page = said(check(visitor, "document", digest="abc"), 422, "DIGEST_MALFORMED")
    assert 'value="abc"' in page


def test_an_unknown_form_is_taken_for_an_empty_receipt(visitor: Any) -> None:
    said(check(visitor, "else"), 422, "RECEIPT_EMPTY")
