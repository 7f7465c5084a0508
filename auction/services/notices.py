"""A notice's way through the office: draft, submitted, returned or approved, published.

Two officers stand between a draft and the public: the drafter submits, another one signs with a
certificate. What was signed is never changed afterwards (R-12).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from auction.core.instants import to_us
from auction.core.notice_checks import NOTICE_MIN, Level
from auction.core.notice_codec import notice_from_dict, notice_to_dict
from auction.core.reasons import Refusal
from auction.ledger import canonical
from auction.pki import statement as st
from auction.pki.statement import Signed
from auction.services import evidence, logbook, lots
from auction.services.house import House
from auction.services.notice_content import (
    Content,
    approval_of,
    content_of,
    finding_key,
    free_lot_slugs,
    free_notice_slug,
    review,
    to_confirm,
)
from auction.services.people import Actor, certificate_of
from auction.services.randomness import identifier
from auction.services.unit import writing
from auction.store.base import db
from auction.store.logs import Log
from auction.store.sales import Lot, Notice, NoticeStatus, SaleKind
from auction.store.seats import Evidence

LATENESS = timedelta(seconds=60)
"""A publication that comes later than this after its signed instant counts as an outage (O-2)."""
EDITABLE = (NoticeStatus.DRAFT, NoticeStatus.RETURNED)


class NoticeRefused(Exception):
    """An act upon a notice that is not allowed now; `code` says why."""

    def __init__(self, code: str, **facts: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


# --- drafting -------------------------------------------------------------------------------


def begin(house: House, actor: Actor, kind: SaleKind, draft: dict[str, list[str]]) -> str:
    """A new draft with this input; its id."""
    notice_id = identifier(house.random)
    with writing() as session:
        session.add(
            Notice(
                id=notice_id,
                slug=notice_id,
                number="",
                kind=str(kind),
                status=str(NoticeStatus.DRAFT),
                facts={},
                profile={},
                acceptances={},
                draft=draft,
                lot_slugs={},
                drafted_by=_officer(actor),
                updated_at=house.now(),
            )
        )
    return notice_id


def save(
    house: House,
    notice_id: str,
    actor: Actor,
    kind: SaleKind,
    draft: dict[str, list[str]],
    content: Content | None,
    reasons: Mapping[str, str],
) -> None:
    """Keep a draft as it was typed; `content` is None while it is not yet a notice.

    Raises NoticeRefused (NOT_YOUR_DRAFT, NOT_EDITABLE).
    """
    with writing() as session:
        row = _editable(session, notice_id, actor)
        _write(house, row, kind, draft, content, reasons)


def submit(
    house: House,
    notice_id: str,
    actor: Actor,
    kind: SaleKind,
    draft: dict[str, list[str]],
    content: Content,
    reasons: Mapping[str, str],
) -> None:
    """Hand a notice to the approver.

    Raises NoticeRefused (NOT_YOUR_DRAFT, NOT_EDITABLE, BLOCKED, LISTING_OVER,
    WARNING_WITHOUT_REASON).
    """
    if content.notice.windows.listing.end <= house.now():
        raise NoticeRefused("LISTING_OVER")
    findings = review(content, kind)
    if any(f.level is Level.BLOCK for f in findings):
        raise NoticeRefused("BLOCKED")
    warned = [finding_key(f) for f in findings if f.level is Level.WARN]
    if missing := [key for key in warned if not reasons.get(key, "").strip()]:
        raise NoticeRefused("WARNING_WITHOUT_REASON", missing=",".join(missing))
    kept = {key: reasons[key].strip() for key in warned}
    with writing() as session:
        row = _editable(session, notice_id, actor)
        _write(house, row, kind, draft, content, kept)
        row.content_hash = hashlib.sha256(canonical.encode(row.facts)).hexdigest()
        row.slug = free_notice_slug(session, row)
        row.lot_slugs = free_lot_slugs(session, row, content.notice)
        row.status = str(NoticeStatus.SUBMITTED)
        row.submitted_at = house.now()
        row.returned_because = None
        _register(house, session, "notice_submitted", row, actor)


def find(notice_id: str) -> Notice | None:
    """A notice in whatever state, for the office only."""
    return db.session.get(Notice, notice_id)


def in_office() -> list[Notice]:
    """Every notice that is not yet published."""
    query = (
        select(Notice)
        .where(Notice.status != str(NoticeStatus.PUBLISHED))
        .order_by(Notice.updated_at.desc(), Notice.id)
    )
    return list(db.session.scalars(query))


# --- approval -------------------------------------------------------------------------------


def approve(
    house: House, notice_id: str, actor: Actor, payload: Mapping[str, object], ticked: list[str]
) -> None:
    """Keep an approver's signature; publish at the instant that it names.

    Raises NoticeRefused (NOT_SUBMITTED, OWN_DRAFT, NOT_TICKED, LISTING_OVER,
    PUBLICATION_TOO_LATE),
    StatementError or CertificateError.
    """
    now = house.now()
    with writing() as session:
        row = session.get_one(Notice, notice_id)
        _require_second(row, actor)
        if row.status != NoticeStatus.SUBMITTED:
            raise NoticeRefused("NOT_SUBMITTED")
        if set(to_confirm(row)) - set(ticked):
            raise NoticeRefused("NOT_TICKED")
        asked = approval_of(row, now)
        _require_time(row, asked.publish_at or now)
        signed = Signed.from_transport(payload)
        certificate = certificate_of(house, actor, asked.purpose)
        statement = st.verify_statement(
            asked.purpose,
            signed.body,
            signed.signature,
            certificate,
            expect={
                "aud": house.site.origin,
                "lot": asked.lot,
                "act": asked.act,
                "document": asked.document,
            },
            now=now,
        )
        if session.get(Evidence, statement.digest) is not None:
            raise NoticeRefused("SIGNED_BEFORE")
        keep = evidence.sealed_row(house, None, statement, signed, certificate, now)
        session.execute(insert(Evidence), [keep])
        row.status = str(NoticeStatus.APPROVED)
        row.approved_by = _officer(actor)
        row.approved_at = now
        row.approval_statement = statement.digest
        row.publish_at = asked.publish_at or now
        _register(
            house,
            session,
            "notice_approved",
            row,
            actor,
            document=asked.document,
            statement=statement.digest,
            act=asked.act,
            accepted=sorted(ticked),
        )
    if asked.publish_at is None:
        publish(house, notice_id)


def send_back(house: House, notice_id: str, actor: Actor, comment: str) -> None:
    """Return a notice to its drafter, also one that is approved but not yet published.

    Raises NoticeRefused (OWN_DRAFT, NO_COMMENT, NOT_SUBMITTED).
    """
    if not comment.strip():
        raise NoticeRefused("NO_COMMENT")
    with writing() as session:
        row = session.get_one(Notice, notice_id)
        _require_second(row, actor)
        if row.status not in (NoticeStatus.SUBMITTED, NoticeStatus.APPROVED) or row.lots:
            raise NoticeRefused("NOT_SUBMITTED")
        row.status = str(NoticeStatus.RETURNED)
        row.returned_because = comment.strip()
        row.approved_by = row.approved_at = row.approval_statement = row.publish_at = None
        row.updated_at = house.now()
        _register(house, session, "notice_returned", row, actor)


# --- publication ----------------------------------------------------------------------------


def publish_due(house: House) -> list[str]:
    """Publish every notice whose signed instant has come, or whose publication broke off; their
    ids. One that an outage made too late for its minimum period is left for an officer (O-2).
    """
    now = house.now()
    unfinished = Notice.lots.any(Lot.log.has(Log.size == 0))
    query = select(Notice).where(
        Notice.approval_statement.is_not(None),
        Notice.publish_at <= now,
        or_(Notice.status == str(NoticeStatus.APPROVED), unfinished),
    )
    due = [row.id for row in db.session.scalars(query) if not missed(row, now)]
    for notice_id in due:
        publish(house, notice_id)
    return due


def missed(row: Notice, now: datetime) -> bool:
    """Whether an approved notice can no longer be published with its signed times."""
    if row.status != NoticeStatus.APPROVED or row.publish_at is None or lots.is_practice(row):
        return False
    if now - row.publish_at <= LATENESS:
        return False
    return notice_from_dict(row.facts).windows.listing.start - now < NOTICE_MIN


def publish(house: House, notice_id: str) -> None:
    """Put an approved notice and its lots before the public; harmless if that has been done."""
    with writing() as session:
        row = session.get_one(Notice, notice_id)
        if row.status not in (NoticeStatus.APPROVED, NoticeStatus.PUBLISHED):
            return
        content = content_of(row)
        known = {lot.code: lot.id for lot in row.lots}
        for lot in content.notice.lots:
            if lot.code not in known:
                new = lots.NewLot(
                    row.lot_slugs[lot.code],
                    lot.code,
                    content.profile(lot),
                    content.of_lot(lot.code).follows,
                )
                known[lot.code] = lots.prepare(house, session, row, new)
        addresses = sorted(row.lot_slugs.values())
        told = {
            "notice": row.id,
            "number": row.number,
            "kind": row.kind,
            "content": row.content_hash,
            "lots": addresses,
        }
    opened = [_opened(house, lot_id) for lot_id in known.values()]
    if any(opened):
        with writing() as session:
            logbook.register(house, session, "notice_published", told)


def _opened(house: House, lot_id: int) -> bool:
    """Begin a lot's log; False if another worker or an earlier attempt has done so."""
    if db.session.get_one(Lot, lot_id).log.size:
        return False
    try:
        lots.open_lot(house, lot_id)
    except Refusal as refusal:
        if refusal.code != "LOT_ALREADY_OPEN":
            raise
        return False
    return True


