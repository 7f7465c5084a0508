"""Which public keys are accepted, and how a signature is checked with each of them.

The algorithm follows from the key's type and from this table, never from what a client says.
"""

from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from auction.pki import der
from auction.pki.sm2 import Sm2PublicKey

AcceptedKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | Sm2PublicKey

RSA_BITS = range(2048, 4096 + 1)
RSA_EXPONENT = 65537
# Curve name -> (name of the key kind, hash of its signatures).
CURVES: dict[str, tuple[str, hashes.HashAlgorithm]] = {
    "secp256r1": ("P-256", hashes.SHA256()),
    "secp384r1": ("P-384", hashes.SHA384()),
}
# DER of the curve's object identifier 1.2.156.10197.1.301, as it stands in an SM2 key.
_SM2_CURVE_DER = bytes.fromhex("06082a811ccf5501822d")
_SIGNATURE_LIMIT = 1024


def accepted_key(key: object) -> AcceptedKey | None:
    """The key itself when policy accepts it (RSA 2048-4096 with e = 65537, P-256, P-384, SM2)."""
    if isinstance(key, Sm2PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key if key.curve.name in CURVES else None
    if isinstance(key, rsa.RSAPublicKey):
        sound = key.key_size in RSA_BITS and key.public_numbers().e == RSA_EXPONENT
        return key if sound else None
    return None


def key_kind(key: AcceptedKey) -> str:
    """`P-256`, `P-384`, `SM2` or `RSA-<bits>`."""
    if isinstance(key, Sm2PublicKey):
        return "SM2"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return CURVES[key.curve.name][0]
    return f"RSA-{key.key_size}"


def names_sm2(der: bytes) -> bool:
    """True when these bytes name the SM2 curve, whose keys `cryptography` does not load."""
    return _SM2_CURVE_DER in der


# A bidder's key is loaded at the first statement and used for every later one; keyed by the key's
# own bytes, so that one certificate can never borrow the key of another.
@lru_cache(maxsize=4096)
def load_public_key(spki: bytes) -> AcceptedKey | None:
    """Load a DER SubjectPublicKeyInfo; None when it is unreadable or policy refuses it."""
    try:
        if names_sm2(spki):
            return Sm2PublicKey.from_spki(spki)
        return accepted_key(serialization.load_der_public_key(spki))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def certificate_key(certificate: x509.Certificate) -> AcceptedKey | None:
    """The key that a certificate carries; None when it is unreadable or policy refuses it.

    Not `certificate.public_key()`, which knows no SM2.
    """
    return load_public_key(_spki_of(certificate))


def signature_is_good(key: AcceptedKey, signature: bytes, message: bytes) -> bool:
    """Check a signature; how follows from the key alone.

    ECDSA with the curve's hash, as DER or as r || s (WebCrypto, tokens); RSA as PS256 or RS256;
    SM2 with SM3, as DER, as r || s, or as a token's blob of 128 bytes.
    """
    if len(signature) > _SIGNATURE_LIMIT:
        return False
    if isinstance(key, Sm2PublicKey):
        return key.verify(signature, message)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _ecdsa_is_good(key, signature, message)
    return _rsa_is_good(key, signature, message)


def spki_der(key: AcceptedKey) -> bytes:
    """DER SubjectPublicKeyInfo of a public key."""
    if isinstance(key, Sm2PublicKey):
        return key.spki
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _ecdsa_is_good(key: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> bool:
    # The two forms cannot be told apart by length alone, so both readings are tried.
    candidates = [signature]
    size = (key.key_size + 7) // 8
    if len(signature) == 2 * size:
        r, s = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
        candidates.append(encode_dss_signature(r, s))
    for candidate in candidates:
        try:
            key.verify(candidate, message, ec.ECDSA(CURVES[key.curve.name][1]))
        except InvalidSignature:
            continue
        return True
    return False


def _rsa_is_good(key: rsa.RSAPublicKey, signature: bytes, message: bytes) -> bool:
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=hashes.SHA256.digest_size)
    for scheme in (pss, padding.PKCS1v15()):
        try:
            key.verify(signature, message, scheme, hashes.SHA256())
        except InvalidSignature:
            continue
        return True
    return False


def _spki_of(certificate: x509.Certificate) -> bytes:
    """SubjectPublicKeyInfo as it stands in the certificate (RFC 5280, 4.1)."""
    fields = der.children(certificate.tbs_certificate_bytes)
    versioned = fields[0][0] == der.context(0)
    return fields[6 if versioned else 5]
