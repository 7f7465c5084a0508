"""`python -m bench.verifier`: how long the stand-alone verifier needs for a long sale.

A live round of 10,000 signed bids of two bidders, one second apart, each over the head before it,
with a signed head for every bid; written as an auditor's bundle and verified by a process of its
own, from the first import to the last line.
"""

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auction.core import commands as c
from auction.core import events as e
from auction.core.engine import decide, evolve
from auction.core.instants import to_us
from auction.core.profile import FEN_PER_WAN, RuleProfile
from auction.core.state import LotState, minimum_fen
from auction.ledger import canonical
from auction.ledger.checkpoint import Checkpoint, sign
from auction.ledger.merkle import Frontier, leaf_hash
from auction.ledger.notes import LogKey
from auction.pki.demo.authority import DemoCA
from auction.pki.sealing import commitment
from auction.pki.softkey import SoftKey
from auction.services.bundle import Contents, Kept, Kind, pack
from auction.services.lots import terms_of
from auction.verifier.trust import FORMAT
from bench import machine

LOT = "2024JC-4"
ORIGIN = f"bench.example/lots/{LOT}"
AUDIENCE = "https://bench.example"
START = datetime(2024, 10, 30, 1, tzinfo=UTC)
CLOSE = START + timedelta(days=12)
NOTICE = canonical.encode({"notice": "bench"})
AIM_SECONDS = 5.0
TURNS = 3


