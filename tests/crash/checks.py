"""What is held against the house at the end: its own stored log, read here a second time.

Only the hashes and signatures are checked with the project's code; the rules of the round are
written down again below, short enough to be read against the published ones.
"""

import json
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from crash.cluster import House
from crash.load import Kept
from crash.sale import Sale

from auction.ledger.errors import LedgerError
from auction.ledger.notes import Verifier
from auction.ledger.receipt import Receipt, verify

Leaf = dict[str, Any]
BIDS = ("bid_accepted", "bid_refused", "bid_unheard")
RECENT = 500
"""How many records before the last are read to find the one that left the present deadline."""
SHOWN = 100
"""How many public receipts are fetched and compared."""


@dataclass
class Log:
    """A lot's exported log."""

    text: str
    key: Verifier = field(init=False)
    raw: list[bytes] = field(init=False)
    leaves: list[Leaf] = field(init=False)

    def __post_init__(self) -> None:
        header, *lines = self.text.rstrip("\n").split("\n")
        self.key = Verifier.from_string(json.loads(header)["key"])
        self.raw = [line.encode() for line in lines]
        self.leaves = [json.loads(line) for line in lines]

    @property
    def bids(self) -> list[Leaf]:
        return [leaf for leaf in self.leaves if leaf["type"] in BIDS]

    def count(self, kind: str) -> int:
        return sum(leaf["type"] == kind for leaf in self.leaves)


