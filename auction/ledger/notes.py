"""Signed notes with Ed25519, as C2SP signed-note v1.0.0 (c2sp.org/signed-note) describes them."""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from auction.ledger import base64strict
from auction.ledger.errors import LedgerError

ED25519 = b"\x01"
"""Signature type of the notes we make; other types are other keys, and ignored."""

MAX_CHARACTERS = 512 * 1024
MAX_SIGNATURES = 64
"""At least 16 signatures of 5 kB must be accepted; unlimited ones would be a way to stall us."""

_KEY_ID_BYTES = 4
_DASH = "\u2014 "
_NOT_IN_NAME = re.compile(r"[\s+\x00-\x1f]")
_NOT_IN_TEXT = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteError(LedgerError):
    """Codes: `name`, `key` (not a verifier string of ours), `size`, `control` (character),
    `unicode`, `text`, `signatures` (block missing or malformed), `signature` (by a known key, but
    wrong), `unsigned` (by no known key)."""


class Signature(NamedTuple):
    """One signature line: `value` excludes the key id; neither is verified yet."""

    name: str
    key_id: bytes
    value: bytes


class Opened(NamedTuple):
    """A verified note: its text with the final newline, and who of the known keys signed it."""

    text: str
    signers: tuple["Verifier", ...]


class Verifier:
    """A name and an Ed25519 public key that notes are trusted from."""

    def __init__(self, name: str, public: Ed25519PublicKey) -> None:
        self.name = _checked_name(name)
        self._public = public
        self._encoded = ED25519 + public.public_bytes_raw()
        self.key_id = key_id(name, self._encoded)

    @classmethod
    def from_string(cls, text: str) -> Self:
        """From `name+hhhhhhhh+base64`; the id in hexadecimal must fit name and key."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise NoteError("key", "a verifier string has three parts joined by '+'")
        name, stated_id, encoded = parts
        try:
            key = base64strict.decode(encoded)
            if key[:1] != ED25519:
                raise NoteError("key", "the key is not of type Ed25519")
            verifier = cls(name, Ed25519PublicKey.from_public_bytes(key[1:]))
        except NoteError:
            raise
        except ValueError as error:
            raise NoteError("key", "the key is not 32 bytes in base64") from error
        if stated_id != verifier.key_id.hex():
            raise NoteError("key", "the key id does not belong to this name and key")
        return verifier

    def to_string(self) -> str:
        """The verifier string, as it is published and pinned."""
        return f"{self.name}+{self.key_id.hex()}+{base64strict.encode(self._encoded)}"

    def accepts(self, text: bytes, signature: bytes) -> bool:
        """Whether `signature` (64 bytes) over `text` was made by this key."""
        try:
            self._public.verify(signature, text)
        except InvalidSignature:
            return False
        return True


class LogKey:
    """A private key under a name; the same key may sign under several, one for each log."""

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self.verifier = Verifier(name, private.public_key())
        self._private = private

    def __repr__(self) -> str:
        return f"LogKey({self.verifier.to_string()!r})"

    @property
    def name(self) -> str:
        """The key's name; for a log, its origin."""
        return self.verifier.name

    def verifier_string(self) -> str:
        """What others need to verify this key's notes."""
        return self.verifier.to_string()

    def sign(self, text: str) -> str:
        """The note over `text`, which ends in a newline and holds no other control character."""
        body = _checked_text(text)
        line = signature_line(self.name, self.verifier.key_id, self._private.sign(body))
        return f"{text}\n{line}"


def key_id(name: str, encoded: bytes) -> bytes:
    """The id of a key under a name; `encoded` is the signature type's byte and the key."""
    return sha256(_checked_name(name).encode() + b"\n" + encoded).digest()[:_KEY_ID_BYTES]


def signature_line(name: str, key_id: bytes, value: bytes) -> str:
    """One line of a note's signatures, with its newline."""
    return f"{_DASH}{name} {base64strict.encode(key_id + value)}\n"


def split(note: str) -> tuple[str, tuple[Signature, ...]]:
    """Text and signature lines of a well-formed note; verifies nothing."""
    if len(note) > MAX_CHARACTERS:
        raise NoteError("size", f"{len(note)} characters, at most {MAX_CHARACTERS}")
    cut = note.rfind("\n\n")
    if cut < 0:
        raise NoteError("signatures", "no empty line between text and signatures")
    text, block = note[: cut + 1], note[cut + 2 :]
    _checked_text(text)
    lines = block.split("\n")
    if lines.pop() or not lines:
        raise NoteError("signatures", "the note does not end in a signature line")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError("signatures", f"{len(lines)} signatures, at most {MAX_SIGNATURES}")
    return text, tuple(_signature(line) for line in lines)


def verify(note: str, verifiers: Iterable[Verifier]) -> Opened:
    """Opens a note; every signature by one of `verifiers` must hold, and there must be one.

    Signatures by unknown keys are ignored, even under a known name (signed-note, Signatures).
    """
    text, signatures = split(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    body = text.encode()
    signers: dict[Verifier, None] = {}
    for name, key_id, value in signatures:
        verifier = known.get((name, key_id))
        if verifier is None:
            continue
        if not verifier.accepts(body, value):
            raise NoteError("signature", f"the signature of {name} is wrong")
        signers[verifier] = None
    if not signers:
        raise NoteError("unsigned", "no signature by a known key")
    return Opened(text, tuple(signers))


def _signature(line: str) -> Signature:
    fields = line.removeprefix(_DASH).split(" ")
    if not line.startswith(_DASH) or len(fields) != 2:
        raise NoteError("signatures", "a signature line is a dash, a name and base64")
    name, encoded = fields
    try:
        data = base64strict.decode(encoded)
    except ValueError as error:
        raise NoteError("signatures", "a signature is not base64") from error
    if len(data) <= _KEY_ID_BYTES:
        raise NoteError("signatures", "a signature is shorter than its key id")
    return Signature(_checked_name(name), data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:])


def _checked_name(name: str) -> str:
    if not name or _NOT_IN_NAME.search(name):
        raise NoteError("name", "a key name is not empty and has neither spaces nor '+'")
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise NoteError("unicode", "a name holds half a surrogate pair") from error
    return name


def _checked_text(text: str) -> bytes:
    if not text.endswith("\n"):
        raise NoteError("text", "the text does not end in a newline")
    if _NOT_IN_TEXT.search(text):
        raise NoteError("control", "the text holds a control character")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise NoteError("unicode", "the text holds half a surrogate pair") from error
