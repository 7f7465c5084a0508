"""A sale with real signatures and its bundle, and everything that somebody with the keys can do.

The records are decided by the engine; every statement is signed by a key of its bidder, over the
head that he saw; heads are signed by the log's key, and two witnesses cosign the last one.
"""

import base64
import copy
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from factories import CODE, LISTING_FROM, LISTING_UNTIL, PUBLISHED, A, B, C, profile, seconds, wan

from auction.core import commands as c
from auction.core import events as e
from auction.core.engine import decide, evolve
from auction.core.instants import to_us
from auction.core.state import LotState
from auction.ledger import canonical
from auction.ledger.checkpoint import Checkpoint, sign
from auction.ledger.merkle import Tree, leaf_hash
from auction.ledger.notes import LogKey
from auction.pki.demo.authority import DemoCA
from auction.pki.sealing import commitment
from auction.pki.softkey import SoftKey
from auction.services.bundle import Contents, Kept, Kind, pack
from auction.services.lots import terms_of
from auction.verifier import trust
from auction.verifier.trust import Trust

Leaf = dict[str, Any]
ORIGIN = f"land-floor.example/lots/{CODE}"
AUDIENCE = "https://floor.example"
NOTICE = canonical.encode({"notice": "2024TD网挂公告第[44]号"})
US = 1_000_000


@lru_cache(maxsize=8)
def authority(seed: bytes = b"\x44" * 32, kind: str = "P-256") -> DemoCA:
    return DemoCA.create(seed, PUBLISHED, kind)