@dataclass
class Verdict:
    """What was counted and what was wrong; nothing is wrong if `faults` is empty."""

    figures: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def examine(house: House, sale: Sale, kept: dict[str, Kept]) -> Verdict:
    """Everything that is checked after a run; the servers must still answer."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log.jsonl"
        house.workers[0].flask("export", sale.slug, "--out", str(file))
        log = Log(file.read_text("utf-8"))
        found = Verdict()
        _replayed(house, sale, file, found)
    acknowledged(log, kept, found)
    receipts(log, kept, found)
    found.faults += rules_broken(log, sale)
    _public(house, sale, log, found)
    found.figures["records"] = len(log.leaves)
    found.figures["accepted"] = log.count("bid_accepted")
    found.figures["refused"] = log.count("bid_refused")
    found.figures["outages"] = log.count("outage_recorded")
    found.figures["suspended"] = log.count("suspended")
    return found


def _replayed(house: House, sale: Sale, file: Path, found: Verdict) -> None:
    for arguments in (("replay", sale.slug), ("replay", "--file", str(file))):
        try:
            house.workers[0].flask(*arguments)
        except AssertionError as error:
            found.faults.append(f"flask {' '.join(arguments[:2])}: {str(error)[-300:]}")


def acknowledged(log: Log, kept: dict[str, Kept], found: Verdict) -> None:
    """Nothing answered is missing, nothing stands twice, nothing is there that nobody sent."""
    there = Counter(leaf["data"]["statement"] for leaf in log.bids)
    missing = [s for s, k in kept.items() if k.answers and not there[s]]
    twice = [s for s, times in there.items() if times > 1]
    foreign = [s for s in there if s not in kept]
    unanswered = [s for s, k in kept.items() if not k.answers]
    found.figures |= {
        "statements": len(kept),
        "sent again": sum(k.tries - 1 for k in kept.values()),
        "missing": len(missing),
        "duplicates": len(twice),
    }
    for word, wrong in (
        ("answered, but not in the log", missing),
        ("in the log more than once", twice),
        ("in the log, but never sent", foreign),
        ("never got a verdict", unanswered),
    ):
        found.faults += [f"statement {s[:12]} {word}" for s in wrong]


def receipts(log: Log, kept: dict[str, Kept], found: Verdict) -> None:
    """Each receipt verifies, and says what the log says; a repetition names the same record."""
    count = 0
    for statement, one in kept.items():
        numbers = {answer["record"]["seq"] for answer in one.answers}
        if len(numbers) > 1:
            found.faults.append(f"statement {statement[:12]} was answered as records {numbers}")
        for answer in one.answers:
            receipt = Receipt.from_text(answer["receipt"])
            count += 1
            try:
                verify(receipt, log.key)
            except LedgerError as error:
                found.faults.append(f"receipt of {statement[:12]}: {error}")
                continue
            inside = json.loads(receipt.leaf)["data"]["statement"] == statement
            same = receipt.index < len(log.raw) and log.raw[receipt.index] == receipt.leaf
            if not (inside and same):
                found.faults.append(f"receipt of {statement[:12]} is not what the log says")
    found.figures["receipts"] = count


def rules_broken(log: Log, sale: Sale) -> list[str]:
    """The round judged again, event by event."""
    wrong: list[str] = []
    price, leader, start = None, None, 0
    deadline = bids_from = None
    ended: int | None = None
    suspended = False
    for leaf in log.leaves:
        data, seq, at = leaf["data"], leaf["seq"], leaf["arrival_us"]
        match leaf["type"]:
            case "lot_opened":
                start = data["profile"]["start_fen"]
            case "round_opened" | "round_resumed":
                if deadline is not None and data["deadline_us"] < deadline:
                    wrong.append(f"record {seq} moved the deadline back")
                deadline, bids_from, suspended = data["deadline_us"], data["bids_from_us"], False
            case "suspended":
                suspended = True
            case "bidding_ended":
                ended = at
                if at != deadline:
                    wrong.append(f"record {seq}: bidding ended at {at}, deadline {deadline}")
            case "bid_accepted" | "bid_refused" | "bid_unheard":
                lowest = start if price is None else price + sale.step_fen
                expected = _expected(
                    data, at, lowest, leader, bids_from=bids_from, ended=ended, suspended=suspended
                )
                told = data.get("reason", leaf["type"])
                if told != expected:
                    wrong.append(f"record {seq} says {told}, the rules {expected}")
                if leaf["type"] == "bid_accepted":
                    if deadline is not None and at >= deadline:
                        wrong.append(f"record {seq} arrived at or after the deadline")
                    price, leader = data["amount_fen"], data["plate"]
                    if deadline is not None:
                        deadline = max(deadline, at + sale.countdown_us)
                    if data["deadline_us"] != deadline:
                        wrong.append(f"record {seq}: deadline is not {deadline}")
    return wrong


def _expected(
    data: Leaf,
    at: int,
    lowest: int,
    leader: str | None,
    *,
    bids_from: int | None,
    ended: int | None,
    suspended: bool,
) -> str:
    if ended is not None:
        return "BID_LATE" if at >= ended else "bid_unheard"
    if suspended:
        return "BID_SUSPENDED"
    if bids_from is not None and at < bids_from:
        return "BID_PREPARING"
    if data["plate"] == leader:
        return "BID_ALREADY_LEADING"
    return "bid_accepted" if data["amount_fen"] >= lowest else "BID_TOO_LOW"


def deadline_kept(house: House, sale: Sale, kept: dict[str, Kept]) -> list[str]:
    """After a restart: the public deadline is one that a record left, and no earlier than any
    that a bidder was told. (Bidding goes on meanwhile, so it may be later.)"""
    wrong = []
    told = [answer["record"] for k in kept.values() for answer in k.answers]
    latest = max((record.get("deadline_us") or 0 for record in told), default=0)
    after = max((record["seq"] for record in told), default=0) - RECENT
    for worker in house.workers:
        address = f"{worker.origin}{sale.path}/state.json"
        picture = requests.get(address, params={"after": max(0, after)}, timeout=20).json()
        shown = picture["state"]["deadline_us"]
        if shown not in [record.get("deadline_us") for record in picture["records"]]:
            wrong.append(f"{worker.origin} shows deadline {shown}, which no record left")
        if shown < latest:
            wrong.append(f"{worker.origin} shows deadline {shown}, a bidder was told {latest}")
    return wrong


def _public(house: House, sale: Sale, log: Log, found: Verdict) -> None:
    """Every worker's public page shows the accepted bids of the log, with the same receipts."""
    accepted = [leaf for leaf in log.leaves if leaf["type"] == "bid_accepted"]
    expected = [
        (leaf["seq"], leaf["data"]["plate"], leaf["data"]["amount_fen"], leaf["arrival_us"])
        for leaf in accepted
    ]
    for worker in house.workers:
        address = worker.origin + sale.path
        picture = requests.get(address + "/state.json", timeout=20).json()
        shown = [
            (r["seq"], r["plate"], r["amount_fen"], r["at_us"])
            for r in picture["records"]
            if r["kind"] == "bid"
        ]
        if shown != expected:
            found.faults.append(f"{worker.origin} does not show the accepted bids of the log")
        for leaf in accepted[:: max(1, len(accepted) // SHOWN)]:
            number = leaf["seq"]
            answer = requests.get(f"{address}/records/{number}.tlog-proof", timeout=20)
            try:
                receipt = Receipt.from_text(answer.text)
                verify(receipt, log.key)
            except LedgerError as error:
                told = f"{answer.status_code}, {error}"
                found.faults.append(f"{worker.origin}: public receipt of record {number}: {told}")
                continue
            if receipt.leaf != log.raw[number - 1]:
                found.faults.append(f"{worker.origin}: public receipt of record {number} differs")
