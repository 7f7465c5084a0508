"""One credit against what was expected: the rule that failed, and its figures."""

from dataclasses import replace
from datetime import datetime

import pytest
from factories import beijing, wan

from auction.bank.lines import AccountKind, CreditLine
from auction.bank.matching import Expected, decide
from auction.bank.names import NameMatch, compare
from auction.core.instants import to_us
from auction.store.seats import CreditVerdict

DEADLINE = beijing(11, 9, 16, 0)
NAME, BASIC = "青海甲（集团）股份有限公司", "2806001009200010001"
EXPECTED = Expected(
    applicant=NAME,
    basic_account=BASIC,
    deposit_fen=wan(775),
    deadline=DEADLINE,
    single_payment=True,
    basic_only=True,
    complete=False,
)
CREDIT = CreditLine(
    line=1,
    reference="F001",
    account="6228000000004471",
    amount_fen=wan(775),
    currency="CNY",
    credited_at=beijing(11, 8, 15, 58, 12),
    credited_on=beijing(11, 8, 15, 58).date(),
    payer_name=NAME,
    payer_account=BASIC,
    payer_bank="某银行",
    kind=AccountKind.BASIC,
    remark="",
)


def verdict(expected: Expected | None = EXPECTED, **changes: object) -> CreditVerdict:
    return decide(replace(CREDIT, **changes), expected).verdict  # type: ignore[arg-type]


def test_the_exact_amount_in_time_from_the_basic_account_qualifies() -> None:
    assert verdict() is CreditVerdict.QUALIFIES


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (beijing(11, 9, 15, 59, 59), CreditVerdict.QUALIFIES),
        (beijing(11, 9, 16, 0, 0), CreditVerdict.QUALIFIES),
        (beijing(11, 9, 16, 0, 1), CreditVerdict.LATE),
    ],
)
def test_vector_9_the_deadline_is_inclusive_to_the_second(
    at: datetime, expected: CreditVerdict
) -> None:
    assert verdict(credited_at=at) is expected


def test_a_late_credit_says_both_times() -> None:
    at = beijing(11, 9, 16, 0, 1)
    facts = decide(replace(CREDIT, credited_at=at), EXPECTED).facts
    assert (facts["credited_us"], facts["deadline_us"]) == (to_us(at), to_us(DEADLINE))


def test_a_credit_with_a_date_only_cannot_be_decided() -> None:
    assert verdict(credited_at=None) is CreditVerdict.NO_TIME


def test_an_account_that_nobody_was_given() -> None:
    assert verdict(None) is CreditVerdict.UNKNOWN_ACCOUNT


def test_another_currency() -> None:
    assert verdict(currency="USD") is CreditVerdict.CURRENCY


def test_another_payer() -> None:
    assert verdict(payer_name="青海乙有限公司") is CreditVerdict.PAYER


def test_an_account_that_is_not_the_basic_one() -> None:
    assert verdict(kind=AccountKind.GENERAL) is CreditVerdict.NOT_BASIC
    other = {"payer_account": "999999", "kind": AccountKind.UNSAID}
    assert verdict(**other) is CreditVerdict.NOT_BASIC
    assert verdict(replace(EXPECTED, basic_only=False), **other) is CreditVerdict.QUALIFIES


def test_the_basic_account_on_file_is_enough_where_the_bank_says_nothing() -> None:
    assert verdict(kind=AccountKind.UNSAID) is CreditVerdict.QUALIFIES


def test_too_little_says_how_much_is_missing() -> None:
    decision = decide(replace(CREDIT, amount_fen=wan(775) - 5_000), EXPECTED)
    assert decision.verdict is CreditVerdict.SHORT
    assert decision.facts["short_fen"] == 5_000


def test_two_halves_are_no_payment_and_are_told_together() -> None:
    decision = decide(
        replace(CREDIT, amount_fen=wan(375)), replace(EXPECTED, short_fen=(wan(400),))
    )
    assert decision.verdict is CreditVerdict.SPLIT
    assert decision.facts["parts"] == f"{wan(400)},{wan(375)}"
    assert decision.facts["sum_fen"] == wan(775)


def test_parts_add_up_where_the_profile_allows_it() -> None:
    several = replace(EXPECTED, single_payment=False)
    assert verdict(several, amount_fen=wan(400)) is CreditVerdict.SHORT
    rest = replace(several, short_fen=(wan(400),))
    assert verdict(rest, amount_fen=wan(375)) is CreditVerdict.QUALIFIES


def test_after_a_short_payment_the_whole_amount_in_one_qualifies() -> None:
    assert verdict(replace(EXPECTED, short_fen=(wan(400),))) is CreditVerdict.QUALIFIES


def test_more_than_enough_is_enough_and_the_rest_is_named() -> None:
    decision = decide(replace(CREDIT, amount_fen=wan(800)), EXPECTED)
    assert decision.verdict is CreditVerdict.QUALIFIES
    assert decision.facts["over_fen"] == wan(25)


def test_what_comes_after_the_complete_deposit_goes_back() -> None:
    assert verdict(replace(EXPECTED, complete=True)) is CreditVerdict.SURPLUS


@pytest.mark.parametrize(
    ("payer", "applicant", "match"),
    [
        (NAME, NAME, NameMatch.SAME),
        ("青海甲(集团)股份有限公司", NAME, NameMatch.NORMALISED),
        ("青海甲【集团】股份有限公司", NAME, NameMatch.NORMALISED),
        (" 青海甲 （集团） 股份有限公司 ", NAME, NameMatch.NORMALISED),
        ("青海甲（集团）有限公司", NAME, NameMatch.DIFFERENT),
        ("青海甲（集团）股份公司", NAME, NameMatch.DIFFERENT),
        ("ＡＢＣ科技有限公司", "ABC科技有限公司", NameMatch.NORMALISED),
        ("名" * 30, "名" * 30 + "有限公司", NameMatch.TRUNCATED),
        ("名" * 29, "名" * 30 + "有限公司", NameMatch.DIFFERENT),
    ],
)
def test_names_are_compared_fairly(payer: str, applicant: str, match: NameMatch) -> None:
    assert compare(payer, applicant) is match
