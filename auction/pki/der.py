"""Just enough DER to take a structure apart and put it together again (X.690).

For what `cryptography` neither signs nor writes: SM2 certificates and SM2 key files. Its readers
judge what strangers send; this one only ever reads their output or finds out a file's shape.
"""

from collections.abc import Iterator
from typing import Final

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
OBJECT_IDENTIFIER: Final = 0x06
ENUMERATED: Final = 0x0A
GENERALIZED_TIME: Final = 0x18
BMP_STRING: Final = 0x1E
SEQUENCE: Final = 0x30
SET: Final = 0x31
NULL: Final = b"\x05\x00"


def context(number: int) -> int:
    """Tag of a constructed, context-specific element: `[number]` in the specifications."""
    return 0xA0 | number


def tlv(tag: int, *contents: bytes) -> bytes:
    """One element with everything in `contents` inside."""
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*elements: bytes) -> bytes:
    """SEQUENCE of whole elements."""
    return tlv(SEQUENCE, *elements)


def integer(value: int) -> bytes:
    """INTEGER; `value` is not negative."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(content: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(OCTET_STRING, content)


def bits(content: bytes) -> bytes:
    """BIT STRING of whole bytes."""
    return tlv(BIT_STRING, b"\x00", content)


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER, from its dotted form."""
    first, second, *rest = map(int, dotted.split("."))
    encoded = bytearray()
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        encoded += bytes(reversed(groups))
    return tlv(OBJECT_IDENTIFIER, bytes(encoded))


def algorithm(dotted: str, *parameters: bytes) -> bytes:
    """AlgorithmIdentifier; without `parameters` they are absent, which is not the same as NULL."""
    return sequence(oid(dotted), *parameters)


def content(element: bytes) -> tuple[int, bytes]:
    """Tag and content of the one element that these bytes are. Raises ValueError."""
    tag, start, end = _header(element, 0)
    if end != len(element):
        raise ValueError("more than one element")
    return tag, element[start:end]


def children(element: bytes) -> list[bytes]:
    """The elements inside a constructed element, each whole. Raises ValueError."""
    return list(_elements(content(element)[1]))


def _elements(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        _, _, end = _header(data, at)
        yield data[at:end]
        at = end


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    """Tag, start and end of the content of the element that begins at `at`."""
    if len(data) < at + 2:
        raise ValueError("cut short")
    tag, size = data[at], data[at + 1]
    start = at + 2
    if tag & 0x1F == 0x1F or size == 0x80:
        raise ValueError("a tag or a length that no certificate has")
    if size > 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[at + 2 : start], "big")
    if start + size > len(data):
        raise ValueError("cut short")
    return tag, start, start + size
