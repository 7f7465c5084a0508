"""Base64 in which every byte string has exactly one spelling (RFC 4648, sections 3.5 and 4)."""

from base64 import b64decode, b64encode


def encode(data: bytes) -> str:
    """Standard alphabet, padded, no line breaks."""
    return b64encode(data).decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of `text`; ValueError unless `text` is exactly what `encode` writes."""
    data = b64decode(text, validate=True)
    # Python ignores stray bits before the padding; signed text must not have two spellings.
    if encode(data) != text:
        raise ValueError("base64 is not canonical")
    return data
