"""The part of tests/vectors/statements.json about keys and signatures of every kind.

Everything follows from seeds: made again, the file is the same, RSA-PSS included.
"""

import hashlib
import hmac
from collections.abc import Iterator

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
)

from auction.pki.sm2 import Sm2PrivateKey, encoding, pure
from auction.pki.sm2.curve import G, N, multiply
from auction.pki.sm2.sm3 import sm3
from auction.pki.softkey import SoftKey
from auction.pki.statement import PURPOSES, pae

KINDS = ("P-256", "P-384", "RSA-2048", "SM2")
_SEED = b"statement vectors"
# A P-256 SubjectPublicKeyInfo up to the point.
_P256_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
Case = tuple[str, str, bytes, bool]
"""Name, key, signature, whether it is good."""


def soft_key(kind: str) -> SoftKey:
    """The one key of a kind under which the vectors are signed."""
    return SoftKey.generate(_SEED, kind)


_SM2_SCALAR = Sm2PrivateKey.from_pkcs8(soft_key("SM2").private_pkcs8()).scalar


def algorithms(purpose: str, body: bytes) -> dict[str, object]:
    """One statement, and who has signed it how."""
    return {
        "purpose": purpose,
        "body": body.decode(),
        "pae": pae(PURPOSES[purpose][0], body).hex(),
        "keys": keys(),
        "refused_keys": refused_keys(),
        "signatures": signatures(purpose, body),
    }


def keys() -> dict[str, str]:
    """Kind -> SubjectPublicKeyInfo of the accepted keys (hex)."""
    return {kind: soft_key(kind).spki.hex() for kind in KINDS}


def refused_keys() -> dict[str, str]:
    """What is wrong -> SubjectPublicKeyInfo (hex) that must not be loaded."""
    sm2 = soft_key("SM2").spki
    point = sm2[-65:]
    modulus = _rsa_key().public_key().public_numbers().n
    found = {
        "P-256 named, point of the SM2 curve": _P256_SPKI + point,
        "SM2 named, point of P-256": encoding.spki(soft_key("P-256").spki[-65:]),
        "SM2, compressed point": _shorter(sm2, bytes([2 + point[64] % 2]) + point[1:33]),
        "SM2, point off the curve": sm2[:-1] + bytes([sm2[-1] ^ 1]),
        "SM2, trailing byte": sm2 + b"\x00",
        "RSA-1024": _spki(rsa.RSAPublicNumbers(65537, modulus >> 1024 | 1).public_key()),
        "RSA-2048, e = 3": _spki(rsa.RSAPublicNumbers(3, modulus).public_key()),
        "secp256k1": _spki(ec.derive_private_key(7, ec.SECP256K1()).public_key()),
        "P-521": _spki(ec.derive_private_key(7, ec.SECP521R1()).public_key()),
        "Ed25519": _spki(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()),
    }
    return {name: der.hex() for name, der in found.items()}


def signatures(purpose: str, body: bytes) -> list[dict[str, object]]:
    """Signatures of one statement, good and bad, by every kind of key."""
    message = pae(PURPOSES[purpose][0], body)
    other = pae(PURPOSES["practice-bid"][0], body)
    cases = [
        *_ecdsa("P-256", message, other),
        *_ecdsa("P-384", message, other),
        *_rsa(message, other),
        *_sm2(message, other),
        *_confused(message),
    ]
    return [
        {"case": f"{key}: {name}", "key": key, "signature": signature.hex(), "good": good}
        for name, key, signature, good in cases
    ]


