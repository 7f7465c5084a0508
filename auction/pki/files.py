"""Certificates, revocation lists and OCSP answers as people keep them: PEM or DER, told apart here.

Whether a file is what it should be is decided by its shape, so that the wrong file is named for
what it is. Whether what is in it may be trusted, or can be read to the end, is for others to say.
"""

import binascii
import re
from collections.abc import Callable
from typing import Final

from cryptography import x509
from cryptography.x509 import ocsp

from auction.pki import der
from auction.pki.parsing import MALFORMED

CERTIFICATES_LIMIT: Final = 1024 * 1024
"""Bytes of a file with certificates; a bundle of a hundred stays far below."""

# Possessive: a megabyte of white space must not be tried in every way.
_PEM: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40}+)-----([A-Za-z0-9+/=\s]*+)-----END \1-----")
_PEM_BEGIN: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40}+)-----")
_CERTIFICATE: Final = "a certificate"
_LIST: Final = "a revocation list"
_ANSWER: Final = "an OCSP answer"
_LABELS: Final = {
    b"CERTIFICATE": _CERTIFICATE,
    b"X509 CERTIFICATE": _CERTIFICATE,
    b"X509 CRL": _LIST,
    b"CERTIFICATE REQUEST": "a certificate request",
    b"NEW CERTIFICATE REQUEST": "a certificate request",
    b"PKCS7": "a PKCS #7 bundle",
    b"PUBLIC KEY": "a public key",
}
_READERS: Final[tuple[tuple[str, Callable[[bytes], object]], ...]] = (
    (_CERTIFICATE, x509.load_der_x509_certificate),
    (_LIST, x509.load_der_x509_crl),
    ("a certificate request", x509.load_der_x509_csr),
    (_ANSWER, ocsp.load_der_ocsp_response),
)
_SIGNED_DATA: Final = der.oid("1.2.840.113549.1.7.2")


class NotSuch(ValueError):
    """A file is not what it was given as; the text says what it is instead, if that is known."""


def is_pem(data: bytes) -> bool:
    """Whether a file is text with PEM in it; what stands before and between does not count."""
    return _PEM_BEGIN.search(data) is not None


def certificates(data: bytes) -> list[bytes]:
    """DER of every certificate in a file, in its order; at least one. Raises NotSuch.

    What has the shape of a certificate passes, also when its content is broken.
    """
    return _elements(data, _CERTIFICATE, "not a certificate")


def revocation_lists(data: bytes) -> list[bytes]:
    """DER of every revocation list in a file; at least one. Raises NotSuch."""
    return _elements(data, _LIST, "not a revocation list")


def ocsp_answers(data: bytes) -> list[bytes]:
    """DER of the OCSP answer in a file. Raises NotSuch."""
    return _elements(data, _ANSWER, "not an OCSP answer")


def _elements(data: bytes, wanted: str, denial: str) -> list[bytes]:
    if not data.strip():
        raise NotSuch(f"{denial}: the file is empty")
    others = {_labelled(label) for label in _PEM_BEGIN.findall(data)}
    if not others:
        if (kind := _kind(data, wanted)) == wanted:
            return [data]
        raise NotSuch(f"{denial}, but {kind}" if kind else denial)
    elements = [
        _decoded(match[2]) for match in _PEM.finditer(data) if _labelled(match[1]) == wanted
    ]
    if not elements:
        cut = wanted in others
        what = "PEM that is cut short" if cut else " and ".join(sorted(others))
        raise NotSuch(f"{denial}, but {what}")
    for element in elements:
        if (kind := _kind(element, wanted)) != wanted:
            raise NotSuch(f"{denial}, but {kind or 'something unreadable'} labelled as one")
    return elements


def _labelled(label: bytes) -> str:
    if label.endswith(b"PRIVATE KEY"):
        return "a private key"
    return _LABELS.get(label, "something else in PEM")


def _decoded(body: bytes) -> bytes:
    try:
        return binascii.a2b_base64(b"".join(body.split()), strict_mode=True)
    except binascii.Error:
        return b""


def _kind(element: bytes, wanted: str) -> str:
    """What this DER is; "" if that cannot be told."""
    for name, read in _READERS:
        try:
            read(element)
        except MALFORMED:
            continue
        return name
    try:
        parts = der.children(element)
    except ValueError:
        return ""
    tags = [part[0] for part in parts]
    match tags:
        case [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]:
            # Broken inside, but a signed thing: what it was given as, and then refused as such.
            return wanted if wanted != _ANSWER else ""
        case [der.ENUMERATED, *_]:
            return _ANSWER
        case [der.SEQUENCE, der.BIT_STRING]:
            return "a public key"
        case [der.INTEGER, der.SEQUENCE, der.OCTET_STRING, *_]:
            return "a private key"
        case [der.INTEGER, der.SEQUENCE, *_] if parts[0] == der.integer(3):
            return "a key file (.pfx)"
        case [der.OBJECT_IDENTIFIER, *_] if parts[0] == _SIGNED_DATA:
            return "a PKCS #7 bundle"
        case [der.INTEGER, *_]:
            return "a private key"
    return ""
