"""The rules of one sale in plain words with its own figures (P-1).

Every sentence is made from the profile that the engine decides by, so that what people read and
what is done cannot part.
"""

from flask_babel import gettext as _

from auction.core.profile import RuleProfile
from auction.documents.paper import Mark, Row
from auction.presenting.bids import raise_rule
from auction.presenting.rules import afterwards, before, disturbed, live
from auction.presenting.rules.clause import Clause, span
from auction.presenting.rules.worked import examples

__all__ = ["Clause", "assumption_rows", "clauses", "examples"]

_VALUES = ("countdown_first_seconds", "countdown_seconds", "timed_entry", "increment_mode")
"""Told on the notice's page as a value; every other parameter by its clause."""


def clauses(profile: RuleProfile) -> list[Clause]:
    """The rules of a sale in the order in which a bidder meets them."""
    return [
        *before.entry(profile),
        *before.quotes(profile),
        *before.limits(profile),
        *live.clauses(profile),
        *afterwards.clauses(profile),
        *disturbed.clauses(profile),
    ]


def assumption_rows(profile: RuleProfile, practice: bool) -> list[Row]:
    """What the notice's text leaves open, for the notice's own page, each with its mark."""
    mark = Mark.ASSUMED if practice else Mark.PROFILE
    words = {
        "countdown_first_seconds": (_("首次倒计时"), span(profile.countdown_first_seconds)),
        "countdown_seconds": (_("每次有效报价后重新计时"), span(profile.countdown_seconds)),
        "timed_entry": (_("可以进入限时竞价的人"), live.who_enters(profile)),
        "increment_mode": (_("加价幅度"), raise_rule(profile, live=True)),
    }
    rows = [Row(*words[name], mark) for name in _VALUES if name in profile.assumed]
    others = set(profile.assumed) - set(_VALUES)
    return rows + [
        Row(clause.heading, clause.sentence, mark)
        for clause in clauses(profile)
        if others & set(clause.fields)
    ]
