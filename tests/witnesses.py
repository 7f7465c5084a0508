"""Witnesses and a timestamp authority that tests run on loopback, over real HTTP."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from auction.ledger.cosignature import CosignatureKey
from auction.ledger.notes import LogKey
from auction.services.anchoring_places import Witness as Place
from auction.trading.time import SystemReference
from auction.witness.judging import Witness
from auction.witness.memory import Memory
from auction.witness.server import WitnessServer
from auction.witness.settings import Trusted


@dataclass
class Running:
    """A witness that answers on loopback; `statuses` are those it answered with."""

    key: CosignatureKey
    database: Path
    url: str
    witness: Witness
    statuses: list[int] = field(default_factory=list)

    @property
    def place(self) -> Place:
        return Place(self.key.cosigner, self.url)


@contextmanager
def running(
    folder: Path,
    centre: LogKey,
    name: str = "witness.example/w1",
    key: CosignatureKey | None = None,
) -> Iterator[Running]:
    """A witness of every log of a centre; with `key` the one that ran before, on its database."""
    database = folder / (name.replace("/", "-") + ".sqlite3")
    if key is None:
        key = CosignatureKey(name, Ed25519PrivateKey.generate())
        Memory.create(database, key.cosigner.to_string())
    memory = Memory.open(database, key.cosigner.to_string())
    judge = Witness(key, Trusted((), (centre.verifier,)), memory, now)
    with serving(WitnessServer(("127.0.0.1", 0), judge)) as url:
        made = Running(key, database, url, judge)
        answer = judge.add_checkpoint

        def counted(body: bytes) -> object:
            reply = answer(body)
            made.statuses.append(reply.status)
            return reply

        judge.add_checkpoint = counted  # type: ignore[method-assign, assignment]
        yield made
    memory.close()


@contextmanager
def serving(server: HTTPServer) -> Iterator[str]:
    """The server's address while it runs in a thread."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def now() -> datetime:
    return SystemReference().read()[0]


_REPLY = ("openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile")


class Authority:
    """A timestamp authority made of `openssl ts`: a root, and a certificate for stamping under it.

    `rogue`: its certificate names the same people, but signed itself.
    """

    def __init__(self, folder: Path, *, rogue: bool = False) -> None:
        self.folder = folder
        folder.mkdir()
        root_key, tsa_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root_name, tsa_name = _name("Test Time Root"), _name("Test Timestamp Authority")
        self.root = _certificate(root_name, root_name, root_key, root_key, stamping=False)
        issuer = (tsa_name, tsa_key) if rogue else (root_name, root_key)
        self.certificate = _certificate(tsa_name, issuer[0], tsa_key, issuer[1], stamping=True)
        (folder / "tsa.pem").write_bytes(self.certificate.public_bytes(Encoding.PEM))
        (folder / "root.pem").write_bytes(self.root.public_bytes(Encoding.PEM))
        (folder / "tsa.key").write_bytes(
            tsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(
            "[tsa]\ndefault_tsa = one\n[one]\n"
            f"serial = {folder}/serial\ncrypto_device = builtin\n"
            f"signer_cert = {folder}/tsa.pem\nsigner_key = {folder}/tsa.key\n"
            "signer_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256\n"
            "accuracy = secs:1\nordering = no\ntsa_name = no\ness_cert_id_chain = no\n"
            "ess_cert_id_alg = sha256\n"
        )
        self.answers = 0

    def answer(self, query: bytes) -> bytes:
        (self.folder / "query.tsq").write_bytes(query)
        subprocess.run(
            [*_REPLY, "query.tsq", "-out", "answer.tsr"],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )
        self.answers += 1
        return (self.folder / "answer.tsr").read_bytes()

    @contextmanager
    def running(self) -> Iterator[str]:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                content = authority.answer(query)
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        with serving(HTTPServer(("127.0.0.1", 0), Handler)) as url:
            yield url


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    stamping: bool,
) -> x509.Certificate:
    today = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=not stamping, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if stamping:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())
