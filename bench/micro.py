"""What each part of a bid's way costs on its own: processor microseconds of one thread."""

import base64
import json
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from flask_babel import force_locale

from auction.app import create_app
from auction.core import commands as c
from auction.core import events as e
from auction.core.engine import decide, evolve
from auction.ledger import canonical
from auction.ledger.checkpoint import Checkpoint, sign
from auction.ledger.merkle import leaf_hash
from auction.ledger.receipt import Receipt
from auction.live.pace import Pace
from auction.pki.statement import PURPOSES, Signed, pae, parse, verify_statement
from auction.presenting import audience, bid_answers
from auction.services import evidence, people, seats
from auction.services.house import House
from auction.services.sessions import signed_in
from auction.store import projection
from auction.store.base import db
from auction.store.sales import Lot
from auction.trading.work import Answer
from bench.curves import BATCH, Feeder
from bench.house import ORIGIN, close, furnish
from bench.people import Bidder
from config import Settings

SECONDS = 0.15
"""How long each part is repeated."""
BID, BATCHED, NEWS, MINUTE = "bid", "batch and lot", "news", "bidder and minute"
_BIDDERS = 100


def cost(part: Callable[[], object]) -> float:
    """CPU microseconds of one call, the best of five series."""
    part()
    count, begin = 0, time.thread_time()
    while time.thread_time() - begin < SECONDS / 5:
        part()
        count += 1
    best = float("inf")
    for _ in range(5):
        begin = time.thread_time()
        for _ in range(count):
            part()
        best = min(best, (time.thread_time() - begin) / count)
    return best * 1e6


