"""A newcomer in a real browser: asks to be enrolled with a certificate file, adds a spare."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from enrolling import COMPANY, Holder, decide, security_officer
from flask import Flask
from live_server import free_port
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from auction.pki.demo.pkcs12 import modern
from auction.services.enrolment import desk
from auction.services.house import House
from config import Settings

pytestmark = pytest.mark.browser

LIFE = timedelta(days=3000)
"""Valid also by the browser's clock, which nobody drives."""


@pytest.fixture
def port() -> int:
    """A free port."""
    return free_port()


@pytest.fixture
def settings(tmp_path: Path, port: int) -> Settings:
    """A demo house whose origin is the address that the browser uses."""
    return Settings.from_environment(
        {"AUCTION_DATA_DIR": str(tmp_path), "AUCTION_ORIGIN": f"http://127.0.0.1:{port}"}
    )


@pytest.fixture
def page(app: Flask, port: int, browser: Browser) -> Iterator[Page]:
    """A browser's page, and the house served to it."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    context = browser.new_context(locale="zh-CN", base_url=f"http://127.0.0.1:{port}")
    made = context.new_page()
    made.set_default_timeout(10_000)
    try:
        yield made
    finally:
        context.close()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def files(app: Flask, house: House, tmp_path: Path) -> tuple[Path, Path]:
    """Two certificate files of one company that nobody has enrolled."""
    paths = []
    with app.app_context():
        for name in ("first", "spare"):
            key = Holder(house, life=LIFE).key
            above = house.trust.validate(key.certificate, (), house.now(), "login").path[1:-1]
            data = modern(key.private_pkcs8(), key.certificate, above, name=name, password="123456")
            paths.append(tmp_path / f"{name}.pfx")
            paths[-1].write_bytes(data)
    return paths[0], paths[1]


def open_file(page: Page, within: str, file: Path) -> None:
    page.set_input_files(f"{within} [data-pfx-file]", file)
    page.fill(f"{within} [data-pfx-password]", "123456")
    page.click(f"{within} [data-pfx-open]")


def test_a_newcomer_is_enrolled_and_adds_a_spare(
    app: Flask, house: House, page: Page, files: tuple[Path, Path]
) -> None:
    page.goto("/sign-in")
    page.check("#sign-in [data-pfx-keep]")
    open_file(page, "#sign-in", files[0])
    page.click("[data-cert]")
    page.click('#sign-in-message a[href="/enrol"]')

    assert page.input_value("#id_code") == COMPANY.id_code
    for name in ("contact", "phone", "account_number", "account_bank"):
        page.fill(f"#{name}", getattr(COMPANY, name))
    page.click("form.form .btn--primary")
    page.click("[data-sign]")
    page.wait_for_selector("text=等待办理")
    assert_accessible(page)

    with app.app_context():
        officer = security_officer(house.now())
        (waiting,) = desk.waiting()
        decide(house, officer, waiting.id, ground=None)
    page.goto("/sign-in")
    page.click("[data-cert]")
    page.wait_for_url("**/my/")

    page.goto("/my/profile")
    assert_accessible(page)
    page.click("[data-spare] summary")
    open_file(page, "[data-spare]", files[1])
    page.click("[data-spare-list] button")
    page.wait_for_selector("text=证书已登记")
    assert page.locator(".bench > li").count() == 2


def assert_accessible(page: Page) -> None:
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    found = Axe().run(page, options=rules).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
