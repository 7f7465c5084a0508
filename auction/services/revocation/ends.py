"""The end of an enrolled certificate: it signs nothing any more, and the sales it was in say so.

Ending is one transaction: certificate and sessions. What the lots' logs say follows through the
sequencer and is made up for by the clock, also after a crash in between: from the first
transaction on no bid of that certificate is accepted, so nothing can stand behind the record that
should not.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from auction.core import commands as c
from auction.core.parameters import CertificateGround
from auction.core.reasons import Refusal
from auction.core.state import RUNNING, Stage
from auction.pki.sealing import Json, commitment
from auction.services import logbook, lots
from auction.services.house import House
from auction.services.sessions import ending
from auction.services.unit import writing
from auction.store.base import db
from auction.store.people import Credential, WebSession
from auction.store.seats import Seat
from auction.trading.runtime import LotRuntime
from auction.trading.work import Work

PURPOSE = "certificate-end"
"""Of the evidence that opens the record of a certificate's end."""
CODES = {
    CertificateGround.REVOKED: "CERT_REVOKED",
    CertificateGround.EXPIRED: "CERT_EXPIRED",
}
_OPEN = RUNNING | {Stage.RESULT_HELD}
_ASKED_AT_ONCE = 500
_SLACK = timedelta(hours=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """A bidder's certificate that ended. `evidence` is the SHA-256 of the revocation record."""

    party_id: str
    fingerprint: str
    ground: CertificateGround
    instant: datetime
    evidence: str | None


def end(
    house: House,
    credential_id: str,
    ground: CertificateGround,
    *,
    instant: datetime | None = None,
    evidence: str | None = None,
) -> bool:
    """End a certificate and everything that is signed in with it; whether anything changed.

    Revoked: `instant` is the authority's, `evidence` the record that says so. It stays ended
    whatever a later list says: only an officer binds a certificate.
    """
    revoked = ground is CertificateGround.REVOKED
    with writing() as session:
        now = house.now()
        credential = session.get_one(Credential, credential_id, with_for_update=True)
        changed = revoked and credential.revoked_at is None
        if changed:
            credential.revoked_at = now
            credential.revocation_instant = instant
            credential.revocation_evidence = evidence
        ended = ending.end_of(session, now, CODES[ground], [credential_id])
        if changed or ended:
            # Whose it was stays unreadable here, and which list said so would point at him.
            index = house.sealer.index("certificate", credential.issuer_hash, credential.serial)
            data = {"certificate": index, "ground": str(ground)}
            logbook.security(house, session, "certificate_ended", data)
    return bool(changed or ended)


def end_expired(house: House) -> int:
    """End the sessions of certificates that have run out; how many certificates had any."""
    now = house.now()
    query = (
        select(Credential.id)
        .join(WebSession, WebSession.credential_id == Credential.id)
        .where(
            Credential.not_after <= now,
            Credential.not_after > now - timedelta(hours=house.site.session_hours) - _SLACK,
            WebSession.ended_at.is_(None),
        )
        .distinct()
    )
    found = list(db.session.scalars(query))
    return sum(end(house, one, CertificateGround.EXPIRED) for one in found)


def record_ends(house: House) -> int:
    """Bring the ends of certificates into the log of every open lot whose bidder they belong to
    and do not stand in yet; how many records were added.

    A lot is concerned by what ended since its listing began.
    """
    runtimes = [r for r in house.writer.runtimes.values() if r.state.stage in _OPEN]
    if not runtimes:
        return 0
    ended = _ended_since(house, min(r.state.terms.listing_from for r in runtimes))
    if not ended:
        return 0
    house.sequencer.refresh([r.lot_id for r in runtimes])
    return sum(_record(house, r, plate, one) for r, plate, one in _missing(house, runtimes, ended))


def _ended_since(house: House, since: datetime) -> list[Ended]:
    query = select(
        Credential.party_id,
        Credential.fingerprint,
        Credential.not_after,
        Credential.revoked_at,
        Credential.revocation_evidence,
    ).where(
        Credential.party_id.is_not(None),
        or_(
            (Credential.revoked_at >= since) & Credential.revocation_evidence.is_not(None),
            Credential.not_after.between(since, house.now()),
        ),
    )
    return [
        Ended(row.party_id, row.fingerprint, CertificateGround.EXPIRED, row.not_after, None)
        if row.revoked_at is None
        else Ended(
            row.party_id,
            row.fingerprint,
            CertificateGround.REVOKED,
            row.revoked_at,
            row.revocation_evidence,
        )
        for row in db.session.execute(query)
    ]


def _missing(
    house: House, runtimes: Sequence[LotRuntime], ended: Sequence[Ended]
) -> list[tuple[LotRuntime, str, Ended]]:
    """Lot, plate and certificate of the ends that are not in the lot's log."""
    wanted: dict[tuple[int, str], list[tuple[LotRuntime, Ended]]] = {}
    for runtime in runtimes:
        for one in ended:
            committed = certificate_commitment(house, runtime.slug, one.fingerprint)
            recorded = committed in runtime.state.ended_certificates
            if one.instant >= runtime.state.terms.listing_from and not recorded:
                key = (runtime.lot_id, house.sealer.pseudonym(runtime.slug, one.party_id))
                wanted.setdefault(key, []).append((runtime, one))
    keys = list(wanted)
    found = []
    for at in range(0, len(keys), _ASKED_AT_ONCE):
        part = keys[at : at + _ASKED_AT_ONCE]
        query = select(Seat.lot_id, Seat.pseudonym, Seat.plate).where(
            Seat.lot_id.in_({lot_id for lot_id, _ in part}),
            Seat.pseudonym.in_({pseudonym for _, pseudonym in part}),
        )
        for row in db.session.execute(query):
            for runtime, one in wanted.get((row.lot_id, row.pseudonym), ()):
                if row.plate in runtime.state.admitted:
                    found.append((runtime, row.plate, one))
    return found


def _record(house: House, runtime: LotRuntime, plate: str, one: Ended) -> int:
    slug = runtime.slug
    salt = _salt(house, slug, one.fingerprint)
    committed = certificate_commitment(house, slug, one.fingerprint)
    opening: dict[str, Json] = {
        "purpose": PURPOSE,
        "certificate": one.fingerprint,
        "evidence": one.evidence,
        "salt": salt.hex(),
    }
    keep = {
        "digest": committed,
        "lot_id": runtime.lot_id,
        "purpose": PURPOSE,
        "sealed": house.sealer.seal(opening, f"evidence:{committed}"),
        "received_at": house.now(),
    }

    def work(arrival: datetime) -> Work:
        command = c.EndCertificate(
            arrival=arrival,
            plate=plate,
            ground=one.ground,
            certificate=committed,
            evidence=None if one.evidence is None else commitment(salt, one.evidence),
            instant=one.instant,
        )
        return Work(runtime.lot_id, command, keep=keep)

    try:
        return len(lots.act(house, runtime.lot_id, work).records)
    except Refusal as refusal:  # the bidding ended meanwhile: nothing can be signed there any more
        log.info("the end of a certificate is not recorded in %s: %s", slug, refusal.code)
    except TimeoutError:
        log.warning("the end of a certificate waits to be recorded in %s", slug)
    return 0


def certificate_commitment(house: House, slug: str, fingerprint: str) -> str:
    """What stands for a certificate in the log of lot `slug`; another in every lot."""
    return commitment(_salt(house, slug, fingerprint), fingerprint)


def _salt(house: House, slug: str, fingerprint: str) -> bytes:
    return house.sealer.salt("certificate end", slug, fingerprint)
