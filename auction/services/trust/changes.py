"""Changing the trust store: proposed by one security officer, decided by another one."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.orm import Session

from auction.core.reasons import Refusal
from auction.pki.chain import CertificateError, TrustStore
from auction.pki.inspection import CertificateFacts, inspect
from auction.services import proposals
from auction.services.house import House
from auction.services.sessions import ending
from auction.services.staff.security import able, require_enough
from auction.services.trust import store
from auction.services.trust.anchors import (
    LABEL_LIMIT,
    Entry,
    EntryKind,
    Origin,
    Policy,
    Sources,
    unfit,
)
from auction.store.certificates import ChangeSubject, DualChange, TrustAnchor

ADD: Final = "add"
CHANGE: Final = "change"
REMOVE: Final = "remove"


@dataclass(frozen=True, slots=True)
class Settings:
    """What officers decide about an authority, as it comes from a form or the command line."""

    label: str
    policy: Policy = field(default_factory=Policy)
    sources: Sources = field(default_factory=Sources)

    def problems(self) -> list[tuple[str, str]]:
        """(field, code) of everything that is wrong."""
        label = [] if 0 < len(self.label) <= LABEL_LIMIT else [("label", "LABEL_MISSING")]
        return [*label, *self.policy.problems(), *self.sources.problems()]

    def to_json(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "policy": self.policy.to_json(),
            "sources": self.sources.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was worked out before the transaction that decides: the store to come, and the
    credentials whose sessions end with it."""

    before: Sequence[Entry]
    entries: Sequence[Entry]
    store: TrustStore
    untrusted: Sequence[str]


def look_at(house: House, der: bytes) -> CertificateFacts:
    """A certificate that may be proposed. Raises CertificateError where it cannot be read, Refusal
    where it cannot stand in the trust store: ANCHOR_NOT_CA, ANCHOR_KEY_REFUSED, ANCHOR_EXPIRED,
    ANCHOR_DEMO, ANCHOR_DUPLICATE."""
    facts = inspect(der)
    if code := unfit(facts, house.now(), allow_demo=house.site.demo):
        raise Refusal(code)
    known = _find(store.entries(house), facts.fingerprint)
    if known is not None and known.origin is not Origin.FILE:
        raise Refusal("ANCHOR_DUPLICATE")
    return facts


def propose_add(
    house: House, officer: str, der: bytes, kind: EntryKind, settings: Settings, reason: str
) -> DualChange:
    """Propose a new authority. Raises what `look_at` and `proposals.propose` raise, and Refusal
    SETTINGS_WRONG."""
    facts = look_at(house, der)
    content = {
        "kind": str(kind),
        **_checked(settings),
        "certificate": base64.b64encode(der).decode(),
        "reason": reason,
    }
    return _propose(house, officer, ADD, facts.fingerprint, content)


def propose_change(
    house: House, officer: str, fingerprint: str, settings: Settings, reason: str
) -> DualChange:
    """Propose other settings. Raises Refusal: NOT_IN_TABLE, NOTHING_CHANGED, SETTINGS_WRONG, and
    what `proposals.propose` raises."""
    entry = _in_table(house, fingerprint)
    content = {"kind": str(entry.kind), **_checked(settings)}
    if settings.to_json() == entry.settings():
        raise Refusal("NOTHING_CHANGED")
    content |= {"before": entry.settings(), "reason": reason}
    return _propose(house, officer, CHANGE, fingerprint, content)


def propose_remove(house: House, officer: str, fingerprint: str, reason: str) -> DualChange:
    """Propose not to trust it any more. Raises Refusal: NOT_IN_TABLE, STILL_A_FILE, and what
    `proposals.propose` raises."""
    entry = _in_table(house, fingerprint)
    content = {
        "kind": str(entry.kind),
        **entry.settings(),
        "before": entry.settings(),
        "reason": reason,
    }
    return _propose(house, officer, REMOVE, fingerprint, content)


def prepare(house: House, change: DualChange) -> Prepared:
    """Check a change against the trust store as it stands now, before it is carried out.

    Raises Refusal: CHANGE_STALE where the store is no longer what the proposer saw, SECURITY_NEEDED
    where fewer than two security officers could sign in afterwards.
    """
    now = store.entries(house)
    after = _after(house, now, change.act, change.target, change.content)
    try:
        coming = store.build(house, after)
    except CertificateError as error:
        raise Refusal(str(error.code)) from None
    require_enough(able(house, house.trust), able(house, coming))
    return Prepared(now, after, coming, store.untrusted(house, coming))


