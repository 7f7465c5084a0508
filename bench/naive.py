"""The naive way, for comparison: `python -m bench.naive PORT URL ROLL`.

What a tutorial leads to: Flask-SocketIO's public API on gevent, one ORM transaction for each bid
with the lot's row locked, and a broadcast after each. It signs no heads, gives no receipts and
keeps no Merkle log; it verifies the signature and keeps the signed statement, as the others do.
"""

from gevent import monkey

monkey.patch_all()

import base64  # noqa: E402 - patching comes first
import hashlib  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from cryptography.exceptions import InvalidSignature  # noqa: E402
from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: E402
from flask import Flask, request, session  # noqa: E402
from flask_socketio import SocketIO, emit, join_room  # noqa: E402
from flask_sqlalchemy import SQLAlchemy  # noqa: E402
from sqlalchemy import BigInteger, ForeignKey, LargeBinary, select  # noqa: E402
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship  # noqa: E402

from auction.pki.statement import PURPOSES, pae  # noqa: E402
from auction.store.base import configure_sqlite  # noqa: E402
from bench.people import Roll  # noqa: E402

PAYLOAD_TYPE = PURPOSES["bid"][0]
NO_HEAD = {"size": 0, "root": "00" * 32}
"""There is no log whose head a bidder could have seen."""


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)
socketio = SocketIO()


class Person(Base):
    __tablename__ = "person"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    plate: Mapped[str]
    spki: Mapped[bytes] = mapped_column(LargeBinary)


class Lot(Base):
    __tablename__ = "lot"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    price_fen: Mapped[int] = mapped_column(BigInteger)
    step_fen: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)


class Bid(Base):
    __tablename__ = "bid"

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    plate: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    accepted: Mapped[bool]
    arrival_us: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str]
    signature: Mapped[str]

    lot: Mapped[Lot] = relationship()


@socketio.on("connect")
def connect() -> None:
    token = request.cookies.get("floor-session", "")
    session["person"] = hashlib.sha256(token.encode()).hexdigest()


@socketio.on("join")
def join(asked: dict[str, Any]) -> dict[str, Any]:
    session["lot"] = asked["lot"]
    join_room(asked["lot"])
    lot = db.session.scalars(select(Lot).where(Lot.slug == asked["lot"])).one()
    return {"ok": True, "state": state_of(lot), "head": NO_HEAD}


@socketio.on("bid")
def bid(payload: dict[str, str]) -> dict[str, Any]:
    person = db.session.get(Person, session["person"])
    fields = json.loads(payload["body"])
    if person is None or (fields["plate"], fields["lot"]) != (person.plate, session["lot"]):
        return {"ok": False, "code": "NOT_A_BID"}
    key = load_der_public_key(person.spki)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    signature = base64.b64decode(payload["signature"])
    message = pae(PAYLOAD_TYPE, payload["body"].encode())
    try:
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return {"ok": False, "code": "NOT_A_BID"}
    lot = db.session.scalars(select(Lot).where(Lot.slug == session["lot"]).with_for_update()).one()
    amount = int(fields["amount"])
    accepted = amount >= lot.price_fen + lot.step_fen
    lot.size += 1
    if accepted:
        lot.price_fen = amount
    placed = Bid(
        lot=lot,
        seq=lot.size,
        plate=person.plate,
        amount_fen=amount,
        accepted=accepted,
        arrival_us=time.time_ns() // 1000,
        body=payload["body"],
        signature=payload["signature"],
    )
    db.session.add(placed)
    db.session.commit()
    record = {"seq": placed.seq, "plate": placed.plate, "amount_fen": placed.amount_fen}
    state = state_of(lot)
    if accepted:
        emit("news", {"lot": lot.slug, "records": [record], "state": state}, to=lot.slug)
    code = "" if accepted else "BID_TOO_LOW"
    return {"ok": accepted, "code": code, "record": record, "state": state, "head": NO_HEAD}


def state_of(lot: Lot) -> dict[str, int]:
    return {"price_fen": lot.price_fen, "minimum_fen": lot.price_fen + lot.step_fen}


def create_app(url: str, roll: Roll) -> Flask:
    """The application, its database filled."""
    app = Flask("naive")
    app.config.update(
        SECRET_KEY="naive",
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 20, "pool_timeout": 60},
    )
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            configure_sqlite(db.engine)
        db.create_all()
        for facts in roll.lots:
            price = facts.minimum_fen - facts.step_fen
            db.session.add(
                Lot(slug=facts.slug, price_fen=price, step_fen=facts.step_fen, size=facts.size)
            )
        for bidder in roll.bidders:
            token_hash = hashlib.sha256(bidder.token.encode()).hexdigest()
            db.session.add(Person(token_hash=token_hash, plate=bidder.plate, spki=bidder.spki_der))
        db.session.commit()
    socketio.init_app(app, async_mode="gevent", transports=["websocket"], ping_interval=15)
    return app


if __name__ == "__main__":
    made = create_app(sys.argv[2], Roll.load(Path(sys.argv[3])))
    socketio.run(made, host="127.0.0.1", port=int(sys.argv[1]), log_output=False)
