"""What two security officers do on their pages, and what the register log says of it."""

import io
from typing import Any

from clients import Client
from flask import Flask
from form_page import values_of
from sqlalchemy import select
from werkzeug.test import TestResponse

from auction.ledger import canonical
from auction.store.base import db
from auction.store.logs import Log, LogEntry


def text_of(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def upload(client: Client, der: bytes, kind: str = "anchor") -> TestResponse:
    return client.post(
        "/admin/trust/new",
        data={"file": (io.BytesIO(der), "root.cer"), "kind": kind},
        content_type="multipart/form-data",
    )


def propose(client: Client, der: bytes, **fields: Any) -> str:
    """Propose a certificate as the pages lead there; the id of the change."""
    shown = upload(client, der)
    assert shown.status_code == 200, text_of(shown)
    form = values_of(text_of(shown), "conditions")
    answer = client.post(
        "/admin/trust/propose", data={**form, "reason": "青数证〔2024〕7号", **fields}
    )
    assert answer.status_code == 302, text_of(answer)
    return answer.location.rsplit("/", 1)[1]


def decide(client: Client, change: str, act: str = "approve") -> TestResponse:
    return client.post(f"/admin/changes/{change}", data={"act": act}, follow_redirects=True)


def register_of(app: Flask) -> list[tuple[str, dict[str, Any]]]:
    """Type and data of every entry of the register log."""
    with app.app_context():
        query = (
            select(LogEntry.leaf)
            .join(Log, Log.id == LogEntry.log_id)
            .where(Log.kind == "register")
            .order_by(LogEntry.seq)
        )
        leaves = [canonical.decode(leaf) for leaf in db.session.scalars(query)]
        return [(leaf["type"], leaf["data"]) for leaf in leaves]
