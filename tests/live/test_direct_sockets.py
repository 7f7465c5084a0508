"""Clients of every kind at both socket paths: quick, slow, vanishing and faulty ones."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from direct_pages import Page, Server, client_frame

from auction.live import MAX_MESSAGE_BYTES
from auction.live.direct.frames import CLOSE, CONTINUATION, NORMAL, PING, PONG, TEXT
from auction.live.direct.line import QUEUE_BYTES
from auction.trading.time import ReferenceClock

New = Callable[..., Server]
BOTH = pytest.mark.parametrize("path", ["auto", "stock"])
SMALL = 4096
"""Of a slow reader's buffers: the kernel takes little off the server's hands."""


def enter(page: Page, room: str = "hall") -> Page:
    page.call("enter", room)
    return page


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


@BOTH
def test_an_event_is_answered_by_its_handler(new_server: New, path: str) -> None:
    server = new_server(path=path)
    page = server.page()
    assert page.call("echo", {"标的": "挂牌", "n": [1, None, 2.5]}) == {
        "payload": {"标的": "挂牌", "n": [1, None, 2.5]}
    }
    assert page.call("echo") == {"payload": None}
    assert page.call("echo", 1, 2) == {"payload": 1}
    assert page.call("late", 7) == {"late": 7}
    assert page.call("ordinary", 3) == {"ordinary": 3}
    assert ("path: direct" in server.log()) is (path == "auto")


@BOTH
def test_only_the_first_answer_counts(new_server: New, path: str) -> None:
    page = new_server(path=path).page()
    assert page.call("twice") == {"n": 1}
    assert page.call("echo", 1) == {"payload": 1}


@BOTH
def test_a_handler_that_fails_fails_alone(new_server: New, path: str) -> None:
    server = new_server(path=path)
    page = server.page()
    page.ask("fails")
    assert page.call("echo", 1) == {"payload": 1}
    until(lambda: "this handler fails on purpose" in server.log())


@BOTH
@pytest.mark.parametrize(
    "text",
    ['421[ "echo" , 5 ]', '421["\\u0065cho",5]', '421["echo",5]', '4200000000000000001["echo",5]'],
)
def test_however_an_event_is_written_its_handler_answers(
    new_server: New, path: str, text: str
) -> None:
    page = new_server(path=path).page()
    page.line.send(text)
    assert page.read() == (1, {"payload": 5})


@BOTH
@pytest.mark.parametrize("text", ['42["echo",5]', '421["echo",5', '421["echo",NaN]', "421[]", "42"])
def test_what_is_no_event_with_an_answer_does_no_harm(
    new_server: New, path: str, text: str
) -> None:
    page = new_server(path=path).page()
    page.line.send(text)
    page.next_id = 1
    assert page.call("echo", 6) == {"payload": 6}


@BOTH
def test_messages_as_big_as_they_may_be_pass(new_server: New, path: str) -> None:
    page = new_server(path=path).page()
    pad = "x" * (MAX_MESSAGE_BYTES - 20)
    assert page.call("echo", pad) == {"payload": pad}
    assert page.call("big", 500_000) == {"pad": "标" * 500_000}


@BOTH
def test_a_message_in_parts_with_pings_between_is_one_message(new_server: New, path: str) -> None:
    page = new_server(path=path).page()
    body = '421["echo","挂牌"]'.encode()
    page.send_raw(client_frame(TEXT, body[:14], head=0))
    page.send_raw(client_frame(PING, b"still there?"))
    page.send_raw(client_frame(CONTINUATION, body[14:]))
    assert page.line.recv_data(control_frame=True) == (PONG, b"still there?")
    assert page.read() == (1, {"payload": "挂牌"})


@BOTH
def test_a_frame_that_comes_byte_by_byte_is_one_frame(new_server: New, path: str) -> None:
    page = new_server(path=path).page()
    for byte in client_frame(TEXT, b'421["echo",5]'):
        page.send_raw(bytes([byte]))
        time.sleep(0.002)
    assert page.read() == (1, {"payload": 5})


ENDS = {
    "not utf-8": (client_frame(TEXT, b"42\xff"), 1007),
    "reserved bit": (client_frame(TEXT, b"42", head=0xC0), 1002),
    "part of nothing": (client_frame(CONTINUATION, b"42"), 1002),
    "long ping": (client_frame(PING, b"x" * 126), 1002),
    "torn ping": (client_frame(PING, b"x", head=0), 1002),
    "not masked": (client_frame(TEXT, b"42", mask=b""), 1002),
    "too big": (client_frame(TEXT, b"4" * (MAX_MESSAGE_BYTES + 1)), 1009),
    "not Engine.IO": (client_frame(TEXT, b"x"), 1002),
    "empty": (client_frame(TEXT, b""), 1002),
    "with attachments": (client_frame(TEXT, b'451-["echo",{"_placeholder":true,"num":0}]'), 1003),
    "nested too deep": (client_frame(TEXT, b"4" + b"[" * 9000), 1002),
    "closed with a reason": (client_frame(CLOSE, b"\x0b\xb8bye"), 3000),
    "closed without": (client_frame(CLOSE, b""), 0),
    "closed with half a code": (client_frame(CLOSE, b"\x03"), 1002),
}


@pytest.mark.parametrize("name", ENDS)
def test_what_breaks_the_protocol_ends_with_the_code_that_says_so(
    new_server: New, name: str
) -> None:
    server = new_server()
    page, other = server.page(), server.page()
    frame, code = ENDS[name]
    page.send_raw(frame)
    assert page.end() == code
    until(lambda: other.call("count")["connections"] == 1)
    assert len(other.call("count")["gone"]) == 1


LAXER = {
    "not masked",
    "empty",
    "with attachments",
    "nested too deep",
    "not Engine.IO",
    "closed with a reason",
}
"""Where the stock path goes on, fails without an end, or answers with what is no close code."""


@pytest.mark.parametrize("name", sorted(ENDS.keys() - LAXER))
def test_the_stock_path_ends_there_too_by_other_codes(new_server: New, name: str) -> None:
    server = new_server(path="stock")
    page, other = server.page(), server.page()
    page.send_raw(ENDS[name][0])
    page.end()
    until(lambda: other.call("count")["sockets"] == 1)


@BOTH
def test_a_slow_reader_holds_up_nobody_and_loses_nothing(new_server: New, path: str) -> None:
    server = new_server(path=path, send_buffer=SMALL)
    slow, quick = enter(server.page(SMALL)), enter(server.page())
    number = quick.ask("say", {"room": "hall", "times": 60, "size": 10_000})
    started = time.monotonic()
    assert quick.hear(60) == list(range(60))
    assert quick.answer(number) == {"said": 60}
    assert time.monotonic() - started < 5
    # He speaks in the midst of it: his answers stand in the line like everything else.
    asked = slow.ask("echo", "I am slow")
    quick.call("say", {"room": "hall", "times": 1, "size": 3})
    assert slow.answer(asked) == {"payload": "I am slow"}
    assert slow.hear(60) == list(range(60))
    assert slow.hear(61)[-1] == 0
    assert [len(told["pad"]) for told in slow.told] == [10_000] * 60 + [3]


def test_a_pong_waits_for_the_rest_of_a_half_sent_frame(new_server: New) -> None:
    """The stock path writes it into the middle of that frame."""
    server = new_server(send_buffer=SMALL)
    slow = enter(server.page(SMALL))
    server.page().call("say", {"room": "hall", "times": 20, "size": 30_000})
    slow.send_raw(client_frame(PING, b"hello"))
    heard = [slow.line.recv_data(control_frame=True) for _ in range(21)]
    assert heard[-1] == (PONG, b"hello")
    assert [json.loads(body[2:])[1]["n"] for _, body in heard[:-1]] == list(range(20))


def test_a_reader_who_never_reads_is_disconnected_at_the_limit(new_server: New) -> None:
    server = new_server(send_buffer=SMALL)
    deaf, quick = enter(server.page(SMALL)), enter(server.page())
    for _ in range(3 * QUEUE_BYTES // 100_000):
        quick.call("say", {"room": "hall", "times": 5, "size": 20_000})
    assert len(quick.told) == 3 * QUEUE_BYTES // 100_000 * 5
    until(lambda: quick.call("count")["connections"] == 1)
    assert "a reader is too slow" in server.log()
    assert deaf.end() is None


def test_a_client_who_sends_pings_and_never_reads_is_disconnected_too(new_server: New) -> None:
    server = new_server(send_buffer=SMALL)
    deaf, other = server.page(SMALL), server.page()
    with suppress(BrokenPipeError, ConnectionResetError):
        deaf.send_raw(client_frame(PING, b"") * 40_000)
    until(lambda: other.call("count")["connections"] == 1)


@pytest.mark.parametrize(
    ("first", "frame"),
    [
        (b"", client_frame(PING, b"")),
        (b"", client_frame(PONG, b"")),
        (b"", client_frame(TEXT, b'421["echo",5]')),
        (client_frame(TEXT, b"4", head=0), client_frame(CONTINUATION, b"", head=0)),
    ],
    ids=["pings", "pongs", "events", "parts of nothing"],
)
def test_a_client_who_sends_without_end_leaves_the_others_their_turn(
    new_server: New, first: bytes, frame: bytes
) -> None:
    server = new_server()
    flood, other = server.page(), server.page()
    flood.send_raw(first)
    over = threading.Event()

    def read_all() -> None:
        with suppress(ConnectionResetError):
            while flood.line.sock.recv(1 << 16):
                pass

    def send_all() -> None:
        while not over.is_set():
            flood.send_raw(frame * 1000)
        flood.line.sock.shutdown(socket.SHUT_RDWR)

    threads = [threading.Thread(target=work) for work in (read_all, send_all)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(0.3)
        for n in range(10):
            started = time.monotonic()
            assert other.call("echo", n) == {"payload": n}
            assert time.monotonic() - started < 1
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_one_message_bigger_than_the_limit_reaches_a_slow_reader(new_server: New) -> None:
    server = new_server(send_buffer=SMALL)
    page = server.page(SMALL)
    number = page.ask("big", QUEUE_BYTES)
    time.sleep(0.5)
    assert page.answer(number) == {"pad": "标" * QUEUE_BYTES}


def test_a_reader_who_stops_for_good_is_gone_after_two_pings(new_server: New) -> None:
    server = new_server(send_buffer=SMALL, ping=1)
    enter(server.page(SMALL))
    other = server.page()
    other.call("say", {"room": "hall", "times": 30, "size": 20_000})
    until(lambda: other.call("count")["connections"] == 1, 15)


@BOTH
def test_a_quiet_page_that_answers_pings_stays(new_server: New, path: str) -> None:
    page = enter(new_server(path=path, ping=1).page())
    end = time.monotonic() + 4
    while time.monotonic() < end:
        assert page.line.recv() == "2"
        page.line.send("3")
    assert page.call("echo", 1) == {"payload": 1}


@BOTH
def test_pages_that_vanish_in_a_broadcast_harm_nobody(new_server: New, path: str) -> None:
    server = new_server(path=path)
    pages = [enter(server.page()) for _ in range(24)]
    teller, stay, go = pages[0], pages[1::2], pages[2::2]
    number = teller.ask("say", {"room": "hall", "times": 200, "size": 500, "pause": 0.002})
    for n, page in enumerate(go):
        page.reset() if n % 2 else page.send_raw(client_frame(CLOSE, b""))
        time.sleep(0.01)
    for page in [teller, *stay]:
        assert page.hear(200) == list(range(200))
    assert teller.answer(number) == {"said": 200}
    until(lambda: teller.call("count")["sockets"] == 1 + len(stay))


@BOTH
def test_a_page_that_the_server_drops_is_told_and_closed(new_server: New, path: str) -> None:
    server = new_server(path=path)
    page, other = server.page(), server.page()
    sid = page.call("enter", "hall")["sid"]
    assert other.call("drop", sid) == {"dropped": sid}
    assert page.read() == ("1", None)
    assert page.end() in (NORMAL, 0)
    page.close()
    assert other.call("count")["sockets"] == 1


def test_dropping_a_page_that_does_not_read_waits_for_nobody(new_server: New) -> None:
    server = new_server(send_buffer=SMALL)
    slow, other = server.page(SMALL), server.page()
    sid = slow.call("enter", "hall")["sid"]
    other.call("say", {"room": "hall", "times": 30, "size": 20_000})
    started = time.monotonic()
    assert other.call("drop", sid) == {"dropped": sid}
    assert time.monotonic() - started < 2


def test_behind_tls_of_its_own_the_stock_path_serves(new_server: New, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    server = new_server(certificate=certificate, key=key)
    page = enter(server.page())
    assert isinstance(page.line.sock, ssl.SSLSocket)
    assert page.call("echo", "x" * 20_000) == {"payload": "x" * 20_000}
    page.call("say", {"room": "hall", "times": 3, "size": 100})
    assert page.hear(3) == [0, 1, 2]


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = ReferenceClock().now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now.replace(year=now.year + 1, day=1))
        .sign(key, hashes.SHA256())
    )
    files = folder / "tls.crt", folder / "tls.key"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files[1].write_bytes(private)
    return files
