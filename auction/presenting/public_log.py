"""A lot's log as a file for everybody: whole after the end, before it without what is secret.

Before the end a refused bid, or a first appearance in the log, stands as its number and leaf hash
only. The hashes still give the root of the signed head, so nothing can be changed or left out
later; the header names the format, so that no program takes such a file for a whole log.
"""

from auction.core import events as e
from auction.ledger import canonical
from auction.presenting import audience
from auction.services.export import export_log
from auction.services.house import House
from auction.store.projection import state_of
from auction.store.sales import Lot

WITHHELD = "lot-log-withheld/1"
"""Format of a file in which lines may be `{"hash", "seq"}` instead of records."""


def text(house: House, lot: Lot) -> str:
    """The file's text: a header with the signed head, then a line for each record."""
    exported = export_log(house, lot)
    if audience.is_open(state_of(lot)):
        return exported.to_text()
    header = {
        "checkpoint": exported.note,
        "format": WITHHELD,
        "key": exported.key.to_string(),
        "origin": exported.origin,
    }
    lines = [canonical.encode(header), *(_line(leaf, lot.slug) for leaf in exported.leaves)]
    return "".join(line.decode() + "\n" for line in lines)


def _line(leaf: bytes, slug: str) -> bytes:
    record = e.Recorded.from_data(canonical.decode(leaf))
    if audience.may_see(record, opened=False, own=None):
        return leaf
    sealed = audience.shown(record, slug, opened=False)
    return canonical.encode({"hash": sealed["hash"], "seq": record.seq})
