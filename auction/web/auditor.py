"""The auditor's desk: every lot verified, its events in sentences, its replay step by step."""

from collections.abc import Sequence
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.core import events as e
from auction.core.state import phase_at
from auction.presenting import anchoring as anchoring_words
from auction.presenting import events as wording
from auction.presenting import findings as finding_words
from auction.presenting import registers as register_words
from auction.services import anchored, audit, logbook
from auction.services.audit import Ground, NotEnded
from auction.services.audit_ends import OpenedEnd, revocation_bytes
from auction.services.export import export_log, file_name
from auction.services.house import current_house
from auction.services.logcheck import Entry
from auction.services.verification import Run, examine, examine_centre
from auction.store.base import db
from auction.store.logs import LogKind
from auction.store.sales import Lot
from auction.web.audit_common import crumbs, notes_for, reader, windows
from auction.web.audit_rows import (
    centre_row,
    entry_type,
    event_row,
    moves,
    points,
    round_mark,
    start_fen,
    view,
)
from auction.web.errors import problem
from auction.web.forms.auditor import EventFilter, Group, IdentitiesForm, group_word
from auction.web.guards import audience
from auction.web.links import LotRef, find_lot

bp = Blueprint("auditor", __name__, url_prefix="/audit")

PAGE = 50
TYPE_LENGTH = 32
_KINDS = {"crl": "application/pkix-crl", "ocsp": "application/ocsp-response"}
T = TypeVar("T")


@bp.get("/")
@audience("auditor")
def home() -> str:
    """Every lot with its size, root, check code and last verification."""
    house = current_house()
    now = house.now()
    return render_template(
        "audit/home.html",
        lines=audit.listed(house),
        windows=windows(),
        alarms=[anchoring_words.alarm(one) for one in anchored.alarms(house)],
        places=anchored.places(house),
        phase_of=lambda state: phase_at(state, now),
        explain=finding_words.sentence,
    )


@bp.get("/<lot:ref>")
@audience("auditor")
def events(ref: LotRef) -> str:
    """The events of a lot, filtered; the whole log is verified on the way."""
    lot = find_lot(ref)
    wanted = EventFilter.read(request.args)
    audit.record_read(current_house(), reader(), lot, "events")
    found = examine(current_house(), lot)
    matching = [entry for entry in found.entries if _matches(entry, wanted)]
    shown, page, pages = _paged(matching)
    return render_template(
        "audit/events.html",
        **_lot_page(lot, found.run),
        filter=wanted,
        types=[(name, wording.type_word(name)) for name in e.EVENT_TYPES],
        groups=[(group, group_word(group)) for group in Group],
        rows=[event_row(entry, found) for entry in shown],
        page=page,
        pages=pages,
        total=len(matching),
        page_url=lambda n: url_for("auditor.events", ref=lot, page=n, **wanted.query()),
    )


@bp.get("/<lot:ref>/replay")
@audience("auditor")
def replay(ref: LotRef) -> ResponseReturnValue:
    """One step of the replay: the record, the rule that decided it, the state after it."""
    lot = find_lot(ref)
    found = examine(current_house(), lot)
    seq = request.args.get("seq", found.entries[0].seq if found.entries else 0, type=int)
    at = next((i for i, entry in enumerate(found.entries) if entry.seq == seq), None)
    if at is None:
        return problem(
            404,
            "NO_SUCH_RECORD",
            _("没有第 %(no)s 号记录。", no=seq),
            _("这份记录现有 %(n)s 条。请从记录列表中选择。", n=len(found.entries)),
        )
    audit.record_read(current_house(), reader(), lot, "replay", seq=seq)
    entry, step = found.entries[at], found.step(seq)
    return render_template(
        "audit/replay.html",
        **_lot_page(lot, found.run, _("逐条回放")),
        row=event_row(entry, found),
        size=len(found.entries),
        moves=moves(found, at, lot),
        view=None if step is None else view(step),
        points=points(found.steps, seq),
        phases=round_mark(found.steps, seq),
        start_fen=start_fen(found.steps),
    )


@bp.get("/<lot:ref>/export")
@audience("auditor")
def export(ref: LotRef) -> Response:
    """The whole log as a file."""
    lot = find_lot(ref)
    audit.record_read(current_house(), reader(), lot, "export")
    response = Response(export_log(current_house(), lot).to_text(), mimetype="application/x-ndjson")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(lot)}"'
    return response


@bp.get("/<lot:ref>/identities")
@audience("auditor")
def identities(ref: LotRef) -> str:
    """Where the identities of a lot are asked for; shows none."""
    return _identities_page(find_lot(ref), IdentitiesForm())


