"""The one decision of a witness: does this checkpoint continue what it has seen?

Statuses and their order are those of C2SP tlog-witness, `add-checkpoint`.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from auction.ledger import notes
from auction.ledger.checkpoint import Checkpoint
from auction.ledger.cosignature import CosignatureKey
from auction.ledger.errors import LedgerError
from auction.ledger.merkle import EMPTY_ROOT, verify_consistency
from auction.ledger.submission import SIZE_TYPE, Submission
from auction.witness.memory import Known, Memory
from auction.witness.settings import Trusted

TEXT_TYPE = "text/plain; charset=utf-8"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a request."""

    status: int
    body: str
    content_type: str = TEXT_TYPE


class Witness:
    """Cosigns the heads of trusted logs, each only if it continues the one before."""

    def __init__(
        self,
        key: CosignatureKey,
        trusted: Trusted,
        memory: Memory,
        now: Callable[[], datetime],
    ) -> None:
        self._key, self._trusted, self._memory, self._now = key, trusted, memory, now

    def add_checkpoint(self, body: bytes) -> Reply:
        """Judge one request; with status 200 the new head is on disk before this returns."""
        try:
            request = Submission.parse(body.decode("utf-8"))
            text, _ = notes.split(request.note)
        except UnicodeDecodeError:
            return Reply(400, "the body is not UTF-8\n")
        except LedgerError as error:
            return Reply(400, f"{error}\n")
        origin = text.split("\n", 1)[0]
        try:
            keys = self._trusted.keys_of(origin)
        except LedgerError as error:
            return Reply(400, f"{error}\n")
        if not keys:
            return Reply(404, "this log is not served here\n")
        try:
            notes.verify(request.note, keys)
        except LedgerError as error:
            return Reply(403, f"{error}\n")
        try:
            head = Checkpoint.parse(text)
        except LedgerError as error:
            return Reply(400, f"{error}\n")
        if request.old > head.size:
            return Reply(400, "the old size is larger than the checkpoint's\n")
        return self._judged(request, head, text)

    def _judged(self, request: Submission, head: Checkpoint, text: str) -> Reply:
        with self._memory.turn() as turn:
            known, now = turn.known(head.origin), self._now()
            if head.size == known.size and known.note and head.root != known.root:
                # Two signed heads of one size: a split view, whatever the old size says.
                self._alarm(head, known, "another root of the same size")
                turn.contradicted(head.origin, now, known, request.to_text())
                return Reply(409, f"{known.size}\n", SIZE_TYPE)
            if request.old != known.size:
                return Reply(409, f"{known.size}\n", SIZE_TYPE)
            if not _continues(request, head, known):
                if known.size:
                    self._alarm(head, known, "the proof does not lead from the known head")
                    turn.contradicted(head.origin, now, known, request.to_text())
                return Reply(422, "the consistency proof does not hold\n")
            # An instant before the last one would call an older head the newest.
            at = max(now, known.at) if known.at is not None else now
            turn.keep(head.origin, Known(head.size, head.root, request.note, at))
        return Reply(200, self._key.cosign(text, at))

    def _alarm(self, head: Checkpoint, known: Known, what: str) -> None:
        log.error("%s: size %d contradicts %d: %s", head.origin, head.size, known.size, what)


def _continues(request: Submission, head: Checkpoint, known: Known) -> bool:
    if known.size == 0:  # nothing can be proven from the empty tree (RFC 6962), and nothing must
        return not request.proof and (head.size > 0 or head.root == EMPTY_ROOT)
    return verify_consistency(known.size, head.size, known.root, head.root, request.proof)
