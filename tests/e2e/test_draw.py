"""Two people in two real browsers reach the cap; both sign an entry, and anybody can recompute
who was drawn."""

import hashlib
import json
import re

from browsers import ROUND_OVER, Person
from live_server import Server
from playwright.sync_api import Browser, expect


def test_two_bidders_sign_their_entries_and_the_draw_can_be_recomputed(
    browser: Browser, server: Server
) -> None:
    first, second = (Person(browser, server, f"bidder-{x}") for x in "ab")
    first.sign_in()
    first.page.goto("/practice")
    first.page.select_option("#mode", "capped")
    first.page.click("text=再来一场")
    slug = first.page.request.get("/demo/practice.json").json()["slug"]
    second.sign_in()
    for person in (first, second):
        person.join(slug)
    first.bid()
    first.leads()
    second.bid()
    second.leads()
    csrf = second.page.locator("[name=csrf_token]").first.input_value()
    assert second.page.request.post("/demo/skip", form={"csrf_token": csrf}).ok
    for person in (first, second):
        expect(person.page.locator(".hall__state")).to_contain_text("限时竞价", timeout=ROUND_OVER)
    first.bid()
    first.leads()
    second.bid()

    for person in (first, second):
        entry = person.page.locator("[data-sign-as=lottery]")
        expect(entry).to_be_visible()
        entry.click()
        expect(person.page.locator("[data-declare-kind=lottery] [data-declared]")).to_have_text(
            "您已参加摇号。"
        )
        expect(entry).to_be_disabled()

    told = re.compile("您是最高报价人|您不是最高报价人")
    for person in (first, second):
        expect(person.page.locator("main")).to_contain_text(told, timeout=ROUND_OVER)
        assert person.faults == []

    log = first.page.request.get(f"/practice/lots/{slug}/log.jsonl").text().splitlines()[1:]
    events = [json.loads(line) for line in log]
    of = {event["type"]: event["data"] for event in events}
    drawn = of["lottery_drawn"]
    joined = {e["data"]["plate"]: e["data"] for e in events if e["type"] == "lottery_joined"}
    assert len(joined) == 2
    seed = bytes.fromhex(drawn["seed"])
    assert hashlib.sha256(seed).hexdigest() == of["lot_opened"]["lottery_commitment"]
    lines = ""
    for plate, nonce in drawn["nonces"]:
        assert hashlib.sha256(bytes.fromhex(nonce)).hexdigest() == joined[plate]["nonce_hash"]
        lines += f"{plate}:{nonce}\n"
    text = f"lottery/1\n{of['lot_opened']['code']}\n{drawn['seed']}\n{lines}"
    place = int(hashlib.sha256(text.encode()).hexdigest(), 16) % 2
    assert drawn["plate"] == drawn["nonces"][place][0] == of["bidding_ended"]["plate"]
    assert "agrees" in server.flask("replay", slug)
    for person in (first, second):
        person.context.close()
