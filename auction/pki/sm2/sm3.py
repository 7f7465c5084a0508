"""The SM3 hash of GB/T 32905-2016: Python's own where its OpenSSL has it, else the one below."""

import hashlib
from itertools import islice
from typing import Final

_WORD: Final = 0xFFFFFFFF
_START: Final = bytes.fromhex("7380166f4914b2b9172442d7da8a0600a96f30bc163138aae38dee4db0fb0e4e")


def portable_sm3(data: bytes) -> bytes:
    """32 bytes, with no library's help: slow, for systems without SM3 and for a second opinion."""
    length = (len(data) * 8).to_bytes(8, "big")
    padded = data + b"\x80" + bytes(-(len(data) + 9) % 64) + length
    state = _words(_START)
    for start in range(0, len(padded), 64):
        mixed = _compress(state, padded[start : start + 64])
        state = [old ^ new for old, new in zip(state, mixed, strict=True)]
    return b"".join(word.to_bytes(4, "big") for word in state)


def _library_sm3(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


def _has_sm3() -> bool:
    try:
        return hashlib.new("sm3").digest_size == 32
    except ValueError:
        return False


sm3 = _library_sm3 if _has_sm3() else portable_sm3


def _words(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 4], "big") for at in range(0, len(data), 4)]


def _rotated(word: int, by: int) -> int:
    by %= 32
    return (word << by | word >> (32 - by)) & _WORD


def _p0(x: int) -> int:
    return x ^ _rotated(x, 9) ^ _rotated(x, 17)


def _p1(x: int) -> int:
    return x ^ _rotated(x, 15) ^ _rotated(x, 23)


def _compress(state: list[int], block: bytes) -> list[int]:
    w = _words(block)
    for j in range(16, 68):
        mixed = _p1(w[j - 16] ^ w[j - 9] ^ _rotated(w[j - 3], 15))
        w.append(mixed ^ _rotated(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j, (word, later) in enumerate(zip(w, islice(w, 4, None), strict=False)):
        constant = 0x79CC4519 if j < 16 else 0x7A879D8A
        ss1 = _rotated((_rotated(a, 12) + e + _rotated(constant, j)) & _WORD, 7)
        ss2 = ss1 ^ _rotated(a, 12)
        ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g)
        tt1 = (ff + d + ss2 + (word ^ later)) & _WORD
        tt2 = (gg + h + ss1 + word) & _WORD
        a, b, c, d = tt1, a, _rotated(b, 9), c
        e, f, g, h = _p0(tt2), e, _rotated(f, 19), g
    return [a, b, c, d, e, f, g, h]
