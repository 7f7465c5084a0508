"""The highest bidder in a real browser: uploads papers, signs them, signs the confirmation."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from live_server import free_port
from playwright.sync_api import Browser, Page
from sold import PDF, Sold, sell
from werkzeug.serving import make_server

from auction.services import awards
from auction.services.awards import Proposal
from auction.services.house import House
from auction.trading.time import DrivenClock
from config import Settings

pytestmark = pytest.mark.browser


@pytest.fixture
def settings(tmp_path: Path, port: int) -> Settings:
    """A demo house whose origin is the address that the browser uses."""
    return Settings.from_environment(
        {
            "AUCTION_DATA_DIR": str(tmp_path / "data"),
            "AUCTION_ORIGIN": f"http://127.0.0.1:{port}",
        }
    )


@pytest.fixture
def port() -> int:
    """A free port."""
    return free_port()


@pytest.fixture
def sale(app: Flask, house: House, clock: DrivenClock, published_lot: object) -> Sold:
    with app.app_context():
        return sell(house, clock, published_lot.id)  # type: ignore[attr-defined]


@pytest.fixture
def page(app: Flask, port: int, sale: Sold, browser: Browser) -> Iterator[Page]:
    """A browser's page, and the house served to it."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        context = browser.new_context(locale="zh-CN")
        yield context.new_page()
        context.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_papers_and_confirmation_are_signed_in_the_browser(
    app: Flask, port: int, sale: Sold, page: Page, tmp_path: Path
) -> None:
    origin = f"http://127.0.0.1:{port}"
    page.goto(f"{origin}/sign-in")
    page.click('[data-identity="bidder-b"]')
    page.wait_for_url(f"{origin}/my/")
    page.goto(f"{origin}/my/lots/2024JC-4/award")
    for kind in awards.PAPERS:
        file = tmp_path / f"{kind}.pdf"
        file.write_bytes(PDF)
        page.set_input_files(f"#file-{kind}", str(file))
        page.wait_for_function(
            "id => document.querySelector(id).textContent.startsWith('SHA-256')",
            arg=f"#paper-{kind} [data-chosen]",
        )
        page.click(f"#paper-{kind} button")
        page.wait_for_load_state()
    page.click("[data-sign]")
    page.get_by_text("资料已签名提交").wait_for()
    with app.app_context():
        sale.propose(Proposal.SUFFICIENT)
        sale.confirm()
    page.goto(f"{origin}/awards/lots/2024JC-4/confirmation")
    page.click("[data-sign]")
    page.get_by_text("以数字证书签名", exact=False).first.wait_for()
    with app.app_context():
        assert set(awards.acts_of(sale.lot).signed) == {"winner"}
