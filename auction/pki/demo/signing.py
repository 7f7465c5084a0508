"""Signing of certificates, lists and answers with any kind of key, SM2 among them.

`cryptography` builds these structures but cannot sign them with SM2. So it builds and signs each
with a throw-away key, and what depends on the key is exchanged: the algorithm, the subject's key,
the signature. For the demo authority and for tests only; no real authority is asked to do this.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from auction.pki import der
from auction.pki.softkey import SoftKey

PLACEHOLDER: Final = ec.derive_private_key(1, ec.SECP256R1())
"""Stands where the real keys come; its signatures are thrown away."""

OcspStatus = Literal["good", "revoked", "unknown"]

_ALGORITHMS: Final = {
    "P-256": der.algorithm("1.2.840.10045.4.3.2"),  # ecdsa-with-SHA256
    "P-384": der.algorithm("1.2.840.10045.4.3.3"),  # ecdsa-with-SHA384
    "RSA": der.algorithm("1.2.840.113549.1.1.11", der.NULL),  # sha256WithRSAEncryption
    "SM2": der.algorithm("1.2.156.10197.1.501"),  # SM2-with-SM3
}
# Places in TBSCertificate and TBSCertList (RFC 5280, 4.1 and 5.1) when the version is written.
_CERTIFICATE_ALGORITHM, _CERTIFICATE_SPKI, _CRL_ALGORITHM = 2, 6, 1


def key_bits(spki: bytes) -> bytes:
    """What the BIT STRING of a SubjectPublicKeyInfo holds: identifiers are hashes of it."""
    return der.content(der.children(spki)[1])[1][1:]


def spki_of(issued: x509.Certificate) -> bytes:
    """DER SubjectPublicKeyInfo of a certificate with a key of any kind."""
    return der.children(issued.tbs_certificate_bytes)[_CERTIFICATE_SPKI]


def key_identifier(spki: bytes) -> bytes:
    """SHA-1 of the key's bits (RFC 5280, 4.2.1.2 (1)): a label for path building, not a proof."""
    return hashlib.sha1(key_bits(spki), usedforsecurity=False).digest()


def certificate(builder: x509.CertificateBuilder, spki: bytes, key: SoftKey) -> bytes:
    """DER of a certificate for the key `spki`; the builder holds all but the public key."""
    template = builder.public_key(PLACEHOLDER.public_key()).sign(PLACEHOLDER, hashes.SHA256())
    fields = der.children(template.tbs_certificate_bytes)
    fields[_CERTIFICATE_ALGORITHM] = _algorithm(key)
    fields[_CERTIFICATE_SPKI] = spki
    return _signed(der.sequence(*fields), key)


def revocation_list(builder: x509.CertificateRevocationListBuilder, key: SoftKey) -> bytes:
    """DER of a revocation list."""
    template = builder.sign(PLACEHOLDER, hashes.SHA256())
    fields = der.children(template.tbs_certlist_bytes)
    fields[_CRL_ALGORITHM] = _algorithm(key)
    return _signed(der.sequence(*fields), key)


def ocsp_answer(
    issuer: x509.Certificate,
    serial: int,
    status: OcspStatus,
    responder: SoftKey,
    certificates: Sequence[x509.Certificate] = (),
    *,
    this_update: datetime,
    next_update: datetime,
    revoked_at: datetime | None = None,
) -> bytes:
    """DER of an OCSP answer (RFC 6960, 4.2.1), produced at `this_update`.

    Written element by element: the library's builder takes the time of production from the
    machine's clock and asks for a certificate that fits the key it signs with.
    """
    certificate_id = der.sequence(
        der.algorithm("2.16.840.1.101.3.4.2.1", der.NULL),  # SHA-256
        der.octets(_sha256(issuer.subject.public_bytes())),
        der.octets(_sha256(key_bits(spki_of(issuer)))),
        der.integer(serial),
    )
    match status, revoked_at:
        case "revoked", datetime() as instant:
            said = der.tlv(der.context(1), _time(instant))
        case (("good" | "unknown"), None):
            said = der.tlv(0x80 if status == "good" else 0x82)
        case _:
            raise ValueError("`revoked_at` belongs to `revoked`, and only there")
    until = der.tlv(der.context(0), _time(next_update))
    data = der.sequence(
        der.tlv(der.context(2), der.octets(key_identifier(responder.spki))),
        _time(this_update),
        der.sequence(der.sequence(certificate_id, said, _time(this_update), until)),
    )
    basic = _signed(data, responder, [one.public_bytes(Encoding.DER) for one in certificates])
    kind = der.oid("1.3.6.1.5.5.7.48.1.1")  # id-pkix-ocsp-basic
    successful = der.tlv(der.ENUMERATED, b"\x00")
    return der.sequence(successful, der.tlv(der.context(0), der.sequence(kind, der.octets(basic))))


def _signed(to_sign: bytes, key: SoftKey, certificates: Sequence[bytes] = ()) -> bytes:
    enclosed = (der.tlv(der.context(0), der.sequence(*certificates)),) if certificates else ()
    signature = der.bits(key.raw_sign(to_sign))
    return der.sequence(to_sign, _algorithm(key), signature, *enclosed)


def _algorithm(key: SoftKey) -> bytes:
    return _ALGORITHMS[key.kind.partition("-")[0] if key.kind.startswith("RSA") else key.kind]


def _time(instant: datetime) -> bytes:
    stamp = instant.astimezone(UTC).strftime("%Y%m%d%H%M%SZ")
    return der.tlv(der.GENERALIZED_TIME, stamp.encode("ascii"))


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
