"""How revocation data stand: every source, every list in force, and what follows at sign-in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from sqlalchemy import Row, select

from auction.pki.chain import RevocationMode
from auction.pki.revocation import issuer_key
from auction.services.house import House
from auction.services.revocation.refreshing import Source, due_at, sources
from auction.services.trust import store
from auction.services.trust.anchors import Entry, EntryKind, under
from auction.store.base import db
from auction.store.certificates import RevocationRecord, RevocationSource


@dataclass(frozen=True, slots=True)
class ListState:
    """A list in force. `counts_until` is when its silence ceases to prove anything: its next
    update, or sooner where the anchor's policy says so."""

    authority: str
    sha256: str
    number: str
    entries: int | None
    """How many certificates it names; None where this worker has not read it yet."""
    this_update: datetime
    next_update: datetime
    loaded_at: datetime
    counts_until: datetime

    def fresh(self, now: datetime) -> bool:
        return now < self.counts_until

    def spent(self, now: datetime) -> float:
        """How much of the time in which it counts has passed, from 0 to 1."""
        whole = (self.counts_until - self.this_update).total_seconds()
        past = (now - self.this_update).total_seconds()
        return min(max(past / whole, 0.0), 1.0) if whole > 0 else 1.0


@dataclass(frozen=True, slots=True)
class SourceState:
    """A configured address and how it has done; nothing is known before its first time."""

    source: Source
    tried_at: datetime | None
    succeeded_at: datetime | None
    fault: str | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class AnchorState:
    """What holds for the certificates of one anchor."""

    entry: Entry
    sources: tuple[SourceState, ...]
    lists: tuple[ListState, ...]
    unlisted: tuple[str, ...]
    """Authorities of which no list counts now."""

    @property
    def hard(self) -> bool:
        return self.entry.policy.revocation is RevocationMode.HARD


@dataclass(frozen=True, slots=True)
class Figures:
    """What is watched from outside."""

    lists: int
    oldest_age: timedelta
    """Age of the oldest list in force; zero without any."""
    shortest_left: timedelta
    """How long the list counts that runs out first; negative once it has; zero without any."""
    sources: int
    failing: int


def look(house: House) -> list[AnchorState]:
    """Every anchor, in the order of the trust store."""
    entries, listed = store.entries(house), _lists()
    known = {(row.anchor, row.url): row for row in db.session.scalars(select(RevocationSource))}
    every = sources(entries)
    return [
        _anchor(house, one, under(one, entries), every, known, listed)
        for one in entries
        if one.kind is EntryKind.ANCHOR
    ]


def figures(house: House) -> Figures:
    """The same in numbers."""
    now, anchors = house.now(), look(house)
    lists = [one for anchor in anchors for one in anchor.lists]
    tried = [one for anchor in anchors for one in anchor.sources]
    nothing = timedelta(0)
    return Figures(
        lists=len({one.sha256 for one in lists}),
        oldest_age=max((now - one.this_update for one in lists), default=nothing),
        shortest_left=min((one.counts_until - now for one in lists), default=nothing),
        sources=len(tried),
        failing=sum(one.fault is not None for one in tried),
    )


def _anchor(
    house: House,
    entry: Entry,
    below: Sequence[Entry],
    every: Sequence[Source],
    known: Mapping[tuple[str, str], RevocationSource],
    listed: Mapping[str, list[Row[Any]]],
) -> AnchorState:
    now, age = house.now(), entry.policy.max_list_age
    counts = {one.sha256: len(one.revoked) for one in house.trust.revocation.lists}
    lists: list[ListState] = []
    unlisted: list[str] = []
    keys = {_key(one): one for one in below if one.facts.key_kind is not None}
    for key, authority in keys.items():
        own = [_list(row, authority, counts, age) for row in listed.get(key, ())]
        lists += own
        if not any(one.fresh(now) for one in own):
            unlisted.append(authority.facts.name)
    fingerprints = {one.fingerprint for one in below}
    return AnchorState(
        entry,
        tuple(
            _source(house, one, known.get(one.key))
            for one in every
            if one.anchor.fingerprint in fingerprints
        ),
        tuple(lists),
        tuple(unlisted),
    )


def _list(
    row: Row[Any], authority: Entry, counts: Mapping[str, int], age: timedelta | None
) -> ListState:
    until = row.next_update if age is None else min(row.next_update, row.this_update + age)
    return ListState(
        authority.facts.name,
        row.sha256,
        row.number or "-",
        counts.get(row.sha256),
        row.this_update,
        row.next_update,
        row.loaded_at,
        until,
    )


def _source(house: House, source: Source, row: RevocationSource | None) -> SourceState:
    if row is None:
        return SourceState(source, None, None, None, None)
    return SourceState(source, row.tried_at, row.succeeded_at, row.fault, due_at(house, row))


def _lists() -> dict[str, list[Row[Any]]]:
    """Lists in force by the key of their authority, without their bytes."""
    table = RevocationRecord
    query = (
        select(
            table.issuer,
            table.sha256,
            table.number,
            table.this_update,
            table.next_update,
            table.loaded_at,
        )
        .where(table.in_force, table.kind == "crl")
        .order_by(table.loaded_at)
    )
    found: dict[str, list[Row[Any]]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.issuer, []).append(row)
    return found


def _key(entry: Entry) -> str:
    return issuer_key(x509.load_der_x509_certificate(entry.facts.der))
