"""Joint applications: the lead proposes, each partner consents with its own certificate (R-27)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from auction.ledger import canonical
from auction.pki.statement import Signed
from auction.services import logbook, people
from auction.services.application_form import (
    ApplicationForm,
    ApplicationRefused,
    check_open,
    party_of,
    to_sign,
)
from auction.services.house import House
from auction.services.people import Actor
from auction.services.randomness import identifier
from auction.services.relisting import require_admissible
from auction.services.seats import pseudonym
from auction.services.statements import keep_evidence, verified
from auction.services.unit import writing
from auction.store.base import db
from auction.store.sales import Lot
from auction.store.seats import JointConsent, JointDraft, Part, Seat


@dataclass(frozen=True, slots=True)
class Joint:
    """A joint application as one of its parties sees it."""

    draft: JointDraft
    lot: Lot
    form: bytes
    content: dict[str, Any]
    signed: tuple[tuple[str, datetime | None], ...]
    """Each partner's name with the instant of its consent, in the order of the form."""
    leads: bool
    filed: bool

    @property
    def form_hash(self) -> str:
        return hashlib.sha256(self.form).hexdigest()

    @property
    def complete(self) -> bool:
        return all(at is not None for _, at in self.signed)


def propose(
    house: House, lot: Lot, actor: Actor, form: ApplicationForm, now: datetime | None = None
) -> JointDraft:
    """Put a joint application before its partners; an earlier one of the same lead is withdrawn.

    Raises ApplicationRefused: the codes of `to_sign` and `check_open`, ALREADY_APPLIED,
    TAKES_PART_JOINTLY. Whether a partner takes part elsewhere is told only to the partner
    itself, never to the lead.
    """
    now = now or house.now()
    wanted = to_sign(house, lot, actor, form)
    check_open(lot, now)
    require_admissible(house, lot, party_of(actor), now)
    own = pseudonym(house, lot, party_of(actor))
    partners = [people.party_named(house, partner.name) for partner in form.partners]
    with writing() as session:
        if session.get(Seat, (lot.id, own)) is not None:
            raise ApplicationRefused("ALREADY_APPLIED", 409)
        if session.get(Part, (lot.id, own)) is not None:
            raise ApplicationRefused("TAKES_PART_JOINTLY", 409)
        _withdraw(session, lot, own, now)
        draft = JointDraft(
            id=identifier(house.random),
            lot_id=lot.id,
            lead=own,
            sealed=b"",
            made_at=now,
        )
        draft.sealed = house.sealer.seal({"form": wanted.form.decode("utf-8")}, _context(draft))
        session.add(draft)
        session.flush()
        for party_id in partners:
            assert party_id is not None  # to_sign has found them all
            member = pseudonym(house, lot, party_id)
            session.add(JointConsent(joint_id=draft.id, pseudonym=member))
    return draft


def find(house: House, joint_id: str, party_id: str) -> Joint | None:
    """A joint application that stands, if this party is its lead or a partner."""
    draft = db.session.get(JointDraft, joint_id)
    if draft is None or draft.withdrawn_at is not None:
        return None
    lot = db.session.get_one(Lot, draft.lot_id)
    own = pseudonym(house, lot, party_id)
    consents = _consents(db.session(), draft)
    if own != draft.lead and own not in consents:
        return None
    return _opened(house, lot, draft, consents, leads=own == draft.lead)


def of_lot(house: House, lot: Lot, party_id: str) -> list[Joint]:
    """Joint applications for a lot in which this party has a place and that still stand."""
    own = pseudonym(house, lot, party_id)
    query = (
        select(JointDraft)
        .outerjoin(JointConsent, JointConsent.joint_id == JointDraft.id)
        .where(
            JointDraft.lot_id == lot.id,
            JointDraft.withdrawn_at.is_(None),
            (JointDraft.lead == own) | (JointConsent.pseudonym == own),
        )
        .distinct()
        .order_by(JointDraft.made_at)
    )
    drafts = list(db.session.scalars(query))
    return [_opened(house, lot, d, _consents(db.session(), d), leads=d.lead == own) for d in drafts]


def consented_at(house: House, joint: Joint, actor: Actor) -> datetime | None:
    """When this partner has consented, or None."""
    own = pseudonym(house, joint.lot, party_of(actor))
    place = db.session.get(JointConsent, (joint.draft.id, own))
    return None if place is None else place.signed_at


