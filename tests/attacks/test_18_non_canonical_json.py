"""Attack 18: a body that two readers could read as two bids. Each is signed by the bidder's own
key over exactly these bytes, so that nothing but its form can be what is refused."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hall_people import Seated, signed_bid
from hypothesis import given
from hypothesis import strategies as st

from auction.pki.statement import StatementError, build, parse

Refused = Callable[[dict[str, Any]], str]
LOW, HIGH = '"amount":"1549000000"', '"amount":"9999000000"'

FORGED: dict[str, tuple[Callable[[str], str], str]] = {
    "a key twice": (lambda b: b.replace(LOW, f"{LOW},{HIGH}"), "STATEMENT_DUPLICATE_KEY"),
    "a key twice, apart": (lambda b: f"{b[:-1]},{HIGH}}}", "STATEMENT_DUPLICATE_KEY"),
    "a key twice, escaped": (
        lambda b: b.replace(LOW, LOW + "," + HIGH.replace("amount", "\\u0061mount")),
        "STATEMENT_NOT_CANONICAL",
    ),
    "a key in capitals": (
        lambda b: b.replace(LOW, HIGH.replace("amount", "Amount") + "," + LOW),
        "STATEMENT_NOT_CANONICAL",
    ),
    "an escaped letter": (lambda b: b.replace("CNY", "\\u0043NY"), "STATEMENT_NOT_CANONICAL"),
    "an escaped quote": (lambda b: b.replace("CNY", 'C\\"Y'), "STATEMENT_NOT_CANONICAL"),
    "keys unsorted": (lambda b: f"{{{b[1:-1].split(',', 1)[1]},{LOW}}}", "STATEMENT_NOT_CANONICAL"),
    "a space": (lambda b: b.replace(":", ": ", 1), "STATEMENT_NOT_CANONICAL"),
    "a line's end": (lambda b: b + "\n", "STATEMENT_NOT_CANONICAL"),
    "a tab before": (lambda b: "\t" + b, "STATEMENT_NOT_CANONICAL"),
    "a NUL behind": (lambda b: b + "\x00", "STATEMENT_NOT_CANONICAL"),
    "a second object": (lambda b: b + b, "STATEMENT_NOT_CANONICAL"),
    "a comment": (lambda b: b.replace("{", "{/**/", 1), "STATEMENT_NOT_CANONICAL"),
    "a comma too many": (lambda b: b[:-1] + ",}", "STATEMENT_NOT_CANONICAL"),
    "a number": (lambda b: b.replace(LOW, '"amount":1549000000'), "STATEMENT_NOT_CANONICAL"),
    "an array": (lambda b: b.replace(LOW, '"amount":["1"]'), "STATEMENT_NOT_CANONICAL"),
    "an object inside": (
        lambda b: b.replace(LOW, f'"amount":{{{LOW}}}'),
        "STATEMENT_NOT_CANONICAL",
    ),
    "null": (lambda b: b.replace(LOW, '"amount":null'), "STATEMENT_NOT_CANONICAL"),
    "an array around": (lambda b: f"[{b}]", "STATEMENT_NOT_CANONICAL"),
    "a field more": (lambda b: b.replace(LOW, f'"alg":"none",{LOW}'), "STATEMENT_WRONG_FIELDS"),
    "a field less": (lambda b: b.replace(LOW + ",", ""), "STATEMENT_WRONG_FIELDS"),
    "a zero before": (lambda b: b.replace('"1549', '"01549'), "STATEMENT_BAD_VALUE"),
    "an exponent": (
        lambda b: b.replace("1549000000", "1549e6"),
        "STATEMENT_BAD_VALUE",
    ),
    "a sign": (lambda b: b.replace('"1549', '"+1549'), "STATEMENT_BAD_VALUE"),
    "commas": (lambda b: b.replace('"1549', '"1,549'), "STATEMENT_BAD_VALUE"),
    "a space in a number": (lambda b: b.replace('"1549', '" 1549'), "STATEMENT_BAD_VALUE"),
    "3,000 bytes": (lambda b: b.replace("CNY", "C" * 3000), "STATEMENT_TOO_LONG"),
    "Chinese letters": (lambda b: b.replace("CNY", "元"), "STATEMENT_TRANSPORT"),
    "full-width digits": (lambda b: b.replace("1549", "１５４９"), "STATEMENT_TRANSPORT"),
    "a byte order mark": (lambda b: "\ufeff" + b, "STATEMENT_TRANSPORT"),
}


def test_a_bid_in_another_form_is_refused_though_well_signed(
    bidder: Seated, refused: Refused
) -> None:
    honest = signed_bid(bidder, 1549)
    for how, (forge, code) in FORGED.items():
        body = forge(honest["body"])
        assert body != honest["body"], how
        signature = base64.b64encode(bidder.client.key.sign_body("bid", body.encode())).decode()
        assert refused({**honest, "body": body, "signature": signature}) == code, how


FIELDS = {
    "amount": "154900000000",
    "aud": "https://land.example.cn",
    "cert": "c0" * 32,
    "cur": "CNY",
    "iat": "1731306600",
    "lot": "2024JC-4",
    "nonce": "0e" * 32,
    "plate": "6172",
    "prev": "7:" + "9f" * 32,
    "rules": "5e" * 32,
}
CANONICAL = build("bid", FIELDS)


@given(
    order=st.permutations(list(FIELDS.items())),
    separators=st.tuples(st.sampled_from([",", ", ", ",\n"]), st.sampled_from([":", " :", ": "])),
    indent=st.sampled_from([None, 0, 1]),
)
def test_of_all_ways_to_write_the_fields_one_is_read(
    order: list[tuple[str, str]], separators: tuple[str, str], indent: int | None
) -> None:
    body = json.dumps(dict(order), separators=separators, indent=indent).encode()
    if body == CANONICAL:
        assert parse("bid", body).fields == FIELDS
        return
    with pytest.raises(StatementError):
        parse("bid", body)


@given(at=st.integers(0, len(CANONICAL) - 1), byte=st.integers(0, 255))
def test_one_byte_changed_is_refused_or_another_statement(at: int, byte: int) -> None:
    body = CANONICAL[:at] + bytes([byte]) + CANONICAL[at + 1 :]
    try:
        read = parse("bid", body)
    except StatementError:
        return
    assert read.body == body
    assert build("bid", read.fields) == body
    assert (read.digest == parse("bid", CANONICAL).digest) is (body == CANONICAL)
