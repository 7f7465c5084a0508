"""What time brings about by itself (SPEC.md, 7.4): closes, the question, the night, the end."""

from dataclasses import dataclass
from hashlib import sha256

from auction.verifier.rules.acts import going_on
from auction.verifier.rules.bids import Event
from auction.verifier.rules.state import Sale, day_time, due, is_willing, may_enter
from auction.verifier.rules.terms import HOUR, SECOND

Nonces = list[list[str]]


@dataclass(frozen=True, slots=True)
class Turn:
    """A transition with what was brought to it: the roll of those who never quoted (plate and
    commitment), and what was sealed: amount and salt of the reserve, seed and nonces of the draw.
    """

    roll: tuple[tuple[str, str], ...] = ()
    offset_ms: int = 0
    reserve: tuple[int, str] | None = None
    draw: tuple[str, Nonces] | None = None


def outcome(sale: Sale, turn: Turn) -> list[Event]:
    """The records of the transition that is due, which arrive at the instant at which it is."""
    instant = due(sale)
    if instant is None:
        return []
    if abs(turn.offset_ms) > sale.rules.max_clock_offset_ms:
        off: Event = ("clock_off", {"offset_ms": turn.offset_ms})
        return [off, _stopped(instant, "CLOCK_OFFSET")]
    if sale.stop is not None:
        return [going_on(sale, instant, sale.stop.resume_by or "system")]
    if sale.stage == "listing":
        return _listing_closes(sale, turn, instant)
    if sale.stage == "ask":
        return _question_ends(sale, turn, instant)
    if sale.stage == "round" and (sale.deadline is None or instant < sale.deadline):
        return [_night(sale, instant)]
    return _end(sale, turn, instant)


def _stopped(instant: int, ground: str) -> Event:
    return "suspended", {"since_us": instant, "ground": ground, "by": "system"}


def _listing_closes(sale: Sale, turn: Turn, instant: int) -> list[Event]:
    terms = sale.rules
    new = [(plate, sealed) for plate, sealed in turn.roll if plate not in sale.admitted]
    closed: list[Event] = [
        *(("admitted", {"plate": plate, "commitment": sealed}) for plate, sealed in new),
        ("listing_closed", {"quoted": len(sale.quoted)}),
    ]
    if sale.price is not None and sale.price == terms.cap_fen:
        until = instant + terms.lottery_join_seconds * SECOND
        return [*closed, ("cap_reached", {"until_us": until})]
    qualified = {*sale.admitted, *(plate for plate, _ in turn.roll)}
    if terms.timed_trigger == "asked":
        if any(plate != sale.leader and may_enter(sale, plate) for plate in qualified):
            return [*closed, ("ask_opened", {"until_us": instant + terms.ask_seconds * SECOND})]
    elif _round_follows(sale, len(qualified)):
        return [*closed, _round(sale, instant)]
    ended = _end(sale, turn, instant)
    return ended if ended[0][0] == "suspended" else [*closed, *ended]


def _round_follows(sale: Sale, qualified: int) -> bool:
    last_hour = sale.listing_until - HOUR
    enough = {
        "quoted_ge_2": len(sale.quoted) >= 2,
        "quoted_last_hour_ge_2": sum(at >= last_hour for at in sale.quoted.values()) >= 2,
        "qualified_ge_2": qualified >= 2,
        "always": qualified >= 1,
    }
    return enough.get(sale.rules.timed_trigger, False)


def _round(sale: Sale, instant: int) -> Event:
    bids_from = instant + sale.rules.prep_seconds * SECOND
    deadline = bids_from + sale.rules.countdown_first_seconds * SECOND
    return "round_opened", {"bids_from_us": bids_from, "deadline_us": deadline}


def _question_ends(sale: Sale, turn: Turn, instant: int) -> list[Event]:
    willing = {p for p in sale.admitted if may_enter(sale, p) and is_willing(sale, p)}
    if len(willing) >= sale.rules.ask_min_willing or willing - {sale.leader}:
        return [_round(sale, instant)]
    return _end(sale, turn, instant)


def _night(sale: Sale, instant: int) -> Event:
    bids_from = day_time(instant, sale.rules.day_resume_minutes, days=1)
    left = 0 if sale.deadline is None else sale.deadline - instant
    deadline = bids_from + max(left, sale.rules.countdown_seconds * SECOND)
    return "adjourned", {"bids_from_us": bids_from, "deadline_us": deadline}


def _end(sale: Sale, turn: Turn, instant: int) -> list[Event]:
    came: list[Event] = []
    reserve = sale.reserve_fen
    if sale.reserve is not None and reserve is None:
        if turn.reserve is None or reserve_commitment(sale.code, *turn.reserve) != sale.reserve:
            return [_stopped(instant, "RESERVE_UNOPENED")]
        reserve = turn.reserve[0]
        came.append(("reserve_opened", {"amount_fen": reserve, "salt": turn.reserve[1]}))
    if sale.price is None or sale.leader is None:
        return [*came, _ended(None, None, "NO_BID")]
    if reserve is not None and sale.price < reserve:
        return [*came, _ended(None, None, "RESERVE_NOT_MET")]
    plate = sale.leader
    if len(sale.entries) == 1:
        plate = next(iter(sale.entries))
    elif sale.entries:
        if turn.draw is None or not _honest(sale, *turn.draw):
            return [*came, _stopped(instant, "DRAW_UNOPENED")]
        seed, nonces = turn.draw
        plate = drawn(sale.code, seed, nonces)
        came.append(("lottery_drawn", {"seed": seed, "nonces": nonces, "plate": plate}))
    return [*came, _ended(plate, sale.price, None)]


def _ended(plate: str | None, amount: int | None, unsold: str | None) -> Event:
    return "bidding_ended", {"plate": plate, "amount_fen": amount, "unsold": unsold}


def reserve_commitment(code: str, amount: int, salt: str) -> str:
    """What a sealed reserve is committed to."""
    return sha256(_utf8(f"reserve/1\n{code}\n{amount}\n{salt}\n")).hexdigest()


def drawn(code: str, seed: str, nonces: Nonces) -> str:
    """The plate that the draw gives."""
    entries = "".join(f"{plate}:{nonce}\n" for plate, nonce in nonces)
    number = int.from_bytes(sha256(_utf8(f"lottery/1\n{code}\n{seed}\n{entries}")).digest(), "big")
    return nonces[number % len(nonces)][0]


def _honest(sale: Sale, seed: str, nonces: Nonces) -> bool:
    """Seed and nonces are what was committed to, of exactly those who joined, in plate order."""
    return (
        _opens(seed, sale.lottery_commitment)
        and [plate for plate, _ in nonces] == sorted(sale.entries)
        and all(_opens(nonce, sale.entries[plate]) for plate, nonce in nonces)
    )


def _opens(secret: str, committed: str | None) -> bool:
    try:
        return sha256(bytes.fromhex(secret)).hexdigest() == committed
    except ValueError:
        return False


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
