"""Every record decided again from the records before it.

A record is taken as the answer to something: a bid, an act, or time. What the rules make of that
is compared with what stands in the log, and then the log's word is taken for the next record.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from auction.verifier.faults import Finding, Malformed, Unusable
from auction.verifier.rules import acts, bids, fold, turns
from auction.verifier.rules.bids import Bid, Event, Forbidden
from auction.verifier.rules.state import Sale, due
from auction.verifier.rules.turns import Turn

TERMS, VERDICTS, TIMES, WINNER = 10, 11, 12, 13
"""The checks to which findings of the replay belong."""

FINDINGS_LIMIT = 1000
"""A log at which the rules object more often is not read to its end."""
STANDSTILLS_LIMIT = 1000
"""Every bid is compared with every standstill: without a bound a made-up log would take hours."""

BIDS = ("bid_accepted", "bid_refused", "bid_unheard")
_TURNS = (
    *("listing_closed", "round_opened", "adjourned"),
    *("reserve_opened", "lottery_drawn", "bidding_ended"),
)
_CHECK_OF = {
    "lot_opened": TERMS,
    **dict.fromkeys(("listing_closed", "ask_opened", "round_opened", "adjourned"), TIMES),
    **dict.fromkeys(("cap_reached", "suspended", "resumption_set", "listing_resumed"), TIMES),
    **dict.fromkeys(("round_resumed", "listing_shortened", "clock_off"), TIMES),
    "outage_recorded": TIMES,
    **dict.fromkeys(("reserve_opened", "lottery_drawn", "bidding_ended", "held_resolved"), WINNER),
}
_NOT_THE_END = ("round_opened", "ask_opened", "adjourned", "cap_reached")
_UNOPENED = ("RESERVE_UNOPENED", "DRAW_UNOPENED")


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `data` has every field of its type."""

    seq: int
    at: int
    sequenced: int
    kind: str
    data: dict[str, Any]


@dataclass(slots=True)
class Replayed:
    """The sale after all its records, and what the rules object to."""

    sale: Sale
    findings: list[Finding] = field(default_factory=list)
    totals: dict[int, int] = field(default_factory=dict)
    """For each check: how many records it was about."""


def check_of(kind: str) -> int:
    """The check that a record of this type belongs to."""
    return _CHECK_OF.get(kind, VERDICTS)


def replay(records: Sequence[Record]) -> Replayed:
    """Decide `records` again, in order, from the first."""
    done = Replayed(Sale())
    for record in records:
        number = check_of(record.kind)
        done.totals[number] = done.totals.get(number, 0) + 1
    place = 0
    while place < len(records) and len(done.findings) < FINDINGS_LIMIT:
        if len(done.sale.pauses) > STANDSTILLS_LIMIT:
            raise Unusable(f"the sale stood still more than {STANDSTILLS_LIMIT} times")
        taken = _one(done, records, place)
        for record in records[place : place + taken]:
            try:
                fold.apply(done.sale, record.kind, record.at, record.data)
            except Malformed as error:
                done.findings.append(Finding(TERMS, "TERMS", record.seq, str(error)))
        place += taken
    return done


def _one(done: Replayed, records: Sequence[Record], place: int) -> int:
    """Compare what one thing led to; how many records that took, at least one."""
    first = records[place]
    try:
        expected = _expected(done, records, place)
    except Forbidden as error:
        number = TIMES if str(error) in _OF_TIME else check_of(first.kind)
        done.findings.append(Finding(number, "NOT_ALLOWED", first.seq, str(error)))
        return 1
    except (LookupError, Malformed) as error:
        number = check_of(first.kind)
        done.findings.append(Finding(number, "NOT_ALLOWED", first.seq, f"WRONG_STAGE {error}"))
        return 1
    for ahead, (kind, data) in enumerate(expected):
        found = records[place + ahead] if place + ahead < len(records) else None
        if found is None or found.at != first.at or found.kind != kind:
            done.findings.append(_other_kind(first, found, ahead, kind))
            return max(ahead, 1)
        if found.data != data:
            detail = _difference(found.data, data)
            done.findings.append(Finding(check_of(kind), "DIFFERS", found.seq, detail))
            return ahead + 1
    if not expected:
        done.findings.append(Finding(check_of(first.kind), "NOT_ALLOWED", first.seq, "NOTHING"))
    return max(len(expected), 1)


_OF_TIME = ("TRANSITION_MISSING", "NOTHING_DUE", "NOT_WHEN_DUE")


