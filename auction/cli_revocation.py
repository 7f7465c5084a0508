"""Commands about revocation data: take a list in, tell how things stand. (`trust refresh` asks the
sources.) They help where hard failure has locked the security officers out with everybody else."""

import sys
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from auction.core.workdays import BEIJING
from auction.pki.revocation import RevocationError
from auction.presenting import revocation as wording
from auction.services import logbook
from auction.services.house import current_house
from auction.services.proposals import OPERATOR
from auction.services.revocation import refreshing
from auction.services.revocation.intake import take_lists
from auction.services.revocation.state import look
from auction.services.trust import store
from auction.services.unit import writing

FAILED, UNUSABLE = 1, 2

revocation = AppGroup("revocation", help="Revocation data: take a list in, tell how things stand.")


@revocation.command()
@click.argument("file", type=click.Path(path_type=Path))
def take(file: Path) -> None:
    """Take in the revocation list in FILE (PEM or DER) of an authority in the trust store.

    Exit status 1 if it is refused, 2 if the file cannot be read.
    """
    house = current_house()
    try:
        data = file.read_bytes()
    except OSError as error:
        click.echo(f"{file}: {error.strerror}", err=True)
        sys.exit(UNUSABLE)
    try:
        taken = take_lists(house, data, store.entries(house))
    except RevocationError as error:
        sentence = wording.fault_sentence(str(error.code), error.data)
        click.echo(f"{error.code} {sentence}", err=True)
        sys.exit(FAILED)
    with writing() as session:
        for one in taken:
            if one.new:
                entry = {"officer": OPERATOR, "sha256": one.sha256}
                logbook.register(house, session, "revocation_list_taken", entry)
    ended = refreshing.take_effect(house)
    for one in taken:
        click.echo(f"{one.sha256}  {'in force' if one.new else 'was in force already'}")
    click.echo(f"certificates ended: {ended}")


@revocation.command()
def status() -> None:
    """Tell every anchor's lists and sources. Exit status 1 if an authority has no current list."""
    house = current_house()
    now, anchors = house.now(), look(house)
    store.reload_if_changed(house)
    for anchor in anchors:
        click.echo(f"{anchor.entry.label}  [{anchor.entry.policy.revocation}]")
        for one in anchor.lists:
            state = "current" if one.fresh(now) else "OUT OF DATE"
            until = _at(one.counts_until)
            click.echo(f"  list {one.number} of {one.authority}: {state}, until {until}")
        for name in anchor.unlisted:
            click.echo(f"  no current list of {name}")
        for source in anchor.sources:
            tried = "never" if source.tried_at is None else _at(source.tried_at)
            click.echo(f"  source {source.source.url}: {source.fault or 'ok'}, asked {tried}")
    if any(anchor.unlisted for anchor in anchors):
        sys.exit(FAILED)


def _at(instant: datetime) -> str:
    return instant.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
