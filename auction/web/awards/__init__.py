"""After the highest bid: the winner's papers, the office's examination, the deal documents."""

from auction.web.awards import documents, office, winner
from auction.web.awards.common import bp

__all__ = ["bp", "documents", "office", "winner"]
