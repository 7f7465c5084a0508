"""Plausibility of a notice before it is signed: findings with codes and figures, no wording.

Three levels: `block` forbids publication, `warn` needs an officer's reason, `note` informs.
Figures in `data`: `*_fen`, `*_mm2`, `*_bp` (basis points), `*_us` (microseconds since 1970),
`*_s` (seconds), `day` (ISO date in Beijing), `lot` (lot code).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from auction.core import money
from auction.core.instants import to_us
from auction.core.notice import Comparator, Index, LotFacts, Notice, Unit, Windows
from auction.core.profile import DayUnit
from auction.core.reasons import Facts
from auction.core.workdays import ONE_DAY, WorkCalendar, beijing_date

NOTICE_MIN: Final = timedelta(days=20)
SUPPLEMENT_MIN: Final = timedelta(days=20)
LISTING_MIN: Final = timedelta(days=10)
DEPOSIT_MIN_BP: Final = 2_000
DEPOSIT_WARN_BP: Final = 5_000
DEPOSIT_MAX_BP: Final = 10_000
EARNEST_CAP_BP: Final = 2_000
STEP_USUAL_BP: Final = (50, 2_000)
"""Outside half a percent to a fifth of the start price a step is more likely a slip."""

NOT_STATED: Final = ("countdown_seconds", "timed_entry", "increment_mode")
"""Mandatory for bidders, yet without a place in a notice: the profile must supply them."""


class Level(StrEnum):
    """What a finding means for publication."""

    BLOCK = "block"
    WARN = "warn"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One result: `code` is stable and worded by presenting/, `rule` is the number in docs."""

    level: Level
    code: str
    rule: str
    data: Facts


def check_notice(notice: Notice, calendar: WorkCalendar) -> tuple[Finding, ...]:
    """All findings, blocks first, then warnings, then notes; inside a level in notice order."""
    found = [*check_windows(notice.windows), *check_deposit_time(notice.windows, calendar)]
    found += check_papers_day(notice, calendar)
    for lot in notice.lots:
        found += (*check_amounts(lot), *check_indices(lot))
    found += check_not_stated()
    order = list(Level)
    return tuple(sorted(found, key=lambda finding: order.index(finding.level)))


def check_windows(windows: Windows) -> Iterator[Finding]:
    """Order and legal minimum of the times (R-4, R-5)."""
    notice, application, listing = windows.notice, windows.application, windows.listing
    for code, earlier, later in (
        ("NOTICE_WINDOW_EMPTY", notice.start, notice.end),
        ("APPLICATION_WINDOW_EMPTY", application.start, application.end),
        ("LISTING_WINDOW_EMPTY", listing.start, listing.end),
    ):
        if earlier >= later:
            yield _times(Level.BLOCK, code, "R-6", start=earlier, end=later)
    if application.start < notice.start:
        yield _times(
            Level.BLOCK,
            "APPLICATION_BEFORE_NOTICE",
            "R-6",
            application=application.start,
            notice=notice.start,
        )
    if application.end > listing.end:
        yield _times(
            Level.BLOCK,
            "APPLICATION_AFTER_LISTING",
            "R-8",
            application=application.end,
            listing=listing.end,
        )
    if notice.end > listing.start:
        yield _times(
            Level.WARN, "NOTICE_OVERLAPS_LISTING", "R-4", notice=notice.end, listing=listing.start
        )
    yield from _minimum("NOTICE_PERIOD", "R-4", listing.start - notice.start, NOTICE_MIN)
    yield from _minimum("LISTING_PERIOD", "R-5", listing.end - listing.start, LISTING_MIN)
    if windows.live_round_start < listing.end:
        yield _times(
            Level.BLOCK,
            "LIVE_ROUND_BEFORE_LISTING_END",
            "R-6",
            live_round=windows.live_round_start,
            listing=listing.end,
        )
    elif windows.live_round_start == listing.end:
        yield _times(Level.NOTE, "LIVE_ROUND_AT_LISTING_END", "T-1", at=listing.end)


