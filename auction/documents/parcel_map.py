"""The outline of a parcel as points for an SVG: no map service, no tiles, no script.

Longitude and latitude (EPSG:4490) become metres on a plane that touches the CGCS2000 ellipsoid at
the parcel's middle. Over the few kilometres of a parcel the error is far below a pixel. These are
drawing coordinates only: areas and distances of record come from the notice.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from auction.core.boundary import Ring, polygons

_A: Final = 6_378_137.0
"""Semi-major axis of CGCS2000 in metres."""
_F: Final = 1 / 298.257222101
_E2: Final = _F * (2 - _F)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Outline:
    """A drawing of `width` by `height` units, y downwards.

    `path` is the `d` of one SVG path (fill rule evenodd, so that holes stay open). `corners` are
    (x, y, longitude, latitude) in order, the degrees as text as they were given. `bar_m` metres are
    `bar` units long.
    """

    width: int
    height: int
    corners: tuple[tuple[float, float, str, str], ...]
    path: str
    bar_m: int
    bar: float


def outline(
    geometry: Mapping[str, Any], width: int = 640, height: int = 400, margin: int = 24
) -> Outline:
    """The outline of a GeoJSON Polygon or MultiPolygon fitted to a box. Raises BoundaryError."""
    given = [ring[:-1] for part in polygons(geometry) for ring in part]
    rings = _to_metres(given)
    xs = [x for ring in rings for x, _ in ring]
    ys = [y for ring in rings for _, y in ring]
    left, bottom = min(xs), min(ys)
    wide, tall = max(xs) - left, max(ys) - bottom
    # At least a metre, so that corners that all coincide make a dot and no division by zero.
    scale = min((width - 2 * margin) / max(wide, 1), (height - 2 * margin) / max(tall, 1))
    x0, y0 = (width - wide * scale) / 2, (height + tall * scale) / 2
    drawn = [
        [(round(x0 + (x - left) * scale, 2), round(y0 - (y - bottom) * scale, 2)) for x, y in ring]
        for ring in rings
    ]
    corners = tuple(
        (*point, f"{position[0]:f}", f"{position[1]:f}")
        for points, ring in zip(drawn, given, strict=True)
        for point, position in zip(points, ring, strict=True)
    )
    bar_m = _round_length(width / 4 / scale)
    return Outline(width, height, corners, _path(drawn), bar_m, round(bar_m * scale, 2))


def _to_metres(given: list[Ring]) -> list[list[Point]]:
    rings = [[(float(lon), float(lat)) for lon, lat in ring] for ring in given]
    lons = [lon for ring in rings for lon, _ in ring]
    lats = [lat for ring in rings for _, lat in ring]
    lon0, lat0 = (min(lons) + max(lons)) / 2, math.radians((min(lats) + max(lats)) / 2)
    curvature = 1 - _E2 * math.sin(lat0) ** 2
    east = math.radians(1) * _A / math.sqrt(curvature) * math.cos(lat0)
    north = math.radians(1) * _A * (1 - _E2) / curvature**1.5
    return [
        [((lon - lon0) * east, (lat - math.degrees(lat0)) * north) for lon, lat in ring]
        for ring in rings
    ]


def _path(rings: list[list[Point]]) -> str:
    return "".join(f"M{'L'.join(f'{x:g} {y:g}' for x, y in ring)}Z" for ring in rings)


def _round_length(metres: float) -> int:
    """The longest of 1, 2, 5, 10, 20, 50, ... metres that still fits, at least 1."""
    power = int(10 ** max(0, math.floor(math.log10(max(metres, 1)))))
    return max(step * power for step in (1, 2, 5) if step * power <= max(metres, 1))
