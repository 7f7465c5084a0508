"""Texts as people see them: what cannot be seen makes no name another one."""

import re
import unicodedata
from typing import Final

# Default_Ignorable_Code_Point of Unicode (DerivedCoreProperties.txt), and control characters that
# are no white space: two names that differ in these only look the same on every page.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_SPACES: Final = re.compile(r"\s+")


def visible(text: str) -> str:
    """The text without characters that nobody sees."""
    return _INVISIBLE.sub("", text)


def folded(text: str) -> str:
    """What two writings of one name have in common: width, case, white space and what cannot be
    seen do not count."""
    return _SPACES.sub("", visible(unicodedata.normalize("NFKC", text))).casefold()
