"""The durable work of a bid, with nothing around it: `python -m bench.floor PORT URL ROLL`

One event loop (uvloop) reads and writes WebSockets (picows); one thread commits batches.

What it does for every bid, as the product does:
- reads one WebSocket message in the product's own format and takes the arrival;
- decodes the JSON, checks that plate, lot, rules, audience and certificate are the sender's, and
  verifies the P-256 signature over the statement with a key that was loaded at start;
- checks that the head the bidder saw is one of this log, and that the statement is new;
- rules in memory: at least price + step, the deadline moves;
- writes the leaf's bytes, hashes them, grows the Merkle tree; once a batch signs the head
  (Ed25519), and builds a receipt with its inclusion proof for each bid;
- commits leaves, head with frontier, signed head and the signed statement in one transaction for
  all that waited (SQLite WAL FULL, or PostgreSQL with the logs' rows locked and COPY);
- only then answers, and tells the room at most every 75 ms.

What it leaves out: HTTP pages, sessions and certificates after start, seats, rate limits, sealing
of evidence, all rules but the price's, transitions by time, the projection for pages, words for
people, catching up with other writers, failed batches (it ends), metrics.
"""

import asyncio
import base64
import hashlib
import itertools
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import uvloop
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from auction.ledger.checkpoint import Checkpoint, sign
from auction.ledger.merkle import leaf_hash
from auction.pki.statement import PURPOSES, pae
from bench.floor_store import Store, open_store
from bench.floor_writer import Bid, Lot, Writer, log_key, state
from bench.people import Roll

MAX_BATCH = 256
JOIN_SECONDS = 0.075
PAYLOAD_TYPE = PURPOSES["bid"][0]
_ALGORITHM = ec.ECDSA(hashes.SHA256())
_TEXT = WSMsgType.TEXT


@dataclass(frozen=True, slots=True)
class Person:
    """A bidder as his connection knows him."""

    plate: str
    fingerprint: str
    key: ec.EllipticCurvePublicKey


class Floor:
    """The event loop's part: sockets, group commit, news."""

    def __init__(self, roll: Roll, store: Store) -> None:
        self._loop = asyncio.get_running_loop()
        self._pool = ThreadPoolExecutor(1)
        self._writer = Writer(store)
        self._waiting: list[Bid] = []
        self._busy = self._telling = False
        self._numbers = itertools.count(1)
        self.origin = roll.origin
        self.people = {
            bidder.token: Person(
                bidder.plate,
                hashlib.sha256(base64.b64decode(bidder.certificate)).hexdigest(),
                _public(bidder.spki_der),
            )
            for bidder in roll.bidders
        }
        self.lots = {
            facts.slug: Lot(n, facts, log_key(facts.slug), facts.minimum_fen - facts.step_fen)
            for n, facts in enumerate(roll.lots)
        }
        for lot in self.lots.values():
            self._begin(lot, store)

    def _begin(self, lot: Lot, store: Store) -> None:
        """A log of the same length as the product's, so that proofs are as deep."""
        for n in range(lot.facts.size):
            lot.tree.append(leaf_hash(b"%d" % n))
        root = lot.tree.root()
        lot.note = sign(Checkpoint(lot.key.name, lot.tree.size, root), lot.key)
        store.begin((lot.number, lot.tree.size, lot.tree.frontier().to_bytes(), root, lot.note))

    def sid(self) -> int:
        return next(self._numbers)

    def take(self, bid: Bid) -> None:
        """A verified bid: decided with all that wait when the writer is free."""
        self._waiting.append(bid)
        if not self._busy:
            self._write()

    def _write(self) -> None:
        batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
        self._busy = True
        done = self._loop.run_in_executor(self._pool, self._writer.run, batch)
        done.add_done_callback(lambda done: self._written(batch, done))

    def _written(self, batch: list[Bid], done: "asyncio.Future[list[bytes]]") -> None:
        try:
            frames = done.result()
        except BaseException:
            self._loop.stop()
            raise
        self._busy = False
        if self._waiting:
            self._write()
        for bid, frame in zip(batch, frames, strict=True):
            bid.send(frame)
        if not self._telling:
            self._tell()

    def _tell(self) -> None:
        self._telling = False
        for lot in self.lots.values():
            if not lot.news:
                continue
            news, lot.news = lot.news, []
            message = {
                "lot": lot.facts.slug,
                "seq": news[-1]["seq"],
                "head": {"note": lot.note},
                "state": state(lot),
                "records": news,
                "now_us": time.time_ns() // 1000,
            }
            frame = b'42["news",%b]' % orjson.dumps(message)
            for send in lot.room:
                send(frame)
            self._telling = True
        if self._telling:
            self._loop.call_later(JOIN_SECONDS, self._tell)


