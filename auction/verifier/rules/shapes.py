"""What the data of each type of record look like, to the last field (SPEC.md, 5)."""

from collections.abc import Callable, Mapping
from typing import Any

from auction.verifier.faults import Malformed

REASONS = frozenset(
    {
        *("BID_NOT_OPEN", "BID_FREEZE", "BID_PREPARING", "BID_ASKING", "BID_ADJOURNED"),
        *("BID_SUSPENDED", "BID_LATE", "BID_NOT_ENTERED", "BID_NOT_WILLING", "BID_CAP_REACHED"),
        *("BID_ABOVE_CAP", "BID_ALREADY_LEADING", "BID_OFF_SCALE", "BID_TOO_LOW"),
        "BID_NOT_MULTIPLE",
    }
)


def _text(value: object) -> bool:
    return isinstance(value, str)


def _number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _truth(value: object) -> bool:
    return isinstance(value, bool)


def _maybe(form: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or form(value)


def _word(*words: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in words


def _list_of(form: Callable[[object], bool], length: int | None = None) -> Callable[[object], bool]:
    return lambda value: (
        isinstance(value, list)
        and all(map(form, value))
        and (length is None or len(value) == length)
    )


def _facts(value: object) -> bool:
    return isinstance(value, dict) and all(_text(v) or _number(v) for v in value.values())


def _object(value: object) -> bool:
    return isinstance(value, dict)


_TWO = _list_of(_text, 2)
_LATER: Mapping[str, Any] = {
    "follows": None,
    "lottery_commitment": None,
    "unsold": None,
    "bids_from_us": None,
    "deadline_us": None,
    "plate": None,
    "amount_fen": None,
    "heard": [],
}
"""What a field stands at where an older record does not have it."""

_BID = {"plate": _text, "amount_fen": _number, "statement": _text}
_PAUSED = {"bids_from_us": _number, "deadline_us": _number}

# A `?` at the end: older records may be without the field.
FORMS: Mapping[str, Mapping[str, Callable[[object], bool]]] = {
    "lot_opened": {
        "code": _text,
        "notice": _text,
        "rules": _text,
        "profile": _object,
        "practice": _truth,
        "follows?": _maybe(_text),
        "lottery_commitment?": _maybe(_text),
    },
    "admitted": {"plate": _text, "commitment": _text},
    "bid_accepted": {**_BID, "deadline_us": _maybe(_number)},
    "bid_refused": {**_BID, "reason": _word(*REASONS), "facts": _facts},
    "bid_unheard": _BID,
    "listing_closed": {"quoted": _number},
    "ask_opened": {"until_us": _number},
    "ask_answered": {"plate": _text, "willing": _truth, "statement": _text},
    "round_opened": _PAUSED,
    "adjourned": _PAUSED,
    "reserve_sealed": {"commitment": _text, "by": _TWO},
    "reserve_opened": {"amount_fen": _number, "salt": _text},
    "cap_reached": {"until_us": _number},
    "lottery_joined": {"plate": _text, "statement": _text, "nonce_hash": _text},
    "lottery_drawn": {"seed": _text, "nonces": _list_of(_TWO), "plate": _text},
    "bidding_ended": {
        "plate": _maybe(_text),
        "amount_fen": _maybe(_number),
        "unsold?": _maybe(_word("NO_BID", "RESERVE_NOT_MET")),
    },
    "suspended": {"since_us": _number, "ground": _text, "by": _text},
    "resumption_set": {"at_us": _number, "by": _text},
    "listing_resumed": {"listing_until_us": _number, "by": _text},
    "round_resumed": {**_PAUSED, "by": _text},
    "terminated": {"ground": _text, "by": _TWO},
    "listing_shortened": {"listing_until_us": _number},
    "clock_off": {"offset_ms": _number},
    "outage_recorded": {"start_us": _number, "end_us": _number},
    "certificate_ended": {
        "plate": _text,
        "ground": _word("revoked", "expired"),
        "certificate": _text,
        "evidence": _maybe(_text),
        "instant_us": _number,
    },
    "held_resolved": {
        "outcome": _word("uphold", "void", "reopen"),
        "ground": _text,
        "by": _TWO,
        "bids_from_us?": _maybe(_number),
        "deadline_us?": _maybe(_number),
        "plate?": _maybe(_text),
        "amount_fen?": _maybe(_number),
        "heard?": _list_of(_text),
    },
    "award_confirmed": {"by": _TWO},
    "award_voided": {"ground": _text, "by": _TWO},
    "confirmation_signed": {"side": _text, "document": _text, "statement": _text},
    "result_published": {"by": _text},
}


def complete(kind: str, data: object) -> dict[str, Any]:
    """The data of a record of this type with every field. Raises Malformed for another shape."""
    form = FORMS.get(kind)
    if form is None:
        raise Malformed(f"no type of record is called {kind[:40]!r}")
    if not isinstance(data, dict):
        raise Malformed("data is no object")
    wanted = {name.rstrip("?") for name in form}
    if strange := set(data) - wanted:
        raise Malformed(f"a field that {kind} does not have: {min(strange)[:40]}")
    made = dict(data)
    for name, holds in form.items():
        plain = name.rstrip("?")
        if plain not in data:
            if plain == name:
                raise Malformed(f"{kind} without {plain}")
            made[plain] = _LATER[plain]
        elif not holds(data[plain]):
            raise Malformed(f"{plain} of {kind} is not what it must be")
    if kind == "bidding_ended" and made["plate"] is None and "unsold" not in data:
        made["unsold"] = "NO_BID"
    return made
