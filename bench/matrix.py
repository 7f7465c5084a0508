"""What is measured on the way of a bid: every combination, in turns, several rounds."""

import gc
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.driving import Cell, measure
from bench.house import installation
from bench.servers import serve

FIGURES = (
    "decided_per_s",
    "accepted_per_s",
    "p50_ms",
    "p99_ms",
    "deliveries_per_s",
    "cpu_us",
    "unanswered",
    "wrong",
)
LUMPS = 2
"""The naive way answers seldom, and many at once: it is measured so many times as long."""
BIDDERS = 500
LOTS = 20
_KEY = ("setting", "lots", "bidders", "watchers", "server")


@dataclass(frozen=True, slots=True)
class Setting:
    """A database, a number of workers, and who is measured there with which cells."""

    name: str
    database: str
    workers: int
    servers: dict[str, tuple[Cell, ...]]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Everything of one run; `warm` and `seconds` for each cell."""

    rounds: int
    warm: float
    seconds: float
    settings: tuple[Setting, ...]


def _cells(lots: int, bidders: tuple[int, ...], watchers: tuple[int, ...]) -> tuple[Cell, ...]:
    # Those without watchers first: the log then grows alike for every server.
    return tuple(Cell(lots, n, w) for w in watchers for n in bidders)


def full() -> Matrix:
    """The whole matrix, under twenty minutes."""
    some, many = (10, 100, 500), (0, 1000)
    one_lot, hundred = _cells(1, some, many), _cells(20, (100,), many)
    return Matrix(
        rounds=3,
        warm=0.5,
        seconds=2.0,
        settings=(
            Setting(
                "SQLite",
                "sqlite",
                1,
                {
                    "floor": (*one_lot, *_cells(20, some, many)),
                    "direct": (*one_lot, *_cells(20, some, many)),
                    "stock": (*one_lot, *hundred),
                    "naive": (*_cells(1, (10, 100), many), *_cells(1, (500,), (0,)), *hundred),
                },
            ),
            Setting(
                "PostgreSQL",
                "postgresql",
                1,
                {
                    "floor": (*_cells(1, (100,), many), *_cells(20, (100, 500), many)),
                    "direct": (*_cells(1, (100,), many), *_cells(20, (100, 500), many)),
                    "stock": _cells(1, (100,), (0,)),
                    "naive": _cells(1, (100,), (0,)),
                },
            ),
            Setting(
                "PostgreSQL, 2 workers",
                "postgresql",
                2,
                {
                    "floor": _cells(20, (100, 500), many),
                    "direct": _cells(20, (100, 500), many),
                },
            ),
        ),
    )


def quick() -> Matrix:
    """A look within three minutes; one round, so the figures are rough."""
    hundred = (*_cells(1, (10, 100), (0,)), *_cells(1, (100,), (1000,)))
    two = _cells(20, (100,), (0,))
    return Matrix(
        rounds=1,
        warm=0.5,
        seconds=1.5,
        settings=(
            Setting(
                "SQLite",
                "sqlite",
                1,
                dict.fromkeys(("floor", "direct", "stock", "naive"), hundred),
            ),
            Setting("PostgreSQL, 2 workers", "postgresql", 2, {"floor": two, "direct": two}),
        ),
    )


def run(matrix: Matrix) -> Iterator[dict[str, Any]]:
    """Rows as they are measured: the key, the round, the figures, or `error`."""
    for number in range(matrix.rounds):
        for setting in matrix.settings:
            with tempfile.TemporaryDirectory(prefix="bench-") as name:
                yield from _in(setting, matrix, number, Path(name))
            gc.collect()


def _in(setting: Setting, matrix: Matrix, number: int, folder: Path) -> Iterator[dict[str, Any]]:
    with installation(
        setting.database, folder / "template", bidders=BIDDERS, lot_count=LOTS
    ) as made:
        roll = folder / "roll.json"
        made.roll.save(roll)
        for name, cells in setting.servers.items():
            seconds = matrix.seconds * (LUMPS if name == "naive" else 1)
            key = {"setting": setting.name, "server": name, "round": number}
            with serve(name, made, folder / name, workers=setting.workers) as server:
                for cell in cells:
                    row = {
                        **key,
                        "lots": cell.lots,
                        "bidders": cell.bidders,
                        "watchers": cell.watchers,
                    }
                    try:
                        found = measure(server, roll, cell, warm=matrix.warm, seconds=seconds)
                    except RuntimeError as error:
                        # A server that cannot carry this many is a result too.
                        yield {**row, "error": str(error)}
                        continue
                    yield row | found


def profile() -> str:
    """Where the product's processor time goes with 100 bidders in one lot."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with installation("sqlite", folder / "template", bidders=100, lot_count=1) as made:
            roll, out = folder / "roll.json", folder / "profile"
            made.roll.save(roll)
            with serve("direct", made, folder / "direct", profile=out) as server:
                measure(server, roll, Cell(1, 100, 0), warm=0.5, seconds=6)
            return out.read_text("utf-8")


def medians(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each key, each figure the median of its rounds; in the order of the rows.

    `unanswered` and `wrong` are summed: a single one matters. A key with an error has no figures.
    """
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[k] for k in _KEY), []).append(row)
    out = []
    for key, group in groups.items():
        one: dict[str, Any] = dict(zip(_KEY, key, strict=True))
        if broken := [row["error"] for row in group if "error" in row]:
            one["error"] = broken[0]
        else:
            for figure in FIGURES:
                values = [row[figure] for row in group if row[figure] is not None]
                joined = sum if figure in ("unanswered", "wrong") else median
                one[figure] = joined(values) if values else None
        out.append(one)
    return out
