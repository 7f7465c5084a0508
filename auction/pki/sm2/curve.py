"""The SM2 curve of GB/T 32918.5-2017 and the arithmetic on its points.

Written to be read beside the standard. Nothing here runs in constant time, so a private key is
safe with it only where nobody can measure: tests, rehearsals, the demo authority.
"""

from typing import Final

P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A: Final = P - 3
B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G: Final = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
SIZE: Final = 32
"""Bytes of a coordinate, and of a scalar."""

Point = tuple[int, int]
Jacobian = tuple[int, int, int]
"""(x, y, z) stands for (x/z², y/z³): no division until the end. z = 0 is the point at infinity."""

_INFINITY: Final[Jacobian] = (1, 1, 0)


def on_curve(point: Point) -> bool:
    """True for a point of the curve: both coordinates below p, y² = x³ + ax + b.

    The cofactor is 1, so every such point is of order n: no further check is needed.
    """
    x, y = point
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x * x + A * x + B)) % P == 0


def decode_point(data: bytes) -> Point:
    """Read an uncompressed point, 04 || x || y. ValueError: any other form, or off the curve."""
    if len(data) != 1 + 2 * SIZE or data[0] != 4:
        raise ValueError("not an uncompressed point of 65 bytes")
    point = int.from_bytes(data[1 : 1 + SIZE], "big"), int.from_bytes(data[1 + SIZE :], "big")
    if not on_curve(point):
        raise ValueError("not a point of the SM2 curve")
    return point


def encode_point(point: Point) -> bytes:
    """04 || x || y."""
    return b"\x04" + b"".join(coordinate.to_bytes(SIZE, "big") for coordinate in point)


def multiply(scalar: int, point: Point) -> Point | None:
    """scalar · point; None is the point at infinity."""
    return multiply_sum(0, scalar, point)


def multiply_sum(s: int, t: int, point: Point) -> Point | None:
    """s · G + t · point in one pass over both scalars; None is the point at infinity."""
    base, other = (*G, 1), (*point, 1)
    terms = (None, other, base, _add(base, other))
    total = _INFINITY
    for bit in range(max(s.bit_length(), t.bit_length()) - 1, -1, -1):
        total = _double(total)
        term = terms[(s >> bit & 1) << 1 | (t >> bit & 1)]
        if term is not None:
            total = _add(total, term)
    return _affine(total)


def _affine(point: Jacobian) -> Point | None:
    x, y, z = point
    if z == 0:
        return None
    inverse = pow(z, -1, P)
    square = inverse * inverse % P
    return x * square % P, y * square * inverse % P


def _double(point: Jacobian) -> Jacobian:
    x, y, z = point
    yy = y * y % P
    s = 4 * x * yy % P
    zz = z * z % P
    m = 3 * (x - zz) * (x + zz) % P  # 3x² + az⁴ with a = -3
    doubled_x = (m * m - 2 * s) % P
    return doubled_x, (m * (s - doubled_x) - 8 * yy * yy) % P, 2 * y * z % P


def _add(one: Jacobian, other: Jacobian) -> Jacobian:
    if one[2] == 0:
        return other
    if other[2] == 0:
        return one
    x1, y1, z1 = one
    x2, y2, z2 = other
    zz1, zz2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * zz2 % P, x2 * zz1 % P
    s1, s2 = y1 * z2 * zz2 % P, y2 * z1 * zz1 % P
    h, r = (u2 - u1) % P, (s2 - s1) % P
    if h == 0:
        return _double(one) if r == 0 else _INFINITY
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, h * z1 * z2 % P