def _ecdsa(kind: str, message: bytes, other: bytes) -> Iterator[Case]:
    key = soft_key(kind)
    good = key.raw_sign(message)
    private = load_der_private_key(key.private_pkcs8(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    size = private.key_size // 8
    order = private.curve.group_order
    r, s = decode_dss_signature(good)
    raw = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    wrong = hashes.SHA384() if kind == "P-256" else hashes.SHA256()
    yield "DER", kind, good, True
    yield "r||s", kind, raw, True
    # Good by the algorithm; the statement's identity is its body's hash, so nothing happens twice.
    yield "(r, n - s), a second signature of the same body", kind, _der(r, order - s), True
    yield "of another purpose", kind, key.raw_sign(other), False
    yield "with the other curve's hash", kind, _deterministic(private, message, wrong), False
    yield "with SHA-1", kind, _deterministic(private, message, hashes.SHA1()), False
    yield "DER with a trailing byte", kind, good + b"\x00", False
    yield "r||s with a byte less", kind, raw[:-1], False
    yield "r = 0", kind, _der(0, s), False
    yield "s = n", kind, _der(r, order), False


def _rsa(message: bytes, other: bytes) -> Iterator[Case]:
    kind = "RSA-2048"
    key = soft_key(kind)
    private = _rsa_key()
    pkcs1 = key.raw_sign(message)
    yield "PKCS #1 v1.5 with SHA-256", kind, pkcs1, True
    yield "PSS with SHA-256, salt of 32 bytes", kind, _pss(private, message, 32), True
    yield "of another purpose", kind, key.raw_sign(other), False
    yield "of another purpose, PSS", kind, _pss(private, other, 32), False
    for weak in (hashes.SHA1(), hashes.SHA512()):
        signature = private.sign(message, padding.PKCS1v15(), weak)
        yield f"PKCS #1 v1.5 with {weak.name.upper()}", kind, signature, False
    yield "PSS with a salt of 20 bytes", kind, _pss(private, message, 20), False
    yield "PSS without salt", kind, _pss(private, message, 0), False
    yield "a byte less", kind, pkcs1[1:], False
    yield "a byte more", kind, b"\x00" + pkcs1, False


def _sm2(message: bytes, other: bytes) -> Iterator[Case]:
    kind = "SM2"
    key = soft_key(kind)
    good = key.raw_sign(message)
    r, s = decode_dss_signature(good)
    halves = r.to_bytes(32, "big"), s.to_bytes(32, "big")
    zeros, ones = bytes(32), b"\xff" * 32
    yield "DER", kind, good, True
    yield "r||s", kind, b"".join(halves), True
    yield "blob of a token", kind, zeros + halves[0] + zeros + halves[1], True
    yield "blob with ones for zeros", kind, ones + halves[0] + ones + halves[1], False
    yield "blob with zeros behind", kind, halves[0] + zeros + halves[1] + zeros, False
    yield "blob with the numbers together", kind, zeros + zeros + b"".join(halves), False
    yield "of another purpose", kind, key.raw_sign(other), False
    for name, user_id in (("another", b"ALICE123@YAHOO.COM"), ("an empty", b"")):
        signature = _der(*pure.sign(_SM2_SCALAR, message, user_id))
        yield f"under {name} identifier", kind, signature, False
    yield "over the bare SM3 of the message", kind, _sm2_of(sm3(message)), False
    yield "ECDSA with SHA-256 on the SM2 curve", kind, _ecdsa_on_sm2(message), False
    yield "(r, n - s)", kind, _der(r, N - s), False
    yield "r and s exchanged", kind, _der(s, r), False
    yield "r = 0", kind, _der(0, s), False
    yield "s = n", kind, _der(r, N), False
    yield "r + n", kind, _der(r + N, s), False
    yield "r + s = n", kind, _der(r, N - r), False
    yield "DER with a trailing byte", kind, good + b"\x00", False


def _confused(message: bytes) -> Iterator[Case]:
    """What another algorithm would call a signature: the key decides, so none is one."""
    for kind in KINDS:
        for foreign in KINDS:
            if foreign != kind:
                yield f"by the {foreign} key", kind, soft_key(foreign).raw_sign(message), False
        spki = soft_key(kind).spki
        secret_known_to_all = hmac.digest(spki, message, "sha256")
        yield "HMAC with the public key as secret", kind, secret_known_to_all, False
        yield "none", kind, b"", False
    # The SM2 key's own number taken for a P-256 key, and its signature shown to the SM2 key.
    twin = SoftKey(ec.derive_private_key(_SM2_SCALAR, ec.SECP256R1()))
    yield "by the P-256 key of the same number", "SM2", twin.raw_sign(message), False
    relabelled = "P-256 named, point of the SM2 curve"
    yield "a good SM2 signature", relabelled, soft_key("SM2").raw_sign(message), False


def _rsa_key() -> rsa.RSAPrivateKey:
    key = load_der_private_key(soft_key("RSA-2048").private_pkcs8(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _spki(key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _shorter(spki: bytes, point: bytes) -> bytes:
    """An SM2 SubjectPublicKeyInfo with a point of 33 bytes, lengths put right."""
    head = bytearray(spki[:-65])
    head[1] -= 32
    head[-2] -= 32
    return bytes(head) + point


def _der(r: int, s: int) -> bytes:
    return encode_dss_signature(r, s)


def _deterministic(
    key: ec.EllipticCurvePrivateKey, message: bytes, algorithm: hashes.HashAlgorithm
) -> bytes:
    return key.sign(message, ec.ECDSA(algorithm, deterministic_signing=True))


def _pss(key: rsa.RSAPrivateKey, message: bytes, salt_length: int) -> bytes:
    """EMSA-PSS of RFC 8017, 9.1.1, with a salt that follows from the message."""
    salt = hashlib.sha512(message).digest()[:salt_length]
    digest = hashlib.sha256(bytes(8) + hashlib.sha256(message).digest() + salt).digest()
    size = key.key_size // 8
    block = bytes(size - salt_length - 32 - 2) + b"\x01" + salt
    mask = b"".join(
        hashlib.sha256(digest + counter.to_bytes(4, "big")).digest()
        for counter in range(-(-len(block) // 32))
    )
    masked = bytearray(a ^ b for a, b in zip(block, mask, strict=False))
    masked[0] &= 0x7F
    encoded = int.from_bytes(bytes(masked) + digest + b"\xbc", "big")
    numbers = key.private_numbers()
    return pow(encoded, numbers.d, numbers.public_numbers.n).to_bytes(size, "big")


def _times(scalar: int) -> tuple[int, int]:
    point = multiply(scalar, G)
    assert point is not None
    return point


def _sm2_of(digest: bytes) -> bytes:
    """SM2 over a digest without Z: what a library signs that leaves the identifier out."""
    e = int.from_bytes(digest, "big")
    k = int.from_bytes(sm3(b"k" + digest), "big") % N
    r = (e + _times(k)[0]) % N
    return _der(r, pow(1 + _SM2_SCALAR, -1, N) * (k - r * _SM2_SCALAR) % N)


def _ecdsa_on_sm2(message: bytes) -> bytes:
    """ECDSA with the SM2 key: right by its own algorithm, which this key does not have."""
    e = int.from_bytes(hashlib.sha256(message).digest(), "big")
    k = int.from_bytes(sm3(b"k" + message), "big") % N
    r = _times(k)[0] % N
    return _der(r, pow(k, -1, N) * (e + r * _SM2_SCALAR) % N)
