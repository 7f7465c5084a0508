"""One rule in words, and how periods are written in it."""

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _

from auction.core.profile import RuleProfile
from auction.presenting.figures import left

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule: heading, sentence, and whether the notice's own text leaves it open."""

    heading: str
    sentence: str
    assumed: bool = False
    fields: tuple[str, ...] = ()
    """The parameters that the sentence tells."""


def clause(profile: RuleProfile, heading: str, sentence: str, *fields: str) -> Clause:
    """The clause that tells `fields`; assumed as soon as the notice leaves one of them open."""
    return Clause(heading, sentence, not set(fields).isdisjoint(profile.assumed), fields)


def span(seconds: int) -> str:
    """`5 分钟`, `1 分 30 秒`, `45 秒`."""
    if seconds % 60 == 0:
        return _("%(n)s 分钟", n=seconds // 60)
    return left(timedelta(seconds=seconds))


def minutes(count: int) -> str:
    """`30 分钟`, `2 小时`, `1 天`."""
    if count and count % MINUTES_A_DAY == 0:
        return _("%(n)s 天", n=count // MINUTES_A_DAY)
    if count and count % 60 == 0:
        return _("%(n)s 小时", n=count // 60)
    return _("%(n)s 分钟", n=count)


def time_of_day(minutes_after_midnight: int) -> str:
    """`17:00`, from minutes after midnight in Beijing."""
    return f"{minutes_after_midnight // 60:02d}:{minutes_after_midnight % 60:02d}"
