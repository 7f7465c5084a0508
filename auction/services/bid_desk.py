"""The desk at which bids are handed in: at most one undecided bid per bidder and lot.

So the queue of a lot is bounded by the number of its bidders, and nobody near a deadline waits
behind the many attempts of another.
"""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from auction.services import bidding
from auction.services.bidding import BidRejected, Placed
from auction.services.house import House
from auction.services.people import Actor
from auction.store.sales import Lot
from auction.trading.sequencer import Ticket

_KEPT = timedelta(seconds=60)
"""A verdict that has not come by then never will: the server's fault, not the bidder's burden."""


class Undecided(Exception):
    """This very bid is in, and its verdict is not: it arrived at `arrival`, which will decide."""

    def __init__(self, arrival: datetime) -> None:
        super().__init__("QUEUED")
        self.arrival = arrival


@dataclass(frozen=True, slots=True)
class _UnderWay:
    statement: str
    arrival: datetime


class BidDesk:
    """Takes bids from sockets and forms alike; one for each process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[tuple[int, str], _UnderWay] = {}

    def place(
        self, house: House, lot: Lot, actor: Actor, payload: Mapping[str, object], ticket: Ticket
    ) -> Placed:
        """Place a bid as `bidding.place` does. The ticket is used up in every case.

        Raises what that raises, BidRejected(ONE_AT_A_TIME), and Undecided instead of TimeoutError.
        """
        key = (lot.id, actor.party_id or "")
        mine = _UnderWay(_digest(payload), ticket.arrival)
        try:
            self._enter(house, lot, key, mine)
        except BaseException:
            house.sequencer.withdraw(ticket)
            raise
        try:
            placed = bidding.place(house, lot, actor, payload, ticket)
        except TimeoutError:
            # The verdict is still to come: the place at the desk stays taken.
            raise Undecided(ticket.arrival) from None
        except BaseException:
            self._leave(key)
            raise
        self._leave(key)
        return placed

    def arrival_of(self, lot: Lot, actor: Actor, statement: str) -> datetime | None:
        """When this still undecided statement arrived; None if it is not under way."""
        known = self._under_way.get((lot.id, actor.party_id or ""))
        return known.arrival if known is not None and known.statement == statement else None

    def _enter(self, house: House, lot: Lot, key: tuple[int, str], mine: _UnderWay) -> None:
        with self._lock:
            known = self._under_way.get(key)
            if known is not None and mine.arrival - known.arrival < _KEPT:
                if known.statement == mine.statement:
                    raise Undecided(known.arrival)
                if bidding.find_answer(house, lot, known.statement) is None:
                    raise BidRejected("ONE_AT_A_TIME", 409)
            self._under_way[key] = mine

    def _leave(self, key: tuple[int, str]) -> None:
        with self._lock:
            self._under_way.pop(key, None)


def _digest(payload: Mapping[str, object]) -> str:
    body = payload.get("body")
    return hashlib.sha256(body.encode() if isinstance(body, str) else b"").hexdigest()
