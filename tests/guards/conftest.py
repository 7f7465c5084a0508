"""An application as production or the demonstration would start it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from auction.app import create_app
from config import Settings


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    settings = Settings.from_environment({"AUCTION_DATA_DIR": str(tmp_path)})
    made = create_app(settings)
    with made.app_context():
        yield made
