"""Authorities and holders with any kind of key, for tests; every part may be made odd."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID

from auction.pki.demo import signing
from auction.pki.softkey import SoftKey

DAY = timedelta(days=1)
AUTHORITY_USAGE = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
LISTS_ONLY = x509.KeyUsage(False, False, False, False, False, False, True, False, False)
SIGNING = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
ANY_LENGTH = x509.BasicConstraints(ca=True, path_length=None)
NO_AUTHORITY = x509.BasicConstraints(ca=False, path_length=None)


@dataclass(frozen=True)
class Made:
    """A certificate and the key it is for."""

    key: SoftKey
    der: bytes

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.der)


def named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def made(
    name: str | x509.Name,
    now: datetime,
    *,
    kind: str = "P-256",
    issuer: Made | None = None,
    signer: SoftKey | None = None,
    issuer_name: str | None = None,
    serial: int = 77,
    start: timedelta = -DAY,
    end: timedelta = DAY,
    constraints: x509.BasicConstraints | None = ANY_LENGTH,
    usage: x509.KeyUsage | None = AUTHORITY_USAGE,
    more: Sequence[tuple[x509.ExtensionType, bool]] = (),
    key: SoftKey | None = None,
) -> Made:
    """A certificate; without `issuer` self-signed. `more`: extensions, and whether critical."""
    subject = named(name) if isinstance(name, str) else name
    # The library finds primes faster than a seeded search does.
    seed = None if kind.startswith("RSA") else f"{kind} {subject.rfc4514_string()}".encode()
    key = key or SoftKey.generate(seed, kind)
    signs = signer or (key if issuer is None else issuer.key)
    above = subject if issuer is None else issuer.certificate.subject
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (identifier(key), False),
        (x509.AuthorityKeyIdentifier(identifier(signs).digest, None, None), False),
        *more,
    ]
    if constraints is not None:
        extensions.append((constraints, True))
    if usage is not None:
        extensions.append((usage, True))
    builder = (
        x509.CertificateBuilder(named(issuer_name) if issuer_name else above, subject)
        .serial_number(serial)
        .not_valid_before(now + start)
        .not_valid_after(now + end)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Made(key, signing.certificate(builder, key.spki, signs))


def holder(name: str | x509.Name, now: datetime, **odd: object) -> Made:
    """A certificate for signing."""
    return made(name, now, **{"constraints": NO_AUTHORITY, "usage": SIGNING, **odd})  # type: ignore[arg-type]


def identifier(key: SoftKey) -> x509.SubjectKeyIdentifier:
    return x509.SubjectKeyIdentifier(signing.key_identifier(key.spki))


def revocation_list(
    issuer: Made,
    now: datetime,
    *serials: int,
    number: int | None = 5,
    more: Sequence[tuple[x509.ExtensionType, bool]] = (),
    entries: Sequence[tuple[x509.ExtensionType, bool]] = (),
    signer: SoftKey | None = None,
    life: timedelta = DAY,
) -> bytes:
    """A list (DER); `more` are its extensions, `entries` those of each entry."""
    builder = x509.CertificateRevocationListBuilder(issuer.certificate.subject, now, now + life)
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    for extension, critical in more:
        builder = builder.add_extension(extension, critical)
    for serial in serials:
        entry = x509.RevokedCertificateBuilder(serial, now - DAY)
        for extension, critical in entries:
            entry = entry.add_extension(extension, critical)
        builder = builder.add_revoked_certificate(entry.build())
    return signing.revocation_list(builder, signer or issuer.key)
