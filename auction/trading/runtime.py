"""A lot in memory: its state, its Merkle tree, and the answers already given.

Everything here is a cache of the log. It is assigned only after a commit, and may be thrown
away and loaded again at any time.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from auction.core import events as e
from auction.core.engine import evolve
from auction.core.state import LotState
from auction.ledger import canonical
from auction.ledger.merkle import Tree, leaf_hash
from auction.ledger.notes import LogKey
from auction.store import journal

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

    def fresh(self) -> "LotRuntime":
        """The same lot with nothing in memory."""
        return LotRuntime(self.lot_id, self.log_id, self.slug, self.key)

    def catch_up(self, conn: Connection, head: journal.Head) -> list[e.Recorded]:
        """Take in what other writers have appended, up to `head`; the new records.

        Raises LogCorrupt if the leaves do not lead to the head's root.
        """
        fresh: list[e.Recorded] = []
        for leaf in journal.read(conn, self.log_id, after=self.tree.size):
            if leaf.seq != self.tree.size + 1:
                raise LogCorrupt(self.key.name, f"entry {self.tree.size + 1} is missing")
            record = e.Recorded.from_data(canonical.decode(leaf.data))
            self.tree.append(leaf_hash(leaf.data))
            self.absorb(record)
            fresh.append(record)
        if self.tree.size != head.size or (head.size and self.tree.root() != head.root):
            raise LogCorrupt(self.key.name, "the entries do not give the log's root")
        return fresh

    def absorb(self, record: e.Recorded) -> None:
        """Fold one recorded event whose leaf is already in the tree."""
        self.state = evolve(self.state, record)
        self.last_sequenced = record.sequenced
        if isinstance(record.event, BID_EVENTS):
            self.answers[record.event.statement] = record.seq
