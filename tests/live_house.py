"""A server under its real entry point, a practice lot on it, and clients at its sockets."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import requests
import socketio
from flask import Flask
from live_server import Server

from auction.app import create_app
from auction.demo.client import RemotePerson
from auction.pki.statement import signed_plate
from auction.services import demo_people, lots, practice, randomness
from auction.services.seats import pseudonym, seat_context
from auction.services.unit import writing
from auction.store.base import db
from auction.store.sales import Lot
from auction.store.seats import DepositAccount, Seat
from config import Settings

ANSWER_SECONDS = 20
WAN = 1_000_000


@dataclass
class LiveHouse(Server):
    """A server with one practice lot, and the clients at it."""

    listing_seconds: int = 240
    countdown_seconds: int = 60
    slug: str = ""
    plates: dict[str, str] = field(default_factory=dict)
    clients: list["Client"] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/practice/lots/{self.slug}"

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "AUCTION_PRACTICE_LISTING_SECONDS": str(self.listing_seconds),
            "AUCTION_PRACTICE_COUNTDOWN_SECONDS": str(self.countdown_seconds),
        }

    def open_lot(self, bidders: Iterable[str], unqualified: Iterable[str] = ()) -> None:
        """A practice lot whose listing begins now, with a seat for each of these demo people."""
        app = create_app(Settings.from_environment(self.environment))
        with app.app_context():
            db.create_all()
            lot = practice.open_new(app.extensions["auction"])
            self.slug = lot.slug
            for person_id in bidders:
                self.plates[person_id] = seat(app, lot, person_id)
            for person_id in unqualified:
                self.plates[person_id] = seat(app, lot, person_id, qualified=False)
            db.session.remove()
            db.engine.dispose()
            app.extensions["auction"].engine.dispose()

    def state(self, after: int = 0) -> dict[str, Any]:
        answer = requests.get(
            self.origin + self.path + "/state.json", params={"after": after}, timeout=10
        )
        found: dict[str, Any] = answer.json()
        return found


def seat(app: Flask, lot: Lot, person_id: str, *, qualified: bool = True) -> str:
    """The seat that application and deposit would give a demo bidder; its plate."""
    house = app.extensions["auction"]
    who = demo_people.person(person_id)
    party_id = demo_people.enrolled_party(house, who)
    own = pseudonym(house, lot, party_id)
    taken = {plate for (plate,) in db.session.query(Seat.plate).filter_by(lot_id=lot.id)}
    db.session.rollback()
    while (plate := randomness.plate(house.random, lots.is_practice(lot))) in taken:
        pass
    content = {"party_id": party_id, "name": who.name, "id_code": who.id_code, "salt": "00" * 32}
    with writing() as session:
        account = session.query(DepositAccount).filter_by(lot_id=lot.id, taken=False).first()
        assert account is not None
        account.taken = True
        session.add(
            Seat(
                lot_id=lot.id,
                pseudonym=own,
                plate=plate,
                sealed=house.sealer.seal(content, seat_context(lot, own)),
                commitment=hashlib.sha256(plate.encode()).hexdigest(),
                application=hashlib.sha256(own.encode()).hexdigest(),
                applied_at=house.now(),
                account_number=account.number,
                qualified_at=house.now() if qualified else None,
            )
        )
    return plate


class Client:
    """A page of the hall: joins a lot's room and keeps what it is told."""

    def __init__(self, house: LiveHouse, person: RemotePerson | None = None) -> None:
        self.house = house
        self.person = person
        house.clients.append(self)
        self.news: list[dict[str, Any]] = []
        self.ticks: list[dict[str, Any]] = []
        self.ended: list[dict[str, Any]] = []
        self._heard = threading.Condition()
        self.socket = socketio.Client(reconnection=False)
        self.socket.on("news", self._keep(self.news))
        self.socket.on("tick", self._keep(self.ticks))
        self.socket.on("session_ended", self._keep(self.ended))

    def _keep(self, into: list[dict[str, Any]]) -> Any:
        def keep(message: dict[str, Any]) -> None:
            with self._heard:
                into.append(message)
                self._heard.notify_all()

        return keep

    def connect(self, path: str = "socket.io") -> "Client":
        headers = {}
        if self.person is not None:
            cookies = self.person.http.cookies
            headers["Cookie"] = "; ".join(f"{c.name}={c.value}" for c in cookies)
        self.socket.connect(
            self.house.origin,
            headers=headers,
            transports=["websocket"],
            socketio_path=path,
            wait_timeout=10,
        )
        return self

    def join(self, after: int = 0) -> dict[str, Any]:
        return self.call("join", {"lot": self.house.slug, "practice": True, "after": after})

    def call(self, event: str, payload: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.socket.call(event, payload, timeout=ANSWER_SECONDS)
        return answer

    def bid(self, wan: int) -> dict[str, Any]:
        """Sign under the head that the lot has now, and send."""
        return self.call("bid", self.statement(wan))

    def statement(self, wan: int) -> dict[str, str]:
        assert self.person is not None
        head = self.house.state()["head"]
        plate = self.house.plates.get(self.person.person_id, "0000")
        return self.person.sign(
            "practice-bid",
            {
                "aud": self.house.origin,
                "lot": self.house.slug,
                "plate": signed_plate(plate),
                "rules": rules_of(self.house),
                "amount": str(wan * WAN),
                "cur": "CNY",
                "prev": f"{head['size']}:{head['root']}",
            },
        )

    def wait(self, told: Any, seconds: float = 10) -> None:
        """Wait until `told()` holds."""
        with self._heard:
            assert self._heard.wait_for(told, timeout=seconds)

    def close(self) -> None:
        self.socket.disconnect()
        for used in (self.socket.eio.ws, self.socket.eio.http):
            if used is not None:
                used.close()
        if self.person is not None:
            self.person.http.close()


def rules_of(house: LiveHouse) -> str:
    """The hash of the published terms, from the lot's first public record."""
    proof = requests.get(f"{house.origin}{house.path}/records/1.tlog-proof", timeout=10).text
    leaf = json.loads(base64.b64decode(proof.splitlines()[1].removeprefix("extra ")))
    rules: str = leaf["data"]["rules"]
    return rules


def person(house: LiveHouse, person_id: str) -> RemotePerson:
    """A demo person, signed in."""
    who = RemotePerson(house.origin, person_id)
    who.sign_in()
    return who
