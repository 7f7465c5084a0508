"""Attack 9: headers by which a proxy would say who has shown which certificate, or whence he
comes, sent straight to the server. Nobody is signed in by a header."""

import base64
import re
import socket
import ssl
from collections.abc import Iterator

import pytest
from live_server import Server

from auction.demo.client import Refused, RemotePerson
from auction.pki.softkey import SoftKey

OFFICE = "/office/"
TIMEOUT = 10


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The program under its real entry point."""
    made = Server(tmp_path_factory.mktemp("header-spoof"))
    made.flask("init")
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def certificate(server: Server) -> str:
    """The PEM of an enrolled officer's certificate: what a proxy would pass on."""
    person = RemotePerson(server.origin, "drafter")
    person.sign_in()
    assert person.get_page(OFFICE)
    person.http.close()
    return ssl.DER_cert_to_PEM_cert(person.key.certificate)


def spoofs(pem: str) -> dict[str, list[str]]:
    """Header lines, as they would stand on the wire, by what they try."""
    line = "".join(pem.strip().split("\n")[1:-1])
    escaped = pem.strip().replace("\n", "%0A").replace(" ", "%20")
    verified = "X-SSL-Client-Verify: SUCCESS"
    return {
        "as nginx": [verified, f"X-SSL-Client-Cert: {escaped}", "X-SSL-Client-S-DN: CN=drafter"],
        "underscores": ["X_SSL_CLIENT_VERIFY: SUCCESS", f"X_SSL_CLIENT_CERT: {escaped}"],
        "mixed": [f"X-SSL_Client-Cert: {line}", "X_SSL-Client_Verify: SUCCESS"],
        "twice": [f"X-SSL-Client-Cert: {escaped}", "X-SSL-Client-Cert: none", verified, verified],
        "as apache": [f"SSL_CLIENT_CERT: {line}", "SSL_CLIENT_VERIFY: SUCCESS"],
        "as envoy": [f'X-Forwarded-Client-Cert: Hash=00;Cert="{escaped}";Subject="CN=drafter"'],
        "as rfc 9440": [f"Client-Cert: :{line}:", f"Client-Cert-Chain: :{line}:"],
        "as a user": ["X-Remote-User: drafter", "Remote-User: drafter", "REMOTE_USER: drafter"],
        "basic": ["Authorization: Basic " + base64.b64encode(b"drafter:drafter").decode()],
        "from inside": [
            *("X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1", "Forwarded: for=127.0.0.1"),
            *("X-Forwarded-Proto: https", "X-Forwarded-User: drafter"),
        ],
        "another mount": ["X-Forwarded-Prefix: /seat/a", "X-Script-Name: /seat/a"],
        "another place": ["X-Original-URL: /office/", "X-Rewrite-URL: /office/"],
    }


def ask(server: Server, path: str, lines: list[str]) -> tuple[int, str]:
    """The status and all that came back, byte for byte as sent."""
    request = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", *lines]
    with socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT) as line:
        text = "\r\n".join([*request, "Connection: close", "", ""])
        line.sendall(text.encode("latin-1"))
        with line.makefile("rb") as answer:
            told = answer.read().decode("utf-8", errors="replace")
    found = re.match(r"HTTP/1\.[01] (\d{3})", told)
    assert found is not None, told[:200]
    return int(found[1]), told


def test_no_header_signs_anybody_in(server: Server, certificate: str) -> None:
    for what, lines in spoofs(certificate).items():
        status, told = ask(server, OFFICE, lines)
        assert status == 302, what
        assert "\r\nLocation: /sign-in?next=/office/" in told, what
        assert "floor-session=" not in told, what
        status, told = ask(server, "/session", lines)
        assert (status, '"state":"none"' in told.replace(" ", "")) == (200, True), what


def test_nor_do_they_beside_a_cookie_that_is_none(server: Server, certificate: str) -> None:
    cookies = ["Cookie: floor-session=", "Cookie: floor-session=" + "0" * 64]
    for cookie in cookies:
        for what, lines in spoofs(certificate).items():
            assert ask(server, OFFICE, [cookie, *lines])[0] == 302, what


def test_no_header_makes_the_connection_a_secure_one(server: Server) -> None:
    _, told = ask(server, "/", ["X-Forwarded-Proto: https", "X-Forwarded-Ssl: on"])
    assert "Strict-Transport-Security" not in told


def test_a_challenge_is_not_answered_for_whom_a_header_names(
    server: Server, certificate: str
) -> None:
    """With somebody's certificate in a header and in the answer, but another key's signature."""
    thief = RemotePerson(server.origin, "drafter")
    thief.key = SoftKey.generate()
    thief.key.certificate = ssl.PEM_cert_to_DER_cert(certificate)
    for line in spoofs(certificate)["as nginx"]:
        name, value = line.split(": ", 1)
        thief.http.headers[name] = value
    with pytest.raises(Refused) as refused:
        thief.sign_in_again()
    thief.http.close()
    assert refused.value.code == "STATEMENT_BAD_SIGNATURE"
