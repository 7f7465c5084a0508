from flask import Blueprint, render_template

from auction.web.guards import audience

bp = Blueprint("finance", __name__, url_prefix="/finance")


@bp.get("/")
@audience("finance")
def home() -> str:
    return render_template("errors/error.html", code=200)
