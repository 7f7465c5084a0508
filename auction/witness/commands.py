"""Commands of a witness: `python -m auction.witness`, also hung on `flask --app wsgi witness`."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from auction.ledger.errors import LedgerError
from auction.ledger.keys import generate
from auction.trading.time import SystemReference
from auction.witness.judging import Witness
from auction.witness.memory import Memory, MemoryUnusable, survey
from auction.witness.server import WitnessServer
from auction.witness.settings import WitnessSettings, WitnessSettingsError, read

_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def witness() -> None:
    """An independent witness of logs. FILE is its settings (TOML), see docs/operators.md."""


@witness.command()
@_FILE
def init(file: Path) -> None:
    """Make a new witness: key and empty memory; prints the verifier string to publish."""
    with _refusals():
        settings = read(file)
        if settings.database.exists():
            raise MemoryUnusable(f"{settings.database} exists and is not overwritten")
        generate(settings.key_file)
        published = settings.key().cosigner.to_string()
        Memory.create(settings.database, published)
    click.echo(published)


@witness.command()
@_FILE
def key(file: Path) -> None:
    """Print the verifier string, for the centre's AUCTION_WITNESSES and for trust files."""
    with _refusals():
        click.echo(read(file).key().cosigner.to_string())


@witness.command()
@_FILE
def serve(file: Path) -> None:
    """Answer POST /add-checkpoint until told to stop (SIGTERM, SIGINT)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with _refusals():
        settings = read(file)
        server, memory = _serving(settings)
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: told.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host, port = server.server_address[:2]
    click.echo(f"{settings.name} listens on {host!s}:{port}")
    told.wait()
    server.shutdown()
    server.server_close()
    memory.close()


@witness.command()
@_FILE
def status(file: Path) -> None:
    """Print every log with its newest cosigned head; exit status 1 if a log contradicted itself."""
    with _refusals():
        heads, contradictions = survey(read(file).database)
    for origin, head in heads.items():
        click.echo(f"{origin}  size {head.size}  root {head.root.hex()}  {head.at}")
    for one in contradictions:
        click.echo(f"CONTRADICTION {one.at} {one.origin}: known size {one.known_size}, then came")
        click.echo(one.request)
    if contradictions:
        raise SystemExit(1)


def _serving(settings: WitnessSettings) -> tuple[WitnessServer, Memory]:
    key = settings.key()
    memory = Memory.open(settings.database, key.cosigner.to_string())
    judge = Witness(key, settings.trusted, memory, lambda: SystemReference().read()[0])
    try:
        return WitnessServer((settings.host, settings.port), judge), memory
    except OSError as error:
        memory.close()
        raise WitnessSettingsError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}"
        ) from error


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (WitnessSettingsError, MemoryUnusable, LedgerError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
