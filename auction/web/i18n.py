"""Language of a page: Simplified Chinese unless the visitor has chosen English."""

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale

CHINESE, ENGLISH = "zh_Hans_CN", "en"
COOKIE = "lang"


def register(app: Flask) -> None:
    """Set up Flask-Babel; the source text is Chinese, English is the one catalogue."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", CHINESE)
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Shanghai")
    Babel(app, locale_selector=_select)


def current() -> str:
    """The locale of this request as a code."""
    return str(get_locale() or CHINESE)


def _select() -> str:
    if not has_request_context():
        return CHINESE
    chosen: str | None = g.get("locale") or request.cookies.get(COOKIE)
    return ENGLISH if chosen == ENGLISH else CHINESE
