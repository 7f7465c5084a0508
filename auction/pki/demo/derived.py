"""Private keys that follow from a seed: for rehearsals and tests that must be repeatable.

Also fresh keys of the same kinds. Never for a person's account: the server makes no such key.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from math import gcd, isqrt, prod
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from auction.pki.keys import RSA_BITS, RSA_EXPONENT
from auction.pki.sm2 import Sm2PrivateKey
from auction.pki.sm2.curve import N as SM2_ORDER

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | Sm2PrivateKey

_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_P384_ORDER: Final = int(
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
    "C7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
    16,
)
_SIEVE: Final = prod(n for n in range(3, 2000, 2) if all(n % d for d in range(3, isqrt(n) + 1, 2)))
"""Every odd prime below 2000 in one number: most candidates fall at its greatest common divisor."""
_ROUNDS: Final = 32
"""Of Miller and Rabin: a composite passes with a chance below 4 to the minus 32."""


def fresh_key(kind: str) -> PrivateKey:
    """A new key of a kind that `key_kind` names. ValueError: a kind that policy refuses."""
    match kind:
        case "P-256":
            return ec.generate_private_key(ec.SECP256R1())
        case "P-384":
            return ec.generate_private_key(ec.SECP384R1())
        case "SM2":
            return Sm2PrivateKey(secrets.randbelow(SM2_ORDER - 2) + 1)
    return rsa.generate_private_key(RSA_EXPONENT, _rsa_bits(kind))


def derived_key(seed: bytes, label: str, kind: str) -> PrivateKey:
    """The key of this kind that depends on seed and label only. ValueError as fresh_key."""
    stream = _stream(seed, f"auction {kind.replace('-', '').lower()} {label}")
    match kind:
        case "P-256":
            return ec.derive_private_key(next(stream) % (_P256_ORDER - 1) + 1, ec.SECP256R1())
        case "P-384":
            return ec.derive_private_key(next(stream) % (_P384_ORDER - 1) + 1, ec.SECP384R1())
        case "SM2":
            return Sm2PrivateKey(next(stream) % (SM2_ORDER - 2) + 1)
    return _derived_rsa(seed, label, _rsa_bits(kind))


def _rsa_bits(kind: str) -> int:
    name, _, bits = kind.partition("-")
    if name != "RSA" or not bits.isdecimal() or int(bits) not in RSA_BITS or int(bits) % 256:
        raise ValueError(f"no such kind of key: {kind}")
    return int(bits)


def _stream(seed: bytes, label: str) -> Iterator[int]:
    """Numbers of 512 bits without end; the first one is HMAC-SHA512(seed, label)."""
    yield int.from_bytes(hmac.digest(seed, label.encode(), hashlib.sha512), "big")
    for block in count(1):
        text = f"{label} {block}".encode()
        yield int.from_bytes(hmac.digest(seed, text, hashlib.sha512), "big")


# The search for primes takes a second, and a rehearsal asks again for the same few keys.
@lru_cache(maxsize=32)
def _derived_rsa(seed: bytes, label: str, bits: int) -> rsa.RSAPrivateKey:
    stream = _stream(seed, f"auction rsa{bits} {label}")
    p = _prime(stream, bits // 2)
    q = _prime(stream, bits // 2)
    d = pow(RSA_EXPONENT, -1, (p - 1) * (q - 1) // gcd(p - 1, q - 1))
    public = rsa.RSAPublicNumbers(RSA_EXPONENT, p * q)
    return rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q), public
    ).private_key()


def _prime(stream: Iterator[int], bits: int) -> int:
    """The first prime at or after a number of the stream whose two highest bits are set.

    Two such primes differ by far more than 2 to the (bits - 100), as FIPS 186-5, A.1.3 asks.
    """
    blocks = -(-bits // 512)
    number = 0
    for _ in range(blocks):
        number = number << 512 | next(stream)
    number = number >> (512 * blocks - bits) | 3 << (bits - 2) | 1
    while gcd(number, _SIEVE) != 1 or gcd(number - 1, RSA_EXPONENT) != 1 or not _is_prime(number):
        number += 2
    return number


def _is_prime(number: int) -> bool:
    """Miller and Rabin with bases from a hash of the number: the same verdict everywhere."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    bases = _stream(number.to_bytes(-(-number.bit_length() // 8), "big"), "bases")
    for _ in range(_ROUNDS):
        x = pow(next(bases) % (number - 3) + 2, odd, number)
        if x in (1, number - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % number
            if x == number - 1:
                break
        else:
            return False
    return True
