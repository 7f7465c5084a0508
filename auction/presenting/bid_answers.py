"""The answer to a bid, the same over a socket and over HTTP.

`{ok, code, said {title, body, small, tone, code}}` always; once the bid is in the log also
`record`, `state`, `statement`, `receipt` (the text of its .tlog-proof), `head` and `now_us`.
"""

import logging
from collections.abc import Mapping
from datetime import datetime

from auction.core import events as e
from auction.core.instants import to_us
from auction.core.reasons import Refusal
from auction.presenting import audience, bids
from auction.presenting.audience import Json
from auction.presenting.said import Said
from auction.services.bid_desk import BidDesk, Undecided
from auction.services.bidding import BidRejected
from auction.services.house import House
from auction.services.people import Actor
from auction.store.sales import Lot
from auction.trading.batch import Answer
from auction.trading.sequencer import Ticket

ACCEPTED, QUEUED, CONFLICT, GONE_WRONG = 200, 202, 409, 503
_REFUSALS = {"PLATE_NOT_ADMITTED": 403, "TICKET_EXPIRED": GONE_WRONG}

log = logging.getLogger(__name__)


def take(
    desk: BidDesk,
    house: House,
    lot: Lot,
    actor: Actor,
    payload: Mapping[str, object],
    ticket: Ticket,
) -> tuple[Json, int]:
    """Place a bid and put whatever comes of it into words; with the HTTP status that fits."""
    try:
        placed = desk.place(house, lot, actor, payload, ticket)
    except BidRejected as rejected:
        return refusal(rejected.code, rejected.facts), rejected.status
    except Refusal as refused:
        return refusal(refused.code, refused.facts), _REFUSALS.get(refused.code, CONFLICT)
    except Undecided as undecided:
        return _message(bids.queued(undecided.arrival)), QUEUED
    except Exception:
        log.exception("a bid could not be decided")
        return _message(bids.not_decided(ticket.arrival)), GONE_WRONG
    return verdict(lot.slug, placed.answer, placed.statement, house.now())


def verdict(slug: str, answer: Answer, statement: str, now: datetime) -> tuple[Json, int]:
    """The answer to a bid that stands in the log, for its own bidder."""
    record, receipt = answer.records[-1], answer.receipts[-1]
    assert isinstance(record.event, e.BidAccepted | e.BidRefused | e.BidUnheard)
    head = audience.head(receipt.checkpoint_note)
    said = bids.verdict(record, answer.state, head["check_code"])
    accepted = isinstance(record.event, e.BidAccepted)
    found = _message(said) | {
        "ok": accepted,
        "record": audience.shown(record, slug, opened=False, own=record.event.plate),
        "state": audience.state(answer.state, now),
        "statement": statement,
        "receipt": receipt.to_text(),
        "head": head,
        "now_us": to_us(now),
    }
    return found, ACCEPTED if accepted else CONFLICT


def refusal(code: str, facts: Mapping[str, int | str] | None = None) -> Json:
    """The answer to a request that did not become a bid."""
    return _message(bids.rejected(code, facts or {}))


def still_undecided(arrival: datetime) -> Json:
    """The answer while the verdict is awaited."""
    return _message(bids.queued(arrival))


def never_arrived() -> Json:
    """The answer to a question about a statement that is neither recorded nor under way."""
    return _message(bids.not_received())


def _message(said: Said) -> Json:
    return {"ok": False, "code": said.code, "said": said.to_dict()}
