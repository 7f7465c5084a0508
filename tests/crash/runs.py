"""The runs: kill -9 under load, and the database restarted under load."""

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from crash.checks import Verdict, deadline_kept, examine
from crash.cluster import House
from crash.load import Load
from crash.sale import Sale, open_sale

from auction.demo.client import RemotePerson

BIDDERS = 12
LISTING_SECONDS = 8
COUNTDOWN_SECONDS = 30
LATEST_KILL_SECONDS = 1.0
BETWEEN_KILLS = 8
"""Statements answered between two kills, so that each kill meets a house at work."""
WAIT_SECONDS = 60

Say = Callable[[str], None]


@dataclass
class Report:
    """One run, told at the end."""

    name: str
    faults: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)


def kills(house: House, name: str, count: int, seed: int, say: Say) -> Report:
    """kill -9 `count` times at random moments under load: one worker, or several at once."""
    chance = random.Random(seed)

    def shoot() -> str:
        time.sleep(chance.uniform(0, LATEST_KILL_SECONDS))
        numbers = range(len(house.workers))
        which = chance.sample(numbers, chance.randint(1, len(numbers)))
        house.kill(which)
        return f"worker {' and '.join(str(n + 1) for n in sorted(which))} killed"

    return _under_load(house, name, [shoot] * count, seed, say)


def database_restarts(house: House, name: str, count: int, seed: int, say: Say) -> Report:
    """Restart the house's PostgreSQL under load `count` times, every other time by a crash."""
    postgres = house.postgres
    assert postgres is not None
    chance = random.Random(seed)

    def restart(mode: str) -> str:
        time.sleep(chance.uniform(0, LATEST_KILL_SECONDS))
        began = time.monotonic()
        postgres.restart(mode, pause=chance.uniform(0, 1.5))
        house.restarts.append(time.monotonic() - began)
        return f"database {mode}"

    modes = ["immediate" if n % 2 == 0 else "fast" for n in range(count)]
    acts = [lambda mode=mode: restart(mode) for mode in modes]
    report = _under_load(house, name, acts, seed, say)
    if not all(worker.running for worker in house.workers):
        report.faults.append("a server did not outlive the database's restart")
    return report


def _under_load(
    house: House, name: str, acts: list[Callable[[], str]], seed: int, say: Say
) -> Report:
    sale, bidders = open_sale(
        house,
        BIDDERS,
        listing=LISTING_SECONDS,
        first_countdown=COUNTDOWN_SECONDS,
        countdown=COUNTDOWN_SECONDS,
    )
    house.start()
    until_live(house, sale)
    report, resumed = Report(name), 0
    load = Load(house, bidders, seed)
    try:
        for number, act in enumerate(acts, start=1):
            load.wait_for_more(BETWEEN_KILLS, WAIT_SECONDS)
            before = load.answered
            done = act()
            report.faults += deadline_kept(house, sale, load.kept)
            told = f"{done}, back after {house.restarts[-1]:.1f} s; {before} verdicts before"
            if until_live(house, sale):
                resumed += 1
                told += "; the outage had suspended the round, an officer resumed it"
            say(f"{name}  {number:3}/{len(acts)}  {told}")
        load.wait_for_more(BETWEEN_KILLS, WAIT_SECONDS)
    finally:
        load.end()
    verdict: Verdict = examine(house, sale, load.kept)
    report.faults += load.faults + verdict.faults
    report.figures = verdict.figures | {
        "acts": len(acts),
        "lines lost": sum(client.lost for client in load.clients),
        "resumed by an officer": resumed,
        "restart s, median": round(statistics.median(house.restarts), 1),
        "restart s, longest": round(max(house.restarts), 1),
        "other answers": load.told,
    }
    return report


def wait_for_phase(house: House, sale: Sale, phase: str) -> None:
    """Wait until the lot's public state is in this phase."""
    until = time.monotonic() + WAIT_SECONDS
    while (state := _state(house, sale))["phase"] != phase:
        assert time.monotonic() < until, state
        time.sleep(0.1)


def until_live(house: House, sale: Sale) -> bool:
    """Wait until bids are taken in the round. An outage long enough suspends it (R-90): then an
    officer resumes it, as he would, and this is True."""
    until, resumed = time.monotonic() + WAIT_SECONDS, False
    while (state := _state(house, sale))["phase"] != "live":
        assert time.monotonic() < until, state
        if state["phase"] == "suspended" and not resumed:
            officer = RemotePerson(house.origin, "approver")
            officer.sign_in()
            officer.post_form(f"/office/console{sale.path}/resume", {})
            resumed = True
        time.sleep(0.1)
    return resumed


def _state(house: House, sale: Sale) -> dict[str, Any]:
    address = house.origin + sale.path + "/state.json"
    state: dict[str, Any] = requests.get(address, timeout=20).json()["state"]
    return state
