"""Ready profiles: the rules that trading centres have published, as parameter values.

A variant holds only what a published text states, each value with its source. It is laid over a
lot's own facts (price, times); what the text leaves open keeps the profile's value and is told
as an assumption. Nothing here says what the law is: these are the centres' own rules, as read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from auction.core.money import FEN_PER_WAN
from auction.core.parameters import (
    AskSilence,
    CountdownRule,
    DayUnit,
    IncrementMode,
    ReserveMode,
    TimedEntry,
    TimedTrigger,
)
from auction.core.profile import RuleProfile


@dataclass(frozen=True, slots=True)
class Stated:
    """A parameter's value and where it was read."""

    value: Any
    source: str


@dataclass(frozen=True, slots=True)
class Variant:
    """The published rules of one place; `stated` by parameter."""

    key: str
    stated: Mapping[str, Stated]

    @property
    def rules(self) -> dict[str, Any]:
        """The stated parameters and their values."""
        return {name: stated.value for name, stated in self.stated.items()}

    @property
    def assumed(self) -> tuple[str, ...]:
        """The parameters that decide a sale and that the text does not state."""
        asked = self.rules.get("timed_trigger") is TimedTrigger.ASKED
        return tuple(
            name
            for name in DECIDING
            if name not in self.stated and (asked or not name.startswith("ask_"))
        )

    def applied(self, profile: RuleProfile) -> RuleProfile:
        """The lot of `profile` under these rules.

        An entry window of the reserve that begins before the listing does begins with it. Where
        the text does not say how soon a repaired sale may go on at once, an hour is assumed.
        """
        values = {"resume_direct_minutes": 60} | self.rules
        listing = (profile.listing_until - profile.listing_from) // timedelta(minutes=1)
        opens = values.get("reserve_entry_from_minutes")
        if opens is not None:
            values["reserve_entry_from_minutes"] = min(opens, listing)
        return replace(profile, **values, assumed=self.assumed)


DECIDING: Final = (
    "increment_mode",
    "self_outbid",
    "freeze_minutes",
    "timed_trigger",
    "timed_entry",
    "ask_seconds",
    "ask_silence",
    "ask_min_willing",
    "prep_seconds",
    "countdown_first_seconds",
    "countdown_seconds",
    "countdown_rule",
    "day_cutoff_minutes",
    "max_duration_hours",
    "reserve_entry_from_minutes",
    "reserve_entry_until_minutes",
    "resume_prep_seconds",
    "resume_notice_hours",
    "resume_direct_minutes",
    "winner_submit_days",
    "refund_due_workdays",
)
"""Parameters that can change who wins, at what price, or what a winner must do by when."""

_WHOLE_LISTING = 100_000


def _of(source: str, **values: Any) -> dict[str, Stated]:
    return {name: Stated(value, source) for name, value in values.items()}


XINING: Final = Variant(
    "xining",
    _of(
        "Notice 2024TD No. 44",
        timed_trigger=TimedTrigger.QUOTED_GE_2,
        prep_seconds=0,
        reserve_mode=ReserveMode.NONE,
        joint_allowed=True,
        single_payment=True,
        winner_submit_days=5,
        winner_submit_unit=DayUnit.DAY,
    ),
)

WUXI: Final = Variant(
    "wuxi",
    # "Two or more take part at the close", read with Art. 21: no round after a single quote.
    _of("Wuxi 2015, Art. 21", timed_trigger=TimedTrigger.QUOTED_GE_2, prep_seconds=0)
    | _of("Wuxi 2015, FAQ 13", timed_entry=TimedEntry.QUALIFIED_ALL)
    | _of(
        "Wuxi 2015 and Taicang, timed round",
        countdown_first_seconds=240,
        countdown_seconds=240,
        countdown_rule=CountdownRule.RESTART_FROM_BID,
    )
    | _of("Wuxi 2015, Art. 20", reserve_entry_from_minutes=30, reserve_entry_until_minutes=0)
    | _of("Wuxi 2015, notice of resumption", resume_notice_hours=120)
    | _of("Wuxi 2015, Art. 16", joint_allowed=True)
    | _of("Wuxi 2015, Art. 26 and 27", print_days=1)
    | _of("Wuxi 2015, Art. 28", office_check_workdays=2)
    | _of("Wuxi 2015, Art. 30", refund_due_workdays=5)
    | _of("Wuxi 2015, Art. 31", result_publish_workdays=10)
    | _of(
        "Taicang, notice of the deal",
        winner_submit_days=5,
        winner_submit_unit=DayUnit.WORKDAY,
        contract_workdays=7,
    ),
)

