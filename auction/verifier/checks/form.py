"""01 opens · 02 canonical records · 03 dense sequence."""

from auction.verifier.context import Context
from auction.verifier.faults import Finding
from auction.verifier.report import Result


def opens(context: Context) -> Result:
    """The members are exactly those of the manifest, byte for byte."""
    bundle = context.bundle
    found = [Finding(1, "MEMBER", None, f"{name}: {what}") for name, what in bundle.faults]
    if not context.ends_in_newline:
        found.append(Finding(1, "MEMBER", None, "events.jsonl: its last line is cut off"))
    return Result.of(1, len(bundle.members), found)


def canonical_records(context: Context) -> Result:
    """Every record is the one spelling of an object with exactly the fields of its type."""
    return Result.of(2, len(context.leaves), context.form_findings)


def dense_sequence(context: Context) -> Result:
    """Every record states its own place, and the lot whose log this is."""
    found = []
    for seq, content in enumerate(context.contents, start=1):
        if content is None:
            continue
        if content["seq"] != seq:
            found.append(Finding(3, "OUT_OF_PLACE", seq, f"it says {content['seq']}"))
        if content["lot"] != context.bundle.lot:
            found.append(Finding(3, "OTHER_LOT", seq, f"it says {content['lot']}"))
    return Result.of(3, len(context.leaves), found)
