"""Applying for a lot: receipt of the documents, the signed form, and the seat that follows."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from auction.pki.sealing import SALT_BYTES, commitment
from auction.pki.statement import Signed
from auction.services import deposits, joint, listing_documents, logbook, randomness
from auction.services.application_form import (
    ApplicationForm,
    ApplicationRefused,
    Partner,
    ToSign,
    check_open,
    committed_text,
    party_of,
    to_sign,
    usual_form,
)
from auction.services.house import House
from auction.services.lots import is_practice
from auction.services.people import Actor
from auction.services.relisting import require_admissible
from auction.services.seats import pseudonym, seat_context, seat_of
from auction.services.statements import keep_evidence, verified
from auction.services.unit import writing
from auction.store.base import db
from auction.store.sales import Lot, SaleKind
from auction.store.seats import DepositAccount, Part, Reading, Seat

__all__ = [
    "ApplicationForm",
    "ApplicationRefused",
    "Partner",
    "ToSign",
    "apply",
    "check_open",
    "join_practice",
    "party_of",
    "reading_of",
    "receive_documents",
    "to_sign",
    "usual_form",
]


def receive_documents(
    house: House, lot: Lot, actor: Actor, signed: Signed, now: datetime | None = None
) -> None:
    """Keep the signed receipt of the listing documents. Raises ApplicationRefused."""
    now = now or house.now()
    documents = listing_documents.hash_list(lot)
    expect = {"documents": documents}
    checked = verified(house, lot, actor, "receipt", signed, expect, now)
    own = pseudonym(house, lot, party_of(actor))
    with writing() as session:
        keep_evidence(session, checked.row)
        known = session.get(Reading, (lot.id, own))
        if known is not None and known.documents == documents:
            return
        session.merge(
            Reading(
                lot_id=lot.id,
                pseudonym=own,
                documents=documents,
                statement=checked.statement.digest,
                signed_at=now,
            )
        )
        data = {"statement": checked.statement.digest}
        logbook.append(house, session, lot.sealed_log_id, "documents_received", data, now)


def reading_of(house: House, lot: Lot, party_id: str) -> Reading | None:
    """The party's receipt of the documents as they stand, or None."""
    found = db.session.get(Reading, (lot.id, pseudonym(house, lot, party_id)))
    if found is None or found.documents != listing_documents.hash_list(lot):
        return None
    return found


def apply(
    house: House,
    lot: Lot,
    actor: Actor,
    form: ApplicationForm,
    signed: Signed,
    now: datetime | None = None,
) -> Seat:
    """File a signed application and take the seat that it gives. Harmless if repeated.

    Raises ApplicationRefused: the codes of `to_sign` and `check_open`, ALREADY_APPLIED,
    TAKES_PART_JOINTLY, CONSENT_MISSING, ACCOUNTS_EXHAUSTED, NOT_A_BIDDER, those of
    `require_admissible`, and every code of the certificate room.
    """
    now = now or house.now()
    party_id = party_of(actor)
    wanted = to_sign(house, lot, actor, form)
    expect = {k: wanted.application[k] for k in ("form", "documents", "rules")}
    checked = verified(house, lot, actor, "application", signed, expect, now)
    digest = checked.statement.digest
    known = seat_of(house, lot, party_id)
    if known is not None and known.application == digest:
        return known
    check_open(lot, now)
    require_admissible(house, lot, party_id, now)
    own = pseudonym(house, lot, party_id)
    parties = wanted.content["parties"]
    salt = house.random.token(SALT_BYTES)
    with writing() as session:
        if session.get(Seat, (lot.id, own)) is not None:
            raise ApplicationRefused("ALREADY_APPLIED", 409)
        if session.get(Part, (lot.id, own)) is not None:
            raise ApplicationRefused("TAKES_PART_JOINTLY", 409)
        if form.partners:
            joint.require_consents(house, session, lot, own, wanted.form)
        content = {
            "party_id": party_id,
            "name": parties[0]["name"],
            "id_code": parties[0]["id_code"],
            "salt": salt.hex(),
            "members": parties[1:],
            "form": wanted.form.decode("utf-8"),
        }
        seat = Seat(
            lot_id=lot.id,
            pseudonym=own,
            plate=_free_plate(house, session, lot),
            sealed=house.sealer.seal(content, seat_context(lot, own)),
            commitment=commitment(salt, committed_text(parties)),
            application=digest,
            applied_at=now,
            account_number=_free_account(house, session, lot),
        )
        session.add(seat)
        session.add(Part(lot_id=lot.id, pseudonym=own, seat=own))
        keep_evidence(session, checked.row)
        data = {"commitment": seat.commitment, "statement": digest}
        logbook.append(house, session, lot.sealed_log_id, "application_filed", data, now)
    return seat


def join_practice(
    house: House, lot: Lot, actor: Actor, receipt: Signed, application: Signed
) -> Seat:
    """Everything up to the hall in one go, on a practice lot: receipt, application, deposit.

    The demo bank pays at once. Raises ApplicationRefused (NOT_A_PRACTICE_LOT and those of
    `receive_documents` and `apply`).
    """
    if lot.kind != SaleKind.PRACTICE or not house.site.demo:
        raise ApplicationRefused("NOT_A_PRACTICE_LOT", 404)
    receive_documents(house, lot, actor, receipt)
    seat = apply(house, lot, actor, usual_form(house, actor), application)
    if seat.qualified_at is None:
        deposits.pay_demo(house, lot, seat)
    return seat


def _free_plate(house: House, session: Session, lot: Lot) -> str:
    """A random plate that nobody has here; it tells nothing about who came first (R-30)."""
    taken = set(session.scalars(select(Seat.plate).where(Seat.lot_id == lot.id)))
    while True:
        plate = randomness.plate(house.random, is_practice(lot))
        if plate not in taken:
            return plate


def _free_account(house: House, session: Session, lot: Lot) -> str:
    """An account of the lot's pool, drawn at random (R-40)."""
    free = list(
        session.scalars(
            select(DepositAccount.number)
            .where(DepositAccount.lot_id == lot.id, DepositAccount.taken.is_(False))
            .order_by(DepositAccount.number)
        )
    )
    if not free:
        raise ApplicationRefused("ACCOUNTS_EXHAUSTED", 503)
    number = free[int.from_bytes(house.random.token(8), "big") % len(free)]
    session.execute(
        update(DepositAccount).where(DepositAccount.number == number).values(taken=True)
    )
    return number
