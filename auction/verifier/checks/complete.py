"""14 receipts and saved heads · 15 complete to the witness head."""

from auction.verifier import merkle
from auction.verifier.context import Context, Named
from auction.verifier.faults import Finding
from auction.verifier.notes import Head
from auction.verifier.report import Result


def receipts_and_heads(context: Context) -> Result:
    """What others kept agrees with this log, as far as it goes; what goes beyond is check 15's."""
    brought = [*context.receipts, *context.saved_heads]
    if not brought:
        return Result.not_made(14, "NOTHING_BROUGHT")
    found = []
    for named in brought:
        what = _against(context, named)
        if what is not None:
            found.append(Finding(14, "KEPT", None, f"{named.name}: {what}"))
    return Result.of(14, len(brought), found)


def _against(context: Context, named: Named) -> str | None:
    """What is wrong with one receipt or head, or with this log beside it; None if nothing."""
    head = _head_of(named)
    if head is None:
        return named.fault
    if not context.is_of_this_log(head):
        return "is not signed for this log"
    receipt = named.receipt
    if receipt is not None:
        leaf = merkle.leaf_hash(receipt.leaf)
        if merkle.root_of_proof(leaf, receipt.index, head.size, receipt.proof) != head.root:
            return "its proof does not lead from its record to its head"
        if receipt.index < len(context.leaves) and context.leaves[receipt.index] != receipt.leaf:
            return f"record {receipt.index + 1} of this log is another one"
    if head.size <= len(context.leaves) and context.tree.root(head.size) != head.root:
        return f"the first {head.size} records of this log have another root"
    return None


def to_the_witness_head(context: Context) -> Result:
    """No known head is of a longer log, and the witnesses have seen this one to its end."""
    size = len(context.leaves)
    brought = [(n.name, _head_of(n)) for n in (*context.receipts, *context.saved_heads)]
    known = [(name, h) for name, h in brought if h is not None and context.is_of_this_log(h)]
    known += [
        (named.name, named.head)
        for named in context.heads
        if named.head is not None
        and named.head.origin == context.bundle.origin
        and _is_cosigned(context, named.head)
    ]
    if not known and not context.trust.witnesses:
        return Result.not_made(15, "NO_KNOWN_HEAD")
    found = [
        Finding(15, "LONGER", None, f"{name}: of {head.size} records, here are {size}")
        for name, head in known
        if head.size > size
    ]
    if context.trust.witnesses:
        seen = max((h.size for _, h in known if _seen_here(context, h)), default=0)
        if seen < size:
            detail = f"no witness saw a head of this log behind record {seen}"
            found.append(Finding(15, "UNSEEN", seen + 1, detail))
    return Result.of(15, len(known), found)


def _is_cosigned(context: Context, head: Head) -> bool:
    return any(head.cosigned_at(key) is not None for key in context.trust.witnesses)


def _seen_here(context: Context, head: Head) -> bool:
    """Whether a witness saw this head, and it is one of the log as it lies here."""
    here = head.size <= len(context.leaves) and context.tree.root(head.size) == head.root
    return here and _is_cosigned(context, head)


def _head_of(named: Named) -> Head | None:
    return named.head if named.receipt is None else named.receipt.head