def ed25519(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


LOG = LogKey(ORIGIN, ed25519(7))
WITNESSES = {"audit.example/witness": ed25519(8), "notary.example/witness": ed25519(9)}


def witness_key(name: str, private: Ed25519PrivateKey) -> tuple[bytes, str]:
    """Key id and verifier string of a witness."""
    raw = b"\x04" + private.public_key().public_bytes_raw()
    identifier = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    return identifier, f"{name}+{identifier.hex()}+{_base64(raw)}"


def cosigned(note: str, at: int, names: Sequence[str] = tuple(WITNESSES)) -> str:
    """The note with the signatures of witnesses who saw it at `at` (seconds)."""
    text = note.rpartition("\n\n")[0] + "\n"
    for name in names:
        private = WITNESSES[name]
        signature = private.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
        raw = witness_key(name, private)[0] + at.to_bytes(8, "big") + signature
        note += f"\u2014 {name} {_base64(raw)}\n"
    return note


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


class Person:
    """A bidder: key, certificate, plate, and what the plate's commitment is to."""

    def __init__(self, plate: str, ca: DemoCA, kind: str = "P-256", name: str = "") -> None:
        seed = hashlib.sha256(f"{plate} {kind} {ca.fingerprint}".encode()).digest()
        self.plate = plate
        self.code = f"91630100DEMO{plate:0>6}"
        self.key = SoftKey.generate(seed, kind)
        serial = int.from_bytes(seed[:15], "big") | 1
        begin, end = PUBLISHED, PUBLISHED + timedelta(days=900)
        self.key.certificate = ca.issue(
            name or f"竞买人{plate}", self.code, self.key.public_key, begin, end, serial
        )
        self.path = (self.key.certificate, ca.intermediate, ca.anchor)
        self.salt = hashlib.sha256(seed).digest()
        self.text = f"{self.code} 竞买人{plate}"

    @property
    def admission(self) -> e.Admission:
        return e.Admission(self.plate, commitment(self.salt, self.text))


@dataclass
class Made:
    """A log with all that a bundle of it holds, in forms that are easy to forge."""

    leaves: list[Leaf]
    people: dict[str, Person]
    rules: str
    terms: bytes
    statements: dict[str, Kept] = field(default_factory=dict)
    certificates: dict[str, bytes] = field(default_factory=dict)
    heads: dict[int, str] = field(default_factory=dict)
    timestamps: dict[int, bytes] = field(default_factory=dict)
    revocation: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    ends: dict[str, dict[str, str | None]] = field(default_factory=dict)
    raw: dict[int, bytes] = field(default_factory=dict)
    """Bytes of records (by place from 0) that are not the canonical ones."""

    def copy(self) -> "Made":
        return copy.deepcopy(self)

    def bytes_of(self) -> list[bytes]:
        made = [canonical.encode(leaf) for leaf in self.leaves]
        for place, data in self.raw.items():
            made[place] = data
        return made

    def find(self, kind: str, **fields: object) -> int:
        """The place (from 0) of the last record of this type with these fields."""
        return max(
            i
            for i, leaf in enumerate(self.leaves)
            if leaf["type"] == kind and all(leaf["data"].get(k) == v for k, v in fields.items())
        )

    def renumber(self) -> None:
        for seq, leaf in enumerate(self.leaves, start=1):
            leaf["seq"] = seq

    def root(self, size: int) -> bytes:
        return Tree(map(leaf_hash, self.bytes_of()[:size])).root()

    def sign_heads(self, sizes: Sequence[int]) -> None:
        """What the log's key does: these heads, over the records as they are now."""
        self.heads = {size: sign(Checkpoint(ORIGIN, size, self.root(size)), LOG) for size in sizes}

    def cosign(self) -> None:
        """What the witnesses' keys do: the last head, a few seconds after its last record."""
        size = max(self.heads)
        at = self.leaves[size - 1]["sequenced_us"] // US + 5
        self.heads[size] = cosigned(self.heads[size], at)

    def keep(self, person: Person, purpose: str, **fields: str) -> str:
        """Sign a statement; its hash."""
        complete = {
            "aud": AUDIENCE,
            "lot": CODE,
            "plate": person.plate,
            "nonce": hashlib.sha256(repr((person.plate, fields)).encode()).hexdigest(),
            "iat": str(int(LISTING_FROM.timestamp())),
            **fields,
        }
        body, signature = person.key.sign(purpose, complete)
        hashes = [hashlib.sha256(der).hexdigest() for der in person.path]
        self.certificates.update(zip(hashes, person.path, strict=True))
        digest = hashlib.sha256(body).hexdigest()
        self.statements[digest] = Kept(purpose, body.decode(), signature, tuple(hashes), ())
        return digest

    def bid_statement(self, person: Person, amount: int, seen: int, **fields: str) -> str:
        """A bid over the head of the first `seen` records."""
        head = f"{seen}:{self.root(seen).hex()}"
        said = {"amount": str(amount), "cur": "CNY", "prev": head, "rules": self.rules, **fields}
        return self.keep(person, "bid", **said)

    def contents(self, kind: Kind = Kind.AUDITOR) -> Contents:
        admitted = {d["plate"] for d in self.data_of("admitted")}
        return Contents(
            kind=kind,
            lot=CODE,
            origin=ORIGIN,
            leaves=tuple(self.bytes_of()),
            heads=self.heads,
            timestamps=self.timestamps,
            terms=self.terms,
            notice=NOTICE,
            statements=self.statements,
            certificates=self.certificates,
            revocation=self.revocation,
            ends=self.ends,
            seats={
                plate: {"salt": p.salt.hex(), "text": p.text}
                for plate, p in self.people.items()
                if plate in admitted
            },
        )

    def data_of(self, kind: str) -> list[dict[str, Any]]:
        return [leaf["data"] for leaf in self.leaves if leaf["type"] == kind]

    def bundle(self, kind: Kind = Kind.AUDITOR) -> bytes:
        return pack(self.contents(kind), to_us(LISTING_UNTIL))


class Sale:
    """Commands in, signed statements and records out."""

    def __init__(
        self, kinds: dict[str, str] | None = None, ca: DemoCA | None = None, **rules: Any
    ) -> None:
        """`kinds` of key by plate, the authority of all, and changes of the rules."""
        ca = ca or authority()
        seed = rules.pop("lottery_commitment", None)
        kinds = kinds or {}
        people = {p: Person(p, ca, kinds.get(p, "P-256")) for p in (A, B, C)}
        terms, rules_hash = terms_of(profile(**rules), CODE, hashlib.sha256(NOTICE).hexdigest())
        self.made = Made([], people, rules_hash, canonical.encode(terms))
        self.state = LotState()
        self.sizes: list[int] = []
        self.do(
            c.OpenLot(
                arrival=PUBLISHED,
                code=CODE,
                notice="n44",
                rules=rules_hash,
                profile=profile(**rules),
                lottery_commitment=seed,
            )
        )

    def do(self, command: c.Command) -> None:
        for event in decide(self.state, command):
            record = e.Recorded(
                seq=len(self.made.leaves) + 1,
                arrival=command.arrival,
                sequenced=command.arrival + timedelta(milliseconds=3),
                event=event,
            )
            self.made.leaves.append(canonical.decode(canonical.encode(record.to_data(CODE))))
            self.state = evolve(self.state, record)
        self.sizes.append(len(self.made.leaves))

    def bid(self, plate: str, amount_wan: int, at: Any) -> None:
        person, amount = self.made.people[plate], wan(amount_wan)
        statement = self.made.bid_statement(person, amount, len(self.made.leaves))
        self.do(
            c.PlaceBid(
                arrival=at,
                plate=plate,
                amount_fen=amount,
                statement=statement,
                admission=person.admission,
            )
        )

    def finish(self) -> Made:
        self.made.sign_heads(sorted(set(self.sizes)))
        self.made.cosign()
        return self.made


def run_sale(**options: Any) -> Sale:
    """Listing and live round of three bidders with refusals on the way; C wins at 2049."""
    sale = Sale(**options)
    day, live = LISTING_FROM + timedelta(days=1), LISTING_UNTIL + seconds(250)
    sale.bid(A, 1549, day)
    sale.bid(A, 1649, day + seconds(60))
    sale.bid(B, 1649, day + seconds(180))
    sale.bid(C, 1749, day + seconds(240))
    sale.do(c.Tick(arrival=LISTING_UNTIL))
    sale.bid(A, 1849, live)
    sale.bid(B, 1849, live + seconds(1))
    sale.bid(B, 1949, live + seconds(20))
    sale.bid(C, 2049, live + seconds(41))
    sale.do(c.Tick(arrival=live + seconds(341)))
    return sale


@lru_cache(maxsize=1)
def _honest() -> Made:
    return run_sale().finish()


def honest() -> Made:
    """The sale as it was; a fresh copy."""
    return _honest().copy()


def trust_data(made: Made, **changes: Any) -> dict[str, Any]:
    """A reader's trust.json, as he got it before the sale."""
    ca = authority()
    return {
        "format": trust.FORMAT,
        "lots": {
            ORIGIN: {
                "keys": [LOG.verifier_string()],
                "terms": hashlib.sha256(made.terms).hexdigest(),
                "audience": AUDIENCE,
            }
        },
        "witnesses": {
            "keys": [witness_key(name, key)[1] for name, key in WITNESSES.items()],
            "quorum": 2,
        },
        "anchors": [{"certificate": _base64(ca.anchor)}],
        "permit_not_checked": ["07", "14"],
        **changes,
    }


def trusting(**changes: Any) -> Trust:
    return trust.read(json.dumps(trust_data(honest(), **changes)).encode())
