"""Results: one lot's result and evidence, the list, and both as open data."""

import csv
import io
from typing import Any

from flask import Response, render_template, url_for
from flask_babel import gettext as _

from auction.core import money
from auction.core.state import Phase
from auction.core.workdays import BEIJING
from auction.documents.chinese import area_text
from auction.ledger import canonical
from auction.presenting import anchoring as anchoring_words
from auction.presenting import audience as sight
from auction.presenting import course
from auction.presenting import lots as presenting
from auction.presenting.lots import AWARDED, OVER, Look
from auction.services import anchored
from auction.services.anchored import Anchored
from auction.services.export import export_log
from auction.services.house import current_house
from auction.services.logcheck import Finding
from auction.store.sales import SaleKind
from auction.web.guards import PUBLIC, audience
from auction.web.links import LotRef
from auction.web.public import shell
from auction.web.public.blueprint import bp

COLUMNS = (
    "lot",
    "notice",
    "location",
    "area_m2",
    "uses",
    "state",
    "start_fen",
    "price_fen",
    "premium_bp",
    "plate",
    "ended_at",
    "url",
)


@bp.get("/<lot:ref>/result")
@audience(PUBLIC)
def result(ref: LotRef) -> str:
    """Result and evidence; before the end the evidence alone."""
    seen = shell.look_at(ref)
    house = current_house()
    over = sight.is_open(seen.state)
    found = anchored.of_lot(house, seen.lot)
    picture = sight.picture(house, seen.lot)
    records = picture["records"]
    return render_template(
        "public/result.html",
        **shell.lot_page(seen),
        over=over,
        awarded=seen.phase in AWARDED,
        answers=course.four_answers(seen, records) if over else (),
        points=course.chart_points(records),
        phases=course.chart_phases(records),
        rows=course.record_rows(records),
        head=picture["head"],
        key=house.log_key(seen.lot.log.origin).verifier_string(),
        lines=_evidence(seen, found) if over else (),
        anchored=found,
        opened=course.opened_evidence(seen, records) if over else (),
        breadcrumbs=shell.lot_crumbs(seen.lot, _("结果与证据")),
    )


@bp.get("/results")
@audience(PUBLIC)
def results() -> str:
    """Sold and unsold with the reason; real sales only."""
    return render_template(
        "public/results.html",
        results=[(one, _reason(one)) for one in _over()],
        breadcrumbs=shell.crumbs({"url": None, "label": _("结果")}),
    )


@bp.get("/results.json")
@audience(PUBLIC)
def results_json() -> Response:
    """The list of results as data: amounts in fen, instants in ISO 8601."""
    return shell.download(canonical.encode({"results": [_row(one) for one in _over()]}), shell.JSON)


@bp.get("/results.csv")
@audience(PUBLIC)
def results_csv() -> Response:
    """The same as a table, marked as UTF-8 for spreadsheet programs."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_row(one) for one in _over())
    return shell.download(out.getvalue().encode("utf-8-sig"), shell.CSV, "results.csv")


def _over() -> list[Look]:
    found = [one for one in shell.looks(SaleKind.REAL) if one.phase in OVER]
    return sorted(found, key=lambda one: one.state.ended_at or one.now, reverse=True)


def _reason(seen: Look) -> str:
    """Why there was no sale; empty where there was one."""
    match seen.phase:
        case Phase.UNSOLD:
            return presenting.unsold_reason(seen.state)
        case Phase.TERMINATED | Phase.AWARD_VOID:
            return presenting.ground_of_end(seen.lot)
    return ""


def _row(seen: Look) -> dict[str, Any]:
    state, parcel = seen.state, seen.facts.parcel
    price = state.price_fen if seen.phase in AWARDED else None
    ended = None if state.ended_at is None else state.ended_at.astimezone(BEIJING).isoformat()
    start = state.terms.start_fen
    return {
        "lot": seen.lot.code,
        "notice": seen.lot.notice.number,
        "location": parcel.location,
        "area_m2": area_text(parcel.area_mm2),
        "uses": "、".join(parcel.uses),
        "state": str(seen.phase),
        "start_fen": start,
        "price_fen": price,
        "premium_bp": None if price is None else money.premium_bp(price, start),
        "plate": state.leader if price is not None else None,
        "ended_at": ended,
        "url": current_house().site.origin + url_for("public.result", ref=seen.lot),
    }


def _evidence(seen: Look, found: Anchored) -> list[dict[str, str | None]]:
    """What this server checked of the log just now, and what others have signed about it."""
    exported = export_log(current_house(), seen.lot)
    findings = exported.check().findings
    count = len(exported.leaves)
    lines: list[dict[str, str | None]] = [
        {
            "state": "done",
            "text": _("记录完整：逐条重算，与已签名的树头一致"),
            "value": _("%(n)s 条", n=count),
        }
        if not findings
        else {
            "state": "failed",
            "text": _("记录与已签名的树头不一致"),
            "value": _place(findings[0]),
        }
    ]
    return lines + anchoring_words.lines(found)


def _place(finding: Finding) -> str | None:
    return None if finding.seq is None else _("第 %(no)s 号记录", no=finding.seq)
