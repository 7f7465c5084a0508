"""From a signer's certificate to an authority in trust.json (SPEC.md, 6.4).

Signatures are checked here, also those of SM2 authorities, which `cryptography` does not know;
nothing is taken from the log but bytes that must prove themselves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from auction.verifier import der, signatures
from auction.verifier.faults import Malformed
from auction.verifier.trust import Anchor

CERTIFICATE_LIMIT = 8 * 1024
PATH_LIMIT = 8
TRIES_LIMIT = 64
"""Signatures tried for one path."""

READING = (
    *(ValueError, TypeError, KeyError, OverflowError, NotImplementedError),
    *(UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
    x509.InvalidVersion,
)
"""What the library raises for certificates that are not what they should be."""

_UNDERSTOOD = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
    }
)
_SIGNING = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
_Kind = TypeVar("_Kind", bound=x509.ExtensionType)
_ANY_POLICY = "2.5.29.32.0"
_PSS = "1.2.840.113549.1.1.10"
_NAMING = (
    *(NameOID.ORGANIZATION_IDENTIFIER, NameOID.SERIAL_NUMBER),
    *(NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.COMMON_NAME),
)


@dataclass(frozen=True, slots=True)
class Path:
    """A way from a signer to a trusted authority; its dates are not looked at yet."""

    certificates: tuple[x509.Certificate, ...]
    """Signer first, anchor last."""
    anchor: Anchor
    key: signatures.Key
    fingerprint: str
    """SHA-256 (hex) of the signer's certificate."""

    @property
    def signer(self) -> x509.Certificate:
        """The signer's own certificate."""
        return self.certificates[0]

    def stood_at(self, instant_us: int) -> bool:
        """Whether every certificate of the path was valid then; both ends are included."""
        second = instant_us // 1_000_000
        return all(
            one.not_valid_before_utc.timestamp() <= second <= one.not_valid_after_utc.timestamp()
            for one in self.certificates
        )

    def names(self) -> tuple[str, ...]:
        """What the signer's subject says that could be an organisation's code."""
        return tuple(
            str(attribute.value)
            for place in _NAMING
            for attribute in self.signer.subject.get_attributes_for_oid(place)
        )


def load(data: bytes) -> x509.Certificate:
    """A certificate from its DER. Raises Malformed."""
    if len(data) > CERTIFICATE_LIMIT:
        raise Malformed(f"a certificate of more than {CERTIFICATE_LIMIT} bytes")
    try:
        found = x509.load_der_x509_certificate(data)
        if found.version is not x509.Version.v3:
            raise Malformed("a certificate that is not of version 3")
        return found
    except READING as error:
        raise Malformed("not a certificate") from error


def key_of(certificate: x509.Certificate) -> signatures.Key | None:
    """The key in a certificate, SM2 included; None for one that may not sign."""
    return signatures.load(der.spki_of_certificate(certificate.tbs_certificate_bytes))


def find_path(
    data: bytes, given: Sequence[bytes], anchors: Sequence[Anchor], between: Sequence[bytes]
) -> Path:
    """The path of the certificate `data`; `given` and `between` only help. Raises Malformed."""
    if len(given) > PATH_LIMIT:
        raise Malformed(f"more than {PATH_LIMIT} certificates beside it")
    signer = load(data)
    trusted = [(load(anchor.der), anchor) for anchor in anchors]
    helpers = [load(one) for one in (*given, *between)]
    why = "no path to an authority of trust.json"
    try:
        for chain, anchor in _paths(signer, trusted, helpers):
            try:
                return _judged(chain, anchor, sha256(data).hexdigest())
            except Malformed as error:
                why = str(error)
    except READING as error:
        raise Malformed("a certificate with a part that cannot be read") from error
    raise Malformed(why)


