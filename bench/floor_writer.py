"""The floor's writer: rules, hashes, proofs and the transaction. See bench/floor.py."""

import base64
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auction.ledger.checkpoint import Checkpoint, sign
from auction.ledger.merkle import Tree, leaf_hash
from auction.ledger.notes import LogKey
from bench.floor_store import Entry, Head, Store
from bench.people import LotFacts

COUNTDOWN_US = 1800 * 1_000_000
SEED = b"\x0f" * 32
"""Of the key that signs heads: tests verify its receipts."""

Send = Callable[[bytes], None]


def log_key(slug: str) -> LogKey:
    """The key of a lot's log."""
    return LogKey(f"floor.example/lots/{slug}", Ed25519PrivateKey.from_private_bytes(SEED))


@dataclass(slots=True)
class Lot:
    """A lot in memory."""

    number: int
    facts: LotFacts
    key: LogKey
    price_fen: int
    deadline_us: int = 0
    tree: Tree = field(default_factory=Tree)
    answers: dict[str, int] = field(default_factory=dict)
    room: set[Send] = field(default_factory=set)
    news: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""


@dataclass(slots=True)
class Bid:
    """A verified bid that waits for its verdict."""

    send: Send
    ack: bytes
    lot: Lot
    plate: str
    amount_fen: int
    prev: tuple[int, bytes]
    statement: str
    evidence: bytes
    arrival_us: int


class Writer:
    """Decides and commits batches; used by one thread at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def run(self, batch: Sequence[Bid]) -> list[bytes]:
        """The frames of the answers, in the order of `batch`, once everything is on disk."""
        touched = {bid.lot.number: bid.lot for bid in batch}
        before = {n: lot.tree.size for n, lot in touched.items()}
        entries: list[Entry] = []
        records: list[dict[str, Any] | None] = []
        leaves: list[bytes] = []
        with self._store.transaction(before):
            for bid in batch:
                record, leaf = self._decide(bid, entries)
                records.append(record)
                leaves.append(leaf)
            heads = [self._head(lot) for n, lot in touched.items() if lot.tree.size > before[n]]
            evidence = [(b.statement, b.lot.number, b.evidence) for b in batch]
            self._store.write(entries, heads, evidence)
        now = time.time_ns() // 1000
        roots = {n: lot.tree.root().hex() for n, lot in touched.items()}
        return [
            self._answer(bid, record, leaf, roots, now)
            for bid, record, leaf in zip(batch, records, leaves, strict=True)
        ]

    def _decide(self, bid: Bid, entries: list[Entry]) -> tuple[dict[str, Any] | None, bytes]:
        lot, (size, root) = bid.lot, bid.prev
        if bid.statement in lot.answers:
            return None, b""
        if not 0 < size <= lot.tree.size or lot.tree.root_at(size) != root:
            return None, b""
        accepted = bid.amount_fen >= lot.price_fen + lot.facts.step_fen
        data: dict[str, Any] = {
            "plate": bid.plate,
            "amount_fen": bid.amount_fen,
            "statement": bid.statement,
        }
        if accepted:
            lot.price_fen = bid.amount_fen
            lot.deadline_us = max(lot.deadline_us, bid.arrival_us + COUNTDOWN_US)
            data["deadline_us"] = lot.deadline_us
        else:
            data["reason"] = "BID_TOO_LOW"
            data["facts"] = {"minimum_fen": lot.price_fen + lot.facts.step_fen}
        kind, seq = "bid_accepted" if accepted else "bid_refused", lot.tree.size + 1
        sequenced = time.time_ns() // 1000
        leaf = orjson.dumps(
            {
                "v": 1,
                "lot": lot.facts.slug,
                "seq": seq,
                "arrival_us": bid.arrival_us,
                "sequenced_us": sequenced,
                "type": kind,
                "data": data,
            },
            option=orjson.OPT_SORT_KEYS,
        )
        hashed = leaf_hash(leaf)
        lot.tree.append(hashed)
        lot.answers[bid.statement] = seq
        entries.append((lot.number, seq, kind, bid.arrival_us, sequenced, leaf, hashed))
        shown = {
            "seq": seq,
            "at_us": bid.arrival_us,
            "kind": "bid" if accepted else "refused",
            "plate": bid.plate,
            "amount_fen": bid.amount_fen,
            "deadline_us": lot.deadline_us,
        }
        lot.news.append(shown if accepted else {"seq": seq, "kind": "sealed", "hash": hashed.hex()})
        return shown, leaf

    def _head(self, lot: Lot) -> Head:
        root = lot.tree.root()
        lot.note = sign(Checkpoint(lot.key.name, lot.tree.size, root), lot.key)
        return lot.number, lot.tree.size, lot.tree.frontier().to_bytes(), root, lot.note

    def _answer(
        self, bid: Bid, record: dict[str, Any] | None, leaf: bytes, roots: dict[int, str], now: int
    ) -> bytes:
        if record is None:
            return b'43%b[{"ok":false,"code":"STATEMENT_OR_HEAD"}]' % bid.ack
        lot = bid.lot
        encoded = base64.b64encode
        proof = lot.tree.inclusion_proof(record["seq"] - 1, lot.tree.size)
        receipt = "\n".join(
            [
                "c2sp.org/tlog-proof@v1",
                f"extra {encoded(leaf).decode()}",
                f"index {record['seq'] - 1}",
                *(encoded(node).decode() for node in proof),
                "",
                lot.note,
            ]
        )
        ok = record["kind"] == "bid"
        answer = {
            "ok": ok,
            "code": "" if ok else "BID_TOO_LOW",
            "record": record,
            "state": state(lot),
            "statement": bid.statement,
            "receipt": receipt,
            "head": {"size": lot.tree.size, "root": roots[lot.number], "note": lot.note},
            "now_us": now,
        }
        return b"43%b[%b]" % (bid.ack, orjson.dumps(answer))


def state(lot: Lot) -> dict[str, Any]:
    """What a bidder needs of the lot's state."""
    return {
        "price_fen": lot.price_fen,
        "minimum_fen": lot.price_fen + lot.facts.step_fen,
        "deadline_us": lot.deadline_us,
    }
