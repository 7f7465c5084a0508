"""What is known of a sale after some of its records, and what falls due next (SPEC.md, 7.2)."""

from dataclasses import dataclass, field

from auction.verifier.rules.terms import HOUR, MINUTE, Terms

TIMED = ("ask", "round", "draw")
RUNNING = ("listing", *TIMED)
OVER = ("unsold", "pending", "confirmed", "published", "void")

_BEIJING = 8 * HOUR
_DAY = 24 * HOUR


@dataclass(slots=True)
class Pause:
    """A time without bids, [since, until), `until` None while it lasts; `told` is what a refusal
    in it names."""

    reason: str
    since: int
    until: int | None
    told: int


@dataclass(slots=True)
class Stop:
    """A suspension: since when, and when it ends, if that has been announced, and by whom."""

    since: int
    resume_at: int | None = None
    resume_by: str | None = None


@dataclass(slots=True)
class Sale:
    """One lot. Stages: none, listing, ask, round, draw (the lottery), and what comes after."""

    slug: str = ""
    terms: Terms | None = None
    code: str = ""
    practice: bool = False
    stage: str = "none"
    admitted: dict[str, str] = field(default_factory=dict)
    quoted: dict[str, int] = field(default_factory=dict)
    price: int | None = None
    leader: str | None = None
    led_at: int | None = None
    listing_until: int = 0
    closed_at: int | None = None
    answers: dict[str, bool] = field(default_factory=dict)
    bids_from: int | None = None
    deadline: int | None = None
    limit: int | None = None
    adjourned: bool = False
    reserve: str | None = None
    reserve_fen: int | None = None
    lottery_commitment: str | None = None
    entries: dict[str, str] = field(default_factory=dict)
    join_open: bool = False
    ended_at: int | None = None
    unsold: str | None = None
    held_from: str | None = None
    unheard: list[tuple[int, str, int]] = field(default_factory=list)
    """Arrival, plate and amount of bids that turned up after the end."""
    stop: Stop | None = None
    pauses: list[Pause] = field(default_factory=list)
    ended_certificates: set[str] = field(default_factory=set)
    signed_sides: set[str] = field(default_factory=set)

    @property
    def rules(self) -> Terms:
        """The terms of a lot that has been opened."""
        if self.terms is None:
            raise LookupError("the lot was never opened")
        return self.terms

    @property
    def winner(self) -> str | None:
        """Whose bid stands at the end."""
        return self.leader if self.ended_at is not None and self.unsold is None else None


def due(sale: Sale) -> int | None:
    """When the next transition happens by itself; None if only a person can bring one about."""
    if sale.stop is not None:
        return sale.stop.resume_at
    if sale.stage == "listing":
        return sale.listing_until
    if sale.stage == "round":
        night = _cutoff(sale)
        if night is None or sale.deadline is None:
            return night if sale.deadline is None else sale.deadline
        return min(night, sale.deadline)
    return sale.deadline if sale.stage in TIMED else None


def _cutoff(sale: Sale) -> int | None:
    if sale.terms is None or sale.bids_from is None or sale.terms.day_cutoff_minutes is None:
        return None
    return max(day_time(sale.bids_from, sale.terms.day_cutoff_minutes), sale.bids_from)


def day_time(instant: int, minutes: int, days: int = 0) -> int:
    """`minutes` after midnight in Beijing of the day of `instant`, or `days` later."""
    midnight = (instant + _BEIJING) // _DAY * _DAY - _BEIJING
    return midnight + days * _DAY + minutes * MINUTE


def may_enter(sale: Sale, plate: str) -> bool:
    """Whether a plate may take part in what follows the listing."""
    return sale.rules.timed_entry == "qualified_all" or plate in sale.quoted


def is_willing(sale: Sale, plate: str) -> bool:
    """Whether a plate goes on into the round, by its answer or its silence."""
    if sale.rules.timed_trigger != "asked":
        return True
    return sale.answers.get(plate, sale.rules.ask_silence == "in")
