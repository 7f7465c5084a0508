"""What a notice in the office says: its facts, its rules, what speaks against it, its address."""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from auction.core.notice import LotFacts
from auction.core.notice import Notice as NoticeFacts
from auction.core.notice_checks import Finding, Level, check_notice
from auction.core.notice_codec import notice_from_dict
from auction.core.profile import RuleProfile
from auction.core.terms import Unstated, profile_of
from auction.core.workdays import CALENDAR_2024
from auction.ledger import canonical
from auction.pki import statement as st
from auction.services import lots
from auction.store.sales import Lot, Notice, SaleKind

PUBLISHED_COUNTDOWN = range(60, 1801)
"""Seconds that a real sale's countdown may have; a rehearsal's may be shorter."""

_FOR_SALES_ONLY = frozenset({"NOTICE_PERIOD_SHORT", "LISTING_PERIOD_SHORT"})
_SLUG_PARTS = re.compile(r"[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Content:
    """What a notice says, and what it leaves to the rule profile."""

    notice: NoticeFacts
    unstated: Unstated

    def profile(self, lot: LotFacts) -> RuleProfile:
        """The rules under which `lot` is sold; preparation fills the gap before the round."""
        windows = self.notice.windows
        gap = (windows.live_round_start - windows.listing.end) // timedelta(seconds=1)
        return replace(profile_of(self.notice, lot, self.unstated), prep_seconds=gap)


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
        Unstated(
            increment_mode=profile.increment_mode,
            timed_entry=profile.timed_entry,
            countdown_first_seconds=profile.countdown_first_seconds,
            countdown_seconds=profile.countdown_seconds,
        ),
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
    found: list[Finding] = []
    for lot in content.notice.lots:
        profile = content.profile(lot)
        found += [
            Finding(
                Level.BLOCK,
                f"PROFILE_{problem.code}",
                "R-6",
                {"lot": lot.code, "field": problem.field, **problem.facts},
            )
            for problem in profile.problems()
        ]
    if kind is SaleKind.REAL:
        for name in ("countdown_first_seconds", "countdown_seconds"):
            value: int = getattr(content.unstated, name)
            if value not in PUBLISHED_COUNTDOWN:
                found.append(
                    Finding(
                        Level.BLOCK,
                        "PROFILE_OUT_OF_RANGE",
                        "2.5",
                        {
                            "field": name,
                            "value": value,
                            "low": PUBLISHED_COUNTDOWN[0],
                            "high": PUBLISHED_COUNTDOWN[-1],
                        },
                    )
                )
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
