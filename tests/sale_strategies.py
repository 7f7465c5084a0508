"""Profiles and openings for generated sales: every parameter of the rules that the engine reads."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

from factories import LISTING_FROM, wan
from hypothesis import strategies as st

from auction.core import commands as c
from auction.core import lottery
from auction.core.parameters import (
    AskSilence,
    CapMode,
    CountdownRule,
    IncrementMode,
    ReserveMode,
    TimedEntry,
    TimedTrigger,
)

PLATES = ("1001", "1002", "1003")
SEED = "5e" * 32
NONCES = {plate: sha256(plate.encode()).hexdigest() for plate in PLATES}
SALT = "salt"
CLOSE = timedelta(minutes=10)
"""How long the generated listings last."""


def _told(trigger: TimedTrigger, cap_wan: int | None, terms: dict[str, Any]) -> dict[str, Any]:
    capped = cap_wan is not None
    return terms | {
        "timed_trigger": trigger,
        "ask_seconds": 60 if trigger is TimedTrigger.ASKED else 0,
        "cap_mode": CapMode.LOTTERY if capped else CapMode.NONE,
        "cap_fen": wan(cap_wan) if cap_wan is not None else None,
        "lottery_commitment": lottery.commitment(SEED) if capped else None,
    }


TERMS = st.builds(
    _told,
    st.sampled_from(TimedTrigger),
    st.sampled_from([None, None, 1949, 2149]),
    st.fixed_dictionaries(
        {
            "increment_mode": st.sampled_from(IncrementMode),
            "timed_entry": st.sampled_from(TimedEntry),
            "self_outbid": st.booleans(),
            "step_timed_fen": st.sampled_from([wan(100), wan(50)]),
            "freeze_minutes": st.sampled_from([0, 1]),
            "ask_silence": st.sampled_from(AskSilence),
            "ask_min_willing": st.integers(1, 2),
            "prep_seconds": st.sampled_from([0, 60]),
            "countdown_first_seconds": st.sampled_from([300, 1800]),
            "countdown_rule": st.sampled_from(CountdownRule),
            "extend_within_seconds": st.sampled_from([60, 300]),
            # The listing ends at 9:10 in Beijing, and a round may run over 9:20.
            "day_cutoff_minutes": st.sampled_from([None, None, 9 * 60 + 20]),
            "day_resume_minutes": st.just(8 * 60),
            "max_duration_hours": st.sampled_from([None, 1]),
            "reserve_mode": st.sampled_from(ReserveMode),
            "reserve_entry_from_minutes": st.just(10),
            "resume_prep_seconds": st.sampled_from([15, 900]),
            "resume_notice_hours": st.sampled_from([0, 1]),
            "resume_direct_minutes": st.sampled_from([None, 0]),
            "apply_until": st.just(LISTING_FROM + timedelta(minutes=5)),
            "deposit_until": st.just(LISTING_FROM + timedelta(minutes=5)),
            "listing_until": st.just(LISTING_FROM + CLOSE),
        }
    ),
)


def opening_of(entries: Any) -> c.LotteryOpening:
    """What an honest centre opens for those who joined."""
    return c.LotteryOpening(SEED, tuple((plate, NONCES[plate]) for plate in sorted(entries)))
