"""The pages of one lot: its life, its rules, its documents, its log; and the list of lots."""

from dataclasses import dataclass

from flask import Response, abort, render_template, request, url_for
from flask_babel import gettext as _

from auction.core.profile import RuleProfile
from auction.core.state import Phase
from auction.documents.notice import notice_document
from auction.documents.paper import Edition
from auction.presenting import audience as sight
from auction.presenting import calendar, course, figures, public_log, rules
from auction.presenting import lots as presenting
from auction.presenting.lots import OVER, ROUND, TAKES_BIDS, Look
from auction.services import relisting, seats
from auction.services.export import file_name
from auction.services.house import current_house
from auction.services.listing_documents import (
    DocumentKind,
    ListingDocument,
    document_of,
    documents_of,
)
from auction.services.lots import is_practice, terms_now
from auction.store.sales import Lot, SaleKind
from auction.web import sessions
from auction.web.guards import PUBLIC, audience
from auction.web.links import LotRef, find_lot
from auction.web.public import shell
from auction.web.public.blueprint import bp


@dataclass(frozen=True, slots=True)
class Step:
    """What a visitor can do with a lot; the first of several is the likeliest."""

    label: str
    url: str


@bp.get("/lots")
@audience(PUBLIC)
def lots() -> str:
    """Every lot of a real sale; `?show=` open, live or over."""
    groups = {
        "all": (_("全部"), frozenset(Phase)),
        "open": (_("公告与挂牌"), TAKES_BIDS | {Phase.ANNOUNCED, Phase.SUSPENDED}),
        "live": (_("限时竞价"), ROUND),
        "over": (_("已结束"), OVER),
    }
    chosen = request.args.get("show", "all")
    if chosen not in groups:
        abort(404)
    seen = shell.looks(SaleKind.REAL)
    return render_template(
        "public/lots.html",
        lots=[one for one in seen if one.phase in groups[chosen][1]],
        groups=[
            {
                "label": label,
                "url": url_for("public.lots", show=None if key == "all" else key),
                "current": key == chosen,
                "count": sum(one.phase in phases for one in seen),
            }
            for key, (label, phases) in groups.items()
        ],
        breadcrumbs=shell.crumbs({"url": None, "label": _("宗地")}),
    )


@bp.get("/<lot:ref>")
@audience(PUBLIC)
def lot(ref: LotRef) -> str:
    """The life of a parcel (screen 2)."""
    seen = shell.look_at(ref)
    house = current_house()
    document = notice_document(seen.notice, edition=Edition(seen.lot.kind))
    picture = sight.picture(house, seen.lot)
    return render_template(
        "public/lot.html",
        **shell.lot_page(seen),
        view=next(row for row in document.lots if row.code == seen.lot.code),
        rows=course.record_rows(picture["records"]),
        sealed=sum(record["kind"] == "sealed" for record in picture["records"]),
        head=picture["head"],
        times=presenting.timeline(seen),
        steps=_steps(seen),
        advice=_advice(seen),
        documents=documents_of(seen.lot),
        attempts=_attempts(seen.lot),
        breadcrumbs=shell.lot_crumbs(seen.lot),
    )


@bp.get("/<lot:ref>/rules", endpoint="rules")
@audience(PUBLIC)
def rules_of_sale(ref: LotRef) -> str:
    """本场规则: the rules of this sale with its own figures."""
    seen = shell.look_at(ref)
    profile = RuleProfile.from_dict(seen.lot.terms)
    return render_template(
        "public/rules.html",
        **shell.lot_page(seen),
        clauses=rules.clauses(profile),
        examples=rules.examples(profile),
        breadcrumbs=shell.lot_crumbs(seen.lot, _("本场规则")),
    )


@bp.get("/<lot:ref>/documents")
@audience(PUBLIC)
def documents(ref: LotRef) -> str:
    """The listing documents 出让文件, open to everybody without signing in."""
    seen = shell.look_at(ref)
    return render_template(
        "public/documents.html",
        **shell.lot_page(seen),
        documents=documents_of(seen.lot),
        breadcrumbs=shell.lot_crumbs(seen.lot, _("出让文件")),
    )


@bp.get("/<lot:ref>/documents/<kind>")
@audience(PUBLIC)
def document(ref: LotRef, kind: str) -> str:
    """One listing document as a page to read and print."""
    lot = find_lot(ref)
    found = _document(lot, kind)
    if found.paper is None:
        abort(404)
    up = shell.place(url_for("public.documents", ref=lot), _("出让文件"))
    return render_template(
        "public/document.html",
        doc=found.paper,
        document=found,
        links=[
            {
                "label": _("下载原始字节（JSON）"),
                "url": url_for("public.document_data", ref=lot, kind=kind),
            },
            {"label": _("核验文件摘要"), "url": url_for("public.verify")},
        ],
        breadcrumbs=[*shell.lot_crumbs(lot), up, {"url": None, "label": found.paper.title}],
    )


