"""04 Merkle roots · 05 log signatures · 08 time order."""

import re

from auction.verifier.context import Context
from auction.verifier.faults import Finding
from auction.verifier.report import Result

_PLACE = re.compile(r"checkpoints/0*([0-9]+)\.note")


def roots(context: Context) -> Result:
    """Every head's root is that of the records; one head covers them all."""
    bundle, size = context.bundle, len(context.leaves)
    found = []
    for named in context.heads:
        head = named.head
        if head is None:
            found.append(_head_finding(4, named.name, named.fault))
            continue
        said = _PLACE.fullmatch(named.name)
        if said is None or int(said[1]) != head.size:
            found.append(_head_finding(4, named.name, f"is of size {head.size}"))
        if head.origin != bundle.origin:
            found.append(_head_finding(4, named.name, f"is of {head.origin}"))
        if head.size > size:
            found.append(_head_finding(4, named.name, f"covers more than the {size} records"))
        elif head.root != context.tree.root(head.size):
            found.append(_head_finding(4, named.name, "has another root than the records give"))
    if context.final is None:
        found.append(Finding(4, "HEAD", None, f"no head covers all {size} records"))
    if (bundle.size, bundle.root) != (size, context.tree.root(size).hex()):
        found.append(Finding(4, "MANIFEST", None, "the manifest states another size or root"))
    return Result.of(4, len(context.heads), found)


def signatures(context: Context) -> Result:
    """Every head is signed by a key that trust.json names for this log."""
    found = []
    if context.lot is None:
        detail = f"trust.json does not know {context.bundle.origin}"
        found.append(Finding(5, "UNKNOWN_LOG", None, detail))
    for named in context.heads:
        if named.head is None or not context.signed(named.head):
            found.append(_head_finding(5, named.name, "is not signed by the log's key"))
    if not context.heads:
        found.append(Finding(5, "HEAD", None, "there is no signed head"))
    return Result.of(5, len(context.heads), found)


def time_order(context: Context) -> Result:
    """Records were written in order of time, each after it arrived; no witness saw a head before
    its last record was written."""
    found = []
    last = None
    written: list[int] = []
    for seq, content in enumerate(context.contents, start=1):
        sequenced = written[-1] if written else 0
        if content is not None:
            sequenced = content["sequenced_us"]
            if last is not None and sequenced < last:
                found.append(Finding(8, "RAN_BACK", seq, f"{sequenced} after {last}"))
            if content["arrival_us"] > sequenced:
                detail = f"arrived {content['arrival_us']}, written {sequenced}"
                found.append(Finding(8, "BEFORE_ARRIVAL", seq, detail))
            last = sequenced
        written.append(sequenced)
    for named in context.heads:
        if named.head is None or not 1 <= named.head.size <= len(written):
            continue
        for key in context.trust.witnesses:
            seen = named.head.cosigned_at(key)
            if seen is not None and (seen + 1) * 1_000_000 <= written[named.head.size - 1]:
                detail = f"{named.name}: {key.name} saw it before it was written"
                found.append(Finding(8, "SEEN_BEFORE", named.head.size, detail))
    return Result.of(8, len(context.leaves), found)


def _head_finding(check: int, name: str, what: str) -> Finding:
    return Finding(check, "HEAD", None, f"{name}: {what}")
