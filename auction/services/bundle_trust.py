"""The trust file of this centre: what a reader of its bundles should have got elsewhere."""

import base64
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from auction.pki.chain import DEMO_ORGANISATION
from auction.services import rehearsal
from auction.services.anchoring import DEADLINE
from auction.services.house import House
from auction.services.lots import published
from auction.services.trust import store
from auction.services.trust.anchors import Entry, EntryKind
from auction.store.sales import SaleKind

FORMAT = "auction-trust/1"
NOTE = (
    "由被核验的交易中心自己写出，只供试用。审计人员应从公告、见证人和证书颁发机构处自行取得各项内容。"
    " Written by the very centre that is to be checked, for trying out only: an auditor gets each "
    "item from the published notice, the witnesses and the certificate authorities themselves."
)
# Without receipts or saved heads there is nothing to compare: that is the reader's own affair.
_USUALLY_ABSENT = ("14",)
_UNWITNESSED, _UNSTAMPED, _UNSIGNED = ("06", "15"), ("07",), ("09",)


def trust_file(house: House, *, public: bool) -> dict[str, Any]:
    """What docs/SPEC.md, 2.3 describes, for every published lot.

    `public`: it permits that bidder signatures are not checked, which a public bundle cannot show.
    """
    entries = store.entries(house)
    places = house.anchoring
    permitted = list(_USUALLY_ABSENT)
    permitted += [] if places.quorum else _UNWITNESSED
    permitted += [] if places.authority else _UNSTAMPED
    permitted += _UNSIGNED if public else []
    authorities = []
    if places.authority is not None:
        chain = (places.authority.certificate, *places.authority.above)
        authorities = [{"chain": [_text(one.public_bytes(Encoding.DER)) for one in chain]}]
    return {
        "format": FORMAT,
        "note": NOTE,
        "lots": _lots(house),
        "witnesses": {"keys": [one.id for one in places.witnesses], "quorum": places.quorum},
        "timestamps": {"authorities": authorities},
        "max_anchoring_delay_s": int(DEADLINE.total_seconds()),
        "anchors": [_anchor(one) for one in entries if one.kind is EntryKind.ANCHOR]
        + _rehearsal_anchors(),
        "intermediates": [
            _text(one.facts.der) for one in entries if one.kind is EntryKind.INTERMEDIATE
        ],
        "permit_not_checked": sorted(permitted),
    }


def _lots(house: House) -> dict[str, Any]:
    return {
        lot.log.origin: {
            "keys": [house.log_key(lot.log.origin).verifier_string()],
            "terms": lot.rules,
            # A rehearsal's people sign for no real site.
            "audience": None if lot.kind == SaleKind.REHEARSAL else house.site.origin,
        }
        for lot in sorted(published(*SaleKind), key=lambda one: one.slug)
    }


def _anchor(entry: Entry) -> dict[str, Any]:
    policy = entry.policy
    return {
        "label": entry.label,
        "certificate": _text(entry.facts.der),
        "policies": list(policy.policies),
        "revocation": str(policy.revocation),
        "key_kinds": list(policy.key_kinds),
        "max_list_age_hours": policy.max_list_age_hours,
    }


def _rehearsal_anchors() -> list[dict[str, Any]]:
    """The rehearsal's authority is made anew from its seed and stands in no trust store."""
    if not rehearsal.exists():
        return []
    authority = rehearsal.authority_of(rehearsal.SEED)
    return [{"label": DEMO_ORGANISATION, "certificate": _text(authority.anchor)}]


def _text(der: bytes) -> str:
    return base64.b64encode(der).decode()
