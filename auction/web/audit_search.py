"""The one search box of the auditor's desk, and what he himself has read."""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.presenting import checking, registers, searches
from auction.services.auditing.query import WINDOWS, QueryError
from auction.services.auditing.reading import own_readings
from auction.services.auditing.search import (
    BIDS,
    SHOWN,
    Hit,
    looks_like_receipt,
    search,
    search_receipt,
)
from auction.services.checking import CheckRefused
from auction.services.house import current_house
from auction.store.logs import LogKind
from auction.web.audit_common import desk_crumbs, reader, windows
from auction.web.audit_rows import centre_row_of
from auction.web.guards import audience

bp = Blueprint("audit_search", __name__, url_prefix="/audit")

TYPED_LENGTH = 20_000
"""A pasted receipt is the longest thing that the box takes."""
PAGE = 50


@bp.get("/search")
@audience("auditor")
def find() -> ResponseReturnValue:
    """Hits of what was typed, in order of time."""
    typed = request.args.get("q", "")[:TYPED_LENGTH]
    around = _around(request.args.get("around", type=int))
    if "q" not in request.args:
        return _page(typed, around)
    if looks_like_receipt(typed):
        return _receipt(typed, around)
    try:
        found = search(current_house(), reader(), typed, timedelta(seconds=around))
    except QueryError as error:
        return _page(typed, around, error=searches.refused(error)), 422
    return _page(
        typed,
        around,
        found=found,
        understood=[[searches.reading(one) for one in w.readings] for w in found.query.words],
        ambiguous=[(word, searches.choices(word)) for word in found.query.ambiguous],
        rows=[(hit, searches.hit(hit), _url(hit)) for hit in found.hits],
        shown=SHOWN,
    )


@bp.post("/search")
@audience("auditor")
def ask() -> ResponseReturnValue:
    """A pasted receipt is checked at once; anything else becomes an address that can be kept."""
    typed = request.form.get("q", "")[:TYPED_LENGTH]
    around = _around(request.form.get("around", type=int))
    if looks_like_receipt(typed):
        return _receipt(typed, around)
    return redirect(url_for("audit_search.find", q=typed.strip(), around=around), 303)


@bp.get("/reading")
@audience("auditor")
def reading() -> str:
    """What this auditor has opened and searched, as the logs recorded it."""
    traces = own_readings(current_house(), reader())
    pages = max(1, -(-len(traces) // PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    return render_template(
        "audit/reading.html",
        breadcrumbs=desk_crumbs(_("阅读记录")),
        rows=[
            (str(kind), centre_row_of(entry)) for kind, entry in traces[(page - 1) * PAGE :][:PAGE]
        ],
        page=page,
        pages=pages,
        total=len(traces),
        page_url=lambda n: url_for("audit_search.reading", page=n),
        log_word={"security": _("安全日志"), "register": _("登记日志")},
    )


def _receipt(typed: str, around: int) -> ResponseReturnValue:
    try:
        found = search_receipt(current_house(), reader(), typed)
    except CheckRefused as refused:
        return _page(typed, around, outcome=checking.refused(refused.code)), 422
    record = found.record
    url = None
    if found.lot is not None:
        number = int(record["seq"])
        url = (
            url_for("dossiers.bid", receipt=f"{found.lot.slug}:{number}")
            if record["type"] in BIDS
            else url_for("auditor.replay", ref=found.lot, seq=number)
        )
    return _page(typed, around, outcome=checking.receipt(found), outcome_url=url)


def _page(typed: str, around: int, **values: object) -> str:
    return render_template(
        "audit/search.html",
        breadcrumbs=desk_crumbs(_("检索")),
        typed=typed,
        around=around,
        windows=windows(),
        kind_word={
            LogKind.SECURITY: _("安全日志"),
            LogKind.REGISTER: _("登记日志"),
        },
        type_word=registers.type_word,
        **values,
    )


def _url(hit: Hit) -> str:
    if hit.lot is None:
        return url_for(f"auditor.{hit.kind}", type=hit.type) + f"#record-{hit.seq}"
    if hit.is_bid:
        return url_for("dossiers.bid", receipt=f"{hit.lot.slug}:{hit.seq}")
    return url_for("auditor.replay", ref=hit.lot, seq=hit.seq)


def _around(seconds: int | None) -> int:
    return seconds if seconds in WINDOWS else 0
