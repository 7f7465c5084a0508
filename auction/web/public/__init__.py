"""Placeholder while this package is being written."""

from flask import Blueprint

from auction.web.guards import PUBLIC, audience
from auction.web.links import LotRef, find_lot

bp = Blueprint("public", __name__)
for _path, _name in (
    ("/", "home"),
    ("/notices", "notices"),
    ("/lots", "lots"),
    ("/results", "results"),
    ("/verify", "verify"),
    ("/practice", "practice"),
):
    bp.add_url_rule(_path, _name, audience(PUBLIC)(lambda: "ok"))


@bp.get("/<lot:ref>")
@audience(PUBLIC)
def lot(ref: LotRef) -> str:
    return find_lot(ref).slug


@bp.get("/notices/<slug>")
@audience(PUBLIC)
def notice(slug: str) -> str:
    return slug
