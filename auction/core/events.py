"""What has happened to a lot. Events are facts: they are never changed, only folded into state.

`to_data` and `from_data` give each event a canonical-JSON-able form: instants as `*_us`
integers, amounts as `*_fen` integers, everything else strings, booleans and lists.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias, get_args

from auction.core.instants import from_us, to_us
from auction.core.parameters import CertificateGround, HeldOutcome, Unsold
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

    `practice` marks a rehearsal for good: its log can never be passed off as a sale's. `follows`
    names the earlier listing of the same parcel, `lottery_commitment` the SHA-256 (hex) of the
    seed of its lottery.
    """

    code: str
    notice: str
    rules: str
    profile: RuleProfile
    practice: bool
    follows: str | None = None
    lottery_commitment: str | None = None


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
class AskOpened:
    """The bidders are asked, until `until`, whether they go on into the live round (2.5)."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAnswered:
    """A bidder answered; his last answer counts."""

    plate: str
    willing: bool
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundOpened:
    """The live round: no bids before `bids_from`, first countdown until `deadline`."""

    bids_from: datetime
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjourned:
    """The day's cutoff stopped the round: bids again from `bids_from`, until `deadline`."""

    bids_from: datetime
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveSealed:
    """The reserve price is fixed; only its commitment is told (R-71)."""

    commitment: str
    by: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveOpened:
    """The reserve price, opened at the end of bidding; `salt` lets anyone check it."""

    amount_fen: int
    salt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapReached:
    """The price is the cap: no more bids; who goes on may join the lottery until `until` (R-73)."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LotteryJoined:
    """A bidder goes on at the cap; `nonce_hash` binds his part of the draw."""

    plate: str
    statement: str
    nonce_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LotteryDrawn:
    """The draw: the centre's seed, each entry's plate and nonce (hex), and whom they give."""

    seed: str
    nonces: tuple[tuple[str, str], ...]
    plate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BiddingEnded:
    """Bidding is over: the highest bid stands (subject to examination), or the lot is `unsold`.

    An end without plate and ground is one without any bid: older logs do not say it.
    """

    plate: str | None
    amount_fen: int | None
    unsold: Unsold | None = None

    def __post_init__(self) -> None:
        if self.plate is None and self.unsold is None:
            object.__setattr__(self, "unsold", Unsold.NO_BID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """Bids and countdown stopped at `since` (R-80); can be resumed."""

    since: datetime
    ground: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumptionSet:
    """The suspended sale will go on at `at` (R-86)."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingResumed:
    """The listing goes on, extended by the time lost (R-84)."""

    listing_until: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundResumed:
    """What followed the listing goes on after preparation, with its full time (R-85).

    That is the live round's countdown, the question before it or the entry to the lottery.
    """

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
class CertificateEnded:
    """A bidder's certificate ended: nothing signed by it enters the log after this record.

    What entered before stands. `certificate` commits to its fingerprint, `evidence` to the
    revocation list or answer that says so (None where it ran out); salt and texts are opened
    after the end.
    """

    plate: str
    ground: CertificateGround
    certificate: str
    evidence: str | None
    instant: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldResolved:
    """A held result was decided (R-90).

    Reopened, the round goes on as after a suspension; `plate` and `amount_fen` then lead it: the
    bids that had not been heard were judged on price in the order in which they arrived.
    """

    outcome: HeldOutcome
    ground: str
    by: tuple[str, str]
    bids_from: datetime | None = None
    deadline: datetime | None = None
    plate: str | None = None
    amount_fen: int | None = None
    heard: tuple[str, ...] = ()
    """The plates of the unheard bids that were good, in the order of arrival."""


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
    | AskOpened
    | AskAnswered
    | RoundOpened
    | Adjourned
    | ReserveSealed
    | ReserveOpened
    | CapReached
    | LotteryJoined
    | LotteryDrawn
    | BiddingEnded
    | Suspended
    | ResumptionSet
    | ListingResumed
    | RoundResumed
    | Terminated
    | ListingShortened
    | ClockOff
    | OutageRecorded
    | CertificateEnded
    | HeldResolved
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
    "ask_opened": AskOpened,
    "ask_answered": AskAnswered,
    "round_opened": RoundOpened,
    "adjourned": Adjourned,
    "reserve_sealed": ReserveSealed,
    "reserve_opened": ReserveOpened,
    "cap_reached": CapReached,
    "lottery_joined": LotteryJoined,
    "lottery_drawn": LotteryDrawn,
    "bidding_ended": BiddingEnded,
    "suspended": Suspended,
    "resumption_set": ResumptionSet,
    "listing_resumed": ListingResumed,
    "round_resumed": RoundResumed,
    "terminated": Terminated,
    "listing_shortened": ListingShortened,
    "clock_off": ClockOff,
    "outage_recorded": OutageRecorded,
    "certificate_ended": CertificateEnded,
    "held_resolved": HeldResolved,
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
_WORDS: Mapping[type, Mapping[str, type[StrEnum]]] = {
    kind: {
        f.name: word
        for f in fields(kind)
        for word in (f.type, *get_args(f.type))
        if isinstance(word, type) and issubclass(word, StrEnum)
    }
    for kind in EVENT_TYPES.values()
}
"""The fields of each event that hold a word out of a list."""


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
        elif isinstance(value, StrEnum):
            out[f.name] = str(value)
        elif isinstance(value, tuple):
            out[f.name] = [list(v) if isinstance(v, tuple) else v for v in value]
        elif isinstance(value, Mapping):
            out[f.name] = dict(value)
        else:
            out[f.name] = value
    return out


def from_data(name: str, data: Mapping[str, Any]) -> Event:
    """The event called `name` with the fields of `to_data`; KeyError or ValueError otherwise.

    A field with a default is one that older logs do not have.
    """
    kind = EVENT_TYPES[name]
    values: dict[str, Any] = {}
    for f in fields(kind):
        key = f.name + "_us" if f.name in _INSTANTS[kind] else f.name
        if key not in data and f.default is not MISSING:
            continue
        raw = data[key]
        if key != f.name:
            values[f.name] = None if raw is None else from_us(raw)
        elif f.type is RuleProfile:
            values[f.name] = RuleProfile.from_dict(raw)
        elif isinstance(raw, list):
            values[f.name] = tuple(tuple(v) if isinstance(v, list) else v for v in raw)
        elif (word := _WORDS[kind].get(f.name)) is not None and raw is not None:
            values[f.name] = word(raw)
        else:
            values[f.name] = raw
    return kind(**values)
