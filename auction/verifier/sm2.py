"""SM2 signatures (GB/T 32918) and SM3 (GB/T 32905), verification only, in Python alone.

Written from the standards. Points are affine, with Strauss' trick for the sum of two multiples:
some milliseconds a signature, and nothing to hide, because nothing here is secret.
"""

from functools import lru_cache

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
IDENTIFIER = b"1234567812345678"

Point = tuple[int, int]
Projective = tuple[int, int, int]
"""(X, Y, Z) is (X/Z², Y/Z³); Z = 0 is infinity."""
_INFINITY: Projective = (0, 1, 0)
_MASK = 0xFFFFFFFF


def point(data: bytes) -> Point | None:
    """An uncompressed point of the curve, 04 || x || y; None for anything else."""
    if len(data) != 65 or data[0] != 4:
        return None
    x, y = int.from_bytes(data[1:33], "big"), int.from_bytes(data[33:], "big")
    on_curve = x < P and y < P and (y * y - x * x * x - A * x - B) % P == 0
    return (x, y) if on_curve else None


def verify(key: Point, r: int, s: int, message: bytes) -> bool:
    """GB/T 32918.2, 7.1, under the identifier 1234567812345678."""
    if not (0 < r < N and 0 < s < N):
        return False
    t = (r + s) % N
    if t == 0:
        return False
    found = _sum_of_multiples(s, t, key)
    e = int.from_bytes(sm3(_identity_hash(key) + message), "big")
    return found is not None and (e + found) % N == r


@lru_cache(maxsize=1024)
def _identity_hash(key: Point) -> bytes:
    """Z: the hash of identifier, curve and key."""
    numbers = b"".join(n.to_bytes(32, "big") for n in (A, B, *G, *key))
    return sm3((8 * len(IDENTIFIER)).to_bytes(2, "big") + IDENTIFIER + numbers)


def _sum_of_multiples(s: int, t: int, key: Point) -> int | None:
    """The x coordinate of s·G + t·key; None at infinity."""
    base, other = (*G, 1), (*key, 1)
    both = _plus(base, other)
    total = _INFINITY
    for place in reversed(range(256)):
        total = _twice(total)
        match s >> place & 1, t >> place & 1:
            case 1, 1:
                total = _plus(total, both)
            case 1, 0:
                total = _plus(total, base)
            case 0, 1:
                total = _plus(total, other)
    if total[2] == 0:
        return None
    return total[0] * pow(total[2], -2, P) % P


def _twice(p: Projective) -> Projective:
    x, y, z = p
    if z == 0 or y == 0:
        return _INFINITY
    a = 4 * x * y * y
    b = 3 * x * x + A * z**4
    c = (b * b - 2 * a) % P
    return c, (b * (a - c) - 8 * y**4) % P, 2 * y * z % P


def _plus(p: Projective, q: Projective) -> Projective:
    if p[2] == 0:
        return q
    if q[2] == 0:
        return p
    zp, zq = p[2] * p[2] % P, q[2] * q[2] % P
    a, b = p[0] * zq % P, q[0] * zp % P
    c, d = p[1] * zq * q[2] % P, q[1] * zp * p[2] % P
    if a == b:
        return _twice(p) if c == d else _INFINITY
    h, r = (b - a) % P, (d - c) % P
    cube, v = h * h * h % P, a * h * h % P
    x = (r * r - cube - 2 * v) % P
    return x, (r * (v - x) - c * cube) % P, h * p[2] * q[2] % P


def _rolled(word: int, places: int) -> int:
    places &= 31
    return (word << places | word >> (32 - places)) & _MASK if places else word


def sm3(data: bytes) -> bytes:
    """The 32 bytes of GB/T 32905-2016."""
    padded = data + b"\x80" + b"\x00" * ((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    v = [
        *(0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600),
        *(0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E),
    ]
    for at in range(0, len(padded), 64):
        v = _block(v, padded[at : at + 64])
    return b"".join(word.to_bytes(4, "big") for word in v)


def _block(v: list[int], block: bytes) -> list[int]:
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _rolled(w[j - 3], 15)
        x ^= _rolled(x, 15) ^ _rolled(x, 23)
        w.append(x ^ _rolled(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = v
    for j in range(64):
        early = j < 16
        k = _rolled(0x79CC4519 if early else 0x7A879D8A, j)
        ss1 = _rolled((_rolled(a, 12) + e + k) & _MASK, 7)
        ff = a ^ b ^ c if early else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if early else (e & f) | (~e & g)
        t1 = (ff + d + (ss1 ^ _rolled(a, 12)) + (w[j] ^ w[j + 4])) & _MASK
        t2 = (gg + h + ss1 + w[j]) & _MASK
        a, b, c, d = t1, a, _rolled(b, 9), c
        e, f, g, h = t2 ^ _rolled(t2, 9) ^ _rolled(t2, 17), e, _rolled(f, 19), g
    return [old ^ new for old, new in zip(v, (a, b, c, d, e, f, g, h), strict=True)]
