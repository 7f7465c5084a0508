"""Texts in the reader's language, also where thousands are worded in a second.

`gettext` is Flask-Babel's, which looks up application, request and locale for every text. Within
`speaking` the texts of one locale are remembered instead.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import flask_babel
from babel import Locale

_remembered: dict[Locale, dict[str, str]] = {}
_spoken: ContextVar[dict[str, str] | None] = ContextVar("spoken", default=None)


def gettext(text: str, **values: object) -> str:
    """The text in the reader's language, with its values filled in."""
    known = _spoken.get()
    if known is None:
        found: str = flask_babel.gettext(text, **values)
        return found
    template = known.get(text)
    if template is None:
        template = known[text] = flask_babel.gettext(text)
    return template % values if values else template


def listed(names: Iterable[str]) -> str:
    """Names one after the other, as the reader's language separates them."""
    return gettext("、").join(names)


@contextmanager
def speaking(locale: Locale) -> Iterator[None]:
    """Word everything within in this language. Needs an application context."""
    with flask_babel.force_locale(locale):
        token = _spoken.set(_remembered.setdefault(locale, {}))
        try:
            yield
        finally:
            _spoken.reset(token)
