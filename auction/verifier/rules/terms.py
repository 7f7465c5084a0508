"""The rule profile: every parameter with its range, and what forbids it (SPEC.md, 7.1)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auction.verifier.faults import Malformed

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

# Name -> (default, lowest, highest); a lowest of None: the choice is among the words, or no range.
_NUMBERS: Mapping[str, tuple[int | None, int, int]] = {
    "freeze_minutes": (0, 0, 120),
    "confirm_over_steps": (10, 1, 1000),
    "confirm_over_percent": (20, 1, 1000),
    "ask_seconds": (0, 0, 1800),
    "ask_min_willing": (2, 1, 2),
    "prep_seconds": (0, 0, 3600),
    "countdown_first_seconds": (300, 15, 1800),
    "countdown_seconds": (300, 15, 1800),
    "extend_within_seconds": (300, 15, 1800),
    "day_cutoff_minutes": (None, 0, 1439),
    "day_resume_minutes": (540, 0, 1439),
    "max_duration_hours": (None, 1, 72),
    "reserve_entry_from_minutes": (30, 0, 100_000),
    "reserve_entry_until_minutes": (0, 0, 100_000),
    "lottery_join_seconds": (900, 15, 3600),
    "resume_prep_seconds": (900, 15, 3600),
    "resume_notice_hours": (24, 0, 240),
    "resume_direct_minutes": (None, 0, 1440),
    "unhealthy_autosuspend_s": (15, 5, 120),
    "max_clock_offset_ms": (50, 1, 1000),
    "winner_submit_days": (5, 1, 30),
    "print_days": (1, 1, 30),
    "office_check_workdays": (2, 1, 30),
    "contract_workdays": (10, 1, 30),
    "result_publish_workdays": (10, 1, 10),
    "earnest_cap_percent": (20, 1, 20),
    "objection_reply_workdays": (None, 1, 60),
    "default_ban_months": (0, 0, 120),
    "refund_due_workdays": (5, 1, 10),
}
_AMOUNTS = ("start_fen", "step_listing_fen", "step_timed_fen", "deposit_fen")
_INSTANTS = tuple(
    f"{name}_us"
    for name in ("apply_from", "apply_until", "deposit_until", "listing_from", "listing_until")
)
_WORDS: Mapping[str, tuple[str, ...]] = {
    "increment_mode": ("at_least", "multiple"),
    "timed_trigger": (
        *("quoted_ge_2", "quoted_last_hour_ge_2", "qualified_ge_2"),
        *("asked", "always", "never"),
    ),
    "timed_entry": ("quoted_only", "qualified_all"),
    "ask_silence": ("out", "in"),
    "countdown_rule": ("restart_from_bid", "extend_if_within"),
    "reserve_mode": ("none", "sealed"),
    "cap_mode": ("none", "lottery"),
    "winner_submit_unit": ("day", "workday"),
}
"""The first word is the default."""
_TRUTHS: Mapping[str, bool] = {
    "self_outbid": False,
    "single_session": True,
    "suspend_freezes_apply": False,
    "joint_allowed": True,
    "single_payment": True,
    "exclude_defaulter": True,
}
_PRICE_SCALE = 1_000_000


@dataclass(frozen=True, slots=True)
class Terms:
    """The parameters that decide a sale; the others are checked and then not needed."""

    start_fen: int
    step_listing_fen: int
    step_timed_fen: int
    price_scale_fen: int
    listing_from_us: int
    listing_until_us: int
    increment_mode: str
    timed_trigger: str
    timed_entry: str
    ask_silence: str
    countdown_rule: str
    reserve_mode: str
    cap_mode: str
    self_outbid: bool
    cap_fen: int | None
    freeze_minutes: int
    ask_seconds: int
    ask_min_willing: int
    prep_seconds: int
    countdown_first_seconds: int
    countdown_seconds: int
    extend_within_seconds: int
    day_cutoff_minutes: int | None
    day_resume_minutes: int
    max_duration_hours: int | None
    reserve_entry_from_minutes: int
    reserve_entry_until_minutes: int
    lottery_join_seconds: int
    resume_prep_seconds: int
    resume_notice_hours: int
    resume_direct_minutes: int | None
    unhealthy_autosuspend_s: int
    max_clock_offset_ms: int


def complete(profile: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter, the missing ones at their defaults. Raises Malformed for another shape."""
    known = {*_NUMBERS, *_AMOUNTS, *_INSTANTS, *_WORDS, *_TRUTHS}
    known |= {"price_scale_fen", "cap_fen", "warn_at_seconds", "assumed"}
    if strange := set(profile) - known:
        raise Malformed(f"a parameter that is not known: {min(strange)[:40]}")
    made: dict[str, Any] = {}
    for name in (*_AMOUNTS, *_INSTANTS):
        made[name] = _number(profile, name, ...)
    made["price_scale_fen"] = _number(profile, "price_scale_fen", _PRICE_SCALE)
    made["cap_fen"] = _number(profile, "cap_fen", None)
    for name, (default, _, _) in _NUMBERS.items():
        made[name] = _number(profile, name, default)
    for name, words in _WORDS.items():
        made[name] = profile.get(name, words[0])
        if made[name] not in words:
            raise Malformed(f"{name} is none of its words")
    for name, truth in _TRUTHS.items():
        made[name] = profile.get(name, truth)
        if not isinstance(made[name], bool):
            raise Malformed(f"{name} is neither true nor false")
    for name, usual, kind in (("warn_at_seconds", [60, 30, 10], int), ("assumed", [], str)):
        value = profile.get(name, usual)
        if not isinstance(value, list) or not all(type(one) is kind for one in value):
            raise Malformed(f"{name} is not what it must be")
        made[name] = value
    return made