# --- parts ----------------------------------------------------------------------------------


def _officer(actor: Actor) -> str:
    assert actor.officer_id is not None
    return actor.officer_id


def _editable(session: Session, notice_id: str, actor: Actor) -> Notice:
    row = session.get_one(Notice, notice_id)
    if row.status not in EDITABLE:
        raise NoticeRefused("NOT_EDITABLE", status=row.status)
    if row.drafted_by != actor.officer_id:
        # Otherwise somebody could edit a notice and then approve it as "the second officer".
        raise NoticeRefused("NOT_YOUR_DRAFT")
    return row


def _require_second(row: Notice, actor: Actor) -> None:
    if row.drafted_by == actor.officer_id:
        raise NoticeRefused("OWN_DRAFT")


def _require_time(row: Notice, publish_at: datetime) -> None:
    windows = notice_from_dict(row.facts).windows
    if windows.listing.end <= publish_at:
        raise NoticeRefused("LISTING_OVER")
    if lots.is_practice(row):
        return
    listing = windows.listing.start
    if listing - publish_at < NOTICE_MIN:
        raise NoticeRefused(
            "PUBLICATION_TOO_LATE",
            listing_us=to_us(listing),
            earliest_us=to_us(publish_at + NOTICE_MIN),
        )


def _write(
    house: House,
    row: Notice,
    kind: SaleKind,
    draft: dict[str, list[str]],
    content: Content | None,
    reasons: Mapping[str, str],
) -> None:
    row.kind = str(kind)
    row.draft = draft
    row.acceptances = dict(reasons)
    row.updated_at = house.now()
    if content is None:
        row.facts, row.profile = {}, {}
        row.lot_rules = None
    else:
        row.number = content.notice.number
        row.facts = notice_to_dict(content.notice)
        row.profile = content.profile(content.notice.lots[0]).to_dict()
        row.variant = content.variant
        row.lot_rules = {code: asdict(own) for code, own in content.lots.items()}


def _register(
    house: House,
    session: Session,
    kind: str,
    row: Notice,
    actor: Actor,
    **more: str | list[str],
) -> None:
    """Record an officer's act upon a notice in the centre's register."""
    data = {
        "notice": row.id,
        "number": row.number,
        "kind": row.kind,
        "content": row.content_hash,
        "officer": _officer(actor),
        **more,
    }
    logbook.register(house, session, kind, data)
