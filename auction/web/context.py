"""What every template may use: the site, the person, the menus."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException

from auction.services.house import current_house
from auction.services.people import Actor
from auction.web import i18n, signers
from auction.web.sessions import current_actor


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a menu: an endpoint, and the audiences that see it."""

    label: Any
    endpoint: str


PUBLIC_MENU = (
    Entry(_l("公告"), "public.notices"),
    Entry(_l("宗地"), "public.lots"),
    Entry(_l("结果"), "public.results"),
    Entry(_l("核验"), "public.verify"),
    Entry(_l("演练场"), "public.practice"),
)
FOOTER = (Entry(_l("帮助"), "public.help"), Entry(_l("关于本站"), "public.about"))
DEMO_FOOTER = (
    Entry(_l("样式手册"), "demo.styleguide"),
    Entry(_l("演示面板"), "demo.panel"),
)
OWN_MENUS: tuple[tuple[frozenset[str], Any, tuple[Entry, ...]], ...] = (
    (
        frozenset({"bidder"}),
        _l("竞买人"),
        (Entry(_l("工作台"), "bidder.home"), Entry(_l("主体与证书"), "bidder.profile_page")),
    ),
    (
        frozenset({"drafter", "approver"}),
        _l("办公"),
        (Entry(_l("今日事项"), "office.home"), Entry(_l("值守台"), "office.console")),
    ),
    (frozenset({"finance"}), _l("资金"), (Entry(_l("到账核对"), "finance.home"),)),
    (
        frozenset({"auditor"}),
        _l("审计"),
        (
            Entry(_l("审计台"), "auditor.home"),
            Entry(_l("检索"), "audit_search.find"),
            Entry(_l("登记日志"), "auditor.register"),
            Entry(_l("安全日志"), "auditor.security"),
        ),
    ),
    (
        frozenset({"security"}),
        _l("安全"),
        (
            Entry(_l("安全管理"), "admin.home"),
            Entry(_l("信任库"), "admin.trust_list"),
            Entry(_l("工作人员"), "admin.staff_list"),
            Entry(_l("登记申请"), "admin.enrolments"),
            Entry(_l("吊销数据"), "admin.revocation"),
        ),
    ),
)


def register(app: Flask) -> None:
    """Offer the variables that base.html documents."""
    app.context_processor(_context)
    # A global, not a context variable: imported macros do not see the context.
    app.jinja_env.globals["server_now"] = server_now
    app.jinja_env.globals["signers_config"] = signers.config


def server_now() -> datetime:
    """The present instant, the same throughout one page."""
    if "server_now" not in g:
        g.server_now = current_house().now()
    now: datetime = g.server_now
    return now


def _context() -> dict[str, Any]:
    house = current_house()
    english = i18n.current() == i18n.ENGLISH
    actor = current_actor()
    here = _here()
    return {
        "site": {
            "agency": house.site.agency_en if english else house.site.agency_zh,
            "name": _("国有建设用地使用权网上交易系统"),
            "home_url": url_for("public.home"),
            "footer": _entries(FOOTER + (DEMO_FOOTER if house.site.demo else ())),
            "footer_lines": (_("中文内容为准，英文仅供参考。"),) if english else (),
            "demo": house.site.demo,
        },
        "locale": i18n.current(),
        "html_classes": "large" if request.cookies.get("large") == "1" else "",
        "nav": _entries(PUBLIC_MENU),
        "audience_nav": _own_menu(actor),
        "actor": None if actor is None else {"label": _label(actor)},
        "sign_in_url": url_for("auth.sign_in"),
        "sign_out_url": url_for("auth.sign_out"),
        "language_url": url_for(
            "auth.language", code=i18n.CHINESE if english else i18n.ENGLISH, next=here
        ),
        "language_label": "中文" if english else "English",
        "large_type_url": url_for("auth.large_type", next=here),
    }


def _here() -> str:
    """Where a visitor who changes the settings of this page comes back to: this address, or where
    it takes forms only, that of the page with the form."""
    if request.method in ("GET", "HEAD"):
        return request.path
    # Another page may take the last part of this address for a name: it has another rule.
    if request.url_rule is not None and _page_rule(request.path) == request.url_rule.rule:
        return request.path
    before = urlsplit(request.referrer or "").path
    if before != request.path and _page_rule(before) is not None:
        return before
    return url_for("public.home")


def _page_rule(path: str) -> str | None:
    """The rule by which this path is asked for, if it can be."""
    pages = current_app.create_url_adapter(request)
    try:
        rule, _values = pages.match(path, method="GET", return_rule=True) if pages else (None, {})
    except HTTPException:
        return None
    return None if rule is None else rule.rule


def _entries(menu: tuple[Entry, ...]) -> list[dict[str, Any]]:
    return [
        {
            "label": entry.label,
            "url": url_for(entry.endpoint),
            "current": request.endpoint == entry.endpoint,
        }
        for entry in menu
    ]


def _own_menu(actor: Actor | None) -> dict[str, Any] | None:
    if actor is None:
        return None
    mine = frozenset({"bidder"}) if actor.is_bidder else actor.roles
    for audiences, label, menu in OWN_MENUS:
        if audiences & mine:
            return {"label": label, "items": _entries(menu)}
    return None


def _label(actor: Actor) -> str:
    # Over a bidder's shoulder nobody should read which company sits here.
    return _("竞买人") if actor.is_bidder else actor.name
