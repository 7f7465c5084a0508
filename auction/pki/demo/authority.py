"""The demo certificate authority: a root and an issuing CA, both marked as rehearsal.

It lets a newcomer try everything without a real certificate, with every kind of key that bidders
hold. Production refuses its anchors: each certificate names 演练 as organisation, of itself or of
its issuer, and carries the demo policy OID.
"""

import base64
import hashlib
import hmac
import textwrap
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final, Literal, NamedTuple, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from auction.pki.chain import DEMO_ORGANISATION, DEMO_POLICY_OID
from auction.pki.demo import signing
from auction.pki.demo.signing import OcspStatus
from auction.pki.keys import AcceptedKey, spki_der
from auction.pki.private_files import write_private_file
from auction.pki.softkey import SoftKey

KINDS: Final = ("P-256", "RSA-2048", "SM2")

_LIFE: Final = timedelta(days=3650)
_USUAL: Final = "P-256"
_ROLES: Final = ("root", "issuing")
_NAMES: Final = ("演练根证书", "演练数字证书签发机构")
Role = Literal["root", "issuing"]


class _Authority(NamedTuple):
    certificate: x509.Certificate
    key: SoftKey


class DemoCA:
    """Issues demo certificates. With a seed, every byte it issues depends on arguments only."""

    def __init__(self, root: _Authority, issuing: _Authority) -> None:
        self._root = root
        self._issuing = issuing

    @classmethod
    def create(cls, seed: bytes | None, now: datetime, kind: str = _USUAL) -> Self:
        """A new authority with keys of `kind` (of KINDS, or another that SoftKey makes).

        It is valid for ten years from one day before `now`.
        """
        start = now.replace(microsecond=0) - timedelta(days=1)
        end = start + _LIFE
        # Without a seed an RSA key comes from the library: its own search for primes is faster.
        root_key, issuing_key = (
            SoftKey.generate(None if seed is None else _derived(seed, f"demo {role}"), kind)
            for role in _ROLES
        )
        # Where several stand in one trust store, people must be able to tell them apart.
        suffix = "" if kind == _USUAL else f" {kind}"
        root_name, issuing_name = (_name(name + suffix) for name in _NAMES)
        root = _issue(
            _builder(root_name, root_name, start, end, 1, path_length=1),
            root_key.spki,
            root_key,
        )
        issuing = _issue(
            _builder(issuing_name, root_name, start, end, 2, path_length=0),
            issuing_key.spki,
            root_key,
        )
        return cls(_Authority(root, root_key), _Authority(issuing, issuing_key))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises OSError or ValueError."""
        return cls(*(_load(folder, role) for role in _ROLES))

    def save(self, folder: Path) -> None:
        """Write certificates and private keys (mode 0600) into `folder`, created if missing.

        Raises FileExistsError rather than replace an authority that may have issued certificates.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for role, authority in zip(_ROLES, (self._root, self._issuing), strict=True):
            write_private_file(folder / f"{role}.key", private_pem(authority.key))
            certificate = authority.certificate.public_bytes(Encoding.PEM)
            (folder / f"{role}.crt").write_bytes(certificate)

    @property
    def anchor(self) -> bytes:
        """DER of the root."""
        return self._root.certificate.public_bytes(Encoding.DER)

    @property
    def intermediate(self) -> bytes:
        """DER of the issuing CA."""
        return self._issuing.certificate.public_bytes(Encoding.DER)

    @property
    def kind(self) -> str:
        """Kind of the authority's own keys."""
        return self._issuing.key.kind

    @property
    def fingerprint(self) -> str:
        """SHA-256 hex of the issuing CA: by it a page forgets the keys of an earlier authority."""
        return self._issuing.certificate.fingerprint(hashes.SHA256()).hex()

    def issue(
        self,
        subject_name: str,
        org_id: str,
        public_key: AcceptedKey,
        not_before: datetime,
        not_after: datetime,
        serial: int,
    ) -> bytes:
        """A signing certificate (DER) for a demo identity.

        `org_id` is its made-up unified social credit code; `serial` a positive integer under 160
        bits, never used before. Raises ValueError on what X.509 cannot carry.
        """
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, org_id),
                x509.NameAttribute(NameOID.COMMON_NAME, subject_name),
            ]
        )
        start, end = not_before.replace(microsecond=0), not_after.replace(microsecond=0)
        builder = _builder(subject, self._issuing.certificate.subject, start, end, serial)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(usage, critical=False)
        return _issue(builder, spki_der(public_key), self._issuing.key).public_bytes(Encoding.DER)

    def crl(
        self,
        revoked: Mapping[int, datetime],
        *,
        number: int,
        now: datetime,
        next_update: datetime,
        of: Role = "issuing",
    ) -> bytes:
        """A revocation list (DER) of issuing CA or root: serial -> instant of revocation."""
        certificate, key = self._issuing if of == "issuing" else self._root
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(certificate.subject)
            .last_update(now.replace(microsecond=0))
            .next_update(next_update.replace(microsecond=0))
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(_authority_id(key), critical=False)
        )
        for serial, instant in sorted(revoked.items()):
            entry = x509.RevokedCertificateBuilder().serial_number(serial)
            builder = builder.add_revoked_certificate(
                entry.revocation_date(instant.replace(microsecond=0)).build()
            )
        return signing.revocation_list(builder, key)

    def ocsp(
        self,
        serial: int,
        status: OcspStatus,
        *,
        now: datetime,
        next_update: datetime,
        revoked_at: datetime | None = None,
        delegated: bool = True,
    ) -> bytes:
        """An OCSP answer (DER) about a certificate of the issuing CA.

        It is signed by a responder whose certificate, valid as long as the answer, is enclosed;
        or by the issuing CA itself. `revoked_at` belongs to `revoked` only.
        """
        signer = self._responder(now, next_update) if delegated else self._issuing
        return signing.ocsp_answer(
            self._issuing.certificate,
            serial,
            status,
            signer.key,
            [signer.certificate] if delegated else (),
            this_update=now,
            next_update=next_update,
            revoked_at=revoked_at,
        )

    def _responder(self, start: datetime, end: datetime) -> _Authority:
        start, end = start.replace(microsecond=0), end.replace(microsecond=0)
        # From a seeded authority everything is repeatable, this number too.
        serial = int.from_bytes(hashlib.sha256(f"{start} {end}".encode()).digest()[:16], "big")
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
        builder = (
            _builder(
                _name("演练证书状态查询"), self._issuing.certificate.subject, start, end, serial
            )
            .add_extension(usage, critical=False)
            # It lives as long as its answer, so nobody needs to ask about it in turn.
            .add_extension(x509.OCSPNoCheck(), critical=False)
        )
        key = self._responder_key
        return _Authority(_issue(builder, key.spki, self._issuing.key), key)

    @cached_property
    def _responder_key(self) -> SoftKey:
        # Derived, so that a folder of two keys stays the whole authority.
        key = self._issuing.key
        return SoftKey.generate(_derived(key.private_pkcs8(), "demo responder"), key.kind)


