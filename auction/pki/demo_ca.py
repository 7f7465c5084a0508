"""The demo certificate authority: a P-256 root and an issuing CA, both marked as rehearsal.

It lets a newcomer try everything without a real certificate. Production refuses its anchors: each
certificate names 演练 as organisation and carries the demo policy OID.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from auction.pki.chain import DEMO_ORGANISATION, DEMO_POLICY_OID
from auction.pki.keyfile import write_private_file
from auction.pki.keys import AcceptedKey, derive_p256

_LIFE: Final = timedelta(days=3650)
_ROLES: Final = ("root", "issuing")


class _Authority(NamedTuple):
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class DemoCA:
    """Issues demo certificates. With a seed, every byte it issues depends on arguments only."""

    def __init__(self, root: _Authority, issuing: _Authority) -> None:
        self._root = root
        self._issuing = issuing

    @classmethod
    def create(cls, seed: bytes | None, now: datetime) -> Self:
        """A new authority, valid for ten years from one day before `now`."""
        secret = secrets.token_bytes(32) if seed is None else seed
        start = now.replace(microsecond=0) - timedelta(days=1)
        root_key = derive_p256(secret, "demo root")
        root_name = _ca_name("演练根证书")
        issuing_key = derive_p256(secret, "demo issuing")
        root = _Authority(
            _sign(
                _builder(root_name, root_key.public_key(), root_name, root_key, start, 1)
                .not_valid_after(start + _LIFE)
                .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
                .add_extension(_key_usage(authority=True), critical=True),
                root_key,
            ),
            root_key,
        )
        issuing_name = _ca_name("演练数字证书签发机构")
        issuing = _sign(
            _builder(issuing_name, issuing_key.public_key(), root_name, root_key, start, 2)
            .not_valid_after(start + _LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(authority=True), critical=True),
            root_key,
        )
        return cls(root, _Authority(issuing, issuing_key))

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
            pem = authority.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            write_private_file(folder / f"{role}.key", pem)
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
        issuer, key = self._issuing.certificate.subject, self._issuing.key
        start = not_before.replace(microsecond=0)
        return _sign(
            _builder(subject, public_key, issuer, key, start, serial)
            .not_valid_after(not_after.replace(microsecond=0))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(authority=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
            key,
        ).public_bytes(Encoding.DER)

    def crl(
        self, revoked: Mapping[int, datetime], *, number: int, now: datetime, next_update: datetime
    ) -> bytes:
        """The issuing CA's revocation list (DER): serial -> instant of revocation."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._issuing.certificate.subject)
            .last_update(now.replace(microsecond=0))
            .next_update(next_update.replace(microsecond=0))
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._issuing.key.public_key()),
                critical=False,
            )
        )
        for serial, instant in sorted(revoked.items()):
            entry = x509.RevokedCertificateBuilder().serial_number(serial)
            builder = builder.add_revoked_certificate(
                entry.revocation_date(instant.replace(microsecond=0)).build()
            )
        crl = builder.sign(self._issuing.key, hashes.SHA256(), ecdsa_deterministic=True)
        return crl.public_bytes(Encoding.DER)


def _ca_name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, DEMO_ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name,
    public_key: AcceptedKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    not_before: datetime,
    serial: int,
) -> x509.CertificateBuilder:
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    subject_id = x509.SubjectKeyIdentifier.from_public_key(public_key)
    marker = x509.CertificatePolicies([x509.PolicyInformation(DEMO_POLICY_OID, None)])
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(not_before)
        .add_extension(subject_id, critical=False)
        .add_extension(issuer_id, critical=False)
        .add_extension(marker, critical=False)
    )


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


def _sign(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    # RFC 6979, so that a seeded authority issues the same bytes every time.
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)


def _load(folder: Path, role: str) -> _Authority:
    certificate = x509.load_pem_x509_certificate((folder / f"{role}.crt").read_bytes())
    key = load_pem_private_key((folder / f"{role}.key").read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or (
        key.public_key() != certificate.public_key()
    ):
        raise ValueError(f"{role}.key does not belong to {role}.crt")
    return _Authority(certificate, key)
