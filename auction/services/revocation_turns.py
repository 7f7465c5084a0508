"""Whose certificates a responder is asked about, and whose turn it is."""

from collections.abc import Set
from datetime import datetime

from sqlalchemy import or_, select

from auction.core.state import RUNNING, Stage
from auction.services.house import House
from auction.store.base import db
from auction.store.certificates import RevocationRecord
from auction.store.people import Credential, Party, WebSession
from auction.store.seats import Seat

_OPEN = RUNNING | {Stage.RESULT_HELD}


def whose_turn(house: House, issuers: Set[str], *, everybody: bool, limit: int) -> list[bytes]:
    """Certificates (DER) of these issuers (hashes of their names) that could sign something now:
    signed in, or a bidder's who is qualified in an open lot; `everybody`: every enrolled one.

    Those without an answer first, then the oldest; not those whose answer is still young.
    """
    now = house.now()
    query = select(Credential.id, Credential.serial, Credential.certificate).where(
        Credential.issuer_hash.in_(issuers),
        Credential.revoked_at.is_(None),
        Credential.retired_at.is_(None),
        Credential.not_after > now,
    )
    if not everybody:
        signed_in = select(WebSession.credential_id).where(
            WebSession.ended_at.is_(None), WebSession.expires_at > now
        )
        query = query.where(
            or_(Credential.id.in_(signed_in), Credential.party_id.in_(_qualified(house)))
        )
    rows = db.session.execute(query).all()
    answered = _answered(now)
    waiting = [row for row in rows if answered.get(row.serial, (now, True))[1]]
    waiting.sort(key=lambda row: (row.serial in answered, answered.get(row.serial, (now,))[0]))
    return [row.certificate for row in waiting[:limit]]


def _answered(now: datetime) -> dict[str, tuple[datetime, bool]]:
    """Serial number to when its answer in force was made, and whether it is past its middle."""
    query = select(
        RevocationRecord.serial, RevocationRecord.this_update, RevocationRecord.next_update
    ).where(RevocationRecord.in_force, RevocationRecord.kind == "ocsp")
    return {
        row.serial: (
            row.this_update,
            row.next_update is None
            or now >= row.this_update + (row.next_update - row.this_update) / 2,
        )
        for row in db.session.execute(query)
    }


def _qualified(house: House) -> list[str]:
    """The parties that are qualified in a lot where something can still be signed.

    Seats do not say whose they are: only this process can tell, by its key.
    """
    lots = {r.lot_id: r.slug for r in house.writer.runtimes.values() if r.state.stage in _OPEN}
    query = select(Seat.lot_id, Seat.pseudonym).where(
        Seat.lot_id.in_(lots), Seat.qualified_at.is_not(None)
    )
    seats = {(row.lot_id, row.pseudonym) for row in db.session.execute(query)}
    if not seats:
        return []

    def sits(party_id: str) -> bool:
        pseudonym = house.sealer.pseudonym
        return any((lot_id, pseudonym(slug, party_id)) in seats for lot_id, slug in lots.items())

    return [party_id for party_id in db.session.scalars(select(Party.id)) if sits(party_id)]