def private_pem(key: SoftKey) -> bytes:
    """PEM (PKCS #8, not encrypted) of a soft key of any kind."""
    return pem("PRIVATE KEY", key.private_pkcs8())


def pem(label: str, der: bytes) -> bytes:
    """PEM as RFC 7468 wants it: lines of 64."""
    lines = textwrap.wrap(base64.b64encode(der).decode("ascii"), 64)
    text = "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))
    return text.encode("ascii")


def _derived(secret: bytes, label: str) -> bytes:
    return hmac.digest(secret, label.encode(), "sha256")


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, DEMO_ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    not_before: datetime,
    not_after: datetime,
    serial: int,
    *,
    path_length: int | None = None,
) -> x509.CertificateBuilder:
    """Everything but keys; with a `path_length` it is an authority's."""
    authority = path_length is not None
    marker = x509.CertificatePolicies([x509.PolicyInformation(DEMO_POLICY_OID, None)])
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer)
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(marker, critical=False)
        .add_extension(x509.BasicConstraints(authority, path_length), critical=True)
        .add_extension(_key_usage(authority=authority), critical=True)
    )


def _issue(builder: x509.CertificateBuilder, spki: bytes, issuer: SoftKey) -> x509.Certificate:
    subject_id = x509.SubjectKeyIdentifier(signing.key_identifier(spki))
    builder = builder.add_extension(subject_id, critical=False)
    builder = builder.add_extension(_authority_id(issuer), critical=False)
    return x509.load_der_x509_certificate(signing.certificate(builder, spki, issuer))


def _authority_id(key: SoftKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier(signing.key_identifier(key.spki), None, None)


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _load(folder: Path, role: str) -> _Authority:
    certificate = x509.load_pem_x509_certificate((folder / f"{role}.crt").read_bytes())
    key = SoftKey.from_pkcs8(_from_pem((folder / f"{role}.key").read_bytes()))
    if signing.spki_of(certificate) != key.spki:
        raise ValueError(f"{role}.key does not belong to {role}.crt")
    return _Authority(certificate, key)


def _from_pem(text: bytes) -> bytes:
    lines = (line for line in text.split(b"\n") if not line.startswith(b"-----"))
    return base64.b64decode(b"".join(lines))
