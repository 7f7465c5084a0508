"""What every path must stand, whichever library built it: one certificate or one pair at a time."""

from typing import Final, TypeVar

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from auction.pki.issuing import is_allowed_algorithm, is_signed_by
from auction.pki.keys import certificate_key, key_kind
from auction.pki.reasons import PkiReason

_Value = TypeVar("_Value", bound=x509.ExtensionType)

# What is judged here, in chain.py or by the libraries. Policy constraints, mappings and the like
# are not: where one of those is critical, the path is refused (RFC 5280, 4.2).
_UNDERSTOOD: Final = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
    }
)


class PathFault(Exception):
    """A path was found but does not count; `detail` tells an operator where and why."""

    def __init__(self, code: PkiReason, certificate: x509.Certificate, why: str) -> None:
        super().__init__(code.value)
        self.code = code
        self.detail = f"{certificate.subject.rfc4514_string()}: {why}"


def require_leaf(certificate: x509.Certificate) -> None:
    """An end certificate of version 3 that is no authority itself."""
    _require_understood(certificate)
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise PathFault(PkiReason.CERTIFICATE_UNTRUSTED, certificate, "is an authority")


def require_authority(
    certificate: x509.Certificate, *, extended_usages: frozenset[str] | None
) -> None:
    """A certificate that may issue others (RFC 5280, 6.1.4), with a key that policy accepts.

    `extended_usages`: dotted OIDs, one of which an extended key usage must name where there is one;
    None: not asked.
    """
    _require_understood(certificate)
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        raise PathFault(PkiReason.CERTIFICATE_UNTRUSTED, certificate, "is no authority")
    usage = _extension(certificate, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        raise PathFault(PkiReason.CERTIFICATE_UNTRUSTED, certificate, "may not sign certificates")
    extended = _extension(certificate, x509.ExtendedKeyUsage)
    if extended is not None and extended_usages is not None:
        named = {one.dotted_string for one in extended}
        if extended_usages.isdisjoint(named):
            raise PathFault(PkiReason.CERTIFICATE_UNTRUSTED, certificate, "issues for other uses")


def require_signature(certificate: x509.Certificate, issuer: x509.Certificate) -> str:
    """`certificate` bears a signature of `issuer` that policy accepts; the kind of its key."""
    key = certificate_key(issuer)
    if key is None:
        raise PathFault(PkiReason.CERTIFICATE_KEY_REFUSED, issuer, "a key that policy refuses")
    if not is_allowed_algorithm(certificate):
        raise PathFault(
            PkiReason.CERTIFICATE_WEAK_SIGNATURE,
            certificate,
            f"signed with {certificate.signature_algorithm_oid.dotted_string}",
        )
    if certificate.issuer != issuer.subject or not is_signed_by(certificate, issuer):
        raise PathFault(PkiReason.CERTIFICATE_UNTRUSTED, certificate, "not signed by its issuer")
    return key_kind(key)


def _require_understood(certificate: x509.Certificate) -> None:
    if certificate.version is not x509.Version.v3:
        raise PathFault(PkiReason.CERTIFICATE_UNTRUSTED, certificate, "not of version 3")
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            raise PathFault(
                PkiReason.CERTIFICATE_UNTRUSTED,
                certificate,
                f"critical extension {extension.oid.dotted_string}",
            )


def _extension(certificate: x509.Certificate, kind: type[_Value]) -> _Value | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
