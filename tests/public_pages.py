"""Pages as a visitor gets them: is the HTML sound; and a lot driven through its phases."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

from factories import LISTING_FROM, LISTING_UNTIL, beijing, bid
from flask import Flask
from live_house import seat

from auction.core import commands as c
from auction.services import lots
from auction.store.base import db
from auction.store.sales import Lot
from auction.trading.time import DrivenClock
from auction.trading.work import Work

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"}
_BLOCK = {
    *("address", "article", "aside", "blockquote", "details", "dialog", "div", "dl", "fieldset"),
    *("figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main"),
    *("menu", "nav", "ol", "p", "pre", "section", "table", "ul"),
}
_PHRASING = {"a", "b", "data", "em", "h1", "h2", "h3", "h4", "label", "p", "pre", "span", "time"}
_PARENTS = {
    "li": {"ul", "ol", "menu"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "tr": {"thead", "tbody", "tfoot", "table"},
    "td": {"tr"},
    "th": {"tr"},
    "summary": {"details"},
    "figcaption": {"figure"},
    "option": {"select", "optgroup"},
}
_ONLY = {"ul": {"li"}, "ol": {"li"}, "dl": {"dt", "dd", "div"}, "tr": {"td", "th"}}


@dataclass
class Checked(HTMLParser):
    """What is wrong with a page, in sentences; and its plain text."""

    wrong: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    named: list[tuple[str, str]] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)
    _level: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._attributes(tag, given)
        self._place(tag)
        if tag in ("h1", "h2", "h3", "h4"):
            level = int(tag[1])
            if level > self._level + 1:
                self.wrong.append(f"{tag} after h{self._level}")
            self._level = level
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._attributes(tag, dict(attrs))
        if "svg" not in self._open and tag not in _VOID:
            self.wrong.append(f"<{tag}/> closes itself")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.wrong.append(f"</{tag}> closes {self._open[-3:]}")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._open):
            self.text.append(data)

    def _attributes(self, tag: str, given: dict[str, str | None]) -> None:
        if "style" in given or tag == "style" or any(name.startswith("on") for name in given):
            self.wrong.append(f"inline style or handler in <{tag}>")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.wrong.append("inline script")
        if identifier := given.get("id"):
            if identifier in self.ids:
                self.wrong.append(f"id {identifier} twice")
            self.ids.append(identifier)
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            self.named += [(name, one) for one in (given.get(name) or "").split()]
        href = given.get("href") or ""
        if href.startswith("#"):
            self.named.append(("href", href[1:]))

    def _place(self, tag: str) -> None:
        parent = self._open[-1] if self._open else ""
        if "svg" in self._open:
            return
        if tag in _BLOCK and (set(self._open) & _PHRASING):
            self.wrong.append(f"<{tag}> inside {self._open[-3:]}")
        if tag == "a" and "a" in self._open:
            self.wrong.append("a link in a link")
        if tag in _PARENTS and parent not in _PARENTS[tag]:
            self.wrong.append(f"<{tag}> in <{parent}>")
        if parent in _ONLY and tag not in _ONLY[parent]:
            self.wrong.append(f"<{tag}> in <{parent}>")

    def finish(self) -> "Checked":
        self.close()
        if self._open:
            self.wrong.append(f"never closed: {self._open}")
        self.wrong += [
            f"{name} names {one!r}, which is not there"
            for name, one in self.named
            if one and one not in self.ids
        ]
        return self


def checked(page: str) -> Checked:
    """The page, read from beginning to end."""
    reader = Checked()
    reader.feed(page)
    return reader.finish()


@dataclass
class Sale:
    """One lot with three bidders who have names, driven by the clock to any phase."""

    app: Flask
    clock: DrivenClock
    lot_id: int
    plates: list[str] = field(default_factory=list)

    def seat(self, people: Iterable[str] = ("bidder-a", "bidder-b", "bidder-c")) -> None:
        with self.app.app_context():
            lot = db.session.get_one(Lot, self.lot_id)
            self.plates = [seat(self.app, lot, person) for person in people]

    def act(self, make: Callable[..., c.Command], **fields: Any) -> None:
        house = self.app.extensions["auction"]
        with self.app.app_context():
            lots.act(house, self.lot_id, lambda at: Work(self.lot_id, make(arrival=at, **fields)))

    def bid(self, who: int, amount_wan: int, after: timedelta = timedelta(seconds=1)) -> None:
        self.clock.advance(seconds=after.total_seconds())
        self.act(lambda arrival: bid(self.plates[who], amount_wan, arrival))

    def until(self, at: Any) -> None:
        """Let time pass; the sequencer does what is due."""
        self.clock.move_to(at)
        self.settle()

    def settle(self) -> None:
        with self.app.app_context():
            self.app.extensions["auction"].sequencer.settle()

    # --- phases, each from the publication of the notice ---------------------------------------

    def to_announced(self) -> None:
        pass

    def to_listing(self) -> None:
        self.clock.move_to(LISTING_FROM)

    def to_quoted(self) -> None:
        self.to_listing()
        self.bid(0, 1549)
        self.bid(0, 1649)  # refused: the leader may not raise himself
        self.bid(1, 1649)

    def to_live(self) -> None:
        self.to_quoted()
        self.until(LISTING_UNTIL)
        self.bid(0, 1849, timedelta(seconds=10))

    def to_closing(self) -> None:
        self.to_live()
        self.clock.advance(seconds=301)

    def to_suspended_listing(self) -> None:
        self.to_quoted()
        self.act(c.Suspend, ground="SYSTEM_FAILURE", by="approver")

    def to_resumed_listing(self) -> None:
        self.to_suspended_listing()
        self.clock.advance(seconds=3600)
        self.act(c.Resume, by="approver")

    def to_suspended_live(self) -> None:
        self.to_live()
        self.act(c.Suspend, ground="SYSTEM_FAILURE", by="approver")

    def to_prep(self) -> None:
        self.to_suspended_live()
        self.clock.advance(seconds=600)
        self.act(c.Resume, by="approver")

    def to_award_pending(self) -> None:
        self.to_live()
        self.bid(1, 1949)
        self.bid(0, 1949)  # refused: too low
        self.until(beijing(11, 11, 15, 0))

    def to_result_held(self) -> None:
        self.to_award_pending()
        # Past the tickets, as only a fault could bring it: in time, but after the close.
        work = Work(self.lot_id, bid(self.plates[2], 2549, beijing(11, 11, 14, 31)))
        self.app.extensions["auction"].writer.run([work])

    def to_confirmed(self) -> None:
        self.to_award_pending()
        self.act(c.ConfirmAward, by=("approver", "drafter"))

    def to_published(self) -> None:
        self.to_confirmed()
        for side in ("winner", "grantor"):
            self.act(c.SignConfirmation, side=side, document="11" * 32, statement=side[0] * 8)
        self.act(c.PublishResult, by="drafter")

    def to_award_void(self) -> None:
        self.to_award_pending()
        self.act(c.VoidAward, ground="PAPERS_MISSING", by=("approver", "drafter"))

    def to_unsold(self) -> None:
        self.until(LISTING_UNTIL + timedelta(seconds=1))

    def to_terminated(self) -> None:
        self.to_suspended_live()
        self.act(c.Terminate, ground="COURT_ORDER", by=("approver", "drafter"))
