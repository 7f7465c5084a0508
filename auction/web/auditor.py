from flask import Blueprint, render_template

from auction.web.guards import audience

bp = Blueprint("auditor", __name__, url_prefix="/audit")


@bp.get("/")
@audience("auditor")
def home() -> str:
    return render_template("errors/error.html", code=200)
