"""Addresses of lots: real ones under `lots/`, rehearsals and practice under `practice/lots/`."""

from dataclasses import dataclass
from typing import Any

from flask import abort
from werkzeug.routing import BaseConverter

from auction.services import lots
from auction.store.sales import Lot


@dataclass(frozen=True, slots=True)
class LotRef:
    """A lot as an address names it."""

    slug: str
    practice: bool


class LotConverter(BaseConverter):
    """`/<lot:ref>/live` matches `/lots/2024JC-4/live` and `/practice/lots/p-1/live`.

    Building an address takes a Lot or a LotRef: nobody can link a rehearsal as a real sale.
    """

    regex = rf"(?:practice/)?lots/{lots.SLUG}"
    part_isolating = False

    def to_python(self, value: str) -> LotRef:
        return LotRef(value.rsplit("/", 1)[1], value.startswith("practice/"))

    def to_url(self, value: Any) -> str:
        practice = value.practice if isinstance(value, LotRef) else lots.is_practice(value)
        return f"practice/lots/{value.slug}" if practice else f"lots/{value.slug}"


def find_lot(ref: LotRef) -> Lot:
    """The published lot at this address; 404 otherwise. The only way a view gets a lot."""
    return lots.find(ref.slug, practice=ref.practice) or abort(404)
