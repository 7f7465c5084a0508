"""Driving the load generator's processes, and turning what they saw into one row of figures."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bench.load import BUCKET_SECONDS
from bench.servers import ROOT, Server

STOP_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination that is measured."""

    lots: int
    bidders: int
    watchers: int


class Generator:
    """One process of the load generator, connected and waiting to begin."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.load"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._say(orjson.dumps(plan))
        self._hear()

    def go_on(self) -> None:
        """Let it begin, or end, as the case may be."""
        self._say(b"")

    def result(self) -> dict[str, Any]:
        """What it has to tell; waits for its end."""
        found: dict[str, Any] = orjson.loads(self._hear())
        self._process.wait(STOP_SECONDS)
        return found

    def stop(self) -> None:
        """End it, whatever it is doing."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(STOP_SECONDS)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def skip(self) -> None:
        """Pass over a word of no interest."""
        self._hear()

    def _say(self, line: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()

    def _hear(self) -> bytes:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the load generator has ended; its error is above")
        return line


@contextmanager
def audience(server: Server, roll: Path, lots: int, watchers: int) -> Iterator[Generator | None]:
    """Watchers in the rooms of the first `lots` lots, connected."""
    if not watchers:
        yield None
        return
    plan = {"roll": str(roll), "ports": server.ports, "lots": lots, "watchers": watchers}
    made = Generator(plan)
    try:
        yield made
    finally:
        made.stop()


def measure(
    server: Server,
    roll: Path,
    cell: Cell,
    *,
    warm: float,
    seconds: float,
    keep: bool = False,
) -> dict[str, Any]:
    """One row: what `cell` makes of `server` within `seconds`.

    Times in milliseconds, `cpu_us` is processor time of the server's processes per answered bid.
    """
    plan = {
        "roll": str(roll),
        "ports": server.ports,
        "lots": cell.lots,
        "watchers": 0,
        "bidders": cell.bidders,
        "warm": warm,
        "seconds": seconds,
        "keep": keep,
    }
    with audience(server, roll, cell.lots, cell.watchers) as watching:
        bidding = Generator(plan)
        try:
            server.mark()
            before = server.cpu_seconds()
            if watching is not None:
                watching.go_on()
                watching.skip()
            bidding.go_on()
            found = bidding.result()
            cpu = server.cpu_seconds() - before
        finally:
            bidding.stop()
        heard: dict[str, Any] = {"news": {}, "gone": 0}
        if watching is not None:
            watching.go_on()
            heard = watching.result()
    if heard["gone"]:
        raise RuntimeError(f"{heard['gone']} watchers were cut off")
    span = found["end"] - found["begin"]
    latencies = sorted(found["latencies"])
    delivered = sum(_between(news, found) for news in (found["news"], heard["news"]))
    row = {
        "decided_per_s": round(found["decided"] / span, 1),
        "accepted_per_s": round(found["accepted"] / span, 1),
        "p50_ms": _percentile(latencies, 50),
        "p99_ms": _percentile(latencies, 99),
        "deliveries_per_s": round(delivered / span),
        "cpu_us": round(cpu / found["all"] * 1e6) if found["all"] else None,
        "codes": found["codes"],
        "unanswered": found["unanswered"],
        "wrong": found["wrong"],
    }
    if keep:
        row["receipts"] = found["receipts"]
    return row


def _between(news: dict[str, int], found: dict[str, Any]) -> int:
    first, last = found["begin"] / BUCKET_SECONDS, found["end"] / BUCKET_SECONDS
    return sum(number for bucket, number in news.items() if first <= int(bucket) < last)


def _percentile(ordered: list[float], percent: int) -> float | None:
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000, 1)
