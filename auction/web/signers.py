"""What a page that signs is told: which kinds of key there are, and the words for them."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from auction.presenting import signers as wording
from auction.services.house import current_house
from auction.web.sessions import current_actor


def config() -> dict[str, Any]:
    """For templates/parts/signers.html; static/js/signers/index.mjs reads it."""
    house = current_house()
    ca = house.demo_ca
    return {
        "demo": None if ca is None else {"ca": ca.fingerprint},
        "soft": house.site.soft_keys,
        "bridges": [{"name": one.name, "url": one.url} for one in house.site.bridges],
        "words": wording.words(signed_in=current_actor() is not None),
        "check": {"label": _("检测"), "href": url_for("public.check")},
    }
