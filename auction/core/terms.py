"""From a notice to the rule profile of one of its lots, so that the two cannot contradict."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from auction.core.notice import LotFacts, Notice, Window, Windows
from auction.core.profile import IncrementMode, RuleProfile, TimedEntry
from auction.core.workdays import beijing_date

RESUME_DIRECT_MINUTES = 60
"""A sale repaired within an hour may go on at once (R-86); notices do not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unstated:
    """What a notice may leave open and a profile must say; shown to people as assumptions."""

    increment_mode: IncrementMode = IncrementMode.AT_LEAST
    timed_entry: TimedEntry = TimedEntry.QUOTED_ONLY
    countdown_first_seconds: int = 300
    countdown_seconds: int = 300


def profile_of(notice: Notice, lot: LotFacts, unstated: Unstated) -> RuleProfile:
    """The profile under which `lot` is sold: the notice's facts, and what it leaves open."""
    windows, terms = notice.windows, notice.terms
    return RuleProfile(
        start_fen=lot.start_fen,
        step_listing_fen=lot.step_fen,
        step_timed_fen=lot.step_fen,
        deposit_fen=lot.deposit_fen,
        apply_from=windows.application.start,
        apply_until=windows.application.end,
        deposit_until=windows.deposit_deadline,
        listing_from=windows.listing.start,
        listing_until=windows.listing.end,
        increment_mode=unstated.increment_mode,
        timed_trigger=terms.timed_trigger,
        timed_entry=unstated.timed_entry,
        countdown_first_seconds=unstated.countdown_first_seconds,
        countdown_seconds=unstated.countdown_seconds,
        resume_direct_minutes=RESUME_DIRECT_MINUTES,
        joint_allowed=notice.eligibility.joint_allowed,
        single_payment=terms.single_payment,
        winner_submit_days=terms.winner_submit_days,
        winner_submit_unit=terms.winner_submit_unit,
        assumed=(
            "increment_mode",
            "timed_entry",
            "countdown_first_seconds",
            "countdown_seconds",
            "resume_direct_minutes",
        ),
    )


def retimed(notice: Notice, start: datetime, listing: timedelta, number: str) -> Notice:
    """The same notice with a timetable compressed to begin at `start`: for practice lots.

    The listing opens at once and lasts `listing`; applications and deposits are taken until a
    tenth of it (two minutes at most) is left.
    """
    end = start + listing
    entry = end - min(listing / 10, timedelta(minutes=2))
    windows = Windows(
        notice=Window(start, end),
        application=Window(start, entry),
        deposit_deadline=entry,
        listing=Window(start, end),
        live_round_start=end,
    )
    signed_on: date = beijing_date(start)
    return replace(notice, number=number, windows=windows, signed_on=signed_on)
