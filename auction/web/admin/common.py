"""The security officer's blueprint: no page here shows anything about a sale."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")