def _minimum(name: str, rule: str, actual: timedelta, minimum: timedelta) -> Iterator[Finding]:
    slack = (actual - minimum) // timedelta(seconds=1)
    data = {"actual_s": actual // timedelta(seconds=1), "min_days": minimum.days, "slack_s": slack}
    if slack < 0:
        yield Finding(Level.BLOCK, f"{name}_SHORT", rule, data)
    elif slack < ONE_DAY.total_seconds():
        # With less than a day in hand any outage or supplement moves the listing.
        yield Finding(Level.NOTE, f"{name}_NO_SLACK", rule, data)


def check_deposit_time(windows: Windows, calendar: WorkCalendar) -> Iterator[Finding]:
    """The deposit deadline against the listing, the application and the calendar (R-44)."""
    deadline = windows.deposit_deadline
    if deadline >= windows.listing.end:
        yield _times(
            Level.BLOCK,
            "DEPOSIT_NOT_BEFORE_LISTING_END",
            "R-44",
            deposit=deadline,
            listing=windows.listing.end,
        )
    if deadline <= windows.application.start:
        yield _times(
            Level.BLOCK,
            "DEPOSIT_BEFORE_APPLICATION",
            "R-44",
            deposit=deadline,
            application=windows.application.start,
        )
    elif windows.application.end > deadline:
        yield _times(
            Level.WARN,
            "APPLICATION_CANNOT_BE_FUNDED",
            "R-44",
            start=deadline,
            end=windows.application.end,
        )
    yield from _day_off("DEPOSIT_DEADLINE_DAY_OFF", "R-43", beijing_date(deadline), calendar)


def check_papers_day(notice: Notice, calendar: WorkCalendar) -> Iterator[Finding]:
    """Last day for the winner's papers if the sale ends on its first day (R-101)."""
    terms = notice.terms
    end = beijing_date(notice.windows.live_round_start)
    last = last_day(end, terms.winner_submit_days, terms.winner_submit_unit, calendar)
    for finding in _day_off("PAPERS_DUE_DAY_OFF", "R-101", last, calendar):
        yield Finding(Level.NOTE, finding.code, finding.rule, finding.data)


def last_day(end: date, days: int, unit: DayUnit, calendar: WorkCalendar) -> date:
    """The last day of a period counted from the day after `end`."""
    if unit is DayUnit.DAY:
        return end + timedelta(days=days)
    while days:
        end += ONE_DAY
        days -= calendar.is_working(end)
    return end


def _day_off(code: str, rule: str, day: date, calendar: WorkCalendar) -> Iterator[Finding]:
    data: dict[str, int | str] = {"day": day.isoformat(), "weekday": day.isoweekday()}
    if not calendar.is_working(day):
        yield Finding(Level.WARN, code, rule, data)
    if not calendar.is_official(day):
        yield Finding(Level.NOTE, "CALENDAR_NOT_OFFICIAL", "R-15", data)


def check_amounts(lot: LotFacts) -> Iterator[Finding]:
    """Deposit ratio, earnest money, step and unit prices (R-6, R-45, R-46)."""
    amounts = {
        "area_mm2": lot.parcel.area_mm2,
        "deposit_fen": lot.deposit_fen,
        "start_fen": lot.start_fen,
        "step_fen": lot.step_fen,
    }
    wrong = [name for name, value in amounts.items() if value <= 0]
    wrong += [
        name for name, value in amounts.items() if name.endswith("_fen") and value > money.MAX_FEN
    ]
    for name in wrong:
        yield _of(lot, Level.BLOCK, "AMOUNT_NOT_PLAUSIBLE", "R-6", field=name, value=amounts[name])
    if wrong:
        return
    yield from _deposit(lot)
    step_bp = money.ratio_bp(lot.step_fen, lot.start_fen)
    if not STEP_USUAL_BP[0] <= step_bp <= STEP_USUAL_BP[1]:
        yield _of(lot, Level.WARN, "STEP_UNUSUAL", "R-6", ratio_bp=step_bp, step_fen=lot.step_fen)
    yield _of(
        lot,
        Level.NOTE,
        "UNIT_FIGURES",
        "R-6",
        start_fen=lot.start_fen,
        per_m2_fen=money.per_m2_fen(lot.start_fen, lot.parcel.area_mm2),
        per_mu_fen=money.per_mu_fen(lot.start_fen, lot.parcel.area_mm2),
        milli_mu=money.milli_mu(lot.parcel.area_mm2),
        step_bp=step_bp,
    )


def _deposit(lot: LotFacts) -> Iterator[Finding]:
    ratio_bp = money.ratio_bp(lot.deposit_fen, lot.start_fen)
    data = {"ratio_bp": ratio_bp, "deposit_fen": lot.deposit_fen, "start_fen": lot.start_fen}
    # Compared as products: a rounded percentage could hide a fen on the wrong side.
    share = lot.deposit_fen * 10_000
    half_in_whole_wan = -(-lot.start_fen // (2 * money.FEN_PER_WAN)) * money.FEN_PER_WAN
    if not lot.start_fen * DEPOSIT_MIN_BP <= share <= lot.start_fen * DEPOSIT_MAX_BP:
        yield _of(lot, Level.WARN, "DEPOSIT_RATIO_OUT_OF_BAND", "R-45", **data)
    elif share > lot.start_fen * DEPOSIT_WARN_BP:
        if lot.deposit_fen == half_in_whole_wan:
            yield _of(lot, Level.NOTE, "DEPOSIT_HALF_ROUNDED_UP", "R-45", **data)
        else:
            yield _of(lot, Level.WARN, "DEPOSIT_RATIO_HIGH", "R-45", **data)
    earnest_fen = earnest_limit_fen(lot.start_fen)
    if lot.deposit_fen > earnest_fen:
        yield _of(
            lot,
            Level.NOTE,
            "EARNEST_CAP",
            "R-46",
            earnest_fen=earnest_fen,
            advance_fen=lot.deposit_fen - earnest_fen,
            price_fen=lot.start_fen,
        )


def earnest_limit_fen(price_fen: int) -> int:
    """The part of a deposit that can be 定金: 20 % of the price (Civil Code 586, R-46)."""
    return price_fen * EARNEST_CAP_BP // 10_000


def check_indices(lot: LotFacts) -> Iterator[Finding]:
    """Planning indices in their units and possible; an exact green ratio is asked about."""
    parcel = lot.parcel
    for name, index, unit in (
        ("far", parcel.far, Unit.NONE),
        ("building_coefficient", parcel.building_coefficient, Unit.PERCENT),
        ("green_ratio", parcel.green_ratio, Unit.PERCENT),
        ("height", parcel.height, Unit.METRE),
        ("investment_intensity", parcel.investment_intensity, Unit.WAN_PER_MU),
    ):
        if index is None:
            continue
        if index.unit is not unit:
            yield _of(lot, Level.BLOCK, "INDEX_UNIT", "R-6", field=name, unit=index.unit)
        elif unit is Unit.PERCENT and _highest(index) > 100:
            yield _of(lot, Level.BLOCK, "INDEX_OVER_100", "R-6", field=name, value=index.value)
    if parcel.green_ratio.op is Comparator.EQUAL:
        yield _of(lot, Level.NOTE, "GREEN_RATIO_EXACT", "R-6", value=parcel.green_ratio.value)


def _highest(index: Index) -> Decimal:
    return Decimal(index.upper or index.value)


def check_not_stated() -> Iterator[Finding]:
    """What the profile must supply and the page must show as its value, not the notice's."""
    for field in NOT_STATED:
        yield Finding(Level.NOTE, "NOT_IN_NOTICE", "R-12", {"field": field})


def _of(lot: LotFacts, level: Level, code: str, rule: str, **data: int | str) -> Finding:
    return Finding(level, code, rule, {"lot": lot.code, **data})


def _times(level: Level, code: str, rule: str, **instants: datetime) -> Finding:
    return Finding(level, code, rule, {f"{name}_us": to_us(at) for name, at in instants.items()})


def listing_start_after_supplement(published: datetime, planned: datetime) -> datetime:
    """When the listing may start after a substantive supplement to the notice (R-14).

    The planned start stands if twenty days remain between the supplement and it; otherwise it
    moves back so far that they do.
    """
    return max(planned, published + SUPPLEMENT_MIN)
