"""Why an installation may not start with the trust store it has: named all at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from sqlalchemy import Engine, select

from auction.pki.chain import CertificateError, RevocationMode
from auction.pki.inspection import read_certificates
from auction.pki.revocation import issuer_key
from auction.services.house import House
from auction.services.trust import store
from auction.services.trust.anchors import Entry, EntryKind, Origin, under, unfit
from auction.store.certificates import RevocationRecord

_FILES = "AUCTION_ANCHORS_DIR"
_UNFIT = {
    "ANCHOR_NOT_CA": "is not the certificate of an authority (CA)",
    "ANCHOR_KEY_REFUSED": "has a key that is not accepted (RSA 2048 to 4096, P-256, P-384, SM2)",
    "ANCHOR_DEMO": "belongs to the demonstration's authority and is refused in production",
}


@dataclass(frozen=True, slots=True)
class Problems:
    """What keeps an installation from starting; `mendable` does not keep commands from running,
    because they mend it (`trust refresh`, the clock)."""

    grave: list[str]
    mendable: list[str]


def files(folder: Path) -> tuple[list[Entry], list[str]]:
    """The anchors that operators put into a folder (`*.crt`, PEM or DER), and what is wrong."""
    found: list[Entry] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.crt")):
        try:
            for der in read_certificates(path.read_bytes()):
                found.append(store.fixed_entry(der, EntryKind.ANCHOR, Origin.FILE, path.name))
        except (CertificateError, OSError):
            problems.append(f"{_FILES}: {path.name} holds no certificate that can be read")
    return found, problems


def problems(
    fixed: Sequence[Entry], engine: Engine, *, demo: bool, now: datetime, folder: Path
) -> Problems:
    """Everything about files and table of the trust store that does not let a server start."""
    table, listed = _stored(engine, now)
    known = {one.fingerprint for one in table}
    every = [*table, *(one for one in fixed if one.fingerprint not in known)]
    grave = [problem for one in every if (problem := _unfit(one, now, demo))]
    if not any(one.kind is EntryKind.ANCHOR for one in every):
        grave.append(f"{_FILES}: no certificate (*.crt) in {folder}, and none in the trust store")
    mendable = [] if demo else [text for one in every for text in _unlisted(one, every, listed)]
    return Problems(grave, mendable)


def silent(house: House, every: Sequence[Entry], fingerprint: str) -> list[str]:
    """Names of the CAs under an anchor that fails hard of which no usable list is known."""
    anchor = next((one for one in every if one.fingerprint == fingerprint), None)
    if anchor is None:
        return []
    _table, listed = _stored(house.engine, house.now())
    return [one.facts.name for one in _silent(anchor, every, listed)]


def _stored(engine: Engine, now: datetime) -> tuple[list[Entry], set[str]]:
    """The table's entries, and the issuers with a list that counts now; nothing before `init`."""
    if not store.has_table(engine):
        return [], set()
    records = RevocationRecord.__table__.c
    usable = select(records.issuer).where(
        records.in_force, records.kind == "crl", records.next_update > now
    )
    with engine.connect() as conn:
        return store.table_entries(conn), set(conn.scalars(usable))


def _unfit(entry: Entry, now: datetime, demo: bool) -> str | None:
    reason = _UNFIT.get(unfit(entry.facts, now, allow_demo=demo) or "")
    return None if reason is None else f"{_named(entry)} {reason}"


def _unlisted(anchor: Entry, every: Sequence[Entry], listed: set[str]) -> list[str]:
    """A hard anchor refuses everybody whose status it does not know: with no list and nobody to
    ask it would refuse all."""
    return [
        f"{_named(anchor)} fails hard, but there is no usable revocation list of {one.facts.name} "
        "and no OCSP source"
        for one in _silent(anchor, every, listed)
    ]


def _silent(anchor: Entry, every: Sequence[Entry], listed: set[str]) -> list[Entry]:
    if anchor.kind is not EntryKind.ANCHOR or anchor.policy.revocation is not RevocationMode.HARD:
        return []
    if anchor.sources.ocsp is not None:
        return []
    return [one for one in under(anchor, every) if _issuer(one) not in listed]


def _issuer(entry: Entry) -> str:
    return issuer_key(x509.load_der_x509_certificate(entry.facts.der))


def _named(entry: Entry) -> str:
    place = f"{_FILES}: {entry.file}" if entry.origin is Origin.FILE else "trust store: anchor"
    return f"{place} {entry.facts.name} ({entry.fingerprint[:16]})"