def apply(house: House, session: Session, change: DualChange, ready: Prepared) -> None:
    """Carry out an approved change in the caller's transaction, and end the sessions that rest on
    what is no longer trusted."""
    row = session.get(TrustAnchor, change.target, with_for_update=True)
    _require_unchanged(row, change)
    # Another change may have been carried out between the preparation and this transaction.
    if store.entries(house) != ready.before:
        raise Refusal("CHANGE_STALE")
    require_enough(able(house, house.trust), able(house, ready.store))
    content, now = change.content, house.now()
    if change.act == REMOVE:
        assert row is not None
        row.removed_at = now
    elif row is None:
        session.add(
            TrustAnchor(
                fingerprint=change.target,
                kind=content["kind"],
                label=content["label"],
                certificate=base64.b64decode(content["certificate"]),
                policy=content["policy"],
                sources=content["sources"],
                added_at=now,
            )
        )
    else:
        row.label, row.policy, row.sources = content["label"], content["policy"], content["sources"]
        if change.act == ADD:  # trusted once before
            row.kind, row.added_at, row.removed_at = content["kind"], now, None
    ending.end_of(session, house.now(), store.UNTRUSTED, ready.untrusted)


def proposed_entry(change: DualChange) -> Entry | None:
    """The entry as it would be after an `add`; None for other changes."""
    if change.act != ADD:
        return None
    return _entry(base64.b64decode(change.content["certificate"]), change.content)


def present(house: House, fingerprint: str) -> Entry | None:
    """The entry with this fingerprint as it stands now."""
    return _find(store.entries(house), fingerprint)


def _propose(
    house: House, officer: str, act: str, target: str, content: dict[str, Any]
) -> DualChange:
    after = _after(house, store.entries(house), act, target, content)
    require_enough(able(house, house.trust), able(house, store.build(house, after)))
    return proposals.propose(house, officer, ChangeSubject.TRUST, act, target, content)


def _checked(settings: Settings) -> dict[str, Any]:
    if settings.problems():
        raise Refusal("SETTINGS_WRONG")
    return settings.to_json()


def _in_table(house: House, fingerprint: str) -> Entry:
    entry = _find(store.entries(house), fingerprint)
    if entry is None or entry.origin is not Origin.TABLE:
        raise Refusal("NOT_IN_TABLE")
    return entry


def _find(entries: Sequence[Entry], fingerprint: str) -> Entry | None:
    return next((one for one in entries if one.fingerprint == fingerprint), None)


def _after(
    house: House, entries: Sequence[Entry], act: str, target: str, content: Mapping[str, Any]
) -> list[Entry]:
    """The trust store's entries once the change is made."""
    present = _find(entries, target)
    others = [one for one in entries if one.fingerprint != target]
    if act == ADD:
        if present is not None and present.origin is not Origin.FILE:
            raise Refusal("ANCHOR_DUPLICATE")
        return [*others, _entry(base64.b64decode(content["certificate"]), content)]
    if present is None or present.settings() != content["before"]:
        raise Refusal("CHANGE_STALE")
    if act == CHANGE:
        return [*others, _entry(present.facts.der, content)]
    if any(one.fingerprint == target for one in house.fixed_anchors):
        raise Refusal("STILL_A_FILE")
    return others


def _entry(der: bytes, content: Mapping[str, Any]) -> Entry:
    return Entry(
        facts=inspect(der),
        kind=EntryKind(content["kind"]),
        label=content["label"],
        policy=Policy.from_json(content["policy"]),
        sources=Sources.from_json(content["sources"]),
        origin=Origin.TABLE,
    )


def _require_unchanged(row: TrustAnchor | None, change: DualChange) -> None:
    """What `prepare` saw must still be so now that the row is locked."""
    present = None if row is None or row.removed_at is not None else store.table_entry(row)
    expected = change.content.get("before")
    if (None if present is None else present.settings()) != expected:
        raise Refusal("CHANGE_STALE")
