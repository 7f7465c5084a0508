"""Lots: putting them on the market, finding them, and the acts of officers upon them."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.orm import Session

from auction.core import commands as c
from auction.core.events import Admission
from auction.core.parameters import CapMode
from auction.core.profile import RuleProfile
from auction.ledger import canonical
from auction.services import logbook
from auction.services.house import House
from auction.services.openings import seed_place
from auction.store.base import db
from auction.store.logs import Log, LogKind
from auction.store.sales import Lot, Notice, NoticeStatus, SaleKind
from auction.store.seats import DepositAccount, Seat
from auction.trading.runtime import LotRuntime
from auction.trading.work import Answer, Work

ACCOUNT_POOL = 500
"""Deposit accounts made for each lot beforehand, so that their number tells nothing (R-40)."""
ANSWER_SECONDS = 30.0
SLUG = r"[0-9A-Za-z][0-9A-Za-z._-]{0,59}"
"""The form of a lot's address; nothing else is looked up, no database takes every text."""
SEED_BYTES = 32
"""The centre's share of a draw."""


@dataclass(frozen=True, slots=True)
class NewLot:
    """A lot about to be put on the market."""

    slug: str
    code: str
    profile: RuleProfile
    follows: str | None = None
    """Address of the earlier listing of the same parcel."""


def terms_of(profile: RuleProfile, code: str, content_hash: str) -> tuple[dict[str, Any], str]:
    """The published terms of a lot and their SHA-256 (hex): what every bidder signs."""
    terms = {"profile": profile.to_dict(), "lot": code, "notice": content_hash}
    return terms, hashlib.sha256(canonical.encode(terms)).hexdigest()


def prepare(house: House, session: Session, notice: Notice, lot: NewLot) -> int:
    """Rows, logs and deposit accounts of a lot, before its notice is published; its id."""
    assert notice.content_hash is not None
    _, rules = terms_of(lot.profile, lot.code, notice.content_hash)
    seed = house.random.token(SEED_BYTES) if lot.profile.cap_mode is CapMode.LOTTERY else None
    row = Lot(
        slug=lot.slug,
        code=lot.code,
        kind=notice.kind,
        notice_id=notice.id,
        log_id=logbook.create(house, session, LogKind.LOT, "lots", lot.slug),
        sealed_log_id=logbook.create(house, session, LogKind.SEALED, "sealed", lot.slug),
        rules=rules,
        terms=lot.profile.to_dict(),
        follows=lot.follows,
    )
    if seed is not None:
        # Made and sealed before anybody bids; what is published now binds the centre.
        row.lottery_commitment = hashlib.sha256(seed).hexdigest()
        row.lottery_seed = house.sealer.seal(seed.hex(), seed_place(lot.slug))
    session.add(row)
    session.flush()
    numbers = {_account_number(house) for _ in range(ACCOUNT_POOL)}
    session.execute(
        insert(DepositAccount),
        [{"number": n, "lot_id": row.id, "taken": False} for n in sorted(numbers)],
    )
    return row.id


def open_lot(house: House, lot_id: int) -> Answer:
    """Publish a prepared lot: its log begins, its notice can be read from now on."""
    lot = db.session.get_one(Lot, lot_id)
    notice = lot.notice
    notice_id = notice.id
    adopt(house, lot)

    def published(conn: Connection, answer: Answer) -> None:
        conn.execute(
            update(Notice)
            .where(Notice.id == notice_id, Notice.published_at.is_(None))
            .values(status=str(NoticeStatus.PUBLISHED), published_at=answer.records[0].arrival)
        )

    def work(arrival: datetime) -> Work:
        command = c.OpenLot(
            arrival=arrival,
            code=lot.code,
            notice=notice.number,
            rules=lot.rules,
            profile=RuleProfile.from_dict(lot.terms),
            practice=is_practice(lot),
            follows=lot.follows,
            lottery_commitment=lot.lottery_commitment,
        )
        return Work(lot_id, command, also=published)

    return act(house, lot_id, work)


