"""What must come of a person's act (SPEC.md, 7.5): of officers, of bidders beside their bids, and
of the system when it was off."""

from collections.abc import Callable
from typing import Any

from auction.verifier.rules import terms
from auction.verifier.rules.bids import Event, Forbidden, is_live, objection_to
from auction.verifier.rules.state import RUNNING, TIMED, Sale, Stop, due, is_willing, may_enter
from auction.verifier.rules.terms import HOUR, MINUTE, SECOND

_HEX = frozenset("0123456789abcdef")


def outcome(sale: Sale, kind: str, at: int, data: dict[str, Any]) -> list[Event]:
    """The records that the act behind a record of this kind leaves. Raises Forbidden."""
    act = _ACTS.get(kind)
    if act is None:
        raise Forbidden("STRAY")
    return act(sale, at, data)


def _need(holds: bool, code: str) -> None:
    if not holds:
        raise Forbidden(code)


def _two(by: list[str]) -> None:
    _need(len(set(by)) == 2, "TWO_PERSONS_NEEDED")


def _digest(text: object) -> bool:
    return isinstance(text, str) and len(text) == 64 and set(text) <= _HEX


def _runs(sale: Sale, at: int) -> None:
    _need(sale.stop is None or at < sale.stop.since, "LOT_SUSPENDED")


def _stopped(sale: Sale) -> Stop:
    if sale.stop is None:
        raise Forbidden("NOT_SUSPENDED")
    return sale.stop


def _open(sale: Sale, _at: int, data: dict[str, Any]) -> list[Event]:
    _need(sale.stage == "none", "LOT_ALREADY_OPEN")
    wrong = terms.problems(data["profile"])
    _need(not wrong, "PROFILE_UNSOUND " + ",".join(wrong))
    committed = data["lottery_commitment"]
    capped = terms.read(data["profile"]).cap_mode == "lottery"
    _need(_digest(committed) if capped else committed is None, "LOTTERY_COMMITMENT")
    return [("lot_opened", data)]


def _answer(sale: Sale, at: int, data: dict[str, Any]) -> list[Event]:
    _need(sale.stage == "ask", "ANSWER_NOT_ASKED")
    _runs(sale, at)
    plate = data["plate"]
    _need(plate in sale.admitted and may_enter(sale, plate), "ANSWER_NOT_ENTITLED")
    return [("ask_answered", data)]


def _seal(sale: Sale, at: int, data: dict[str, Any]) -> list[Event]:
    _need(sale.stage == "listing", "WRONG_STAGE")
    rules = sale.rules
    _need(rules.reserve_mode == "sealed", "RESERVE_NOT_USED")
    _need(sale.reserve is None, "RESERVE_ALREADY_SEALED")
    _runs(sale, at)
    opens = sale.listing_until - rules.reserve_entry_from_minutes * MINUTE
    closes = sale.listing_until - rules.reserve_entry_until_minutes * MINUTE
    _need(opens <= at, "RESERVE_TOO_EARLY")
    _need(at < closes, "RESERVE_TOO_LATE")
    _two(data["by"])
    _need(_digest(data["commitment"]), "RESERVE_BAD_COMMITMENT")
    return [("reserve_sealed", data)]


def _join(sale: Sale, at: int, data: dict[str, Any]) -> list[Event]:
    _need(sale.stage == "draw", "LOTTERY_NOT_OPEN")
    _runs(sale, at)
    plate = data["plate"]
    entered = may_enter(sale, plate) and is_willing(sale, plate)
    _need(plate in sale.admitted and (entered or sale.join_open), "LOTTERY_NOT_ENTITLED")
    _need(plate not in sale.entries, "LOTTERY_ALREADY_JOINED")
    _need(_digest(data["nonce_hash"]), "LOTTERY_BAD_NONCE")
    return [("lottery_joined", data)]


