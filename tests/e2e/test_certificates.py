"""Certificates of three kinds of authority from sign-in to the live round, in real browsers: files
with SM2, RSA and P-256 keys, and an SM2 key behind its vendor's program. One is revoked in the live
round, one is used on a second computer."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsers import Person
from certified import (
    Holder,
    authorities,
    bind,
    key_file,
    open_file,
    revoked,
    token_program,
)
from live_house import Client, LiveHouse
from live_server import free_port
from playwright.sync_api import Browser, WebSocket, expect

from auction.demo.client import RemotePerson

STEP_WAN = 100
KEPT = "async () => (await indexedDB.databases()).some(({ name }) => name === 'auction-kept-keys')"
PRESS_WHATEVER_IS_THERE = """() => {
  document.querySelector("#bid-button")?.click();
  document.querySelector("dialog[open] button")?.click();
}"""


class Bidder(Person):
    """A person with a key of his own at the practice lot."""

    def __init__(self, browser: Browser, sale: "Sale", holder: Holder) -> None:
        super().__init__(browser, sale.house, holder.company)
        self.holder = holder
        self.plate = sale.house.plates[holder.company]
        self.hall = f"/my{sale.house.path}/hall"
        self.lines: list[WebSocket] = []
        self.page.on("websocket", lambda line: "socket.io" in line.url and self.lines.append(line))

    def sign_in_with_file(self, *, keep: bool) -> None:
        self.page.goto(f"/sign-in?next={self.hall}")
        open_file(self.page, "#sign-in", self.holder, keep=keep)
        self.choose("证书文件")

    def sign_in_with_token(self) -> None:
        self.page.goto(f"/sign-in?next={self.hall}")
        self.page.click("[data-detect]")
        self.choose("UKey")

    def choose(self, kind: str) -> None:
        self.page.locator("[data-cards] [data-cert]", has_text=kind).click()

    def open_key_in_hall(self) -> None:
        self.page.click("[data-messages] button:has-text('打开证书')")
        open_file(self.page, "#key-panel", self.holder, keep=False)
        expect(self.page.locator("#key-panel")).to_be_hidden()


class Sale:
    """A practice lot with four bidders: their certificates are known, their seats taken."""

    def __init__(self, folder: Path) -> None:
        self.house = LiveHouse(folder, listing_seconds=240, countdown_seconds=90)
        self.house.open_lot(["bidder-a", "bidder-b", "bidder-c", "robot-1"])
        # Of one authority only the issuing CA counts, of the others whatever is under their roots.
        pinned = {"SM2": "issuing", "RSA-2048": "root", "P-256": "root"}
        made = authorities(folder / "demo", folder / "anchors", pinned)
        key_file(made["SM2"], "token.pfx", "演练密盾有限公司", "91630100MA7YANQA5N")
        self.sm2 = Holder("bidder-a", made["SM2"])
        self.rsa = Holder("bidder-b", made["RSA-2048"])
        self.p256 = Holder("bidder-c", made["P-256"])
        self.token = Holder("robot-1", made["SM2"], "token.pfx")
        self.token_port = free_port()
        bind(self.house, [self.sm2, self.rsa, self.p256, self.token])
        self.house.settings["AUCTION_BRIDGES"] = f"sof=ws://127.0.0.1:{self.token_port}"


@pytest.fixture
def sale(tmp_path: Path) -> Iterator[Sale]:
    made = Sale(tmp_path)
    with token_program(made.token, made.token_port):
        made.house.start()
        yield made
        made.house.stop()


def accepted(sale: Sale) -> list[str]:
    """The plates of the accepted bids, in their order."""
    return [r["plate"] for r in sale.house.state()["records"] if r["kind"] == "bid"]


def csrf(person: Person) -> str:
    """The form token of this browser."""
    page = person.context.request.get("/sign-in?again=1").text()
    return page.split('data-csrf="')[1].split('"')[0]


def bid_by_hand(sale: Sale, bidder: Bidder) -> tuple[int, str]:
    """A well signed bid sent with the browser's own cookies, past its pages: status and code."""
    remote = RemotePerson(sale.house.origin, bidder.identity)
    remote.key = bidder.holder.key
    client = Client(sale.house, remote)
    minimum = sale.house.state()["state"]["minimum_fen"] // 1_000_000
    payload = client.statement(minimum)
    client.close()
    sale.house.clients.remove(client)
    answer = bidder.context.request.post(
        f"/my{sale.house.path}/bids",
        data=json.dumps(payload),
        headers={
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-CSRFToken": csrf(bidder),
        },
    )
    return answer.status, answer.json().get("code", "")


