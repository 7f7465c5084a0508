from flask import Blueprint, render_template

from auction.web.guards import OFFICE, audience

bp = Blueprint("office", __name__, url_prefix="/office")


@bp.get("/")
@audience(*OFFICE)
def home() -> str:
    return render_template("errors/error.html", code=200)


@bp.get("/console")
@audience(*OFFICE)
def console() -> str:
    return render_template("errors/error.html", code=200)