def _number(profile: Mapping[str, Any], name: str, default: Any) -> int | None:
    value = profile.get(name, default)
    if value is ...:
        raise Malformed(f"a profile without {name}")
    nullable = default is None
    if (value is None and nullable) or type(value) is int:
        return value
    raise Malformed(f"{name} is not a whole number")


def read(profile: Mapping[str, Any]) -> Terms:
    """The deciding parameters. Raises Malformed."""
    made = complete(profile)
    return Terms(**{name: made[name] for name in Terms.__dataclass_fields__})


def problems(profile: Mapping[str, Any]) -> list[str]:
    """Why these rules could not have been published; each names the parameter."""
    p = complete(profile)
    return [name for sound, name in _demands(p) if not sound]


def _demands(p: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    scale = p["price_scale_fen"]
    for name in ("start_fen", "step_listing_fen", "step_timed_fen", "price_scale_fen"):
        yield p[name] > 0, name
    yield p["deposit_fen"] >= 0, "deposit_fen"
    if scale > 0:
        for name in ("start_fen", "step_listing_fen", "step_timed_fen", "cap_fen"):
            yield p[name] is None or p[name] % scale == 0, name
    for earlier, later in (
        ("apply_from_us", "apply_until_us"),
        ("apply_from_us", "deposit_until_us"),
        ("listing_from_us", "listing_until_us"),
        ("apply_until_us", "listing_until_us"),
        ("deposit_until_us", "listing_until_us"),
    ):
        yield p[earlier] < p[later], later
    for name, (_, low, high) in _NUMBERS.items():
        yield p[name] is None or low <= p[name] <= high, name
    minutes = (p["listing_until_us"] - p["listing_from_us"]) // MINUTE
    if minutes > 0:
        yield p["freeze_minutes"] == 0 or p["freeze_minutes"] < minutes, "freeze_minutes"
        if p["reserve_mode"] == "sealed":
            first, last = p["reserve_entry_from_minutes"], p["reserve_entry_until_minutes"]
            yield last < first <= minutes, "reserve_entry_from_minutes"
    yield (p["timed_trigger"] == "asked") == (p["ask_seconds"] > 0), "ask_seconds"
    yield all(0 < one <= 1800 for one in p["warn_at_seconds"]), "warn_at_seconds"
    cutoff = p["day_cutoff_minutes"]
    if cutoff is not None:
        longest = max(p["countdown_seconds"], p["countdown_first_seconds"])
        yield (cutoff - p["day_resume_minutes"]) * 60 > longest, "day_cutoff_minutes"
    yield from _cap_demands(p)
    names = {name.removesuffix("_us") if name in _INSTANTS else name for name in p}
    yield set(p["assumed"]) <= names, "assumed"


def _cap_demands(p: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    cap, start, step = p["cap_fen"], p["start_fen"], p["step_listing_fen"]
    yield (p["cap_mode"] == "lottery") == (cap is not None), "cap_fen"
    if cap is None:
        return
    yield cap > start, "cap_fen"
    if p["increment_mode"] == "multiple" and step == p["step_timed_fen"] and step > 0:
        yield (cap - start) % step == 0, "cap_fen"
