"""The device check in Chromium against the running program: all six rows, and what fails."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from live_server import Server, free_port
from pki.bridge_program import Program
from playwright.sync_api import Browser, Page, expect

from auction.pki.demo.authority import DemoCA
from auction.pki.demo.pkcs12 import modern
from auction.pki.softkey import SoftKey
from bench.bridge.server import Bridge
from bench.bridge.token import Token

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
ROWS = ("browser", "bridge", "certificate", "signature", "line", "clock")
# What a browser of the oldest accepted kind lacks.
OLD = "delete Array.prototype.at; delete Object.hasOwn; delete AbortSignal.timeout;"
# A machine busy with other tests may well have a slow line to itself.
GOOD = re.compile("^(ok|advice)$")
COMPANY = "青海检测实业有限公司"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demonstration that knows one key program, which need not be running."""
    bridge = f"sof=ws://127.0.0.1:{free_port()}"
    made = Server(tmp_path_factory.mktemp("check"), {"AUCTION_BRIDGES": bridge})
    made.flask("init")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    # axe is injected as a script; the policy that the server sends is tested by the guards.
    context = browser.new_context(base_url=server.origin, locale="zh-CN", bypass_csp=True)
    context.set_default_timeout(15_000)
    made = context.new_page()
    faults: list[str] = []
    made.on("pageerror", lambda error: faults.append(str(error)))
    yield made
    context.close()
    assert faults == []


def key_of(server: Server, days: int = 400) -> tuple[SoftKey, DemoCA]:
    """An SM2 key whose certificate nobody has enrolled."""
    authority = DemoCA.load(server.folder / "demo-ca")
    key = SoftKey.generate(kind="SM2")
    start = datetime.now(UTC) - timedelta(hours=1)
    span = (start, start + timedelta(days=days))
    key.certificate = authority.issue(COMPANY, "91630100X", key.public_key, *span, 4711 + days)
    return key, authority


def state(page: Page, row: str) -> str | None:
    return page.get_attribute(f"[data-row={row}]", "data-state")


def states(page: Page) -> dict[str, str | None]:
    return {row: state(page, row) for row in ROWS}


def total(page: Page, name: str | re.Pattern[str]) -> None:
    there = page.locator("[data-total]")
    expect(there).to_have_attribute("data-total", name, timeout=15_000)


def test_all_six_rows_with_a_hardware_key_after_a_wrong_pin(page: Page, server: Server) -> None:
    key, _authority = key_of(server)
    port = int(server.settings["AUCTION_BRIDGES"].rpartition(":")[2])
    token = Token([key], pin="123456", typed="000000")
    program = Program(Bridge(token, [server.origin]), port)
    try:
        page.add_init_script(OLD)
        page.goto("/check")
        page.press("[data-start]", "Enter")
        expect(page.locator("#voice")).to_contain_text("本机浏览器：正常。")
        total(page, "problem")
        row = page.locator("[data-row=signature]")
        expect(row).to_contain_text("密码不正确，还可尝试")
        expect(row).to_contain_text("忘记密码的，请勿再试")
        expect(page.locator("[data-total]")).to_contain_text("需处理 1 项。")

        token.typed = "123456"
        row.locator("button", has_text="重新检测").press("Enter")
        total(page, GOOD)
    finally:
        program.close()
    found = states(page)
    assert found.pop("line") in ("ok", "advice")
    assert set(found.values()) == {"ok"}
    expect(page.locator("[data-total]")).to_contain_text("可以参加竞价")
    expect(page.locator("[data-row=bridge]")).to_contain_text("版本 1.0")
    expect(page.locator("[data-row=certificate]")).to_contain_text("SM2")
    expect(page.locator("[data-row=line]")).to_contain_text("（5 次的中位数），连接用时")
    kept = page.evaluate("Object.entries(localStorage).filter(([name]) => name.startsWith('sign'))")
    assert [name.partition(":")[0] for name, _seconds in kept] == ["sign-seconds"]
    assert 0 < float(kept[0][1]) < 15
    sheet = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", sheet)) == 1, "the sheet is one page"
    seen = Axe().run(page, options=RULES)
    assert not seen.response["violations"], seen.generate_report()


