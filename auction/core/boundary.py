"""Parcel boundaries: GeoJSON polygons in longitude and latitude (EPSG:4490), checked."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

Position: TypeAlias = tuple[Decimal, Decimal]
Ring: TypeAlias = tuple[Position, ...]
Polygon: TypeAlias = tuple[Ring, ...]
"""The outer ring, then any holes; each ring is closed."""

_LONGITUDE: Final = (Decimal(73), Decimal(136))
_LATITUDE: Final = (Decimal(3), Decimal(54))


class BoundaryError(ValueError):
    """A boundary that cannot be drawn.

    Codes: BOUNDARY_NOT_JSON, BOUNDARY_TYPE (neither Polygon nor MultiPolygon), BOUNDARY_SHAPE
    (positions missing or not numbers), RING_TOO_SHORT, RING_NOT_CLOSED, POSITION_OUTSIDE_CHINA
    (most often latitude and longitude changed over, or metres instead of degrees).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse_boundary(text: str) -> tuple[Polygon, ...]:
    """The polygons of a GeoJSON geometry given as text. Raises BoundaryError."""
    try:
        geometry = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise BoundaryError("BOUNDARY_NOT_JSON") from error
    if not isinstance(geometry, Mapping):
        raise BoundaryError("BOUNDARY_TYPE")
    return polygons(geometry)


def polygons(geometry: Mapping[str, Any]) -> tuple[Polygon, ...]:
    """The polygons of a decoded GeoJSON `Polygon` or `MultiPolygon`. Raises BoundaryError."""
    coordinates = geometry.get("coordinates")
    match geometry.get("type"):
        case "Polygon":
            return (_polygon(coordinates),)
        case "MultiPolygon":
            return tuple(_polygon(part) for part in _list(coordinates))
        case _:
            raise BoundaryError("BOUNDARY_TYPE")


def _polygon(rings: object) -> Polygon:
    return tuple(_ring(ring) for ring in _list(rings))


def _ring(positions: object) -> Ring:
    ring = tuple(_position(position) for position in _list(positions))
    if len(ring) < 4:
        raise BoundaryError("RING_TOO_SHORT")
    if ring[0] != ring[-1]:
        raise BoundaryError("RING_NOT_CLOSED")
    return ring


def _position(position: object) -> Position:
    longitude, latitude = (_number(value) for value in _list(position, length=2))
    if not _LONGITUDE[0] <= longitude <= _LONGITUDE[1] or not (
        _LATITUDE[0] <= latitude <= _LATITUDE[1]
    ):
        raise BoundaryError("POSITION_OUTSIDE_CHINA")
    return longitude, latitude


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise BoundaryError("BOUNDARY_SHAPE")
    # A float arrives only from a caller's own JSON reader: its shortest text is what was written.
    number = Decimal(str(value))
    if not number.is_finite():
        raise BoundaryError("BOUNDARY_SHAPE")
    return number


def _list(value: object, length: int | None = None) -> Sequence[object]:
    """`value` as a non-empty list; of a position only the first `length` numbers count."""
    if not isinstance(value, list | tuple) or not value or len(value) < (length or 1):
        raise BoundaryError("BOUNDARY_SHAPE")
    return value[:length]
