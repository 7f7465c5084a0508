"""One code for each way in which a command can be refused.

The codes are part of the evidence (they stand in the log's leaves), so a code is never
renamed or reused. Their wording, in Chinese and English, is the presenting room's affair.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

Facts: TypeAlias = Mapping[str, int | str]
"""What the rule compared: amounts in fen (`*_fen`), instants in microseconds (`*_us`)."""


class Reason(StrEnum):
    """Why a bid of a qualified bidder was not accepted; recorded in the lot's log."""

    NOT_OPEN = "BID_NOT_OPEN"
    """Arrived before the listing opened (R-6)."""
    FREEZE = "BID_FREEZE"
    """Arrived in the quiet period at the end of the listing (R-66)."""
    PREPARING = "BID_PREPARING"
    """Arrived in the preparation before the countdown (R-85)."""
    ASKING = "BID_ASKING"
    """Arrived while the bidders were asked whether they go on (2.5)."""
    ADJOURNED = "BID_ADJOURNED"
    """Arrived between the day's cutoff and the next day's resumption (2.5)."""
    SUSPENDED = "BID_SUSPENDED"
    """The sale was suspended when it arrived (R-80)."""
    LATE = "BID_LATE"
    """Arrived at or after the deadline (T-1)."""
    NOT_ENTERED = "BID_NOT_ENTERED"
    """No quote in the listing, and only those who quoted may enter the round (2.5)."""
    NOT_WILLING = "BID_NOT_WILLING"
    """Asked whether to go on into the round, the bidder was not willing (2.5)."""
    CAP_REACHED = "BID_CAP_REACHED"
    """The price is the cap already (R-73)."""
    ABOVE_CAP = "BID_ABOVE_CAP"
    """More than the price cap (R-73)."""
    ALREADY_LEADING = "BID_ALREADY_LEADING"
    """The leader may not raise himself (R-65)."""
    OFF_SCALE = "BID_OFF_SCALE"
    """Not a whole multiple of the price unit (R-61)."""
    TOO_LOW = "BID_TOO_LOW"
    """Below the start price or below the price plus one step (R-60, R-61)."""
    NOT_MULTIPLE = "BID_NOT_MULTIPLE"
    """The raise is not a whole multiple of the step (R-61)."""


class Refusal(Exception):
    """A command that may not be carried out in the present state; it leaves no event.

    `code` is stable and machine-readable, `facts` are the values the rule compared.
    """

    def __init__(self, code: str, **facts: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.facts: Facts = facts


def require_stage(stage: StrEnum, *allowed: StrEnum) -> None:
    """Raise Refusal WRONG_STAGE unless the lot's stage is one of those."""
    if stage not in allowed:
        raise Refusal("WRONG_STAGE", stage=str(stage))


def require_two(by: tuple[str, str]) -> None:
    """Raise Refusal TWO_PERSONS_NEEDED unless two different officers act."""
    if len(set(by)) != 2:
        raise Refusal("TWO_PERSONS_NEEDED")
