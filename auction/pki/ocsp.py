"""OCSP answers: what an authority says of one certificate (RFC 6960).

No nonce is needed: an answer is kept and used until its next update, like a list. SHA-1 may name
the authority in the answer, as the protocol has it; it is never relied on as a signature's hash.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from auction.pki.crl import SKEW, RevocationError, Status, issuer_key
from auction.pki.issuing import is_allowed_algorithm, is_signed_by
from auction.pki.keys import AcceptedKey, certificate_key
from auction.pki.parsing import MALFORMED
from auction.pki.reasons import PkiReason
from auction.pki.sm2 import Sm2PublicKey

ANSWER_LIMIT: Final = 64 * 1024
UNDATED_LIFE: Final = timedelta(minutes=10)
"""How long an answer without a next update counts: it only says "ask me again at any time"."""
_RESPONDERS_LIMIT: Final = 4

_STATUS: Final = {
    ocsp.OCSPCertStatus.GOOD: Status.GOOD,
    ocsp.OCSPCertStatus.REVOKED: Status.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN: Status.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class OcspAnswer:
    """A verified answer about one certificate; `der` and `sha256` are kept as evidence."""

    issuer: str
    """`issuer_key` of the authority."""
    serial: int
    status: Status
    revoked_at: datetime | None
    this_update: datetime
    next_update: datetime | None
    responder: int | None
    """Serial number of the delegated responder's certificate; None: the authority itself signed."""
    der: bytes
    sha256: str

    @property
    def usable_until(self) -> datetime:
        """From this instant on the answer is stale."""
        return self.next_update or self.this_update + UNDATED_LIFE


def verify_ocsp(
    der: bytes, certificate: x509.Certificate, issuer: x509.Certificate, *, now: datetime
) -> OcspAnswer:
    """Verify an answer about `certificate` of `issuer` (trusted already) as of `now`.

    An answer that was kept is read again with `now` = the instant at which it was first loaded.
    Raises RevocationError and nothing else.
    """
    if len(der) > ANSWER_LIMIT:
        raise RevocationError(PkiReason.OCSP_TOO_LARGE, limit=ANSWER_LIMIT)
    try:
        return _verify(der, certificate, issuer, now)
    except MALFORMED:
        raise RevocationError(PkiReason.OCSP_MALFORMED) from None


def _verify(
    der: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> OcspAnswer:
    response = ocsp.load_der_ocsp_response(der)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise RevocationError(
            PkiReason.OCSP_NOT_ANSWERED, status=response.response_status.name.lower()
        )
    _require_understood(response)
    responder = _require_signature(response, issuer, now)
    single = _answer_about(response, certificate, issuer)
    if single is None:
        raise RevocationError(PkiReason.OCSP_WRONG_CERTIFICATE)
    answer = OcspAnswer(
        issuer=issuer_key(issuer),
        serial=certificate.serial_number,
        status=_STATUS[single.certificate_status],
        revoked_at=single.revocation_time_utc,
        this_update=single.this_update_utc,
        next_update=single.next_update_utc,
        responder=responder,
        der=der,
        sha256=hashlib.sha256(der).hexdigest(),
    )
    if answer.this_update > now + SKEW:
        raise RevocationError(PkiReason.OCSP_FROM_FUTURE)
    if answer.usable_until <= now:
        raise RevocationError(PkiReason.OCSP_STALE)
    return answer


def _require_understood(response: ocsp.OCSPResponse) -> None:
    for extension in response.extensions:
        if extension.critical:
            raise RevocationError(PkiReason.OCSP_UNKNOWN_EXTENSION, oid=extension.oid.dotted_string)


def _require_signature(
    response: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime
) -> int | None:
    """Serial number of the delegated responder that signed, or None for the authority itself."""
    if not is_allowed_algorithm(response):
        raise RevocationError(PkiReason.OCSP_WEAK_SIGNATURE)
    if _is_responder(response, issuer):
        if not is_signed_by(response, issuer):
            raise RevocationError(PkiReason.OCSP_BAD_SIGNATURE)
        return None
    for candidate in response.certificates[:_RESPONDERS_LIMIT]:
        if _is_responder(response, candidate):
            if not _is_delegate(candidate, issuer, now):
                raise RevocationError(PkiReason.OCSP_WRONG_RESPONDER)
            if not is_signed_by(response, candidate):
                raise RevocationError(PkiReason.OCSP_BAD_SIGNATURE)
            return candidate.serial_number
    raise RevocationError(PkiReason.OCSP_WRONG_RESPONDER)


def _is_responder(response: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    """Whether the answer names this certificate as the one that signed."""
    if response.responder_name is not None:
        return response.responder_name == certificate.subject
    key = certificate_key(certificate)
    # RFC 6960, 4.2.1: the responder's key is named by SHA-1, whatever it signs with.
    return key is not None and response.responder_key_hash == _digest(
        hashes.SHA1(),  # noqa: S303
        _key_bits(key),
    )


def _is_delegate(certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    """RFC 6960, 4.2.2.2: issued by the very authority asked about, for signing OCSP answers."""
    usages: x509.ExtendedKeyUsage | None = None
    signs = True
    for extension in certificate.extensions:
        match extension.value:
            case x509.ExtendedKeyUsage() as found:
                usages = found
            case x509.KeyUsage() as usage:
                signs = usage.digital_signature
    return (
        usages is not None
        and ExtendedKeyUsageOID.OCSP_SIGNING in usages
        and signs
        and certificate.issuer == issuer.subject
        and certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
        and is_signed_by(certificate, issuer)
    )


def _answer_about(
    response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> ocsp.OCSPSingleResponse | None:
    """The one answer that names authority (name and key) and serial number of `certificate`."""
    key = certificate_key(issuer)
    if key is None or certificate.issuer != issuer.subject:
        return None
    for single in response.responses:
        algorithm = _hash_of(single)
        if (
            single.serial_number == certificate.serial_number
            and single.issuer_name_hash == _digest(algorithm, issuer.subject.public_bytes())
            and single.issuer_key_hash == _digest(algorithm, _key_bits(key))
        ):
            return single
    return None


def _hash_of(single: ocsp.OCSPSingleResponse) -> hashes.HashAlgorithm:
    try:
        return single.hash_algorithm
    except UnsupportedAlgorithm:
        # `cryptography` has no name for SM3 here; another hash of 32 bytes would not compare.
        return hashes.SM3()


def _digest(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _key_bits(key: AcceptedKey) -> bytes:
    """Content of the key's BIT STRING, which is what OCSP hashes."""
    if isinstance(key, Sm2PublicKey):
        return key.point
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
