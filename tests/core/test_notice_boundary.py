"""Parcel boundaries: only closed polygons in degrees within China are taken."""

import json
from decimal import Decimal
from typing import Any

import pytest

from auction.core.boundary import BoundaryError, parse_boundary, polygons

RING = [[101.75, 36.55], [101.76, 36.55], [101.76, 36.56], [101.75, 36.55]]


def test_a_polygon_is_read_exactly() -> None:
    ((ring,),) = parse_boundary(json.dumps({"type": "Polygon", "coordinates": [RING]}))
    assert ring[0] == (Decimal("101.75"), Decimal("36.55"))
    assert ring[0] == ring[-1]


def test_decoded_numbers_are_taken_as_they_were_written() -> None:
    assert polygons({"type": "Polygon", "coordinates": [RING]}) == parse_boundary(
        json.dumps({"type": "Polygon", "coordinates": [RING]})
    )


def test_a_height_above_the_sea_is_left_aside() -> None:
    with_height = [[*position, 2261] for position in RING]
    assert polygons({"type": "Polygon", "coordinates": [with_height]}) == polygons(
        {"type": "Polygon", "coordinates": [RING]}
    )


def test_a_parcel_may_have_several_parts() -> None:
    assert len(polygons({"type": "MultiPolygon", "coordinates": [[RING], [RING]]})) == 2


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        ({"type": "Point", "coordinates": [101.75, 36.55]}, "BOUNDARY_TYPE"),
        ([], "BOUNDARY_TYPE"),
        ({"type": "Polygon"}, "BOUNDARY_SHAPE"),
        ({"type": "Polygon", "coordinates": []}, "BOUNDARY_SHAPE"),
        ({"type": "Polygon", "coordinates": [[["a", "b"]]]}, "BOUNDARY_SHAPE"),
        ({"type": "Polygon", "coordinates": [[[True, 36.5]]]}, "BOUNDARY_SHAPE"),
        ({"type": "Polygon", "coordinates": [[[101.7]]]}, "BOUNDARY_SHAPE"),
        ({"type": "Polygon", "coordinates": [RING[:3]]}, "RING_TOO_SHORT"),
        ({"type": "Polygon", "coordinates": [[*RING[:3], [101.7, 36.5]]]}, "RING_NOT_CLOSED"),
        ({"type": "Polygon", "coordinates": [[[36.55, 101.75]] * 4]}, "POSITION_OUTSIDE_CHINA"),
        ({"type": "Polygon", "coordinates": [[[500000, 4000000]] * 4]}, "POSITION_OUTSIDE_CHINA"),
    ],
)
def test_anything_else_is_refused_with_its_code(geometry: Any, code: str) -> None:
    with pytest.raises(BoundaryError) as caught:
        parse_boundary(json.dumps(geometry))
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\x00"])
def test_text_that_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(BoundaryError, match="BOUNDARY_NOT_JSON"):
        parse_boundary(text)


def test_not_a_number_is_no_position() -> None:
    with pytest.raises(BoundaryError, match="BOUNDARY_SHAPE"):
        parse_boundary('{"type": "Polygon", "coordinates": [[[NaN, 36.5]]]}')