def _certificate(sale: Sale, at: int, data: dict[str, Any]) -> list[Event]:
    _need(sale.stage in (*RUNNING, "held"), "WRONG_STAGE")
    _need(data["plate"] in sale.admitted, "CERTIFICATE_NOT_IN_SALE")
    if data["certificate"] in sale.ended_certificates:
        return []
    revoked = data["ground"] == "revoked"
    sound = _digest(data["evidence"]) if revoked else data["evidence"] is None
    _need(sound and _digest(data["certificate"]), "CERTIFICATE_BAD_COMMITMENT")
    _need(data["instant_us"] <= at, "CERTIFICATE_NOT_ENDED")
    return [("certificate_ended", data)]


def _suspend(sale: Sale, at: int, data: dict[str, Any]) -> list[Event]:
    _need(sale.stop is None, "ALREADY_SUSPENDED")
    _need(sale.stage in RUNNING, "NOTHING_TO_SUSPEND")
    return [("suspended", {**data, "since_us": at})]


def _notice_kept(sale: Sale, stop: Stop, at: int, resumes: int) -> None:
    rules, earliest = sale.rules, at
    direct = rules.resume_direct_minutes
    if direct is not None and at - stop.since > direct * MINUTE:
        earliest = at + rules.resume_notice_hours * HOUR
    _need(resumes >= max(earliest, stop.since), "RESUME_TOO_EARLY")


def _schedule(sale: Sale, at: int, data: dict[str, Any]) -> list[Event]:
    _notice_kept(sale, _stopped(sale), at, data["at_us"])
    return [("resumption_set", data)]


def _resume(sale: Sale, at: int, data: dict[str, Any]) -> list[Event]:
    _notice_kept(sale, _stopped(sale), at, at)
    return [going_on(sale, at, data["by"])]


def going_on(sale: Sale, at: int, by: str) -> Event:
    """How a suspended sale goes on at `at`: the listing longer, everything else anew."""
    stop, rules = _stopped(sale), sale.rules
    if sale.stage not in TIMED:
        lost = max(at - max(stop.since, rules.listing_from_us), 0)
        return "listing_resumed", {"listing_until_us": sale.listing_until + lost, "by": by}
    bids_from = at + rules.resume_prep_seconds * SECOND
    if sale.adjourned and sale.bids_from is not None:
        bids_from = max(bids_from, sale.bids_from)
    whole = {
        "ask": rules.ask_seconds,
        "round": rules.countdown_seconds,
        "draw": rules.lottery_join_seconds,
    }[sale.stage]
    deadline = max(bids_from + whole * SECOND, sale.deadline or 0)
    return "round_resumed", {"bids_from_us": bids_from, "deadline_us": deadline, "by": by}


def _terminate(sale: Sale, _at: int, data: dict[str, Any]) -> list[Event]:
    open_yet = (*RUNNING, "pending", "held")
    _need(sale.stage in open_yet, "NOTHING_TO_TERMINATE")
    _two(data["by"])
    return [("terminated", data)]


def _shorten(sale: Sale, at: int, data: dict[str, Any]) -> list[Event]:
    _need(sale.practice, "NOT_A_REHEARSAL")
    _need(sale.stop is None, "ALREADY_SUSPENDED")
    _need(sale.stage == "listing", "WRONG_STAGE")
    _need(at < data["listing_until_us"] < sale.listing_until, "NOTHING_TO_SKIP")
    return [("listing_shortened", data)]


def _outage(sale: Sale, at: int, data: dict[str, Any]) -> list[Event]:
    start = data["start_us"]
    if sale.stage not in RUNNING or start >= at:
        return []
    came: list[Event] = [("outage_recorded", {"start_us": start, "end_us": at})]
    instant = due(sale)
    if instant is None or start >= instant:
        return came
    asleep = sale.adjourned and sale.bids_from is not None and at <= sale.bids_from
    counting = sale.stage in TIMED and sale.stop is None and not asleep
    long = at - start >= sale.rules.unhealthy_autosuspend_s * SECOND
    if at >= instant or (counting and long):
        stopped = {"since_us": start, "ground": "OUTAGE", "by": "system"}
        came.append(("suspended", stopped))
    return came


