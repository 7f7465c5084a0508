"""What a record changes. Facts are taken as the record states them, right or wrong."""

from typing import Any

from auction.verifier.rules import terms
from auction.verifier.rules.state import OVER, Pause, Sale, Stop
from auction.verifier.rules.terms import HOUR


def apply(sale: Sale, kind: str, at: int, data: dict[str, Any]) -> None:
    """Change the sale by one record that arrived at `at`; total over every record of a shape."""
    change = _CHANGES.get(kind)
    if change is not None:
        change(sale, at, data)


def _lot_opened(sale: Sale, _at: int, data: dict[str, Any]) -> None:
    sale.terms = terms.read(data["profile"])
    sale.code, sale.practice = data["code"], data["practice"]
    sale.lottery_commitment = data["lottery_commitment"]
    sale.stage, sale.listing_until = "listing", sale.terms.listing_until_us


def _admitted(sale: Sale, _at: int, data: dict[str, Any]) -> None:
    sale.admitted[data["plate"]] = data["commitment"]


def _accepted(sale: Sale, at: int, data: dict[str, Any]) -> None:
    deadline, plate = data["deadline_us"], data["plate"]
    if deadline is None or plate not in sale.quoted:
        sale.quoted[plate] = at
    sale.price, sale.leader, sale.led_at = data["amount_fen"], plate, at
    if deadline is not None:
        sale.deadline = deadline


def _unheard(sale: Sale, at: int, data: dict[str, Any]) -> None:
    if sale.stage in OVER:
        sale.held_from = sale.stage
    elif sale.stage != "held":
        return
    sale.stage = "held"
    sale.unheard.append((at, data["plate"], data["amount_fen"]))


def _listing_closed(sale: Sale, at: int, _data: dict[str, Any]) -> None:
    sale.closed_at = at


def _ask_opened(sale: Sale, at: int, data: dict[str, Any]) -> None:
    sale.stage, sale.deadline = "ask", data["until_us"]
    sale.pauses.append(Pause("BID_ASKING", at, None, data["until_us"]))


def _answered(sale: Sale, _at: int, data: dict[str, Any]) -> None:
    sale.answers[data["plate"]] = data["willing"]


def _round_opened(sale: Sale, at: int, data: dict[str, Any]) -> None:
    sale.stage = "round"
    sale.bids_from, sale.deadline = data["bids_from_us"], data["deadline_us"]
    sale.limit = _first_limit(sale, data["bids_from_us"])
    _pause(sale, at, "BID_PREPARING", data["bids_from_us"])


def _adjourned(sale: Sale, at: int, data: dict[str, Any]) -> None:
    sale.limit = _later_limit(sale, at, data["bids_from_us"], data["deadline_us"])
    sale.bids_from, sale.deadline = data["bids_from_us"], data["deadline_us"]
    sale.adjourned = True
    _pause(sale, at, "BID_ADJOURNED", data["bids_from_us"])


def _reserve_sealed(sale: Sale, _at: int, data: dict[str, Any]) -> None:
    sale.reserve = data["commitment"]


def _reserve_opened(sale: Sale, _at: int, data: dict[str, Any]) -> None:
    sale.reserve_fen = data["amount_fen"]


def _cap_reached(sale: Sale, at: int, data: dict[str, Any]) -> None:
    sale.join_open = sale.stage == "listing"
    sale.stage, sale.deadline = "draw", data["until_us"]
    if sale.stop is None:
        _end_pauses(sale, at)


def _joined(sale: Sale, _at: int, data: dict[str, Any]) -> None:
    sale.entries[data["plate"]] = data["nonce_hash"]


def _ended(sale: Sale, at: int, data: dict[str, Any]) -> None:
    sale.ended_at, sale.unsold = at, data["unsold"]
    if data["plate"] is None:
        sale.stage = "unsold"
    else:
        sale.stage, sale.leader = "pending", data["plate"]


def _suspended(sale: Sale, _at: int, data: dict[str, Any]) -> None:
    since = data["since_us"]
    if sale.stop is not None:  # a second stop counts from the first, and forgets what was announced
        sale.stop = Stop(sale.stop.since)
        return
    sale.stop = Stop(since)
    _end_pauses(sale, since)
    sale.pauses.append(Pause("BID_SUSPENDED", since, None, since))


def _resumption_set(sale: Sale, _at: int, data: dict[str, Any]) -> None:
    if sale.stop is not None:
        sale.stop.resume_at, sale.stop.resume_by = data["at_us"], data["by"]


def _listing_shortened(sale: Sale, _at: int, data: dict[str, Any]) -> None:
    sale.listing_until = data["listing_until_us"]