def run() -> Iterator[dict[str, Any]]:
    """A row for each part."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        environ = {"AUCTION_DATA_DIR": f"{name}/data", "AUCTION_ORIGIN": ORIGIN}
        app = create_app(Settings.from_environment(environ))
        with app.test_request_context(base_url=ORIGIN):
            db.create_all()
            roll = furnish(app, bidders=_BIDDERS, lot_count=1)
            house: House = app.extensions["auction"]
            feeder = Feeder(house, roll.bidders)
            feeder.feed(40, 1)
            for part, per, call in _parts(house, roll.bidders[0]):
                yield {"part": part, "us": f"{cost(call):,.1f}", "per": per}
            for size, batches in ((1, 100), (BATCH, 40)):
                cpu, wall = feeder.feed(batches, 1, size)
                yield {
                    "part": f"sequencer and writer on SQLite, {size} a batch (wall {wall:,.0f})",
                    "us": f"{cpu:,.1f}",
                    "per": BID,
                }
            close(app)


def _parts(house: House, bidder: Bidder) -> Iterator[tuple[str, str, Callable[[], object]]]:
    lot = db.session.get_one(Lot, 1)
    runtime = house.writer.runtimes[lot.id]
    now, state, tree = house.now(), runtime.state, runtime.tree
    actor = signed_in.actor_of(house, bidder.token)
    assert isinstance(actor, people.Actor)
    assert actor.party_id is not None
    certificate = people.certificate_of(house, actor, "bid")
    assert state.price_fen is not None
    amount = state.price_fen + state.terms.step_timed_fen
    fields = {
        "amount": str(amount),
        "aud": ORIGIN,
        "cert": certificate.fingerprint,
        "cur": "CNY",
        "iat": str(int(now.timestamp())),
        "lot": lot.slug,
        "nonce": secrets.token_hex(32),
        "plate": bidder.plate,
        "prev": f"{tree.size}:{tree.root().hex()}",
        "rules": lot.rules,
    }
    body = orjson.dumps(fields)
    key = bidder.key
    algorithm = ec.ECDSA(hashes.SHA256())
    message = pae(PURPOSES["bid"][0], body)
    signature = key.sign(message, algorithm)
    payload = {
        "body": body.decode(),
        "signature": base64.b64encode(signature).decode(),
        "certificate": bidder.certificate,
    }
    packet = orjson.dumps(["bid", payload])
    signed = Signed.from_transport(payload)
    expect = {k: fields[k] for k in ("aud", "lot", "plate", "rules", "cur")}
    statement = verify_statement(
        "bid", signed.body, signed.signature, certificate, expect=expect, now=now
    )
    command = c.PlaceBid(
        arrival=now, plate=bidder.plate, amount_fen=amount, statement=statement.digest
    )
    (event,) = decide(state, command)
    record = e.Recorded(seq=tree.size, arrival=now, sequenced=now, event=event)
    data = record.to_data(lot.slug)
    leaf = canonical.encode(data)
    note = sign(Checkpoint(runtime.key.name, tree.size, tree.root()), runtime.key)
    proof = tuple(tree.inclusion_proof(tree.size - 1, tree.size))
    receipt = Receipt(tree.size - 1, leaf, proof, note)
    answer = Answer((record,), None, (receipt,), state)
    found = bid_answers.verdict(lot.slug, answer, statement.digest, now)[0]
    party_id, public = actor.party_id, key.public_key()

    pace = Pace(10_000)

    def afresh(read: Callable[[], object]) -> object:
        # What was read in an earlier request is not kept.
        db.session.rollback()
        return read()

    def seat() -> object:
        return seats.seat_of(house, db.session.get_one(Lot, 1), party_id)

    def speak() -> None:
        with force_locale("zh_CN"):
            pass

    yield "message: JSON decoded", BID, lambda: orjson.loads(packet)
    yield "pace looked at", BID, lambda: pace.allows(party_id, house.now())
    yield (
        "session looked up",
        MINUTE,
        lambda: afresh(lambda: signed_in.actor_of(house, bidder.token)),
    )
    yield "lot and seat looked up", MINUTE, lambda: afresh(seat)
    yield "certificate validated", MINUTE, lambda: people.certificate_of(house, actor, "bid")
    yield "transport read", BID, lambda: Signed.from_transport(payload)
    yield "statement parsed", BID, lambda: parse("bid", body)
    yield "signature verified (P-256)", BID, lambda: public.verify(signature, message, algorithm)
    yield (
        "evidence sealed",
        BID,
        lambda: evidence.sealed_row(house, lot.id, statement, signed, certificate, now),
    )
    yield (
        "ticket and withdrawal",
        BID,
        lambda: house.sequencer.withdraw(house.sequencer.ticket(lot.id)),
    )
    house.sequencer.step()
    yield "head that was seen checked", BID, lambda: tree.root_at(tree.size - 1)
    yield "decided", BID, lambda: decide(state, command)
    yield "evolved", BID, lambda: evolve(state, record)
    yield "record as data", BID, lambda: record.to_data(lot.slug)
    yield "canonical bytes", BID, lambda: canonical.encode(data)
    yield "leaf hashed", BID, lambda: leaf_hash(leaf)
    yield "projection's row", BID, lambda: projection.bid_rows(lot.id, [(record, True)])
    yield "inclusion proof", BID, lambda: tree.inclusion_proof(tree.size - 1, tree.size)
    yield "receipt's text", BID, receipt.to_text
    yield "language of the answer set", BID, speak
    yield (
        "answer in words, receipt included",
        BID,
        lambda: bid_answers.verdict(
            lot.slug, answer, statement.digest, now + timedelta(milliseconds=1)
        ),
    )
    yield "answer encoded (standard library)", BID, lambda: json.dumps(found, separators=(",", ":"))
    yield "answer encoded (orjson)", BID, lambda: orjson.dumps(found)
    yield (
        "head signed (Ed25519)",
        BATCHED,
        lambda: sign(Checkpoint(runtime.key.name, tree.size, tree.root()), runtime.key),
    )
    yield "head read back for readers", BATCHED, lambda: audience.head(note)
    yield "projection's columns", BATCHED, lambda: projection.columns(state)
    yield "record shown", NEWS, lambda: audience.shown(record, lot.slug, opened=False)
    yield "state shown", NEWS, lambda: audience.state(state, now)
