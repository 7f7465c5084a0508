"""kill -9 in the live round: no acknowledged bid missing, the round goes on from the log."""

import json
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from live_server import Server

from auction.demo.client import Refused, RemotePerson
from auction.ledger.notes import Verifier
from auction.ledger.receipt import Receipt, verify

PAGE = re.compile(r'<script type="application/json" id="hall-data">(.*?)</script>', re.S)
KILLS = 3


@dataclass
class Bidder:
    """A client that bids whenever it does not lead, and keeps every receipt it is given."""

    person: RemotePerson
    slug: str
    page: dict[str, Any] = field(default_factory=dict)
    receipts: dict[int, str] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)

    def enter(self) -> None:
        self.person.sign_in()
        self.person.join_practice(self.slug)
        found = PAGE.search(self.person.get_page(f"/my/practice/lots/{self.slug}/hall"))
        assert found is not None
        self.page = json.loads(found[1])

    def state(self) -> dict[str, Any]:
        return self.person.get_json(f"/practice/lots/{self.slug}/state.json")

    def bid(self, extra_steps: int = 0) -> dict[str, Any]:
        seen = self.state()
        amount = seen["state"]["minimum_fen"] + extra_steps * seen["state"]["step_fen"]
        signed = self.person.sign(
            self.page["purpose"],
            {
                "aud": self.page["aud"],
                "lot": self.slug,
                "plate": self.page["signedPlate"],
                "rules": self.page["rules"],
                "amount": str(amount),
                "cur": self.page["currency"],
                "prev": f"{seen['head']['size']}:{seen['head']['root']}",
            },
        )
        try:
            answer = self.person.post_json(f"/my/practice/lots/{self.slug}/bids", dict(signed))
        except requests.RequestException:
            self.unanswered.append(signed["body"])
            raise
        receipt = Receipt.from_text(answer["receipt"])
        self.receipts[receipt.index] = answer["receipt"]
        return answer


@pytest.fixture
def two_in_the_round(server: Server) -> tuple[Server, str, list[Bidder]]:
    """Two bidders who have quoted, in a live round that has just opened."""
    slug = requests.get(server.origin + "/demo/practice.json", timeout=10).json()["slug"]
    bidders = [Bidder(RemotePerson(server.origin, f"bidder-{x}"), slug) for x in "ab"]
    for bidder in bidders:
        bidder.enter()
        assert bidder.bid()["code"] == "BID_ACCEPTED"
    bidders[0].person.post_form("/demo/skip", {})
    deadline = time.monotonic() + 30
    while bidders[0].state()["state"]["phase"] != "live":
        assert time.monotonic() < deadline, bidders[0].state()
        time.sleep(0.2)
    return server, slug, bidders


def test_acknowledged_bids_survive_kill_9_and_the_round_goes_on(
    two_in_the_round: tuple[Server, str, list[Bidder]],
) -> None:
    server, slug, bidders = two_in_the_round
    for _ in range(KILLS):
        killer = threading.Timer(1.0, server.kill)
        killer.start()
        place = 0
        while killer.is_alive():
            try:
                bidders[place % 2].bid()
            except (requests.RequestException, Refused):
                time.sleep(0.02)
            place += 1
        killer.join()
        server.start()
        state = bidders[0].state()["state"]
        assert state["phase"] in ("live", "suspended"), state

    log = bidders[0].state()
    there = {record["seq"] for record in log["records"]}
    verifier = Verifier.from_string(_verifier(server, slug))
    for bidder in bidders:
        assert bidder.receipts
        for index, text in bidder.receipts.items():
            assert index + 1 in there
            verify(Receipt.from_text(text), verifier)
    accepted = [r["amount_fen"] for r in log["records"] if r["kind"] == "bid"]
    assert accepted == sorted(set(accepted)), "prices rise, and no bid stands twice"


def test_a_bid_sent_again_after_the_kill_gets_its_first_answer(
    two_in_the_round: tuple[Server, str, list[Bidder]],
) -> None:
    server, slug, (first, second) = two_in_the_round
    leading = first.state()["state"]["leader"]
    bidder = second if first.page["plate"] == leading else first
    seen = bidder.state()
    signed = bidder.person.sign(
        bidder.page["purpose"],
        {
            "aud": bidder.page["aud"],
            "lot": slug,
            "plate": bidder.page["signedPlate"],
            "rules": bidder.page["rules"],
            "amount": str(seen["state"]["minimum_fen"]),
            "cur": bidder.page["currency"],
            "prev": f"{seen['head']['size']}:{seen['head']['root']}",
        },
    )
    path = f"/my/practice/lots/{slug}/bids"
    before = bidder.person.post_json(path, dict(signed))
    server.kill()
    server.start()
    again = bidder.person.post_json(path, dict(signed))
    assert again["code"] == before["code"] == "BID_ACCEPTED"
    assert again["record"]["seq"] == before["record"]["seq"]


def _verifier(server: Server, slug: str) -> str:
    exported = server.flask("export", slug)
    header = json.loads(exported.splitlines()[0])
    return str(header["key"])
