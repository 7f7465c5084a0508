from flask import Blueprint, render_template

from auction.web.guards import PUBLIC, audience

bp = Blueprint("public", __name__)


@bp.get("/")
@audience(PUBLIC)
def home() -> str:
    return render_template("errors/error.html", code=200)


@bp.get("/notices")
@audience(PUBLIC)
def notices() -> str:
    return render_template("errors/error.html", code=200)


@bp.get("/lots")
@audience(PUBLIC)
def lots() -> str:
    return render_template("errors/error.html", code=200)


@bp.get("/results")
@audience(PUBLIC)
def results() -> str:
    return render_template("errors/error.html", code=200)


@bp.get("/verify")
@audience(PUBLIC)
def verify() -> str:
    return render_template("errors/error.html", code=200)


@bp.get("/practice")
@audience(PUBLIC)
def practice() -> str:
    return render_template("errors/error.html", code=200)