def _other_kind(first: Record, found: Record | None, ahead: int, kind: str) -> Finding:
    present = found is not None and found.at == first.at
    told = found.kind if present and found is not None else "-"
    number = check_of(kind if ahead else first.kind)
    if told == "bidding_ended" and kind in _NOT_THE_END:
        number = TIMES
    return Finding(number, "OTHER_KIND", first.seq + ahead, f"{told}, by the rules {kind}")


def _difference(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    for name in sorted({*found, *wanted}):
        one, other = found.get(name), wanted.get(name)
        if one == other:
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            return f"{name}.{_difference(one, other)}"
        return f"{name} {_told(one)}, by the rules {_told(other)}"
    return ""


def _told(value: object) -> str:
    return str(value)[:80]


def _expected(done: Replayed, records: Sequence[Record], place: int) -> list[Event]:
    """What should stand from `place` on. Raises Forbidden."""
    sale, first = done.sale, records[place]
    roll: list[tuple[str, str]] = []
    ahead = place
    while ahead < len(records) and _follows(records[ahead], first, "admitted"):
        roll.append((records[ahead].data["plate"], records[ahead].data["commitment"]))
        ahead += 1
    if ahead == len(records) or records[ahead].at != first.at:
        raise Forbidden("STRAY")
    stimulus = records[ahead]
    kind, data, at = stimulus.kind, stimulus.data, stimulus.at
    if roll and not (kind == "listing_closed" or (kind in BIDS and len(roll) == 1)):
        raise Forbidden("STRAY")
    instant = due(sale)
    if kind == "clock_off":
        bid_of = _bid_by_a_wrong_clock(records, ahead, instant)
        if bid_of is not None:
            _nothing_due(instant, at)
            return bids.outcome(sale, bid_of)
        return _turn(sale, at, instant, Turn(offset_ms=data["offset_ms"]))
    if kind in BIDS:
        _nothing_due(instant, at)
        admission = roll[0] if roll else None
        return bids.outcome(
            sale, Bid(at, data["plate"], data["amount_fen"], data["statement"], admission)
        )
    if _is_turn(sale, stimulus):
        opened = _opened(records, ahead)
        return _turn(sale, at, instant, Turn(tuple(roll), 0, *opened))
    if kind == "outage_recorded":
        if instant is not None and instant <= data["start_us"]:
            raise Forbidden("TRANSITION_MISSING")
        return acts.outcome(sale, kind, at, data)
    _nothing_due(instant, at)
    return acts.outcome(sale, kind, at, data)


def _nothing_due(instant: int | None, at: int) -> None:
    if instant is not None and at >= instant:
        raise Forbidden("TRANSITION_MISSING")


def _turn(sale: Sale, at: int, instant: int | None, turn: Turn) -> list[Event]:
    if instant is None:
        raise Forbidden("NOTHING_DUE")
    if at != instant:
        raise Forbidden("NOT_WHEN_DUE")
    return turns.outcome(sale, turn)


def _follows(record: Record, first: Record, kind: str) -> bool:
    return record.kind == kind and record.at == first.at


def _is_turn(sale: Sale, record: Record) -> bool:
    """Whether this record is time's doing, not a person's."""
    if record.kind in ("listing_resumed", "round_resumed"):
        return sale.stop is not None and sale.stop.resume_at == record.at
    if record.kind == "suspended":
        return record.data["by"] == "system" and record.data["ground"] in _UNOPENED
    return record.kind in _TURNS


def _bid_by_a_wrong_clock(records: Sequence[Record], place: int, instant: int | None) -> Bid | None:
    """The bid that met a clock that was off: off, suspended, perhaps an admission, refused."""
    off, rest = records[place], records[place + 1 : place + 4]
    rest = [record for record in rest if record.at == off.at]
    if off.at == instant or not rest or rest[0].kind != "suspended":
        return None
    rest = rest[1:]
    admission = None
    if rest and rest[0].kind == "admitted":
        admission = (rest[0].data["plate"], rest[0].data["commitment"])
        rest = rest[1:]
    if not rest or rest[0].kind != "bid_refused":
        return None
    data = rest[0].data
    return Bid(
        off.at,
        data["plate"],
        data["amount_fen"],
        data["statement"],
        admission,
        off.data["offset_ms"],
    )


def _opened(
    records: Sequence[Record], place: int
) -> tuple[tuple[int, str] | None, tuple[str, list[list[str]]] | None]:
    """The reserve and the draw, as far as they were opened together with the record at `place`."""
    reserve, draw = None, None
    for record in records[place : place + 3]:
        if record.at != records[place].at:
            break
        if record.kind == "reserve_opened":
            reserve = record.data["amount_fen"], record.data["salt"]
        if record.kind == "lottery_drawn":
            draw = record.data["seed"], record.data["nonces"]
    return reserve, draw
