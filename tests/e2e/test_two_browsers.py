"""Two people in two real browsers, from signing in to a winner, on the practice lot."""

import re
from collections.abc import Iterator

import pytest
from browsers import ROUND_OVER, Person
from live_server import Server
from playwright.sync_api import Browser, expect


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
