"""Writes the reviewed list anew: `PYTHONPATH=.:tests python tests/guards/snapshot.py`."""

import tempfile

from guards.test_routes import SNAPSHOT, routes

from auction.app import create_app
from config import Settings

with tempfile.TemporaryDirectory() as folder:
    app = create_app(Settings.from_environment({"AUCTION_DATA_DIR": folder}))
    SNAPSHOT.write_text("\n".join(routes(app)) + "\n", "utf-8")
