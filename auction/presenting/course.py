"""The course of a sale for readers: its record, its price curve, a citizen's four questions."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from auction.core import lottery, reserve
from auction.core.instants import from_us
from auction.presenting import audience, hall_words
from auction.presenting.figures import amount
from auction.presenting.lots import Item, Look, unit_prices


@dataclass(frozen=True, slots=True)
class Opened:
    """Something that was committed to beforehand: its parts, how to recompute it, whether it
    agrees."""

    title: str
    parts: list[tuple[str, str]]
    recipe: str
    agrees: bool


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


def opened_evidence(seen: Look, records: Sequence[audience.Json]) -> list[Opened]:
    """What was sealed and then opened in this sale, each checked just now: reserve and draw."""
    of = {record.get("type"): record for record in records}
    found: list[Opened] = []
    code = seen.lot.code
    if (opening := of.get("reserve_opened")) is not None:
        committed = of["reserve_sealed"]["commitment"]
        amount_fen, salt = opening["amount_fen"], opening["salt"]
        found.append(
            Opened(
                _("底价"),
                [
                    (_("底价"), amount(amount_fen)),
                    (_("密封时公布的摘要"), committed),
                    (_("随机盐"), salt),
                ],
                _(
                    "摘要是对下列文本取 SHA-256：reserve/1、宗地编号、以分计的金额、随机盐，"
                    "各占一行。"
                ),
                reserve.commitment(code, amount_fen, salt) == committed,
            )
        )
    if (drawn := of.get("lottery_drawn")) is not None:
        nonces = tuple((plate, nonce) for plate, nonce in drawn["nonces"])
        seed, committed = drawn["seed"], seen.lot.lottery_commitment
        found.append(
            Opened(
                _("摇号"),
                [
                    (_("结果"), _("号牌 %(plate)s", plate=drawn["plate"])),
                    (_("发布公告时公布的摘要"), committed or ""),
                    (_("交易机构的随机数"), seed),
                    *((_("号牌 %(plate)s 的随机数", plate=p), nonce) for p, nonce in nonces),
                ],
                _(
                    "对下列文本取 SHA-256：lottery/1、宗地编号、交易机构的随机数、"
                    "按号牌排列的“号牌:随机数”，各占一行；所得整数除以人数，"
                    "余数即为从 0 数起的中签者。"
                ),
                lottery.opens(seed, committed)
                and lottery.winner(code, seed, nonces) == drawn["plate"],
            )
        )
    return found


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
