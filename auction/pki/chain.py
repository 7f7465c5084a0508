"""From a presented certificate to a trusted anchor, step by step.

Paths are built by two libraries (paths.py). Done here, for every path alike: sizes before parsing,
each signature and key by this centre's policy, what an authority must be, the anchor's own policy,
the leaf's key and usage, demo certificates, revocation.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from auction.pki.issuing import is_allowed_algorithm
from auction.pki.keys import certificate_key, key_kind, spki_der
from auction.pki.organisation import organisation_code
from auction.pki.parsing import MALFORMED
from auction.pki.path_checks import (
    PathFault,
    leaf_key,
    policies,
    require_authority,
    require_leaf,
    require_policy,
    require_signature,
    require_usage,
)
from auction.pki.paths import INTERMEDIATES_LIMIT, NoPathError, PathFinder
from auction.pki.reasons import PkiReason
from auction.pki.revocation import RevocationData, Status

CERTIFICATE_LIMIT: Final = 8 * 1024

# Under the example arc 2.999, so that it can never be a real authority's policy.
DEMO_POLICY_OID: Final = x509.ObjectIdentifier("2.999.44.1")
DEMO_ORGANISATION: Final = "演练"

KEY_KINDS: Final = frozenset({"RSA", "P-256", "P-384", "SM2"})
_SIGNING_USAGES: Final = frozenset(
    oid.dotted_string
    for oid in (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)
)


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
    """What to do when nothing answers for a certificate. A revoked one is always refused."""

    HARD = "hard"
    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A root or a pinned issuing CA (DER), and what its certificates must be to count."""

    der: bytes
    policies: frozenset[str] = frozenset()
    """Dotted OIDs, one of which the certificate must carry; empty: any, also none."""
    revocation: RevocationMode = RevocationMode.SOFT
    key_kinds: frozenset[str] = KEY_KINDS
    """What kind the certificate's own key may have."""
    extended_usages: frozenset[str] = _SIGNING_USAGES
    """Dotted OIDs, one of which an extended key usage must name where there is one."""
    max_list_age: timedelta | None = None
    """Lists and OCSP answers made longer ago count as stale; None: their next update decides."""


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
    anchor: str
    """SHA-256 hex of the anchor's DER."""
    evidence: tuple[str, ...]
    """SHA-256 hex of every revocation record that was relied on."""
    organisation_code: str | None
    """The unified social credit code that the subject names."""

    @property
    def identity(self) -> tuple[str, str]:
        """What an enrolled bidder is looked up by."""
        return self.issuer_hash, self.serial


