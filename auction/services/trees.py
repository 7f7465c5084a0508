"""Merkle trees of the stored logs, kept in memory for proofs and carried on as the logs grow."""

import threading
from collections import OrderedDict

from sqlalchemy import Connection, Engine, select

from auction.ledger.checkpoint import Checkpoint
from auction.ledger.merkle import Tree, leaf_hash
from auction.ledger.notes import split
from auction.store import journal
from auction.store.logs import Log, LogEntry
from auction.trading.runtime import LogCorrupt

LEAVES_LIMIT = 300_000
"""So many leaves are kept in all, about 100 bytes each; what was not asked for longest goes."""


class Trees:
    """Trees over the leaf hashes in the database. A tree is given out only where it leads to the
    root that was signed; otherwise LogCorrupt."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: OrderedDict[int, Tree] = OrderedDict()
        self._turn = threading.Lock()

    def newest(self, log_id: int) -> tuple[Tree, Checkpoint, str] | None:
        """The log's newest signed head: tree (it may be larger), head and note. None: no head."""
        with self._engine.connect() as conn:
            return self._at(conn, log_id, None)

    def at(self, log_id: int, size: int) -> tuple[Tree, Checkpoint, str] | None:
        """The first signed head that covers `size`."""
        with self._engine.connect() as conn:
            return self._at(conn, log_id, size)

    def check_leaves(self, log_id: int, size: int) -> None:
        """Raise LogCorrupt unless the stored bytes of the first `size` leaves have the hashes that
        the tree was made from."""
        query = (
            select(LogEntry.seq, LogEntry.leaf, LogEntry.leaf_hash)
            .where(LogEntry.log_id == log_id, LogEntry.seq <= size)
            .order_by(LogEntry.seq)
        )
        with self._engine.connect() as conn:
            for seq, data, stored in conn.execute(query.execution_options(yield_per=1000)):
                if leaf_hash(data) != stored:
                    origin = conn.execute(select(Log.origin).where(Log.id == log_id)).scalar_one()
                    raise LogCorrupt(origin, f"the bytes of record {seq} were altered")

    def _at(
        self, conn: Connection, log_id: int, size: int | None
    ) -> tuple[Tree, Checkpoint, str] | None:
        signed = journal.checkpoint(conn, log_id, size)
        if signed is None:
            return None
        head = Checkpoint.parse(split(signed[1])[0])
        with self._turn:
            tree = self._tree(conn, log_id, head.size)
            if not _leads_to(tree, head):
                # What is kept may be older than a restored database: once more from the beginning.
                self._kept.pop(log_id, None)
                tree = self._tree(conn, log_id, head.size)
                if not _leads_to(tree, head):
                    self._kept.pop(log_id, None)
                    raise LogCorrupt(head.origin, f"no tree of the root signed for {head.size}")
            self._forget()
        return tree, head, signed[1]

    def _tree(self, conn: Connection, log_id: int, size: int) -> Tree:
        tree = self._kept.setdefault(log_id, Tree())
        self._kept.move_to_end(log_id)
        if tree.size < size:
            query = (
                select(LogEntry.leaf_hash)
                .where(LogEntry.log_id == log_id, LogEntry.seq > tree.size, LogEntry.seq <= size)
                .order_by(LogEntry.seq)
            )
            for leaf in conn.execute(query).scalars():
                tree.append(leaf)
        return tree

    def _forget(self) -> None:
        total = sum(tree.size for tree in self._kept.values())
        while total > LEAVES_LIMIT and len(self._kept) > 1:
            total -= self._kept.popitem(last=False)[1].size


def _leads_to(tree: Tree, head: Checkpoint) -> bool:
    return tree.size >= head.size and tree.root_at(head.size) == head.root
