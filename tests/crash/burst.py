"""Five hundred bidders at one deadline: real sockets, real signatures, every verdict checked.

Two waves. In the first, all bid in the last 100 ms before the deadline: each bid in time is
judged on price, and one that is accepted moves the deadline. In the second, at the deadline that
results, all bid too low from a little before until after it: nothing moves the deadline any more,
so that who came in time is told `too low`, and who came at or after it is told `late`.
"""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import requests
from crash.checks import examine
from crash.cluster import House
from crash.load import Kept
from crash.runs import Report, Say, until_live, wait_for_phase
from crash.sale import Bidder, Sale, digest, open_sale
from crash.wire import Door, Json
from live_server import ROOT

LISTING_SECONDS = 300
"""Longer than it takes to connect; then the listing is cut short, as in any practice sale."""
COUNTDOWN_SECONDS = 30
"""Long enough to have all answers of the first wave before the second."""
GENERATORS = 2
LAST = 0.1
"""The first wave is sent within so many seconds before the deadline."""
AROUND = (-0.3, 0.1)
"""The second wave, seconds relative to the deadline."""


class Generator:
    """A process with some of the bidders' sockets."""

    def __init__(self, house: House, bidders: list[Bidder], numbers: list[int]) -> None:
        self.numbers = numbers
        self._process = subprocess.Popen(
            [sys.executable, "-m", "crash.generator"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        sockets = [
            {
                "worker": house.workers[n % len(house.workers)].origin,
                "token": bidders[n].token,
                "site": house.origin,
            }
            for n in numbers
        ]
        self._say({"slug": bidders[0].sale.slug, "sockets": sockets})

    def connected(self) -> None:
        """Wait until every socket is in the lot's room."""
        there = self._hear()["connected"]
        assert there == len(self.numbers), f"{there} of {len(self.numbers)} could join the room"

    def aim(self, payloads: list[dict[str, str]], instants: list[float]) -> None:
        """Have each of its bidders send one statement at one instant (seconds since 1970)."""
        mine = self.numbers
        self._say({"payloads": [payloads[n] for n in mine], "at": [instants[n] for n in mine]})

    def answers(self) -> list[dict[str, Any]]:
        """`{sent, answer, after}` of each bidder, in order."""
        heard: list[dict[str, Any]] = self._hear()["answers"]
        return heard

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def _say(self, what: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def _hear(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the generator died"
        return json.loads(line)


def burst(house: House, name: str, count: int, seed: int, say: Say) -> Report:
    """Both waves with `count` bidders; the round ends with the second."""
    report, chance = Report(name), random.Random(seed)
    sale, bidders = open_sale(
        house,
        count,
        listing=LISTING_SECONDS,
        first_countdown=COUNTDOWN_SECONDS,
        countdown=COUNTDOWN_SECONDS,
    )
    house.start()
    parts = [list(range(n, count, GENERATORS)) for n in range(GENERATORS)]
    generators = [Generator(house, bidders, part) for part in parts]
    kept: dict[str, Kept] = {}
    try:
        for generator in generators:
            generator.connected()
        say(f"{name}  {count} sockets connected")
        Door(house.origin, bidders[0].token).post("/demo/skip", {}, timeout=20)
        until_live(house, sale)
        for wave, shots in (("valid bids", _valid), ("too low", _too_low)):
            picture = requests.get(f"{house.origin}{sale.path}/state.json", timeout=20).json()
            shot = Shots(*shots(bidders, picture, chance))
            shot.fire(generators)
            kept |= shot.kept()
            report.faults += shot.faults(wave, sale)
            report.figures[wave] = shot.figures()
            say(f"{name}  {wave}: {report.figures[wave]}")
        wait_for_phase(house, sale, "award_pending")
    finally:
        for generator in generators:
            generator.end()
    found = examine(house, sale, kept)
    report.faults += found.faults
    report.figures |= found.figures
    return report


def _valid(
    bidders: list[Bidder], picture: Json, chance: random.Random
) -> tuple[int, list[dict[str, str]], list[float]]:
    """Bids from one to fifty steps above the minimum, all of them in the last moment."""
    deadline_us, state = picture["state"]["deadline_us"], picture["state"]
    lowest, step = state["minimum_fen"], state["step_fen"]
    payloads = [b.statement(lowest + chance.randrange(50) * step, picture["head"]) for b in bidders]
    return deadline_us, payloads, [deadline_us / 1e6 - chance.uniform(0, LAST) for _ in bidders]


def _too_low(
    bidders: list[Bidder], picture: Json, chance: random.Random
) -> tuple[int, list[dict[str, str]], list[float]]:
    """Bids below the minimum, from a little before the deadline until after it."""
    deadline_us, state = picture["state"]["deadline_us"], picture["state"]
    lowest, step = state["minimum_fen"], state["step_fen"]
    payloads = [b.statement(lowest - chance.randint(1, 9) * step, picture["head"]) for b in bidders]
    return deadline_us, payloads, [deadline_us / 1e6 + chance.uniform(*AROUND) for _ in bidders]


@dataclass
class Shots:
    """One wave: a statement and an instant for each bidder, and then what came back."""

    deadline_us: int
    payloads: list[dict[str, str]]
    instants: list[float]
    came: dict[int, Json] = field(default_factory=dict)

    def fire(self, generators: list[Generator]) -> None:
        for generator in generators:
            generator.aim(self.payloads, self.instants)
        for generator in generators:
            self.came |= dict(zip(generator.numbers, generator.answers(), strict=True))

    @property
    def records(self) -> list[Json]:
        """The recorded verdicts, as the bidders were told."""
        return [one["answer"]["record"] for one in self.came.values() if _recorded(one)]

    def kept(self) -> dict[str, Kept]:
        return {
            digest(self.payloads[n]): Kept(
                self.payloads[n], [one["answer"]] if _recorded(one) else []
            )
            for n, one in self.came.items()
        }

    def faults(self, wave: str, sale: Sale) -> list[str]:
        """Who was not answered, or was called late though he was not, or the other way round.

        That each verdict is right by the log is checked at the end, with everything else.
        """
        answers = [one["answer"] for one in self.came.values() if not _recorded(one)]
        codes = Counter(str(answer.get("code")) for answer in answers)
        wrong = [f"{wave}: {times} got no verdict, but {code}" for code, times in codes.items()]
        accepted = [r for r in self.records if r["kind"] == "bid"]
        # Whatever was accepted moved the deadline: only then can one after it be in time.
        deadline_us = max([self.deadline_us] + [r["deadline_us"] for r in accepted])
        for record in self.records:
            late = record.get("reason") == "BID_LATE"
            if late != (record["at_us"] >= deadline_us):
                wrong.append(f"{wave}: record {record['seq']} at {record['at_us']} late: {late}")
        if accepted:
            latest = max(r["at_us"] for r in accepted) + sale.countdown_us
            if deadline_us != max(self.deadline_us, latest):
                wrong.append(f"{wave}: the deadline went to {deadline_us}, not to {latest}")
        return wrong

    def figures(self) -> Json:
        """Counts of verdicts; how long arrivals lay behind sending, and answers, in ms."""
        told = Counter(str(r.get("reason", r["kind"])) for r in self.records)
        lag = sorted(
            one["answer"]["record"]["at_us"] / 1e3 - one["sent"] * 1e3
            for one in self.came.values()
            if _recorded(one)
        )
        after = sorted(one["after"] * 1e3 for one in self.came.values())
        at_deadline = sum(r["at_us"] >= self.deadline_us for r in self.records)
        return dict(told) | {
            "arrived at or after the deadline aimed at": at_deadline,
            "arrival behind sending ms p50/p99/max": _spread(lag),
            "answer after ms p50/p99/max": _spread(after),
        }


def _recorded(one: Json) -> bool:
    return "record" in one["answer"]


def _spread(values: list[float]) -> str:
    return "/".join(f"{values[int(q * (len(values) - 1))]:.0f}" for q in (0.5, 0.99, 1))
