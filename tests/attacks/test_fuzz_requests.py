"""JSON of every shape, headers of every kind, whatever a socket sends: the answer is a reason code
and a sentence. Never a fault of the house, never a session, never a record in the lot's log, and no
place left in its queue that everybody behind would wait for."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import hypothesis
import pytest
from clients import ORIGIN
from flask import Flask
from fuzzing import HALF, MALFORMED, NUMBERS, TEXTS, VALUES, opens_no_session, reason, unlimited
from hall_people import Seated, head_of, signed_bid
from hypothesis import given
from hypothesis import strategies as st

from auction.services.house import House

NAMES = st.sampled_from(
    [
        *("body", "signature", "certificate", "chain", "nonce", "confirm", "next"),
        *("application", "deposit", "consent", "request", "form", "identity", "spki", "proof"),
        *("kind", "share", "members", "terms", "documents", "lot", "practice", "after"),
    ]
)
SIGNED = st.sampled_from(["body", "signature"])
"""What counts of a bid: its certificate is the session's, whichever is sent along."""
OBJECTS = st.dictionaries(st.one_of(NAMES, TEXTS), VALUES, max_size=5)


def ways_in(bidder: Seated) -> dict[str, str]:
    """Everything that takes JSON from a stranger or a bidder."""
    lot = bidder.path
    return {
        "answer": "/sign-in",
        "take-over": "/sign-in/take-over",
        "certificate": "/check/certificate",
        "signature": "/check/signature",
        "demo": "/demo/certificates",
        "enrolment": "/enrol/file",
        "spare": "/my/profile/certificates",
        "bid": f"/my{lot}/bids",
        "declaration": f"/my{lot}/answers",
        "lottery": f"/my{lot}/lottery",
        "application": f"/my{lot}/apply/file",
        "receipt": f"/my{lot}/documents",
        "join": f"/my{lot}/join",
        "consent": "/my/joint/x/consent",
        "confirmation": f"/awards{lot}/confirmation",
    }


@pytest.fixture
def untouched(app: Flask, bidder: Seated) -> Iterator[Seated]:
    """The bidder; afterwards his lot is as it was, and nobody waits in its queue."""
    house: House = app.extensions["auction"]
    before = head_of(bidder)
    yield bidder
    house.sequencer.settle()
    assert house.sequencer.waiting() == (0, 0)
    assert head_of(bidder) == before
    unlimited(app)
    answer = bidder.client.post(f"/my{bidder.path}/bids", json=signed_bid(bidder, 1549))
    assert answer.get_json()["code"] == "BID_ACCEPTED", "and he can bid"


def test_json_of_every_shape(app: Flask, untouched: Seated) -> None:
    bidder = untouched
    ways = ways_in(bidder)

    def send(way: str, sent: bytes) -> None:
        unlimited(app)
        reason(bidder.client.post(ways[way], data=sent, content_type="application/json"))

    for way in ways:
        for sent in MALFORMED:
            send(way, sent)

    @given(way=st.sampled_from(list(ways)), value=st.one_of(OBJECTS, OBJECTS, VALUES))
    @hypothesis.settings(max_examples=100)
    def each(way: str, value: Any) -> None:
        send(way, json.dumps(value).encode())

    each()


def test_changes_to_a_good_bid(app: Flask, untouched: Seated) -> None:
    bidder = untouched
    honest = signed_bid(bidder, 1549)

    others = st.one_of(VALUES, TEXTS.map(honest["body"].__add__))

    @given(name=SIGNED, value=others)
    @hypothesis.settings(max_examples=60)
    def each(name: str, value: Any) -> None:
        unlimited(app)
        hypothesis.assume(value != honest[name])
        reason(bidder.client.post(f"/my{bidder.path}/bids", json={**honest, name: value}))

    each()


