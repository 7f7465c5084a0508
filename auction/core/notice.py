"""A listing notice (挂牌出让公告) as data: what the published text states, and nothing else.

What a notice leaves open (length of the countdown, who may enter the live round, at-least or
multiple steps) belongs to the rule profile and has no field here, so that an assumption can never
be mistaken for a fact. Amounts are fen, areas square millimetres, instants aware UTC.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from auction.core.boundary import BoundaryError, parse_boundary
from auction.core.profile import DayUnit, TimedTrigger

_DECIMAL: Final = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?")


class InvalidFact(ValueError):
    """A fact that contradicts itself, such as a range without an upper value."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Comparator(StrEnum):
    """How an index binds; a bare number would leave it open whether 1.1 is a floor or a cap."""

    AT_LEAST = ">="
    AT_MOST = "<="
    EQUAL = "="
    RANGE = "range"


class Unit(StrEnum):
    """Units of planning indices."""

    NONE = ""
    PERCENT = "%"
    METRE = "m"
    WAN_PER_MU = "wan/mu"


@dataclass(frozen=True, slots=True)
class Index:
    """A planning index: comparator and exact decimal text. `upper` only for a range."""

    op: Comparator
    value: str
    upper: str | None = None
    unit: Unit = Unit.NONE

    def __post_init__(self) -> None:
        """Raise InvalidFact with INDEX_NOT_DECIMAL, INDEX_UPPER or INDEX_RANGE."""
        for text in (self.value, self.upper):
            if text is not None and not _DECIMAL.fullmatch(text):
                raise InvalidFact("INDEX_NOT_DECIMAL")
        if (self.op is Comparator.RANGE) != (self.upper is not None):
            raise InvalidFact("INDEX_UPPER")
        if self.upper is not None and Decimal(self.upper) < Decimal(self.value):
            raise InvalidFact("INDEX_RANGE")


@dataclass(frozen=True, slots=True)
class UseTerm:
    """Years for which the land is granted for one use (出让年限)."""

    use: str
    years: int

    def __post_init__(self) -> None:
        """Raise InvalidFact with YEARS_OUT_OF_RANGE."""
        if not 1 <= self.years <= 100:
            raise InvalidFact("YEARS_OUT_OF_RANGE")


