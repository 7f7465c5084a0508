"""What a site owes its visitors: who runs it, help, and the files that programs look for."""

from flask import Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auction.services.house import current_house
from auction.web.guards import PUBLIC, audience
from auction.web.public import shell
from auction.web.public.blueprint import bp

_NOT_FOR_ROBOTS = ("/my", "/office", "/finance", "/audit", "/demo", "/practice", "/seat")
"""A rehearsal found by a search engine would be taken for a sale."""


@bp.get("/about")
@audience(PUBLIC)
def about() -> str:
    """Who runs the site, what is kept, who can see what, how far it is accessible."""
    return render_template(
        "public/about.html",
        origin=current_house().site.origin,
        log_origin=current_house().site.log_origin,
        breadcrumbs=shell.crumbs({"url": None, "label": _("关于本站")}),
    )


@bp.get("/help", endpoint="help")
@audience(PUBLIC)
def help_page() -> str:
    """Help by task: certificate, deposit, quoting, the day of the round."""
    return render_template(
        "public/help.html", breadcrumbs=shell.crumbs({"url": None, "label": _("帮助")})
    )


@bp.get("/robots.txt")
@audience(PUBLIC)
def robots() -> Response:
    """Search engines read notices and results, and nothing that is somebody's own."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_ROBOTS)]
    return shell.download("\n".join(lines) + "\n", "text/plain")


@bp.get("/favicon.ico")
@audience(PUBLIC)
def favicon() -> ResponseReturnValue:
    """Old browsers ask here."""
    return redirect(url_for("static", filename="img/favicon.svg"))