def _listing_resumed(sale: Sale, at: int, data: dict[str, Any]) -> None:
    sale.stop, sale.listing_until = None, data["listing_until_us"]
    _end_pauses(sale, at)


def _round_resumed(sale: Sale, at: int, data: dict[str, Any]) -> None:
    bids_from, deadline = data["bids_from_us"], data["deadline_us"]
    since = at if sale.stop is None else sale.stop.since
    sale.limit = _later_limit(sale, since, bids_from, deadline)
    sale.adjourned = sale.adjourned and bids_from == sale.bids_from
    sale.stop, sale.bids_from, sale.deadline = None, bids_from, deadline
    _end_pauses(sale, at)
    if sale.stage == "ask":
        sale.pauses.append(Pause("BID_ASKING", at, None, deadline))
    elif sale.stage == "round":
        _pause(sale, at, "BID_PREPARING", bids_from)


def _terminated(sale: Sale, at: int, _data: dict[str, Any]) -> None:
    sale.stage, sale.stop = "terminated", None
    sale.ended_at = sale.ended_at or at
    _end_pauses(sale, at)


def _certificate_ended(sale: Sale, _at: int, data: dict[str, Any]) -> None:
    sale.ended_certificates.add(data["certificate"])


def _held_resolved(sale: Sale, at: int, data: dict[str, Any]) -> None:
    before, waiting = sale.held_from, sale.unheard
    sale.held_from, sale.unheard = None, []
    if data["outcome"] == "uphold":
        sale.stage = before or sale.stage
        return
    if data["outcome"] == "void":
        sale.stage = "void"
        return
    bids_from, deadline = data["bids_from_us"] or at, data["deadline_us"] or at
    ended = sale.ended_at or at
    for arrival, plate, amount in waiting:
        if (plate, amount) == (data["plate"], data["amount_fen"]):
            sale.led_at = arrival
            break
    sale.stage = "round"
    if data["amount_fen"] is not None:
        sale.price = data["amount_fen"]
    sale.leader = data["plate"] or sale.leader
    for plate in data["heard"]:
        sale.quoted.setdefault(plate, at)
    for plate in sale.quoted:  # nobody was asked about this round
        sale.answers.setdefault(plate, True)
    sale.limit = _later_limit(sale, ended, bids_from, deadline) or _first_limit(sale, bids_from)
    sale.ended_at = sale.unsold = None
    sale.bids_from, sale.deadline, sale.adjourned = bids_from, deadline, False
    _end_pauses(sale, ended)
    sale.pauses.append(Pause("BID_LATE", ended, at, ended))
    sale.pauses.append(Pause("BID_PREPARING", at, bids_from, bids_from))


def _stage(name: str) -> Any:
    def change(sale: Sale, _at: int, _data: dict[str, Any]) -> None:
        sale.stage = name

    return change


def _signed(sale: Sale, _at: int, data: dict[str, Any]) -> None:
    sale.signed_sides.add(data["side"])


def _end_pauses(sale: Sale, at: int) -> None:
    for pause in sale.pauses:
        if pause.until is None or pause.until > at:
            pause.until = max(pause.since, at)


def _pause(sale: Sale, at: int, reason: str, until: int) -> None:
    _end_pauses(sale, at)
    if until > at:
        sale.pauses.append(Pause(reason, at, until, until))


def _first_limit(sale: Sale, bids_from: int) -> int | None:
    hours = None if sale.terms is None else sale.terms.max_duration_hours
    return None if hours is None else bids_from + hours * HOUR


def _later_limit(sale: Sale, since: int, bids_from: int, deadline: int) -> int | None:
    """The limit moves by a standstill, and never cuts off a countdown that was promised."""
    if sale.limit is None:
        return None
    return max(sale.limit + max(bids_from - since, 0), deadline)


_CHANGES = {
    "lot_opened": _lot_opened,
    "admitted": _admitted,
    "bid_accepted": _accepted,
    "bid_unheard": _unheard,
    "listing_closed": _listing_closed,
    "ask_opened": _ask_opened,
    "ask_answered": _answered,
    "round_opened": _round_opened,
    "adjourned": _adjourned,
    "reserve_sealed": _reserve_sealed,
    "reserve_opened": _reserve_opened,
    "cap_reached": _cap_reached,
    "lottery_joined": _joined,
    "bidding_ended": _ended,
    "suspended": _suspended,
    "resumption_set": _resumption_set,
    "listing_shortened": _listing_shortened,
    "listing_resumed": _listing_resumed,
    "round_resumed": _round_resumed,
    "terminated": _terminated,
    "certificate_ended": _certificate_ended,
    "held_resolved": _held_resolved,
    "award_confirmed": _stage("confirmed"),
    "award_voided": _stage("void"),
    "confirmation_signed": _signed,
    "result_published": _stage("published"),
}
