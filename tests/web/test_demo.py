"""The demonstration's panel: faults on purpose, and what the evidence says of them."""

from collections.abc import Callable

import pytest
from flask import Flask

from auction.services import demo_control as control
from auction.services import practice, rehearsal
from auction.services.house import House


@pytest.fixture
def rehearsed(app: Flask, house: House) -> None:
    with app.app_context():
        rehearsal.into_this_database(house)


def test_a_tampered_record_is_named_and_can_be_put_back(
    visitor, app: Flask, house: House, rehearsed: None
) -> None:
    page = visitor.get("/demo/").get_data(as_text=True)
    assert "核验发现问题" not in page
    assert visitor.post("/demo/tamper").status_code == 302
    with app.app_context():
        altered = control.tampered(house.site.data_dir)
    assert altered is not None
    page = visitor.get("/demo/").get_data(as_text=True)
    assert "核验发现问题" in page
    assert f"第 {altered.seq} 号" in page
    visitor.post("/demo/restore")
    assert "核验发现问题" not in visitor.get("/demo/").get_data(as_text=True)


def test_another_practice_lot_is_one_press_away(visitor, app: Flask, house: House) -> None:
    visitor.post("/demo/again")
    with app.app_context():
        lot = practice.current(house)
        assert lot is not None
        until = lot.listing_until
    visitor.post("/demo/skip")
    with app.app_context():
        lot = practice.current(house)
        assert lot is not None
        assert lot.listing_until is not None
        assert until is not None
        assert lot.listing_until < until


@pytest.mark.parametrize(("pace", "status"), [("fast", 302), ("stop", 302), ("frantic", 400)])
def test_the_robots_pace_is_one_of_three(visitor, house: House, pace: str, status: int) -> None:
    assert visitor.post("/demo/robots", data={"pace": pace}).status_code == status
    if status == 302:
        assert control.pace(house.site.data_dir) == pace


def test_without_a_keeper_nobody_kills_the_server(visitor) -> None:
    assert visitor.post("/demo/kill").status_code == 302


def test_cutting_the_line_drops_every_socket(visitor) -> None:
    assert visitor.post("/demo/cut").status_code == 302


def test_each_seat_has_a_session_of_its_own(client_as: Callable[[str], object], visitor) -> None:
    for seat in "ab":
        page = visitor.get(f"/seat/{seat}/sign-in").get_data(as_text=True)
        assert f'data-base="/seat/{seat}"' in page
        assert f"/seat/{seat}/sign-in/challenge" in page
    side = visitor.get("/demo/side-by-side")
    assert "frame-src 'self'" in side.headers["Content-Security-Policy"]
    seat = visitor.get("/seat/a/sign-in")
    assert "frame-ancestors 'self'" in seat.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("usual", "本宗地不设最高限价"),
        ("asked", "挂牌截止后由系统询问"),
        ("capped", "最高限价 1,849 万元"),
        ("reserved", "设有底价，竞价结束前保密"),
        ("perhaps", "本宗地不设最高限价"),
        ("", "本宗地不设最高限价"),
    ],
)
def test_every_special_mode_can_be_practised(visitor, mode, said):
    answer = visitor.post("/demo/again", data={"mode": mode})
    assert answer.status_code == 302
    assert said in visitor.get(f"{answer.location}/rules").get_data(as_text=True)
