"""Which numbered rule decided a bid, as the published rules count them."""

from auction.core import events as e
from auction.core.reasons import Reason

_REFUSED = {
    Reason.NOT_OPEN: "R-6",
    Reason.FREEZE: "R-66",
    Reason.PREPARING: "R-85",
    Reason.ASKING: "2.5",
    Reason.ADJOURNED: "2.5",
    Reason.SUSPENDED: "R-80",
    Reason.LATE: "T-1",
    Reason.NOT_ENTERED: "2.5",
    Reason.NOT_WILLING: "2.5",
    Reason.CAP_REACHED: "R-73",
    Reason.ABOVE_CAP: "R-73",
    Reason.ALREADY_LEADING: "R-65",
    Reason.OFF_SCALE: "R-61",
    Reason.NOT_MULTIPLE: "R-61",
}


def of_bid(event: e.BidAccepted | e.BidRefused | e.BidUnheard, *, first: bool) -> str:
    """The number of the deciding rule; `first`: no bid before, so the start price counts."""
    if isinstance(event, e.BidUnheard):
        return "R-90"
    if isinstance(event, e.BidRefused) and event.reason is not Reason.TOO_LOW:
        return _REFUSED[event.reason]
    return "R-60" if first else "R-61"
