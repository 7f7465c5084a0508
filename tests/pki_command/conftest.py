"""A fresh installation, demo certificates of every kind, and `pki verify` to judge them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from demo_certificates import NOW, SECRET
from flask import Flask

from auction.app import create_app
from auction.cli_pki import pki
from auction.store.base import db
from auction.trading.time import DrivenClock
from config import Settings

Verify = Callable[..., Result]
Judged = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A fresh installation: keys, but no table in its database."""
    folder = tmp_path_factory.mktemp("installation")
    made = create_app(
        Settings.from_environment({"AUCTION_DATA_DIR": str(folder)}), clock=DrivenClock(NOW)
    )
    yield made
    with made.app_context():
        db.engine.dispose()
    made.extensions["auction"].engine.dispose()


@pytest.fixture(scope="session")
def folder(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `demo-ca` writes, of every kind."""
    out = tmp_path_factory.mktemp("demo") / "ca"
    result = app.test_cli_runner().invoke(
        pki, ["demo-ca", "--out", str(out), "--password", SECRET, "--name", "甲公司"]
    )
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture
def verify(app: Flask) -> Verify:
    def run(*args: str | Path) -> Result:
        return app.test_cli_runner().invoke(pki, ["verify", *map(str, args)])

    return run


@pytest.fixture
def judged(verify: Verify) -> Judged:
    """The same for machines; whether the exit status fits is checked at once."""

    def run(*args: str | Path) -> dict[str, Any]:
        result = verify("--json", *args)
        found: dict[str, Any] = json.loads(result.stdout)
        assert result.exit_code == (0 if found["accepted"] else 1), result.output
        assert [step["passed"] for step in found["steps"]].count(False) == result.exit_code
        return found

    return run
