"""Practice lots: the notice's own terms on a timetable that begins now, for newcomers.

A practice lot is a rehearsal in every mark it bears: own number, own path, plates 演-####, its
own kind of signature, and a first log record that says so.
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from auction.core import commands as c
from auction.core.notice import Reserve
from auction.core.notice_codec import notice_to_dict
from auction.core.parameters import CapMode, TimedTrigger
from auction.core.state import Phase, phase_at
from auction.core.terms import Unstated, retimed
from auction.core.workdays import BEIJING
from auction.ledger import canonical
from auction.services import lots
from auction.services.house import House
from auction.services.notice_content import Content, LotRules
from auction.services.randomness import identifier
from auction.services.seed import notice_44
from auction.services.unit import writing
from auction.store.base import db
from auction.store.projection import state_of
from auction.store.sales import Lot, Notice, NoticeStatus, SaleKind
from auction.trading.work import Work

RESUME_PREP_SECONDS = 20
CAP_STEPS = 3
"""So few steps above the start that two people reach the cap within a minute."""
SKIP_TO = timedelta(seconds=8)
"""How much of the listing is left after 跳到截止: enough to see it coming."""
GOING_ON = frozenset(
    {
        Phase.ANNOUNCED,
        Phase.LISTING,
        Phase.FREEZE,
        Phase.CLOSING,
        Phase.ASK,
        Phase.PREP,
        Phase.LIVE,
        Phase.ADJOURNED,
        Phase.SECOND_STAGE,
        Phase.SUSPENDED,
    }
)


class Mode(StrEnum):
    """Under which rules one practises: the notice's own, or one of the special modes."""

    USUAL = "usual"
    ASKED = "asked"
    CAPPED = "capped"
    RESERVED = "reserved"


def open_new(house: House, mode: Mode = Mode.USUAL) -> Lot:
    """Open a practice lot whose listing starts now."""
    now = house.now().replace(microsecond=0)
    local = now.astimezone(BEIJING)
    number = f"演练公告第[{local:%m%d-%H%M%S}]号"
    listing = timedelta(seconds=house.site.practice_listing_seconds)
    facts = retimed(notice_44(), now, listing, number)
    countdown = house.site.practice_countdown_seconds
    unstated = Unstated(countdown_first_seconds=countdown, countdown_seconds=countdown)
    content = _under(mode, Content(facts, unstated, _RULES), countdown)
    facts = content.notice
    profile = content.profile(facts.lots[0])
    plain = notice_to_dict(facts)
    slug = f"p-{local:%Y%m%d-%H%M%S}"
    with writing() as session:
        notice = Notice(
            id=identifier(house.random),
            slug=slug,
            number=number,
            kind=str(SaleKind.PRACTICE),
            status=str(NoticeStatus.APPROVED),
            facts=plain,
            profile=profile.to_dict(),
            acceptances={},
            content_hash=hashlib.sha256(canonical.encode(plain)).hexdigest(),
            drafted_by="system",
            approved_by="system",
            approved_at=now,
            publish_at=now,
            updated_at=now,
        )
        session.add(notice)
        session.flush()
        lot_id = lots.prepare(
            house, session, notice, lots.NewLot(slug, facts.lots[0].code, profile)
        )
    lots.open_lot(house, lot_id)
    return db.session.get_one(Lot, lot_id)


_RULES = {"resume_prep_seconds": RESUME_PREP_SECONDS, "resume_notice_hours": 0}


def _under(mode: Mode, content: Content, seconds: int) -> Content:
    """The same content under a special mode, whose own period lasts `seconds`."""
    facts, rules = content.notice, dict(content.rules)
    lot, listing = facts.lots[0], facts.windows.listing
    match mode:
        case Mode.ASKED:
            starts = listing.end + timedelta(seconds=seconds)
            facts = replace(
                facts,
                terms=replace(facts.terms, timed_trigger=TimedTrigger.ASKED),
                windows=replace(facts.windows, live_round_start=starts),
            )
            rules |= {"ask_seconds": seconds}
        case Mode.CAPPED:
            cap = lot.start_fen + CAP_STEPS * lot.step_fen
            rules |= {"cap_mode": CapMode.LOTTERY, "lottery_join_seconds": seconds}
            return replace(content, rules=rules, lots={lot.code: LotRules(cap_fen=cap)})
        case Mode.RESERVED:
            facts = replace(facts, terms=replace(facts.terms, reserve=Reserve.SEALED))
            whole = (listing.end - listing.start) // timedelta(minutes=1)
            rules |= {"reserve_entry_from_minutes": whole}
    return replace(content, notice=facts, rules=rules)


def current(house: House) -> Lot | None:
    """The latest practice lot that is still going on, or None."""
    lot = latest()
    if lot is None or not _going_on(lot, house.now()):
        return None
    return lot


def latest() -> Lot | None:
    """The latest practice lot, over or not."""
    query = (
        select(Lot)
        .join(Lot.notice)
        .where(Lot.kind == str(SaleKind.PRACTICE), Notice.status == str(NoticeStatus.PUBLISHED))
        .order_by(Notice.published_at.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def renew(house: House) -> None:
    """Open a new practice lot if the last is over and somebody is there to see it."""
    if house.visited and current(house) is None:
        house.visited = False
        open_new(house)


def ensure_current(house: House) -> Lot:
    """The practice lot that is going on; a new one if the last is over."""
    return current(house) or open_new(house)


def skip_to_close(house: House, lot: Lot) -> None:
    """Let a practice lot's listing end in a few seconds. Raises Refusal if it cannot."""

    def work(arrival: datetime) -> Work:
        return Work(lot.id, c.SkipToClose(arrival=arrival, listing_until=arrival + SKIP_TO))

    lots.act(house, lot.id, work)


def _going_on(lot: Lot, now: datetime) -> bool:
    return phase_at(state_of(lot), now) in GOING_ON
