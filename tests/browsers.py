"""A person in a real browser: signs in, joins a practice lot, bids."""

from live_server import Server
from playwright.sync_api import Browser, Page, expect

PATIENCE = 15_000
ROUND_OVER = 60_000


class Person:
    """One browser of its own: cookies, keys and all."""

    def __init__(self, browser: Browser, server: Server, identity: str) -> None:
        self.context = browser.new_context(base_url=server.origin, locale="zh-CN")
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.set_default_timeout(PATIENCE)
        self.identity = identity

    def sign_in(self) -> None:
        self.page.goto("/sign-in")
        self.page.click(f"[data-identity={self.identity}]")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def join(self, slug: str) -> None:
        self.page.goto(f"/my/practice/lots/{slug}")
        self.page.click("[data-sign-and-send] [data-sign]")
        self.page.wait_for_url("**/hall")

    def bid(self) -> None:
        """Press the button that carries the amount, and confirm."""
        self.page.click("#bid-button")
        self.page.locator("dialog[open] button").first.click()

    def leads(self) -> None:
        expect(self.page.locator(".hall__price")).to_contain_text("●领先")
