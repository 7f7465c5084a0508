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
from auction.presenting import audience, bids, no_bids
from auction.presenting.audience import Json
from auction.presenting.said import Said
from auction.services import bidding
from auction.services.bid_desk import BidDesk, Undecided
from auction.services.bidding import BidRejected
from auction.services.house import House
from auction.services.people import Actor
from auction.store.sales import Lot
from auction.trading.sequencer import Ticket
from auction.trading.work import Answer

ACCEPTED, QUEUED, CONFLICT, GONE_WRONG = 200, 202, 409, 503
REFUSALS = {
    "PLATE_NOT_ADMITTED": 403,
    "TICKET_EXPIRED": GONE_WRONG,
    "NOT_SIGNED_IN": 401,
    "SESSION_TAKEN": 401,
    "SESSION_EXPIRED": 401,
    "SIGNED_OUT": 401,
    "CERT_REVOKED": 401,
    "CERT_EXPIRED": 401,
    "CERT_RETIRED": 401,
    "CERT_UNTRUSTED": 401,
    "SIGNED_IN_AGAIN": 401,
}

_BIDS = e.BidAccepted | e.BidRefused | e.BidUnheard

log = logging.getLogger(__name__)


def take(
    desk: BidDesk,
    house: House,
    lot: Lot,
    actor: Actor,
    payload: Mapping[str, object],
    ticket: Ticket,
    session: str | None = None,
) -> tuple[Json, int]:
    """Place a bid and put whatever comes of it into words; with the HTTP status that fits.

    `session` is the key of the session by which it came.
    """
    try:
        try:
            bidder = bidding.bidder_at(house, lot, actor, session)
        except BaseException:
            house.sequencer.withdraw(ticket)
            raise
        digest, pending = desk.hand_in(house, bidder, payload, ticket)
        placed = bidding.await_verdict(house, digest, pending)
    except TimeoutError:
        return still_undecided(ticket.arrival), QUEUED
    except Exception as fault:
        if isinstance(fault, BidRejected):
            bidding.note(house, lot.slug, fault)
        return not_placed(fault, ticket.arrival)
    return verdict(lot.slug, placed.answer, placed.statement, house.now())


def not_placed(fault: Exception, arrival: datetime) -> tuple[Json, int]:
    """The answer where a request became no bid, or its verdict is not known."""
    if isinstance(fault, BidRejected):
        return refusal(fault.code, fault.facts), fault.status
    if isinstance(fault, Refusal):
        return refusal(fault.code, fault.facts), REFUSALS.get(fault.code, CONFLICT)
    if isinstance(fault, Undecided):
        return still_undecided(fault.arrival), QUEUED
    log.error("a bid could not be decided", exc_info=fault)
    return _message(no_bids.not_decided(arrival)), GONE_WRONG


def verdict(slug: str, answer: Answer, statement: str, now: datetime) -> tuple[Json, int]:
    """The answer to a bid that stands in the log, for its own bidder."""
    # Not simply the last one: a bid at the cap is followed by what it brought about.
    pairs = zip(answer.records, answer.receipts, strict=True)
    record, receipt = next(pair for pair in pairs if isinstance(pair[0].event, _BIDS))
    assert isinstance(record.event, _BIDS)
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
    return _message(no_bids.rejected(code, facts or {}))


def still_undecided(arrival: datetime) -> Json:
    """The answer while the verdict is awaited."""
    return _message(no_bids.queued(arrival))


def never_arrived() -> Json:
    """The answer to a question about a statement that is neither recorded nor under way."""
    return _message(no_bids.not_received())


def _message(said: Said) -> Json:
    return {"ok": False, "code": said.code, "said": said.to_dict()}
