"""What was sealed and then opened stands on the result page, recomputed."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from factories import LISTING_UNTIL, wan
from flask import Flask
from hall_people import Seated, signed_bid, take_seat

from auction.core.parameters import CapMode, ReserveMode
from auction.services.house import House
from auction.store.base import db
from auction.store.sales import Lot
from auction.trading.time import DrivenClock


@pytest.fixture
def seated(
    app: Flask, clock: DrivenClock, client_as: Callable[[str], Any], publish_44: Callable[..., Any]
) -> Callable[..., tuple[Any, list[Seated]]]:
    """A sale under given rules, ten minutes before its close, with two seats."""

    def sit(rules: dict[str, Any]) -> tuple[Any, list[Seated]]:
        lot = publish_44(rules=rules)
        clock.move_to(LISTING_UNTIL - timedelta(minutes=10))
        return lot, [take_seat(app, lot, client_as(f"bidder-{x}"), f"bidder-{x}") for x in "ab"]

    return sit


def bid(who: Seated, amount_wan: int) -> None:
    answer = who.client.post(f"/my{who.path}/bids", json=signed_bid(who, amount_wan))
    assert answer.status_code == 200, answer.get_data(as_text=True)


def page_of(client: Any, path: str) -> str:
    return unescape(client.get(path).get_data(as_text=True))


def seal(client_as: Callable[[str], Any], lot: Any, amount: str) -> None:
    for person, step in (("drafter", "enter"), ("approver", "confirm")):
        path = f"/office/console{lot.path}/reserve"
        client_as(person).post(path, data={"amount": amount, "step": step})


def test_a_lot_below_its_reserve_is_not_sold_and_the_reserve_is_shown(
    app: Flask,
    house: House,
    clock: DrivenClock,
    client_as: Callable[[str], Any],
    visitor: Any,
    seated: Callable[..., Any],
) -> None:
    lot, (a, _) = seated({"reserve_mode": ReserveMode.SEALED})
    bid(a, 1549)
    seal(client_as, lot, "1800")
    assert "1,800" not in page_of(visitor, lot.path)
    clock.move_to(LISTING_UNTIL)
    house.sequencer.settle()
    assert "未成交：最高报价未达到底价 1,800 万元" in page_of(visitor, lot.path)
    page = page_of(visitor, f"{lot.path}/result")
    salt = re.search(r"随机盐</dt><dd class=\"code\">([0-9a-f]{64})", page)
    assert salt is not None
    text = f"reserve/1\n2024JC-4\n{wan(1800)}\n{salt[1]}\n"
    assert hashlib.sha256(text.encode()).hexdigest() in page
    assert "不一致" not in page
    with app.app_context():
        assert db.session.get_one(Lot, lot.id).stage == "unsold"


def test_a_reserve_that_is_met_changes_nothing(
    house: House,
    clock: DrivenClock,
    client_as: Callable[[str], Any],
    visitor: Any,
    seated: Callable[..., Any],
) -> None:
    lot, (a, _) = seated({"reserve_mode": ReserveMode.SEALED})
    bid(a, 1549)
    seal(client_as, lot, "1549")
    clock.move_to(LISTING_UNTIL)
    house.sequencer.settle()
    assert "最高报价 1,549 万元" in page_of(visitor, lot.path)


def test_the_draw_stands_with_everything_it_was_made_of(
    house: House, clock: DrivenClock, visitor: Any, seated: Callable[..., Any]
) -> None:
    capped = {"cap_mode": CapMode.LOTTERY, "cap_fen": wan(1749), "lottery_join_seconds": 300}
    lot, (a, b) = seated(capped)
    bid(a, 1549)
    bid(b, 1649)
    clock.move_to(LISTING_UNTIL)
    house.sequencer.settle()
    bid(a, 1749)
    for who in (a, b):
        fields = {"lot": who.slug, "plate": who.plate, "rules": who.rules}
        payload = who.client.sign("lottery", fields)
        assert who.client.post(f"/my{who.path}/lottery", json=payload).status_code == 200
    clock.advance(minutes=5)
    house.sequencer.settle()
    page = page_of(visitor, f"{lot.path}/result")
    assert "交易机构的随机数" in page
    for who in (a, b):
        assert f"号牌 {who.plate} 的随机数" in page
    assert "一致" in page
    assert "不一致" not in page
