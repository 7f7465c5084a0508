"""A practice sale whose bidders hold certificates of demo authorities of their own: these are the
server's anchors, the certificates are enrolled, the keys are .pfx files as of `pki demo-ca`."""

import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from live_house import LiveHouse
from live_server import ROOT
from playwright.sync_api import Page

from auction.app import create_app
from auction.pki import files
from auction.pki.demo.authority import DemoCA
from auction.pki.demo.pkcs12 import modern
from auction.pki.softkey import SoftKey
from auction.services import demo_people, people
from auction.services.house import House
from auction.store.base import db
from bench.bridge.keyfiles import from_pfx
from config import Settings

PASSWORD = "geheim-1"
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Holder:
    """Who bids with which key: a demo company's id, the authority's folder, the key's file."""

    company: str
    folder: Path
    file: str = "bidder.pfx"

    @property
    def pfx(self) -> Path:
        return self.folder / self.file

    @property
    def key(self) -> SoftKey:
        """What the file holds, opened by other code than the page's."""
        return from_pfx(self.pfx, PASSWORD)


def authorities(out: Path, anchors: Path, kinds: Mapping[str, str]) -> dict[str, Path]:
    """A folder for the authority of each kind of key, with one bidder's key file; of each the named
    certificate, `root` or `issuing`, is put among the anchors."""
    anchors.mkdir(exist_ok=True)
    made = {}
    for kind, anchor in kinds.items():
        made[kind] = out / kind.lower()
        DemoCA.create(None, datetime.now(UTC) - YEAR, kind).save(made[kind])
        key_file(made[kind], "bidder.pfx", f"演练{kind}竞买有限公司", "91630100MA7YANQA1B")
        (anchors / f"{kind}.crt").write_bytes((made[kind] / f"{anchor}.crt").read_bytes())
    return made


def key_file(folder: Path, file: str, name: str, organisation: str) -> None:
    """A key with a certificate of this authority, as a .pfx in its folder."""
    authority = DemoCA.load(folder)
    now, key = datetime.now(UTC), SoftKey.generate(kind=authority.kind)
    serial = x509.random_serial_number()
    span = (now - timedelta(days=1), now + YEAR)
    key.certificate = authority.issue(name, organisation, key.public_key, *span, serial)
    chain = [authority.intermediate, authority.anchor]
    content = modern(key.private_pkcs8(), key.certificate, chain, name=name, password=PASSWORD)
    (folder / file).write_bytes(content)


def bind(server: LiveHouse, holders: Iterable[Holder]) -> None:
    """Enrol these certificates, before the server starts."""
    app = create_app(Settings.from_environment(server.environment))
    house: House = app.extensions["auction"]
    with app.app_context():
        for holder in holders:
            (issuing,) = files.certificates((holder.folder / "issuing.crt").read_bytes())
            certificate = house.trust.validate(
                holder.key.certificate, [issuing], house.now(), "login"
            )
            party = demo_people.enrolled_party(house, demo_people.person(holder.company))
            people.bind(house, certificate, party_id=party)
        db.session.remove()
        db.engine.dispose()
    house.engine.dispose()


def revoked(holder: Holder) -> bytes:
    """The next list of the holder's authority, which names his certificate."""
    now = datetime.now(UTC)
    serial = x509.load_der_x509_certificate(holder.key.certificate).serial_number
    instants = {serial: now - timedelta(minutes=4)}
    later = now + timedelta(days=1)
    return DemoCA.load(holder.folder).crl(instants, number=2, now=now, next_update=later)


@contextmanager
def token_program(holder: Holder, port: int) -> Iterator[None]:
    """`python -m bench.bridge` with the holder's key, until the end of the block."""
    command = [sys.executable, "-m", "bench.bridge", "--pfx", holder.pfx, "--password", PASSWORD]
    program = subprocess.Popen(
        [*command, "--port", str(port), "--delay", "0.1"], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert program.stdout is not None
        assert program.stdout.readline().startswith(b"ws://"), "it says where it listens"
        yield
    finally:
        program.terminate()
        program.wait(timeout=10)
        program.stdout.close()


def open_file(page: Page, form: str, holder: Holder, *, keep: bool) -> None:
    """Open the holder's key file in this form of the page."""
    page.set_input_files(f"{form} [data-pfx-file]", holder.pfx)
    page.fill(f"{form} [data-pfx-password]", PASSWORD)
    page.set_checked(f"{form} [data-pfx-keep]", keep)
    page.click(f"{form} [data-pfx-open]")
