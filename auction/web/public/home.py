"""The home page, and the practice ground that stands apart from it."""

from flask import render_template
from flask_babel import gettext as _

from auction.core.state import Phase
from auction.core.workdays import beijing_date
from auction.presenting import lots as presenting
from auction.presenting.lots import OVER, ROUND, TAKES_BIDS, Look
from auction.services import practice as practice_lots
from auction.services.house import current_house
from auction.store.sales import SaleKind
from auction.web.guards import PUBLIC, audience
from auction.web.public import shell
from auction.web.public.blueprint import bp
from auction.web.public.notices import latest

_SHOWN = 5
"""How many of each kind the home page shows."""


@bp.get("/")
@audience(PUBLIC)
def home() -> str:
    """Today's rounds, closing next, new notices, latest results; real sales only."""
    house = current_house()
    seen = shell.looks(SaleKind.REAL)
    today = [one for one in seen if _today(one)]
    closing = [one for one in seen if one.phase in TAKES_BIDS and one not in today]
    over = [one for one in seen if one.phase in OVER]
    going_on = practice_lots.current(house)
    return render_template(
        "public/home.html",
        today=sorted(today, key=lambda one: one.live_from),
        closing=sorted(closing, key=lambda one: one.until or one.now)[:_SHOWN],
        notices=latest(SaleKind.REAL)[:_SHOWN],
        results=sorted(over, key=lambda one: one.state.ended_at or one.now, reverse=True)[:_SHOWN],
        going_on=None if going_on is None else presenting.look(going_on, house.now()),
        now=house.now(),
    )


@bp.get("/practice")
@audience(PUBLIC)
def practice() -> str:
    """The practice ground: what is going on, finished rehearsals, earlier rounds of practice."""
    house = current_house()
    current = practice_lots.current(house)
    seen = shell.looks(SaleKind.PRACTICE)
    return render_template(
        "public/practice.html",
        sale_kind=str(SaleKind.PRACTICE),
        current=next((one for one in seen if current and one.lot.id == current.id), None),
        rehearsals=shell.looks(SaleKind.REHEARSAL),
        earlier=[one for one in seen if not (current and one.lot.id == current.id)][:_SHOWN],
        breadcrumbs=shell.crumbs({"url": None, "label": _("演练场")}),
    )


def _today(seen: Look) -> bool:
    """Whether the live round is on, stands still, or may begin on this day."""
    if seen.phase in ROUND or (seen.state.bids_from and seen.phase is Phase.SUSPENDED):
        return True
    waiting = seen.phase in (Phase.LISTING, Phase.FREEZE, Phase.CLOSING)
    return waiting and beijing_date(seen.live_from) == beijing_date(seen.now)
