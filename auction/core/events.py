"""What has happened to a lot. Events are facts: they are never changed, only folded into state.

`to_data` and `from_data` give each event a canonical-JSON-able form: instants as `*_us`
integers, amounts as `*_fen` integers, everything else strings, booleans and lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeAlias

from auction.core.instants import from_us, to_us
from auction.core.profile import RuleProfile
from auction.core.reasons import Facts, Reason


@dataclass(frozen=True, slots=True)
class Admission:
    """A number plate and the salted commitment to the bidder behind it (R-30)."""

    plate: str
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LotOpened:
    """The published terms; `rules` is their SHA-256 (hex), signed by every bidder.

    `practice` marks a rehearsal for good: its log can never be passed off as a sale's.
    """

    code: str
    notice: str
    rules: str
    profile: RuleProfile
    practice: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A qualified bidder takes part under a number plate."""

    plate: str
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BidAccepted:
    """The price is now `amount_fen`; in the live round the countdown ends at `deadline`."""

    plate: str
    amount_fen: int
    statement: str
    deadline: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BidRefused:
    """A qualified bidder's bid was not accepted; `facts` are what the rule compared."""

    plate: str
    amount_fen: int
    statement: str
    reason: Reason
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class BidUnheard:
    """A bid that arrived before the deadline turned up after the close: the result is held."""

    plate: str
    amount_fen: int
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingClosed:
    """The listing ended; `quoted` bidders had quoted."""

    quoted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundOpened:
    """The live round: no bids before `bids_from`, first countdown until `deadline`."""

    bids_from: datetime
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BiddingEnded:
    """Bidding is over: the highest bid stands (subject to examination), or none was made."""

    plate: str | None
    amount_fen: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """Bids and countdown stopped at `since` (R-80); can be resumed."""

    since: datetime
    ground: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingResumed:
    """The listing goes on, extended by the time lost (R-84)."""

    listing_until: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundResumed:
    """The round goes on after preparation, with a full countdown (R-85)."""

    bids_from: datetime
    deadline: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminated:
    """The sale ended for good (R-81)."""

    ground: str
    by: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingShortened:
    """A rehearsal's listing ends earlier; never in a sale."""

    listing_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOff:
    """At a transition the clock was `offset_ms` off, more than the profile allows (R-120)."""

    offset_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageRecorded:
    """The service did not run in [start, end)."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardConfirmed:
    """Papers examined and sufficient: the highest bidder is the winner (R-102)."""

    by: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardVoided:
    """The award is void; no automatic promotion of the second bidder (R-107)."""

    ground: str
    by: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationSigned:
    """One side (`winner` or `grantor`) signed the deal confirmation with hash `document`."""

    side: str
    document: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPublished:
    """The result was published (R-104)."""

    by: str


Event: TypeAlias = (
    LotOpened
    | Admitted
    | BidAccepted
    | BidRefused
    | BidUnheard
    | ListingClosed
    | RoundOpened
    | BiddingEnded
    | Suspended
    | ListingResumed
    | RoundResumed
    | Terminated
    | ListingShortened
    | ClockOff
    | OutageRecorded
    | AwardConfirmed
    | AwardVoided
    | ConfirmationSigned
    | ResultPublished
)

EVENT_TYPES: Mapping[str, type[Event]] = {
    "lot_opened": LotOpened,
    "admitted": Admitted,
    "bid_accepted": BidAccepted,
    "bid_refused": BidRefused,
    "bid_unheard": BidUnheard,
    "listing_closed": ListingClosed,
    "round_opened": RoundOpened,
    "bidding_ended": BiddingEnded,
    "suspended": Suspended,
    "listing_resumed": ListingResumed,
    "round_resumed": RoundResumed,
    "terminated": Terminated,
    "listing_shortened": ListingShortened,
    "clock_off": ClockOff,
    "outage_recorded": OutageRecorded,
    "award_confirmed": AwardConfirmed,
    "award_voided": AwardVoided,
    "confirmation_signed": ConfirmationSigned,
    "result_published": ResultPublished,
}
"""The name of each event in the log; part of the evidence, so names never change."""

_NAMES = {kind: name for name, kind in EVENT_TYPES.items()}
_INSTANTS = {
    kind: frozenset(f.name for f in fields(kind) if f.type in (datetime, datetime | None))
    for kind in EVENT_TYPES.values()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event at its place in a lot's log.

    `arrival` is the instant that decided (T-1), `sequenced` the lot's own monotone time of
    writing; `seq` counts from 1.
    """

    seq: int
    arrival: datetime
    sequenced: datetime
    event: Event

    def to_data(self, lot: str) -> dict[str, Any]:
        """The leaf of this event in the log of `lot`, before canonical encoding."""
        return {
            "v": 1,
            "lot": lot,
            "seq": self.seq,
            "arrival_us": to_us(self.arrival),
            "sequenced_us": to_us(self.sequenced),
            "type": _NAMES[type(self.event)],
            "data": to_data(self.event),
        }

    @classmethod
    def from_data(cls, leaf: Mapping[str, Any]) -> "Recorded":
        """The event of a leaf; KeyError or ValueError if it has a foreign shape."""
        return cls(
            seq=leaf["seq"],
            arrival=from_us(leaf["arrival_us"]),
            sequenced=from_us(leaf["sequenced_us"]),
            event=from_data(leaf["type"], leaf["data"]),
        )


def type_name(event: Event) -> str:
    """The event's name in the log."""
    return _NAMES[type(event)]


def to_data(event: Event) -> dict[str, Any]:
    """The event's own fields, canonical-JSON-able."""
    out: dict[str, Any] = {}
    for f in fields(event):
        value = getattr(event, f.name)
        if f.name in _INSTANTS[type(event)]:
            out[f.name + "_us"] = None if value is None else to_us(value)
        elif isinstance(value, RuleProfile):
            out[f.name] = value.to_dict()
        elif isinstance(value, Reason):
            out[f.name] = str(value)
        elif isinstance(value, tuple):
            out[f.name] = list(value)
        elif isinstance(value, Mapping):
            out[f.name] = dict(value)
        else:
            out[f.name] = value
    return out


def from_data(name: str, data: Mapping[str, Any]) -> Event:
    """The event called `name` with the fields of `to_data`."""
    kind = EVENT_TYPES[name]
    values: dict[str, Any] = {}
    for f in fields(kind):
        if f.name in _INSTANTS[kind]:
            raw = data[f.name + "_us"]
            values[f.name] = None if raw is None else from_us(raw)
            continue
        raw = data[f.name]
        if f.type is RuleProfile:
            values[f.name] = RuleProfile.from_dict(raw)
        elif f.type is Reason:
            values[f.name] = Reason(raw)
        elif isinstance(raw, list):
            values[f.name] = tuple(raw)
        else:
            values[f.name] = raw
    return kind(**values)
