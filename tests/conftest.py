"""Fixtures that every room shares: a clock moved by hand, and both kinds of database."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from factories import LISTING_FROM
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from auction.store.base import configure_sqlite
from auction.store.models import Base
from auction.trading.time import DrivenClock

# A busy machine draws examples slowly; that says nothing about the code.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

POSTGRES = "AUCTION_TEST_POSTGRES"
"""Environment variable with the URL of a PostgreSQL server on which databases may be made."""
_DEFAULT_SERVER = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres?connect_timeout=3"

DATABASES = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.postgres),
]


class CompiledTemplates(BytecodeCache):
    """Templates compiled once in a test run, not once in every application that a test makes."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


Flask.jinja_options = {"bytecode_cache": CompiledTemplates()}


@pytest.fixture
def clock() -> DrivenClock:
    """Stands at the start of the listing of notice [44] until a test moves it."""
    return DrivenClock(LISTING_FROM)


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """A database of its own with every table, once in an SQLite file and once on PostgreSQL."""
    made: Engine = request.getfixturevalue(f"{request.param}_database")
    return made


@pytest.fixture
def sqlite_database(tmp_path: Path, sqlite_template: Path) -> Iterator[Engine]:
    """An SQLite file of its own with every table."""
    file = tmp_path / "auction.sqlite3"
    shutil.copy(sqlite_template, file)
    made = sqlite_engine(file)
    yield made
    made.dispose()


@pytest.fixture
def postgresql_database(postgresql_tables: URL) -> Iterator[Engine]:
    """PostgreSQL with every table, all of them empty."""
    made = create_engine(postgresql_tables)
    yield made
    with made.begin() as conn:  # a new database for each test would take half a second
        for table in reversed(Base.metadata.sorted_tables):
            conn.execute(table.delete())
    made.dispose()


@pytest.fixture(params=DATABASES)
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table, for migrations."""
    if request.param == "sqlite":
        made = sqlite_engine(tmp_path / "empty.sqlite3")
        yield made
        made.dispose()
    else:
        with _database(_server()) as url:
            made = create_engine(url)
            yield made
            made.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with every table, to be copied."""
    file = tmp_path_factory.mktemp("template") / "template.sqlite3"
    made = sqlite_engine(file)
    Base.metadata.create_all(made)
    made.dispose()
    return file


@pytest.fixture(scope="session")
def postgresql_tables() -> Iterator[URL]:
    """A PostgreSQL database of this test run, with every table."""
    with _database(_server()) as url:
        made = create_engine(url)
        Base.metadata.create_all(made)
        made.dispose()
        yield url


def sqlite_engine(file: Path) -> Engine:
    """An engine on an SQLite file, set up as the application does it."""
    made = create_engine(f"sqlite:///{file}")
    configure_sqlite(made)
    return made


def _server() -> URL:
    """A PostgreSQL server that answers; else the test is skipped, or fails where CI is set."""
    url = make_url(os.environ.get(POSTGRES, _DEFAULT_SERVER))
    probe = create_engine(url)
    try:
        probe.connect().close()
    except OperationalError as error:
        told = f"no PostgreSQL server at {url.host}:{url.port}; set {POSTGRES} to its URL"
        if os.environ.get("CI"):
            pytest.fail(f"{told}: {error.orig}")
        pytest.skip(told)
    finally:
        probe.dispose()
    return url


@contextmanager
def _database(server: URL) -> Iterator[URL]:
    """A new, empty database, dropped at the end."""
    name = f"auction_test_{secrets.token_hex(6)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as conn:
            conn.execute(text(f'CREATE DATABASE "{name}" TEMPLATE template0'))
        try:
            yield server.set(database=name)
        finally:
            with admin.connect() as conn:
                conn.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    finally:
        admin.dispose()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium, headless."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI"):
            pytest.fail("chromium is required in CI")
        pytest.skip("no chromium on this machine (apt install chromium)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()