def _paths(
    signer: x509.Certificate,
    trusted: Sequence[tuple[x509.Certificate, Anchor]],
    helpers: Sequence[x509.Certificate],
) -> Iterator[tuple[list[x509.Certificate], Anchor]]:
    tries = TRIES_LIMIT
    waiting = [[signer]]
    while waiting:
        chain = waiting.pop()
        for candidate, anchor in trusted:
            tries -= 1
            if tries > 0 and _issued(chain[-1], candidate):
                yield [*chain, candidate], anchor
        if len(chain) >= PATH_LIMIT:
            continue
        for candidate in helpers:
            if candidate in chain or candidate.subject != chain[-1].issuer:
                continue
            tries -= 1
            if tries > 0 and _issued(chain[-1], candidate):
                waiting.append([*chain, candidate])


def _issued(one: x509.Certificate, by: x509.Certificate) -> bool:
    if one.issuer != by.subject:
        return False
    key = key_of(by)
    return key is not None and signed_by(key, one, one.tbs_certificate_bytes)


def signed_by(
    key: signatures.Key,
    signed: "x509.Certificate | x509.CertificateRevocationList",
    message: bytes,
) -> bool:
    """Whether an authority's key made this signature."""
    oid = signed.signature_algorithm_oid.dotted_string
    if oid != _PSS:
        return signatures.issued_good(key, oid, signed.signature, message)
    scheme, algorithm = signed.signature_algorithm_parameters, signed.signature_hash_algorithm
    if not isinstance(key, rsa.RSAPublicKey) or not isinstance(scheme, padding.PSS):
        return False
    if not isinstance(algorithm, hashes.SHA256 | hashes.SHA384 | hashes.SHA512):
        return False
    try:
        key.verify(signed.signature, message, scheme, algorithm)
    except InvalidSignature:
        return False
    return True


def _judged(chain: list[x509.Certificate], anchor: Anchor, fingerprint: str) -> Path:
    signer = chain[0]
    key = key_of(signer)
    if key is None:
        raise Malformed("a key that may not sign")
    if signatures.kind(key) not in anchor.key_kinds:
        raise Malformed(f"a {signatures.kind(key)} key, which its authority is not trusted for")
    for certificate in chain:
        for extension in certificate.extensions:
            if extension.critical and extension.oid not in _UNDERSTOOD:
                oid = extension.oid.dotted_string
                raise Malformed(f"a critical extension that is not understood: {oid}")
    _require_signer(signer)
    for below, authority in enumerate(chain[1:]):
        _require_authority(authority, below, last=authority is chain[-1])
    if anchor.policies and not _policies_stand(chain, anchor.policies):
        raise Malformed("none of the policies that its authority is trusted for")
    return Path(tuple(chain), anchor, key, fingerprint)


def _require_signer(signer: x509.Certificate) -> None:
    constraints = _extension(signer, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise Malformed("the signer is an authority")
    extended = _extension(signer, x509.ExtendedKeyUsage)
    if extended is not None and _SIGNING.isdisjoint(extended):
        raise Malformed("a certificate for another use")
    usage = _extension(signer, x509.KeyUsage)
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise Malformed("a certificate that may not sign")


def _require_authority(authority: x509.Certificate, below: int, *, last: bool) -> None:
    constraints = _extension(authority, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        raise Malformed("issued by one that is no authority")
    if constraints.path_length is not None and below > constraints.path_length:
        raise Malformed("a path longer than an authority allows")
    usage = _extension(authority, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        raise Malformed("an authority that may not sign certificates")
    extended = _extension(authority, x509.ExtendedKeyUsage)
    if extended is not None and not last and _SIGNING.isdisjoint(extended):
        raise Malformed("an authority for other uses")


def _policies_stand(chain: Sequence[x509.Certificate], wanted: frozenset[str]) -> bool:
    stand = wanted & _policies(chain[0])
    for authority in chain[1:-1]:
        named = _policies(authority)
        if named and _ANY_POLICY not in named:
            stand &= named
    return bool(stand)


def _policies(certificate: x509.Certificate) -> frozenset[str]:
    found = _extension(certificate, x509.CertificatePolicies)
    return frozenset(one.policy_identifier.dotted_string for one in found or ())


def _extension(certificate: x509.Certificate, kind: type[_Kind]) -> _Kind | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
