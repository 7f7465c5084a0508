"""What every page of the auditor's desk needs: who reads, where he is, notes beside findings."""

from typing import Any

from flask import abort, url_for
from flask_babel import gettext as _

from auction.services.auditing.notes import key_of, notes_on
from auction.services.auditing.query import WINDOWS
from auction.services.house import current_house
from auction.services.people import Actor
from auction.services.verification import Run
from auction.store.sales import Lot
from auction.web.sessions import current_actor


def reader() -> Actor:
    """The auditor who asks."""
    actor = current_actor()
    return actor if actor is not None else abort(401)


def desk_crumbs(page: str) -> list[dict[str, str | None]]:
    """Breadcrumb of a page right under the desk."""
    return [{"label": _("审计台"), "url": url_for("auditor.home")}, {"label": page, "url": None}]


def crumbs(lot: Lot, page: str | None = None) -> list[dict[str, str | None]]:
    """Breadcrumb of a page on one lot; None: the list of its records."""
    found = [
        {"label": _("审计台"), "url": url_for("auditor.home")},
        {"label": lot.slug, "url": url_for("auditor.events", ref=lot)},
    ]
    return found if page is None else [*found, {"label": page, "url": None}]


def notes_for(origin: str, run: Run, url: str) -> dict[str, Any]:
    """What the badge shows beside each finding: notes by key, and where one is written."""
    return {
        "notes": notes_on(current_house(), origin, run.findings),
        "key_of": lambda finding: key_of(origin, finding),
        "notes_url": url,
    }


def windows() -> list[tuple[int, str]]:
    """By how much a time in the search box can be widened, in seconds and in words."""
    return [(seconds, _window(seconds)) for seconds in WINDOWS]


def _window(seconds: int) -> str:
    if seconds == 0:
        return _("不放宽")
    if seconds < 60:
        return _("前后 %(n)s 秒", n=seconds)
    if seconds < 3600:
        return _("前后 %(n)s 分钟", n=seconds // 60)
    return _("前后 %(n)s 小时", n=seconds // 3600)
