"""The dialog that brings up the key of the signed-in certificate, as the templates render it."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template
from pki.bridge_program import Program
from pki.key_files import FOLDER, NOW, PASSWORD
from pki.signer_pages import ORIGIN, SignerPage, signer_page
from playwright.sync_api import Browser, expect

from auction.app import create_app
from auction.presenting import signers as wording
from bench.bridge.keyfiles import from_pfx
from bench.bridge.server import Bridge
from bench.bridge.token import Token
from config import Settings

FIELDS = {"aud": ORIGIN, "nonce": "0e" * 32, "iat": str(int(NOW.timestamp()))}
# Those that a page words itself; the others are told as a signature that was not made.
CODES = [
    *("insecure_context", "storage", "network", "unknown_key", "cancelled", "timeout"),
    *("not_a_pfx", "wrong_password", "no_key", "unsupported_key"),
    *("bridge_absent", "bridge_denied", "bridge_fault", "no_device", "wrong_pin", "pin_locked"),
]
BEGIN = """async ({ handle, fields }, load) => {
    const { openSigners } = await load("signers/index.mjs");
    const { signHere, tell } = await load("ui/signhere.mjs");
    const place = document.querySelector("main");
    globalThis.signers = openSigners();
    globalThis.outcome = signHere(place, signers, handle, "login", fields).catch((error) => {
        tell(place, signers.explain(error));
        return error.code;
    });
}"""


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    key = from_pfx(FOLDER / "sm2.pfx", PASSWORD)
    made = Program(Bridge(Token([key], pin="123456"), [ORIGIN]))
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, program: Program) -> Flask:
    environment = {
        "AUCTION_DATA_DIR": str(tmp_path_factory.mktemp("panel")),
        "AUCTION_BRIDGES": f"sof={program.url}",
    }
    return create_app(Settings.from_environment(environment))


@pytest.fixture
def page(app: Flask, browser: Browser, program: Program) -> Iterator[SignerPage]:
    """A page with the dialog and a place to sign at."""
    program.bridge.token.fail, program.bridge.token.delay = None, 0.0
    with app.test_request_context():
        body = f'<main role="alert"></main>{render_template("parts/signers.html")}'
    with signer_page(browser, [program.url], body=body) as made:
        made.page.set_default_timeout(10_000)
        yield made
        assert made.violations == []


def begin(page: SignerPage, name: str) -> str:
    """Start signing with the key of a file of FOLDER that this page does not hold: its handle."""
    handle: str = page.run(
        """async (certificate, load) => {
            const { fromBase64, sha256Hex } = await load("statement.mjs");
            return sha256Hex(fromBase64(certificate));
        }""",
        _certificate(name),
    )
    page.run(BEGIN, {"handle": handle, "fields": FIELDS})
    return handle


def _certificate(name: str) -> str:
    return b64encode(from_pfx(FOLDER / f"{name}.pfx", PASSWORD).certificate).decode()


def open_file(page: SignerPage, name: str, password: str = PASSWORD) -> None:
    page.page.set_input_files("[data-pfx-file]", FOLDER / f"{name}.pfx")
    page.page.fill("[data-pfx-password]", password)
    page.page.click("[data-pfx-open]")


def outcome(page: SignerPage) -> Any:
    return page.run("async () => outcome")


@pytest.mark.browser
def test_the_right_file_closes_the_dialog_and_signs(page: SignerPage) -> None:
    begin(page, "legacy-rc2")
    dialog, wrong = page.page.locator("#key-panel"), page.page.locator("[data-pfx-error]")
    expect(dialog).to_have_attribute("open", "")
    page.page.click("[data-pfx-open]")
    expect(wrong).to_contain_text("请先选择文件")
    expect(page.page.locator("[data-pfx-file]")).to_be_focused()
    open_file(page, "legacy-rc2", "wrong")
    expect(wrong).to_contain_text("证书文件的密码不正确")
    expect(page.page.locator("[data-pfx-password]")).to_have_attribute("aria-invalid", "true")
    open_file(page, "legacy-3des")
    expect(wrong).to_contain_text("打开的不是您登录所用的证书")
    open_file(page, "legacy-rc2")
    assert outcome(page)["signature"]
    expect(dialog).not_to_have_attribute("open", "")
    assert page.page.locator("[data-pfx-password]").input_value() == ""


@pytest.mark.browser
def test_leaving_the_dialog_submits_nothing(page: SignerPage) -> None:
    begin(page, "legacy-rc2")
    page.page.locator("#key-panel[open]").wait_for()
    page.page.keyboard.press("Escape")
    assert outcome(page) == "cancelled"
    expect(page.page.locator("main")).to_contain_text("您已取消签名")


@pytest.mark.browser
def test_a_key_behind_a_program_is_looked_for_waited_for_and_given_up(
    page: SignerPage, program: Program
) -> None:
    token = program.bridge.token
    token.fail = "no-device"
    handle = begin(page, "sm2")
    state = page.page.locator("[data-key-state]")
    page.page.click("[data-key-look]")
    expect(state).to_contain_text("未检测到数字证书")
    token.fail = None
    token.delay = 60
    # Plugged in, it is noticed without another press.
    program.changed()
    place = page.page.locator("main")
    expect(place).to_contain_text("请在数字证书窗口输入密码。")
    expect(place).to_contain_text("已等待 2 秒。")
    place.locator("button").click()
    assert outcome(page) == "cancelled"
    token.delay, token.fail = 0, "wrong-pin"
    page.run(BEGIN, {"handle": handle, "fields": FIELDS})
    assert outcome(page) == "wrong_pin"
    expect(place).to_contain_text("密码不正确，还可尝试 5 次。")


def test_every_code_of_a_signer_has_its_sentence(app: Flask) -> None:
    listed = (Path(__file__).parents[2] / "static/js/signers/error.mjs").read_text("utf-8")
    with app.test_request_context():
        words = wording.words()
    for code in CODES:
        assert code in listed
        assert words[code]["title"], code
        assert words[code]["code"], code
