"""Bidders at a lot, for tests of the hall over HTTP."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from live_house import seat

from auction.core.money import FEN_PER_WAN
from auction.services import demo_people
from auction.store.base import db
from auction.store.sales import Lot


@dataclass
class Seated:
    """A signed-in, qualified bidder: the browser, the plate, the lot."""

    client: Any
    plate: str
    path: str
    slug: str
    rules: str
    lot_id: int
    party_id: str


def take_seat(app: Flask, lot: Any, client: Any, person_id: str) -> Seated:
    """A qualified seat at a published lot for this person's browser."""
    with app.app_context():
        row = db.session.get_one(Lot, lot.id)
        plate = seat(app, row, person_id)
        house = app.extensions["auction"]
        party_id = demo_people.enrolled_party(house, demo_people.person(person_id))
        return Seated(client, plate, lot.path, row.slug, row.rules, row.id, party_id)


def head_of(who: Seated) -> dict[str, Any]:
    """The signed head that a page of this lot would show now."""
    found: dict[str, Any] = who.client.get(f"{who.path}/state.json").get_json()["head"]
    return found


def signed_bid(
    who: Seated, amount_wan: int, /, purpose: str = "bid", **changes: str
) -> dict[str, str]:
    """A bid as this person's browser would sign it, or with other values in it."""
    head = head_of(who)
    fields = {
        "lot": who.slug,
        "plate": who.plate,
        "rules": who.rules,
        "amount": str(amount_wan * FEN_PER_WAN),
        "cur": "CNY",
        "prev": f"{head['size']}:{head['root']}",
    }
    try:
        payload: dict[str, str] = who.client.sign(purpose, {**fields, **changes})
    except Exception:
        # A value that an honest client cannot even build: as a forged body would carry it.
        payload = who.client.sign(purpose, fields)
        name, value = next(iter(changes.items()))
        payload["body"] = payload["body"].replace(
            f'"{name}":"{fields[name]}"', f'"{name}":"{value}"'
        )
    return payload
