"""The five times of a notice as a calendar file (iCalendar, RFC 5545)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from icalendar import Calendar, Event

from auction.core.notice import Windows


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `end` is None for an instant."""

    title: str
    start: datetime
    end: datetime | None = None


def entries(windows: Windows) -> list[Entry]:
    """The times of section 三 of a notice."""
    return [
        Entry(_("公告"), windows.notice.start, windows.notice.end),
        Entry(_("竞买申请"), windows.application.start, windows.application.end),
        Entry(_("保证金到账截止"), windows.deposit_deadline),
        Entry(_("挂牌报价"), windows.listing.start, windows.listing.end),
        Entry(_("限时竞价"), windows.live_round_start),
    ]


def calendar(
    name: str, key: str, url: str, shown: Sequence[Entry], now: datetime, practice: bool
) -> bytes:
    """The file; `name` begins every title, `key` makes the entries' identifiers.

    An entry keeps its identifier, so that a file taken later moves it instead of doubling it.
    """
    file = Calendar()
    file.add("prodid", "-//land-sale-floor//times//ZH")
    file.add("version", "2.0")
    for place, entry in enumerate(shown, start=1):
        title = _("%(name)s %(title)s", name=name, title=entry.title)
        event = Event()
        event.add("uid", f"{key}-{place}")
        event.add("dtstamp", now)
        event.add("dtstart", entry.start)
        if entry.end is not None:
            event.add("dtend", entry.end)
        event.add("summary", _("演练 %(title)s", title=title) if practice else title)
        event.add("url", url)
        file.add_component(event)
    return bytes(file.to_ical())
