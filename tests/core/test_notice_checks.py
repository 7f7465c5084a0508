"""Plausibility of a notice: the checked table of the seed lot row by row, then each finding."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from auction.core.instants import from_us, to_us
from auction.core.notice import Comparator, Index, LotFacts, Notice, Parcel, Unit, Window, Windows
from auction.core.notice_checks import Finding, Level, check_notice, earnest_limit_fen, last_day
from auction.core.notice_codec import notice_from_dict
from auction.core.profile import DayUnit
from auction.core.workdays import BEIJING, CALENDAR_2024, beijing_date

SEED = Path(__file__).parents[2] / "auction/seed/notice_44.json"
WAN = 1_000_000


@pytest.fixture(scope="module")
def notice() -> Notice:
    return notice_from_dict(json.loads(SEED.read_text(encoding="utf-8")))


def findings(notice: Notice) -> dict[str, Finding]:
    return {finding.code: finding for finding in check_notice(notice, CALENDAR_2024)}


def with_windows(notice: Notice, change: Callable[[Windows], Windows]) -> dict[str, Finding]:
    return findings(replace(notice, windows=change(notice.windows)))


def with_lot(notice: Notice, change: Callable[[LotFacts], LotFacts]) -> dict[str, Finding]:
    return findings(replace(notice, lots=(change(notice.lots[0]),)))


def with_parcel(notice: Notice, change: Callable[[Parcel], Parcel]) -> dict[str, Finding]:
    return with_lot(notice, lambda lot: replace(lot, parcel=change(lot.parcel)))


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2024, month, day, hour, minute, tzinfo=BEIJING)


class TestTheSeedLot:
    def test_nothing_blocks_it_and_two_warnings_need_a_reason(self, notice: Notice) -> None:
        found = findings(notice).values()
        assert [f.code for f in found if f.level is Level.BLOCK] == []
        assert [f.code for f in found if f.level is Level.WARN] == [
            "APPLICATION_CANNOT_BE_FUNDED",
            "DEPOSIT_DEADLINE_DAY_OFF",
        ]

    def test_notice_period_is_exactly_20_days_with_zero_slack(self, notice: Notice) -> None:
        finding = findings(notice)["NOTICE_PERIOD_NO_SLACK"]
        assert (finding.level, finding.rule) == (Level.NOTE, "R-4")
        assert finding.data == {"actual_s": 20 * 86_400, "min_days": 20, "slack_s": 0}

    def test_listing_of_12_days_5_and_a_half_hours_is_long_enough(self, notice: Notice) -> None:
        listing = notice.windows.listing
        assert listing.end - listing.start == timedelta(days=12, hours=5, minutes=30)
        assert not {code for code in findings(notice) if code.startswith("LISTING_PERIOD")}

    def test_deposit_is_half_the_start_price_rounded_up(self, notice: Notice) -> None:
        finding = findings(notice)["DEPOSIT_HALF_ROUNDED_UP"]
        assert (finding.level, finding.rule) == (Level.NOTE, "R-45")
        assert finding.data["ratio_bp"] == 5003

    def test_only_309_8_wan_of_the_deposit_can_be_earnest_money(self, notice: Notice) -> None:
        finding = findings(notice)["EARNEST_CAP"]
        assert (finding.level, finding.rule) == (Level.NOTE, "R-46")
        assert finding.data["earnest_fen"] == 309_800_000
        assert finding.data["advance_fen"] == 465_200_000

    def test_deposit_deadline_is_a_saturday(self, notice: Notice) -> None:
        finding = findings(notice)["DEPOSIT_DEADLINE_DAY_OFF"]
        assert finding.data == {"day": "2024-11-09", "weekday": 6}

    def test_an_application_filed_after_16_00_can_never_be_funded(self, notice: Notice) -> None:
        data = findings(notice)["APPLICATION_CANNOT_BE_FUNDED"].data
        assert from_us(int(data["start_us"])) == at(11, 9, 16)
        assert from_us(int(data["end_us"])) == at(11, 9, 17)

    def test_listing_ends_at_the_instant_at_which_the_round_starts(self, notice: Notice) -> None:
        finding = findings(notice)["LIVE_ROUND_AT_LISTING_END"]
        assert (finding.level, finding.data) == (
            Level.NOTE,
            {"at_us": to_us(at(11, 11, 14, 30))},
        )

    def test_unit_figures(self, notice: Notice) -> None:
        data = findings(notice)["UNIT_FIGURES"].data
        assert data["per_m2_fen"] == 449_28
        assert int(data["per_mu_fen"]) // 10_000 == 2995
        assert (data["milli_mu"], data["step_bp"]) == (51_716, 646)

    def test_what_the_notice_leaves_to_the_profile(self, notice: Notice) -> None:
        found = check_notice(notice, CALENDAR_2024)
        assert [f.data["field"] for f in found if f.code == "NOT_IN_NOTICE"] == [
            "countdown_seconds",
            "timed_entry",
            "increment_mode",
        ]

    def test_five_days_for_papers_end_on_a_saturday(self, notice: Notice) -> None:
        finding = findings(notice)["PAPERS_DUE_DAY_OFF"]
        assert (finding.level, finding.data["day"]) == (Level.NOTE, "2024-11-16")

    def test_an_exact_green_ratio_is_asked_about(self, notice: Notice) -> None:
        assert findings(notice)["GREEN_RATIO_EXACT"].level is Level.NOTE


class TestTimes:
    def test_a_second_less_than_20_days_blocks(self, notice: Notice) -> None:
        found = with_windows(
            notice,
            lambda w: replace(
                w, notice=Window(w.notice.start + timedelta(seconds=1), w.notice.end)
            ),
        )
        finding = found["NOTICE_PERIOD_SHORT"]
        assert (finding.level, finding.data["slack_s"]) == (Level.BLOCK, -1)
        assert found["APPLICATION_BEFORE_NOTICE"].level is Level.BLOCK

    def test_a_day_of_slack_needs_no_note(self, notice: Notice) -> None:
        earlier = timedelta(days=1)
        found = with_windows(
            notice, lambda w: replace(w, notice=Window(w.notice.start - earlier, w.notice.end))
        )
        assert not {code for code in found if code.startswith("NOTICE_PERIOD")}

    def test_a_listing_of_less_than_10_days_blocks(self, notice: Notice) -> None:
        found = with_windows(
            notice, lambda w: replace(w, listing=Window(at(11, 1, 14, 31), w.listing.end))
        )
        assert found["LISTING_PERIOD_SHORT"].level is Level.BLOCK

    @pytest.mark.parametrize("name", ["notice", "application", "listing"])
    def test_a_window_that_ends_before_it_starts_blocks(self, notice: Notice, name: str) -> None:
        window: Window = getattr(notice.windows, name)
        turned = replace(notice.windows, **{name: Window(window.end, window.start)})
        found = findings(replace(notice, windows=turned))
        assert found[f"{name.upper()}_WINDOW_EMPTY"].level is Level.BLOCK

    def test_the_deposit_must_be_due_before_the_listing_closes(self, notice: Notice) -> None:
        end = notice.windows.listing.end
        found = with_windows(notice, lambda w: replace(w, deposit_deadline=end))
        assert found["DEPOSIT_NOT_BEFORE_LISTING_END"].level is Level.BLOCK
        found = with_windows(
            notice, lambda w: replace(w, deposit_deadline=end - timedelta(seconds=1))
        )
        assert "DEPOSIT_NOT_BEFORE_LISTING_END" not in found

    def test_a_deposit_due_after_the_applications_close_funds_everyone(
        self, notice: Notice
    ) -> None:
        found = with_windows(notice, lambda w: replace(w, deposit_deadline=w.application.end))
        assert "APPLICATION_CANNOT_BE_FUNDED" not in found

    def test_a_deposit_due_before_anyone_may_apply_blocks(self, notice: Notice) -> None:
        found = with_windows(notice, lambda w: replace(w, deposit_deadline=w.application.start))
        assert found["DEPOSIT_BEFORE_APPLICATION"].level is Level.BLOCK

    def test_applications_may_not_outlast_the_listing(self, notice: Notice) -> None:
        found = with_windows(
            notice,
            lambda w: replace(
                w, application=Window(w.application.start, w.listing.end + timedelta(seconds=1))
            ),
        )
        assert found["APPLICATION_AFTER_LISTING"].level is Level.BLOCK

    def test_a_notice_period_that_runs_into_the_listing_needs_a_reason(
        self, notice: Notice
    ) -> None:
        found = with_windows(
            notice, lambda w: replace(w, notice=Window(w.notice.start, at(10, 31, 17)))
        )
        assert found["NOTICE_OVERLAPS_LISTING"].level is Level.WARN

    def test_the_round_may_not_start_while_the_listing_runs(self, notice: Notice) -> None:
        found = with_windows(notice, lambda w: replace(w, live_round_start=at(11, 11, 14, 29)))
        assert found["LIVE_ROUND_BEFORE_LISTING_END"].level is Level.BLOCK
        found = with_windows(notice, lambda w: replace(w, live_round_start=at(11, 11, 15)))
        assert not {code for code in found if code.startswith("LIVE_ROUND")}


class TestWorkingDays:
    @pytest.mark.parametrize(
        ("day", "working"),
        [
            (date(2024, 9, 29), True),  # a Sunday on
            (date(2024, 10, 1), False),
            (date(2024, 10, 7), False),
            (date(2024, 10, 8), True),
            (date(2024, 10, 12), True),  # a Saturday on
            (date(2024, 10, 13), False),
            (date(2024, 11, 8), True),
            (date(2024, 11, 9), False),
        ],
    )
    def test_the_table_of_2024(self, day: date, working: bool) -> None:
        assert CALENDAR_2024.is_working(day) is working

    def test_beijing_is_eight_hours_ahead(self) -> None:
        assert beijing_date(from_us(to_us(at(11, 9, 0)))) == date(2024, 11, 9)
        assert beijing_date(at(11, 9, 0) - timedelta(microseconds=1)) == date(2024, 11, 8)

    def test_a_year_without_a_table_is_marked_as_a_guess(self, notice: Notice) -> None:
        found = with_windows(
            notice,
            lambda w: replace(w, deposit_deadline=datetime(2025, 3, 3, 16, tzinfo=BEIJING)),
        )
        assert found["CALENDAR_NOT_OFFICIAL"].level is Level.NOTE

    def test_a_period_in_working_days_skips_the_holidays(self) -> None:
        eve = date(2024, 9, 30)
        assert last_day(eve, 5, DayUnit.WORKDAY, CALENDAR_2024) == date(2024, 10, 12)
        assert last_day(eve, 5, DayUnit.DAY, CALENDAR_2024) == date(2024, 10, 5)


class TestAmounts:
    @pytest.mark.parametrize(
        ("deposit_wan", "code"),
        [
            (309, "DEPOSIT_RATIO_OUT_OF_BAND"),
            (310, None),
            (774, None),
            (775, "DEPOSIT_HALF_ROUNDED_UP"),
            (776, "DEPOSIT_RATIO_HIGH"),
            (1549, "DEPOSIT_RATIO_HIGH"),
            (1550, "DEPOSIT_RATIO_OUT_OF_BAND"),
        ],
    )
    def test_the_band_of_the_deposit(
        self, notice: Notice, deposit_wan: int, code: str | None
    ) -> None:
        found = with_lot(notice, lambda lot: replace(lot, deposit_fen=deposit_wan * WAN))
        seen = [c for c in found if c.startswith(("DEPOSIT_RATIO", "DEPOSIT_HALF"))]
        assert seen == ([code] if code else [])

    def test_a_deposit_within_20_percent_is_all_earnest_money(self, notice: Notice) -> None:
        found = with_lot(
            notice, lambda lot: replace(lot, deposit_fen=earnest_limit_fen(lot.start_fen))
        )
        assert "EARNEST_CAP" not in found
        assert "DEPOSIT_RATIO_OUT_OF_BAND" not in found

    @pytest.mark.parametrize("name", ["deposit_fen", "start_fen", "step_fen"])
    @pytest.mark.parametrize("value", [0, -1, 10**15])
    def test_an_impossible_amount_blocks(self, notice: Notice, name: str, value: int) -> None:
        found = with_lot(notice, lambda lot: replace(lot, **{name: value}))
        finding = found["AMOUNT_NOT_PLAUSIBLE"]
        assert finding.level is Level.BLOCK
        assert (finding.data["field"], finding.data["value"]) == (name, value)

    def test_land_without_area_blocks(self, notice: Notice) -> None:
        found = with_parcel(notice, lambda parcel: replace(parcel, area_mm2=0))
        assert found["AMOUNT_NOT_PLAUSIBLE"].data["field"] == "area_mm2"

    def test_a_slip_of_a_digit_in_the_start_price_shows_in_two_ratios(self, notice: Notice) -> None:
        found = with_lot(notice, lambda lot: replace(lot, start_fen=15_490 * WAN))
        assert found["DEPOSIT_RATIO_OUT_OF_BAND"].data["ratio_bp"] == 500
        found = with_lot(notice, lambda lot: replace(lot, step_fen=1_000 * WAN))
        assert found["STEP_UNUSUAL"].data["ratio_bp"] == 6456


class TestIndices:
    def test_an_index_in_the_wrong_unit_blocks(self, notice: Notice) -> None:
        wrong = Index(Comparator.AT_LEAST, "1.1", unit=Unit.PERCENT)
        found = with_parcel(notice, lambda parcel: replace(parcel, far=wrong))
        assert found["INDEX_UNIT"].data["field"] == "far"

    def test_a_share_above_100_percent_blocks(self, notice: Notice) -> None:
        wrong = Index(Comparator.RANGE, "20", "200", Unit.PERCENT)
        found = with_parcel(notice, lambda parcel: replace(parcel, green_ratio=wrong))
        assert found["INDEX_OVER_100"].level is Level.BLOCK
        assert "GREEN_RATIO_EXACT" not in found

    def test_land_without_a_stated_intensity_passes(self, notice: Notice) -> None:
        found = with_parcel(notice, lambda parcel: replace(parcel, investment_intensity=None))
        assert not {code for code in found if code.startswith("INDEX")}
