"""What a notice in the office is, apart from its pages."""

from dataclasses import replace
from datetime import timedelta

import pytest

from auction.core.notice_checks import Level
from auction.core.terms import Unstated
from auction.services.notice_content import Content, finding_key, review
from auction.services.seed import notice_44
from auction.store.sales import SaleKind

NOTICE = notice_44()


def content(notice=NOTICE, **unstated):
    return Content(notice, Unstated(**unstated))


def codes(found, level):
    return [finding.code for finding in found if finding.level is level]


def test_the_seed_notice_has_nothing_that_forbids_its_publication():
    assert codes(review(content(), SaleKind.REAL), Level.BLOCK) == []


def test_the_saturday_deadline_and_the_hour_that_cannot_be_funded_need_a_reason():
    assert set(codes(review(content(), SaleKind.REAL), Level.WARN)) == {
        "DEPOSIT_DEADLINE_DAY_OFF",
        "APPLICATION_CANNOT_BE_FUNDED",
    }


def test_a_gap_before_the_live_round_becomes_its_preparation():
    windows = NOTICE.windows
    later = replace(windows, live_round_start=windows.listing.end + timedelta(minutes=15))
    made = content(replace(NOTICE, windows=later))
    assert made.profile(NOTICE.lots[0]).prep_seconds == 900


def test_a_gap_of_more_than_an_hour_is_blocked():
    windows = NOTICE.windows
    later = replace(windows, live_round_start=windows.listing.end + timedelta(hours=2))
    found = review(content(replace(NOTICE, windows=later)), SaleKind.REAL)
    assert [f.data["field"] for f in found if f.level is Level.BLOCK] == ["prep_seconds"]


@pytest.mark.parametrize(("kind", "blocked"), [(SaleKind.REAL, True), (SaleKind.REHEARSAL, False)])
def test_legal_minimum_periods_bind_sales_and_only_warn_in_rehearsals(kind, blocked):
    windows = NOTICE.windows
    late = replace(windows, notice=replace(windows.notice, start=windows.application.start))
    late = replace(late, notice=replace(late.notice, start=late.notice.start + timedelta(hours=1)))
    late = replace(late, application=replace(late.application, start=late.notice.start))
    found = review(content(replace(NOTICE, windows=late)), kind)
    assert ("NOTICE_PERIOD_SHORT" in codes(found, Level.BLOCK)) is blocked
    assert ("NOTICE_PERIOD_SHORT" in codes(found, Level.WARN)) is not blocked


@pytest.mark.parametrize(("kind", "blocked"), [(SaleKind.REAL, True), (SaleKind.REHEARSAL, False)])
def test_a_countdown_under_a_minute_is_for_rehearsals(kind, blocked):
    found = review(content(countdown_seconds=30), kind)
    assert bool(codes(found, Level.BLOCK)) is blocked


def test_an_amount_off_the_price_unit_is_blocked():
    odd = replace(NOTICE.lots[0], step_fen=100_500_000)
    found = review(content(replace(NOTICE, lots=(odd,))), SaleKind.REAL)
    assert "PROFILE_OFF_SCALE" in codes(found, Level.BLOCK)


def test_reasons_are_kept_for_each_lot_apart():
    second = replace(NOTICE.lots[0].parcel, code="2024JC-5")
    lots = tuple(
        replace(lot, step_fen=900_000_000)
        for lot in (NOTICE.lots[0], replace(NOTICE.lots[0], parcel=second))
    )
    found = review(content(replace(NOTICE, lots=lots)), SaleKind.REAL)
    keys = [finding_key(f) for f in found if f.code == "STEP_UNUSUAL"]
    assert keys == ["STEP_UNUSUAL:2024JC-4", "STEP_UNUSUAL:2024JC-5"]
