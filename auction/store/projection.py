"""What pages read of a lot: columns that follow from its log and can be rebuilt from it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from auction.core import events as e
from auction.core.engine import evolve
from auction.core.instants import from_us, to_us
from auction.core.parameters import Unsold
from auction.core.profile import RuleProfile
from auction.core.state import LotState, Stage, Suspension
from auction.store.driver import Bulk, Row
from auction.store.sales import Bid, Lot, SaleKind

_MICROSECOND = timedelta(microseconds=1)


def columns(state: LotState) -> dict[str, Any]:
    """The projection columns of `state`."""
    stopped = state.suspension
    return {
        "stage": str(state.stage),
        "price_fen": state.price_fen,
        "leader": state.leader,
        "listing_until": state.listing_until,
        "bids_from": state.bids_from,
        "deadline": state.deadline,
        "restarts": state.restarts,
        "ended_at": state.ended_at,
        "suspended_since": stopped.since if stopped else None,
        "suspended_ground": stopped.ground if stopped else None,
        "suspended_by": stopped.by if stopped else None,
        "suspended_left_us": stopped.remaining // _MICROSECOND if stopped else None,
        "resume_at": stopped.resume_at if stopped else None,
        "resume_by": stopped.resume_by if stopped else None,
        "adjourned": state.adjourned,
        "reserve": state.reserve,
        "reserve_fen": state.reserve_fen,
        "unsold": None if state.unsold is None else str(state.unsold),
    }


def bid_rows(lot_id: int, records: Sequence[tuple[e.Recorded, bool]]) -> list[Row]:
    """Rows of the bids among `records`, as the database keeps them in the order of BID_COLUMNS;
    each record comes with whether the live round was on."""
    rows: list[Row] = []
    for record, live in records:
        event = record.event
        if not isinstance(event, e.BidAccepted | e.BidRefused | e.BidUnheard):
            continue
        reason, facts, deadline = None, "{}", None
        if isinstance(event, e.BidAccepted):
            deadline = None if event.deadline is None else to_us(event.deadline)
        elif isinstance(event, e.BidRefused):
            reason, facts = str(event.reason), orjson.dumps(dict(event.facts)).decode()
        else:
            reason = "BID_UNHEARD"
        rows.append(
            (
                lot_id,
                record.seq,
                event.plate,
                event.amount_fen,
                event.statement,
                isinstance(event, e.BidAccepted),
                live,
                reason,
                facts,
                to_us(record.arrival),
                deadline,
            )
        )
    return rows


def bid_values(row: Row) -> dict[str, Any]:
    """One of `bid_rows` as column to value, in the types that reading the table gives."""
    values = dict(zip(BID_COLUMNS, row, strict=True))
    for name in ("arrival", "deadline"):
        values[name] = None if values[name] is None else from_us(values[name])
    return values | {"facts": orjson.loads(values["facts"])}


def write(
    conn: Connection,
    changes: Sequence[tuple[int, LotState, Sequence[tuple[e.Recorded, bool]]]],
) -> None:
    """Bring lots' rows and bid rows to their new states, in the caller's transaction.

    Each change is a lot's id, its state, and the records that led there.
    """
    _LOTS.run(conn, [(*_kept(columns(state)), lot_id) for lot_id, state, _ in changes])
    rows = [row for lot_id, _, records in changes for row in bid_rows(lot_id, records)]
    _BIDS.run(conn, rows)


def _kept(values: dict[str, Any]) -> Iterator[Any]:
    """Values of columns as the database keeps them."""
    for value in values.values():
        yield to_us(value) if isinstance(value, datetime) else value


BID_COLUMNS = (
    "lot_id",
    "seq",
    "plate",
    "amount_fen",
    "statement",
    "accepted",
    "live",
    "reason",
    "facts",
    "arrival",
    "deadline",
)
_BIDS = Bulk(lambda _dialect: insert(Bid), *BID_COLUMNS)
_PROJECTED = tuple(columns(LotState()))
_LOTS = Bulk(
    lambda _dialect: (
        update(Lot)
        .where(Lot.id == bindparam("lot"))
        .values({name: bindparam(f"new_{name}") for name in _PROJECTED})
    ),
    *(f"new_{name}" for name in _PROJECTED),
    "lot",
)


def rebuild(conn: Connection, lot_id: int, records: Sequence[e.Recorded]) -> None:
    """Throw the lot's projection away and write it again from its whole log."""
    state, told = LotState(), []
    for record in records:
        told.append((record, state.stage is Stage.ROUND))
        state = evolve(state, record)
    conn.execute(delete(Bid).where(Bid.lot_id == lot_id))
    write(conn, [(lot_id, state, told)])


def state_of(lot: Lot) -> LotState:
    """The lot's state as its row tells it: without the maps of plates, which pages of the sale
    take from the bid rows (see `quoted_plates`)."""
    suspension = None
    if lot.suspended_since is not None:
        suspension = Suspension(
            since=lot.suspended_since,
            ground=lot.suspended_ground or "",
            by=lot.suspended_by or "",
            remaining=timedelta(microseconds=lot.suspended_left_us or 0),
            resume_at=lot.resume_at,
            resume_by=lot.resume_by,
        )
    return LotState(
        profile=RuleProfile.from_dict(lot.terms),
        code=lot.code,
        notice=lot.notice.number,
        rules=lot.rules,
        practice=lot.kind != SaleKind.REAL,
        stage=Stage(lot.stage),
        price_fen=lot.price_fen,
        leader=lot.leader,
        listing_until=lot.listing_until,
        bids_from=lot.bids_from,
        deadline=lot.deadline,
        restarts=lot.restarts,
        ended_at=lot.ended_at,
        suspension=suspension,
        follows=lot.follows,
        lottery_commitment=lot.lottery_commitment,
        adjourned=lot.adjourned,
        reserve=lot.reserve,
        reserve_fen=lot.reserve_fen,
        unsold=None if lot.unsold is None else Unsold(lot.unsold),
    )


def quoted_plates(conn: Connection, lot_id: int) -> set[str]:
    """Plates with at least one accepted bid."""
    query = select(Bid.plate).where(Bid.lot_id == lot_id, Bid.accepted).distinct()
    return set(conn.execute(query).scalars())