@dataclass(frozen=True, slots=True)
class LandCondition:
    """State of the land at delivery (注1): what is built, what has been assessed."""

    levelled: bool
    utilities: tuple[str, ...]
    assessments: tuple[str, ...]
    control_indices_set: bool
    standard_land: bool
    """Whether it meets the conditions of industrial “标准地”."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """The land (宗地). `region_code` is GB/T 2260; `boundary` GeoJSON text, EPSG:4490."""

    code: str
    region_code: str
    location: str
    area_mm2: int
    uses: tuple[str, ...]
    far: Index
    building_coefficient: Index
    green_ratio: Index
    height: Index
    terms: tuple[UseTerm, ...]
    investment_intensity: Index | None
    condition: LandCondition | None
    remarks: tuple[str, ...]
    boundary: str | None

    def __post_init__(self) -> None:
        """Raise InvalidFact with USES_EMPTY, TERMS_EMPTY or a code of BoundaryError."""
        if not self.uses:
            raise InvalidFact("USES_EMPTY")
        if not self.terms:
            raise InvalidFact("TERMS_EMPTY")
        if self.boundary is not None:
            try:
                parse_boundary(self.boundary)
            except BoundaryError as error:
                raise InvalidFact(error.code) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFacts:
    """The parcel as it is offered (标的): deposit, start price and least raise."""

    parcel: Parcel
    deposit_fen: int
    start_fen: int
    step_fen: int

    @property
    def code(self) -> str:
        """The lot goes by the code of its parcel."""
        return self.parcel.code


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open window [start, end)."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """The time table of section 三."""

    notice: Window
    application: Window
    deposit_deadline: datetime
    listing: Window
    live_round_start: datetime


class Applicant(StrEnum):
    """Who may apply (R-21)."""

    NATURAL_PERSON = "natural_person"
    LEGAL_PERSON = "legal_person"
    OTHER_ORGANISATION = "other_organisation"


class Origin(StrEnum):
    """From where applicants may come (R-21)."""

    INSIDE_AND_OUTSIDE = "inside_and_outside_china"
    INSIDE = "inside_china"


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """Section 二 and the note on joint applications (R-21, R-27)."""

    applicants: tuple[Applicant, ...]
    origin: Origin
    single_allowed: bool
    joint_allowed: bool

    def __post_init__(self) -> None:
        """Raise InvalidFact with APPLICANTS_EMPTY or NO_WAY_TO_APPLY."""
        if not self.applicants:
            raise InvalidFact("APPLICANTS_EMPTY")
        if not (self.single_allowed or self.joint_allowed):
            raise InvalidFact("NO_WAY_TO_APPLY")


class Reserve(StrEnum):
    """Whether a reserve price exists; a notice must say so (R-70)."""

    NONE = "none"
    SEALED = "sealed"


class PriceRule(StrEnum):
    """How the winner is found."""

    ASCENDING_HIGHEST_WINS = "ascending_highest_wins"


class PayerRule(StrEnum):
    """From which account the deposit must come (R-41)."""

    BASIC_ACCOUNT = "basic_account"
    ANY_OWN_ACCOUNT = "any_own_account"


class ArrivalBasis(StrEnum):
    """Which time decides whether a deposit came in time (R-43)."""

    BANK_CREDIT = "bank_credit"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleTerms:
    """Sections 四, 七, 八 and 九: price, deposit, the step into the live round, papers."""

    reserve: Reserve
    price_rule: PriceRule
    payer_rule: PayerRule
    single_payment: bool
    arrival_basis: ArrivalBasis
    timed_trigger: TimedTrigger
    winner_submit_days: int
    winner_submit_unit: DayUnit

    def __post_init__(self) -> None:
        """Raise InvalidFact with DAYS_OUT_OF_RANGE."""
        if not 1 <= self.winner_submit_days <= 60:
            raise InvalidFact("DAYS_OUT_OF_RANGE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """Sections 五, 六 and 九: where certificates are issued and where the sale takes place."""

    certificate_office: str
    name: str
    url: str
    section: str


class ContactRole(StrEnum):
    """On whose behalf a contact answers."""

    GRANTOR = "grantor"
    AGENCY = "agency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One entry of section 十一."""

    role: ContactRole
    organisation: str
    address: str
    persons: tuple[str, ...]
    phone: str


class SourceKind(StrEnum):
    """How the data came to be."""

    TRANSCRIBED = "transcribed"
    """Taken from a text that was published elsewhere."""
    DRAFTED = "drafted"
    """Written in this system."""


@dataclass(frozen=True, slots=True)
class Source:
    """Origin of the data. `added` names fields that the text itself does not state."""

    kind: SourceKind
    note: str
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One listing notice with one or more lots (R-10)."""

    number: str
    title: str
    approving_government: str
    grantor: str
    agency: str
    eligibility: Eligibility
    terms: SaleTerms
    platform: Platform
    windows: Windows
    lots: tuple[LotFacts, ...]
    clauses: tuple[str, ...]
    """Further clauses beyond the standard sections, in the order of print."""
    contacts: tuple[Contact, ...]
    signed_by: str
    signed_on: date
    source: Source

    def __post_init__(self) -> None:
        """Raise InvalidFact with LOTS_EMPTY or LOT_CODE_TWICE."""
        if not self.lots:
            raise InvalidFact("LOTS_EMPTY")
        if len({lot.code for lot in self.lots}) < len(self.lots):
            raise InvalidFact("LOT_CODE_TWICE")

    def contact(self, role: ContactRole) -> Contact | None:
        """The first contact of this role."""
        return next((c for c in self.contacts if c.role is role), None)

    def lot(self, code: str) -> LotFacts | None:
        """The lot of this code."""
        return next((lot for lot in self.lots if lot.code == code), None)