def test_three_kinds_of_certificate_bid_and_a_revoked_one_is_out_before_its_next_bid(
    browser: Browser, sale: Sale
) -> None:
    bidders = sm2, rsa, p256, token = [
        Bidder(browser, sale, holder) for holder in (sale.sm2, sale.rsa, sale.p256, sale.token)
    ]
    sm2.sign_in_with_file(keep=True)
    p256.sign_in_with_file(keep=True)
    rsa.sign_in_with_file(keep=False)
    rsa.open_key_in_hall()
    token.sign_in_with_token()
    for bidder in bidders:
        bidder.bid()
        bidder.leads()

    officer = Person(browser, sale.house, "security")
    officer.sign_in()
    officer.context.request.post(
        "/demo/skip",
        form={"lot": sale.house.slug, "csrf_token": csrf(officer)},
    )
    for bidder in bidders:
        expect(bidder.page.locator("[data-phase-tag]")).to_contain_text("限时竞价", timeout=30_000)
    sm2.bid()
    sm2.leads()
    rsa.bid()
    rsa.leads()
    before = accepted(sale)
    assert before == [b.plate for b in (*bidders, sm2, rsa)]

    # A security officer brings the authority's next list: one of its two certificates is named.
    officer.page.goto("/admin/revocation")
    officer.page.set_input_files(
        "input[type=file]",
        {"name": "issuing.crl", "mimeType": "application/pkix-crl", "buffer": revoked(sale.sm2)},
    )
    officer.page.click("form[enctype] button")
    assert bid_by_hand(sale, sm2) == (401, "NOT_SIGNED_IN")
    sm2.page.evaluate(PRESS_WHATEVER_IS_THERE)
    expect(sm2.page.locator("#hall")).to_contain_text("您的数字证书已被吊销，不能继续报价。")
    expect(sm2.page.locator("#hall > *")).to_have_count(2)  # the heading and the message
    assert [line.is_closed() for line in sm2.lines] == [True]

    for bidder in (p256, token):
        bidder.bid()
        bidder.leads()
    assert accepted(sale) == [*before, p256.plate, token.plate]
    told = json.loads(sale.house.flask("replay", sale.house.slug, "--json"))
    assert told["agrees"]
    course = [(step["type"], step["plate"]) for step in told["steps"]]
    end = course.index(("certificate_ended", sm2.plate))
    assert course[end - 1] == ("bid_accepted", rsa.plate)
    assert sm2.plate not in [plate for _, plate in course[end + 1 :]]

    # The P-256 key goes to another computer.
    other = Bidder(browser, sale, sale.p256)
    other.sign_in_with_file(keep=True)
    other.page.click("dialog[open] button[value=continue]")
    other.bid()
    other.leads()
    expect(p256.page.locator("#hall")).to_contain_text("您已在另一台电脑登录，本页已停止。")
    assert [line.is_closed() for line in p256.lines] == [True]
    # A key kept open goes when its holder signs out.
    assert other.page.evaluate(KEPT)
    other.page.locator("form[action$='/sign-out'] button").click()
    expect(other.page.locator(".nav__entry")).to_be_visible()
    assert not other.page.evaluate(KEPT)
    for person in (*bidders, officer, other):
        assert person.faults == []
        person.context.close()
