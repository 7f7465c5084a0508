"""Revocation lists: verified once when loaded, then a set lookup per certificate.

Lists are handed in as bytes by whoever fetched them from a configured source. No address that
stands in a presented certificate is ever followed.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auction.pki.keys import accepted_key
from auction.pki.parsing import MALFORMED
from auction.pki.reasons import PkiReason


class RevocationError(Exception):
    """A revocation list is refused; the lists already loaded stay in force."""

    def __init__(self, code: PkiReason) -> None:
        super().__init__(code.value)
        self.code = code


class Status(StrEnum):
    """What the loaded lists say of one certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    """No list of this issuer is loaded, or only one past its next update."""


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A verified list; `der` and `sha256` are kept as evidence for a later auditor."""

    issuer: str
    number: int
    next_update: datetime
    serials: frozenset[int]
    der: bytes
    sha256: str


class RevocationLists:
    """The newest verified list of each issuer."""

    def __init__(self) -> None:
        self._by_issuer: dict[str, RevocationList] = {}

    def load(self, der: bytes, issuer: x509.Certificate, *, now: datetime) -> RevocationList:
        """Verify a list of `issuer` and put it in force. Raises RevocationError.

        The issuer's certificate must come from the trust store. A list with a lower CRLNumber
        than the one in force is refused, or an old list would bring a revoked key back to life.
        """
        loaded = _verify(der, issuer, now)
        current = self._by_issuer.get(loaded.issuer)
        if current is not None and loaded.number < current.number:
            raise RevocationError(PkiReason.CRL_ROLLBACK)
        self._by_issuer[loaded.issuer] = loaded
        return loaded

    def status(self, serial: int, issuer: x509.Certificate, *, at: datetime) -> Status:
        """What the list of `issuer` in force says of `serial`."""
        current = self._by_issuer.get(_issuer_key(issuer))
        if current is not None and serial in current.serials:
            return Status.REVOKED
        if current is None or at >= current.next_update:
            return Status.UNKNOWN
        return Status.GOOD


def _issuer_key(issuer: x509.Certificate) -> str:
    # Name and key together: a CA that merely bears the same name has no say here.
    spki = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(issuer.subject.public_bytes() + spki).hexdigest()


def _verify(der: bytes, issuer: x509.Certificate, now: datetime) -> RevocationList:
    try:
        crl = x509.load_der_x509_crl(der)
        if crl.issuer != issuer.subject:
            raise RevocationError(PkiReason.CRL_WRONG_ISSUER)
        _require_signature(crl, issuer)
        number = _number(crl)
        next_update = crl.next_update_utc
        if next_update is None or next_update <= now:
            raise RevocationError(PkiReason.CRL_STALE)
        if crl.last_update_utc > now:
            raise RevocationError(PkiReason.CRL_FROM_FUTURE)
        serials = frozenset(_serial(entry) for entry in crl)
        issuer_key = _issuer_key(issuer)
    except MALFORMED:
        raise RevocationError(PkiReason.CRL_MALFORMED) from None
    sha256 = hashlib.sha256(der).hexdigest()
    return RevocationList(issuer_key, number, next_update, serials, der, sha256)


def _require_signature(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> None:
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    if usage is not None and not usage.crl_sign:
        raise RevocationError(PkiReason.CRL_WRONG_ISSUER)
    key = accepted_key(issuer.public_key())
    if key is None or not crl.is_signature_valid(key):
        raise RevocationError(PkiReason.CRL_BAD_SIGNATURE)


def _number(crl: x509.CertificateRevocationList) -> int:
    """The CRLNumber, after refusing what narrows a list to less than the whole CA.

    A critical extension that is not understood (an issuing distribution point, a delta indicator)
    makes the list unusable (RFC 5280, 5.2).
    """
    number: int | None = None
    for extension in crl.extensions:
        if extension.critical:
            raise RevocationError(PkiReason.CRL_MALFORMED)
        if isinstance(extension.value, x509.CRLNumber):
            number = extension.value.crl_number
    if number is None:
        raise RevocationError(PkiReason.CRL_MALFORMED)
    return number


def _serial(entry: x509.RevokedCertificate) -> int:
    # A critical entry extension (certificate issuer) would give the serial to another CA.
    if any(extension.critical for extension in entry.extensions):
        raise RevocationError(PkiReason.CRL_MALFORMED)
    return entry.serial_number
