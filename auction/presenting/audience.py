"""What each audience may see of a lot's log and state (pages 3.1).

Before the sale ends the public sees accepted bids by plate; everything else that would tell who
is there (refused bids, admissions) is a leaf's hash, one like the other. A bidder sees his own
refused bids besides. After the end everything in the public log is open.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from auction.core import events as e
from auction.core.instants import from_us, to_us
from auction.core.profile import DayUnit
from auction.core.state import TIMED, LotState, Phase, minimum_fen, phase_at, step_fen
from auction.core.workdays import BEIJING
from auction.ledger import canonical
from auction.ledger.checkpoint import Checkpoint, check_code
from auction.ledger.merkle import leaf_hash
from auction.ledger.notes import split
from auction.services.house import House
from auction.services.unit import one_picture
from auction.store import journal, projection
from auction.store.sales import Lot

Json = dict[str, Any]
_MICROSECOND = timedelta(microseconds=1)
_BEYOND = 2**63 - 1
"""No record has a higher number, and no database a higher integer."""
_HIDDEN = (
    e.BidRefused | e.BidUnheard | e.Admitted | e.AskAnswered | e.LotteryJoined | e.CertificateEnded
)
_TOLD = (
    *("bids_from", "deadline", "listing_until", "since", "start", "end", "ground", "quoted"),
    *("until", "commitment", "amount_fen", "salt", "seed", "nonces", "plate", "outcome", "unsold"),
)
"""Fields of markers that people may read; the acting officers' ids are not among them."""


def is_open(state: LotState) -> bool:
    """Whether bidding has ended, so that the whole public log may be read."""
    return state.ended_at is not None


def may_see(record: e.Recorded, *, opened: bool, own: str | None) -> bool:
    """Whether a reader with plate `own` (None: the public) may read this record itself."""
    event = record.event
    if opened or not isinstance(event, _HIDDEN):
        return True
    return own is not None and event.plate == own and not isinstance(event, e.Admitted)


def shown(
    record: e.Recorded,
    slug: str,
    *,
    opened: bool,
    own: str | None = None,
    hashed: bytes | None = None,
) -> Json:
    """A record of the log of lot `slug` as this reader may see it.

    `kind` is `bid`, `refused`, `unheard`, `admitted`, `answered`, `joined`, `certificate`,
    `marker` (with the event's `type`) or `sealed` (only its leaf hash, `hashed` if it is known);
    instants are `*_us`, amounts `*_fen`.
    """
    event = record.event
    if not may_see(record, opened=opened, own=own):
        hashed = hashed or leaf_hash(canonical.encode(record.to_data(slug)))
        return {"seq": record.seq, "kind": "sealed", "hash": hashed.hex()}
    out: Json = {"seq": record.seq, "at_us": to_us(record.arrival)}
    match event:
        case e.BidAccepted():
            deadline = None if event.deadline is None else to_us(event.deadline)
            return out | _bid("bid", event) | {"deadline_us": deadline}
        case e.BidRefused():
            return out | _bid("refused", event) | {"reason": str(event.reason)}
        case e.BidUnheard():
            return out | _bid("unheard", event)
        case e.Admitted():
            return out | {"kind": "admitted", "plate": event.plate}
        case e.AskAnswered():
            return out | {"kind": "answered", "plate": event.plate, "willing": event.willing}
        case e.LotteryJoined():
            return out | {"kind": "joined", "plate": event.plate}
        case e.CertificateEnded():
            told = {"plate": event.plate, "ground": str(event.ground)}
            return out | {"kind": "certificate", "since_us": to_us(event.instant)} | told
    data = e.to_data(event)
    told = {k: v for k, v in data.items() if k in _TOLD or k.removesuffix("_us") in _TOLD}
    if isinstance(event, e.ResumptionSet):
        told = {"resume_us": to_us(event.at)}
    return out | {"kind": "marker", "type": e.type_name(event)} | told


def _bid(kind: str, event: e.BidAccepted | e.BidRefused | e.BidUnheard) -> Json:
    return {"kind": kind, "plate": event.plate, "amount_fen": event.amount_fen}


def state(lot: LotState, now: datetime) -> Json:
    """The state of a lot as everybody may see it; `until_us` is what the clock counts down to."""
    until = counts_to(lot, now)
    suspended = lot.suspension
    return {
        "phase": str(phase_at(lot, now)),
        "price_fen": lot.price_fen,
        "leader": lot.leader,
        "minimum_fen": minimum_fen(lot),
        "step_fen": step_fen(lot),
        "restarts": lot.restarts,
        "until_us": None if until is None else to_us(until),
        "deadline_us": None if lot.deadline is None else to_us(lot.deadline),
        "listing_until_us": None if lot.listing_until is None else to_us(lot.listing_until),
        "ended_at_us": None if lot.ended_at is None else to_us(lot.ended_at),
        "suspended": None
        if suspended is None
        else {
            "since_us": to_us(suspended.since),
            "ground": suspended.ground,
            "remaining_us": suspended.remaining // _MICROSECOND,
            "resume_us": None if suspended.resume_at is None else to_us(suspended.resume_at),
        },
        "unsold": None if lot.unsold is None else str(lot.unsold),
        "papers_until_us": _papers_until(lot),
    }


def counts_to(lot: LotState, now: datetime) -> datetime | None:
    """The instant that a reader waits for: the opening, the end of preparation, the deadline."""
    match phase_at(lot, now):
        case Phase.ANNOUNCED:
            return lot.terms.listing_from
        case Phase.PREP | Phase.ADJOURNED:
            return lot.bids_from
        case Phase.LISTING | Phase.FREEZE:
            return lot.listing_until
        case Phase.LIVE | Phase.ASK | Phase.SECOND_STAGE:
            return lot.deadline
        case Phase.CLOSING:
            return lot.deadline if lot.stage in TIMED else lot.listing_until
    return None


def _papers_until(lot: LotState) -> int | None:
    """End of the last day for the winner's papers (R-101), where it is counted in plain days."""
    terms = lot.terms
    if lot.ended_at is None or terms.winner_submit_unit is not DayUnit.DAY:
        return None
    midnight = lot.ended_at.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return to_us(midnight + timedelta(days=terms.winner_submit_days + 1))


@lru_cache(maxsize=256)
def head(note: str) -> Json:
    """A signed head for readers: size, root (hex), the note itself and its check code.

    Everyone who is answered in one batch reads the same head: it is not to be changed.
    """
    checkpoint = Checkpoint.parse(split(note)[0])
    return {
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "note": note,
        "check_code": check_code(note),
    }


def instant_of(value: int | None) -> datetime | None:
    """The instant of a `*_us` value."""
    return None if value is None else from_us(value)


def picture(house: House, lot: Lot, *, after: int = 0, own: str | None = None) -> Json:
    """The lot as this reader may see it now: state, signed head, the records after `after`.

    With the pictures since any number a reader has the whole: this is how a lost line heals.
    """
    conn = one_picture()
    now = house.now()
    current = projection.state_of(lot)
    opened = is_open(current)
    records = (
        e.Recorded.from_data(canonical.decode(leaf.data))
        for leaf in journal.read(conn, lot.log_id, after=min(after, _BEYOND))
    )
    signed = journal.checkpoint(conn, lot.log_id)
    assert signed is not None
    found = [shown(record, lot.slug, opened=opened, own=own) for record in records]
    return {
        "seq": signed[0],
        "head": head(signed[1]),
        "state": state(current, now),
        "records": found,
        "now_us": to_us(now),
    }
