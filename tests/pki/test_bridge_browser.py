"""Pages and the stand-in for a vendor's UKey program, over a real WebSocket in Chromium.

Success with every kind of key; each way in which a key can fail its holder has its own code.
"""

import socket
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from pki import key_files as files
from pki.bridge_program import Program
from pki.key_files import FOLDER, NOW, PASSWORD
from pki.signer_pages import ORIGIN, SignerPage, signer_page
from playwright.sync_api import Browser

from auction.pki.chain import Anchor, TrustStore
from auction.pki.statement import Signed, verify_statement
from bench.bridge.keyfiles import KeyFileError, from_files, from_pfx
from bench.bridge.server import Bridge
from bench.bridge.token import (
    PIN_INCORRECT,
    SHA256_RSA,
    SM3_SM2,
    TRIES,
    Token,
    TokenError,
    certificate_id,
)

pytestmark = pytest.mark.browser

FIELDS = {"aud": ORIGIN, "nonce": "0e" * 32, "iat": str(int(NOW.timestamp()))}
SIGNERS = """async ({ url }, load) => {
    const { openSigners } = await load("signers/index.mjs");
    globalThis.signers = openSigners({ bridges: [{ name: "sof", url }] });
    globalThis.told = [];
    signers.onState(({ state, code }) => told.push([state, code]));
}"""
LIST = "async () => signers.refresh()"
ASK = "async () => signers.bridges[0].refresh()"
SIGN = """async ({ handle, fields }) => signers.bridges[0].sign(handle, "login", fields)"""


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    names = ("sm2", "legacy-rc2", "legacy-3des")
    keys = [from_pfx(FOLDER / f"{name}.pfx", PASSWORD) for name in names]
    made = Program(Bridge(Token(keys, pin="123456"), [ORIGIN]))
    yield made
    made.close()


@pytest.fixture(scope="module")
def line(browser: Browser, program: Program) -> Iterator[SignerPage]:
    with signer_page(browser, [program.url]) as made:
        yield made
        assert made.violations == []


@pytest.fixture
def token(program: Program, line: SignerPage) -> Iterator[Token]:
    """The token as new, and a page that has just opened its signers."""
    token = program.bridge.token
    token.fail, token.delay, token.left, token.typed = None, 0.0, TRIES, ""
    line.run(SIGNERS, {"url": program.url})
    yield token
    line.run("async () => signers.close()")


def handle_of(page: SignerPage, algorithm: str = "SM2") -> str:
    (card,) = [card for card in page.run(LIST) if card["algorithm"] == algorithm]
    handle: str = card["handle"]
    return handle


def sign(page: SignerPage, handle: str) -> Any:
    return page.run(SIGN, {"handle": handle, "fields": FIELDS})


@pytest.mark.parametrize(
    ("algorithm", "root", "size"),
    [("SM2", "sm2-root", 128), ("RSA-2048", "ec-root", 256), ("P-256", "ec-root", 64)],
)
def test_what_a_hardware_key_signs_is_accepted(
    line: SignerPage, token: Token, algorithm: str, root: str, size: int
) -> None:
    token.methods.clear()
    handle = handle_of(line, algorithm)
    signed = Signed.from_transport(sign(line, handle))
    # SM2 comes as the token's own blob and is passed on as it is.
    assert len(signed.signature) == size
    anchor = (FOLDER / f"{root}.der").read_bytes()
    (pfx,) = [key for key in token.keys if key.kind == algorithm]
    assert signed.certificate == pfx.certificate
    trust = TrustStore([Anchor(anchor)], allow_demo=True, intermediates=issuers(algorithm))
    certificate = trust.validate(signed.certificate, (), NOW, "login")
    statement = verify_statement(
        "login", signed.body, signed.signature, certificate, expect=FIELDS, now=NOW
    )
    assert statement.fields["cert"] == handle
    assert token.methods == {"SM2": [SM3_SM2], "RSA-2048": [SHA256_RSA]}.get(algorithm, [])


def issuers(algorithm: str) -> list[bytes]:
    return [(FOLDER / f"{'sm2' if algorithm == 'SM2' else 'ec'}-ca.der").read_bytes()]


@pytest.mark.parametrize(
    ("fail", "outcome"),
    [
        ("wrong-pin", ["wrong_pin", {"left": TRIES - 1, "message": ""}]),
        ("locked", ["pin_locked", {"left": 0, "message": ""}]),
        ("cancel", ["cancelled", {"left": None, "message": ""}]),
    ],
)
def test_each_failure_has_a_code(
    line: SignerPage, token: Token, fail: Any, outcome: list[Any]
) -> None:
    handle = handle_of(line)
    token.fail = fail
    assert sign(line, handle) == outcome
    token.fail = None
    if fail != "locked":
        assert sign(line, handle)["signature"]


