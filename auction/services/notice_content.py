"""What a notice in the office says: its facts, its rules, what speaks against it, its address."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from auction.core.notice import LotFacts
from auction.core.notice import Notice as NoticeFacts
from auction.core.notice_checks import Finding, Level, check_notice
from auction.core.notice_codec import notice_from_dict
from auction.core.profile import Problem, ReserveMode, RuleProfile
from auction.core.terms import Unstated, profile_of
from auction.core.workdays import CALENDAR_2024
from auction.ledger import canonical
from auction.pki import statement as st
from auction.services import lots, relisting
from auction.store.sales import Lot, Notice, SaleKind

PUBLISHED_RANGES = (
    ("countdown_first_seconds", 60, 1800),
    ("countdown_seconds", 60, 1800),
    ("extend_within_seconds", 60, 1800),
    ("lottery_join_seconds", 60, 3600),
    ("resume_prep_seconds", 300, 3600),
)
"""What a real sale may have (2.5 to 2.7); a rehearsal's periods may be shorter."""

_FROM_NOTICE = frozenset(
    {
        *("start_fen", "step_listing_fen", "step_timed_fen", "deposit_fen"),
        *("apply_from", "apply_until", "deposit_until", "listing_from", "listing_until"),
        *("timed_trigger", "reserve_mode", "joint_allowed", "single_payment", "prep_seconds"),
        *("winner_submit_days", "winner_submit_unit"),
    }
)
UNSTATED: Final = tuple(
    f.name for f in fields(RuleProfile) if f.name not in _FROM_NOTICE | {"assumed"}
)
"""Parameters for which a notice has no place: the profile states them, marked as such."""
CHOICES: Final = tuple(n for n in UNSTATED if n not in ("cap_fen", "single_session"))
"""Those that an officer chooses for all lots of a notice. The cap is an amount of its lot; one
session for one certificate is how this system works, and is told, not chosen."""

