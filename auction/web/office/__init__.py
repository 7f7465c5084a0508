"""The staff's day: the desk, the notice from draft to publication, the duty console."""

from auction.web.office import approving, console, desk, drafting, held, reserve
from auction.web.office.common import bp

__all__ = ["approving", "bp", "console", "desk", "drafting", "held", "reserve"]
