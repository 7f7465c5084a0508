"""The security officer's blueprint: no page here shows anything about a sale."""

from typing import Any

from flask import Blueprint, flash, url_for
from flask_babel import gettext as _

from auction.core.reasons import Refusal
from auction.pki.chain import CertificateError
from auction.presenting.admin.common import refused
from auction.services.people import Actor
from auction.web.sessions import current_actor

SECURITY = "security"

bp = Blueprint("admin", __name__, url_prefix="/admin")


def signed_in() -> Actor:
    """The security officer who asks."""
    actor = current_actor()
    assert actor is not None
    return actor


def me() -> str:
    """His id."""
    officer_id = signed_in().officer_id
    assert officer_id is not None
    return officer_id


def crumbs(*more: tuple[str, str | None]) -> list[dict[str, Any]]:
    """The way to a page of the administration."""
    way = [(_("首页"), url_for("public.home")), (_("安全管理"), url_for("admin.home")), *more]
    return [{"label": label, "url": url} for label, url in way]


def tell(error: Refusal | CertificateError) -> None:
    """Say above the page why something was not done."""
    said = refused(str(error.code))
    flash(_("%(title)s%(body)s", title=said.title, body=said.body), "cinnabar")