def test_what_fails_says_what_to_do_and_the_sheet_names_nobody(
    page: Page, server: Server, tmp_path: Path
) -> None:
    """No key program runs, the file's password is wrong, its certificate ends soon, the live
    channel is blocked and the clock is slow: one can bid, and each row tells what to do."""
    key, authority = key_of(server, days=20)
    file, chain = tmp_path / "holder.pfx", [authority.intermediate]
    content = modern(key.private_pkcs8(), key.certificate, chain, name=COMPANY, password="密码一")
    file.write_bytes(content)
    page.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    page.add_init_script("const real = Date.now; Date.now = () => real() - 5000;")
    page.goto("/check")
    page.click("[data-start]")
    total(page, "open")
    expect(page.locator("[data-row=bridge]")).to_contain_text("用证书文件签名的，不需要它")
    expect(page.locator("[data-row=bridge]")).to_contain_text("请启动发证机构的证书助手后重试")
    expect(page.locator("[data-row=line]")).to_contain_text("请网络管理员放行本站的 WebSocket")
    expect(page.locator("[data-row=clock]")).to_contain_text("您的电脑慢 5.0")
    expect(page.locator("[data-row=clock]")).to_contain_text("打开自动校时")
    assert states(page)["certificate"] == "yours"

    page.set_input_files("[data-pfx-file]", file)
    page.fill("[data-pfx-password]", "wrong")
    page.click("[data-pfx-open]")
    expect(page.locator("[data-pfx-error]")).to_contain_text("密码不正确")
    expect(page.locator("[data-pfx-error]")).to_contain_text("请重新输入")
    page.fill("[data-pfx-password]", "密码一")
    page.keyboard.press("Enter")
    total(page, "advice")
    expect(page.locator("[data-total]")).to_contain_text("可以参加竞价，另有 4 项建议处理。")
    expect(page.locator("[data-row=certificate]")).to_contain_text("证书还有 19 天到期")
    good, advice = ("browser", "signature"), ("bridge", "certificate", "line", "clock")
    assert states(page) == dict.fromkeys(good, "ok") | dict.fromkeys(advice, "advice")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY", "the focus is kept"
    seen = Axe().run(page, options=RULES)
    assert not seen.response["violations"], seen.generate_report()
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320

    assert COMPANY in page.inner_text("main")
    page.emulate_media(media="print")
    sheet = page.inner_text("main")
    assert COMPANY not in sheet
    for words in ("设备检测单", "检测单号", "北京时间，服务器时钟", server.origin, "检测单不证明"):
        assert words in sheet, words


def test_what_the_server_refuses_is_told_and_nothing_is_signed(page: Page) -> None:
    refusal = {
        "title": "不受信任的颁发机构。",
        "body": "请使用认可的证书。",
        "code": "X",
        "tone": "cinnabar",
    }
    page.route("**/check/certificate", lambda route: route.fulfill(status=422, json=refusal))
    page.goto("/check")
    page.click("[data-start]")
    total(page, "open")
    page.click("[data-identity=bidder-a]")
    total(page, "problem")
    expect(page.locator("[data-row=certificate]")).to_contain_text("请使用认可的证书。")
    assert state(page, "signature") == "waiting"


def test_a_browser_too_old_for_the_page_is_told_so(page: Page) -> None:
    page.route("**/pages/check.mjs", lambda route: route.abort())
    page.goto("/check")
    expect(page.locator("[data-too-old]")).to_contain_text("浏览器版本过低")
    expect(page.locator("[data-start]")).to_be_hidden()


def test_the_seat_knows_what_was_measured_and_leads_back_here(page: Page) -> None:
    page.goto("/check")
    told = page.evaluate(
        """async () => {
            const { Signing } = await import("/static/js/hall/signing.mjs");
            const shown = [];
            const messages = { show: (key, said, { actions }) => shown.push(actions) };
            const signing = new Signing({ handle: "ab" }, messages);
            const before = signing.seconds;
            localStorage.setItem("sign-seconds:ab", "2.8");
            signing.failed({ code: "bridge_absent" });
            signing.failed({ code: "cancelled" });
            const opened = [];
            globalThis.open = (...how) => opened.push(how);
            const labels = shown.map((actions) => actions.map(({ label }) => label));
            shown[0][0].act();
            return { before, after: signing.seconds, labels, opened };
        }"""
    )
    assert (told["before"], told["after"]) == (None, 2.8)
    assert told["labels"] == [["检测"], []]
    assert told["opened"] == [["/check", "_blank", "noopener"]], "the seat stays open"
