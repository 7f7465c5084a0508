"""Commands of `flask --app wsgi`."""

import click
from flask import Flask, current_app

from auction.cli_anchoring import anchoring
from auction.cli_audit import COMMANDS as AUDIT_COMMANDS
from auction.cli_bundle import bundle
from auction.cli_pki import pki
from auction.cli_revocation import revocation
from auction.cli_trust import COMMANDS as TRUST_COMMANDS
from auction.core.reasons import Refusal
from auction.services import practice as practice_lots
from auction.services import rehearsal
from auction.services.house import current_house
from auction.store import migrate
from auction.store.base import db
from auction.witness.commands import witness


def register(app: Flask) -> None:
    """Hang the commands on the application."""
    for command in (
        init,
        prepare,
        practice,
        rehearse,
        clock,
        *AUDIT_COMMANDS,
        bundle,
        pki,
        revocation,
        *TRUST_COMMANDS,
        anchoring,
        witness,
    ):
        app.cli.add_command(command)


@click.command()
def init() -> None:
    """Create the database, or bring it to the present version."""
    migrate.upgrade(db.engine)


@click.command()
@click.pass_context
def prepare(context: click.Context) -> None:
    """Get the demonstration ready: database, the rehearsed sale, where to look."""
    context.invoke(init)
    house = current_house()
    if not house.site.demo:
        return
    if not rehearsal.exists():
        click.echo("Rehearsing the sale of notice 2024TD网挂公告第[44]号 (once, a few seconds)…")
        rehearsal.into_this_database(house)
    origin = house.site.origin
    click.echo(
        f"""
  国有建设用地使用权网上交易系统 · Land-sale floor, demonstration

  {origin}/                     the site 首页
  {origin}/practice             the practice ground 演练场: bid at once, robots included
  {origin}/demo/side-by-side    two bidders in one window 并排演示
  {origin}/sign-in              sign in as a bidder, officer, clerk or auditor (one click)
  {origin}/demo/                kill the server, cut a line, tamper with a record

  Ctrl-C stops it; `make run` goes on where it was, `make reset` starts over.
"""
    )


@click.command()
def practice() -> None:
    """Open a fresh practice lot; a running server takes it up within a second."""
    house = current_house()
    if not house.site.demo:
        raise click.ClickException("practice lots exist in demo mode only")
    lot = practice_lots.open_new(house)
    click.echo(f"{house.site.origin}/practice/lots/{lot.slug}")


@click.command()
def clock() -> None:
    """Keep the clock beside the workers: announce transitions, publish notices, nothing else.

    Of several such processes and workers one is elected; the others stand by.
    """
    if not current_house().among_others:
        raise click.ClickException("on SQLite the one server is the clock itself")
    current_app.extensions["keep_clock"]()


@click.command()
@click.option(
    "--seed", default=rehearsal.SEED, show_default=True, help="the same seed, the same sale"
)
def rehearse(seed: int) -> None:
    """Run the whole sale of the notice in process, in a scratch database, and print what came.

    The same seed gives the same sale.
    """
    try:
        outcome = rehearsal.in_scratch_database(current_house(), seed)
    except Refusal as refusal:
        raise click.ClickException(f"{refusal.code} {dict(refusal.facts)}") from None
    click.echo(outcome.as_text())
