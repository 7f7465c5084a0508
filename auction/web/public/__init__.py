"""The public's pages: notices, lots, results, checks, the practice ground, help."""

from auction.web.public import check, device, home, lots, notices, proofs, results, site
from auction.web.public.blueprint import bp

__all__ = ["bp", "check", "device", "home", "lots", "notices", "proofs", "results", "site"]
