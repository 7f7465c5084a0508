"""Revocation in operation: configured sources are asked, what they say is applied.

The elected clock asks (`refresh`); whoever has taken new data in applies it (`apply`). Addresses in
certificates are never followed. A source that fails changes nothing: what is in force stays, grows
old, and then each anchor's policy says what that means.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from sqlalchemy import delete, select, update

from auction.core.instants import EPOCH
from auction.core.parameters import CertificateGround
from auction.pki.crl import Status
from auction.pki.issuing import is_signed_by
from auction.pki.ocsp import ANSWER_LIMIT
from auction.pki.revocation import RevocationData, RevocationError
from auction.services.fetching import SourceError, fetch
from auction.services.house import House
from auction.services.people import ders
from auction.services.revocation import ends
from auction.services.revocation.intake import authorities, take_answer, take_lists
from auction.services.revocation.turns import name_hash, whose_turn
from auction.services.trust import store
from auction.services.trust.anchors import Entry, EntryKind, under
from auction.services.unit import writing
from auction.store.base import db
from auction.store.certificates import RevocationSource
from auction.store.people import Credential

LIST_BYTES = 20 * 1024 * 1024
FETCH_SECONDS = 10.0
RETRY = timedelta(minutes=1)
"""A source that failed is asked again after so long, or after the usual interval if shorter."""
ANSWERS = 50
"""So many certificates are asked about at one look, so that a responder is never flooded."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """One configured address: of the anchor `entry`, for a list or for OCSP answers."""

    anchor: Entry
    url: str
    ocsp: bool

    @property
    def key(self) -> tuple[str, str]:
        return self.anchor.fingerprint, self.url


def sources(entries: Sequence[Entry]) -> list[Source]:
    """Every configured source, of anchors and of what helps to build paths."""
    found: dict[tuple[str, str], Source] = {}
    for entry in entries:
        for url in entry.sources.crl:
            found.setdefault((entry.fingerprint, url), Source(entry, url, ocsp=False))
        if entry.sources.ocsp is not None:
            url = entry.sources.ocsp
            found.setdefault((entry.fingerprint, url), Source(entry, url, ocsp=True))
    return list(found.values())


def refresh(house: House, *, everything: bool = False) -> list[tuple[Source, str | None]]:
    """Ask the sources that are due (or all), then apply what came; each with its fault code."""
    entries = store.entries(house)
    known = {(row.anchor, row.url): row for row in db.session.scalars(select(RevocationSource))}
    configured = sources(entries)
    wanted = [
        one for one in configured if everything or _is_due(house, known.get(one.key), house.now())
    ]
    # One that failed may take its whole time again: it does not keep the others waiting.
    wanted.sort(key=lambda one: one.key in known and known[one.key].fault is not None)
    db.session.rollback()  # nothing is held while the sources take their time
    if gone := known.keys() - {one.key for one in configured}:
        _forget(gone)
    results = [(one, _visit(house, one, entries)) for one in wanted]
    if results:
        take_effect(house)
    return results


def ask_soon(house: House) -> None:
    """Let the clock ask every source within seconds, whatever the interval."""
    with writing() as session:
        session.execute(update(RevocationSource).values(tried_at=EPOCH))


def take_effect(house: House) -> int:
    """Let this worker's trust store know what has been taken in, and end what it names as revoked;
    how many certificates ended."""
    store.reload_if_changed(house)
    return apply(house)


def apply(house: House) -> int:
    """End every enrolled certificate that the data in force name as revoked, itself or an
    authority above it; how many."""
    data, now = house.trust.revocation, house.now()
    rows = db.session.execute(
        select(
            Credential.id,
            Credential.serial,
            Credential.issuer_hash,
            Credential.certificate,
            Credential.intermediates,
        ).where(Credential.revoked_at.is_(None), Credential.not_after > now)
    ).all()
    pool = authorities(store.entries(house))
    db.session.rollback()
    named = house.aside(lambda: _named(data))
    # An authority may be known by nothing but what the holders of its certificates sent along.
    sent = {text for row in rows for text in row.intermediates or ()}
    every = [*pool, *map(_loaded, ders(sent))]
    fallen = {name_hash(ca) for ca in every if _revocation(ca, every, data, now) is not None}
    found = []
    for row in rows:
        if int(row.serial, 16) in named or row.issuer_hash in fallen:
            above = [*pool, *map(_loaded, ders(row.intermediates or ()))]
            hit = _revocation(_loaded(row.certificate), above, data, now)
            if hit is not None:
                found.append((row.id, hit))
    for credential_id, (instant, evidence) in found:
        ends.end(
            house,
            credential_id,
            CertificateGround.REVOKED,
            instant=instant,
            evidence=evidence,
        )
    if found:
        ends.record_ends(house)
    return len(found)


def watch(house: House) -> None:
    """The clock's duty every second: apply what another worker has taken in, end what ran out,
    and bring what ended into the logs."""
    if house.revocation_applied is not house.trust:
        trusted = house.trust
        apply(house)
        house.revocation_applied = trusted
    ends.end_expired(house)
    ends.record_ends(house)


# --- asking one source ------------------------------------------------------------------------


def _is_due(house: House, row: RevocationSource | None, now: datetime) -> bool:
    return row is None or now >= due_at(house, row)


def due_at(house: House, row: RevocationSource) -> datetime:
    """When this source is asked again; one that failed sooner than the others."""
    wait = timedelta(seconds=house.site.revocation_seconds)
    return row.tried_at + (wait if row.fault is None else min(wait, RETRY))


def _visit(house: House, source: Source, entries: Sequence[Entry]) -> str | None:
    """Ask one source and note how it did; the code of its fault."""
    visit = _visit_ocsp if source.ocsp else _visit_list
    record, fault = None, None
    try:
        record = visit(house, source, _below(source, entries))
    except (SourceError, RevocationError) as error:
        fault = str(error.code)
        log.warning("revocation source %s: %s", source.url, fault)
    _note(house, source, record, fault)
    return fault


def _below(source: Source, entries: Sequence[Entry]) -> list[Entry]:
    if source.anchor.kind is EntryKind.ANCHOR:
        return under(source.anchor, list(entries))
    return [source.anchor]


def _visit_list(house: House, source: Source, below: Sequence[Entry]) -> str | None:
    data = fetch(source.url, limit=LIST_BYTES, seconds=FETCH_SECONDS)
    taken = take_lists(house, data, below)
    return taken[-1].sha256


def _visit_ocsp(house: House, source: Source, below: Sequence[Entry]) -> str | None:
    """Ask about those whose turn it is; one bad answer does not end the round."""
    issuers = authorities(below)
    asked = whose_turn(house, issuers, limit=ANSWERS)
    record: str | None = None
    fault: SourceError | RevocationError | None = None
    for der in asked:
        certificate = _loaded(der)
        issuer = _issuer_of(certificate, issuers)
        if issuer is None:
            continue
        try:
            answer = fetch(
                source.url,
                limit=ANSWER_LIMIT,
                seconds=FETCH_SECONDS,
                body=_request(certificate, issuer),
                content_type="application/ocsp-request",
            )
            record = take_answer(house, answer, certificate, issuer).sha256
        except RevocationError as error:
            fault = error
        except SourceError as error:
            fault = error
            break  # who does not answer need not be asked fifty times
    if fault is not None:
        raise fault
    return record


def _request(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    # SHA-1 names the authority, as every responder understands; nothing rests on it.
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        certificate,
        issuer,
        hashes.SHA1(),  # noqa: S303
    )
    return builder.build().public_bytes(Encoding.DER)


def _note(house: House, source: Source, record: str | None, fault: str | None) -> None:
    now = house.now()
    with writing() as session:
        row = session.get(RevocationSource, source.key)
        if row is None:
            row = RevocationSource(anchor=source.anchor.fingerprint, url=source.url)
            session.add(row)
        row.tried_at, row.fault = now, fault
        if fault is None:
            row.succeeded_at = now
        if record is not None:
            row.record = record


def _forget(keys: Iterable[tuple[str, str]]) -> None:
    with writing() as session:
        for anchor, url in keys:
            session.execute(
                delete(RevocationSource).where(
                    RevocationSource.anchor == anchor, RevocationSource.url == url
                )
            )


# --- who is revoked ---------------------------------------------------------------------------


def _named(data: RevocationData) -> set[int]:
    """Every serial number that anything in force names as revoked, whoever's it is."""
    found = {serial for one in data.lists for serial in one.revoked}
    return found | {one.serial for one in data.answers if one.status is Status.REVOKED}


def _revocation(
    leaf: x509.Certificate, pool: Sequence[x509.Certificate], data: RevocationData, now: datetime
) -> tuple[datetime | None, str | None] | None:
    """When and by which record the certificate, or an authority above it, was revoked."""
    for certificate, issuer in pairwise(_path(leaf, pool)):
        finding = data.finding(certificate, issuer, at=now)
        if finding.status is Status.REVOKED:
            return finding.revoked_at, finding.evidence
    return None


def _path(leaf: x509.Certificate, pool: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    path = [leaf]
    while path[-1].issuer != path[-1].subject and len(path) <= len(pool):
        issuer = _issuer_of(path[-1], pool)
        if issuer is None:
            break
        path.append(issuer)
    return path


def _issuer_of(
    certificate: x509.Certificate, pool: Sequence[x509.Certificate]
) -> x509.Certificate | None:
    return next(
        (
            one
            for one in pool
            if one.subject == certificate.issuer and is_signed_by(certificate, one)
        ),
        None,
    )


def _loaded(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)
