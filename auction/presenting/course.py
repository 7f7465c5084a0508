"""The course of a sale for readers: its record, its price curve, a citizen's four questions."""

from collections.abc import Sequence

from flask_babel import gettext as _

from auction.core.instants import from_us
from auction.presenting import audience, hall_words
from auction.presenting.figures import amount
from auction.presenting.lots import Item, Look, unit_prices


def record_rows(records: Sequence[audience.Json]) -> list[Item]:
    """Rows of the macro `record_table`, newest first, from the records that a reader may see."""
    rows: list[Item] = []
    price: int | None = None
    for record in records:
        if record["kind"] == "marker":
            rows.append({"kind": "marker", "text": hall_words.marker(record)})
        elif record["kind"] in ("bid", "refused", "unheard"):
            accepted = record["kind"] == "bid"
            rows.append(
                _point(record)
                | {
                    "kind": "bid" if accepted else "refused",
                    "raise_fen": None if price is None else record["amount_fen"] - price,
                }
            )
            price = record["amount_fen"] if accepted else price
    return rows[::-1]


def chart_points(records: Sequence[audience.Json]) -> list[Item]:
    """Points of the macro `price_chart`, oldest first."""
    return [
        _point(r) | {"accepted": r["kind"] == "bid"}
        for r in records
        if r["kind"] in ("bid", "refused")
    ]


def chart_phases(records: Sequence[audience.Json]) -> list[Item]:
    """Where in `chart_points` the live round begins."""
    opened = next((r["seq"] for r in records if r.get("type") == "round_opened"), None)
    first = next(
        (r["seq"] for r in records if opened and r["seq"] > opened and "amount_fen" in r), None
    )
    return [{"before_no": first, "label": _("限时竞价")}] if first else []


def _point(record: audience.Json) -> Item:
    return {
        "no": record["seq"],
        "at": from_us(record["at_us"]),
        "plate": record["plate"],
        "fen": record["amount_fen"],
        "own": False,
    }


def four_answers(seen: Look, records: Sequence[audience.Json]) -> list[tuple[str, str]]:
    """What a citizen asks of a finished sale, with one sentence each (P-3)."""
    bids = [r for r in records if r["kind"] == "bid"]
    refused = sum(r["kind"] == "refused" for r in records)
    types = [r.get("type") for r in records]
    stops, moves = types.count("suspended"), types.count("listing_resumed")
    answers = [
        (
            _("有几个竞买人竞争？"),
            _(
                "%(plates)s 个竞买人报价，计 %(bids)s 次有效报价，另有 %(refused)s 次未接受。",
                plates=len({r["plate"] for r in bids}),
                bids=len(bids),
                refused=refused,
            ),
        )
    ]
    if bids:
        price, start = seen.price_fen, seen.state.terms.start_fen
        lines = unit_prices(seen)
        answers += [
            (
                _("比起始价高多少？"),
                _(
                    "起始价 %(start)s，最高报价 %(price)s，高 %(raise)s，%(premium)s。",
                    **{
                        "start": amount(start),
                        "price": amount(price),
                        "raise": amount(price - start),
                        "premium": lines[2],
                    },
                ),
            ),
            (_("合多少单价？"), _("%(mu)s，%(m2)s。", mu=lines[0], m2=lines[1])),
        ]
    answers.append(
        (
            _("中途有没有变化？"),
            _(
                "中止 %(stops)s 次，其中挂牌顺延 %(moves)s 次，见下方记录。",
                stops=stops,
                moves=moves,
            )
            if stops
            else _("没有中止，也没有顺延。"),
        )
    )
    return answers