def act(house: House, lot_id: int, work_at: Callable[[datetime], Work]) -> Answer:
    """Submit a command of an officer or of the system and wait for its answer.

    Raises Refusal if the rules do not allow it, TimeoutError if the outcome is not yet known.
    """
    pending = house.sequencer.ask(work_at, lot_id)
    forget_reads()  # whoever waits must not keep a connection from the others
    if not house.sequencer.running:
        house.sequencer.settle()
    answer = pending.wait(ANSWER_SECONDS)
    forget_reads()
    if answer.refusal is not None:
        raise answer.refusal
    return answer


def forget_reads() -> None:
    """Let what this request reads next show what the sequencer has just committed."""
    db.session.rollback()


def adopt(house: House, lot: Lot) -> LotRuntime:
    """Take a lot into the sequencer of this process, brought up to its log."""
    known = house.writer.runtimes.get(lot.id)
    if known is not None:
        return known
    key = house.log_key(lot.log.origin)
    runtime = LotRuntime(lot_id=lot.id, log_id=lot.log_id, slug=lot.slug, key=key)
    house.writer.load(runtime)
    house.sequencer.watch(lot.id)
    return runtime


def find(slug: str, *, practice: bool) -> Lot | None:
    """A published lot by its address, or None; a rehearsal is not found among the real ones."""
    if re.fullmatch(SLUG, slug) is None:
        return None
    lot = db.session.scalar(
        select(Lot)
        .join(Lot.notice)
        .where(Lot.slug == slug, Notice.status == str(NoticeStatus.PUBLISHED))
    )
    if lot is None or is_practice(lot) != practice:
        return None
    return lot


def published(*kinds: SaleKind) -> list[Lot]:
    """Published lots of these kinds, the latest notice first."""
    query = (
        select(Lot)
        .join(Lot.notice)
        .where(Notice.status == str(NoticeStatus.PUBLISHED), Lot.kind.in_([str(k) for k in kinds]))
        .order_by(Notice.published_at.desc(), Lot.slug)
    )
    return list(db.session.scalars(query))


def terms_now(lot: Lot) -> RuleProfile:
    """The lot's rules with the deadlines of entry as they stand: where a suspension freezes
    applications, they move as far as the listing did (R-83)."""
    terms = RuleProfile.from_dict(lot.terms)
    if not terms.suspend_freezes_apply or lot.listing_until is None:
        return terms
    moved = max(lot.listing_until - terms.listing_until, timedelta(0))
    return replace(
        terms,
        apply_until=terms.apply_until + moved,
        deposit_until=terms.deposit_until + moved,
    )


def is_practice(lot: Lot | Notice) -> bool:
    """Whether nothing that happens here has legal effect."""
    return lot.kind != SaleKind.REAL


def qualified_roll(conn: Connection, lot_id: int) -> tuple[Admission, ...]:
    """Every qualified bidder of a lot by plate; plates are random, so is this order."""
    query = (
        select(Seat.plate, Seat.commitment)
        .where(Seat.lot_id == lot_id, Seat.qualified_at.is_not(None))
        .order_by(Seat.plate)
    )
    return tuple(Admission(row.plate, row.commitment) for row in conn.execute(query))


def log_of(lot: Lot) -> Log:
    """The lot's public bid log, as the database has it now."""
    return db.session.get_one(Log, lot.log_id)


def _account_number(house: House) -> str:
    digits = int.from_bytes(house.random.token(6), "big") % 10**12
    return f"6228{digits:012d}"


def every_open() -> list[Lot]:
    """Lots whose logs have begun, in id order."""
    return list(db.session.scalars(select(Lot).join(Lot.log).where(Log.size > 0).order_by(Lot.id)))


def adopt_new(house: House) -> None:
    """Take up lots that another process has opened (a command, another worker)."""
    query = select(Lot.id).join(Lot.log).where(Log.size > 0).order_by(Lot.id)
    for lot_id in db.session.scalars(query):
        if lot_id not in house.writer.runtimes:
            adopt(house, db.session.get_one(Lot, lot_id))
