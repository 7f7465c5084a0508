"""What a page that signs is told: which kinds of key there are, and the words for them."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from auction.presenting import signers as wording
from auction.services.house import current_house


def config(enrolling: bool = False) -> dict[str, Any]:
    """For templates/parts/signers.html; static/js/signers/index.mjs reads it. `enrolling`: the page
    wants a certificate that is to be enrolled, not that of the session."""
    house = current_house()
    ca = house.demo_ca
    return {
        "demo": None if ca is None else {"ca": ca.fingerprint},
        "soft": house.site.soft_keys,
        "bridges": [{"name": one.name, "url": one.url} for one in house.site.bridges],
        "words": wording.words(enrolling),
        "check": {"label": _("检测"), "href": url_for("public.check")},
    }
