"""What the public's pages have in common: looks at lots, breadcrumbs, downloads."""

from typing import Any

from flask import Response, abort, url_for
from flask_babel import gettext as _

from auction.presenting import lots as presenting
from auction.presenting.lots import Look
from auction.services import lots
from auction.services.house import current_house
from auction.store.sales import Lot, Notice, SaleKind
from auction.web.links import LotRef, find_lot

Crumbs = list[dict[str, str | None]]
JSON, ATOM, CSV, ICS, LINES = (
    "application/json",
    "application/atom+xml",
    "text/csv",
    "text/calendar",
    "application/jsonl",
)


def look_at(ref: LotRef) -> Look:
    """The lot at this address as it is now; 404 if there is none."""
    return presenting.look(find_lot(ref), current_house().now()) or abort(404)


def looks(*kinds: SaleKind) -> list[Look]:
    """All published lots of these kinds, the latest notice first."""
    now = current_house().now()
    found = (presenting.look(lot, now) for lot in lots.published(*kinds))
    return [seen for seen in found if seen is not None]


def lot_page(seen: Look) -> dict[str, Any]:
    """What every page of a lot shows at its top."""
    return {
        "seen": seen,
        "lot": seen.lot,
        "sale_kind": seen.lot.kind,
        "notice_url": notice_url(seen.lot.notice),
        "sentence": presenting.now_sentence(seen),
        "price_lines": presenting.unit_prices(seen),
    }


def place(url: str, label: str) -> dict[str, str | None]:
    """One step of the breadcrumbs."""
    return {"url": url, "label": label}


def crumbs(*steps: dict[str, str | None]) -> Crumbs:
    """Breadcrumbs that begin at the home page."""
    return [place(url_for("public.home"), _("首页")), *steps]


def lot_crumbs(lot: Lot, page: str | None = None) -> Crumbs:
    """首页 › 宗地 › 2024JC-4 › page; rehearsals stand under the practice ground."""
    above = (
        place(url_for("public.practice"), _("演练场"))
        if lots.is_practice(lot)
        else place(url_for("public.lots"), _("宗地"))
    )
    steps = [above, place(url_for("public.lot", ref=lot), lot.code)]
    return crumbs(*steps, *([{"url": None, "label": page}] if page else []))


def notice_url(notice: Notice, endpoint: str = "public.notice", **values: Any) -> str:
    """The address of a notice; a rehearsal's stands under the practice ground."""
    practice = lots.is_practice(notice)
    return url_for(endpoint, slug=notice.slug, practice=practice, **values)


def download(content: str | bytes, mimetype: str, name: str | None = None) -> Response:
    """A file; saved under `name`, or shown where no name is given."""
    response = Response(content, mimetype=mimetype)
    if name is not None:
        response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
