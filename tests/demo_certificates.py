"""Demo certificates in files, as `pki demo-ca` writes them, and options that lead to their root."""

import base64
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

NOW = datetime(2024, 11, 11, 6, 30, tzinfo=UTC)
SECRET = "geheim-1"
"""Opens the key files."""


def chain(folder: Path, *, lists: bool = True) -> list[str | Path]:
    """Options that lead to the root of this demo authority."""
    status = ["--crl", folder / "issuing.crl", "--crl", folder / "root.crl"] if lists else []
    return ["--intermediate", folder / "issuing.crt", "--anchor", folder / "root.crt", *status]


def pem(label: str, data: bytes) -> bytes:
    body = base64.encodebytes(data)
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label.encode(), body, label.encode())


def as_der(data: bytes) -> bytes:
    if not data.startswith(b"-----"):
        return data
    return x509.load_pem_x509_certificate(data).public_bytes(Encoding.DER)
