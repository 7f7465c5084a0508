"""Whose certificates a responder is asked about, and whose turn it is.

About every enrolled one in use, whoever holds it and whatever he does: were it only those who can
sign something now, the responder, the line to it and the kept answers would tell who takes part.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from sqlalchemy import select

from auction.pki.revocation import issuer_key
from auction.services.house import House
from auction.store.base import db
from auction.store.certificates import RevocationRecord
from auction.store.people import Credential


def whose_turn(house: House, issuers: Sequence[x509.Certificate], limit: int) -> list[bytes]:
    """At most `limit` certificates (DER) in use that one of these authorities may have issued.

    Those without an answer first, then the oldest; not those whose answer is still young.
    """
    now = house.now()
    rows = db.session.execute(
        select(Credential.id, Credential.issuer_hash, Credential.serial)
        .where(
            Credential.issuer_hash.in_({name_hash(one) for one in issuers}),
            Credential.revoked_at.is_(None),
            Credential.retired_at.is_(None),
            Credential.not_after > now,
        )
        .order_by(Credential.id)
    ).all()
    answered = _answered(issuers)
    due: list[tuple[bool, datetime, str]] = []
    for row in rows:
        made, middle = answered.get((row.issuer_hash, row.serial), (now, now))
        if now >= middle:
            due.append(((row.issuer_hash, row.serial) in answered, made, row.id))
    turn = [credential_id for _, _, credential_id in sorted(due)[:limit]]
    query = select(Credential.id, Credential.certificate).where(Credential.id.in_(turn))
    found = {row.id: row.certificate for row in db.session.execute(query)}
    return [found[one] for one in turn]


def name_hash(ca: x509.Certificate) -> str:
    """How an authority's name stands in the certificates that are enrolled under it."""
    return hashlib.sha256(ca.subject.public_bytes()).hexdigest()


def _answered(
    issuers: Sequence[x509.Certificate],
) -> dict[tuple[str, str], tuple[datetime, datetime]]:
    """Authority (hash of its name) and serial number to when the answer in force was made, and
    when half of its time is over."""
    names = {issuer_key(one): name_hash(one) for one in issuers}
    query = select(
        RevocationRecord.issuer,
        RevocationRecord.serial,
        RevocationRecord.this_update,
        RevocationRecord.next_update,
    ).where(
        RevocationRecord.in_force,
        RevocationRecord.kind == "ocsp",
        RevocationRecord.issuer.in_(names),
    )
    return {
        (names[row.issuer], row.serial): (
            row.this_update,
            row.this_update + (row.next_update - row.this_update) / 2,
        )
        for row in db.session.execute(query)
    }
