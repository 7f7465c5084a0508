"""A parcel that found no buyer is listed again 重新挂牌; the chain of attempts stays visible (T-4),
and whoever defaulted is kept out (R-107, R-108)."""

from datetime import datetime
from typing import Final

from sqlalchemy import select

from auction.core.instants import from_us
from auction.core.profile import RuleProfile
from auction.core.state import Stage
from auction.core.workdays import BEIJING
from auction.ledger import canonical
from auction.services.application_form import ApplicationRefused
from auction.services.house import House
from auction.services.seats import pseudonym
from auction.store.base import db
from auction.store.logs import LogEntry
from auction.store.sales import Lot, Notice, NoticeStatus, SaleKind
from auction.store.seats import Award, Part

FRUITLESS: Final = frozenset({Stage.UNSOLD, Stage.AWARD_VOID, Stage.TERMINATED})
"""Stages after which a parcel may be listed again."""
_LONGEST: Final = 50
"""More attempts than that no parcel has; a chain that bites its tail ends there."""


def find(slug: str) -> Lot | None:
    """A lot by its address, whatever its kind; for the office."""
    return db.session.scalar(select(Lot).where(Lot.slug == slug))


def may_follow(slug: str, kind: SaleKind) -> str | None:
    """Why this earlier listing cannot be followed by a new one of `kind`; None if it can.

    Codes: FOLLOWS_UNKNOWN, FOLLOWS_NOT_OVER, FOLLOWS_TAKEN.
    """
    lot = find(slug)
    if lot is None or (lot.kind == SaleKind.REAL) != (kind is SaleKind.REAL):
        return "FOLLOWS_UNKNOWN"
    if Stage(lot.stage) not in FRUITLESS:
        return "FOLLOWS_NOT_OVER"
    return None if later(lot) is None else "FOLLOWS_TAKEN"


def earlier(lot: Lot) -> list[Lot]:
    """The earlier listings of this parcel, the first one first."""
    chain: list[Lot] = []
    step: Lot | None = lot
    while step is not None and step.follows is not None and len(chain) < _LONGEST:
        step = find(step.follows)
        if step is not None:
            chain.insert(0, step)
    return chain


def later(lot: Lot) -> Lot | None:
    """The listing that follows this one, once it is published."""
    query = (
        select(Lot)
        .join(Lot.notice)
        .where(Lot.follows == lot.slug, Notice.status == str(NoticeStatus.PUBLISHED))
    )
    return db.session.scalars(query).first()


def ready(kinds: tuple[SaleKind, ...]) -> list[Lot]:
    """Lots that could be listed again, the latest end first."""
    query = (
        select(Lot)
        .where(
            Lot.stage.in_([str(stage) for stage in FRUITLESS]),
            Lot.kind.in_([str(kind) for kind in kinds]),
        )
        .order_by(Lot.ended_at.desc(), Lot.slug)
    )
    return [lot for lot in db.session.scalars(query) if later(lot) is None]


# --- who defaulted ------------------------------------------------------------------------------


def require_admissible(house: House, lot: Lot, party_id: str, now: datetime) -> None:
    """That this party has not defaulted. Raises ApplicationRefused with a code of `kept_out`."""
    if code := kept_out(house, lot, party_id, now):
        raise ApplicationRefused(code, 403)


def kept_out(house: House, lot: Lot, party_id: str, now: datetime) -> str | None:
    """Why a party may not apply for this lot; None if it may.

    Codes: EXCLUDED_DEFAULTER (its award of the same parcel is void, R-108), BANNED_DEFAULTER
    (another award of it is void, and that sale's rules ban it for months, R-107).
    """
    terms = RuleProfile.from_dict(lot.terms)
    chain = {one.id for one in earlier(lot)}
    for other in _voided(lot):
        same = other.id in chain
        if same and not terms.exclude_defaulter:
            continue
        if not same and now >= _banned_until(other):
            continue
        if _was_highest(house, other, party_id):
            return "EXCLUDED_DEFAULTER" if same else "BANNED_DEFAULTER"
    return None


def _voided(lot: Lot) -> list[Lot]:
    """Lots on the same side of the line between sales and rehearsals whose award is void."""
    real = lot.kind == SaleKind.REAL
    query = select(Lot).where(Lot.stage == str(Stage.AWARD_VOID), Lot.id != lot.id)
    return [one for one in db.session.scalars(query) if (one.kind == SaleKind.REAL) == real]


def _was_highest(house: House, lot: Lot, party_id: str) -> bool:
    """Whether the party was the highest bidder whose award is void, alone or jointly."""
    award = db.session.get(Award, lot.id)
    if award is None or _voided_at(lot) is None:
        return False
    own = pseudonym(house, lot, party_id)
    part = db.session.get(Part, (lot.id, own))
    return award.pseudonym == (own if part is None else part.seat)


def _voided_at(lot: Lot) -> datetime | None:
    """When the award was declared void; None where a held result was (that is no default)."""
    query = select(LogEntry.leaf).where(
        LogEntry.log_id == lot.log_id, LogEntry.type == "award_voided"
    )
    leaf = db.session.scalars(query).first()
    return None if leaf is None else from_us(canonical.decode(leaf)["arrival_us"])


def _banned_until(lot: Lot) -> datetime:
    voided = _voided_at(lot)
    months = RuleProfile.from_dict(lot.terms).default_ban_months
    if voided is None or not months:
        return datetime.min.replace(tzinfo=BEIJING)
    local = voided.astimezone(BEIJING)
    years, month = divmod(local.month - 1 + months, 12)
    for day in range(local.day, 27, -1):
        try:
            return local.replace(year=local.year + years, month=month + 1, day=day)
        except ValueError:
            continue  # a 31st in a month that has none: its last day
    return local.replace(year=local.year + years, month=month + 1)
