"""The unified social credit code of the organisation that a certificate names (GB 32100-2015).

Where authorities put it is not settled by any standard we rely on: the organisation identifier is
read first, then other attributes of the subject. A code counts only with its right check character,
so that an identity number or a serial number of eighteen digits is not taken for one.
"""

import re
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Of the code, by value: without I, O, S, V and Z."""
_CODE: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")
# Inside a longer text a code stands between characters that belong to none.
_EMBEDDED: Final = re.compile(rf"(?<![0-9A-Za-z]){_CODE.pattern}(?![0-9A-Za-z])")
_PLACES: Final = (
    NameOID.ORGANIZATION_IDENTIFIER,
    NameOID.SERIAL_NUMBER,
    NameOID.ORGANIZATIONAL_UNIT_NAME,
    NameOID.COMMON_NAME,
)
_VOUCHED: Final = _PLACES[:2]
"""Attributes that identify. What stands in a unit's name is often the subject's own wording."""


def is_organisation_code(text: str) -> bool:
    """True for 18 characters of GB 32100's alphabet with the right check character."""
    if not _CODE.fullmatch(text):
        return False
    total = sum(
        ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(text[:17])
    )
    return ALPHABET[-total % 31] == text[17]


def organisation_code(subject: x509.Name, *, vouched: bool = False) -> str | None:
    """The one code that the subject names; None without one, or with two that differ.

    `vouched`: only where it stands as an identifier, for decisions that nobody looks at.
    """
    for place in _VOUCHED if vouched else _PLACES:
        found = {
            code
            for attribute in subject.get_attributes_for_oid(place)
            for code in _EMBEDDED.findall(str(attribute.value))
            if is_organisation_code(code)
        }
        if found:
            return found.pop() if len(found) == 1 else None
    return None
