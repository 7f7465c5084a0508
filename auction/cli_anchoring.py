"""Commands about anchoring: the keys to hand out, and how it stands with the places."""

import sys

import click
from flask.cli import AppGroup

from auction.services import anchored
from auction.services.house import current_house

anchoring = AppGroup("anchoring", help="Witnesses and timestamps of the logs' heads.")


@anchoring.command()
def key() -> None:
    """Print the verifier string that a witness configures under `centres`."""
    house = current_house()
    click.echo(house.log_key(house.site.log_origin).verifier_string())


@anchoring.command()
def status() -> None:
    """Print every witness and the authority; exit status 1 if something is overdue or refused."""
    house = current_house()
    if not house.anchoring.witnesses and house.anchoring.authority is None:
        click.echo("no witness and no timestamp authority is configured")
        return
    alarms = anchored.alarms(house)
    for place in anchored.places(house):
        click.echo(f"{place.signed:6} signed  {place.behind:4} behind  {place.name}  {place.url}")
    for alarm in alarms:
        click.echo(f"ALARM {alarm.code}  {alarm.origin}  {alarm.place}")
    if alarms:
        sys.exit(1)
