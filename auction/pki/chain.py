"""From a presented certificate to a trusted anchor, step by step.

Path building and RFC 5280 checks are cryptography's client verifier; what it leaves open is done
here: sizes before parsing, the leaf's own key, its usage, demo certificates, revocation.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from auction.pki.keys import AcceptedKey, accepted_key, key_kind, names_sm2, spki_der
from auction.pki.parsing import MALFORMED
from auction.pki.reasons import PkiReason
from auction.pki.revocation import RevocationLists, Status

CERTIFICATE_LIMIT: Final = 8 * 1024
INTERMEDIATES_LIMIT: Final = 4

# Under the example arc 2.999, so that it can never be a real authority's policy.
DEMO_POLICY_OID: Final = x509.ObjectIdentifier("2.999.44.1")
DEMO_ORGANISATION: Final = "演练"

_ACCEPTED_EKU = frozenset(
    {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
)
# The key usage extension is the authority's promise: an encryption certificate signs nothing, and
# a certificate without digitalSignature does not sign in.
_LOGIN_PURPOSES = frozenset({"login", "practice-login"})


@dataclass(frozen=True, slots=True)
class Step:
    """One check of a validation, in the order made; the last one of an error is the one failed."""

    name: str
    detail: str = ""


class CertificateError(Exception):
    """A certificate is refused; `code` says why, `steps` what was checked until then."""

    def __init__(self, code: PkiReason, steps: Sequence[Step] = (), **data: str | int) -> None:
        super().__init__(code.value)
        self.code = code
        self.steps = tuple(steps)
        self.data = data


class RevocationMode(StrEnum):
    """What to do when no list answers for a certificate. A revoked one is always refused."""

    HARD = "hard"
    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """What an operator decides: whether demo certificates count, and unknown revocation status."""

    allow_demo: bool
    revocation: RevocationMode


@dataclass(frozen=True, slots=True)
class ValidatedCertificate:
    """A certificate that chains to an anchor, at the instant it was asked for.

    `(issuer_hash, serial)` is who it is: SHA-256 hex of the issuer's DER name, and the serial
    number in lower-case hex. Names are for people to read, never to identify by; nor is the
    fingerprint, because the authority's ECDSA signature can be malleated by anyone.
    """

    issuer_hash: str
    serial: str
    subject: str
    issuer: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    key_kind: str
    spki: bytes
    demo: bool
    path: tuple[bytes, ...]
    """DER of the whole path, leaf first, anchor last: evidence beside each signature (R-125)."""
    steps: tuple[Step, ...]

    @property
    def identity(self) -> tuple[str, str]:
        """What an enrolled bidder is looked up by."""
        return self.issuer_hash, self.serial


class TrustStore:
    """The anchors of one centre, and the one way to trust a certificate."""

    def __init__(
        self,
        anchors: Iterable[bytes],
        policy: TrustPolicy,
        *,
        intermediates: Iterable[bytes] = (),
        revocation: RevocationLists | None = None,
    ) -> None:
        """`anchors` (roots or pinned issuing CAs) and `intermediates` are DER.

        Raises CertificateError: CERTIFICATE_MALFORMED, or CERTIFICATE_DEMO for a demo anchor that
        policy does not allow; production must not start with one.
        """
        self.policy = policy
        self.revocation = revocation if revocation is not None else RevocationLists()
        certificates = [_load(der) for der in anchors]
        self._intermediates = [_load(der) for der in intermediates]
        if not policy.allow_demo and any(map(_is_demo, certificates)):
            raise CertificateError(PkiReason.CERTIFICATE_DEMO)
        self._store = Store(certificates)

    def validate(
        self, cert_der: bytes, intermediates: Sequence[bytes], at: datetime, purpose: str
    ) -> ValidatedCertificate:
        """Trust a certificate for signing `purpose` (a key of PURPOSES) at instant `at`.

        Raises CertificateError and nothing else, whatever the bytes.
        """
        steps: list[Step] = []
        try:
            return self._validate(cert_der, intermediates, at, purpose, steps)
        except MALFORMED:
            raise CertificateError(PkiReason.CERTIFICATE_MALFORMED, steps) from None

    def _validate(
        self,
        cert_der: bytes,
        intermediates: Sequence[bytes],
        at: datetime,
        purpose: str,
        steps: list[Step],
    ) -> ValidatedCertificate:
        steps.append(Step("size", f"{len(cert_der)} B, {len(intermediates)} intermediates"))
        if len(intermediates) > INTERMEDIATES_LIMIT:
            raise CertificateError(PkiReason.CERTIFICATE_TOO_MANY, steps, limit=INTERMEDIATES_LIMIT)
        if any(len(der) > CERTIFICATE_LIMIT for der in (cert_der, *intermediates)):
            raise CertificateError(PkiReason.CERTIFICATE_TOO_LARGE, steps, limit=CERTIFICATE_LIMIT)

        steps.append(Step("parse"))
        leaf = x509.load_der_x509_certificate(cert_der)
        given = [x509.load_der_x509_certificate(der) for der in intermediates]
        if names_sm2(leaf.tbs_certificate_bytes):
            raise CertificateError(PkiReason.CERTIFICATE_SM2_UNSUPPORTED, steps)

        path = self._path(leaf, given, at, steps)
        demo = any(map(_is_demo, path))
        if demo and not self.policy.allow_demo:
            raise CertificateError(PkiReason.CERTIFICATE_DEMO, [*steps, Step("demo")])
        key = _leaf_key(leaf, steps)
        _require_usage(leaf, purpose, steps)
        self._require_not_revoked(path, at, steps)
        return ValidatedCertificate(
            issuer_hash=hashlib.sha256(leaf.issuer.public_bytes()).hexdigest(),
            serial=f"{leaf.serial_number:x}",
            subject=leaf.subject.rfc4514_string(),
            issuer=leaf.issuer.rfc4514_string(),
            fingerprint=hashlib.sha256(cert_der).hexdigest(),
            not_before=leaf.not_valid_before_utc,
            not_after=leaf.not_valid_after_utc,
            key_kind=key_kind(key),
            spki=spki_der(key),
            demo=demo,
            path=tuple(certificate.public_bytes(Encoding.DER) for certificate in path),
            steps=tuple(steps),
        )

    def _path(
        self,
        leaf: x509.Certificate,
        given: list[x509.Certificate],
        at: datetime,
        steps: list[Step],
    ) -> list[x509.Certificate]:
        """Leaf to anchor. The dates are looked at afterwards only to name the refusal."""
        verifier = (
            PolicyBuilder()
            .store(self._store)
            .time(at.replace(microsecond=0))
            .max_chain_depth(INTERMEDIATES_LIMIT)
            .extension_policies(
                ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=_leaf_extensions()
            )
            .build_client_verifier()
        )
        try:
            path = verifier.verify(leaf, [*given, *self._intermediates]).chain
        except VerificationError as error:
            steps.append(Step("path", str(error).splitlines()[0]))
            raise CertificateError(_path_reason(leaf, at), steps) from None
        steps.append(Step("path", " < ".join(one.subject.rfc4514_string() for one in path)))
        return path

    def _require_not_revoked(
        self, path: list[x509.Certificate], at: datetime, steps: list[Step]
    ) -> None:
        for certificate, issuer in pairwise(path):
            status = self.revocation.status(certificate.serial_number, issuer, at=at)
            steps.append(Step("revocation", f"{certificate.serial_number:x} {status}"))
            if status is Status.REVOKED:
                raise CertificateError(PkiReason.CERTIFICATE_REVOKED, steps)
            if status is Status.UNKNOWN and self.policy.revocation is RevocationMode.HARD:
                raise CertificateError(PkiReason.CERTIFICATE_STATUS_UNKNOWN, steps)


def is_demo_anchor(der: bytes) -> bool:
    """True for a certificate of the demo authority: its policy OID, or 演练 as organisation.

    Raises CertificateError(CERTIFICATE_MALFORMED).
    """
    return _is_demo(_load(der))


def _load(der: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(der)
        _is_demo(certificate)  # reads names and extensions, so that broken ones show up here
    except MALFORMED:
        raise CertificateError(PkiReason.CERTIFICATE_MALFORMED) from None
    return certificate


def _is_demo(certificate: x509.Certificate) -> bool:
    for name in (certificate.subject, certificate.issuer):
        organisations = name.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
        if any(attribute.value == DEMO_ORGANISATION for attribute in organisations):
            return True
    try:
        policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound:
        return False
    return any(policy.policy_identifier == DEMO_POLICY_OID for policy in policies)


def _leaf_extensions() -> ExtensionPolicy:
    # People's certificates seldom carry a subject alternative name; usage is judged below, where
    # a refusal can be named.
    return (
        ExtensionPolicy.webpki_defaults_ee()
        .may_be_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
        .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, None)
    )


def _path_reason(leaf: x509.Certificate, at: datetime) -> PkiReason:
    moment = at.replace(microsecond=0)
    if moment > leaf.not_valid_after_utc:
        return PkiReason.CERTIFICATE_EXPIRED
    if moment < leaf.not_valid_before_utc:
        return PkiReason.CERTIFICATE_NOT_YET_VALID
    return PkiReason.CERTIFICATE_UNTRUSTED


def _leaf_key(leaf: x509.Certificate, steps: list[Step]) -> AcceptedKey:
    try:
        key = accepted_key(leaf.public_key())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if key is None:
        raise CertificateError(PkiReason.CERTIFICATE_KEY_REFUSED, [*steps, Step("key")])
    steps.append(Step("key", key_kind(key)))
    return key


def _require_usage(leaf: x509.Certificate, purpose: str, steps: list[Step]) -> None:
    """Missing extensions are accepted, contradicting ones refused."""
    allowed = True
    for extension in leaf.extensions:
        match extension.value:
            case x509.ExtendedKeyUsage() as extended:
                allowed = allowed and not _ACCEPTED_EKU.isdisjoint(extended)
            case x509.KeyUsage() as usage:
                signs = usage.digital_signature or (
                    usage.content_commitment and purpose not in _LOGIN_PURPOSES
                )
                allowed = allowed and signs
    steps.append(Step("usage", purpose))
    if not allowed:
        raise CertificateError(PkiReason.CERTIFICATE_WRONG_USAGE, steps)
