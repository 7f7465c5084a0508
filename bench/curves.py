"""Whether a bid's cost stays flat as its log grows and as the house has more lots.

In one process, without sockets and signatures: the sequencer and its writer on SQLite, fed with
ready commands in batches. CPU and wall time are of the deciding thread, database included.
"""

import hashlib
import itertools
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from auction.app import create_app
from auction.core import commands as c
from auction.services.house import House
from auction.services.standing import session_key
from auction.store.base import db
from auction.trading.sequencer import Sequencer
from auction.trading.work import Work
from bench.house import ORIGIN, close, furnish
from bench.people import Bidder
from config import Settings

BATCH = 32
BIDDERS = 50
"""In the lot whose log grows; more make no difference to the log."""
_MARKS = (0, 1_000, 5_000, 10_000, 20_000, 50_000, 100_000)
_EVIDENCE = bytes(2500)
"""As long as a sealed statement with its signature and certificate path."""
_SAMPLE = 150
"""Batches whose median is one figure."""


class Feeder:
    """Hands accepted bids to the sequencer of a house, one lot after the other."""

    def __init__(self, house: House, bidders: tuple[Bidder, ...]) -> None:
        self.sequencer: Sequencer = house.sequencer
        self.runtimes = list(house.writer.runtimes.values())
        self._bidders = itertools.cycle((b.plate, session_key(b.token)) for b in bidders)
        self._number = itertools.count()

    def feed(self, batches: int, lots: int, size: int = BATCH) -> tuple[float, float]:
        """Decide batches of `size` over the first `lots` lots: median CPU and wall us of a bid."""
        cpus, walls = [], []
        turn = itertools.cycle(self.runtimes[:lots])
        for _ in range(batches):
            asked: dict[int, int] = {}
            for _ in range(size):
                runtime = next(turn)
                state = runtime.state
                low = asked.get(runtime.lot_id, state.price_fen or state.terms.start_fen)
                asked[runtime.lot_id] = amount = low + state.terms.step_timed_fen
                self._submit(runtime.lot_id, amount)
            cpu_begin, wall_begin = time.thread_time(), time.perf_counter()
            self.sequencer.step()
            cpus.append(time.thread_time() - cpu_begin)
            walls.append(time.perf_counter() - wall_begin)
        return median(cpus) / size * 1e6, median(walls) / size * 1e6

    def _submit(self, lot_id: int, amount: int) -> None:
        ticket = self.sequencer.ticket(lot_id)
        statement = hashlib.sha256(b"%d" % next(self._number)).hexdigest()
        plate, session = next(self._bidders)
        command = c.PlaceBid(
            arrival=ticket.arrival, plate=plate, amount_fen=amount, statement=statement
        )
        keep = {
            "digest": statement,
            "lot_id": lot_id,
            "purpose": "bid",
            "sealed": _EVIDENCE,
            "received_at": ticket.arrival,
        }
        self.sequencer.submit(ticket, Work(lot_id, command, keep=keep, session=session))


def run(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Rows of both curves."""
    yield from _log(quick=quick)
    yield from _lots(quick=quick)


def _log(*, quick: bool) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        for feeder in _house(Path(name), lots=1, bidders=BIDDERS):
            runtime = feeder.runtimes[0]
            feeder.feed(10, 1)
            for mark in _MARKS[: 4 if quick else None]:
                while runtime.tree.size < mark:
                    feeder.feed(min(_SAMPLE, (mark - runtime.tree.size) // BATCH + 1), 1)
                cpu, wall = feeder.feed(_SAMPLE, 1)
                yield {"curve": "events in the log", "at": mark, "cpu_us": cpu, "wall_us": wall}


def _lots(*, quick: bool) -> Iterator[dict[str, Any]]:
    counts = (1, 20, 100) if quick else (1, 5, 20, 100, 500)
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            for feeder in _house(Path(name), lots=count, bidders=4):
                feeder.feed(10, count)
                for curve, busy in (("lots, one busy", 1), ("lots, all busy", count)):
                    cpu, wall = feeder.feed(_SAMPLE, busy)
                    yield {"curve": curve, "at": count, "cpu_us": cpu, "wall_us": wall}


def _house(folder: Path, *, lots: int, bidders: int) -> Iterator[Feeder]:
    environ = {"AUCTION_DATA_DIR": str(folder / "data"), "AUCTION_ORIGIN": ORIGIN}
    app = create_app(Settings.from_environment(environ))
    with app.app_context():
        db.create_all()
        roll = furnish(app, bidders=bidders, lot_count=lots)
        yield Feeder(app.extensions["auction"], roll.bidders)
        close(app)
