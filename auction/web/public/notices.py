"""Notices: the list, its feed, the official document, its data and its times."""

from flask import Response, abort, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from auction.core.notice_codec import notice_from_dict
from auction.core.profile import RuleProfile
from auction.documents.notice import notice_document
from auction.documents.paper import Edition
from auction.ledger import canonical
from auction.presenting import calendar, rules
from auction.services.house import current_house
from auction.services.lots import is_practice
from auction.store.base import db
from auction.store.sales import Lot, Notice, NoticeStatus, SaleKind
from auction.web.guards import PUBLIC, audience
from auction.web.public import shell
from auction.web.public.blueprint import bp

_FEED_ENTRIES = 30


@bp.get("/notices")
@audience(PUBLIC)
def notices() -> str:
    """Every notice of a real sale, the latest first."""
    return render_template(
        "public/notices.html",
        notices=latest(SaleKind.REAL),
        breadcrumbs=shell.crumbs({"url": None, "label": _("公告")}),
    )


@bp.get("/notices.atom")
@audience(PUBLIC)
def feed() -> Response:
    """New notices for feed readers (Atom, RFC 4287)."""
    house = current_house()
    text = render_template(
        "public/notices.atom.xml",
        notices=latest(SaleKind.REAL)[:_FEED_ENTRIES],
        origin=house.site.origin,
        agency=house.site.agency_zh,
        now=house.now(),
    )
    return shell.download(text, shell.ATOM)


@bp.get("/notices/<slug>", defaults={"practice": False})
@bp.get("/practice/notices/<slug>", defaults={"practice": True})
@audience(PUBLIC)
def notice(slug: str, practice: bool) -> str:
    """The notice as the official document (screen 3)."""
    row = _find(slug, practice)
    facts = notice_from_dict(row.facts)
    lots = list(row.lots)
    assumed = (
        rules.assumption_rows(RuleProfile.from_dict(lots[0].terms), is_practice(row))
        if lots
        else []
    )
    above = (
        shell.place(url_for("public.practice"), _("演练场"))
        if practice
        else shell.place(url_for("public.notices"), _("公告"))
    )
    return render_template(
        "public/notice.html",
        doc=notice_document(facts, assumed, edition=Edition(row.kind)),
        notice=row,
        version={
            "number": 1,
            "published_at": row.published_at,
            "current": True,
            "digest": row.content_hash,
        },
        links=_links(row, lots),
        breadcrumbs=shell.crumbs(above, {"url": None, "label": row.number}),
    )


@bp.get("/notices/<slug>.json", defaults={"practice": False})
@bp.get("/practice/notices/<slug>.json", defaults={"practice": True})
@audience(PUBLIC)
def notice_data(slug: str, practice: bool) -> Response:
    """The notice as data: the very bytes whose SHA-256 is the content hash."""
    return shell.download(canonical.encode(_find(slug, practice).facts), shell.JSON)


@bp.get("/notices/<slug>.ics", defaults={"practice": False})
@bp.get("/practice/notices/<slug>.ics", defaults={"practice": True})
@audience(PUBLIC)
def notice_times(slug: str, practice: bool) -> Response:
    """The five times of the notice for a calendar."""
    house = current_house()
    row = _find(slug, practice)
    facts = notice_from_dict(row.facts)
    content = calendar.calendar(
        name=" ".join(lot.code for lot in facts.lots),
        key=house.log_origin("notices", row.slug),
        url=house.site.origin + shell.notice_url(row),
        shown=calendar.entries(facts.windows),
        now=house.now(),
        practice=practice,
    )
    return shell.download(content, shell.ICS, f"{row.slug}.ics")


def latest(kind: SaleKind) -> list[Notice]:
    """Published notices of one kind, the latest first."""
    query = (
        select(Notice)
        .where(Notice.status == str(NoticeStatus.PUBLISHED), Notice.kind == str(kind))
        .order_by(Notice.published_at.desc(), Notice.slug)
    )
    return list(db.session.scalars(query))


def _find(slug: str, practice: bool) -> Notice:
    row = db.session.scalar(
        select(Notice).where(Notice.slug == slug, Notice.status == str(NoticeStatus.PUBLISHED))
    )
    if row is None or is_practice(row) != practice:
        abort(404)
    return row


def _links(row: Notice, lots: list[Lot]) -> list[dict[str, str]]:
    found = []
    for lot in lots:
        found += [
            (_("宗地 %(code)s", code=lot.code), url_for("public.lot", ref=lot)),
            (_("%(code)s 本场规则", code=lot.code), url_for("public.rules", ref=lot)),
            (_("%(code)s 出让文件", code=lot.code), url_for("public.documents", ref=lot)),
        ]
    found += [
        (_("加入日历（五个时间）"), shell.notice_url(row, "public.notice_times")),
        (_("公告数据（JSON）"), shell.notice_url(row, "public.notice_data")),
    ]
    return [{"label": label, "url": url} for label, url in found]
