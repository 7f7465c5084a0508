"""Bidders that never stop: each bids, keeps what it signed and what it was answered, and after a
broken line sends the same statement again, also to the other worker, until the verdict is known.
"""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from crash.cluster import House
from crash.sale import Bidder, digest
from crash.wire import Door, Json, Lost, Silent, Socket

PATIENCE_SECONDS = 25
"""Longer than the server makes anybody wait for a verdict: after that it was silent."""
SETTLE_SECONDS = 60
AGAIN = {"QUEUED", "NOT_DECIDED", "TICKET_EXPIRED", "TOO_MANY", "ONE_AT_A_TIME"}
"""Answers that tell a bidder to send the same statement again."""
PAUSE_SECONDS = 0.2
"""The longest time that a bidder thinks; without it a long run would make a log of no real sale."""
SENT_TWICE = 0.05
"""How often an answered statement is sent or asked about again, and a leader bids all the same."""
TOO_LOW = 0.1
"""How often a bid is below the minimum on purpose."""


@dataclass(slots=True)
class Kept:
    """One statement and everything that was ever answered to it."""

    payload: dict[str, str]
    answers: list[Json] = field(default_factory=list)
    """Answers with a record, each by itself enough to hold the house to it."""
    tries: int = 1


class Client(threading.Thread):
    """One bidder."""

    def __init__(self, house: House, bidder: Bidder, home: int, seed: int) -> None:
        super().__init__(name=f"bidder {bidder.plate}", daemon=True)
        self.bidder = bidder
        self.kept: dict[str, Kept] = {}
        self.told: Counter[str] = Counter()
        """Every answer without a record, by HTTP status or `socket`, and code."""
        self.faults: list[str] = []
        self.lost = 0
        self._house = house
        self._home = home
        self._random = random.Random(seed)
        self._socket: Socket | None = None
        self._doors = [Door(worker.origin, bidder.token) for worker in house.workers]
        self._ending = threading.Event()
        self._head: Json = {"size": 0}
        self._state: Json = {}

    def run(self) -> None:
        try:
            while not self._ending.is_set():
                self._bid()
        except Exception as error:  # a fault of a thread must not pass unseen
            self.faults.append(f"{self.name} stopped: {error!r}")
        finally:
            self._hang_up()
            for door in self._doors:
                door.close()

    def end(self) -> None:
        """Bid no more; the statement under way is still settled."""
        self._ending.set()

    def _bid(self) -> None:
        line = self._line()
        if line is None:
            self._ending.wait(0.05)
            return
        try:
            line.listen(self._random.uniform(0, PAUSE_SECONDS))
        except Lost:
            self._hang_up()
            return
        self._read(line)
        if self._state.get("phase") != "live" or (
            self._state["leader"] == self.bidder.plate and self._random.random() > SENT_TWICE
        ):
            self._ending.wait(0.02)
            return
        payload = self.bidder.statement(self._amount(), self._head)
        kept = self.kept[digest(payload)] = Kept(payload)
        try:
            answer = line.call("bid", payload, PATIENCE_SECONDS)
        except Lost as lost:
            self._note(lost)
            self._settle(kept)
            return
        if not self._keep(kept, "socket", answer):
            self._settle(kept)
        elif self._random.random() < SENT_TWICE:
            self._random.choice((self._send_again, self._ask_again))(kept)

    def _amount(self) -> int:
        step = self._state["step_fen"]
        lowest: int = self._state["minimum_fen"]
        if self._random.random() < TOO_LOW:
            return lowest - step
        return lowest + self._random.choice((0, 0, 0, 1, 2)) * step

    def _settle(self, kept: Kept) -> None:
        """Send a statement again until its verdict is known."""
        until = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < until:
            if self._send_again(kept):
                return
            time.sleep(0.1)
        self.faults.append(f"no verdict on {digest(kept.payload)} after {SETTLE_SECONDS} s")

    def _send_again(self, kept: Kept) -> bool:
        """Send a statement once more, through any worker's socket or door."""
        kept.tries += 1
        try:
            if self._random.random() < 0.5 and (line := self._line()) is not None:
                return self._keep(kept, "socket", line.call("bid", kept.payload, PATIENCE_SECONDS))
            path = f"/my{self.bidder.sale.path}/bids"
            return self._through(kept, self._door().post(path, kept.payload, PATIENCE_SECONDS))
        except Lost as lost:
            self._note(lost)
            return False

    def _ask_again(self, kept: Kept) -> None:
        """Ask any worker what became of a statement whose verdict is known."""
        path = f"/my{self.bidder.sale.path}/bids/{digest(kept.payload)}"
        try:
            self._through(kept, self._door().get(path, PATIENCE_SECONDS))
        except Lost as lost:
            self._note(lost)

    def _door(self) -> Door:
        return self._random.choice(self._doors)

    def _through(self, kept: Kept, told: tuple[int, Json, str]) -> bool:
        status, answer, text = told
        if status == 500 or "Traceback" in text or not answer.get("code"):
            self.faults.append(f"an answer without a reason: {status} {text[:200]}")
        return self._keep(kept, str(status), answer)

    def _note(self, lost: Lost) -> None:
        self.lost += 1
        self._hang_up()
        if isinstance(lost, Silent):
            self.faults.append(f"no answer within {PATIENCE_SECONDS} s")

    def _keep(self, kept: Kept, way: str, answer: Json) -> bool:
        """Whether `answer` is a verdict; then it is kept."""
        if "record" in answer:
            kept.answers.append(answer)
            if answer["head"]["size"] > self._head["size"]:
                self._head, self._state = answer["head"], answer["state"]
            return True
        code = str(answer.get("code"))
        self.told[f"{way} {code}"] += 1
        if code not in AGAIN and not way.startswith("50"):
            self.faults.append(f"{way} {code}, though the statement is sound")
        return False

    # --- the line --------------------------------------------------------------------------

    def _line(self) -> Socket | None:
        """The socket in the lot's room, opened anew if it broke; None if no worker takes it."""
        if self._socket is not None:
            return self._socket
        workers, sale = self._house.workers, self.bidder.sale
        worker = self._random.choice((workers[self._home], *workers))
        try:
            line = Socket(worker.origin, self.bidder.token, sale.origin)
        except Lost:
            return None
        try:
            asked = {"lot": sale.slug, "practice": True, "after": self._head["size"]}
            told = line.call("join", asked, PATIENCE_SECONDS)
        except Lost as lost:
            line.close()
            self._note(lost)
            return None
        if not told.get("ok"):
            self.told[f"join {told.get('code')}"] += 1
            line.close()
            return None
        if told["head"]["size"] < self._head["size"]:
            self.faults.append(f"the log shrank: {self._head} was shown, now {told['head']}")
        self._head, self._state = told["head"], told["state"]
        self._socket = line
        return line

    def _read(self, line: Socket) -> None:
        for name, told in line.heard:
            if name == "tick":  # the end of the preparation is no event: only the clock tells
                self._state["phase"] = told["phase"]
            elif told["head"]["size"] > self._head["size"]:
                self._head, self._state = told["head"], told["state"]
        line.heard.clear()

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class Load:
    """All bidders of a sale at once."""

    def __init__(self, house: House, bidders: list[Bidder], seed: int) -> None:
        self.clients = [
            Client(house, bidder, n % len(house.workers), seed + n)
            for n, bidder in enumerate(bidders)
        ]
        for client in self.clients:
            client.start()

    @property
    def answered(self) -> int:
        """How many statements have their verdict by now."""
        return sum(bool(kept.answers) for c in self.clients for kept in list(c.kept.values()))

    def wait_for_more(self, count: int, timeout: float) -> None:
        """Wait until `count` more statements are answered."""
        wanted, until = self.answered + count, time.monotonic() + timeout
        while self.answered < wanted:
            assert time.monotonic() < until, self.faults or "no bid was answered"
            time.sleep(0.02)

    def end(self) -> None:
        """Let everybody settle what is under way, and go."""
        for client in self.clients:
            client.end()
        for client in self.clients:
            client.join(SETTLE_SECONDS + PATIENCE_SECONDS)
            if client.is_alive():
                client.faults.append(f"{client.name} never came to an end")

    @property
    def kept(self) -> dict[str, Kept]:
        return {k: v for client in self.clients for k, v in client.kept.items()}

    @property
    def faults(self) -> list[str]:
        return [fault for client in self.clients for fault in client.faults]

    @property
    def told(self) -> dict[str, Any]:
        """Answers without a verdict, counted."""
        return dict(sum((client.told for client in self.clients), Counter()))