SIP: Final = Variant(
    "sip",
    _of("SIP, Art. 20", timed_trigger=TimedTrigger.QUOTED_GE_2, prep_seconds=0)
    | _of("SIP, Art. 21", freeze_minutes=60)
    | _of("SIP, FAQ 9", increment_mode=IncrementMode.MULTIPLE)
    | _of("SIP, FAQ 11", single_session=True)
    | _of("SIP, FAQ 13", timed_entry=TimedEntry.QUOTED_ONLY)
    | _of("SIP, FAQ 20", single_payment=False)
    | _of(
        "SIP, timed round",
        countdown_first_seconds=240,
        countdown_seconds=240,
        countdown_rule=CountdownRule.RESTART_FROM_BID,
    )
    | _of("SIP, Art. 19", reserve_entry_from_minutes=30, reserve_entry_until_minutes=0)
    | _of("SIP, notice of resumption", resume_notice_hours=120)
    | _of("SIP, Art. 14", joint_allowed=True)
    | _of("SIP, Art. 27", office_check_workdays=2)
    | _of("SIP, Art. 30", result_publish_workdays=10)
    | _of(
        "SIP, after the deal",
        winner_submit_days=2,
        winner_submit_unit=DayUnit.WORKDAY,
        contract_workdays=2,
    ),
)

FUJIAN: Final = Variant(
    "fujian",
    _of("Fujian 2012, Art. 27", freeze_minutes=0)
    | _of(
        "Fujian 2012, increments",
        increment_mode=IncrementMode.AT_LEAST,
        price_scale_fen=FEN_PER_WAN // 10,
    )
    | _of(
        "Fujian 2012, timed round",
        timed_trigger=TimedTrigger.QUOTED_LAST_HOUR_GE_2,
        timed_entry=TimedEntry.QUALIFIED_ALL,
        prep_seconds=900,
        countdown_first_seconds=300,
        countdown_seconds=300,
        countdown_rule=CountdownRule.RESTART_FROM_BID,
    )
    | _of(
        "Fujian 2012, Art. 32",
        reserve_entry_from_minutes=_WHOLE_LISTING,
        reserve_entry_until_minutes=60,
    )
    | _of("Fujian 2012, Art. 16", joint_allowed=True)
    | _of("Fujian 2012, Art. 46", refund_due_workdays=5)
    | _of("Fujian 2012, Art. 54", suspend_freezes_apply=False)
    | _of("Fujian 2012, Art. 55", resume_prep_seconds=900)
    | _of("Fujian 2012, Art. 58", resume_direct_minutes=60, resume_notice_hours=24)
    | _of(
        "Fujian 2012, after the deal",
        winner_submit_days=5,
        winner_submit_unit=DayUnit.WORKDAY,
    ),
)

SHANTOU: Final = Variant(
    "shantou",
    _of(
        "Shantou, published rules, p. 3",
        timed_trigger=TimedTrigger.ASKED,
        timed_entry=TimedEntry.QUOTED_ONLY,
        ask_seconds=300,
        ask_silence=AskSilence.OUT,
        ask_min_willing=1,
        countdown_first_seconds=300,
        countdown_seconds=300,
        reserve_entry_from_minutes=30,
        reserve_entry_until_minutes=0,
    ),
)

ZIJIN: Final = Variant(
    "zijin",
    _of(
        "Zijin, notice of 2020 (Guangdong system)",
        timed_trigger=TimedTrigger.ALWAYS,
        timed_entry=TimedEntry.QUALIFIED_ALL,
        prep_seconds=0,
        freeze_minutes=0,
        joint_allowed=False,
    ),
)

QINZHOU: Final = Variant(
    "qinzhou",
    _of(
        "Qinzhou, notice of 2021",
        timed_trigger=TimedTrigger.ALWAYS,
        timed_entry=TimedEntry.QUALIFIED_ALL,
        prep_seconds=0,
        countdown_first_seconds=300,
        countdown_seconds=300,
        countdown_rule=CountdownRule.EXTEND_IF_WITHIN,
        extend_within_seconds=300,
    ),
)

VARIANTS: Final[Mapping[str, Variant]] = {
    v.key: v for v in (XINING, WUXI, SIP, FUJIAN, SHANTOU, ZIJIN, QINZHOU)
}
"""By key, in the order in which they are offered."""
