"""The signed head of a log: C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint), and its check code."""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from auction.ledger import base64strict, notes
from auction.ledger.errors import LedgerError
from auction.ledger.merkle import HASH_BYTES
from auction.ledger.notes import LogKey, Verifier

_LINE = re.compile(r"[^\x00-\x1f]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class CheckpointError(LedgerError):
    """Codes: `lines`, `origin`, `size`, `root`, `extension`; `key_name` when the key that signs
    or verifies belongs to another log."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """That log `origin` had `size` leaves under `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _is_line(self.origin):
            raise CheckpointError("origin", "the origin is one line and not empty")
        if not 0 <= self.size < 10**19:
            raise CheckpointError("size", f"{self.size} is not a tree size")
        if len(self.root) != HASH_BYTES:
            raise CheckpointError("root", f"a root has {HASH_BYTES} bytes")
        if not all(_is_line(line) for line in self.extensions):
            raise CheckpointError("extension", "an extension is one line and not empty")

    def to_text(self) -> str:
        """The text that is signed: origin, size, root in base64, extensions; a line each."""
        lines = (self.origin, str(self.size), base64strict.encode(self.root), *self.extensions)
        return "\n".join(lines) + "\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Inverse of `to_text`; refuses any other spelling."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop():
            raise CheckpointError("lines", "at least three lines, each ended by a newline")
        origin, size, root, *extensions = lines
        if not _SIZE.fullmatch(size):
            raise CheckpointError("size", "the size is not a plain decimal number")
        try:
            decoded = base64strict.decode(root)
        except ValueError as error:
            raise CheckpointError("root", "the root is not base64") from error
        return cls(origin, int(size), decoded, tuple(extensions))


def sign(checkpoint: Checkpoint, key: LogKey) -> str:
    """The checkpoint as a signed note; the key's name must be the log's origin."""
    if key.name != checkpoint.origin:
        raise CheckpointError("key_name", f"the key of {key.name} signs {checkpoint.origin}")
    return key.sign(checkpoint.to_text())


def open_note(note: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint in `note`, if signed by `verifier` for the log of the same name.

    NoteError if the note is malformed or not signed so, CheckpointError if it is no checkpoint or
    one of another log.
    """
    checkpoint = Checkpoint.parse(notes.verify(note, [verifier]).text)
    if checkpoint.origin != verifier.name:
        raise CheckpointError("key_name", f"{verifier.name} signed for {checkpoint.origin}")
    return checkpoint


def check_code(head: Checkpoint | str) -> str:
    """The check code 核对码 of a head, `NN-NN-NN`, for two people to compare over the telephone.

    `head` is a checkpoint or a signed note; signatures do not count, so that a note with witness
    cosignatures has the code of the same note without. The code is the first 48 bits of the text's
    SHA-256 modulo 10**6: a script can compute it in plain numbers. It finds honest mistakes and
    stale screens; a million tries forge it, so it never replaces the signature.
    """
    text = head.to_text() if isinstance(head, Checkpoint) else notes.split(head)[0]
    digest = sha256(text.encode()).digest()
    digits = f"{int.from_bytes(digest[:6], 'big') % 10**6:06d}"
    return f"{digits[:2]}-{digits[2:4]}-{digits[4:]}"


def _is_line(text: str) -> bool:
    return _LINE.fullmatch(text) is not None
