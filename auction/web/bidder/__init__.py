"""The bidder's pages before the hall: workbench, task list, documents, application, deposit."""

from auction.web.bidder import applying, deposit, home, profile, together
from auction.web.bidder.common import bp

__all__ = ["applying", "bp", "deposit", "home", "profile", "together"]