@bp.post("/<lot:ref>/identities")
@audience("auditor")
def open_identities(ref: LotRef) -> ResponseReturnValue:
    """Open the identities of a lot after its end: recorded first, then shown once."""
    lot, form = find_lot(ref), IdentitiesForm()
    if not form.validate():
        return _identities_page(lot, form), 422
    try:
        opened, ends = audit.open_identities(
            current_house(), reader(), lot, Ground(form.ground.data), form.reason.data or ""
        )
    except NotEnded:
        return problem(
            409,
            "SALE_NOT_ENDED",
            _("竞价尚未结束，不能查看身份。"),
            _("竞价结束前，任何人都看不到号牌背后的竞买人；结束后可在本页查看，并登记备查。"),
        )
    return _identities_page(lot, form, opened, ends)


@bp.get("/revocation/<sha256>")
@audience("auditor")
def revocation_record(sha256: str) -> Response:
    """A kept revocation list or OCSP answer, byte for byte: the evidence of a certificate's end."""
    found = revocation_bytes(sha256)
    if found is None:
        abort(404)
    kind, der = found
    response = Response(der, mimetype=_KINDS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{sha256[:16]}.{kind}"'
    return response


@bp.get("/register")
@audience("auditor")
def register() -> str:
    """The centre's register log: official acts."""
    return _centre_page(LogKind.REGISTER)


@bp.get("/security")
@audience("auditor")
def security() -> str:
    """The security log: what never reached a lot's log, and who read what."""
    return _centre_page(LogKind.SECURITY)


# --- parts ------------------------------------------------------------------------------------


def _lot_page(lot: Lot, run: Run, page: str | None = None) -> dict[str, Any]:
    return {
        "lot": lot,
        "sale_kind": lot.kind,
        "run": run,
        "anchoring": _anchoring_of(lot),
        "explain": finding_words.sentence,
        **notes_for(lot.log.origin, run, url_for("audit_findings.of_lot", ref=lot)),
        "url_of": lambda seq: url_for("auditor.replay", ref=lot, seq=seq),
        "breadcrumbs": crumbs(lot, page),
    }


def _anchoring_of(lot: Lot) -> list[anchoring_words.Line]:
    found = anchored.of_lot(current_house(), lot)
    words = anchoring_words.growing if found.ended_at is None else anchoring_words.lines
    return words(found)


def _identities_page(
    lot: Lot,
    form: IdentitiesForm,
    opened: Sequence[audit.Opened] | None = None,
    ends: Sequence[OpenedEnd] = (),
) -> str:
    return render_template(
        "audit/identities.html",
        lot=lot,
        sale_kind=lot.kind,
        breadcrumbs=crumbs(lot, _("竞买人身份")),
        form=form,
        error_form=form if form.errors else None,
        opened=opened,
        ends=ends,
    )


def _centre_page(kind: LogKind) -> str:
    house = current_house()
    run, entries = examine_centre(house, kind)
    log_id = logbook.centre_log(house, db.session(), kind)
    types = sorted({entry_type(entry) for entry in entries})
    only = request.args.get("type", "")[:TYPE_LENGTH]
    if only:
        entries = tuple(entry for entry in entries if entry_type(entry) == only)
    shown, page, pages = _paged(entries[::-1])
    endpoint = f"auditor.{kind}"
    return render_template(
        "audit/centre.html",
        kind=str(kind),
        breadcrumbs=[
            {"label": _("审计台"), "url": url_for("auditor.home")},
            {"label": _("登记日志") if kind is LogKind.REGISTER else _("安全日志"), "url": None},
        ],
        run=run,
        anchoring=anchoring_words.growing(anchored.of_log(house, log_id)),
        explain=finding_words.sentence,
        **notes_for(
            house.log_origin(str(kind)), run, url_for("audit_findings.of_centre", kind=str(kind))
        ),
        types=[(name, register_words.type_word(name)) for name in types],
        only=only,
        rows=[centre_row(entry, run) for entry in shown],
        page=page,
        pages=pages,
        total=len(entries),
        page_url=lambda n: url_for(endpoint, page=n, type=only or None),
    )


def _paged(items: Sequence[T]) -> tuple[Sequence[T], int, int]:
    """The part of `items` that the query's page shows, its number, and how many pages there are."""
    pages = max(1, -(-len(items) // PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    return items[(page - 1) * PAGE : page * PAGE], page, pages


def _matches(entry: Entry, wanted: EventFilter) -> bool:
    content = entry.content or {}
    data = content.get("data")
    plate = data.get("plate") if isinstance(data, dict) else None
    by = data.get("by") if isinstance(data, dict) else None
    return wanted.admits(str(content.get("type")), str(plate or ""), by not in (None, "system"))
