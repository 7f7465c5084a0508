from flask import Blueprint, render_template

from auction.web.guards import audience

bp = Blueprint("bidder", __name__, url_prefix="/my")


@bp.get("/")
@audience("bidder")
def home() -> str:
    return render_template("errors/error.html", code=200)
