"""`python -m bench.signatures`: what verifying one bid costs with each kind of key.

The whole (transport and statement read, canonical form checked, PAE, signature, hash) stands beside
the bare signature check by the same library in the same run: what lies between them is ours.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from unittest.mock import patch

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from auction.pki.chain import Anchor, TrustStore, ValidatedCertificate
from auction.pki.demo.authority import DemoCA
from auction.pki.keys import CURVES
from auction.pki.sm2 import Backend, Sm2PublicKey, key
from auction.pki.sm2.backend import Unavailable
from auction.pki.sm2.choice import OPENERS
from auction.pki.sm2.encoding import readings
from auction.pki.softkey import SoftKey
from auction.pki.statement import PURPOSES, Signed, pae, verify_statement
from bench import machine
from bench.micro import cost
from bench.table import markdown

NOW = datetime(2024, 11, 11, 6, 30, tzinfo=UTC)
AIMS_US = {"RSA-2048": 69, "P-256": 130, "SM2": 448}
"""What the whole cost, on another machine, when the kinds of key were chosen."""
THREADS = (1, 2, 4)
TURNS, SECONDS = 4, 0.2
"""How often, and how long, each number of threads is kept busy; the best turn counts, because
whatever else runs on the machine only slows down."""
FIELDS = {
    "amount": "154900000000",
    "aud": "https://land.example.cn",
    "cur": "CNY",
    "iat": "1731306600",
    "lot": "2024JC-4",
    "nonce": "0e" * 32,
    "plate": "6172",
    "prev": "7:" + "9f" * 32,
    "rules": "5e" * 32,
}
EXPECTED = {name: FIELDS[name] for name in ("aud", "lot", "plate", "rules", "cur")}

Check = tuple[str, bytes, Callable[[], object], Backend | None]
"""Form, signature in this form, the bare check of it, and for SM2 who checks."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One kind of key with one library: `bare` and `whole` verify once, or raise."""

    name: str
    aim_us: int | None
    bare: Callable[[], object]
    whole: Callable[[], object]
    backend: Backend | None = None

    def measured(self) -> list[str]:
        """A row of the table of costs."""
        with self._backend():
            bare, whole = cost(self.bare), cost(self.whole)
        aim = "" if self.aim_us is None else str(self.aim_us)
        return [self.name, f"{bare:,.0f}", f"{whole:,.0f}", f"{whole / bare:.2f}", aim]

    def driven(self) -> list[str]:
        """A row of the table of threads."""
        with self._backend():
            turns = [[_rate(self.whole, n) for n in THREADS] for _ in range(TURNS)]
        rates = [max(column) for column in zip(*turns, strict=True)]
        return [self.name, *(f"{rate:,.0f} ({rate / rates[0]:.2f})" for rate in rates)]

    def _backend(self) -> AbstractContextManager[object]:
        return patch.object(key, "backend", lambda: self.backend) if self.backend else nullcontext()


def main() -> None:
    """Measure, and print the tables of docs/performance.md."""
    print(machine.sentence(machine.describe()), end="\n\n")
    subjects = list(_subjects())
    head = ("key", "bare us", "whole us", "whole / bare", "aim us")
    print(markdown(head, [subject.measured() for subject in subjects]), end="\n\n")
    threads = ("bids/s with", *(f"{n} thread{'s' * (n > 1)}" for n in THREADS))
    print(markdown(threads, [subject.driven() for subject in subjects]))


def _subjects() -> Iterator[Subject]:
    authority = DemoCA.create(b"bench", NOW)
    trust = TrustStore(
        [Anchor(authority.anchor)], allow_demo=True, intermediates=[authority.intermediate]
    )
    until = NOW + timedelta(days=1)
    for kind in ("RSA-2048", "P-256", "P-384", "SM2"):
        signer = SoftKey.generate(b"bench", kind)
        signer.certificate = authority.issue(
            "测速有限公司", "91320594MA1DEMO001", signer.public_key, NOW, until, 7
        )
        certificate = trust.validate(signer.certificate, (), NOW, "bid")
        body, signature = signer.sign("bid", FIELDS)
        for form, sent, bare, backend in _checks(signer, signature, pae(PURPOSES["bid"][0], body)):
            payload = Signed(body, sent, signer.certificate).to_transport()
            whole = partial(_verified, payload, certificate)
            yield Subject(f"{kind}{form}", AIMS_US.get(kind), bare, whole, backend)


def _verified(payload: Mapping[str, object], certificate: ValidatedCertificate) -> str:
    signed = Signed.from_transport(payload)
    statement = verify_statement(
        "bid", signed.body, signed.signature, certificate, expect=EXPECTED, now=NOW
    )
    return statement.digest


def _checks(signer: SoftKey, signature: bytes, message: bytes) -> Iterator[Check]:
    """The ways in which a key's signature is checked."""
    match signer.public_key:
        case ec.EllipticCurvePublicKey() as public:
            algorithm = ec.ECDSA(CURVES[public.curve.name][1])
            yield "", signature, partial(public.verify, signature, message, algorithm), None
        case rsa.RSAPublicKey() as public:
            digest = hashes.SHA256()
            pss = padding.PSS(padding.MGF1(digest), salt_length=digest.digest_size)
            private = load_der_private_key(signer.private_pkcs8(), None)
            assert isinstance(private, rsa.RSAPrivateKey)
            for form, scheme in ((", PSS", pss), (", PKCS #1 v1.5", padding.PKCS1v15())):
                sent = private.sign(message, scheme, digest)
                yield form, sent, partial(public.verify, sent, message, scheme, digest), None
        case Sm2PublicKey() as public:
            ((r, s),) = readings(signature)
            for backend in _backends():
                bare = partial(backend.verify, public.point, r, s, message)
                yield f", {backend.name}", signature, bare, backend


def _backends() -> Iterator[Backend]:
    for opener in OPENERS:
        try:
            yield opener()
        except Unavailable:
            continue


def _rate(work: Callable[[], object], threads: int) -> float:
    """Calls in a second of wall time, all threads together."""
    counts = [0] * threads
    end = time.perf_counter() + SECONDS

    def keep_busy(number: int) -> None:
        while time.perf_counter() < end:
            work()
            counts[number] += 1

    begun = time.perf_counter()
    crew = [threading.Thread(target=keep_busy, args=(number,)) for number in range(threads)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    return sum(counts) / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