@bp.get("/<lot:ref>/documents/<kind>.json")
@audience(PUBLIC)
def document_data(ref: LotRef, kind: str) -> Response:
    """The very bytes of a document whose SHA-256 bidders sign for."""
    lot = find_lot(ref)
    found = _document(lot, kind)
    return shell.download(found.content, shell.JSON, f"{lot.slug}-{kind}.json")


@bp.get("/<lot:ref>/calendar.ics")
@audience(PUBLIC)
def lot_times(ref: LotRef) -> Response:
    """The times of the lot as they stand now, for a calendar."""
    seen = shell.look_at(ref)
    house = current_house()
    entries = [
        calendar.Entry(item["title"], item["at"], item.get("until"))
        for item in presenting.timeline(seen)
    ]
    content = calendar.calendar(
        name=seen.lot.code,
        key=seen.lot.log.origin,
        url=house.site.origin + url_for("public.lot", ref=seen.lot),
        shown=entries,
        now=seen.now,
        practice=is_practice(seen.lot),
    )
    return shell.download(content, shell.ICS, f"{seen.lot.slug}.ics")


@bp.get("/<lot:ref>/log.jsonl")
@audience(PUBLIC)
def log(ref: LotRef) -> Response:
    """The lot's log: whole after the end, with secret records as hashes before it."""
    seen = shell.look_at(ref)
    text = public_log.text(current_house(), seen.lot)
    return shell.download(text, shell.LINES, file_name(seen.lot))


@bp.get("/<lot:ref>/checkpoint")
@audience(PUBLIC)
def checkpoint(ref: LotRef) -> Response:
    """The latest signed head of the lot's log (C2SP tlog-checkpoint)."""
    seen = shell.look_at(ref)
    head = sight.picture(current_house(), seen.lot)["head"]
    return shell.download(head["note"], "text/plain", f"{seen.lot.slug}.checkpoint")


def _attempts(lot: Lot) -> list[tuple[Look, str, bool]]:
    """Every listing of this parcel, the first one first: its look, what became of it, whether it
    is the one of this page. Empty where there was but one (T-4)."""
    chain = [*relisting.earlier(lot), lot]
    following = relisting.later(lot)
    if following is not None:
        chain.append(following)
    if len(chain) < 2:
        return []
    now = current_house().now()
    looks = (presenting.look(one, now) for one in chain)
    return [
        (seen, presenting.now_sentence(seen), seen.lot.id == lot.id)
        for seen in looks
        if seen is not None
    ]


def _document(lot: Lot, kind: str) -> ListingDocument:
    try:
        return document_of(lot, DocumentKind(kind))
    except ValueError:
        abort(404)


def _steps(seen: Look) -> list[Step]:
    """What this visitor can do next; a bidder is led to his own pages."""
    lot = seen.lot
    watch = Step(_("旁观竞价"), url_for("hall.watch", ref=lot))
    if seen.phase in OVER:
        return [Step(_("结果与证据"), url_for("public.result", ref=lot)), watch]
    actor = sessions.current_actor()
    if actor is not None and not actor.is_bidder:
        return [watch]
    if actor is None:
        enter = Step(_("登录竞买"), url_for("auth.sign_in", next=url_for("bidder.tasks", ref=lot)))
    else:
        assert actor.party_id is not None
        seat = seats.seat_of(current_house(), lot, actor.party_id)
        qualified = seat is not None and seat.qualified_at is not None
        enter = (
            Step(_("进入竞价席"), url_for("hall.seat", ref=lot))
            if qualified
            else Step(_("办理竞买"), url_for("bidder.tasks", ref=lot))
        )
        if qualified:
            return [enter, watch]
    return [enter, watch] if _can_apply(seen) else [watch, enter]


def _can_apply(seen: Look) -> bool:
    terms = terms_now(seen.lot)
    return seen.now < terms.apply_until and seen.now <= terms.deposit_until


def _advice(seen: Look) -> str:
    """Until when one can still take part, or that one cannot any more."""
    terms = terms_now(seen.lot)
    if seen.phase in OVER:
        return _("本宗地的竞价已经结束，全部记录可以下载、核验。")
    if not _can_apply(seen):
        return _("竞买申请和保证金已经截止；任何人都可以旁观竞价，不需要登录。")
    return _(
        "参加竞买须以数字证书登录，%(apply)s 前提交申请，保证金 %(deposit)s"
        "须在 %(until)s（含）前到账。",
        apply=figures.day_clock(terms.apply_until),
        deposit=figures.amount(terms.deposit_fen),
        until=figures.day_clock(terms.deposit_until),
    )
