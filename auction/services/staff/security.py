"""Who guards trust and staff: there must stay two of them who can sign in."""

from collections.abc import Collection

from sqlalchemy import select

from auction.core.reasons import Refusal
from auction.pki.chain import TrustStore
from auction.services.house import House
from auction.services.trust.store import accepts
from auction.store.base import db
from auction.store.people import Credential, Officer, Role

NEEDED = 2


def able(house: House, store: TrustStore, *, without: Collection[str] = ()) -> set[str]:
    """Ids of the active security officers with a certificate that signs in under this store;
    credentials `without` do not count."""
    query = (
        select(Credential)
        .join(Officer, Officer.id == Credential.officer_id)
        .where(
            Officer.active,
            Credential.revoked_at.is_(None),
            Credential.retired_at.is_(None),
            Credential.not_after > house.now(),
            Credential.id.not_in(without),
        )
    )
    found = db.session.scalars(query)
    return {
        one.officer_id
        for one in found
        if one.officer_id is not None
        and one.officer is not None
        and Role.SECURITY in one.officer.roles
        and accepts(house, store, one)
    }


def require_enough(before: set[str], after: set[str]) -> None:
    """Raise Refusal SECURITY_NEEDED for a change that takes one of the last two away."""
    if len(after) < NEEDED and len(after) < len(before):
        raise Refusal("SECURITY_NEEDED", left=len(after))
