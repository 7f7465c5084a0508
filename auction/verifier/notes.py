"""Signed notes, checkpoints and cosignatures as C2SP describes them (SPEC.md, 4).

c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature; Ed25519 only: key type 1 for the log, key
type 4 for a witness, whose signature carries the time at which it saw the head.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from auction.verifier.faults import Malformed

NOTE_LIMIT = 64 * 1024
SIGNATURES_LIMIT = 64
PROOF_LIMIT = 64
RECEIPT_LIMIT = 256 * 1024
LOG_KEY, WITNESS_KEY = 1, 4

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_NAME = re.compile(r"[^\s+]{1,255}")


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key that notes are trusted from, by name."""

    name: str
    kind: int
    identifier: bytes
    public: Ed25519PublicKey

    @property
    def raw(self) -> bytes:
        """The key's 32 bytes: one key under two names is still one witness."""
        return self.public.public_bytes_raw()

    @classmethod
    def read(cls, text: str) -> Self:
        """From `name+hhhhhhhh+base64`. Raises Malformed."""
        parts = text.split("+", 2)
        if len(parts) != 3 or not _NAME.fullmatch(parts[0]):
            raise Malformed("a key is name+id+base64")
        raw = unbase64(parts[2])
        if len(raw) != 33 or raw[0] not in (LOG_KEY, WITNESS_KEY):
            raise Malformed("a key of a type that is not used here")
        identifier = sha256(parts[0].encode() + b"\n" + raw).digest()[:4]
        if parts[1] != identifier.hex():
            raise Malformed("the key's id does not belong to it")
        try:
            public = Ed25519PublicKey.from_public_bytes(raw[1:])
        except ValueError as error:
            raise Malformed("not an Ed25519 key") from error
        return cls(parts[0], raw[0], identifier, public)


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint: log `origin` had `size` leaves under `root`."""

    origin: str
    size: int
    root: bytes
    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]
    """Name, key id, the rest; none is verified yet."""

    @property
    def check_code(self) -> str:
        """Six digits for the telephone: the first 48 bits of the text's hash modulo 10**6."""
        code = int.from_bytes(sha256(self.text.encode()).digest()[:6], "big") % 10**6
        digits = f"{code:06d}"
        return f"{digits[:2]}-{digits[2:4]}-{digits[4:]}"

    def as_logged(self, keys: Sequence[NoteKey]) -> bytes:
        """The note as the log alone had signed it: what a timestamp is over."""
        known = {(key.name, key.identifier) for key in keys}
        lines = (
            f"\u2014 {name} {base64.b64encode(identifier + signature).decode()}\n"
            for name, identifier, signature in self.signatures
            if (name, identifier) in known
        )
        return (self.text + "\n" + "".join(lines)).encode()

    def signed_by(self, key: NoteKey) -> bool:
        """Whether the log's key signed; a wrong signature under its id counts as none."""
        return key.kind == LOG_KEY and any(
            _good(key, signature, self.text.encode())
            for name, identifier, signature in self.signatures
            if (name, identifier) == (key.name, key.identifier)
        )

    def cosigned_at(self, key: NoteKey) -> int | None:
        """Seconds since 1970 at which a witness saw this head; None without its signature."""
        for name, identifier, signature in self.signatures:
            if (name, identifier) != (key.name, key.identifier) or len(signature) != 72:
                continue
            seconds = int.from_bytes(signature[:8], "big")
            said = f"cosignature/v1\ntime {seconds}\n{self.text}".encode()
            if key.kind == WITNESS_KEY and seconds < 2**40 and _good(key, signature[8:], said):
                return seconds
        return None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A C2SP tlog-proof with the leaf's own bytes in its `extra` line."""

    leaf: bytes
    index: int
    proof: tuple[bytes, ...]
    head: Head


def read_head(data: bytes) -> Head:
    """A checkpoint in a signed note; nothing is verified. Raises Malformed."""
    if len(data) > NOTE_LIMIT:
        raise Malformed(f"a note of more than {NOTE_LIMIT} bytes")
    try:
        note = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("a note that is not UTF-8") from error
    if _CONTROL.search(note):
        raise Malformed("a note with a control character")
    text, parted, block = note.rpartition("\n\n")
    lines = block.split("\n")
    if not parted or lines.pop() or not 1 <= len(lines) <= SIGNATURES_LIMIT:
        raise Malformed("a note without signature lines")
    text += "\n"
    body = text.split("\n")
    if len(body) < 4 or not all(body[:3]) or not _SIZE.fullmatch(body[1]):
        raise Malformed("a note that is no checkpoint")
    root = unbase64(body[2])
    if len(root) != 32:
        raise Malformed("a root has 32 bytes")
    return Head(body[0], int(body[1]), root, text, tuple(map(_signature, lines)))


def read_receipt(data: bytes) -> Receipt:
    """A receipt; nothing is verified. Raises Malformed."""
    if len(data) > RECEIPT_LIMIT:
        raise Malformed(f"a receipt of more than {RECEIPT_LIMIT} bytes")
    proof, parted, note = data.partition(b"\n\n")
    try:
        lines = proof.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("a receipt that is not ASCII") from error
    if not parted or len(lines) < 3 or lines[0] != "c2sp.org/tlog-proof@v1":
        raise Malformed("not a c2sp.org/tlog-proof@v1")
    extra, index, hashes = lines[1], lines[2], lines[3:]
    number = index.removeprefix("index ")
    if not extra.startswith("extra ") or number == index or not _SIZE.fullmatch(number):
        raise Malformed("a receipt without its record or its index")
    path = tuple(map(unbase64, hashes))
    if len(path) > PROOF_LIMIT or any(len(one) != 32 for one in path):
        raise Malformed("a proof is at most 64 hashes of 32 bytes")
    return Receipt(unbase64(extra.removeprefix("extra ")), int(number), path, read_head(note))


def unbase64(text: str) -> bytes:
    """Standard base64 in its one spelling. Raises Malformed."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("not base64") from error
    if base64.b64encode(raw).decode() != text:
        raise Malformed("base64 in another spelling")
    return raw


def _signature(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not _NAME.fullmatch(parts[1]):
        raise Malformed("a signature line is a dash, a name and base64")
    raw = unbase64(parts[2])
    if len(raw) < 5:
        raise Malformed("a signature shorter than its key's id")
    return parts[1], raw[:4], raw[4:]


def _good(key: NoteKey, signature: bytes, message: bytes) -> bool:
    try:
        key.public.verify(signature, message)
    except InvalidSignature:
        return False
    return True
