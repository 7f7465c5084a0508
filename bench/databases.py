"""Databases of a benchmark's own, on the disk or the server that it is to measure."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url, text

POSTGRES = "AUCTION_BENCH_POSTGRES"
"""Environment variable with the URL of a PostgreSQL server on which databases may be made."""
_SERVER = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres?connect_timeout=3"
SQLITE_FILE = "auction.sqlite3"


@contextmanager
def database(kind: str, folder: Path, template: str | None = None) -> Iterator[str]:
    """The URL of a new database (`sqlite` in `folder`, or `postgresql`), dropped at the end.

    With the URL of a `template` of the same kind, which nobody may be using, it is a copy of it.
    """
    if kind == "sqlite":
        file = folder / SQLITE_FILE
        if template is not None:
            shutil.copy(make_url(template).database or "", file)
        yield f"sqlite:///{file}"
        return
    server = make_url(os.environ.get(POSTGRES, _SERVER))
    name = f"auction_bench_{secrets.token_hex(6)}"
    _admin(server, f'CREATE DATABASE "{name}" TEMPLATE {_template(template)}')
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _admin(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _template(url: str | None) -> str:
    return "template0" if url is None else f'"{make_url(url).database}"'


def _admin(server: URL, statement: str) -> None:
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as conn:
            conn.execute(text(statement))
    finally:
        admin.dispose()
