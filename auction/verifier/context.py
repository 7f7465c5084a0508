"""What the checks look at: the bundle and what came with it, read once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from auction.verifier import canonical, merkle, notes
from auction.verifier.bundle import RECORDS_LIMIT, Bundle
from auction.verifier.faults import Finding, Malformed, Unusable
from auction.verifier.notes import Head, Receipt
from auction.verifier.rules import replay, shapes, terms
from auction.verifier.rules.replay import Record, Replayed
from auction.verifier.trust import Lot, Trust

_ENVELOPE = {"v", "lot", "seq", "arrival_us", "sequenced_us", "type", "data"}


@dataclass(frozen=True, slots=True)
class Named:
    """Something read from a file: its name, and what it is or why it is not."""

    name: str
    head: Head | None = None
    receipt: Receipt | None = None
    fault: str = ""


@dataclass
class Context:
    """A bundle with the reader's trust, receipts and saved heads (name, bytes)."""

    bundle: Bundle
    trust: Trust
    receipt_files: Sequence[tuple[str, bytes]] = ()
    head_files: Sequence[tuple[str, bytes]] = ()

    @cached_property
    def leaves(self) -> list[bytes]:
        """The records' exact bytes."""
        data = self.bundle.members["events.jsonl"]
        if data.count(b"\n") > RECORDS_LIMIT:
            raise Unusable(f"the log has more than {RECORDS_LIMIT} records")
        lines = data.split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        if not lines:
            raise Unusable("the log has no record")
        return lines

    @cached_property
    def ends_in_newline(self) -> bool:
        """Whether the last line of events.jsonl is whole."""
        return self.bundle.members["events.jsonl"].endswith(b"\n")

    @cached_property
    def tree(self) -> merkle.Tree:
        """The Merkle tree over them."""
        return merkle.Tree([merkle.leaf_hash(leaf) for leaf in self.leaves])

    @cached_property
    def _read(self) -> tuple[list[dict[str, Any] | None], list[Finding]]:
        contents: list[dict[str, Any] | None] = []
        findings: list[Finding] = []
        for seq, leaf in enumerate(self.leaves, start=1):
            content = None
            try:
                content = canonical.read(leaf)
                _require_form(content)
            except Malformed as error:
                findings.append(Finding(2, "NOT_CANONICAL", seq, str(error)))
                content = _careless(leaf)
            contents.append(content)
        return contents, findings

    @property
    def contents(self) -> list[dict[str, Any] | None]:
        """The records as objects, read carelessly where they are not canonical; None where even
        that gives no record."""
        return self._read[0]

    @property
    def form_findings(self) -> list[Finding]:
        """What is wrong with the records' own form."""
        return self._read[1]

    @cached_property
    def records(self) -> list[Record]:
        """The records up to the first that cannot be read. They are called by their place."""
        found = []
        for seq, content in enumerate(self.contents, start=1):
            if content is None:
                break
            data = shapes.complete(content["type"], content["data"])
            arrival, sequenced = content["arrival_us"], content["sequenced_us"]
            found.append(Record(seq, arrival, sequenced, content["type"], data))
        return found

    @property
    def unread_from(self) -> int | None:
        """The first record that nothing could be made of."""
        return None if len(self.records) == len(self.leaves) else len(self.records) + 1

    @cached_property
    def replayed(self) -> Replayed:
        """The rules, applied again to every record."""
        return replay.replay(self.records)

    @cached_property
    def opening(self) -> dict[str, Any] | None:
        """The data of the first record, if it opens the lot."""
        first = self.records[0] if self.records else None
        return first.data if first is not None and first.kind == "lot_opened" else None

    @cached_property
    def lot(self) -> Lot | None:
        """What trust.json says of this log."""
        return self.trust.lots.get(self.bundle.origin)

    @cached_property
    def heads(self) -> list[Named]:
        """The checkpoints of the bundle, in order of their names."""
        return [_head(name, self.bundle.members[name]) for name in self.bundle.under("checkpoints")]

    @cached_property
    def final(self) -> Head | None:
        """The checkpoint over the whole log."""
        whole = [n.head for n in self.heads if n.head and n.head.size == len(self.leaves)]
        return whole[-1] if whole else None

    @cached_property
    def end(self) -> int:
        """The record of the end of bidding, which must be anchored soon; else the last one."""
        ends = [r.seq for r in self.records if r.kind in ("bidding_ended", "terminated")]
        return ends[-1] if ends else len(self.leaves)

    def written(self, seq: int) -> int:
        """When a record was written, in microseconds; 0 if it does not say."""
        content = self.contents[seq - 1]
        return 0 if content is None else int(content["sequenced_us"])

    @cached_property
    def covering(self) -> list[tuple[str, Head]]:
        """The bundle's heads (name, head) that cover the end of bidding, the smallest first."""
        size = len(self.leaves)
        found = [(n.name, n.head) for n in self.heads if n.head is not None]
        return sorted(
            (one for one in found if self.end <= one[1].size <= size), key=lambda one: one[1].size
        )

    @cached_property
    def receipts(self) -> list[Named]:
        """The receipts that the reader brought."""
        return [_receipt(name, data) for name, data in self.receipt_files]

    @cached_property
    def saved_heads(self) -> list[Named]:
        """The heads that the reader brought."""
        return [_head(name, data) for name, data in self.head_files]

    def signed(self, head: Head) -> bool:
        """Whether a key that trust.json names for this log signed the head."""
        return self.lot is not None and any(head.signed_by(key) for key in self.lot.keys)

    def is_of_this_log(self, head: Head) -> bool:
        """Signed by the log, or seen by a trusted witness, under this log's name."""
        cosigned = any(head.cosigned_at(key) is not None for key in self.trust.witnesses)
        return head.origin == self.bundle.origin and (self.signed(head) or cosigned)


def _require_form(content: dict[str, Any]) -> None:
    if set(content) != _ENVELOPE or content["v"] != 1 or isinstance(content["v"], bool):
        raise Malformed("not the fields of a record")
    for name in ("seq", "arrival_us", "sequenced_us"):
        if type(content[name]) is not int:
            raise Malformed(f"{name} is not a whole number")
    if not isinstance(content["type"], str) or not isinstance(content["lot"], str):
        raise Malformed("type and lot are texts")
    data = shapes.complete(content["type"], content["data"])
    if content["type"] == "lot_opened":
        terms.complete(data["profile"])


def _careless(leaf: bytes) -> dict[str, Any] | None:
    try:
        content = canonical.read_loosely(leaf)
        _require_form(content)
    except Malformed:
        return None
    return content


def _head(name: str, data: bytes) -> Named:
    try:
        return Named(name, head=notes.read_head(data))
    except Malformed as error:
        return Named(name, fault=str(error))


def _receipt(name: str, data: bytes) -> Named:
    try:
        return Named(name, receipt=notes.read_receipt(data))
    except Malformed as error:
        return Named(name, fault=str(error))
