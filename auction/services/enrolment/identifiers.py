"""Identifiers of bidders: the unified social credit code and the identity number, checked as typed.

Sources: GB 32100-2015 (统一社会信用代码), whose ninth to seventeenth characters are the code of
GB 11714-1997; GB 11643-1999 (公民身份号码). Only the form is checked: whether such a company or
person exists is for whoever decides the enrolment.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

from auction.pki.organisation import ALPHABET, is_organisation_code

LENGTH: Final = 18
PERSON: Final = "person"

_BODY_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_DISTRICT: Final = range(2, 8)
_BODY: Final = slice(8, 17)
_BORN: Final = slice(6, 14)
_CHECKS: Final = "10X98765432"
_DEMO: Final = re.compile(r"[0-9]{8}DEMO[0-9A-Z]{6}")


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with an identifier.

    `code`: CODE_MISSING, CODE_LENGTH (`length`), CODE_CHARACTER (`place`, `character`),
    CODE_SWAPPED (`place`: it and the next one changed places), CODE_BODY (the error is within
    characters 9 to 17), CODE_CHECK, NUMBER_LENGTH, NUMBER_CHARACTER, NUMBER_BIRTH, NUMBER_SWAPPED,
    NUMBER_CHECK. Places count from one.
    """

    code: str
    place: int = 0
    character: str = ""
    length: int = 0


def normalised(text: str) -> str:
    """The identifier as it is kept: half width, capitals, without white space and hyphens."""
    return re.sub(r"[\s‐-―-]+", "", unicodedata.normalize("NFKC", text)).upper()


def flaw(kind: str, text: str, today: date, *, demo: bool) -> Flaw | None:
    """What is wrong with a normalised identifier of a party of this kind, or None.

    A `person` has an identity number, everybody else a credit code. `today`: nobody is born later.
    With `demo`, made-up codes such as 91630100DEMO0000A1 pass, which no register can hold.
    """
    if not text:
        return Flaw("CODE_MISSING")
    if kind == PERSON:
        return _number_flaw(text, today)
    if demo and _DEMO.fullmatch(text):
        return None
    return _code_flaw(text)


def body_check_character(first: str) -> str:
    """The last character of an organisation code whose first eight are given (GB 11714)."""
    total = sum(int(one, 36) * weight for one, weight in zip(first, _BODY_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def number_check_character(first: str) -> str:
    """The last character of an identity number whose first seventeen digits are given."""
    total = sum(int(digit) * pow(2, LENGTH - 1 - place, 11) for place, digit in enumerate(first))
    return _CHECKS[total % 11]


def _code_flaw(text: str) -> Flaw | None:
    if len(text) != LENGTH:
        return Flaw("CODE_LENGTH", length=len(text))
    for place, one in enumerate(text):
        if one not in ALPHABET or (place in _DISTRICT and not one.isdigit()):
            return Flaw("CODE_CHARACTER", place=place + 1, character=one)
    if is_organisation_code(text):
        return None
    swapped = [place for place, other in _neighbours_swapped(text) if _fits(other)]
    if len(swapped) == 1:
        return Flaw("CODE_SWAPPED", place=swapped[0] + 1)
    return Flaw("CODE_CHECK" if _body_checks(text) else "CODE_BODY")


def _body_checks(text: str) -> bool:
    body = text[_BODY]
    return body_check_character(body[:-1]) == body[-1]


def _fits(text: str) -> bool:
    # Some codes are in use whose inner check fails; as a hint, both have to agree.
    digits = all(text[place].isdigit() for place in _DISTRICT)
    return digits and is_organisation_code(text) and _body_checks(text)


def _number_flaw(text: str, today: date) -> Flaw | None:
    if len(text) != LENGTH:
        return Flaw("NUMBER_LENGTH", length=len(text))
    for place, one in enumerate(text):
        if one not in ("0123456789X" if place == LENGTH - 1 else "0123456789"):
            return Flaw("NUMBER_CHARACTER", place=place + 1, character=one)
    if not _born(text, today):
        return Flaw("NUMBER_BIRTH")
    if number_check_character(text[:-1]) == text[-1]:
        return None
    swapped = [
        place
        for place, other in _neighbours_swapped(text)
        if "X" not in other[:-1]
        and _born(other, today)
        and number_check_character(other[:-1]) == other[-1]
    ]
    if len(swapped) == 1:
        return Flaw("NUMBER_SWAPPED", place=swapped[0] + 1)
    return Flaw("NUMBER_CHECK")


def _born(text: str, today: date) -> bool:
    born = text[_BORN]
    try:
        return date(int(born[:4]), int(born[4:6]), int(born[6:])) <= today
    except ValueError:
        return False


def _neighbours_swapped(text: str) -> list[tuple[int, str]]:
    return [
        (place, text[:place] + text[place + 1] + text[place] + text[place + 2 :])
        for place in range(LENGTH - 1)
        if text[place] != text[place + 1]
    ]
