"""The load generator: `python -m bench.load`, told on its standard input what to do.

First line a JSON plan; it connects and prints `ready`; at the next line it begins. Bidders then
bid for the plan's seconds and print what became of it; watchers count until one more line comes.

Each bidder signs every statement when it is sent and keeps one bid under way. The amounts come
from one counter for each lot, so that nearly every bid is a good one when it is decided; which it
is remains the server's decision, and `wrong` counts the verdicts that the rule does not give.
"""

import asyncio
import base64
import hashlib
import resource
import secrets
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import uvloop
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from auction.pki.statement import PURPOSES, pae
from bench.people import Bidder, LotFacts, Roll
from bench.sockets import SocketIO, connect_all

FIRST_SECONDS = 8.0
"""How long every bidder's first answer is waited for before measuring begins."""
DRAIN_SECONDS = 8.0
"""How long answers are waited for after the last bid was sent."""
BUCKET_SECONDS = 0.05
PAYLOAD_TYPE = PURPOSES["bid"][0]
_ALGORITHM = ec.ECDSA(hashes.SHA256())


@dataclass(slots=True)
class Lot:
    """What the bidders of a lot know of it together."""

    facts: LotFacts
    next_fen: int = 0
    size: int = -1
    prev: str = ""

    def look(self, told: dict[str, Any]) -> None:
        """Take in what an answer tells of state and head."""
        head = told["head"]
        if head["size"] > self.size:
            self.size, self.prev = head["size"], f"{head['size']}:{head['root']}"
        self.next_fen = max(self.next_fen, told["state"]["minimum_fen"])


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answered bid; `seq` is 0 if it did not become one."""

    lot: str
    seq: int
    amount_fen: int
    ok: bool
    code: str
    sent: float
    answered: float


@dataclass(slots=True)
class Course:
    """What happens in the course of one measurement."""

    going: bool = False
    under_way: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    news: Counter[int] = field(default_factory=Counter)
    """Time in buckets to events that came in it."""
    receipts: list[tuple[str, str]] | None = None
    """Lot and receipt of every bid, if the plan asks to keep them."""


class Watcher(SocketIO):
    """Sits in a room and counts what it is told."""

    def __init__(self, course: Course) -> None:
        super().__init__()
        self.course = course

    def on_event(self, packet: bytes) -> None:
        if packet.startswith(b'42["news"'):
            self.course.news[int(time.monotonic() / BUCKET_SECONDS)] += 1


class BidderSocket(Watcher):
    """A bidder in one lot, with one bid under way as long as the course is going."""

    def __init__(self, course: Course, who: Bidder, lot: Lot, origin: str) -> None:
        super().__init__(course)
        self.lot = lot
        self.answers = 0
        self._key = who.key
        self._sent = 0.0
        self._amount = 0
        print_ = hashlib.sha256(base64.b64decode(who.certificate)).hexdigest()
        # The one canonical form: keys sorted, no white space.
        self._body = (
            f'{{"amount":"%d","aud":"{origin}","cert":"{print_}","cur":"CNY","iat":"%d",'
            f'"lot":"{lot.facts.slug}","nonce":"%s","plate":"{who.plate}","prev":"%s",'
            f'"rules":"{lot.facts.rules}"}}'
        )
        self._payload = f'{{"body":%s,"signature":"%s","certificate":"{who.certificate}"}}'

    def bid(self) -> None:
        """Sign and send the next bid."""
        lot = self.lot
        self._amount = lot.next_fen
        lot.next_fen += lot.facts.step_fen
        body = self._body % (self._amount, int(time.time()), secrets.token_hex(32), lot.prev)
        signature = self._key.sign(pae(PAYLOAD_TYPE, body.encode()), _ALGORITHM)
        quoted = orjson.dumps(body).decode()
        payload = self._payload % (quoted, base64.b64encode(signature).decode())
        self.course.under_way += 1
        self._sent = time.monotonic()
        self.ask(b"bid", payload.encode(), self._answered)

    def _answered(self, answer: dict[str, Any]) -> None:
        now, lot, course = time.monotonic(), self.lot, self.course
        course.under_way -= 1
        self.answers += 1
        record = answer.get("record")
        code = "" if answer["ok"] else str(answer.get("code"))
        seq = record["seq"] if record else 0
        course.outcomes.append(
            Outcome(lot.facts.slug, seq, self._amount, answer["ok"], code, self._sent, now)
        )
        if record:
            lot.look(answer)
            if course.receipts is not None:
                course.receipts.append((lot.facts.slug, answer["receipt"]))
        if course.going:
            self.bid()


def wrong(outcomes: list[Outcome], lots: list[LotFacts]) -> int:
    """How many verdicts differ from the rule: in the order of the log, at least price + step.

    Holds if nobody else bid meanwhile and every answer came; numbers given twice count as well.
    """
    found = 0
    for facts in lots:
        judged = sorted((o.seq, o) for o in outcomes if o.lot == facts.slug and o.seq)
        found += len(judged) - len({seq for seq, _ in judged})
        lowest: int | None = None
        for _, one in judged:
            # The first verdict of a measurement shows where the price stood before it.
            expected = one.ok if lowest is None else one.amount_fen >= lowest
            found += one.ok != expected
            if one.ok:
                lowest = one.amount_fen + facts.step_fen
    return found


async def bidders(plan: dict[str, Any], roll: Roll) -> dict[str, Any]:
    """Bid, and tell what came of it."""
    course = Course(receipts=[] if plan["keep"] else None)
    lots = [Lot(facts) for facts in roll.lots[: plan["lots"]]]
    seated = [
        BidderSocket(course, who, lots[n % len(lots)], roll.origin)
        for n, who in enumerate(roll.bidders[: plan["bidders"]])
    ]
    ports = plan["ports"]
    joined = await connect_all(
        [
            (one, ports[n % len(lots) % len(ports)], one.lot.facts.slug, roll.bidders[n].token)
            for n, one in enumerate(seated)
        ]
    )
    for one, picture in zip(seated, joined, strict=True):
        one.lot.look(picture)
    await _told("ready")
    course.going = True
    for one in seated:
        one.bid()
    # The first bid of each may look up what later ones need not: that is not what is measured.
    limit = time.monotonic() + FIRST_SECONDS
    while not all(one.answers for one in seated) and time.monotonic() < limit:
        await asyncio.sleep(0.01)
    await asyncio.sleep(plan["warm"])
    begin = time.monotonic()
    await asyncio.sleep(plan["seconds"])
    end = time.monotonic()
    course.going = False
    while course.under_way and time.monotonic() < end + DRAIN_SECONDS:
        await asyncio.sleep(0.01)
    if gone := sum(one.closed for one in seated):
        raise ConnectionError(f"{gone} bidders were cut off")
    for one in seated:
        one.close()
    inside = [o for o in course.outcomes if begin <= o.answered <= end]
    return {
        "begin": begin,
        "end": end,
        "decided": sum(o.seq > 0 for o in inside),
        "accepted": sum(o.ok for o in inside),
        "codes": Counter(o.code for o in inside if o.code),
        "latencies": [o.answered - o.sent for o in inside if o.seq],
        "unanswered": course.under_way,
        "wrong": wrong(course.outcomes, [lot.facts for lot in lots]),
        "all": len(course.outcomes),
        "receipts": course.receipts,
        "news": course.news,
    }


async def watchers(plan: dict[str, Any], roll: Roll) -> dict[str, Any]:
    """Watch until told to stop."""
    course = Course()
    seated = [Watcher(course) for _ in range(plan["watchers"])]
    lots, ports = roll.lots[: plan["lots"]], plan["ports"]
    await connect_all(
        [
            (one, ports[n % len(lots) % len(ports)], lots[n % len(lots)].slug, None)
            for n, one in enumerate(seated)
        ]
    )
    await _told("ready")
    await _told("watching")
    gone = sum(one.closed for one in seated)
    for one in seated:
        one.close()
    return {"news": course.news, "gone": gone}


async def _told(word: str) -> None:
    """Say `word`, and wait for the next line."""
    sys.stdout.write(word + "\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


def main() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    plan = orjson.loads(sys.stdin.readline())
    roll = Roll.load(Path(plan["roll"]))
    work = watchers if plan["watchers"] else bidders
    found = uvloop.run(work(plan, roll))
    # Through a buffer of its own: PYTHONUNBUFFERED leaves none, and one write may take only a part.
    with open(sys.stdout.fileno(), "wb", closefd=False) as out:
        out.write(orjson.dumps(found, option=orjson.OPT_NON_STR_KEYS) + b"\n")


if __name__ == "__main__":
    main()