HEADERS = st.sampled_from(
    [
        *("Accept", "Accept-Language", "Accept-Encoding", "Content-Type", "Content-Length"),
        *("Host", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"),
        *("X-Forwarded-Prefix", "X-Forwarded-Port", "X-Real-IP", "X-SSL-Client-Cert", "Via"),
        *("Cookie", "Authorization", "X-CSRFToken", "Origin", "Referer", "User-Agent"),
        *("Range", "If-None-Match", "If-Modified-Since", "X-HTTP-Method-Override", "Upgrade"),
    ]
)
LINE = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60)
CONTENTS = st.one_of(
    LINE,
    st.sampled_from(
        [
            *("application/json", "application/json; charset=no-such", "text/html;q=x,*/*;q=nan"),
            *("multipart/form-data", "multipart/form-data; boundary=", "a" * 8000, "-1", "9" * 400),
            *("evil.example", "localhost:99999", "[::1", "a@b", "floor-form=.e30.Zm9v.bm8"),
            *("floor-session=" + "0" * 64, "floor-session=\xff; floor-form=\x00", "lang=\xfe"),
            *("zh-Hans-CN-x-" + "y" * 300, "en-%%%;q=1e999", "bytes=0-,-1", 'W/"\xe9"', "Basic ="),
        ]
    ),
)
PAGES = ["/", "/sign-in", "/session", "/enrol", "/check", "/verify", "/my/", "/no/such/page"]


def test_headers_of_every_kind(app: Flask, untouched: Seated) -> None:
    lot = untouched.path
    pages = [*PAGES, f"{lot}/state.json", f"/my{lot}/hall", *ways_in(untouched).values()]
    asked = st.tuples(
        st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS", "NONSENSE"]),
        st.sampled_from(pages),
        st.dictionaries(HEADERS, CONTENTS, max_size=4),
        st.booleans(),
    )

    @given(asked=asked)
    @hypothesis.settings(max_examples=80)
    def each(asked: tuple[str, str, dict[str, str], bool]) -> None:
        method, path, headers, known = asked
        unlimited(app)
        client = untouched.client if known else app.test_client()
        environ = {variable(name): value for name, value in headers.items()}
        answer = client.open(path, method=method, data=b'{"nonce":1}', environ_overrides=environ)
        assert answer.status_code < 500, answer.get_data()[:400]
        assert opens_no_session(answer)
        assert answer.headers.get("Location", "/").startswith(("/", ORIGIN))

    each()


def variable(header: str) -> str:
    """The name of a header in a WSGI environment."""
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"


def test_queries_of_every_kind(untouched: Seated) -> None:
    paths = [f"{untouched.path}/state.json", "/sign-in", "/lots", "/session", "/language/en"]

    @given(after=st.one_of(NUMBERS, TEXTS), text=TEXTS)
    @hypothesis.settings(max_examples=40)
    def each(after: Any, text: str) -> None:
        query = {"after": str(after), "next": text, "show": text, "again": text}
        for path in paths:
            sent = urlencode(query, errors="surrogatepass")
            answer = untouched.client.get(path, query_string=sent)
            assert answer.status_code < 500, (path, answer.get_data()[:400])
            assert answer.headers.get("Location", "/").startswith("/")

    each()


BEYOND_SOCKETS = re.compile(r"\d{101}")
"""Numbers that Engine.IO reads nobody's message with."""


def test_whatever_a_socket_sends(app: Flask, untouched: Seated) -> None:
    socketio = app.extensions["socketio"]
    socket = socketio.test_client(app, flask_test_client=untouched.client)
    joined = {"lot": untouched.slug, "practice": False, "after": 0}
    honest = signed_bid(untouched, 1549)
    event = st.sampled_from(["join", "bid"])
    sent = st.one_of(
        VALUES,
        OBJECTS,
        st.dictionaries(st.sampled_from(list(joined)), VALUES).map(joined.__or__),
        st.dictionaries(SIGNED, VALUES, min_size=1).map(honest.__or__),
    )

    @hypothesis.example(event="join", sent={**joined, "lot": HALF})
    @hypothesis.example(event="join", sent={**joined, "after": 2**63})
    @hypothesis.example(event="bid", sent={**honest, "body": HALF})
    @given(event=event, sent=sent)
    @hypothesis.settings(max_examples=80)
    def each(event: str, sent: Any) -> None:
        hypothesis.assume(sent != honest and not BEYOND_SOCKETS.search(json.dumps(sent)))
        assert socket.emit("join", joined, callback=True)["ok"]
        told = socket.emit(event, sent, callback=True)
        if told["ok"]:
            assert event == "join"
        else:
            assert told["code"] == told["code"].upper()
            assert event == "join" or told["said"]["body"]

    each()
    socket.disconnect()