_FOR_SALES_ONLY = frozenset({"NOTICE_PERIOD_SHORT", "LISTING_PERIOD_SHORT"})
_SLUG_PARTS = re.compile(r"[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class LotRules:
    """What only one lot of a notice has, beyond its facts."""

    step_timed_fen: int | None = None
    """The step in the live round, where it is not the listing's (R-7)."""
    cap_fen: int | None = None
    follows: str | None = None
    """Address of the earlier listing of the same parcel (T-4)."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a notice says, and what it leaves to the rule profile."""

    notice: NoticeFacts
    unstated: Unstated
    rules: Mapping[str, Any] = field(default_factory=dict)
    """Further parameters by name, of CHOICES."""
    lots: Mapping[str, LotRules] = field(default_factory=dict)
    """By lot code."""
    variant: str | None = None
    """The ready profile from which the rules were made."""

    def of_lot(self, code: str) -> LotRules:
        """What only this lot has."""
        return self.lots.get(code, LotRules())

    def profile(self, lot: LotFacts) -> RuleProfile:
        """The rules under which `lot` is sold; preparation fills the gap before the round."""
        windows, own = self.notice.windows, self.of_lot(lot.code)
        gap = (windows.live_round_start - windows.listing.end) // timedelta(seconds=1)
        made = replace(
            profile_of(self.notice, lot, self.unstated),
            reserve_mode=ReserveMode(self.notice.terms.reserve),
            step_timed_fen=own.step_timed_fen or lot.step_fen,
            cap_fen=own.cap_fen,
            assumed=UNSTATED,
            **self.rules,
        )
        return replace(made, prep_seconds=gap - made.ask_seconds)


@dataclass(frozen=True, slots=True)
class Approval:
    """What an approver signs: the fields of the statement that the server knows.

    `publish_at` is None for "at once". `document` is the SHA-256 (hex) over the notice's content
    hash and the rules of every lot, so that nothing a bidder will rely on is left out.
    """

    purpose: str
    lot: str
    act: str
    document: str
    publish_at: datetime | None


def content_of(row: Notice) -> Content:
    """The notice of a row that holds a complete one."""
    profile = RuleProfile.from_dict(row.profile)
    return Content(
        notice_from_dict(row.facts),
        unstated_of(profile),
        {name: getattr(profile, name) for name in CHOICES},
        {code: LotRules(**own) for code, own in (row.lot_rules or {}).items()},
        row.variant,
    )


def content_again(lot: Lot) -> Content:
    """What a notice says that lists this one lot again, before anybody changes it (T-4)."""
    facts = notice_from_dict(lot.notice.facts)
    profile = RuleProfile.from_dict(lot.terms)
    own = facts.lot(lot.code)
    assert own is not None
    rules = LotRules(
        step_timed_fen=profile.step_timed_fen if profile.step_timed_fen != own.step_fen else None,
        cap_fen=profile.cap_fen,
        follows=lot.slug,
    )
    return Content(
        replace(facts, lots=(own,)),
        unstated_of(profile),
        {name: getattr(profile, name) for name in CHOICES},
        {lot.code: rules},
        lot.notice.variant,
    )


def unstated_of(profile: RuleProfile) -> Unstated:
    """The four parameters that every notice leaves open, as this profile has them."""
    return Unstated(
        increment_mode=profile.increment_mode,
        timed_entry=profile.timed_entry,
        countdown_first_seconds=profile.countdown_first_seconds,
        countdown_seconds=profile.countdown_seconds,
    )


def profile_problems(profile: RuleProfile, kind: SaleKind) -> tuple[Problem, ...]:
    """Everything that forbids a profile for a sale of this kind, in the order of the profile."""
    found = profile.problems()
    if kind is not SaleKind.REAL:
        return found
    told = {problem.field for problem in found}
    return found + tuple(
        Problem(name, "OUT_OF_RANGE", {"value": value, "low": low, "high": high})
        for name, low, high in PUBLISHED_RANGES
        if name not in told and not low <= (value := getattr(profile, name)) <= high
    )


def review(content: Content, kind: SaleKind) -> tuple[Finding, ...]:
    """Everything to be said about a notice before it is signed; blocks first.

    In a rehearsal the legal minimum periods only warn: nobody relies on them.
    """
    found = [_softened(f, kind) for f in check_notice(content.notice, CALENDAR_2024)]
    if not any(f.level is Level.BLOCK for f in found):
        found += _profile_findings(content, kind)
    order = list(Level)
    return tuple(sorted(found, key=lambda finding: order.index(finding.level)))


def finding_key(finding: Finding) -> str:
    """What a reason for accepting this warning is kept under."""
    return f"{finding.code}:{finding.data['lot']}" if "lot" in finding.data else finding.code


def approval_of(row: Notice, now: datetime) -> Approval:
    """What is to be signed to publish this notice, at its own beginning or at once."""
    content = content_of(row)
    start = content.notice.windows.notice.start
    assert row.content_hash is not None
    rules = [
        lots.terms_of(content.profile(lot), lot.code, row.content_hash)[1]
        for lot in content.notice.lots
    ]
    signed = {"kind": row.kind, "notice": row.content_hash, "rules": rules}
    later = start > now
    return Approval(
        purpose=st.purpose_for("approval", practice=lots.is_practice(row)),
        lot=row.lot_slugs[content.notice.lots[0].code],
        act=f"publish-{start:%Y%m%dT%H%M%SZ}" if later else "publish-now",
        document=hashlib.sha256(canonical.encode(signed)).hexdigest(),
        publish_at=start if later else None,
    )


def to_confirm(row: Notice) -> list[str]:
    """What the approver must have ticked: accepted warnings, and clauses beyond the standard."""
    clauses = notice_from_dict(row.facts).clauses
    return [*row.acceptances, *(f"CLAUSE:{n}" for n in range(len(clauses)))]


def _softened(finding: Finding, kind: SaleKind) -> Finding:
    if kind is not SaleKind.REAL and finding.code in _FOR_SALES_ONLY:
        return replace(finding, level=Level.WARN)
    return finding


def _profile_findings(content: Content, kind: SaleKind) -> list[Finding]:
    return [
        Finding(
            Level.BLOCK,
            f"PROFILE_{problem.code}",
            "R-6",
            {"lot": lot.code, "field": problem.field, **problem.facts},
        )
        for lot in content.notice.lots
        for problem in profile_problems(content.profile(lot), kind)
    ] + _following(content, kind)


def _following(content: Content, kind: SaleKind) -> list[Finding]:
    """Lots that are to follow an earlier listing, and cannot (T-4)."""
    found = []
    for lot in content.notice.lots:
        earlier = content.of_lot(lot.code).follows
        code = None if earlier is None else relisting.may_follow(earlier, kind)
        if earlier is not None and code is not None:
            found.append(Finding(Level.BLOCK, code, "T-4", {"lot": lot.code, "earlier": earlier}))
    return found


def free_notice_slug(session: Session, row: Notice) -> str:
    """The address of a notice: `2024TD-44` of `2024TD网挂公告第[44]号`."""
    taken = set(session.scalars(select(Notice.slug).where(Notice.id != row.id)))
    return _free(row.number, row.id, taken)


def free_lot_slugs(session: Session, row: Notice, notice: NoticeFacts) -> dict[str, str]:
    """The addresses of its lots by code, none of them allotted to anybody else."""
    taken = set(session.scalars(select(Lot.slug)))
    for slugs in session.scalars(select(Notice.lot_slugs).where(Notice.id != row.id)):
        taken |= set((slugs or {}).values())
    found: dict[str, str] = {}
    for lot in notice.lots:
        found[lot.code] = _free(lot.code, row.id, taken | set(found.values()))
    return found


def _free(text: str, otherwise: str, taken: set[str]) -> str:
    """An address made of the letters and figures of `text`, numbered if it is in use."""
    base = "-".join(_SLUG_PARTS.findall(text))[:50] or otherwise
    slug, count = base, 1
    while slug in taken:
        count += 1
        slug = f"{base}-{count}"
    return slug
