"""Bidders with the keys that bidders hold sign in and bid in real browsers: RSA from a file, SM2
behind a vendor's program, P-256 made in the browser."""

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from browsers import Person
from live_server import Server
from pki.bridge_program import Program
from pki.key_files import PASSWORD
from playwright.sync_api import Browser, Page, expect

from auction.app import create_app
from auction.pki.demo.pkcs12 import modern
from auction.pki.softkey import SoftKey
from auction.services import demo_people, people
from auction.services.house import current_house
from bench.bridge.server import Bridge
from bench.bridge.token import Token
from config import Settings

KEPT = "async () => (await indexedDB.databases()).some(({ name }) => name === 'auction-kept-keys')"


def enrolled(server: Server, kinds: dict[str, str]) -> list[tuple[SoftKey, bytes]]:
    """A key of each demo company in `kinds`, bound before the server starts, and its .pfx."""
    made = []
    app = create_app(Settings.from_environment(server.environment))
    with app.app_context():
        house = current_house()
        ca, now = house.demo_ca, house.now()
        assert ca is not None
        since, until = now - timedelta(days=1), now + timedelta(days=90)
        for serial, (identity, kind) in enumerate(kinds.items(), start=9001):
            who = demo_people.person(identity)
            key = SoftKey.generate(None, kind)
            key.certificate = ca.issue(who.name, who.id_code, key.public_key, since, until, serial)
            certificate = house.trust.validate(key.certificate, (), now, "login")
            people.bind(house, certificate, party_id=demo_people.enrolled_party(house, who))
            chain = [ca.intermediate, ca.anchor]
            pkcs8 = key.private_pkcs8()
            file = modern(pkcs8, key.certificate, chain, name=identity, password=PASSWORD)
            made.append((key, file))
    return made


@pytest.fixture
def hall(make_server: Callable[[Path], Server], tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """A server that three kinds of bidder know their way to, and the file of the RSA key."""
    server = make_server(tmp_path)
    server.flask("init")
    (sm2, _), (_, file) = enrolled(server, {"bidder-b": "SM2", "bidder-c": "RSA-2048"})
    pfx = tmp_path / "rsa.pfx"
    pfx.write_bytes(file)
    program = Program(Bridge(Token([sm2], pin="123456")))
    server.settings["AUCTION_BRIDGES"] = f"sof={program.url}"
    server.start()
    yield server, pfx
    server.stop()
    program.close()


def open_file(page: Page, form: str, pfx: Path, *, keep: bool) -> None:
    page.set_input_files(f"{form} [data-pfx-file]", pfx)
    page.fill(f"{form} [data-pfx-password]", PASSWORD)
    page.set_checked(f"{form} [data-pfx-keep]", keep)
    page.click(f"{form} [data-pfx-open]")


def choose(page: Page, kind: str) -> None:
    page.locator("[data-cards] [data-cert]", has_text=kind).click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def test_three_kinds_of_key_sign_in_and_bid(browser: Browser, hall: tuple[Server, Path]) -> None:
    server, pfx = hall
    demo, token, soft = bidders = [Person(browser, server, f"bidder-{x}") for x in "abc"]
    slug = demo.page.request.get("/demo/practice.json").json()["slug"]
    demo.sign_in()
    demo.join(slug)

    token.page.goto("/sign-in")
    token.page.click("[data-detect]")
    choose(token.page, "UKey")
    token.join(slug)

    soft.page.goto("/sign-in")
    open_file(soft.page, "#sign-in", pfx, keep=False)
    choose(soft.page, "证书文件")
    # The key was left with the sign-in page: the next page asks for it, and is told to keep it.
    soft.page.goto(f"/my/practice/lots/{slug}")
    soft.page.click("[data-sign-and-send] [data-sign]")
    open_file(soft.page, "#key-panel", pfx, keep=True)
    soft.page.wait_for_url("**/hall")

    for person in bidders:
        person.bid()
        person.leads()
    log = demo.page.request.get(f"/practice/lots/{slug}/state.json").json()
    accepted = [r["amount_fen"] for r in log["records"] if r["kind"] == "bid"]
    assert accepted == [1_549_000_000 + n * 100_000_000 for n in range(3)]

    assert soft.page.evaluate(KEPT)
    soft.page.locator("form[action$='/sign-out'] button").click()
    expect(soft.page.locator(".nav__entry")).to_be_visible()
    assert not soft.page.evaluate(KEPT)
    assert list(itertools.chain(*(person.faults for person in bidders))) == []
    for person in bidders:
        person.context.close()
