"""What tests of the auditor's desk share: pages as a reader sees them, logs as they stand."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from recorded import Recorded

from auction.services.house import House
from auction.services.verification import examine_centre
from auction.store.logs import LogKind


def page(client: FlaskClient, address: str) -> str:
    """The page at this address, which must be there."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def text(html: str) -> str:
    """What a reader sees: no tags, runs of white space as one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def tamper(sale: Recorded, statement: str, **values: Any) -> None:
    """Change the database behind the system's back."""
    with sale.app.app_context():
        sale.execute(statement, **values)


def entries(app: Flask, house: House, kind: LogKind) -> list[dict[str, Any]]:
    """The entries of one of the centre's logs."""
    with app.app_context():
        return [dict(entry.content or {}) for entry in examine_centre(house, kind)[1]]
