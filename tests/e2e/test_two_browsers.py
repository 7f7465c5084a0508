"""Two people in two real browsers, from signing in to a winner, on the practice lot."""

import re
from collections.abc import Iterator

import pytest
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


@pytest.fixture
def people(browser: Browser, server: Server) -> Iterator[list[Person]]:
    made = [Person(browser, server, f"bidder-{x}") for x in "ab"]
    yield made
    for person in made:
        person.context.close()


def test_two_bidders_meet_in_the_live_round_until_one_wins(
    people: list[Person], server: Server
) -> None:
    first, second = people
    first.page.goto("/practice")
    slug = first.page.request.get("/demo/practice.json").json()["slug"]
    for person in people:
        person.sign_in()
        person.join(slug)

    first.bid()
    first.leads()
    second.bid()
    second.leads()
    expect(first.page.locator("main")).to_contain_text("您已被超过")

    csrf = second.page.locator("[name=csrf_token]").first.input_value()
    skipped = second.page.request.post("/demo/skip", form={"csrf_token": csrf})
    assert skipped.ok
    for person in people:
        expect(person.page.locator(".hall__state")).to_contain_text("限时竞价", timeout=ROUND_OVER)

    first.bid()
    first.leads()
    second.bid()
    second.leads()

    expect(second.page.locator("main")).to_contain_text("您是最高报价人", timeout=ROUND_OVER)
    expect(first.page.locator("main")).to_contain_text(
        re.compile("您不是最高报价人|竞价结束"), timeout=ROUND_OVER
    )
    for person in people:
        assert person.faults == []

    log = first.page.request.get(f"/practice/lots/{slug}/state.json").json()
    accepted = [r["amount_fen"] for r in log["records"] if r["kind"] == "bid"]
    assert accepted == [1_549_000_000 + n * 100_000_000 for n in range(4)]
    assert "agrees" in server.flask("replay", slug)
