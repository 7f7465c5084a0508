"""Signing in and staying signed in, in Chromium against the running program."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from live_server import Server
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from auction.pki.demo.authority import DemoCA
from auction.pki.demo.pkcs12 import modern
from auction.pki.softkey import SoftKey

pytestmark = pytest.mark.browser
KEEP_A_KEY = "import('/static/js/signers/kept.mjs').then((m) => m.keep({card: {handle: 'x'}}))"

A_DAY_LATER = """async () => {
  const { kept } = await import('/static/js/signers/kept.mjs');
  const now = Date.now, before = (await kept()).length;
  Date.now = () => now() + 13 * 3600e3;
  const later = (await kept()).length;
  Date.now = now;
  return [before, later, (await kept()).length];
}"""
DATABASES = "indexedDB.databases().then((all) => all.map((one) => one.name))"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("sign-in"))
    made.flask("init")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=server.origin, locale="zh-CN")
    made.set_default_timeout(15_000)
    yield made
    made.close()


def enter(page: Page, identity: str, at: str = "") -> None:
    page.goto(f"{at}/sign-in")
    page.click(f"[data-identity={identity}]")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def unknown_holder(server: Server) -> bytes:
    """A key file whose certificate is good for 20 days and enrolled by nobody."""
    authority = DemoCA.load(server.folder / "demo-ca")
    key = SoftKey.generate(kind="SM2")
    start = datetime.now(UTC) - timedelta(hours=1)
    end = start + timedelta(days=20)
    name = "尚无登记有限公司"
    certificate = authority.issue(name, "91630100X", key.public_key, start, end, 4711)
    return modern(
        key.private_pkcs8(), certificate, [authority.intermediate], name=name, password="演练密码"
    )


def look_again(page: Page) -> None:
    """What happens when the page is looked at again after a while."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_a_second_computer_is_asked_by_keyboard_and_the_first_is_told(
    context: BrowserContext,
) -> None:
    """The second computer is a mount of its own: other cookies, the same key."""
    first, second = context.new_page(), context.new_page()
    enter(first, "bidder-a")
    second.goto("/seat/a/sign-in")
    second.click("[data-identity=bidder-a]")
    question = second.locator("dialog[open]")
    expect(question).to_contain_text("此证书正在另一台电脑使用")
    expect(question.locator("button", has_text="取消")).to_be_focused()
    second.keyboard.press("Escape")
    expect(second.locator("#sign-in-message")).to_contain_text("已取消，没有登录。")
    look_again(first)
    assert first.url.endswith("/my/"), "nothing has ended yet"
    first.evaluate(KEEP_A_KEY)

    second.click("[data-identity=bidder-a]")
    expect(question).to_be_visible()
    second.keyboard.press("Shift+Tab")
    second.keyboard.press("Enter")
    second.wait_for_url("**/seat/a/my/")
    look_again(first)
    expect(first.locator("h1")).to_have_text("您已在另一台电脑登录，本页已停止。")
    expect(first.locator("[role=alert]")).to_contain_text("同一证书在另一处登录")
    assert first.evaluate(DATABASES) == ["auction-demo-identities"], "no key outlives its session"
    first.click("text=在本机重新登录")
    expect(first.locator("h1")).to_have_text("证书登录")


def test_signing_out_is_noticed_in_other_tabs_and_going_back_shows_nothing(
    context: BrowserContext,
) -> None:
    page, other = context.new_page(), context.new_page()
    enter(page, "bidder-b")
    page.evaluate("localStorage.setItem('record:x:1', '[]')")
    page.evaluate(KEEP_A_KEY)
    assert page.evaluate(A_DAY_LATER) == [1, 0, 0], "what nobody forgot is no key the next day"
    page.evaluate(KEEP_A_KEY)
    other.goto("/my/")
    page.click("form[action$='/sign-out'] button")
    expect(page.locator(".notice")).to_contain_text("您已退出。")
    other.wait_for_url("**/sign-in?next=/my/")
    page.go_back()
    page.wait_for_url("**/sign-in?next=/my/")
    assert page.evaluate(DATABASES) == ["auction-demo-identities"], (
        "no key stays but the demonstration's"
    )
    assert page.evaluate("localStorage.getItem('record:x:1')") == "[]"


def test_before_an_idle_session_ends_a_key_press_keeps_it(context: BrowserContext) -> None:
    page = context.new_page()
    left_us = 100_000_000

    def nearly_over(route: Route) -> None:
        now = int(time.time() * 1e6)
        end = now + 3_600_000_000
        idle = now + (left_us if route.request.method == "GET" else 600_000_000)
        route.fulfill(json={"state": "lasting", "idle_us": idle, "end_us": end, "now_us": now})

    page.route("**/session?*", nearly_over)
    page.route("**/session/keep", nearly_over)
    enter(page, "bidder-c")
    warning = page.locator("#session-warning")
    expect(warning).to_be_visible()
    expect(warning).to_contain_text("1 分")
    expect(page.locator("#voice-now")).to_contain_text("登录即将结束")
    with page.expect_request("**/session/keep"):
        page.keyboard.press("Shift")
    expect(warning).to_be_hidden()


def test_an_sm2_file_of_an_unknown_holder_leads_to_enrolment(
    context: BrowserContext, server: Server, tmp_path: Path
) -> None:
    page = context.new_page()
    file = tmp_path / "holder.pfx"
    file.write_bytes(unknown_holder(server))
    page.goto("/sign-in")
    page.set_input_files("#pfx-file", file)
    page.fill("#pfx-password", "wrong")
    page.click("[data-pfx-open]")
    expect(page.locator("#pfx-error")).to_contain_text("密码不正确")
    page.fill("#pfx-password", "演练密码")
    page.click("[data-pfx-open]")
    card = page.locator("[data-cert]")
    expect(card).to_contain_text("尚无登记有限公司")
    expect(card).to_contain_text("还有 19 天到期")
    expect(card).to_be_focused()
    page.keyboard.press("Enter")
    message = page.locator("#sign-in-message")
    expect(message).to_contain_text("此证书尚未登记。")
    message.locator("a", has_text="登记此证书").click()
    page.wait_for_url("**/enrol")
    expect(page.locator("main")).to_contain_text("尚无登记有限公司")