class Sale:
    """The records, statements and heads of one sale, as they come to be."""

    def __init__(self, kind: str) -> None:
        self.ca = DemoCA.create(b"\x2c" * 32, START)
        self.key = LogKey(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x2d" * 32))
        self.people = {plate: self._person(plate, kind) for plate in ("1001", "1002")}
        profile = RuleProfile(
            start_fen=1549 * FEN_PER_WAN,
            step_listing_fen=FEN_PER_WAN,
            step_timed_fen=FEN_PER_WAN,
            deposit_fen=775 * FEN_PER_WAN,
            apply_from=START,
            apply_until=CLOSE - timedelta(days=1),
            deposit_until=CLOSE - timedelta(days=1),
            listing_from=START,
            listing_until=CLOSE,
        )
        terms, self.rules = terms_of(profile, LOT, hashlib.sha256(NOTICE).hexdigest())
        self.terms = canonical.encode(terms)
        self.state, self.frontier = LotState(), Frontier()
        self.leaves: list[bytes] = []
        self.heads: dict[int, str] = {}
        self.statements: dict[str, Kept] = {}
        opening = c.OpenLot(
            arrival=START - timedelta(days=20),
            code=LOT,
            notice="bench",
            rules=self.rules,
            profile=profile,
        )
        self.do(opening)

    def _person(self, plate: str, kind: str) -> SoftKey:
        key = SoftKey.generate(plate.encode().rjust(32, b"\x00"), kind)
        end = CLOSE + timedelta(days=100)
        serial = int(plate)
        key.certificate = self.ca.issue(
            plate, f"9163{plate}", key.public_key, START - timedelta(days=1), end, serial
        )
        return key

    def path(self, plate: str) -> tuple[bytes, ...]:
        return self.people[plate].certificate, self.ca.intermediate, self.ca.anchor

    def do(self, command: c.Command) -> None:
        for event in decide(self.state, command):
            seq, at = len(self.leaves) + 1, command.arrival
            record = e.Recorded(seq=seq, arrival=at, sequenced=at, event=event)
            self.leaves.append(canonical.encode(record.to_data(LOT)))
            self.frontier = self.frontier.appended(leaf_hash(self.leaves[-1]))
            self.state = evolve(self.state, record)
        head = Checkpoint(ORIGIN, self.frontier.size, self.frontier.root())
        self.heads[head.size] = sign(head, self.key)

    def bid(self, plate: str, at: datetime) -> None:
        amount = minimum_fen(self.state)
        fields = {
            "aud": AUDIENCE,
            "lot": LOT,
            "plate": plate,
            "rules": self.rules,
            "amount": str(amount),
            "cur": "CNY",
            "prev": f"{self.frontier.size}:{self.frontier.root().hex()}",
            "nonce": hashlib.sha256(str(len(self.leaves)).encode()).hexdigest(),
            "iat": str(int(at.timestamp())),
        }
        body, signature = self.people[plate].sign("bid", fields)
        hashes = tuple(hashlib.sha256(der).hexdigest() for der in self.path(plate))
        statement = hashlib.sha256(body).hexdigest()
        self.statements[statement] = Kept("bid", body.decode(), signature, hashes, ())
        sealed = commitment(bytes(32), f"9163{plate} bench")
        self.do(
            c.PlaceBid(
                arrival=at,
                plate=plate,
                amount_fen=amount,
                statement=statement,
                admission=e.Admission(plate, sealed),
            )
        )

    def run(self, bids: int) -> None:
        plates = tuple(self.people)
        for number in range(2):
            self.bid(plates[number], START + timedelta(hours=number))
        self.do(c.Tick(arrival=CLOSE))
        for number in range(bids - 2):
            self.bid(plates[number % 2], CLOSE + timedelta(seconds=1 + number))
        assert self.state.deadline is not None
        self.do(c.Tick(arrival=self.state.deadline))

    def bundle(self) -> bytes:
        ders = {der for plate in self.people for der in self.path(plate)}
        contents = Contents(
            kind=Kind.AUDITOR,
            lot=LOT,
            origin=ORIGIN,
            leaves=tuple(self.leaves),
            heads=self.heads,
            timestamps={},
            terms=self.terms,
            notice=NOTICE,
            statements=self.statements,
            certificates={hashlib.sha256(der).hexdigest(): der for der in ders},
            seats={p: {"salt": bytes(32).hex(), "text": f"9163{p} bench"} for p in self.people},
        )
        return pack(contents, to_us(CLOSE))

    def trust(self) -> bytes:
        terms = hashlib.sha256(self.terms).hexdigest()
        lot = {"keys": [self.key.verifier_string()], "terms": terms, "audience": AUDIENCE}
        anchor = base64.b64encode(self.ca.anchor).decode()
        found = {
            "format": FORMAT,
            "lots": {ORIGIN: lot},
            "anchors": [{"certificate": anchor}],
            "permit_not_checked": ["06", "07", "14", "15"],
        }
        return json.dumps(found).encode()


def measured(kind: str, bids: int) -> tuple[int, int, float]:
    """Records, bytes of the bundle, and the best time of a whole run in seconds."""
    sale = Sale(kind)
    sale.run(bids)
    data = sale.bundle()
    with tempfile.TemporaryDirectory() as folder:
        bundle, trust = Path(folder, "bundle.zip"), Path(folder, "trust.json")
        bundle.write_bytes(data)
        trust.write_bytes(sale.trust())
        command = [sys.executable, "-m", "auction.verifier", str(bundle), "--trust", str(trust)]
        times = []
        for _ in range(TURNS):
            begun = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True)
            times.append(time.perf_counter() - begun)
            if done.returncode:
                sys.exit(done.stdout + done.stderr)
    return len(sale.leaves), len(data), min(times)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.verifier", description=__doc__)
    parser.add_argument("--bids", type=int, default=10_000)
    parser.add_argument("--kind", default="P-256", help="P-256, P-384, RSA-2048 or SM2")
    asked = parser.parse_args()
    records, size, seconds = measured(asked.kind, asked.bids)
    print(machine.describe())
    print(
        f"{records} records with {asked.bids} {asked.kind} bids, {size / 1e6:.1f} MB: "
        f"verified in {seconds:.2f} s (best of {TURNS}; aim {AIM_SECONDS:.0f} s)"
    )


if __name__ == "__main__":
    main()
