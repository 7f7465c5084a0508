"""Just enough DER to find the parts of certificates that `cryptography` does not hand out."""

from auction.verifier.faults import Malformed

SEQUENCE = 0x30


def element(data: bytes, at: int = 0) -> tuple[int, int, int]:
    """Tag, start of the content and end of the element at `at`. Raises Malformed."""
    if at + 2 > len(data):
        raise Malformed("DER is cut off")
    tag, first = data[at], data[at + 1]
    start = at + 2
    if tag & 0x1F == 0x1F:
        raise Malformed("DER with a long tag")
    if first < 0x80:
        length = first
    else:
        count = first & 0x7F
        raw = data[start : start + count]
        if not 1 <= count <= 4 or len(raw) != count or raw[0] == 0:
            raise Malformed("DER with a length in another form")
        length = int.from_bytes(raw, "big")
        if length < 0x80:
            raise Malformed("DER with a length in another form")
        start += count
    if start + length > len(data):
        raise Malformed("DER is cut off")
    return tag, start, start + length


def children(data: bytes) -> list[bytes]:
    """The encoded elements inside the one element that `data` is. Raises Malformed."""
    _, at, end = element(data)
    if end != len(data):
        raise Malformed("bytes behind the DER")
    found = []
    while at < end:
        _, _, after = element(data, at)
        if after > end:
            raise Malformed("DER that reaches out of its place")
        found.append(data[at:after])
        at = after
    return found


def two_integers(data: bytes) -> tuple[int, int]:
    """The two non-negative integers of a strict DER signature. Raises Malformed."""
    if not data or data[0] != SEQUENCE:
        raise Malformed("a signature that is no sequence")
    parts = children(data)
    if len(parts) != 2:
        raise Malformed("a signature that is not two numbers")
    one, other = (_integer(part) for part in parts)
    return one, other


def _integer(data: bytes) -> int:
    tag, start, end = element(data)
    raw = data[start:end]
    if tag != 0x02 or not raw or raw[0] & 0x80:
        raise Malformed("not a positive number")
    if len(raw) > 1 and raw[0] == 0 and not raw[1] & 0x80:
        raise Malformed("a number in another form")
    return int.from_bytes(raw, "big")


def spki_of_certificate(tbs: bytes) -> bytes:
    """SubjectPublicKeyInfo as it stands in a TBSCertificate (RFC 5280, 4.1). Raises Malformed."""
    fields = children(tbs)
    place = 6 if fields and fields[0][0] == 0xA0 else 5
    if len(fields) <= place:
        raise Malformed("a certificate without a key")
    return fields[place]
