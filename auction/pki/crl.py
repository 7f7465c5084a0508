"""Revocation lists: verified once when loaded, then a look-up by serial number (RFC 5280, 6.3).

Lists are handed in as bytes by whoever fetched them from a configured source. No address that
stands in a presented certificate is ever followed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cryptography import x509

from auction.pki.issuing import is_allowed_algorithm, is_signed_by
from auction.pki.keys import certificate_key, spki_der
from auction.pki.parsing import MALFORMED
from auction.pki.reasons import PkiReason

LIST_LIMIT: Final = 32 * 1024 * 1024
SKEW: Final = timedelta(minutes=2)
"""How far an authority's clock may be ahead before what it signs counts as from the future."""


class RevocationError(Exception):
    """Revocation data is refused; what was already loaded stays in force."""

    def __init__(self, code: PkiReason, **data: str | int) -> None:
        super().__init__(code.value)
        self.code = code
        self.data = data


class Status(StrEnum):
    """What the revocation data in force says of one certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    """Nothing loaded speaks of this certificate, or only what is past its next update."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which of an authority's certificates a list speaks of (issuing distribution point)."""

    holders: bool = True
    """It speaks of certificates of people and organisations."""
    authorities: bool = True
    """It speaks of certificates of subordinate authorities."""
    points: frozenset[str] = frozenset()
    """Only of those whose distribution points name one of these; empty: of all."""

    def covers(self, certificate: x509.Certificate) -> bool:
        """True when silence of the list about `certificate` means that it is not revoked."""
        if not (self.authorities if _is_authority(certificate) else self.holders):
            return False
        return not self.points or not self.points.isdisjoint(_points_of(certificate))


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A verified list; `der` and `sha256` are kept as evidence for a later auditor."""

    issuer: str
    """`issuer_key` of the authority."""
    number: int
    this_update: datetime
    next_update: datetime
    revoked: Mapping[int, datetime]
    """Serial number -> instant of revocation."""
    scope: Scope
    der: bytes
    sha256: str


def issuer_key(issuer: x509.Certificate) -> str:
    """64 hex digits for an authority's name and key together.

    A CA that merely bears the same name has no say, and a renewed certificate of the same CA and
    key has the same one. Raises ValueError on a key that policy refuses.
    """
    key = certificate_key(issuer)
    if key is None:
        raise ValueError("an authority's key that policy refuses")
    return hashlib.sha256(issuer.subject.public_bytes() + spki_der(key)).hexdigest()


def verify_list(der: bytes, issuer: x509.Certificate, *, now: datetime) -> RevocationList:
    """Verify a list of `issuer` (a certificate that is trusted already) as of `now`.

    A list that was kept is read again with `now` = the instant at which it was first loaded.
    Whether it is older than the one in force is asked by whoever puts it in force
    (RevocationData.with_list). Raises RevocationError and nothing else.
    """
    if len(der) > LIST_LIMIT:
        raise RevocationError(PkiReason.CRL_TOO_LARGE, limit=LIST_LIMIT)
    try:
        return _verify(der, issuer, now)
    except MALFORMED:
        raise RevocationError(PkiReason.CRL_MALFORMED) from None


def _verify(der: bytes, issuer: x509.Certificate, now: datetime) -> RevocationList:
    crl = x509.load_der_x509_crl(der)
    if crl.issuer != issuer.subject or not _may_sign_lists(issuer):
        raise RevocationError(PkiReason.CRL_WRONG_ISSUER)
    if not is_allowed_algorithm(crl):
        raise RevocationError(PkiReason.CRL_WEAK_SIGNATURE)
    if not is_signed_by(crl, issuer):
        raise RevocationError(PkiReason.CRL_BAD_SIGNATURE)
    number, scope = _number_and_scope(crl)
    next_update = crl.next_update_utc
    if next_update is None or next_update <= now:
        raise RevocationError(PkiReason.CRL_STALE)
    if crl.last_update_utc > now + SKEW:
        raise RevocationError(PkiReason.CRL_FROM_FUTURE)
    return RevocationList(
        issuer=issuer_key(issuer),
        number=number,
        this_update=crl.last_update_utc,
        next_update=next_update,
        revoked=MappingProxyType(dict(map(_entry, crl))),
        scope=scope,
        der=der,
        sha256=hashlib.sha256(der).hexdigest(),
    )


def _may_sign_lists(issuer: x509.Certificate) -> bool:
    try:
        return issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True  # RFC 5280, 6.3.3 (f): asked only where the extension is present


def _number_and_scope(crl: x509.CertificateRevocationList) -> tuple[int, Scope]:
    """CRLNumber and scope, after refusing what is not understood (RFC 5280, 5.2)."""
    number: int | None = None
    scope = Scope()
    for extension in crl.extensions:
        match extension.value:
            case x509.CRLNumber() as found if not extension.critical:
                number = found.crl_number
            case x509.IssuingDistributionPoint() as point:
                scope = _scope(point)
            case x509.DeltaCRLIndicator():
                # Changes only: what it leaves out may be revoked all the same.
                raise RevocationError(PkiReason.CRL_WRONG_SCOPE)
            case _ if extension.critical:
                raise RevocationError(
                    PkiReason.CRL_UNKNOWN_EXTENSION, oid=extension.oid.dotted_string
                )
    if number is None:
        raise RevocationError(PkiReason.CRL_MALFORMED)
    return number, scope


def _scope(point: x509.IssuingDistributionPoint) -> Scope:
    if (
        point.indirect_crl
        or point.only_contains_attribute_certs
        or point.only_some_reasons is not None
        or point.relative_name is not None
    ):
        raise RevocationError(PkiReason.CRL_WRONG_SCOPE)
    return Scope(
        holders=not point.only_contains_ca_certs,
        authorities=not point.only_contains_user_certs,
        points=frozenset(map(_general_name, point.full_name or ())),
    )


def _points_of(certificate: x509.Certificate) -> frozenset[str]:
    """Where this certificate's revocation is published; without the extension, under its issuer."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return frozenset({_general_name(x509.DirectoryName(certificate.issuer))})
    return frozenset(
        _general_name(name)
        for point in points
        if point.crl_issuer is None  # another authority's list: indirect, not taken here
        for name in point.full_name or ()
    )


def _general_name(name: x509.GeneralName) -> str:
    if isinstance(name, x509.DirectoryName):
        return f"DN {name.value.public_bytes().hex()}"
    return f"{type(name).__name__} {name.value}"


def _entry(entry: x509.RevokedCertificate) -> tuple[int, datetime]:
    for extension in entry.extensions:
        # A critical certificateIssuer would give the serial number to another authority.
        if isinstance(extension.value, x509.CertificateIssuer):
            raise RevocationError(PkiReason.CRL_WRONG_SCOPE)
        if extension.critical:
            raise RevocationError(PkiReason.CRL_UNKNOWN_EXTENSION, oid=extension.oid.dotted_string)
    return entry.serial_number, entry.revocation_date_utc


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
