"""What a log sends to a witness: the body of C2SP tlog-witness `add-checkpoint`."""

import re
from dataclasses import dataclass
from typing import Self

from auction.ledger import base64strict
from auction.ledger.errors import LedgerError
from auction.ledger.merkle import HASH_BYTES

MAX_PROOF = 63
SIZE_TYPE = "text/x.tlog.size"
"""Content type of a witness's answer 409, which states the size it knows."""

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n")


class SubmissionError(LedgerError):
    """Codes: `old` (first line), `proof`, `checkpoint` (missing), `size` (of an answer 409)."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint and the RFC 6962 proof that it continues the head of `old` leaves."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    def to_text(self) -> str:
        """The request's body."""
        lines = [f"old {self.old}", *map(base64strict.encode, self.proof)]
        return "\n".join(lines) + "\n\n" + self.note

    @classmethod
    def parse(cls, text: str) -> Self:
        """Inverse of `to_text`; the note is not looked into. SubmissionError."""
        head, _, note = text.partition("\n\n")
        old, *proof = head.split("\n", MAX_PROOF + 2)
        stated = _OLD.fullmatch(old)
        if stated is None:
            raise SubmissionError("old", "the first line is not 'old' and a plain decimal number")
        if len(proof) > MAX_PROOF:
            raise SubmissionError("proof", f"more than {MAX_PROOF} proof lines")
        try:
            hashes = tuple(base64strict.decode(line) for line in proof)
        except ValueError as error:
            raise SubmissionError("proof", "a proof line is not base64") from error
        if any(len(one) != HASH_BYTES for one in hashes):
            raise SubmissionError("proof", f"a proof line is not {HASH_BYTES} bytes")
        if not note:
            raise SubmissionError("checkpoint", "no checkpoint after the empty line")
        return cls(int(stated[1]), hashes, note)


def parse_size(text: str) -> int:
    """The tree size that an answer 409 states; SubmissionError."""
    stated = _SIZE.fullmatch(text)
    if stated is None:
        raise SubmissionError("size", "the answer is not a tree size and a newline")
    return int(stated[1])
