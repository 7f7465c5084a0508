"""The choices that a rule profile makes by name; the words stand in the log and never change."""

from enum import StrEnum


class IncrementMode(StrEnum):
    """Whether a raise is at least one step, or a whole multiple of it (R-61)."""

    AT_LEAST = "at_least"
    MULTIPLE = "multiple"


class TimedTrigger(StrEnum):
    """What must hold at the close of the listing for the live round to open (2.5)."""

    QUOTED_GE_2 = "quoted_ge_2"
    QUOTED_LAST_HOUR_GE_2 = "quoted_last_hour_ge_2"
    QUALIFIED_GE_2 = "qualified_ge_2"
    ASKED = "asked"
    ALWAYS = "always"
    NEVER = "never"


class TimedEntry(StrEnum):
    """Who may bid in the live round (2.5)."""

    QUOTED_ONLY = "quoted_only"
    QUALIFIED_ALL = "qualified_all"


class AskSilence(StrEnum):
    """What it means not to answer whether one goes on into the live round (2.5)."""

    OUT = "out"
    IN = "in"


class CountdownRule(StrEnum):
    """What a bid in the live round does to the deadline (2.5)."""

    RESTART_FROM_BID = "restart_from_bid"
    EXTEND_IF_WITHIN = "extend_if_within"


class ReserveMode(StrEnum):
    """Whether the sale has a reserve price, sealed until the end of bidding (R-70, R-71)."""

    NONE = "none"
    SEALED = "sealed"


class CapMode(StrEnum):
    """What happens at a price cap: there is none, or those who go on draw lots (R-73)."""

    NONE = "none"
    LOTTERY = "lottery"


class HeldOutcome(StrEnum):
    """What two officers make of a result that was held (R-90)."""

    UPHOLD = "uphold"
    VOID = "void"
    REOPEN = "reopen"


class Unsold(StrEnum):
    """Why bidding ended without a highest bidder (T-4)."""

    NO_BID = "NO_BID"
    RESERVE_NOT_MET = "RESERVE_NOT_MET"


class CertificateGround(StrEnum):
    """Why a bidder's certificate signs nothing any more while the sale goes on."""

    REVOKED = "revoked"
    EXPIRED = "expired"


class DayUnit(StrEnum):
    """How a period in days is counted (R-101)."""

    DAY = "day"
    WORKDAY = "workday"
