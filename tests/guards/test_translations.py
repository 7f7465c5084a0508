"""The interface is Chinese first and English complete."""

import re
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "auction" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
METHODS = [("auction/**.py", "python"), ("templates/**.html", "jinja2")]
PLACE = re.compile(r"%\((\w+)\)s")
OPTIONAL = {"million", "month_name"}
"""Offered beside a Chinese figure, because English writes it otherwise."""


def texts() -> set[str]:
    """Every text of the interface, as it stands in code and templates."""
    keywords = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None}
    found = extract_from_dir(str(ROOT), METHODS, keywords=keywords)
    return {message for _, _, message, _, _ in found if isinstance(message, str)}


def english() -> dict[str, str]:
    catalogue = read_po(BytesIO(CATALOGUE.read_bytes()))
    return {str(m.id): str(m.string) for m in catalogue if m.id}


def test_every_text_has_its_english() -> None:
    known = english()
    missing = sorted(text for text in texts() if not known.get(text))
    assert not missing, f"{len(missing)} texts without English: {missing[:20]}"


def test_english_fills_in_the_same_values() -> None:
    for source, target in english().items():
        wanted, used = set(PLACE.findall(source)), set(PLACE.findall(target))
        assert used - wanted <= OPTIONAL, source
        if not used & OPTIONAL:
            assert wanted <= used, source


def test_nothing_is_kept_that_no_page_says_any_more() -> None:
    stale = sorted(set(english()) - texts())
    assert not stale, f"{len(stale)} stale texts: {stale[:20]}"
