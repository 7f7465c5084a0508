"""Who is who, kept secret: sealed fields, pseudonyms, lookup keys and public commitments.

The key lives outside the database. Whoever holds both, or controls the running process, can read
the identities; nobody else can, and no column, page or export shows them before the end.
"""

import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path
from typing import Final, TypeAlias

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from auction.core.text import folded
from auction.pki.private_files import write_private_file

Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"] | None

KEY_BYTES: Final = 32
SALT_BYTES: Final = 32
_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12


class SealingError(Exception):
    """A sealed value does not open: wrong key, wrong context or altered bytes."""


class Sealer:
    """Everything that the identity key is used for; each use has a key of its own, by HKDF."""

    def __init__(self, key: bytes) -> None:
        """`key`: 32 random bytes. Raises ValueError on any other length."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"the identity key has {KEY_BYTES} bytes")
        self._aead = AESGCM(_subkey(key, "seal"))
        self._pseudonym_key = _subkey(key, "pseudonym")
        self._index_key = _subkey(key, "index")
        self._salt_key = _subkey(key, "salt")

    def seal(self, obj: Json, context: str) -> bytes:
        """Encrypt a JSON value (AES-256-GCM): version byte, 12-byte nonce, ciphertext with tag.

        `context` names the place the value stands in (table, column, row): bound to it, a sealed
        value that was moved to another row does not open there.
        """
        nonce = os.urandom(_NONCE_BYTES)
        plain = orjson.dumps(obj)
        return _VERSION + nonce + self._aead.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> Json:
        """Decrypt what `seal` returned under the same context. Raises SealingError."""
        if sealed[:1] != _VERSION:
            raise SealingError("unknown sealed form")
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            plain = self._aead.decrypt(nonce, ciphertext, context.encode())
        except (InvalidTag, ValueError):
            raise SealingError("does not open") from None
        value: Json = json.loads(plain)
        return value

    def pseudonym(self, lot_id: str, party_id: str) -> str:
        """64 hex digits that stand for one party in one lot; unlinkable between lots."""
        return _keyed(self._pseudonym_key, lot_id, party_id)

    def salt(self, *parts: str) -> bytes:
        """32 secret bytes for a commitment that must come out the same if it is made again."""
        return bytes.fromhex(_keyed(self._salt_key, *parts))

    def index(self, *parts: str) -> str:
        """64 hex digits to look up a name (or name and account) without storing it readable.

        Width, case, white space and what cannot be seen do not count: a bank writes `（` where a
        form has `(`.
        """
        return _keyed(self._index_key, *map(folded, parts))


def commitment(salt: bytes, text: str) -> str:
    """SHA-256 hex of salt (32 random bytes, kept sealed until the end) followed by UTF-8 text.

    Published at once; whoever is later given salt and text can check it. Raises ValueError on
    another length of salt, which would let one commitment open in two ways.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return hashlib.sha256(salt + text.encode()).hexdigest()


def key_from_text(text: str) -> bytes:
    """The identity key from 64 hex digits (environment or file). Raises ValueError."""
    key = bytes.fromhex(text.strip())
    if len(key) != KEY_BYTES:
        raise ValueError(f"the identity key has {KEY_BYTES * 2} hex digits")
    return key


def load_or_create_key(path: Path) -> bytes:
    """The identity key in `path`; a missing file is created with mode 0600.

    Raises ValueError on other content, PermissionError when others can read the file, OSError.
    """
    try:
        write_private_file(path, secrets.token_hex(KEY_BYTES).encode() + b"\n")
    except FileExistsError:
        if path.stat().st_mode & 0o077:
            raise PermissionError(f"{path} must be readable by its owner only") from None
    return key_from_text(path.read_text("ascii"))


def _subkey(key: bytes, use: str) -> bytes:
    info = f"auction identity {use}".encode()
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=info).derive(key)


def _keyed(key: bytes, *parts: str) -> str:
    # Lengths first, so that ("ab", "c") and ("a", "bc") differ.
    encoded = [part.encode() for part in parts]
    message = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
    return hmac.new(key, message, hashlib.sha256).hexdigest()
