"""What a benchmark's clients need to know of an installation: its lots and its bidders."""

import base64
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key


@dataclass(frozen=True, slots=True)
class Bidder:
    """A bidder with a key, a certificate (base64 DER) and a session; the same plate in every lot.

    `key_pem` is worthless outside the benchmark: the authority that certified it is made anew
    for each installation and thrown away with it.
    """

    plate: str
    token: str
    key_pem: str
    certificate: str
    spki: str
    """Base64 DER of the public key, for the peers that keep no certificates."""

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        loaded = load_pem_private_key(self.key_pem.encode(), password=None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        return loaded

    @property
    def spki_der(self) -> bytes:
        return base64.b64decode(self.spki)


@dataclass(frozen=True, slots=True)
class LotFacts:
    """A lot before the first bid; amounts in fen, `size` of its log in records."""

    slug: str
    rules: str
    minimum_fen: int
    step_fen: int
    size: int


@dataclass(frozen=True, slots=True)
class Roll:
    """Everything that a load generator, or a peer of the product, is told of an installation."""

    origin: str
    """The `aud` of every statement."""
    lots: tuple[LotFacts, ...]
    bidders: tuple[Bidder, ...]

    def save(self, path: Path) -> None:
        path.write_bytes(orjson.dumps(asdict(self)))
        path.chmod(0o600)

    @classmethod
    def load(cls, path: Path) -> Self:
        data = orjson.loads(path.read_bytes())
        return cls(
            data["origin"],
            tuple(LotFacts(**lot) for lot in data["lots"]),
            tuple(Bidder(**bidder) for bidder in data["bidders"]),
        )
