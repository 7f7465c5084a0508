"""What every path must stand, whichever library built it: one certificate or one pair at a time."""

from collections.abc import Sequence
from typing import Final, TypeVar

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from auction.pki.issuing import is_allowed_algorithm, is_signed_by
from auction.pki.keys import AcceptedKey, certificate_key, key_kind
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
_ANY_POLICY: Final = "2.5.29.32.0"
# The key usage extension is the authority's promise: an encryption certificate signs nothing, and
# a certificate without digitalSignature does not sign in.
_LOGIN_PURPOSES: Final = frozenset({"login", "practice-login"})


class PathFault(Exception):
    """A path was found but does not count; `step` and `detail` tell an operator where and why."""

    def __init__(self, code: PkiReason, step: str, detail: str, **data: str) -> None:
        super().__init__(code.value)
        self.code = code
        self.step = step
        self.detail = detail
        self.data = data


def require_leaf(certificate: x509.Certificate) -> None:
    """An end certificate of version 3 that is no authority itself."""
    _require_understood(certificate)
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise _untrusted(certificate, "is an authority")


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
        raise _untrusted(certificate, "is no authority")
    usage = _extension(certificate, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        raise _untrusted(certificate, "may not sign certificates")
    extended = _extension(certificate, x509.ExtendedKeyUsage)
    if (
        extended is not None
        and extended_usages is not None
        and extended_usages.isdisjoint(one.dotted_string for one in extended)
    ):
        raise _untrusted(certificate, "issues for other uses")


def require_signature(certificate: x509.Certificate, issuer: x509.Certificate) -> str:
    """`certificate` bears a signature of `issuer` that policy accepts; the kind of its key."""
    key = certificate_key(issuer)
    if key is None:
        detail = f"{issuer.subject.rfc4514_string()}: a key that policy refuses"
        raise PathFault(PkiReason.CERTIFICATE_KEY_REFUSED, "signature", detail)
    if not is_allowed_algorithm(certificate):
        algorithm = certificate.signature_algorithm_oid.dotted_string
        detail = f"{certificate.subject.rfc4514_string()}: signed with {algorithm}"
        raise PathFault(PkiReason.CERTIFICATE_WEAK_SIGNATURE, "signature", detail)
    if certificate.issuer != issuer.subject or not is_signed_by(certificate, issuer):
        raise _untrusted(certificate, "not signed by its issuer")
    return key_kind(key)


def require_policy(path: Sequence[x509.Certificate], accepted: frozenset[str]) -> str:
    """One of the `accepted` policies stands in the leaf, and no authority between leaves it out.

    An authority that names no policies at all, or any-policy, restricts nothing. Returns those
    found, for people to read.
    """
    found = accepted & policies(path[0])
    for authority in path[1:-1]:
        named = policies(authority)
        if named and _ANY_POLICY not in named:
            found &= named
    if not found:
        detail = ", ".join(sorted(policies(path[0]))) or "no policy"
        raise PathFault(PkiReason.CERTIFICATE_POLICY_REFUSED, "policy", detail)
    return ", ".join(sorted(found))


def leaf_key(leaf: x509.Certificate, kinds: frozenset[str]) -> AcceptedKey:
    """The certificate's own key, which key policy accepts and whose kind is one of `kinds`."""
    key = certificate_key(leaf)
    if key is None:
        detail = leaf.public_key_algorithm_oid.dotted_string
        raise PathFault(PkiReason.CERTIFICATE_KEY_REFUSED, "key", detail)
    kind = key_kind(key)
    if ("RSA" if kind.startswith("RSA-") else kind) not in kinds:
        raise PathFault(PkiReason.CERTIFICATE_KIND_REFUSED, "key", kind, kind=kind)
    return key


def require_usage(leaf: x509.Certificate, purpose: str, extended_usages: frozenset[str]) -> None:
    """The certificate may sign `purpose`: missing extensions do not forbid it, wrong ones do."""
    extended = _extension(leaf, x509.ExtendedKeyUsage)
    if extended is not None and extended_usages.isdisjoint(one.dotted_string for one in extended):
        detail = "extended: " + ", ".join(one.dotted_string for one in extended)
        raise PathFault(PkiReason.CERTIFICATE_WRONG_USAGE, "usage", detail)
    usage = _extension(leaf, x509.KeyUsage)
    if usage is not None and not (
        usage.digital_signature or (usage.content_commitment and purpose not in _LOGIN_PURPOSES)
    ):
        raise PathFault(PkiReason.CERTIFICATE_WRONG_USAGE, "usage", f"key usage, for {purpose}")


def policies(certificate: x509.Certificate) -> frozenset[str]:
    """Dotted OIDs of the policies that a certificate names."""
    found = _extension(certificate, x509.CertificatePolicies)
    return frozenset(policy.policy_identifier.dotted_string for policy in found or ())


def _require_understood(certificate: x509.Certificate) -> None:
    if certificate.version is not x509.Version.v3:
        raise _untrusted(certificate, "not of version 3")
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            raise _untrusted(certificate, f"critical extension {extension.oid.dotted_string}")


def _untrusted(certificate: x509.Certificate, why: str) -> PathFault:
    detail = f"{certificate.subject.rfc4514_string()}: {why}"
    return PathFault(PkiReason.CERTIFICATE_UNTRUSTED, "authority", detail)


def _extension(certificate: x509.Certificate, kind: type[_Value]) -> _Value | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
