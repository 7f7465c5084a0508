"""From a statement to a qualified bidder, and back to the payers after the end."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from bidders import Bidder, demo_house, publish_44
from factories import LISTING_UNTIL, PUBLISHED, beijing, wan
from sqlalchemy import func, select

from auction.bank.statement import StatementUnreadable
from auction.core import commands as c
from auction.core.events import Admission
from auction.core.workdays import BEIJING
from auction.services import deposits, lots, practice, refunds
from auction.services.deposits import CreditConflict
from auction.services.house import House
from auction.store.base import db
from auction.store.logs import LogEntry
from auction.store.sales import Lot
from auction.store.seats import BankFile, BankImport, Credit, CreditVerdict, Message, Seat
from auction.trading.time import DrivenClock
from auction.trading.work import Work

IN_TIME = "2024-11-08T15:58:12+08:00"


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(PUBLISHED)


@pytest.fixture
def house(tmp_path: Path, clock: DrivenClock) -> Iterator[House]:
    with demo_house(tmp_path, clock) as found:
        yield found


@pytest.fixture
def lot(house: House) -> Lot:
    return publish_44(house)


@pytest.fixture
def bidder(house: House) -> Bidder:
    return Bidder.enrolled(house, "bidder-a")


@pytest.fixture
def seat(bidder: Bidder, lot: Lot) -> Seat:
    return bidder.apply(lot)


def row(seat: Seat, bidder: Bidder, reference: str = "F1", **changes: str) -> dict[str, str]:
    return {
        "reference": reference,
        "account": seat.account_number,
        "amount": "7,750,000.00",
        "credited_at": IN_TIME,
        "payer_name": bidder.person.name,
        "payer_account": bidder.person.account_number,
        "account_kind": "basic",
        **changes,
    }


def file(*rows: dict[str, str]) -> bytes:
    return json.dumps({"credits": rows}).encode()


def bring(house: House, *rows: dict[str, str]) -> deposits.ImportResult:
    return deposits.import_statement(house, "finance", file(*rows), "bank.json")


def verdicts(seat: Seat) -> list[str]:
    db.session.rollback()  # a new look at the database
    return [credit.verdict for credit in deposits.credits_of(seat)]


def messages(seat: Seat) -> list[Message]:
    query = select(Message).where(Message.pseudonym == seat.pseudonym).order_by(Message.at)
    return list(db.session.scalars(query))


def count(table: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


# --- qualifying -----------------------------------------------------------------------------


def test_the_exact_credit_qualifies_with_a_random_certificate_number(
    house: House, lot: Lot, seat: Seat, bidder: Bidder
) -> None:
    result = bring(house, row(seat, bidder))
    assert (result.new, result.qualified, result.exceptions) == (1, 1, ())
    assert seat.qualified_at == house.now()
    assert seat.certificate_number is not None
    assert len(seat.certificate_number) == 16
    assert [m.code for m in messages(seat)] == ["DEPOSIT_OK"]
    with house.engine.connect() as conn:
        assert [a.plate for a in lots.qualified_roll(conn, lot.id)] == [seat.plate]


def test_the_sealed_log_learns_of_it_and_the_public_log_does_not(
    house: House, lot: Lot, seat: Seat, bidder: Bidder
) -> None:
    before = db.session.scalar(select(func.count()).where(LogEntry.log_id == lot.log_id))
    bring(house, row(seat, bidder))
    after = db.session.scalar(select(func.count()).where(LogEntry.log_id == lot.log_id))
    assert before == after
    kinds = db.session.scalars(select(LogEntry.type).where(LogEntry.log_id == lot.sealed_log_id))
    assert list(kinds) == ["application_filed", "qualified"]


def test_no_table_of_money_names_the_payer(house: House, seat: Seat, bidder: Bidder) -> None:
    bring(house, row(seat, bidder))
    credit = db.session.scalars(select(Credit)).one()
    kept = db.session.scalars(select(BankFile)).one()
    for secret in (bidder.person.name, bidder.person.account_number):
        assert secret.encode() not in credit.sealed + kept.sealed
        assert secret not in json.dumps(credit.facts, ensure_ascii=False)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"credited_at": "2024-11-09T16:00:00+08:00"}, CreditVerdict.QUALIFIES),
        ({"credited_at": "2024-11-09T16:00:01+08:00"}, CreditVerdict.LATE),
        ({"credited_at": "2024-11-08"}, CreditVerdict.NO_TIME),
        ({"amount": "7749950.00"}, CreditVerdict.SHORT),
        ({"payer_name": "西宁演练乙建设有限公司"}, CreditVerdict.PAYER),
        ({"account_kind": "general"}, CreditVerdict.NOT_BASIC),
        ({"currency": "HKD"}, CreditVerdict.CURRENCY),
        ({"payer_name": "青海演练甲实业有限公司 "}, CreditVerdict.QUALIFIES),
    ],
)
def test_each_rule_has_its_verdict_and_the_bidder_hears_it(
    house: House, seat: Seat, bidder: Bidder, changes: dict[str, str], verdict: CreditVerdict
) -> None:
    bring(house, row(seat, bidder, **changes))
    assert verdicts(seat) == [verdict]
    assert [m.code for m in messages(seat)] == [verdict]
    assert (seat.qualified_at is not None) is (verdict is CreditVerdict.QUALIFIES)


def test_the_banks_time_decides_even_when_its_word_comes_later(
    house: House, seat: Seat, bidder: Bidder, clock: DrivenClock
) -> None:
    clock.move_to(beijing(11, 11, 9, 0))
    bring(house, row(seat, bidder))
    assert seat.qualified_at == beijing(11, 11, 9, 0)


def test_two_halves_fail_together(house: House, seat: Seat, bidder: Bidder) -> None:
    bring(house, row(seat, bidder, "F1", amount="4000000"))
    assert verdicts(seat) == [CreditVerdict.SHORT]
    bring(house, row(seat, bidder, "F2", amount="3750000"))
    assert verdicts(seat) == [CreditVerdict.SPLIT, CreditVerdict.SPLIT]
    parts = {credit.facts["parts"] for credit in deposits.credits_of(seat)}
    assert parts == {f"{wan(400)},{wan(375)}"}
    assert seat.qualified_at is None


def test_after_two_halves_the_whole_amount_still_qualifies(
    house: House, seat: Seat, bidder: Bidder
) -> None:
    bring(house, *(row(seat, bidder, f"F{n}", amount="3875000") for n in (1, 2)))
    bring(house, row(seat, bidder, "F3"))
    assert seat.qualified_at is not None


def test_money_after_the_complete_deposit_is_surplus(
    house: House, seat: Seat, bidder: Bidder
) -> None:
    bring(house, row(seat, bidder, "F1"))
    bring(house, row(seat, bidder, "F2"))
    assert sorted(verdicts(seat)) == [CreditVerdict.QUALIFIES, CreditVerdict.SURPLUS]


def test_money_on_an_account_that_nobody_was_given_is_told_to_the_applicant_of_that_name(
    house: House, seat: Seat, bidder: Bidder
) -> None:
    bring(house, row(seat, bidder, account="6228999999999999"))
    (message,) = messages(seat)
    assert message.code == CreditVerdict.UNKNOWN_ACCOUNT
    assert message.facts["tail"] == seat.account_number[-4:]
    assert len(deposits.exceptions()) == 1


def test_the_order_of_rows_in_a_file_decides_nothing(
    house: House, seat: Seat, bidder: Bidder
) -> None:
    late, early = "2024-11-08T16:10:00+08:00", "2024-11-08T09:10:00+08:00"
    bring(
        house,
        row(seat, bidder, "F1", credited_at=late),
        row(seat, bidder, "F2", credited_at=early),
    )
    first, second = deposits.credits_of(seat)
    assert (first.verdict, second.verdict) == (CreditVerdict.QUALIFIES, CreditVerdict.SURPLUS)


# --- importing ------------------------------------------------------------------------------


def test_the_same_file_twice_changes_nothing(house: House, seat: Seat, bidder: Bidder) -> None:
    first = bring(house, row(seat, bidder))
    again = bring(house, row(seat, bidder))
    assert (first.new, first.duplicates, again.new, again.duplicates) == (1, 0, 0, 1)
    assert first.difference_fen == again.difference_fen == 0
    assert count(Credit) == 1
    assert len(messages(seat)) == 1


def test_overlapping_files_book_each_credit_once(house: House, seat: Seat, bidder: Bidder) -> None:
    bring(house, row(seat, bidder, "F1", amount="100"))
    result = bring(house, row(seat, bidder, "F1", amount="100"), row(seat, bidder, "F2"))
    assert (result.new, result.duplicates) == (1, 1)


def test_a_corrected_file_with_the_time_of_day_decides_what_was_open(
    house: House, seat: Seat, bidder: Bidder
) -> None:
    bring(house, row(seat, bidder, credited_at="2024-11-08"))
    assert seat.qualified_at is None
    result = bring(house, row(seat, bidder))
    assert result.qualified == 1
    assert verdicts(seat) == [CreditVerdict.QUALIFIES]


def test_a_booked_reference_with_another_amount_stops_the_whole_file(
    house: House, seat: Seat, bidder: Bidder
) -> None:
    bring(house, row(seat, bidder, "F1", amount="100"))
    with pytest.raises(CreditConflict) as told:
        bring(house, row(seat, bidder, "F2"), row(seat, bidder, "F1", amount="200"))
    assert [(p.line, p.code) for p in told.value.problems] == [(2, "REFERENCE_BOOKED")]
    assert count(Credit) == 1


def test_nothing_of_an_unreadable_file_is_booked(house: House, seat: Seat, bidder: Bidder) -> None:
    with pytest.raises(StatementUnreadable):
        bring(house, row(seat, bidder, "F1"), row(seat, bidder, "F2", amount="viel"))
    assert count(Credit) == count(BankImport) == 0
    assert seat.qualified_at is None


def test_a_preview_books_nothing_and_is_booked_later(
    house: House, seat: Seat, bidder: Bidder
) -> None:
    data = file(row(seat, bidder))
    preview = deposits.preview_statement(house, "finance", data, "bank.json")
    assert (preview.rows, preview.new, preview.duplicates) == (1, 1, 0)
    assert count(Credit) == 0
    assert deposits.import_kept(house, "finance", preview.digest).qualified == 1
    with pytest.raises(LookupError):
        deposits.import_kept(house, "finance", "0" * 64)


def test_silence_of_the_bank_is_a_worry_near_a_deadline_only(
    house: House, lot: Lot, clock: DrivenClock
) -> None:
    assert not deposits.bank_news(house).silent
    clock.move_to(beijing(11, 9, 10, 0))
    assert (deposits.bank_news(house).silent, deposits.bank_news(house).urgent) == (True, False)
    clock.move_to(beijing(11, 9, 15, 0))
    assert deposits.bank_news(house).urgent


# --- the demo bank --------------------------------------------------------------------------


def test_the_demo_bank_goes_the_way_of_every_statement(house: House, bidder: Bidder) -> None:
    lot = practice.open_new(house)
    seat = bidder.apply(lot)
    assert deposits.pay_demo(house, lot, seat).qualified == 1
    assert seat.qualified_at is not None
    assert deposits.imports() == [], "not a statement that a person brought"


def test_the_demo_bank_is_late_like_any_other(
    house: House, lot: Lot, seat: Seat, clock: DrivenClock
) -> None:
    clock.move_to(beijing(11, 9, 16, 0, 1))
    deposits.pay_demo(house, lot, seat)
    assert verdicts(seat) == [CreditVerdict.LATE]


# --- after the end --------------------------------------------------------------------------


def quote(house: House, lot: Lot, seat: Seat, amount: int) -> None:
    lots.act(
        house,
        lot.id,
        lambda at: Work(
            lot.id,
            c.PlaceBid(
                arrival=at,
                plate=seat.plate,
                amount_fen=amount,
                statement=seat.commitment,
                admission=Admission(seat.plate, seat.commitment),
            ),
        ),
    )


def test_refunds_are_listed_after_the_end_only_and_without_the_winner(
    house: House, lot: Lot, seat: Seat, bidder: Bidder, clock: DrivenClock
) -> None:
    other = Bidder.enrolled(house, "bidder-b")
    loser = other.apply(lot)
    bring(house, row(seat, bidder, "F1"), row(loser, other, "F2"))
    bring(house, row(loser, other, "F3", amount="100"))
    clock.move_to(beijing(11, 1, 10, 0))
    quote(house, lot, seat, wan(1549))
    assert refunds.of_lot(house, lot) == []
    clock.move_to(LISTING_UNTIL)
    house.sequencer.settle()
    db.session.rollback()  # a new look at the database
    due = refunds.of_lot(house, lot)
    assert {r.payer_name for r in due} == {other.person.name}
    assert sorted(r.amount_fen for r in due) == [10_000, wan(775)]
    assert all(r.due == datetime(2024, 11, 19, tzinfo=BEIJING) for r in due)
    refunds.mark_refunded(house, lot, due[0].credit.id)
    first_open, gone = refunds.of_lot(house, lot)
    assert first_open.credit.refunded_at is None
    assert gone.credit.refunded_at == clock.now()
    winners = deposits.qualifying_credit(seat)
    assert winners is not None
    with pytest.raises(LookupError):
        refunds.mark_refunded(house, lot, winners.id)


def test_what_the_winner_paid_too_much_goes_back(
    house: House, lot: Lot, seat: Seat, bidder: Bidder, clock: DrivenClock
) -> None:
    bring(house, row(seat, bidder, amount="8000000"))
    clock.move_to(beijing(11, 1, 10, 0))
    quote(house, lot, seat, wan(1549))
    clock.move_to(LISTING_UNTIL)
    house.sequencer.settle()
    db.session.rollback()  # a new look at the database
    assert [r.amount_fen for r in refunds.of_lot(house, lot)] == [wan(25)]


def test_everything_goes_back_when_nobody_has_quoted(
    house: House, lot: Lot, seat: Seat, bidder: Bidder, clock: DrivenClock
) -> None:
    bring(house, row(seat, bidder))
    clock.move_to(LISTING_UNTIL)
    house.sequencer.settle()
    db.session.rollback()  # a new look at the database
    assert [r.amount_fen for r in refunds.of_lot(house, lot)] == [wan(775)]


def test_five_working_days_pass_over_weekends_and_holidays() -> None:
    assert refunds.due_at(LISTING_UNTIL, 5) == datetime(2024, 11, 19, tzinfo=BEIJING)
    before_holiday = datetime(2024, 9, 30, 12, tzinfo=BEIJING)
    assert refunds.due_at(before_holiday, 1) == datetime(2024, 10, 9, tzinfo=BEIJING)


def test_a_deadline_on_a_saturday_names_the_friday_before() -> None:
    assert refunds.last_working_day_before(beijing(11, 9, 16, 0)) == date(2024, 11, 8)
    assert refunds.last_working_day_before(beijing(11, 8, 16, 0)) is None
