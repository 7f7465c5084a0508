"""Attack 31: a statement to the database fails, and its message carries what was to be written (a
name, a bid that is still sealed) into a log that many can read."""

from pathlib import Path

import pytest
from factories import PUBLISHED
from revoking import house_on
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from auction.store.base import db
from auction.trading.time import DrivenClock

SECRET = "西宁某贸易有限公司"


def test_a_failed_statement_does_not_say_what_its_values_were(
    engine: Engine, tmp_path: Path
) -> None:
    with house_on(engine.url, tmp_path, DrivenClock(PUBLISHED)) as house:
        for used in (db.engine, house.engine):
            with used.connect() as conn, pytest.raises(DBAPIError) as failed:
                conn.execute(text("INSERT INTO nowhere VALUES (:name)"), {"name": SECRET})
            assert "nowhere" in str(failed.value)
            assert SECRET not in str(failed.value)
