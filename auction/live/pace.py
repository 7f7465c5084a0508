"""How many bids one bidder may send: counted in this process, on the way of every bid.

A shared counter would cost more than all the rest of taking a bid; several workers therefore count
each for itself. Nobody gains by it: one bid of a bidder is undecided at a time.
"""

from collections import OrderedDict
from datetime import datetime

KEPT = 4096
"""Bidders who are remembered; whoever is forgotten begins with a full allowance."""


class Pace:
    """An allowance of `per_second` bids, refilled as time passes."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._known: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def allows(self, who: str, at: datetime) -> bool:
        """Take one bid off the allowance of `who`; False if there is none left."""
        left, since = self._known.pop(who, (float(self._per_second), at))
        passed = max((at - since).total_seconds(), 0.0)
        left = min(left + passed * self._per_second, float(self._per_second))
        allowed = left >= 1
        self._known[who] = (left - 1 if allowed else left, at)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return allowed
