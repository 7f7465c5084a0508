"""What every answer to nonsense must be, and nonsense to send."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from hypothesis import strategies as st
from werkzeug.test import TestResponse

SHORT = {"NOT_SIGNED_IN", "UNKNOWN_PERSON"}
"""Codes that scripts get without a sentence."""
DEEP = 5_000

HALF = "\ud800"
"""Half a surrogate pair: a string in JSON and in Python, and no text."""
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "\0", HALF, "0" * 64, "e" * 5000, "ﷺ" * 300, "' OR 1=1 --", "../..", "-1", "1e999"]
    ),
)
NUMBERS = st.one_of(st.integers(), st.integers(10**15, 10**400), st.floats())
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=10,
)
MALFORMED: tuple[bytes, ...] = (
    b"",
    b"null",
    b"[" * DEEP,
    b'{"body":' * DEEP,
    b'{"nonce":' + b"[" * DEEP + b"]" * DEEP + b"}",
    b"1" + b"0" * 5000,
    b'{"nonce":1e999}',
    b'{"nonce":NaN,"confirm":-Infinity}',
    b'{"nonce":"\\ud800","confirm":"\\udfff","body":"\\ud800"}',
    b'{"nonce":"a","nonce":"b","body":"","body":1}',
    b'{"body":"' + b"x" * 1_000_000 + b'"}',
    b'\xef\xbb\xbf{"nonce":"a"}',
    '{"nonce":"a"}'.encode("utf-16"),
    '{"nonce":"a"}'.encode("utf-32-le"),
    b'{"nonce":"\xff\xfe"}',
    b"\x00" * 100,
    b"{'nonce':1}",
    b'{"nonce":"a"}{"nonce":"b"}',
)


def unlimited(app: Flask) -> None:
    """Forget how many requests there were: here it is their content that is refused."""
    app.extensions["limiter"].storage.reset()


def reason(answer: TestResponse) -> str:
    """The code of a refusal in JSON; its status and sentence are looked at."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.get_data()[:400])
    told: Mapping[str, Any] = answer.get_json()
    code: str = told["code"]
    assert code == code.upper()
    said = told.get("said", told)
    if code not in SHORT:
        assert said["title"], code
        assert said["body"], code
    assert opens_no_session(answer), code
    return code


def opens_no_session(answer: TestResponse) -> bool:
    return not any(
        line.startswith("floor-session=") for line in answer.headers.getlist("Set-Cookie")
    )
