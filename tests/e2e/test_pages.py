"""Every public page in a real browser: accessible, quiet, and readable at 320 pixels."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from live_server import Server
from playwright.sync_api import Browser, Page

REHEARSED = "/practice/lots/2024JC-4"
PAGES = (
    "/",
    "/notices",
    "/practice/notices/2024TD-44",
    "/lots",
    "/results",
    "/verify",
    "/practice",
    "/about",
    "/help",
    "/check",
    "/sign-in",
    "/enrol",
    REHEARSED,
    REHEARSED + "/rules",
    REHEARSED + "/live",
    REHEARSED + "/result",
    "/demo/",
    "/demo/styleguide",
)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, make_server) -> Iterator[Server]:
    """One server with the rehearsed sale, for all pages."""
    server = make_server(tmp_path_factory.mktemp("pages"))
    server.flask("prepare")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def page(browser: Browser, house: Server) -> Iterator[Page]:
    # axe is injected as a script; the policy that the server sends is tested by the guards.
    context = browser.new_context(base_url=house.origin, locale="zh-CN", bypass_csp=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("address", PAGES)
def test_page_is_accessible_and_fits_a_small_phone(page: Page, address: str) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    page.goto(address, wait_until="load")
    found = Axe().run(page, options=RULES)
    assert not found.response["violations"], found.generate_report()
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert faults == []


@pytest.mark.parametrize("address", PAGES)
def test_page_can_be_read_without_script_and_in_english(
    browser: Browser, house: Server, address: str
) -> None:
    context = browser.new_context(base_url=house.origin, java_script_enabled=False)
    context.add_cookies([{"name": "lang", "value": "en", "url": house.origin}])
    reader = context.new_page()
    answer = reader.goto(address)
    assert answer is not None
    assert answer.ok
    assert reader.locator("html").get_attribute("lang") == "en"
    assert reader.locator("h1").count() == 1
    context.close()


def test_the_notice_prints(page: Page, tmp_path: Path) -> None:
    page.goto("/practice/notices/2024TD-44")
    page.pdf(path=str(tmp_path / "notice.pdf"), format="A4")
    assert (tmp_path / "notice.pdf").stat().st_size > 20_000
