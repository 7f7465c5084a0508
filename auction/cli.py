"""Commands of `flask --app wsgi`."""

import click
from flask import Flask

from auction.store import models
from auction.store.base import db


def register(app: Flask) -> None:
    """Hang the commands on the application."""
    app.cli.add_command(init)


@click.command()
def init() -> None:
    """Create or migrate the database."""
    models.Base.metadata.create_all(db.engine)
