"""Signed statements on a lot: checked against what the server knows, kept as evidence."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from auction.pki import statement as st
from auction.pki.chain import CertificateError
from auction.pki.statement import Signed, Statement, StatementError
from auction.services import evidence, people
from auction.services.application_form import ApplicationRefused
from auction.services.house import House
from auction.services.lots import is_practice
from auction.services.people import Actor
from auction.store.sales import Lot
from auction.store.seats import Evidence


@dataclass(frozen=True, slots=True)
class Checked:
    """A verified statement and the row that keeps it as evidence."""

    statement: Statement
    row: dict[str, object]


def verified(
    house: House,
    lot: Lot,
    actor: Actor,
    purpose: str,
    signed: Signed,
    expect: dict[str, str],
    now: datetime,
) -> Checked:
    """Check the actor's statement on this lot. Raises ApplicationRefused with the room's code."""
    kind = st.purpose_for(purpose, practice=is_practice(lot))
    try:
        certificate = people.certificate_of(house, actor, kind)
        statement = st.verify_statement(
            kind,
            signed.body,
            signed.signature,
            certificate,
            expect={"aud": house.site.origin, "lot": lot.slug, **expect},
            now=now,
        )
    except (StatementError, CertificateError) as error:
        raise ApplicationRefused(str(error.code), 422, **error.data) from None
    row = evidence.sealed_row(house, lot.id, statement, signed, certificate, now)
    return Checked(statement, row)


def keep_evidence(session: Session, row: dict[str, object]) -> None:
    """Keep a statement once."""
    if session.get(Evidence, row["digest"]) is None:
        session.execute(insert(Evidence), [row])
