"""The desk at which bids are handed in: at most one undecided bid per bidder and lot.

So the queue of a lot is bounded by the number of its bidders, and nobody near a deadline waits
behind the many attempts of another.
"""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from auction.services import bidding
from auction.services.bidding import Bidder, BidRejected
from auction.services.house import House
from auction.services.people import Actor
from auction.store.sales import Lot
from auction.trading.sequencer import Pending, Ticket


class Undecided(Exception):
    """This very bid is in, and its verdict is not: it arrived at `arrival`, which will decide."""

    def __init__(self, arrival: datetime) -> None:
        super().__init__("QUEUED")
        self.arrival = arrival


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A bid that has been handed in and is not decided yet."""

    statement: str
    arrival: datetime


class BidDesk:
    """Takes bids from sockets and forms alike; one for each process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[tuple[int, str], UnderWay] = {}

    def hand_in(
        self, house: House, bidder: Bidder, payload: Mapping[str, object], ticket: Ticket
    ) -> tuple[str, Pending]:
        """Hand in a bid: the hash of its statement, and its answer to come.

        The ticket is used up in every case. Raises Undecided if this statement is under way,
        BidRejected (ONE_AT_A_TIME and what bidding.check raises), Refusal (TICKET_EXPIRED).
        """
        mine = UnderWay(_digest(payload), ticket.arrival)
        with self._lock:
            known = self._under_way.setdefault((bidder.lot_id, bidder.party_id), mine)
        if known is not mine:
            house.sequencer.withdraw(ticket)
            if known.statement == mine.statement:
                raise Undecided(known.arrival)
            raise BidRejected("ONE_AT_A_TIME", 409)
        try:
            work = bidding.check(house, bidder, payload, ticket)
            pending = house.sequencer.submit(ticket, work)
        except BaseException:
            house.sequencer.withdraw(ticket)
            self._leave(bidder)
            raise
        pending.then(lambda _answer: self._leave(bidder))
        return mine.statement, pending

    def arrival_of(self, lot: Lot, actor: Actor, statement: str) -> datetime | None:
        """When this still undecided statement arrived; None if it is not under way."""
        known = self._under_way.get((lot.id, actor.party_id or ""))
        return known.arrival if known is not None and known.statement == statement else None

    def _leave(self, bidder: Bidder) -> None:
        with self._lock:
            self._under_way.pop((bidder.lot_id, bidder.party_id), None)


def _digest(payload: Mapping[str, object]) -> str:
    body = payload.get("body")
    text = body if isinstance(body, str) else ""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