def test_wrong_pins_lock_the_key_and_a_right_one_gives_all_tries_back(
    line: SignerPage, token: Token
) -> None:
    handle = handle_of(line)
    token.typed = "000000"
    assert sign(line, handle)[1]["left"] == TRIES - 1
    token.typed = "123456"
    assert sign(line, handle)["signature"]
    token.typed = "000000"
    left = [sign(line, handle)[1]["left"] for _ in range(TRIES)]
    assert left == [5, 4, 3, 2, 1, 0]
    token.typed = "123456"
    assert sign(line, handle)[0] == "pin_locked"


def test_tries_left_are_asked_for_where_the_answer_does_not_count_them(
    line: SignerPage, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = handle_of(line)
    real = Token.call

    async def call(self: Token, asked: str, params: dict[str, Any]) -> Any:
        if asked == "SOF_SignData":
            raise TokenError(PIN_INCORRECT)
        return 3 if asked == "SOF_GetPinRetryCount" else await real(self, asked, params)

    monkeypatch.setattr(Token, "call", call)
    assert sign(line, handle) == ["wrong_pin", {"left": 3, "message": ""}]


def test_a_key_that_is_pulled_and_plugged_in_is_noticed(
    line: SignerPage, token: Token, program: Program
) -> None:
    handle = handle_of(line)
    await_state = """async (wanted) => {
        while (signers.bridges[0].state !== wanted) await new Promise((end) => setTimeout(end, 5));
        return signers.ready(null).then(() => told.at(-1));
    }"""
    token.fail = "no-device"
    program.changed()
    assert line.run(await_state, "no_device") == ["no_device", "no_device"]
    assert sign(line, handle) == ["no_device", None]
    token.fail = None
    program.changed()
    assert line.run(await_state, "ready") == ["ready", None]
    assert sign(line, handle)["signature"]


def test_waiting_can_be_given_up_and_ends_by_itself(
    browser: Browser, token: Token, program: Program
) -> None:
    token.fail = "timeout"
    began = """async ({ handle, fields }) => {
        globalThis.giveUp = new AbortController();
        const how = { signal: giveUp.signal };
        const made = signers.bridges[0].sign(handle, "login", fields, how);
        globalThis.outcome = made.catch((error) => error.code);
    }"""
    with signer_page(browser, [program.url]) as page:
        page.page.clock.install()
        page.run(SIGNERS, {"url": program.url})
        asked = {"handle": handle_of(page), "fields": FIELDS}
        page.run(began, asked)
        assert page.run("async () => { giveUp.abort(); return outcome; }") == "cancelled"
        page.run(began, asked)
        assert sign(page, asked["handle"])[0] == "bridge_fault", "one signature at a time"
        page.page.clock.fast_forward(121_000)
        assert page.run("async () => outcome") == "timeout"
        token.fail = None
        assert sign(page, asked["handle"])["signature"], "a late answer disturbs nothing"


def test_a_program_that_is_not_there(browser: Browser) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{probe.getsockname()[1]}"
    with signer_page(browser, [url]) as page:
        page.run(SIGNERS, {"url": url})
        assert page.run(LIST) == []
        assert page.run(ASK) == ["bridge_absent", None]
        assert page.run("async () => told.at(-1)") == ["bridge_absent", "bridge_absent"]


def test_a_page_reaches_no_address_that_its_policy_does_not_name(
    browser: Browser, program: Program
) -> None:
    with signer_page(browser, ["ws://127.0.0.1:1"]) as page:
        page.run(SIGNERS, {"url": program.url})
        assert page.run(ASK) == ["bridge_absent", None]
        assert page.violations == ["connect-src"]


def test_a_line_that_breaks_is_taken_up_again(browser: Browser) -> None:
    program = Program(Bridge(Token([from_pfx(FOLDER / "sm2.pfx", PASSWORD)], pin="1"), [ORIGIN]))
    try:
        with signer_page(browser, [program.url]) as page:
            page.run(SIGNERS, {"url": program.url})
            handle = handle_of(page)
            program.run(program.bridge.stop())
            program.run(program.bridge.start(program.port))
            again = """async () => {
                while (told.length < 5) await new Promise((end) => setTimeout(end, 10));
                return told.map(([state]) => state);
            }"""
            states = ["connecting", "ready", "bridge_absent", "connecting", "ready"]
            assert page.run(again) == states
            assert sign(page, handle)["signature"]
    finally:
        program.close()


def test_the_program_asks_whose_page_it_is(browser: Browser, program: Program) -> None:
    key = from_pfx(FOLDER / "sm2.pfx", PASSWORD)
    other = Program(Bridge(Token([key], pin="1"), ["https://another.test"]))
    try:
        with signer_page(browser, [other.url]) as page:
            page.run(SIGNERS, {"url": other.url})
            assert page.run(ASK) == ["bridge_absent", None]
    finally:
        other.close()
    admits = program.bridge.admits
    assert admits(ORIGIN)
    assert admits("http://127.0.0.1:8000")
    for stranger in ("https://127.0.0.1.evil.test", "https://floor.test.evil.test", "null", ""):
        assert not admits(stranger)


def test_a_visitor_who_allows_nothing_is_told_so_and_not_asked_unprompted(
    browser: Browser, program: Program
) -> None:
    with signer_page(browser, [program.url], allowed=False) as page:
        page.run(SIGNERS, {"url": program.url})
        assert page.run("async () => signers.list()") == []
        assert page.run("async () => told") == []
        # Without a window Chromium answers its own question with no.
        assert page.run(ASK) == ["bridge_denied", None]
        assert page.run("async () => signers.say('bridge_denied').title") == "bridge_denied"


def test_keys_are_looked_for_once_however_many_ask(
    line: SignerPage, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    real = Token.call

    async def call(self: Token, asked: str, params: dict[str, Any]) -> Any:
        looks.extend([asked] * (asked == "SOF_GetUserList"))
        return await real(self, asked, params)

    monkeypatch.setattr(Token, "call", call)
    counts = line.run(
        """async () => {
            const [cards] = await Promise.all([signers.list(), signers.list(), signers.list()]);
            await signers.ready(cards[0].handle);
            return [cards.length, (await signers.refresh()).length];
        }"""
    )
    assert counts == [3, 3]
    assert len(looks) == 2, "one, and one because a person asked to look again"


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("SOF_GetUserList", 7),
        ("SOF_ExportUserCert", "not base64"),
        ("SOF_ExportUserCert", b64encode(b"not a certificate").decode()),
        ("SOF_SignData", "?"),
    ],
)
def test_nonsense_from_the_program_is_its_fault(
    line: SignerPage, token: Token, monkeypatch: pytest.MonkeyPatch, method: str, answer: Any
) -> None:
    handle = handle_of(line)
    real = Token.call

    async def call(self: Token, asked: str, params: dict[str, Any]) -> Any:
        return answer if asked == method else await real(self, asked, params)

    monkeypatch.setattr(Token, "call", call)
    if method == "SOF_SignData":
        assert sign(line, handle)[0] == "bridge_fault"
    else:
        assert line.run(ASK)[0] == "bridge_fault"


