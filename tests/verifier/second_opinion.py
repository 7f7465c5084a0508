"""The same records before both implementations of the rules."""

from collections.abc import Sequence
from typing import Any

from auction.core import events as e
from auction.ledger import canonical
from auction.ledger.merkle import leaf_hash
from auction.services.logcheck import Entry, Fault
from auction.services.replay import Replayed, records_of, redecide
from auction.verifier.faults import Malformed
from auction.verifier.rules import replay as second
from auction.verifier.rules import shapes, terms

LOT = "2024JC-4"
Leaf = dict[str, Any]
# Bids of generated sales are sequenced out of order and come twice; other checks are about that.
_ELSEWHERE = (Fault.TIME_ORDER, Fault.REPEATED)


def leaves(records: Sequence[e.Recorded]) -> list[Leaf]:
    """The records as they stand in a log."""
    return [canonical.decode(canonical.encode(record.to_data(LOT))) for record in records]


def by_core(found: Sequence[Leaf]) -> tuple[bool, Replayed]:
    """Whether the engine's own second run objects, and what it made of the sale."""
    entries = []
    for seq, leaf in enumerate(found, start=1):
        data = canonical.encode(leaf)
        entries.append(Entry(seq, data, leaf_hash(data), canonical.decode(data)))
    records, unreadable = records_of(entries)
    replayed = redecide(records)
    objections = [f for f in replayed.findings if f.fault not in _ELSEWHERE]
    return bool(unreadable or objections), replayed


def by_verifier(found: Sequence[Leaf]) -> tuple[bool, second.Replayed]:
    """Whether the stand-alone implementation objects, and what it made of the sale."""
    records, readable = [], True
    for seq, leaf in enumerate(found, start=1):
        try:
            data = shapes.complete(leaf["type"], leaf["data"])
            if leaf["type"] == "lot_opened":
                terms.complete(data["profile"])
        except Malformed:
            readable = False
            break
        records.append(
            second.Record(seq, leaf["arrival_us"], leaf["sequenced_us"], leaf["type"], data)
        )
    replayed = second.replay(records)
    return not readable or bool(replayed.findings), replayed