def _resolve(sale: Sale, at: int, data: dict[str, Any]) -> list[Event]:
    _need(sale.stage == "held" and sale.held_from is not None, "NOT_HELD")
    _two(data["by"])
    said = {name: data[name] for name in ("outcome", "ground", "by")}
    if data["outcome"] != "reopen":
        nothing = data["outcome"] == "void" and sale.held_from == "unsold"
        _need(not nothing, "NOTHING_TO_VOID")
        none = dict.fromkeys(("bids_from_us", "deadline_us", "plate", "amount_fen"))
        return [("held_resolved", {**said, **none, "heard": []})]
    _need(sale.held_from in ("unsold", "pending"), "WRONG_STAGE")
    rules = sale.rules
    at_cap = rules.cap_fen is not None and sale.price == rules.cap_fen
    _need(rules.timed_trigger != "never" and not at_cap, "NO_ROUND")
    price, leader, heard = _heard(sale)
    bids_from = at + rules.resume_prep_seconds * SECOND
    again: Event = (
        "held_resolved",
        {
            **said,
            "bids_from_us": bids_from,
            "deadline_us": bids_from + rules.countdown_seconds * SECOND,
            "plate": leader,
            "amount_fen": price,
            "heard": heard,
        },
    )
    if price is not None and price == rules.cap_fen:
        return [again, ("cap_reached", {"until_us": at + rules.lottery_join_seconds * SECOND})]
    return [again]


def _heard(sale: Sale) -> tuple[int | None, str | None, list[str]]:
    """Price, leader and good plates once the unheard bids have been judged as they arrived."""
    before = sale.price, sale.leader, sale.led_at, dict(sale.quoted)
    plates: list[str] = []
    for arrival, plate, amount in sorted(sale.unheard, key=lambda missed: missed[0]):
        if objection_to(sale, plate, amount, is_live(sale, arrival)) is None:
            plates.append(plate)
            sale.price, sale.leader, sale.led_at = amount, plate, arrival
            sale.quoted[plate] = arrival
    found = sale.price, sale.leader, plates
    sale.price, sale.leader, sale.led_at, sale.quoted = before
    return found


def _confirm(sale: Sale, _at: int, data: dict[str, Any]) -> list[Event]:
    _need(sale.stage == "pending", "WRONG_STAGE")
    _two(data["by"])
    return [("award_confirmed", data)]


def _void(sale: Sale, _at: int, data: dict[str, Any]) -> list[Event]:
    _need(sale.stage in ("pending", "confirmed"), "WRONG_STAGE")
    _two(data["by"])
    return [("award_voided", data)]


def _sign(sale: Sale, _at: int, data: dict[str, Any]) -> list[Event]:
    _need(sale.stage in ("confirmed", "published"), "WRONG_STAGE")
    _need(data["side"] in ("winner", "grantor"), "UNKNOWN_SIDE")
    _need(data["side"] not in sale.signed_sides, "ALREADY_SIGNED")
    return [("confirmation_signed", data)]


def _publish(sale: Sale, _at: int, data: dict[str, Any]) -> list[Event]:
    _need(sale.stage == "confirmed", "WRONG_STAGE")
    return [("result_published", data)]


_ACTS: dict[str, Callable[[Sale, int, dict[str, Any]], list[Event]]] = {
    "lot_opened": _open,
    "ask_answered": _answer,
    "reserve_sealed": _seal,
    "lottery_joined": _join,
    "certificate_ended": _certificate,
    "suspended": _suspend,
    "resumption_set": _schedule,
    "listing_resumed": _resume,
    "round_resumed": _resume,
    "terminated": _terminate,
    "listing_shortened": _shorten,
    "outage_recorded": _outage,
    "held_resolved": _resolve,
    "award_confirmed": _confirm,
    "award_voided": _void,
    "confirmation_signed": _sign,
    "result_published": _publish,
}