class TrustStore:
    """The anchors of one centre, and the one way to trust a certificate. Never changed in place."""

    def __init__(
        self,
        anchors: Iterable[Anchor],
        *,
        allow_demo: bool,
        intermediates: Iterable[bytes] = (),
        revocation: RevocationData | None = None,
    ) -> None:
        """`intermediates` (DER) only help to build paths.

        Raises CertificateError: CERTIFICATE_MALFORMED; CERTIFICATE_DEMO for a demo anchor where
        they are not allowed (production must not start with one); CERTIFICATE_KEY_REFUSED or
        CERTIFICATE_UNTRUSTED for an anchor whose key policy refuses, or that is no authority.
        """
        self.allow_demo = allow_demo
        self.anchors = tuple(anchors)
        self.intermediates = tuple(intermediates)
        self.revocation = revocation if revocation is not None else RevocationData()
        certificates = [_load(anchor.der) for anchor in self.anchors]
        for certificate in certificates:
            self._require_anchor(certificate)
        # The first of two entries for one certificate counts.
        self._anchors = dict(reversed(list(zip(certificates, self.anchors, strict=True))))
        between = list(map(_load, self.intermediates))
        try:
            self._finder = PathFinder(list(self._anchors), between)
        except ValueError:
            raise CertificateError(PkiReason.CERTIFICATE_MALFORMED) from None

    def validate(
        self, cert_der: bytes, intermediates: Sequence[bytes], at: datetime, purpose: str
    ) -> ValidatedCertificate:
        """Trust a certificate for signing `purpose` (a key of PURPOSES) at instant `at`.

        Raises CertificateError and nothing else, whatever the bytes.
        """
        steps: list[Step] = []
        try:
            return self._validate(cert_der, intermediates, at, purpose, steps)
        except PathFault as fault:
            steps.append(Step(fault.step, fault.detail))
            raise CertificateError(fault.code, steps, **fault.data) from None
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
        steps[-1] = Step("parse", leaf.subject.rfc4514_string())

        path = self._path(leaf, given, at, steps)
        anchor = self._anchors[path[-1]]
        _require_sound(path, anchor, steps)
        demo = any(map(_is_demo, path))
        if demo and not self.allow_demo:
            raise CertificateError(PkiReason.CERTIFICATE_DEMO, [*steps, Step("demo")])
        if anchor.policies:
            steps.append(Step("policy", require_policy(path, anchor.policies)))
        key = leaf_key(leaf, anchor.key_kinds)
        steps.append(Step("key", key_kind(key)))
        require_usage(leaf, purpose, anchor.extended_usages)
        steps.append(Step("usage", purpose))
        evidence = self._require_not_revoked(path, anchor, at, steps)
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
            anchor=hashlib.sha256(anchor.der).hexdigest(),
            evidence=evidence,
            organisation_code=organisation_code(leaf.subject),
        )

    def _require_anchor(self, certificate: x509.Certificate) -> None:
        if not self.allow_demo and _is_demo(certificate):
            raise CertificateError(PkiReason.CERTIFICATE_DEMO)
        subject = certificate.subject.rfc4514_string()
        if certificate_key(certificate) is None:
            raise CertificateError(PkiReason.CERTIFICATE_KEY_REFUSED, subject=subject)
        try:
            require_authority(certificate, extended_usages=None)
        except PathFault as fault:
            step = Step(fault.step, fault.detail)
            raise CertificateError(fault.code, [step], subject=subject) from None
        except MALFORMED:  # an extension that nothing has read until now
            raise CertificateError(PkiReason.CERTIFICATE_MALFORMED, subject=subject) from None

    def _path(
        self,
        leaf: x509.Certificate,
        given: list[x509.Certificate],
        at: datetime,
        steps: list[Step],
    ) -> list[x509.Certificate]:
        """Leaf to anchor. The dates are looked at afterwards only to name the refusal."""
        # An authority with a key that policy refuses issues nothing, so none is tried.
        usable = [one for one in given if certificate_key(one) is not None]
        try:
            path = self._finder.find(leaf, usable, at)
        except NoPathError as error:
            steps.append(Step("path", str(error)))
            raise CertificateError(_path_reason(leaf, at), steps) from None
        steps.append(Step("path", " < ".join(one.subject.rfc4514_string() for one in path)))
        return path

    def _require_not_revoked(
        self, path: list[x509.Certificate], anchor: Anchor, at: datetime, steps: list[Step]
    ) -> tuple[str, ...]:
        """The records relied on. Each certificate below the anchor is looked up, leaf first."""
        evidence = []
        for certificate, issuer in pairwise(path):
            finding = self.revocation.finding(
                certificate, issuer, at=at, max_age=anchor.max_list_age
            )
            detail = f"{certificate.serial_number:x} {finding.status}"
            if finding.evidence is not None:
                detail += f" ({finding.source}, {finding.evidence})"
                evidence.append(finding.evidence)
            steps.append(Step("revocation", detail))
            if finding.status is Status.REVOKED:
                raise CertificateError(PkiReason.CERTIFICATE_REVOKED, steps)
            if finding.status is Status.UNKNOWN and anchor.revocation is RevocationMode.HARD:
                raise CertificateError(PkiReason.CERTIFICATE_STATUS_UNKNOWN, steps)
        return tuple(evidence)


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
    return DEMO_POLICY_OID.dotted_string in policies(certificate)


def _path_reason(leaf: x509.Certificate, at: datetime) -> PkiReason:
    moment = at.replace(microsecond=0)
    if moment > leaf.not_valid_after_utc:
        return PkiReason.CERTIFICATE_EXPIRED
    if moment < leaf.not_valid_before_utc:
        return PkiReason.CERTIFICATE_NOT_YET_VALID
    if not is_allowed_algorithm(leaf):
        return PkiReason.CERTIFICATE_WEAK_SIGNATURE
    return PkiReason.CERTIFICATE_UNTRUSTED


def _require_sound(path: list[x509.Certificate], anchor: Anchor, steps: list[Step]) -> None:
    """Every signature and every authority of the path, by this centre's own policy."""
    require_leaf(path[0])
    for certificate, issuer in pairwise(path):
        kind = require_signature(certificate, issuer)
        # What the anchor itself may issue is the operator's decision, made by trusting it.
        restricted = None if issuer is path[-1] else anchor.extended_usages
        require_authority(issuer, extended_usages=restricted)
        steps.append(Step("signature", f"{issuer.subject.rfc4514_string()}: {kind}"))
    steps.append(Step("anchor", hashlib.sha256(anchor.der).hexdigest()))
