"""What a certificate says of itself, for people who must judge it before they trust it.

Nothing here is verified: whoever shows these facts says so.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509

from auction.pki import files
from auction.pki.chain import CERTIFICATE_LIMIT, CertificateError, is_demo_anchor
from auction.pki.keys import certificate_key, key_kind
from auction.pki.parsing import MALFORMED
from auction.pki.reasons import PkiReason

_BUNDLE_LIMIT: Final = 4 * CERTIFICATE_LIMIT
"""Bytes of an uploaded PEM file."""
_USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The fields of one certificate that a decision rests on."""

    der: bytes
    fingerprint: str
    """SHA-256 of the DER, 64 hex digits."""
    subject: str
    issuer: str
    name: str
    """The shortest thing to call it by: common name, else the whole subject."""
    serial: str
    not_before: datetime
    not_after: datetime
    key_kind: str | None
    """None for a key that policy refuses."""
    self_issued: bool
    authority: bool
    """Basic constraints say that it is a CA."""
    path_length: int | None
    usages: tuple[str, ...]
    """Names of KeyUsage bits; empty without the extension."""
    policies: tuple[str, ...]
    demo: bool


def read_certificates(data: bytes) -> list[bytes]:
    """The DER of every certificate in an uploaded file, PEM (also a bundle) or DER.

    Raises CertificateError: CERTIFICATE_TOO_LARGE, CERTIFICATE_MALFORMED.
    """
    if len(data) > (_BUNDLE_LIMIT if files.is_pem(data) else CERTIFICATE_LIMIT):
        raise CertificateError(PkiReason.CERTIFICATE_TOO_LARGE, limit=CERTIFICATE_LIMIT)
    try:
        found = files.certificates(data)
    except files.NotSuch:
        raise CertificateError(PkiReason.CERTIFICATE_MALFORMED) from None
    return [inspect(der).der for der in found]


def inspect(der: bytes) -> CertificateFacts:
    """The facts of one certificate.

    Raises CertificateError: CERTIFICATE_TOO_LARGE, CERTIFICATE_MALFORMED.
    """
    if len(der) > CERTIFICATE_LIMIT:
        raise CertificateError(PkiReason.CERTIFICATE_TOO_LARGE, limit=CERTIFICATE_LIMIT)
    demo = is_demo_anchor(der)
    try:
        return _facts(x509.load_der_x509_certificate(der), der, demo)
    except MALFORMED:
        raise CertificateError(PkiReason.CERTIFICATE_MALFORMED) from None


def _facts(certificate: x509.Certificate, der: bytes, demo: bool) -> CertificateFacts:
    authority, path_length = False, None
    usages: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    for extension in certificate.extensions:
        match extension.value:
            case x509.BasicConstraints() as constraints:
                authority, path_length = constraints.ca, constraints.path_length
            case x509.KeyUsage() as usage:
                usages = tuple(name for name in _USAGES if getattr(usage, name))
            case x509.CertificatePolicies() as named:
                policies = tuple(one.policy_identifier.dotted_string for one in named)
    key = certificate_key(certificate)
    common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    subject = certificate.subject.rfc4514_string()
    return CertificateFacts(
        der=der,
        fingerprint=hashlib.sha256(der).hexdigest(),
        subject=subject,
        issuer=certificate.issuer.rfc4514_string(),
        name=str(common[0].value) if common else subject,
        serial=f"{certificate.serial_number:x}",
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key_kind=None if key is None else key_kind(key),
        self_issued=certificate.subject == certificate.issuer,
        authority=authority,
        path_length=path_length,
        usages=usages,
        policies=policies,
        demo=demo,
    )
