"""Comparing the payer's name with the applicant's: fair, and explained to both (F-3)."""

import unicodedata
from enum import StrEnum

BANK_FIELD = 30
"""Banks cut names to this many characters; a name cut there counts as the same."""

_OTHER_BRACKETS = "[]{}<>【】〔〕〈〉《》「」"
_BRACKETS = str.maketrans(_OTHER_BRACKETS, "()" * (len(_OTHER_BRACKETS) // 2))


class NameMatch(StrEnum):
    """How two names compare."""

    SAME = "same"
    NORMALISED = "normalised"
    """The same but for brackets, spaces and width."""
    TRUNCATED = "truncated"
    """The same as far as the bank's field reaches."""
    DIFFERENT = "different"


def normalised(name: str) -> str:
    """`name` without white space, in half width, with round brackets only.

    Words such as 股份 or 有限公司 are never touched: they tell two companies apart.
    """
    folded = unicodedata.normalize("NFKC", name).translate(_BRACKETS)
    return "".join(folded.split()).casefold()


def compare(payer: str, applicant: str) -> NameMatch:
    """How the payer's name on the credit compares with the applicant's."""
    if payer.strip() == applicant.strip():
        return NameMatch.SAME
    paid, wanted = normalised(payer), normalised(applicant)
    if paid == wanted:
        return NameMatch.NORMALISED
    if len(paid) == BANK_FIELD and wanted.startswith(paid):
        return NameMatch.TRUNCATED
    return NameMatch.DIFFERENT
