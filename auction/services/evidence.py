"""Signed statements and certificates as they came in: sealed until the end, then evidence."""

import base64
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select

from auction.pki.chain import ValidatedCertificate
from auction.pki.sealing import Json
from auction.pki.statement import Signed, Statement
from auction.services.house import House
from auction.store.base import db
from auction.store.seats import Evidence


def sealed_row(
    house: House,
    lot_id: int | None,
    statement: Statement,
    signed: Signed,
    certificate: ValidatedCertificate,
    received: datetime,
) -> dict[str, object]:
    """The row that keeps one statement with its signature, the certificate path, and the revocation
    records on which the certificate counted as good (R-125)."""
    content: Json = {
        "purpose": statement.purpose,
        "body": signed.body.decode("ascii"),
        "signature": base64.b64encode(signed.signature).decode(),
        "certificates": [_text_of(der) for der in certificate.path],
        "revocation": list(certificate.evidence),
    }
    return {
        "digest": statement.digest,
        "lot_id": lot_id,
        "purpose": statement.purpose,
        "sealed": house.sealer.seal(content, f"evidence:{statement.digest}"),
        "received_at": received,
    }


@lru_cache(maxsize=4096)
def _text_of(der: bytes) -> str:
    # The same few certificates come with every bid.
    return base64.b64encode(der).decode()


def opened(house: House, digest: str) -> dict[str, Json] | None:
    """A kept statement in the clear; for auditors after the end, or for its own signer."""
    sealed = db.session.scalar(select(Evidence.sealed).where(Evidence.digest == digest))
    if sealed is None:
        return None
    content = house.sealer.open(sealed, f"evidence:{digest}")
    assert isinstance(content, dict)
    return content
