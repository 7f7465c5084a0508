"""The blueprint of the public's pages, which need no account and no script."""

from flask import Blueprint

bp = Blueprint("public", __name__)
