"""Amounts: exact at the edges, in capitals as an official document writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction.core.money import (
    MAX_FEN,
    MoneyError,
    capitals,
    from_wan,
    from_yuan,
    integer_capitals,
    milli_mu,
    per_m2_fen,
    per_mu_fen,
    premium_bp,
    ratio_bp,
    to_wan_text,
    to_yuan_text,
)

START = 1_549_000_000
AREA = 34_477_450_000
amounts = st.integers(min_value=0, max_value=MAX_FEN)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1549", 1_549_000_000),
        ("1,549", 1_549_000_000),
        ("774.995", 774_995_000),
        ("0.000001", 1),
        ("1549.000000", 1_549_000_000),
        ("1549.0000000", 1_549_000_000),
        ("999999999.999999", MAX_FEN),
    ],
)
def test_an_amount_in_wan_is_read_exactly(text: str, fen: int) -> None:
    assert from_wan(text) == fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "AMOUNT_MALFORMED"),
        ("1549万", "AMOUNT_MALFORMED"),
        ("-1549", "AMOUNT_MALFORMED"),
        ("1e3", "AMOUNT_MALFORMED"),
        (" 1549", "AMOUNT_MALFORMED"),
        ("15,49", "AMOUNT_MALFORMED"),
        ("1549.", "AMOUNT_MALFORMED"),
        ("\uff11\uff15\uff14\uff19", "AMOUNT_MALFORMED"),  # full-width digits
        ("1549\n", "AMOUNT_MALFORMED"),
        ("0.0000001", "AMOUNT_TOO_FINE"),
        ("1000000000", "AMOUNT_TOO_LARGE"),
        ("9" * 10_000, "AMOUNT_TOO_LARGE"),
    ],
)
def test_anything_else_is_refused_with_its_code(text: str, code: str) -> None:
    with pytest.raises(MoneyError) as caught:
        from_wan(text)
    assert caught.value.code == code


def test_an_amount_in_yuan_has_at_most_two_decimals() -> None:
    assert from_yuan("15,490,000.00") == START
    with pytest.raises(MoneyError, match="AMOUNT_TOO_FINE"):
        from_yuan("0.001")


@pytest.mark.parametrize(
    ("fen", "wan", "yuan"),
    [
        (START, "1,549", "15,490,000.00"),
        (774_995_000, "774.995", "7,749,950.00"),
        (3_098_000_000_00, "309,800", "3,098,000,000.00"),
        (1, "0.000001", "0.01"),
        (0, "0", "0.00"),
        (-100_000_000, "-100", "-1,000,000.00"),
    ],
)
def test_amounts_are_written_grouped_by_three(fen: int, wan: str, yuan: str) -> None:
    assert to_wan_text(fen) == wan
    assert to_yuan_text(fen) == yuan


@given(amounts)
def test_what_is_written_reads_back_as_the_same_amount(fen: int) -> None:
    assert from_wan(to_wan_text(fen)) == fen
    assert from_yuan(to_yuan_text(fen)) == fen


@pytest.mark.parametrize(
    ("yuan", "expected"),
    [
        # The examples of the rules for payment instruments.
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        # The seed lot.
        ("15490000", "壹仟伍佰肆拾玖万元整"),
        ("7750000", "柒佰柒拾伍万元整"),
        ("1000000", "壹佰万元整"),
        ("19490000", "壹仟玖佰肆拾玖万元整"),
        ("7749950", "柒佰柒拾肆万玖仟玖佰伍拾元整"),
        ("165030000", "壹亿陆仟伍佰零叁万元整"),
        # Zeros across groups.
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10", "壹拾元整"),
        ("10549", "壹万零伍佰肆拾玖元整"),
        ("1000000005", "壹拾亿零伍元整"),
        ("1000000000000", "壹万亿元整"),
        ("1000050000000", "壹万亿零伍仟万元整"),
        ("1200000000000", "壹万贰仟亿元整"),
    ],
)
def test_capitals_follow_the_rules_for_payment_instruments(yuan: str, expected: str) -> None:
    assert capitals(from_yuan(yuan)) == "人民币" + expected


@given(amounts, amounts)
def test_two_amounts_never_share_their_capitals(one: int, other: int) -> None:
    assert (capitals(one) == capitals(other)) == (one == other)


@given(amounts)
def test_capitals_never_double_or_trail_a_zero(fen: int) -> None:
    text = capitals(fen).removeprefix("人民币")
    assert "零零" not in text
    assert text == "零元整" or "零元" not in text
    assert text.endswith(("整", "分"))


def test_capitals_refuse_what_no_document_states() -> None:
    with pytest.raises(MoneyError, match="AMOUNT_NEGATIVE"):
        capitals(-1)
    with pytest.raises(MoneyError, match="AMOUNT_TOO_LARGE"):
        capitals(MAX_FEN + 1)


def test_whole_numbers_have_capitals_too() -> None:
    assert integer_capitals(34_477) == "叁万肆仟肆佰柒拾柒"


def test_unit_prices_of_the_seed_lot() -> None:
    assert per_m2_fen(START, AREA) == 449_28
    assert to_wan_text(per_mu_fen(START, AREA), places=2) == "29.95"
    assert milli_mu(AREA) == 51_716


def test_unit_prices_are_rounded_half_up_to_the_fen() -> None:
    two_m2 = 2_000_000
    assert [per_m2_fen(fen, two_m2) for fen in (1, 2, 3)] == [1, 1, 2]
    with pytest.raises(MoneyError, match="AREA_NOT_POSITIVE"):
        per_m2_fen(START, 0)


def test_ratios_are_basis_points() -> None:
    assert ratio_bp(775_000_000, START) == 5003
    assert ratio_bp(100_000_000, START) == 646
    assert premium_bp(START, START) == 0
    assert premium_bp(1_949_000_000, START) == 2582
    with pytest.raises(MoneyError, match="BASE_NOT_POSITIVE"):
        ratio_bp(1, 0)
