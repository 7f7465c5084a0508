"""What the office's pages share."""

from typing import Any

from flask import Blueprint, abort, current_app, url_for
from flask_babel import gettext as _

from auction.presenting.said import Said
from auction.services import notices
from auction.services.people import Actor
from auction.store.sales import Notice
from auction.web.sessions import current_actor

bp = Blueprint("office", __name__, url_prefix="/office")


def signed_in() -> Actor:
    """The officer who asks."""
    actor = current_actor()
    assert actor is not None
    return actor


def notice_or_404(notice_id: str) -> Notice:
    """A notice of the office, whatever its state."""
    return notices.find(notice_id) or abort(404)


def crumbs(*more: tuple[str, str | None]) -> list[dict[str, Any]]:
    """The way to a page of the office."""
    way = [(_("首页"), url_for("public.home")), (_("今日事项"), url_for("office.home")), *more]
    return [{"label": label, "url": url} for label, url in way]


def link(endpoint: str, **values: Any) -> str | None:
    """The address of a page, or None where this site does not have it."""
    if endpoint not in current_app.view_functions:
        return None
    return url_for(endpoint, **values)


def sentence(said: Said) -> str:
    """A message in one line, for the strip above the page."""
    return _("%(title)s%(body)s", title=said.title, body=said.body)
