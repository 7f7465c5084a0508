"""The figures as tables, for a terminal and for docs/performance.md alike."""

from collections.abc import Iterable, Sequence
from typing import Any

_PEERS = ("floor", "naive")
_TITLES = {"direct": "**direct**", "stock": "stock", "floor": "floor", "naive": "naive"}


def markdown(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table with columns wide enough to be read as plain text."""
    cells = [[str(c) for c in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) + " |" for r in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def path_table(rows: Sequence[dict[str, Any]]) -> str:
    """The medians of the bid path, each beside the floor and the naive way of its cell."""
    beside = {(_cell(row), row["server"]): row for row in rows}
    out = []
    for row in sorted(rows, key=lambda r: _cell(r)):
        start = [
            row["setting"],
            row["lots"],
            row["bidders"],
            row["watchers"],
            _TITLES[row["server"]],
        ]
        if "error" in row:
            out.append([*start, "fails", *[""] * 7])
            continue
        ratios = [
            ""
            if row["server"] == peer
            else _ratio(row, beside.get((_cell(row), peer)), "accepted_per_s")
            for peer in _PEERS
        ]
        out.append(
            [
                *start,
                _number(row["accepted_per_s"]),
                _number(row["decided_per_s"]),
                *ratios,
                f"{_number(row['p50_ms'], 1)} / {_number(row['p99_ms'], 1)}",
                _number(row["deliveries_per_s"]),
                _number(row["cpu_us"]),
                f"{row['unanswered']:.0f} / {row['wrong']:.0f}",
            ]
        )
    head = ("setting", "lots", "bidders", "watchers", "server", "accepted/s", "decided/s")
    more = ("of floor", "of naive", "p50 / p99 ms", "deliveries/s", "CPU us", "lost / wrong")
    return markdown((*head, *more), out)


def audience_table(rows: Sequence[dict[str, Any]]) -> str:
    """How much later the slowest hundredth of answers come when many watch."""
    beside = {(_cell(row), row["server"]): row for row in rows}
    out = []
    for row in sorted(rows, key=lambda r: _cell(r)):
        quiet = beside.get(((*_cell(row)[:3], 0), row["server"]))
        if row["watchers"] and quiet is not None and row.get("p99_ms") and quiet.get("p99_ms"):
            out.append(
                [
                    row["setting"],
                    row["lots"],
                    row["bidders"],
                    _TITLES[row["server"]],
                    _number(quiet["p99_ms"], 1),
                    _number(row["p99_ms"], 1),
                    _ratio(row, quiet, "p99_ms"),
                ]
            )
    head = ("setting", "lots", "bidders", "server", "p99 ms alone", "p99 ms watched", "ratio")
    return markdown(head, out)


def curve_table(rows: Sequence[dict[str, Any]]) -> str:
    """The cost of a bid as log and house grow."""
    head = ("curve", "at", "CPU us a bid", "wall us a bid", "of the first")
    first: dict[str, float] = {}
    out = []
    for row in rows:
        base = first.setdefault(row["curve"], row["cpu_us"])
        shown = (_number(row["cpu_us"], 1), _number(row["wall_us"], 1))
        out.append([row["curve"], row["at"], *shown, f"{row['cpu_us'] / base:.2f}"])
    return markdown(head, out)


def micro_table(rows: Sequence[dict[str, Any]]) -> str:
    """What each part of the way costs."""
    return markdown(("part", "CPU us", "for each"), [[r["part"], r["us"], r["per"]] for r in rows])


def _cell(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["setting"], row["lots"], row["bidders"], row["watchers"]


def _ratio(row: dict[str, Any], other: dict[str, Any] | None, figure: str) -> str:
    if other is None or not other.get(figure):
        return ""
    return f"{row[figure] / other[figure]:.2f}"


def _number(value: float | None, digits: int = 0) -> str:
    return "" if value is None else f"{value:,.{digits}f}"
