"""Whether one certificate's key signed another certificate, a revocation list or an OCSP answer.

The signer's key is judged by the same policy as a bidder's (keys.py); the algorithm must belong to
that key and hash with SHA-256 or better, or be SM2 with SM3. SHA-1 and MD5 never count.
"""

from typing import Final, TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp

from auction.pki.keys import AcceptedKey, certificate_key
from auction.pki.parsing import MALFORMED

Signed: TypeAlias = x509.Certificate | x509.CertificateRevocationList | ocsp.OCSPResponse

SM2_WITH_SM3: Final = x509.ObjectIdentifier("1.2.156.10197.1.501")
_PSS: Final = x509.SignatureAlgorithmOID.RSASSA_PSS
_RSA: Final[dict[x509.ObjectIdentifier, hashes.HashAlgorithm]] = {
    x509.SignatureAlgorithmOID.RSA_WITH_SHA256: hashes.SHA256(),
    x509.SignatureAlgorithmOID.RSA_WITH_SHA384: hashes.SHA384(),
    x509.SignatureAlgorithmOID.RSA_WITH_SHA512: hashes.SHA512(),
}
_ECDSA: Final[dict[x509.ObjectIdentifier, hashes.HashAlgorithm]] = {
    x509.SignatureAlgorithmOID.ECDSA_WITH_SHA256: hashes.SHA256(),
    x509.SignatureAlgorithmOID.ECDSA_WITH_SHA384: hashes.SHA384(),
    x509.SignatureAlgorithmOID.ECDSA_WITH_SHA512: hashes.SHA512(),
}
_PSS_HASHES: Final = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_REFUSALS: Final[tuple[type[Exception], ...]] = (InvalidSignature, *MALFORMED)


def is_allowed_algorithm(signed: Signed) -> bool:
    """True for the signature algorithms that count here, whoever signed."""
    try:
        oid = signed.signature_algorithm_oid
        if oid == _PSS:
            return isinstance(signed.signature_hash_algorithm, _PSS_HASHES)
    except MALFORMED:
        return False
    return oid in _RSA or oid in _ECDSA or oid == SM2_WITH_SM3


def is_signed_by(signed: Signed, issuer: x509.Certificate) -> bool:
    """True when `issuer`'s key made the signature, with a key and an algorithm that policy allows.

    Names, dates, usage and whether `issuer` may issue anything are the caller's business.
    """
    try:
        key = certificate_key(issuer)
        if key is None:
            return False
        _check(signed, key)
    except _REFUSALS:
        return False
    return True


def _check(signed: Signed, key: AcceptedKey) -> None:
    oid, signature, message = signed.signature_algorithm_oid, signed.signature, _message(signed)
    if isinstance(key, rsa.RSAPublicKey):
        if oid in _RSA:
            key.verify(signature, message, padding.PKCS1v15(), _RSA[oid])
            return
        if oid == _PSS and not isinstance(signed, ocsp.OCSPResponse):
            scheme, algorithm = signed.signature_algorithm_parameters, _pss_hash(signed)
            if isinstance(scheme, padding.PSS):
                key.verify(signature, message, scheme, algorithm)
                return
    elif isinstance(key, ec.EllipticCurvePublicKey):
        if oid in _ECDSA:
            key.verify(signature, message, ec.ECDSA(_ECDSA[oid]))
            return
    elif oid == SM2_WITH_SM3 and key.verify(signature, message):
        return
    raise InvalidSignature


def _pss_hash(signed: x509.Certificate | x509.CertificateRevocationList) -> hashes.HashAlgorithm:
    algorithm = signed.signature_hash_algorithm
    if not isinstance(algorithm, _PSS_HASHES):
        raise InvalidSignature
    return algorithm


def _message(signed: Signed) -> bytes:
    if isinstance(signed, x509.Certificate):
        return signed.tbs_certificate_bytes
    if isinstance(signed, x509.CertificateRevocationList):
        return signed.tbs_certlist_bytes
    return signed.tbs_response_bytes
