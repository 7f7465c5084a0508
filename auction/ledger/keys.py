"""Where the log's private key comes from: a PEM file, or PEM text out of the environment."""

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from auction.ledger.errors import LedgerError


class KeyFileError(LedgerError):
    """Codes: `missing`, `exists`, `pem` (no unencrypted PEM private key), `type` (not Ed25519)."""


def generate(path: Path) -> Ed25519PrivateKey:
    """Makes a key and writes it to a new file that only its owner may read (mode 0600).

    Never overwrites: a log whose key is gone can never be continued under the same name.
    """
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise KeyFileError("exists", f"{path} exists and is not overwritten") from error
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return private


def load(path: Path) -> Ed25519PrivateKey:
    """The key in the PEM file at `path`."""
    try:
        pem = path.read_bytes()
    except FileNotFoundError as error:
        raise KeyFileError("missing", f"{path} does not exist") from error
    return from_pem(pem)


def from_pem(pem: bytes) -> Ed25519PrivateKey:
    """The key in PKCS #8 PEM text; the error never quotes the text."""
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError("pem", "no unencrypted private key in PEM form") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyFileError("type", "the key is not an Ed25519 key")
    return private
