"""The benchmark measures what it says: everyone it drives answers truly, and lies are seen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from auction.ledger import keys, receipt
from auction.ledger.notes import LogKey
from auction.ledger.receipt import Receipt
from bench import floor_writer, matrix, table
from bench.driving import Cell, measure
from bench.house import Installation, installation
from bench.load import Outcome, wrong
from bench.people import LotFacts
from bench.servers import serve

LOT = LotFacts("bench-0", "ab" * 32, minimum_fen=100, step_fen=10, size=3)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("bench") / "template"
    with installation("sqlite", folder, bidders=6, lot_count=2) as made:
        yield made


@pytest.mark.parametrize("name", ["floor", "naive", "stock", "direct"])
def test_every_bid_gets_the_verdict_of_the_rule(
    house: Installation, tmp_path: Path, name: str
) -> None:
    roll = tmp_path / "roll.json"
    house.roll.save(roll)
    with serve(name, house, tmp_path / name) as server:
        cell = Cell(lots=2, bidders=6, watchers=3)
        found = measure(server, roll, cell, warm=0.2, seconds=1, keep=name != "naive")
    assert found["accepted_per_s"] > 0
    assert found["decided_per_s"] >= found["accepted_per_s"]
    assert (found["wrong"], found["unanswered"]) == (0, 0)
    assert set(found["codes"]) <= {"BID_TOO_LOW"}
    assert found["p99_ms"] >= found["p50_ms"] > 0
    assert found["deliveries_per_s"] > 0
    for slug, text in found.get("receipts", ()):
        key = floor_writer.log_key(slug) if name == "floor" else _log_key(house, slug)
        receipt.verify(Receipt.from_text(text), key.verifier)
    assert name == "naive" or len(found["receipts"]) >= found["decided_per_s"]


def test_the_floor_and_the_naive_way_are_a_fresh_start_each_time(
    house: Installation, tmp_path: Path
) -> None:
    copied = tmp_path / "copy"
    with house.copy(copied) as used:
        assert used.url != house.url
        assert (copied / "keys" / "log.pem").exists()
    assert not copied.exists()


def test_a_bid_too_low_that_was_accepted_is_wrong() -> None:
    assert wrong([_bid(4, 100, True), _bid(5, 110, True), _bid(6, 119, False)], [LOT]) == 0
    assert wrong([_bid(4, 100, True), _bid(5, 109, True)], [LOT]) == 1


def test_a_good_bid_that_was_refused_is_wrong() -> None:
    assert wrong([_bid(4, 100, True), _bid(6, 120, True), _bid(5, 110, False)], [LOT]) == 1


def test_a_number_given_twice_is_wrong() -> None:
    assert wrong([_bid(4, 100, True), _bid(4, 100, True)], [LOT]) >= 1


def test_each_figure_is_the_median_and_each_lost_bid_counts() -> None:
    key = {"setting": "SQLite", "lots": 1, "bidders": 10, "watchers": 0, "server": "floor"}
    rows = [
        key | dict.fromkeys(matrix.FIGURES, value) | {"unanswered": lost, "wrong": 0}
        for value, lost in ((30, 1), (10, 0), (20, 1))
    ]
    (one,) = matrix.medians(rows)
    assert (one["accepted_per_s"], one["p99_ms"], one["unanswered"]) == (20, 20, 2)


def test_the_table_sets_the_product_beside_its_peers() -> None:
    key = {"setting": "SQLite", "lots": 1, "bidders": 10, "watchers": 0}
    rows = [
        key | dict.fromkeys(matrix.FIGURES, 0) | {"server": name, "accepted_per_s": value}
        for name, value in (("floor", 4000), ("direct", 3000), ("naive", 100))
    ]
    text = table.path_table(rows)
    direct = next(line for line in text.splitlines() if "direct" in line)
    assert "0.75" in direct
    assert "30.00" in direct


def _bid(seq: int, amount: int, ok: bool) -> Outcome:
    return Outcome(LOT.slug, seq, amount, ok, "" if ok else "BID_TOO_LOW", 0.0, 0.1)


def _log_key(house: Installation, slug: str) -> LogKey:
    private = keys.load(house.folder / "keys" / "log.pem")
    return LogKey(f"land-floor.example/lots/{slug}", private)
