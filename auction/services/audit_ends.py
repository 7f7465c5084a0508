"""The ends of certificates opened after the end of a sale: what was committed to, and whether
nothing that the certificate signed stands behind the record of its end."""

import hashlib
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from auction.core import events as e
from auction.core.parameters import CertificateGround
from auction.pki.sealing import commitment
from auction.services import evidence
from auction.services.house import House
from auction.services.replay import Step
from auction.store.base import db
from auction.store.certificates import RevocationRecord
from auction.store.people import Credential

_SIGNED = e.BidAccepted | e.BidRefused | e.BidUnheard | e.AskAnswered | e.LotteryJoined


@dataclass(frozen=True, slots=True)
class OpenedEnd:
    """One record `seq` of a certificate's end, opened. Digests are hex; `proven`: the commitments
    in the log are to exactly these. `behind`: records after it that this certificate signed."""

    seq: int
    plate: str
    ground: CertificateGround
    learned: datetime
    certificate: str
    evidence: str | None
    revoked_at: datetime | None
    """When the authority revoked it, as the kept list or answer says; None where it ran out."""
    salt: str
    proven: bool
    behind: tuple[int, ...]


def opened_ends(house: House, steps: Sequence[Step]) -> list[OpenedEnd]:
    """Every end of a certificate in a replayed log whose bidding is over; callers record first
    that they look."""
    records = [step.record for step in steps]
    return [
        found
        for record in records
        if isinstance(record.event, e.CertificateEnded)
        if (found := _opened(house, record, record.event, records)) is not None
    ]


def revocation_bytes(sha256: str) -> tuple[str, bytes] | None:
    """Kind (`crl` or `ocsp`) and bytes of a kept record of revocation."""
    row = db.session.get(RevocationRecord, sha256)
    return None if row is None else (row.kind, row.der)


def _opened(
    house: House, record: e.Recorded, event: e.CertificateEnded, records: Sequence[e.Recorded]
) -> OpenedEnd | None:
    opening = evidence.opened(house, event.certificate)
    if opening is None:
        return None
    fingerprint, salt = str(opening["certificate"]), str(opening["salt"])
    record_of = opening["evidence"]
    listed = None if record_of is None else str(record_of)
    texts = (fingerprint, listed)
    made = [None if one is None else commitment(bytes.fromhex(salt), one) for one in texts]
    behind = [
        later.seq
        for later in records
        if later.seq > record.seq
        and isinstance(later.event, _SIGNED)
        and later.event.plate == event.plate
        and _signer(house, later.event.statement) == fingerprint
    ]
    return OpenedEnd(
        record.seq,
        event.plate,
        event.ground,
        event.instant,
        fingerprint,
        listed,
        None if listed is None else _revoked_at(fingerprint, listed),
        salt,
        made == [event.certificate, event.evidence],
        tuple(behind),
    )


def _signer(house: House, statement: str) -> str | None:
    """Fingerprint of the certificate by which a statement was signed."""
    kept = evidence.opened(house, statement)
    certificates = None if kept is None else kept["certificates"]
    if not isinstance(certificates, list) or not certificates:
        return None
    return hashlib.sha256(b64decode(str(certificates[0]))).hexdigest()


def _revoked_at(fingerprint: str, sha256: str) -> datetime | None:
    """When the authority says that it revoked the certificate, as the centre noted it."""
    query = select(Credential.revocation_instant).where(
        Credential.fingerprint == fingerprint, Credential.revocation_evidence == sha256
    )
    return db.session.scalar(query)
