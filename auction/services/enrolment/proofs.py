"""Proof that somebody holds a good certificate which nobody is enrolled with.

He has signed in with it, so that the enrolment desk knows who asks; his browser holds a random
token, the table its hash. A whole path would not fit into a cookie.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from auction.pki.chain import CertificateError, ValidatedCertificate
from auction.services.house import House
from auction.services.people import between, ders
from auction.services.unit import writing
from auction.store.base import db
from auction.store.certificates import EnrolmentProof

PROOF_LIFE = timedelta(minutes=15)
"""How long he may take to ask for enrolment."""


@dataclass(frozen=True, slots=True)
class Enrolling:
    """Who asks to be enrolled: his certificate, and what builds its path."""

    certificate: ValidatedCertificate
    intermediates: tuple[bytes, ...]


def keep(house: House, session: Session, certificate: ValidatedCertificate) -> str:
    """Keep the proof in the caller's transaction; its token."""
    token = house.random.token(32).hex()
    session.add(
        EnrolmentProof(
            token_hash=_hash(token),
            certificate=certificate.path[0],
            intermediates=between(certificate),
            expires_at=house.now() + PROOF_LIFE,
        )
    )
    return token


def find(house: House, token: str) -> Enrolling | None:
    """Who holds this proof; None if it is unknown, too old, or its certificate counts no more."""
    now = house.now()
    row = db.session.get(EnrolmentProof, _hash(token))
    if row is None or row.expires_at <= now:
        return None
    chain = ders(row.intermediates)
    try:
        return Enrolling(house.trust.validate(row.certificate, chain, now, "login"), chain)
    except CertificateError:
        return None


def forget(token: str) -> None:
    """The request for enrolment has been filed: its proof is used up."""
    with writing() as session:
        session.execute(delete(EnrolmentProof).where(EnrolmentProof.token_hash == _hash(token)))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
