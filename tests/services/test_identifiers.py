"""Credit codes and identity numbers: the standards' own examples, and every slip of one key."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from auction.services.enrolment.identifiers import Flaw, flaw, normalised

TODAY = date(2024, 11, 11)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

# Printed on the companies' own web pages and business licences; the last two are test cases of
# public libraries.
CREDIT_CODES = (
    "91330100799655058B",
    "9144030071526726XG",
    "914403001922038216",
    "91110108551385082Q",
    "91310110666007217T",
    "91230184MA1BUFLT44",
)
# GB 11643-1999, annex A.
IDENTITY_NUMBERS = ("11010519491231002X", "440524188001010014")


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    """A sound code, made by the definition: the weighted sum of all eighteen is 0 modulo 31."""
    one = st.sampled_from(ALPHABET)
    head = draw(one) + draw(one) + draw(st.from_regex(r"[0-9]{6}", fullmatch=True))
    digits = draw(st.from_regex(r"[0-9A-HJ-NPQRTUWXY]{8}", fullmatch=True))
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    remainder = 11 - sum(int(c, 36) * w for c, w in zip(digits, weights, strict=True)) % 11
    body = digits + {10: "X", 11: "0"}.get(remainder, str(remainder))
    first = head + body
    last = next(
        c
        for c in ALPHABET
        if (sum(ALPHABET.index(f) * 3**i for i, f in enumerate(first)) + ALPHABET.index(c)) % 31
        == 0
    )
    return first + last


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    """A sound number, made by ISO 7064 MOD 11-2: the sum of all eighteen is 1 modulo 11."""
    place = draw(st.from_regex(r"[1-8][0-9]{5}", fullmatch=True))
    born = draw(st.dates(date(1900, 1, 1), TODAY)).strftime("%Y%m%d")
    first = place + born + draw(st.from_regex(r"[0-9]{3}", fullmatch=True))
    total = sum(int(digit) * 2 ** (17 - i) for i, digit in enumerate(first))
    return first + next(c for v, c in enumerate("0123456789X") if (total + v) % 11 == 1)


def of_company(code: str, *, demo: bool = False) -> Flaw | None:
    return flaw("company", code, TODAY, demo=demo)


@pytest.mark.parametrize("code", CREDIT_CODES)
def test_published_credit_codes_are_sound(code: str) -> None:
    assert of_company(code) is None


@pytest.mark.parametrize("number", IDENTITY_NUMBERS)
def test_the_standards_own_identity_numbers_are_sound(number: str) -> None:
    assert flaw("person", number, TODAY, demo=False) is None


@given(credit_codes())
def test_sound_codes_pass(code: str) -> None:
    assert of_company(code) is None


@given(credit_codes(), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(code: str, place: int, other: str) -> None:
    assume(code[place] != other)
    assert of_company(code[:place] + other + code[place + 1 :]) is not None


@given(credit_codes(), st.integers(0, 16))
def test_two_characters_that_changed_places_are_always_found(code: str, place: int) -> None:
    assume(code[place] != code[place + 1])
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    found = of_company(swapped)
    assert found is not None
    if found.code == "CODE_SWAPPED":
        back = swapped[: found.place - 1] + swapped[found.place] + swapped[found.place - 1]
        assert of_company(back + swapped[found.place + 1 :]) is None


@given(identity_numbers())
def test_sound_numbers_pass(number: str) -> None:
    assert flaw("person", number, TODAY, demo=False) is None


@given(identity_numbers(), st.integers(0, 16), st.sampled_from("0123456789"))
def test_one_wrong_digit_of_a_number_is_always_found(number: str, place: int, digit: str) -> None:
    assume(number[place] != digit)
    changed = number[:place] + digit + number[place + 1 :]
    assert flaw("person", changed, TODAY, demo=False) is not None


@given(st.text(max_size=40), st.sampled_from(("company", "person", "organisation")))
def test_whatever_is_typed_gets_an_answer(text: str, kind: str) -> None:
    found = flaw(kind, normalised(text), TODAY, demo=True)
    assert found is None or found.code.startswith(("CODE_", "NUMBER_"))


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("company", "", Flaw("CODE_MISSING")),
        ("company", "9133010079965505", Flaw("CODE_LENGTH", length=16)),
        ("company", "9133O100799655058B", Flaw("CODE_CHARACTER", place=5, character="O")),
        ("company", "91330100799655O58B", Flaw("CODE_CHARACTER", place=15, character="O")),
        ("company", "9133010A799655058B", Flaw("CODE_CHARACTER", place=8, character="A")),
        ("company", "91330100799655085B", Flaw("CODE_SWAPPED", place=16)),
        ("company", "91330100799655058C", Flaw("CODE_CHECK")),
        ("company", "91330200799655058B", Flaw("CODE_CHECK")),
        ("company", "91330100799655158B", Flaw("CODE_BODY")),
        ("person", "1101051949123100", Flaw("NUMBER_LENGTH", length=16)),
        ("person", "11010519491231O02X", Flaw("NUMBER_CHARACTER", place=15, character="O")),
        ("person", "11010519491331002X", Flaw("NUMBER_BIRTH")),
        ("person", "11010520991231002X", Flaw("NUMBER_BIRTH")),
        ("person", "110105194912310020", Flaw("NUMBER_CHECK")),
    ],
)
def test_what_is_wrong_is_named(kind: str, text: str, expected: Flaw) -> None:
    assert flaw(kind, text, TODAY, demo=False) == expected


def test_spaces_hyphens_and_full_width_do_not_count() -> None:
    assert normalised(" ９１３３０１００-7996 55058b ") == "91330100799655058B"


def test_made_up_codes_pass_in_the_demonstration_only() -> None:
    assert of_company("91630100DEMO0000A1", demo=True) is None
    assert of_company("91630100DEMO0000A1") == Flaw("CODE_CHARACTER", place=12, character="O")
