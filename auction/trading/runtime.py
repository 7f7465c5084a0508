"""A lot in memory: its state, its Merkle tree, and the answers already given.

Everything here is a cache of the log. It is assigned only after a commit, and may be thrown
away and loaded again at any time.
"""

from dataclasses import dataclass, field
from datetime import datetime

from auction.core import events as e
from auction.core.engine import replay
from auction.core.state import LotState
from auction.ledger import canonical
from auction.ledger.checkpoint import open_note
from auction.ledger.errors import LedgerError
from auction.ledger.merkle import Tree, leaf_hash
from auction.ledger.notes import LogKey
from auction.store import journal
from auction.trading.ports import Transaction

BID_EVENTS = e.BidAccepted | e.BidRefused | e.BidUnheard


class LogCorrupt(Exception):
    """The stored log does not give the root that its row or its signed head states."""

    def __init__(self, origin: str, what: str) -> None:
        super().__init__(f"{origin}: {what}")
        self.origin = origin
        self.what = what


@dataclass(slots=True)
class LotRuntime:
    """One lot as the sequencer holds it. `log_id` and `lot_id` are database ids."""

    lot_id: int
    log_id: int
    slug: str
    key: LogKey
    """The log's signing key; its name is the log's origin."""
    state: LotState = field(default_factory=LotState)
    tree: Tree = field(default_factory=Tree)
    last_sequenced: datetime | None = None
    answers: dict[str, int] = field(default_factory=dict)
    """Statement hash to the number of the event that answered it."""
    roots: dict[int, bytes] = field(default_factory=dict)
    """Size to root of heads that were signed here: bidders name the latest of them."""

    def catch_up(self, tx: Transaction, head: journal.Head) -> list[e.Recorded]:
        """Take in what other writers have appended, up to `head`; the new records.

        Raises LogCorrupt, and takes in nothing, if the log is shorter than it was, if its leaves
        do not lead to the head's root, or if that root is not the one signed last.
        """
        before = self.tree.size
        missing = head.size - before
        if missing < 0:
            raise LogCorrupt(self.key.name, f"{-missing} entries are gone")
        leaves = tx.read(self.log_id, before, missing) if missing else []
        try:
            for leaf in leaves:
                self.tree.append(leaf_hash(leaf.data))
            if self.tree.size != head.size or (head.size and self.tree.root() != head.root):
                raise LogCorrupt(self.key.name, "the entries do not give the log's root")
            if missing:
                self._check_signed(tx, head)
            fresh = [e.Recorded.from_data(canonical.decode(leaf.data)) for leaf in leaves]
        except BaseException:
            self.tree.truncate(before)
            raise
        self.state = replay(fresh, self.state)
        for record in fresh:
            self.last_sequenced = record.sequenced
            if isinstance(record.event, BID_EVENTS):
                self.answers[record.event.statement] = record.seq
        return fresh

    def _check_signed(self, tx: Transaction, head: journal.Head) -> None:
        """The row's root is believed only as far as the last signed head states the same."""
        signed = tx.signed(self.log_id)
        if signed is None:
            raise LogCorrupt(self.key.name, "no signed head")
        try:
            stated = open_note(signed[1], self.key.verifier)
        except LedgerError as error:
            raise LogCorrupt(self.key.name, f"the signed head is not valid: {error}") from error
        if (stated.size, stated.root) != (head.size, head.root):
            raise LogCorrupt(self.key.name, "the log's root is not the one signed last")