class Socket(WSListener):
    """One connection."""

    def __init__(self, floor: Floor, request: WSUpgradeRequest) -> None:
        cookie = request.headers.get("Cookie", "")
        self._floor = floor
        self._person = floor.people.get(cookie.removeprefix("floor-session="))
        self._lot: Lot | None = None
        self._transport: WSTransport | None = None

    def send(self, frame: bytes) -> None:
        if self._transport is not None:
            self._transport.send(_TEXT, frame)

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        opening = {"sid": f"e{self._floor.sid()}", "upgrades": []}
        times = {"pingInterval": 15000, "pingTimeout": 15000, "maxPayload": 32768}
        self.send(b"0" + orjson.dumps(opening | times))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None
        if self._lot is not None:
            self._lot.room.discard(self.send)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not _TEXT:
            transport.disconnect()
            return
        arrival_us = time.time_ns() // 1000
        packet = frame.get_payload_as_bytes()
        if packet == b"40":
            self.send(b'40{"sid":"s%d"}' % self._floor.sid())
            return
        if packet[:2] != b"42":
            return
        start = packet.index(b"[")
        name, payload = orjson.loads(packet[start:])
        ack = packet[2:start]
        if name == "join":
            self._join(ack, payload)
        elif not self._bid(ack, payload, arrival_us):
            self.send(b'43%b[{"ok":false,"code":"NOT_A_BID"}]' % ack)

    def _join(self, ack: bytes, payload: dict[str, Any]) -> None:
        self._lot = lot = self._floor.lots[payload["lot"]]
        lot.room.add(self.send)
        head = {"size": lot.tree.size, "root": lot.tree.root().hex(), "note": lot.note}
        answer = {"ok": True, "state": state(lot), "head": head}
        self.send(b"43%b[%b]" % (ack, orjson.dumps(answer)))

    def _bid(self, ack: bytes, payload: dict[str, str], arrival_us: int) -> bool:
        person, lot, floor = self._person, self._lot, self._floor
        if person is None or lot is None:
            return False
        body = payload["body"].encode("ascii")
        fields = orjson.loads(body)
        said = (fields["aud"], fields["lot"], fields["plate"], fields["rules"], fields["cert"])
        own = (floor.origin, lot.facts.slug, person.plate, lot.facts.rules, person.fingerprint)
        if said != own:
            return False
        signature = base64.b64decode(payload["signature"], validate=True)
        try:
            person.key.verify(signature, pae(PAYLOAD_TYPE, body), _ALGORITHM)
        except InvalidSignature:
            return False
        size, root = fields["prev"].split(":")
        statement = hashlib.sha256(body).hexdigest()
        prev = int(size), bytes.fromhex(root)
        amount = int(fields["amount"])
        evidence = body + b"\n" + signature
        floor.take(
            Bid(self.send, ack, lot, person.plate, amount, prev, statement, evidence, arrival_us)
        )
        return True


def _public(der: bytes) -> ec.EllipticCurvePublicKey:
    key = load_der_public_key(der)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


async def serve(port: int, url: str, roll: Roll) -> None:
    """Serve until ended."""
    floor = Floor(roll, open_store(url))
    server = await ws_create_server(lambda request: Socket(floor, request), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2], Roll.load(Path(sys.argv[3]))))
