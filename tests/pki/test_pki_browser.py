"""The browser's modules build the same bytes, and what they sign is accepted here.

The page is served from 127.0.0.1 (a secure context, so WebCrypto is there) under the strict
content security policy of the site; the enrolment endpoints are the demo authority itself.
"""

import json
import secrets
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pki.statement_vectors import VECTORS
from playwright.sync_api import Browser, Page

from auction.pki.chain import Anchor, TrustStore
from auction.pki.challenge import check_login, new_challenge
from auction.pki.demo.authority import DemoCA
from auction.pki.keys import load_public_key
from auction.pki.statement import PURPOSES, Signed, verify_possession, verify_statement

pytestmark = pytest.mark.browser

STATIC = Path(__file__).parents[2] / "static"
CSP = "default-src 'none'; script-src 'self'; connect-src 'self'"
NOW = datetime(2024, 11, 11, 6, 30, tzinfo=UTC)


class Site(ThreadingHTTPServer):
    """A page, the static modules, and enrolment at a demo authority."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ca = DemoCA.create(b"browser", NOW)
        self.nonces: set[str] = set()
        self.origin = f"http://127.0.0.1:{self.server_port}"

    def enrol(self, asked: dict[str, str]) -> dict[str, str]:
        self.nonces.remove(asked["nonce"])
        spki = b64decode(asked["spki"])
        verify_possession(
            spki,
            b64decode(asked["proof"]),
            aud=self.origin,
            identity=asked["identity"],
            nonce=asked["nonce"],
        )
        public_key = load_public_key(spki)
        assert public_key is not None
        until = NOW + timedelta(days=30)
        der = self.ca.issue("苏州演练置业有限公司", "91320594MA1", public_key, NOW, until, 77)
        return {
            "certificate": b64encode(der).decode(),
            "holder": "苏州演练置业有限公司",
            "issuer": "演练数字证书签发机构",
            "serial": "4d",
            "not_after": until.isoformat(),
        }


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        if self.path == "/nonce":
            nonce = secrets.token_hex(32)
            self.server.nonces.add(nonce)
            self.answer("application/json", json.dumps({"nonce": nonce}).encode())
        elif self.path.startswith("/static/js/") and self.path.endswith(".mjs"):
            self.answer("text/javascript", (STATIC / self.path[len("/static/") :]).read_bytes())
        else:
            self.answer("text/html", b"<!doctype html><title>signer</title>")

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["identity"] == "nobody":
            self.answer("application/json", b'{"code": "DEMO_IDENTITY_UNKNOWN"}', 404)
        else:
            self.answer("application/json", json.dumps(self.server.enrol(asked)).encode())

    def answer(self, kind: str, content: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def page(site: Site, browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.origin)
    yield page
    context.close()


@pytest.fixture
def handle(page: Page, site: Site) -> str:
    return enrol(page, site, "bidder-1")


def enrol(page: Page, site: Site, identity: str, ca: str | None = None) -> str:
    options = {"nonceUrl": "/nonce", "enrolUrl": "/enrol", "aud": site.origin, "csrf": "x"}
    options["ca"] = ca or site.ca.fingerprint
    return page.evaluate(
        """async ([options, identity]) => {
            const { enrol } = await import("/static/js/signers/demo.mjs");
            return (await enrol(options, identity)).handle;
        }""",
        [options, identity],
    )


def sign(page: Page, site: Site, handle: str, purpose: str, fields: dict[str, str]) -> Signed:
    sent = page.evaluate(
        """async ([ca, handle, purpose, fields]) => {
            const { openSigners } = await import("/static/js/signers/index.mjs");
            return openSigners({ demo: { ca } }).sign(handle, purpose, fields);
        }""",
        [site.ca.fingerprint, handle, purpose, fields],
    )
    return Signed.from_transport(sent)


@pytest.fixture
def trust(site: Site) -> TrustStore:
    anchor = Anchor(site.ca.anchor)
    return TrustStore([anchor], allow_demo=True, intermediates=[site.ca.intermediate])


def test_the_browser_builds_the_same_bytes_for_every_vector(page: Page) -> None:
    cases = json.loads(VECTORS.read_text("utf-8"))["signed"]
    assert {case["purpose"] for case in cases} == PURPOSES.keys()
    built = page.evaluate(
        """async (cases) => {
            const { buildBody, hex, pae, payloadType, sha256Hex } =
                await import("/static/js/statement.mjs");
            const encoder = new TextEncoder();
            return Promise.all(cases.map(async ({ purpose, fields }) => {
                const body = buildBody(purpose, fields);
                const type = payloadType(purpose);
                const digest = await sha256Hex(encoder.encode(body));
                return { body, payload_type: type, pae: hex(pae(type, body)), digest };
            }));
        }""",
        cases,
    )
    for case, made in zip(cases, built, strict=True):
        assert made == {name: case[name] for name in made}


def test_the_browser_builds_no_statement_with_wrong_fields_or_letters(page: Page) -> None:
    refused = page.evaluate(
        """async () => {
            const { buildBody } = await import("/static/js/statement.mjs");
            const good = { aud: "a", lot: "L", form: "f", nonce: "n", iat: "1", cert: "c" };
            const { lot, ...short } = good;
            const wrong = [
                ["transfer", good], ["toString", good], ["consent", short],
                ["consent", { ...good, memo: "x" }], ["consent", { ...good, lot: 7 }],
                ["consent", { ...good, lot: 'a"b' }], ["consent", { ...good, lot: "a\\\\b" }],
                ["consent", { ...good, lot: "宗地" }], ["consent", { ...good, lot: "a\\n" }],
                ["consent", { ...good, lot: "x".repeat(2048) }],
            ];
            buildBody("consent", good);
            return wrong.map(([purpose, fields]) => {
                try { return buildBody(purpose, fields); } catch (error) { return error.name; }
            });
        }"""
    )
    assert refused == ["TypeError"] * 10


def test_a_sign_in_signed_in_the_browser_is_accepted(
    page: Page, site: Site, handle: str, trust: TrustStore
) -> None:
    challenge = new_challenge(secrets.token_bytes(32), aud=site.origin, now=NOW)
    fields = {"aud": site.origin, "nonce": challenge.nonce, "iat": str(int(NOW.timestamp()))}
    signed = sign(page, site, handle, "login", fields)
    login = check_login(signed, challenge, trust=trust, now=NOW)
    assert login.certificate.fingerprint == handle
    assert not login.clock_skewed


def test_a_bid_signed_in_the_browser_is_accepted(
    page: Page, site: Site, handle: str, trust: TrustStore, bid_fields: dict[str, str]
) -> None:
    fields = page.evaluate(
        """async (fields) => {
            const { freshNonce, issuedAt, purposeFor, signedPlate } =
                await import("/static/js/statement.mjs");
            return {
                ...fields, nonce: freshNonce(), iat: issuedAt(), plate: signedPlate("演-6172"),
                purpose: purposeFor("bid", true),
            };
        }""",
        bid_fields,
    )
    purpose = fields.pop("purpose")
    signed = sign(page, site, handle, purpose, fields)
    certificate = trust.validate(signed.certificate, (), NOW, purpose)
    statement = verify_statement(
        "practice-bid", signed.body, signed.signature, certificate, expect=fields, now=NOW
    )
    assert statement.fields["plate"] == "6172"


def test_the_private_key_cannot_be_taken_out(page: Page, handle: str) -> None:
    outcome = page.evaluate(
        """async (handle) => {
            const { identity } = await import("/static/js/signers/demo.mjs");
            const { privateKey } = await identity(handle);
            const tries = ["pkcs8", "jwk"].map((form) =>
                crypto.subtle.exportKey(form, privateKey).catch((error) => error.name));
            return [privateKey.extractable, ...(await Promise.all(tries))];
        }""",
        handle,
    )
    assert outcome == [False, "InvalidAccessError", "InvalidAccessError"]


def test_identities_outlive_the_page_but_not_their_authority(page: Page, site: Site) -> None:
    def listed(ca: str) -> list[str]:
        return page.evaluate(
            """async (ca) => {
                const { openSigners } = await import("/static/js/signers/index.mjs");
                const signer = openSigners({ demo: { ca } });
                const cards = await signer.list();
                signer.close();
                return cards.map((card) => card.handle);
            }""",
            ca,
        )

    handle = enrol(page, site, "bidder-2")
    page.reload()
    assert handle in listed(site.ca.fingerprint)
    assert listed("another authority") == []
    assert listed(site.ca.fingerprint) == []


def test_failures_carry_a_code_for_the_page_to_word(page: Page, site: Site, handle: str) -> None:
    outcome = page.evaluate(
        """async ([ca, aud, handle]) => {
            const { openSigners } = await import("/static/js/signers/index.mjs");
            const { enrol } = await import("/static/js/signers/demo.mjs");
            const code = (act) => act().then(() => "none", (error) => [error.code, error.detail]);
            const signer = openSigners({ demo: { ca } });
            const at = { nonceUrl: "/nonce", enrolUrl: "/enrol", aud, ca };
            return [
                await code(() => signer.sign("0".repeat(64), "login", {})),
                await code(() => enrol(at, "nobody")),
                await code(() => enrol({ ...at, nonceUrl: "http://127.0.0.1:1/" }, "bidder-1")),
                await code(async () => openSigners()),
                await code(() => signer.sign(handle, "login", { aud: "土地" })),
            ];
        }""",
        [site.ca.fingerprint, site.origin, handle],
    )
    assert outcome.pop()[0] == "bad_statement"
    assert outcome == [
        ["unknown_key", None],
        ["enrol_refused", {"code": "DEMO_IDENTITY_UNKNOWN"}],
        ["network", None],
        ["unknown_signer", None],
    ]