def test_calls_that_the_program_cannot_read_get_an_answer(program: Program) -> None:
    token = program.bridge.token
    for method, params, code in (
        ("SOF_Format", {}, "0x0A000003"),
        ("SOF_ExportUserCert", {"CertID": "none"}, "0x0A00001C"),
        ("SOF_SetSignMethod", {"SignMethod": 0x00010002}, "0x0A000006"),
        ("SOF_SignData", {"CertID": certificate_id(token.keys[0]), "InData": "报价"}, "0x0A000006"),
    ):
        with pytest.raises(TokenError) as refused:
            program.run(token.call(method, params))
        assert refused.value.answer["code"] == code


def test_keys_of_the_stand_in_come_from_files_of_every_kind(tmp_path: Any) -> None:
    key = files.enrolled(files.DemoCA.create(b"files", NOW), "SM2")
    (tmp_path / "key.der").write_bytes(key.private_pkcs8())
    (tmp_path / "key.cer").write_bytes(key.certificate)
    assert from_files(tmp_path / "key.der", tmp_path / "key.cer").spki == key.spki
    made = files.made_by_demo_ca(files.DemoCA.create(b"files", NOW, "SM2"), "SM2")
    (tmp_path / "key.pfx").write_bytes(made.content)
    assert from_pfx(tmp_path / "key.pfx", PASSWORD).kind == "SM2"
    for name, password in (("sm2", "wrong"), ("legacy-rc2", "wrong"), ("other-curve", PASSWORD)):
        with pytest.raises(KeyFileError):
            from_pfx(FOLDER / f"{name}.pfx", password)
