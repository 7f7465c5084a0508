"""The recorded sale that those who read logs are tested on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from recorded import Recorded, award, hold_sale, listed

from auction.store.base import db


@pytest.fixture
def sale(tmp_path: Path) -> Iterator[Recorded]:
    """A sale whose bidding has ended: 17 records; the application's context is open."""
    made = listed(tmp_path)
    with made.app.app_context():
        hold_sale(made)
        yield made
        db.session.remove()
        db.engine.dispose()
    made.house.engine.dispose()


@pytest.fixture
def finished(sale: Recorded) -> Recorded:
    """The same sale with its award and published result: 21 records."""
    award(sale)
    return sale