def consent(
    house: House, joint: Joint, actor: Actor, signed: Signed, now: datetime | None = None
) -> None:
    """Keep a partner's signed consent; from now on it takes part in this lot, here only.

    Raises ApplicationRefused: ALREADY_TAKES_PART (R-27), JOINT_WITHDRAWN, and every code of the
    certificate room.
    """
    now = now or house.now()
    lot, own = joint.lot, pseudonym(house, joint.lot, party_of(actor))
    check_open(lot, now)
    require_admissible(house, lot, party_of(actor), now)
    checked = verified(house, lot, actor, "consent", signed, {"form": joint.form_hash}, now)
    with writing() as session:
        draft = session.get_one(JointDraft, joint.draft.id)
        place = session.get(JointConsent, (draft.id, own))
        if draft.withdrawn_at is not None or place is None:
            raise ApplicationRefused("JOINT_WITHDRAWN", 409)
        if place.signed_at is not None:
            return
        if session.get(Part, (lot.id, own)) is not None:
            raise ApplicationRefused("ALREADY_TAKES_PART", 409)
        place.statement, place.signed_at = checked.statement.digest, now
        session.add(Part(lot_id=lot.id, pseudonym=own, seat=draft.lead))
        keep_evidence(session, checked.row)
        data = {"statement": checked.statement.digest}
        logbook.append(house, session, lot.sealed_log_id, "consent_signed", data, now)


def withdraw(house: House, joint: Joint, actor: Actor, now: datetime | None = None) -> None:
    """Withdraw a joint application before it is filed (any party may); its partners are free.

    Raises ApplicationRefused(ALREADY_APPLIED) once it has been filed.
    """
    now = now or house.now()
    party_of(actor)
    with writing() as session:
        draft = session.get_one(JointDraft, joint.draft.id)
        if session.get(Seat, (draft.lot_id, draft.lead)) is not None:
            raise ApplicationRefused("ALREADY_APPLIED", 409)
        _withdraw(session, joint.lot, draft.lead, now)


def require_consents(house: House, session: Session, lot: Lot, lead: str, form: bytes) -> None:
    """That every partner has consented to exactly this form; ApplicationRefused otherwise."""
    query = select(JointDraft).where(
        JointDraft.lot_id == lot.id, JointDraft.lead == lead, JointDraft.withdrawn_at.is_(None)
    )
    draft = session.scalar(query)
    if draft is None or _form(house, draft) != form:
        raise ApplicationRefused("CONSENT_MISSING", 409)
    if any(place.signed_at is None for place in _consents(session, draft).values()):
        raise ApplicationRefused("CONSENT_MISSING", 409)


def _withdraw(session: Session, lot: Lot, lead: str, now: datetime) -> None:
    drafts = session.scalars(
        select(JointDraft).where(
            JointDraft.lot_id == lot.id, JointDraft.lead == lead, JointDraft.withdrawn_at.is_(None)
        )
    )
    for draft in drafts:
        draft.withdrawn_at = now
    session.execute(
        delete(Part).where(Part.lot_id == lot.id, Part.seat == lead, Part.pseudonym != lead)
    )


def _consents(session: Session, draft: JointDraft) -> dict[str, JointConsent]:
    query = select(JointConsent).where(JointConsent.joint_id == draft.id)
    return {place.pseudonym: place for place in session.scalars(query)}


def _opened(
    house: House, lot: Lot, draft: JointDraft, consents: dict[str, JointConsent], *, leads: bool
) -> Joint:
    form = _form(house, draft)
    content = canonical.decode(form)
    signed = []
    for party in content["parties"][1:]:
        party_id = people.party_named(house, party["name"], party["id_code"])
        place = consents.get(pseudonym(house, lot, party_id or ""))
        signed.append((party["name"], None if place is None else place.signed_at))
    filed = db.session.get(Seat, (lot.id, draft.lead)) is not None
    return Joint(draft, lot, form, content, tuple(signed), leads, filed)


def _form(house: House, draft: JointDraft) -> bytes:
    content = house.sealer.open(draft.sealed, _context(draft))
    assert isinstance(content, dict)
    return str(content["form"]).encode("utf-8")


def _context(draft: JointDraft) -> str:
    return f"joint:{draft.id}"
