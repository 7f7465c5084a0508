"""Security officers: trust anchors, staff and roles, enrolment, the state of revocation data."""

from auction.web.admin import changes, enrolments, home, revocation, staff, trust
from auction.web.admin.common import bp

__all__ = ["bp", "changes", "enrolments", "home", "revocation", "staff", "trust"]
