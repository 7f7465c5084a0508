"""Key files for the stand-in token: .pfx of every kind, or a key and a certificate apart."""

import hashlib
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate

from auction.pki import der
from auction.pki.keys import certificate_key, spki_der
from auction.pki.softkey import SoftKey

_ENCRYPTED: Final = der.oid("1.2.840.113549.1.7.6")
_SHROUDED_KEY: Final = der.oid("1.2.840.113549.1.12.10.1.2")
_CERTIFICATE: Final = der.oid("1.2.840.113549.1.12.10.1.3")
_PBES2: Final = der.oid("1.2.840.113549.1.5.13")
_AES_256_CBC: Final = der.oid("2.16.840.1.101.3.4.1.42")
_HMAC_SHA256: Final = der.oid("1.2.840.113549.2.9")


class KeyFileError(ValueError):
    """A file holds no key that the stand-in can use; the message says which and why."""


def from_pfx(path: Path, password: str) -> SoftKey:
    """The key of a .pfx with its certificate. SM2 only in the modern form (PBES2, AES-256).

    Raises KeyFileError.
    """
    data = path.read_bytes()
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(data, password.encode())
    except (ValueError, UnsupportedAlgorithm):
        return _sm2(path, data, password)
    if key is None or certificate is None:
        raise KeyFileError(f"{path}: no private key with a certificate")
    pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return _paired(path, pkcs8, [certificate.public_bytes(Encoding.DER)])


def from_files(key: Path, certificate: Path) -> SoftKey:
    """A PKCS #8 key (DER, unencrypted) and its certificate (PEM or DER). Raises KeyFileError."""
    found = certificate.read_bytes()
    if found.startswith(b"-----BEGIN"):
        found = load_pem_x509_certificate(found).public_bytes(Encoding.DER)
    return _paired(key, key.read_bytes(), [found])


def _paired(path: Path, pkcs8: bytes, certificates: list[bytes]) -> SoftKey:
    try:
        key = SoftKey.from_pkcs8(pkcs8)
    except ValueError as error:
        raise KeyFileError(f"{path}: {error}") from None
    for certificate in certificates:
        public = certificate_key(load_der_x509_certificate(certificate))
        if public is not None and spki_der(public) == key.spki:
            key.certificate = certificate
            return key
    raise KeyFileError(f"{path}: no certificate for the private key")


def _sm2(path: Path, data: bytes, password: str) -> SoftKey:
    """cryptography holds no SM2 key, so such a file is taken apart here (RFC 7292)."""
    keys: list[bytes] = []
    certificates: list[bytes] = []
    try:
        safe = _octets(_value(der.children(data)[1]))
        for part in der.children(safe):
            for bag in der.children(_opened(part, password)):
                kind, value = der.children(bag)[0], _value(bag)
                if kind == _SHROUDED_KEY:
                    algorithm, encrypted = der.children(value)
                    keys.append(_decrypted(algorithm, _octets(encrypted), password))
                elif kind == _CERTIFICATE:
                    certificates.append(_octets(_value(value)))
    except (ValueError, IndexError):
        raise KeyFileError(f"{path}: not a .pfx, or the password is wrong") from None
    if not keys:
        raise KeyFileError(f"{path}: no private key")
    return _paired(path, keys[0], certificates)


def _opened(part: bytes, password: str) -> bytes:
    """The SafeContents of one ContentInfo."""
    if der.children(part)[0] != _ENCRYPTED:
        return _octets(_value(part))
    _, algorithm, encrypted = der.children(der.children(_value(part))[1])
    return _decrypted(algorithm, _octets(encrypted), password)


def _decrypted(algorithm: bytes, encrypted: bytes, password: str) -> bytes:
    scheme, parameters = der.children(algorithm)
    derivation, encryption = der.children(parameters)
    cipher, vector = der.children(encryption)
    salt, rounds, *_, prf = der.children(der.children(derivation)[1])
    known = scheme == _PBES2 and cipher == _AES_256_CBC and der.children(prf)[0] == _HMAC_SHA256
    if not known:
        raise ValueError("protected in another way")
    count = int.from_bytes(_octets(rounds), "big")
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), _octets(salt), count, 32)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(_octets(vector))).decryptor()
    padded = decryptor.update(encrypted) + decryptor.finalize()
    unpadder = padding.PKCS7(algorithms.AES.block_size).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def _value(info: bytes) -> bytes:
    """What a ContentInfo or a bag holds: the element in its explicit [0]."""
    return der.children(der.children(info)[1])[0]


def _octets(element: bytes) -> bytes:
    return der.content(element)[1]
