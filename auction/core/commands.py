"""What can be asked of a lot. Every command carries its arrival, the instant that decides (T-1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from auction.core.events import Admission
from auction.core.parameters import CertificateGround, HeldOutcome
from auction.core.profile import RuleProfile


@dataclass(frozen=True, slots=True)
class ReserveOpening:
    """The sealed reserve price as it was entered, and the salt of its commitment."""

    amount_fen: int
    salt: str


@dataclass(frozen=True, slots=True)
class LotteryOpening:
    """What the lottery is drawn from: the centre's seed, each entry's plate and nonce (hex)."""

    seed: str
    nonces: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLot:
    """Begin the lot's log: the terms as published (R-12).

    `follows` is the slug of the earlier listing of the same parcel (T-4). `lottery_commitment` is
    the SHA-256 (hex) of the centre's 32-byte seed, needed where the profile has a lottery.
    """

    arrival: datetime
    code: str
    notice: str
    rules: str
    profile: RuleProfile
    practice: bool = False
    follows: str | None = None
    lottery_commitment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceBid:
    """A quote in the listing or a bid in the live round; one act, one form (R-60 to R-65).

    `statement` is the SHA-256 (hex) of the signed statement. `admission` accompanies a bidder's
    first bid: the log learns of a qualified bidder only then, because the number of qualified
    bidders is secret before the end (R-30). `offset_ms` is how far the clock was off when the bid
    arrived: beyond the profile's limit the sale is suspended instead (R-120).
    """

    arrival: datetime
    plate: str
    amount_fen: int
    statement: str
    admission: Admission | None = None
    offset_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Carry out the transition that is due at `arrival`; `roll` are the qualified non-quoters.

    `offset_ms` is how far the clock was off then: beyond the profile's limit nothing may close or
    open by it (R-120). `reserve` and `draw` open what was sealed; where one is needed and missing
    or not what was committed to, the sale is suspended.
    """

    arrival: datetime
    roll: tuple[Admission, ...] = ()
    offset_ms: int = 0
    reserve: ReserveOpening | None = None
    draw: LotteryOpening | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A bidder's signed answer whether he goes on into the live round; the last one counts."""

    arrival: datetime
    plate: str
    willing: bool
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealReserve:
    """Commit to the reserve price (R-71): `commitment` as in `core.reserve`; two officers."""

    arrival: datetime
    commitment: str
    by: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinLottery:
    """A bidder's signed entry to the lottery at the cap (R-73).

    `nonce_hash` is the SHA-256 (hex) of the bidder's own nonce, which goes into the draw.
    """

    arrival: datetime
    plate: str
    statement: str
    nonce_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend:
    """Stop bids and countdown (R-80, R-91); `by` is an officer's id or `system`."""

    arrival: datetime
    ground: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Go on after a suspension: the listing extended, the round with preparation (R-84, R-85)."""

    arrival: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleResume:
    """Announce that a suspended sale goes on at `at` (R-86); a later one replaces it."""

    arrival: datetime
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminate:
    """End the sale for good (R-81); two officers."""

    arrival: datetime
    ground: str
    by: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipToClose:
    """In a rehearsal: let the listing end at `listing_until`, so that nobody has to wait."""

    arrival: datetime
    listing_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOutage:
    """The service did not run from `start` to `arrival` (R-90)."""

    arrival: datetime
    start: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCertificate:
    """A certificate of the bidder with this plate signs nothing any more, since `instant`.

    `instant` is when the centre learned of the revocation, or when the validity ran out.
    `certificate` and `evidence` are commitments (hex) to the certificate's fingerprint and to the
    SHA-256 of the revocation list or OCSP answer: in the clear they would name the bidder.
    """

    arrival: datetime
    plate: str
    ground: CertificateGround
    certificate: str
    evidence: str | None
    instant: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveHeld:
    """Two officers decide on a held result (R-90): it stands, is void, or the round goes on."""

    arrival: datetime
    outcome: HeldOutcome
    ground: str
    by: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmAward:
    """The highest bidder's papers were examined and found sufficient (R-23, R-102)."""

    arrival: datetime
    by: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidAward:
    """The highest bidder failed the examination or refused to sign (R-107)."""

    arrival: datetime
    ground: str
    by: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignConfirmation:
    """One side signed the deal confirmation 成交确认书; `side` is `winner` or `grantor`."""

    arrival: datetime
    side: str
    document: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishResult:
    """The result was published (R-104)."""

    arrival: datetime
    by: str


Command: TypeAlias = (
    OpenLot
    | PlaceBid
    | Tick
    | Answer
    | SealReserve
    | JoinLottery
    | Suspend
    | Resume
    | ScheduleResume
    | Terminate
    | SkipToClose
    | RecordOutage
    | EndCertificate
    | ResolveHeld
    | ConfirmAward
    | VoidAward
    | SignConfirmation
    | PublishResult
)
