"""The parcel's outline: true to shape, north up, inside its box, holes open."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction.core.boundary import BoundaryError
from auction.documents.parcel_map import outline

LON, LAT = 101.75, 36.55
METRES_NORTH = 110_963.8
"""Length of one degree of latitude here on the ellipsoid (meridian radius 6,357,755 m)."""


def rectangle(east: float, north: float, lon: float = LON, lat: float = LAT) -> list[list[float]]:
    """A closed ring of about `east` by `north` metres with its south-west corner at lon, lat."""
    dlat = north / METRES_NORTH
    # Along a parallel a degree measures pi/180 a cos(lat) / sqrt(1 - e2 sin(lat)^2).
    sine = math.sin(math.radians(lat))
    radius = 6_378_137 / math.sqrt(1 - 0.00669438002290 * sine * sine)
    dlon = math.degrees(east / (radius * math.cos(math.radians(lat))))
    return [[lon, lat], [lon + dlon, lat], [lon + dlon, lat + dlat], [lon, lat + dlat], [lon, lat]]


def polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def test_a_rectangle_keeps_its_proportions_and_fills_the_box() -> None:
    drawn = outline(polygon(rectangle(300, 150)), width=640, height=400, margin=20)
    (x0, y0), (x1, y1), (x2, y2), _ = [corner[:2] for corner in drawn.corners]
    assert (x0, x1) == (20, 620)
    assert (x1 - x0) / (y1 - y2) == pytest.approx(2, rel=1e-3)
    assert y0 == pytest.approx(y1, abs=0.1)
    assert x2 == pytest.approx(x1, abs=0.1)


def test_north_is_up() -> None:
    south_west, _, north_east, _ = outline(polygon(rectangle(100, 100))).corners
    assert north_east[1] < south_west[1]


def test_the_scale_bar_measures_the_drawing() -> None:
    drawn = outline(polygon(rectangle(300, 100)), width=640, height=400, margin=20)
    assert drawn.bar_m == 50
    assert drawn.bar == pytest.approx(50 * 600 / 300, rel=1e-3)


def test_a_hole_is_a_second_ring_of_the_same_path() -> None:
    hole = rectangle(50, 50, LON + 0.0005, LAT + 0.0005)
    drawn = outline(polygon(rectangle(300, 200), hole))
    assert drawn.path.count("M") == drawn.path.count("Z") == 2
    assert len(drawn.corners) == 8


def test_several_parts_share_one_drawing() -> None:
    parts = [[rectangle(100, 100)], [rectangle(100, 100, LON + 0.003)]]
    drawn = outline({"type": "MultiPolygon", "coordinates": parts})
    assert drawn.path.count("M") == 2
    assert drawn.corners[4][0] > drawn.corners[1][0]


def test_corners_are_listed_in_the_degrees_that_were_given() -> None:
    first = outline(polygon(rectangle(100, 100))).corners[0]
    assert first[2:] == ("101.75", "36.55")


def test_corners_that_all_coincide_are_drawn_as_a_dot() -> None:
    drawn = outline(polygon([[LON, LAT]] * 4))
    assert {corner[:2] for corner in drawn.corners} == {(320.0, 200.0)}


def test_a_malformed_boundary_is_refused() -> None:
    with pytest.raises(BoundaryError, match="RING_NOT_CLOSED"):
        outline(polygon([*rectangle(100, 100)[:-1], [LON, LAT + 0.1]]))


@given(st.lists(st.tuples(st.floats(101.7, 101.8), st.floats(36.5, 36.6)), min_size=3, max_size=12))
def test_no_corner_ever_leaves_the_box(points: list[tuple[float, float]]) -> None:
    ring = [list(point) for point in [*points, points[0]]]
    drawn = outline(polygon(ring), width=640, height=400, margin=24)
    for x, y, _, _ in drawn.corners:
        assert 23.99 <= x <= 616.01
        assert 23.99 <= y <= 376.01
