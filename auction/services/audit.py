"""The auditor's desk: every lot with its verification, who read what, identities after the end.

Every opening of a lot's events by an auditor leaves a record in the security log; opening
identities leaves one in the register log, before anything is shown.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from auction.core.state import LotState
from auction.pki.sealing import commitment
from auction.services import logbook, seats
from auction.services.application_form import committed_text
from auction.services.audit_ends import OpenedEnd, opened_ends
from auction.services.house import House
from auction.services.people import Actor
from auction.services.unit import writing
from auction.services.verification import Run, examine, last_run
from auction.store import projection
from auction.store.base import db
from auction.store.logs import Log
from auction.store.sales import Lot, Notice, NoticeStatus
from auction.store.seats import Seat

BUDGET_RECORDS = 5_000
"""How many records one opening of the list verifies; lots beyond it show their last run."""


class Ground(StrEnum):
    """On what ground identities are opened after the end."""

    COMPLAINT = "complaint"
    ROUTINE = "routine"
    SUPERVISION = "supervision"
    JUDICIAL = "judicial"


class NotEnded(Exception):
    """Identities stay closed until bidding has ended."""


@dataclass(frozen=True, slots=True)
class Line:
    """A lot in the auditor's list; `run` is its last verification, if there was one."""

    lot: Lot
    state: LotState
    size: int
    run: Run | None


@dataclass(frozen=True, slots=True)
class Opened:
    """One identity, opened after the end: the parties (name, id code) behind a plate, lead
    first. `proven` is None for a plate that never entered the log, else whether the commitment
    there is to exactly these parties."""

    plate: str
    parties: tuple[tuple[str, str], ...]
    qualified: bool
    proven: bool | None


def listed(house: House) -> list[Line]:
    """Every lot whose notice is published, the latest first, verified as far as the budget goes."""
    query = (
        select(Lot)
        .join(Lot.notice)
        .join(Log, Log.id == Lot.log_id)
        .where(Notice.status == str(NoticeStatus.PUBLISHED))
        .order_by(Notice.published_at.desc(), Lot.slug)
    )
    lines: list[Line] = []
    budget = BUDGET_RECORDS
    for lot in db.session.scalars(query):
        if lot.log.size <= budget:
            budget -= lot.log.size
            examine(house, lot)
        lines.append(Line(lot, projection.state_of(lot), lot.log.size, last_run(lot)))
    return lines


EVERY_LOT = "*"
"""Instead of a lot in the trace of a reading that went over all of them."""


def record_read(house: House, actor: Actor, lot: Lot | None, page: str, **facts: int | str) -> None:
    """Leave a trace of one opening of a lot's events, or of every lot's (None). `page`: events,
    replay, export, bid, absence, `export_` and what was exported."""
    with writing() as session:
        slug = EVERY_LOT if lot is None else lot.slug
        data = {"by": actor.officer_id or "", "lot": slug, "page": page, **facts}
        logbook.security(house, session, "audit_read", data)


def open_identities(
    house: House, actor: Actor, lot: Lot, ground: Ground, reason: str
) -> tuple[list[Opened], list[OpenedEnd]]:
    """Who was behind the plates of a lot whose bidding has ended, and which certificates ended in
    it; recorded first, then opened.

    Raises NotEnded.
    """
    if lot.ended_at is None:
        raise NotEnded(lot.slug)
    data = {
        "by": actor.officer_id or "",
        "lot": lot.slug,
        "ground": str(ground),
        "reason": reason,
    }
    with writing() as session:
        logbook.register(house, session, "identity_opened", data)
    found = examine(house, lot)
    admitted = found.replayed.state.admitted
    query = select(Seat).where(Seat.lot_id == lot.id).order_by(Seat.plate)
    seats_opened = [_opened(house, lot, seat, admitted) for seat in db.session.scalars(query)]
    return seats_opened, opened_ends(house, found.steps)


def _opened(house: House, lot: Lot, seat: Seat, admitted: Mapping[str, str]) -> Opened:
    content = house.sealer.open(seat.sealed, seats.seat_context(lot, seat.pseudonym))
    assert isinstance(content, dict)
    parties: list[dict[str, Any]] = json.loads(str(content["form"]))["parties"]
    recorded = admitted.get(seat.plate)
    made = commitment(bytes.fromhex(str(content["salt"])), committed_text(parties))
    return Opened(
        seat.plate,
        tuple((str(party["name"]), str(party["id_code"])) for party in parties),
        seat.qualified_at is not None,
        None if recorded is None else recorded == made,
    )
