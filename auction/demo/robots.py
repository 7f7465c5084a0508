"""Robots 演练对手: three bidders who bid in the practice lot, each a client like any other.

They run in a process of their own, with keys in its memory, and know only what any bidder knows.
The panel sets their pace. They end when the server has been away for a minute.
"""

import json
import random
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from auction.demo.client import Refused, RemotePerson
from auction.services.demo_control import Pace, pace
from auction.services.demo_people import ROBOTS

COUNT = 3
LOOK_SECONDS = 1.0
GIVE_UP_SECONDS = 60.0
BIDS_IN_LISTING = 2
"""How often one robot quotes in the listing; in the round it goes on up to its limit."""
_PAGE_DATA = re.compile(r'<script type="application/json" id="hall-data">(.*?)</script>', re.S)
_WAITS = {Pace.SLOW: (8.0, 30.0), Pace.FAST: (1.0, 4.0)}


@dataclass
class Robot:
    """One bidder: what it is willing to pay, and when it acts next."""

    person: RemotePerson
    dice: random.Random
    lot: str = ""
    limit_fen: int = 0
    quotes: int = 0
    next_at: float = 0.0
    page: dict[str, Any] | None = None

    def act(self, slug: str, wanted: Pace) -> None:
        """Look at the lot, and bid if it is time to."""
        if slug != self.lot:
            self._enter(slug)
        state = self.person.get_json(f"/practice/lots/{slug}/state.json")
        now = time.monotonic()
        if now < self.next_at or self.page is None:
            return
        self.next_at = now + self.dice.uniform(*_WAITS[wanted])
        if self._wants_to_bid(state["state"]):
            self._bid(slug, state)

    def _enter(self, slug: str) -> None:
        self.lot, self.page, self.quotes = slug, None, 0
        self.next_at = time.monotonic() + self.dice.uniform(3, 12)
        self.person.join_practice(slug)
        found = _PAGE_DATA.search(self.person.get_page(f"/my/practice/lots/{slug}/hall"))
        assert found is not None
        self.page = json.loads(found[1])
        state = self.person.get_json(f"/practice/lots/{slug}/state.json")["state"]
        self.limit_fen = state["minimum_fen"] + self.dice.randrange(3, 12) * state["step_fen"]

    def _wants_to_bid(self, state: dict[str, Any]) -> bool:
        assert self.page is not None
        if state["leader"] == self.page["plate"] or state["minimum_fen"] > self.limit_fen:
            return False
        if state["phase"] == "listing":
            return self.quotes < BIDS_IN_LISTING
        return bool(state["phase"] == "live" and self.quotes)

    def _bid(self, slug: str, state: dict[str, Any]) -> None:
        assert self.page is not None
        head = state["head"]
        signed = self.person.sign(
            self.page["purpose"],
            {
                "aud": self.page["aud"],
                "lot": slug,
                "plate": self.page["signedPlate"],
                "rules": self.page["rules"],
                "amount": str(state["state"]["minimum_fen"]),
                "cur": self.page["currency"],
                "prev": f"{head['size']}:{head['root']}",
            },
        )
        answer = self.person.post_json(f"/my/practice/lots/{slug}/bids", dict(signed))
        self.quotes += answer.get("code") == "BID_ACCEPTED"


def run(origin: str, data_dir: Path) -> None:
    """Bid until the server has gone for good."""
    robots: list[Robot] = []
    last_seen = time.monotonic()
    while time.monotonic() - last_seen < GIVE_UP_SECONDS:
        time.sleep(LOOK_SECONDS)
        try:
            if len(robots) < COUNT:
                robots.append(_signed_in(origin, len(robots)))
            slug = robots[0].person.get_json("/demo/practice.json")["slug"]
            last_seen = time.monotonic()
            wanted = pace(data_dir)
            if slug and wanted is not Pace.STOP:
                _all_act(robots, slug, wanted)
        except requests.RequestException:
            continue  # the server is being restarted, or killed for show
        except Refused as refused:
            last_seen = time.monotonic()
            if refused.status == 401:
                robots.clear()


def _all_act(robots: list[Robot], slug: str, wanted: Pace) -> None:
    for robot in robots:
        try:
            robot.act(slug, wanted)
        except Refused as refused:
            if refused.status == 401:
                raise


def _signed_in(origin: str, place: int) -> Robot:
    person = RemotePerson(origin, ROBOTS[place].id)
    person.sign_in()
    return Robot(person, random.Random())  # noqa: S311 - a demonstration


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]))
