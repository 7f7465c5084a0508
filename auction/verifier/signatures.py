"""Public keys and signatures: P-256, P-384, RSA, SM2. The key alone decides the algorithm."""

from collections.abc import Callable, Iterator
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from auction.verifier import der, sm2
from auction.verifier.faults import Malformed

Key = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | sm2.Point

SIGNATURE_LIMIT = 1024
_SM2_KEY = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
_CURVES: dict[str, hashes.HashAlgorithm] = {
    "secp256r1": hashes.SHA256(),
    "secp384r1": hashes.SHA384(),
}
_KINDS = {"secp256r1": "P-256", "secp384r1": "P-384"}
# Signature algorithms of certificates, revocation lists and OCSP answers, by object identifier.
SM2_WITH_SM3 = "1.2.156.10197.1.501"
_ECDSA: dict[str, hashes.HashAlgorithm] = {
    "1.2.840.10045.4.3.2": hashes.SHA256(),
    "1.2.840.10045.4.3.3": hashes.SHA384(),
    "1.2.840.10045.4.3.4": hashes.SHA512(),
}
_RSA: dict[str, hashes.HashAlgorithm] = {
    "1.2.840.113549.1.1.11": hashes.SHA256(),
    "1.2.840.113549.1.1.12": hashes.SHA384(),
    "1.2.840.113549.1.1.13": hashes.SHA512(),
}


@lru_cache(maxsize=4096)
def load(spki: bytes) -> Key | None:
    """A key that may sign (SPEC.md, 6.3) from its DER SubjectPublicKeyInfo; None for any other."""
    if spki.startswith(_SM2_KEY):
        return sm2.point(spki[len(_SM2_KEY) :])
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key if key.curve.name in _CURVES else None
    if isinstance(key, rsa.RSAPublicKey):
        sound = 2048 <= key.key_size <= 4096 and key.public_numbers().e == 65537
        return key if sound else None
    return None


def kind(key: Key) -> str:
    """`P-256`, `P-384`, `RSA` or `SM2`."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _KINDS[key.curve.name]
    return "RSA" if isinstance(key, rsa.RSAPublicKey) else "SM2"


def statement_good(key: Key, signature: bytes, message: bytes) -> bool:
    """Whether a person's signature holds, in any of the forms of SPEC.md, 6.3."""
    if len(signature) > SIGNATURE_LIMIT:
        return False
    if isinstance(key, tuple):
        return any(sm2.verify(key, r, s, message) for r, s in _sm2_readings(signature))
    if isinstance(key, rsa.RSAPublicKey):
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        return _rsa_good(key, signature, message, pss) or _rsa_good(
            key, signature, message, padding.PKCS1v15()
        )
    how = ec.ECDSA(_CURVES[key.curve.name])
    if _holds(lambda: key.verify(signature, message, how)):
        return True
    half = (key.key_size + 7) // 8
    if len(signature) != 2 * half:
        return False
    r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    return _holds(lambda: key.verify(encode_dss_signature(r, s), message, how))


def issued_good(key: Key, oid: str, signature: bytes, message: bytes) -> bool:
    """Whether an authority's signature with the algorithm `oid` holds. PSS is not supported."""
    if isinstance(key, tuple):
        return oid == SM2_WITH_SM3 and any(
            sm2.verify(key, r, s, message) for r, s in _der_reading(signature)
        )
    if isinstance(key, rsa.RSAPublicKey):
        return oid in _RSA and _holds(
            lambda: key.verify(signature, message, padding.PKCS1v15(), _RSA[oid])
        )
    return oid in _ECDSA and _holds(lambda: key.verify(signature, message, ec.ECDSA(_ECDSA[oid])))


def _rsa_good(
    key: rsa.RSAPublicKey, signature: bytes, message: bytes, scheme: AsymmetricPadding
) -> bool:
    return _holds(lambda: key.verify(signature, message, scheme, hashes.SHA256()))


def _sm2_readings(signature: bytes) -> Iterator[tuple[int, int]]:
    if len(signature) == 128:  # a token's ECCSIGNATUREBLOB: each number in 64 bytes, at the right
        if signature[:32] == signature[64:96] == bytes(32):
            yield (
                int.from_bytes(signature[32:64], "big"),
                int.from_bytes(signature[96:], "big"),
            )
        return
    if len(signature) == 64:
        yield int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    yield from _der_reading(signature)


def _der_reading(signature: bytes) -> Iterator[tuple[int, int]]:
    try:
        yield der.two_integers(signature)
    except Malformed:
        return


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True
