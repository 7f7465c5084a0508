"""Receipts: the proof, without network or database, that a record is in a log.

The text is a C2SP transparency log proof (c2sp.org/tlog-proof), kept as `*.tlog-proof`. Its
`extra` line carries the record's own bytes, so that the one file says what was recorded; it is
believed only because its hash is what the proof leads from.
"""

import re
from dataclasses import dataclass

from auction.ledger import base64strict, merkle
from auction.ledger.canonical import MAX_BYTES
from auction.ledger.checkpoint import Checkpoint, open_note
from auction.ledger.errors import LedgerError
from auction.ledger.merkle import HASH_BYTES
from auction.ledger.notes import Verifier

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
_MAX_PROOF = 64


class ReceiptError(LedgerError):
    """Codes: `header`, `extra`, `index`, `proof` (malformed text); `checkpoint` (malformed, not
    signed by this log); `inclusion` (the proof does not lead from record to head)."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Record `leaf` (its bytes) is number `index` of the log whose head is `checkpoint_note`."""

    index: int
    leaf: bytes
    proof: tuple[bytes, ...]
    checkpoint_note: str

    def to_text(self) -> str:
        """The proof file's text."""
        lines = [
            _HEADER,
            f"extra {base64strict.encode(self.leaf)}",
            f"index {self.index}",
            *map(base64strict.encode, self.proof),
        ]
        return "\n".join(lines) + "\n\n" + self.checkpoint_note

    @classmethod
    def from_text(cls, text: str) -> "Receipt":
        """Reads the form of `text`; only `verify` says whether it is true."""
        head, _, note = text.partition("\n\n")
        lines = head.split("\n", _MAX_PROOF + 3)
        if len(lines) < 3 or lines[0] != _HEADER:
            raise ReceiptError("header", f"three lines at least, the first of them {_HEADER}")
        _, extra, index, *proof = lines
        if not extra.startswith("extra "):
            raise ReceiptError("extra", "the second line does not carry the record")
        leaf = _decoded("extra", extra.removeprefix("extra "))
        if len(leaf) > MAX_BYTES:
            raise ReceiptError("extra", f"the record is longer than {MAX_BYTES} bytes")
        number = _INDEX.fullmatch(index)
        if number is None:
            raise ReceiptError("index", "the third line is not the record's index")
        hashes = tuple(_decoded("proof", line) for line in proof)
        if len(hashes) > _MAX_PROOF or any(len(item) != HASH_BYTES for item in hashes):
            raise ReceiptError("proof", f"not at most {_MAX_PROOF} hashes of {HASH_BYTES} bytes")
        if not note:
            raise ReceiptError("checkpoint", "no checkpoint after the proof")
        return cls(int(number[1]), leaf, hashes, note)


def verify(receipt: Receipt, verifier: Verifier) -> Checkpoint:
    """The signed head under which the record lies; ReceiptError if that is not proven.

    `verifier` names the log (its name is the origin), so a receipt of another lot is refused.
    """
    try:
        checkpoint = open_note(receipt.checkpoint_note, verifier)
    except LedgerError as error:
        raise ReceiptError("checkpoint", str(error)) from error
    if not merkle.verify_inclusion(
        merkle.leaf_hash(receipt.leaf),
        receipt.index,
        checkpoint.size,
        receipt.proof,
        checkpoint.root,
    ):
        raise ReceiptError("inclusion", "the proof does not lead from the record to the head")
    return checkpoint


def _decoded(code: str, text: str) -> bytes:
    try:
        return base64strict.decode(text)
    except ValueError as error:
        raise ReceiptError(code, "not base64") from error
