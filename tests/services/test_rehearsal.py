"""The whole sale in process: the same seed, the same sale, byte for byte."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from auction.app import create_app
from auction.core.state import Stage
from auction.services import lots, rehearsal
from auction.services.house import House, current_house
from auction.services.rehearsal.cast import COMPANIES
from auction.store import journal
from auction.store.base import db
from auction.store.models import Base
from auction.store.projection import state_of
from auction.store.sales import SaleKind
from config import Settings


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    app: Flask = create_app(Settings.from_environment({"AUCTION_DATA_DIR": str(tmp_path)}))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield current_house()


def test_one_seed_gives_one_sale_in_any_database(house: House) -> None:
    first = rehearsal.in_scratch_database(house, seed=7)
    second = rehearsal.in_scratch_database(house, seed=7)
    kept = rehearsal.into_this_database(house, seed=7)
    assert first == second == kept
    assert first != rehearsal.in_scratch_database(house, seed=8)


def test_it_ends_with_a_published_result_and_is_marked_as_a_rehearsal(house: House) -> None:
    assert not rehearsal.exists()
    outcome = rehearsal.into_this_database(house)
    assert rehearsal.exists()
    (lot,) = lots.published(SaleKind.REHEARSAL)
    state = state_of(lot)
    assert state.stage is Stage.PUBLISHED
    assert state.practice
    assert outcome.winner.startswith("演-")
    assert (outcome.winner, outcome.price_fen) == (state.leader, state.price_fen)
    assert lots.find(lot.slug, practice=False) is None


def test_no_leaf_names_a_bidder(house: House) -> None:
    rehearsal.into_this_database(house)
    (lot,) = lots.published(SaleKind.REHEARSAL)
    conn = db.session.connection()
    leaves = b"".join(
        leaf.data
        for log_id in (lot.log_id, lot.sealed_log_id)
        for leaf in journal.read(conn, log_id)
    )
    for name, id_code in COMPANIES:
        assert name.encode() not in leaves
        assert id_code.encode() not in leaves
