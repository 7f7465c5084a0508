"""What a log's own bytes, hashes and signed heads say about it; everything found is named.

A check never stops at the first fault: each finding carries the number of the record (or signed
head) it concerns. Used by the replay command, the auditor's pages and readers of exports.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from auction.ledger import canonical
from auction.ledger.checkpoint import Checkpoint, open_note
from auction.ledger.errors import LedgerError
from auction.ledger.merkle import Tree, leaf_hash
from auction.ledger.notes import Verifier


class Fault(StrEnum):
    """What can be wrong with a log; `seq` of a finding is the record's or head's number."""

    NOT_CANONICAL = "LEAF_NOT_CANONICAL"
    """The record's bytes are no canonical JSON (`detail`)."""
    FOREIGN = "LEAF_FOREIGN"
    """The record has no shape that this system writes (`detail`)."""
    OTHER_LOG = "LEAF_OTHER_LOG"
    """The record says that it belongs to another log (`stated`)."""
    OUT_OF_PLACE = "LEAF_OUT_OF_PLACE"
    """The record says another number than its place (`stated`)."""
    MISSING = "LEAF_MISSING"
    """No record with this number, though later or signed ones exist."""
    HASH = "LEAF_HASH"
    """The bytes do not give the hash that was stored with them."""
    COLUMN = "LEAF_COLUMN"
    """A column beside the bytes says something else (`column`)."""
    UNSIGNED = "LEAF_UNSIGNED"
    """The record stands behind the last signed head (of size `signed`)."""
    NO_HEAD = "HEAD_MISSING"
    """Records, but no signed head at all."""
    HEAD_SIGNATURE = "HEAD_SIGNATURE"
    """The signed head of size `seq` is malformed or not signed by the log's key (`detail`)."""
    HEAD_SIZE = "HEAD_SIZE"
    """The signed head kept under size `seq` states another size (`stated`)."""
    HEAD_BEYOND = "HEAD_BEYOND"
    """The signed head of size `seq` covers more records than there are (`present`)."""
    HEAD_ROOT = "HEAD_ROOT"
    """Records `first` to `seq` do not give the root signed for size `seq`."""
    LOG_ROW = "LOG_ROW"
    """The log's row says something else than its records (`column`)."""
    TIME_ORDER = "TIME_ORDER"
    """The record was written before the one ahead of it, or before it arrived."""
    REPEATED = "STATEMENT_REPEATED"
    """The same signed statement was answered before (record `first`)."""
    TRANSITION = "TRANSITION_MISSING"
    """A transition that was due at `due_us` is not in the log before this record."""
    IMPOSSIBLE = "ACT_NOT_ALLOWED"
    """The rules do not allow what this record says (`reason`)."""
    VERDICT = "VERDICT_DIFFERS"
    """The rules decide otherwise: `field` is `recorded`, by the rules `expected`."""
    NOT_REPLAYED = "NOT_REPLAYED"
    """From this record on nothing could be replayed."""
    LOT_ROW = "LOT_ROW"
    """The lot's row that pages read says something else than the log (`column`)."""
    BID_ROW = "BID_ROW"
    """The row of bid `seq` that pages read says something else than the log (`column`)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: which, where, and the values compared."""

    fault: Fault
    seq: int | None = None
    facts: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One leaf at its place: exact bytes, their hash, and the object if they spell one."""

    seq: int
    data: bytes
    hash: bytes
    content: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class LogCheck:
    """A log as it was checked: entries in order, the tree over them, what is wrong."""

    origin: str
    entries: tuple[Entry, ...]
    tree: Tree
    head: str | None
    """The latest signed head, whatever it is worth."""
    findings: tuple[Finding, ...]


def check_log(
    origin: str,
    leaves: Iterable[tuple[int, bytes]],
    heads: Sequence[tuple[int, str]],
    verifier: Verifier,
    name: tuple[str, str],
) -> LogCheck:
    """Check leaves (number, bytes) in order against signed heads (size, note) in order.

    `name` is the field in which every record states its log, with the value it must have:
    `("lot", "2024JC-4")` or `("log", origin)`.
    """
    findings: list[Finding] = []
    entries: list[Entry] = []
    tree = Tree()
    expected = 1
    for seq, data in leaves:
        findings.extend(Finding(Fault.MISSING, gone) for gone in range(expected, seq))
        expected = seq + 1
        content = _content(seq, data, name, findings)
        entry = Entry(seq, data, leaf_hash(data), content)
        tree.append(entry.hash)
        entries.append(entry)
    last = heads[-1] if heads else None
    signed = last[0] if last else 0
    findings.extend(Finding(Fault.MISSING, gone) for gone in range(expected, signed + 1))
    if last is None and entries:
        findings.append(Finding(Fault.NO_HEAD))
    elif entries and entries[-1].seq > signed:
        findings.append(Finding(Fault.UNSIGNED, signed + 1, {"signed": signed}))
    findings.extend(_check_heads(origin, heads, verifier, tree))
    return LogCheck(origin, tuple(entries), tree, last[1] if last else None, tuple(findings))


def _content(
    seq: int, data: bytes, name: tuple[str, str], findings: list[Finding]
) -> Mapping[str, Any] | None:
    try:
        content = canonical.decode(data)
    except LedgerError as error:
        findings.append(Finding(Fault.NOT_CANONICAL, seq, {"detail": str(error)}))
        return None
    stated = content.get("seq")
    if stated != seq:
        findings.append(Finding(Fault.OUT_OF_PLACE, seq, {"stated": str(stated)}))
    key, value = name
    if content.get(key) != value:
        findings.append(Finding(Fault.OTHER_LOG, seq, {"stated": str(content.get(key))}))
    return content


def _check_heads(
    origin: str, heads: Sequence[tuple[int, str]], verifier: Verifier, tree: Tree
) -> list[Finding]:
    """Findings on every signed head; of wrong roots only the first, which bounds the place."""
    findings: list[Finding] = []
    agreed, broken = 0, False
    for size, note in heads:
        head = _opened(origin, size, note, verifier, findings)
        if head is None:
            continue
        if head.size != size:
            findings.append(Finding(Fault.HEAD_SIZE, size, {"stated": head.size}))
        elif size > tree.size:
            findings.append(Finding(Fault.HEAD_BEYOND, size, {"present": tree.size}))
        elif tree.root_at(size) == head.root:
            agreed = size
        elif not broken:
            broken = True
            findings.append(Finding(Fault.HEAD_ROOT, size, {"first": agreed + 1}))
    return findings


def _opened(
    origin: str, size: int, note: str, verifier: Verifier, findings: list[Finding]
) -> Checkpoint | None:
    try:
        head = open_note(note, verifier)
    except LedgerError as error:
        findings.append(Finding(Fault.HEAD_SIGNATURE, size, {"detail": str(error)}))
        return None
    if head.origin != origin:
        findings.append(
            Finding(Fault.HEAD_SIGNATURE, size, {"detail": f"signed for {head.origin}"})
        )
        return None
    return head
