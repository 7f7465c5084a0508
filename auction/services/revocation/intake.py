"""Taking revocation data in: verified, no older than what is in force, kept as the bytes that came
(R-125)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auction.pki import files
from auction.pki.ocsp import OcspAnswer, verify_ocsp
from auction.pki.parsing import MALFORMED
from auction.pki.reasons import PkiReason
from auction.pki.revocation import RevocationError, RevocationList, verify_list
from auction.services.house import House
from auction.services.trust.anchors import Entry
from auction.services.unit import writing
from auction.store.certificates import RevocationRecord

LISTS_LIMIT = 64
"""So many lists in one file: each is verified while whoever sent it waits."""
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """What was made of a list or answer: the record in force now, and whether it is a new one."""

    sha256: str
    new: bool


def authorities(entries: Iterable[Entry]) -> list[x509.Certificate]:
    """The CAs whose revocation data can be verified here."""
    return [
        x509.load_der_x509_certificate(entry.facts.der)
        for entry in entries
        if entry.facts.key_kind is not None
    ]


def take_lists(house: House, data: bytes, entries: Sequence[Entry]) -> list[Taken]:
    """Put every list in a file (DER or PEM) in force; its authority is one of `entries`.

    All of them or none: raises RevocationError for the first that cannot be taken.
    """
    try:
        found = files.revocation_lists(data)
    except files.NotSuch:
        raise RevocationError(PkiReason.CRL_MALFORMED) from None
    if len(found) > LISTS_LIMIT:
        raise RevocationError(PkiReason.CRL_TOO_MANY, limit=LISTS_LIMIT)
    now, issuers = house.now(), authorities(entries)
    verified = house.aside(lambda: [_verified(der, issuers, now) for der in found])
    with writing() as session:
        return [_put_in_force(session, one, now) for one in verified]


def _put_in_force(session: Session, verified: RevocationList, now: datetime) -> Taken:
    scope = _scope(verified.der)
    for row in _standing(session, "crl", verified.issuer):
        if row.sha256 == verified.sha256:
            return Taken(row.sha256, new=False)
        if _scope(row.der) != scope:
            continue
        age = (int(row.number or 0), row.this_update)
        if (verified.number, verified.this_update) < age:
            raise RevocationError(PkiReason.CRL_ROLLBACK)
        row.in_force = False
    session.add(
        RevocationRecord(
            sha256=verified.sha256,
            kind="crl",
            issuer=verified.issuer,
            number=str(verified.number),
            der=verified.der,
            this_update=verified.this_update,
            next_update=verified.next_update,
            loaded_at=_loaded(session, now),
            in_force=True,
        )
    )
    return Taken(verified.sha256, new=True)


def take_answer(
    house: House, der: bytes, certificate: x509.Certificate, issuer: x509.Certificate
) -> OcspAnswer:
    """Put an OCSP answer about an enrolled certificate in force. Raises RevocationError."""
    now = house.now()
    answer = verify_ocsp(der, certificate, issuer, now=now)
    serial = f"{answer.serial:x}"
    with writing() as session:
        for row in _standing(session, "ocsp", answer.issuer, serial):
            if row.sha256 == answer.sha256:
                return answer
            if answer.this_update < row.this_update:
                raise RevocationError(PkiReason.OCSP_ROLLBACK)
            row.in_force = False
        session.add(
            RevocationRecord(
                sha256=answer.sha256,
                kind="ocsp",
                issuer=answer.issuer,
                serial=serial,
                der=der,
                this_update=answer.this_update,
                next_update=answer.usable_until,
                loaded_at=_loaded(session, now),
                in_force=True,
            )
        )
    return answer


def _verified(der: bytes, issuers: Sequence[x509.Certificate], now: datetime) -> RevocationList:
    """The list as its authority's; of two CAs of one name the key decides."""
    try:
        name = x509.load_der_x509_crl(der).issuer
        named = [one for one in issuers if one.subject == name]
    except MALFORMED:
        raise RevocationError(PkiReason.CRL_MALFORMED) from None
    refused = RevocationError(PkiReason.CRL_WRONG_ISSUER)
    for issuer in named:
        try:
            return verify_list(der, issuer, now=now)
        except RevocationError as error:
            if error.code is not PkiReason.CRL_BAD_SIGNATURE:
                raise
            refused = error
    raise refused


def _standing(
    session: Session, kind: str, issuer: str, serial: str | None = None
) -> Sequence[RevocationRecord]:
    query = select(RevocationRecord).where(
        RevocationRecord.in_force,
        RevocationRecord.kind == kind,
        RevocationRecord.issuer == issuer,
    )
    if serial is not None:
        query = query.where(RevocationRecord.serial == serial)
    return session.scalars(query.with_for_update()).all()


def _scope(der: bytes) -> bytes:
    """Which part of an authority's certificates a list speaks of, as it says itself."""
    extensions = x509.load_der_x509_crl(der).extensions
    try:
        point = extensions.get_extension_for_class(x509.IssuingDistributionPoint)
    except x509.ExtensionNotFound:
        return b""
    return point.value.public_bytes()


def _loaded(session: Session, now: datetime) -> datetime:
    """When it was loaded; never the same as another one, because workers look for newer ones."""
    last = session.scalar(select(func.max(RevocationRecord.loaded_at)))
    return now if last is None or last < now else last + _TICK
