"""No address without a declared audience, none that vanishes unnoticed, none without headers."""

from pathlib import Path

import pytest
from flask import Flask

from auction.store.base import db
from auction.store.models import Base
from auction.web.guards import audience_of

SNAPSHOT = Path(__file__).with_name("routes.txt")
KNOWN_AUDIENCES = {
    "public",
    "signed_in",
    "bidder",
    "demo",
    "machine",
    "drafter",
    "approver",
    "finance",
    "auditor",
    "security",
}


def routes(app: Flask) -> list[str]:
    """One line a route: methods, address, endpoint, audiences."""
    lines = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        audiences = ",".join(sorted(audience_of(app.view_functions[rule.endpoint])))
        lines.append(f"{methods:5} {rule.rule}  {rule.endpoint}  [{audiences}]")
    return sorted(lines)


def test_every_view_declares_an_audience_that_exists(app: Flask) -> None:
    for endpoint, view in app.view_functions.items():
        if endpoint == "static":
            continue
        declared = audience_of(view)
        assert declared, f"{endpoint} has no audience"
        assert declared <= KNOWN_AUDIENCES, f"{endpoint}: {declared}"


def test_the_list_of_addresses_is_the_one_that_was_reviewed(app: Flask) -> None:
    """A changed address shows up in review: write the new list with
    `PYTHONPATH=.:tests python tests/guards/snapshot.py`."""
    assert "\n".join(routes(app)) + "\n" == SNAPSHOT.read_text("utf-8")


def test_a_view_without_an_audience_is_not_served(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    answer = app.test_client().get("/forgotten")
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [("/office/", 302), ("/finance/", 302), ("/audit/", 302), ("/my/", 302), ("/sign-in", 200)],
)
def test_strangers_are_sent_to_sign_in(app: Flask, path: str, status: int) -> None:
    Base.metadata.create_all(db.engine)
    answer = app.test_client().get(path)
    assert answer.status_code == status
    if status == 302:
        assert "/sign-in?next=" in answer.location


def test_every_answer_carries_the_security_headers(app: Flask) -> None:
    Base.metadata.create_all(db.engine)
    for path in ("/sign-in", "/nothing-here"):
        headers = app.test_client().get(path).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_nobody_is_redirected_to_another_site(app: Flask) -> None:
    Base.metadata.create_all(db.engine)
    for target in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"):
        answer = app.test_client().get("/language/en", query_string={"next": target})
        assert "evil" not in answer.location
        assert "javascript" not in answer.location


def test_a_form_without_its_token_changes_nothing(app: Flask) -> None:
    Base.metadata.create_all(db.engine)
    answer = app.test_client().post("/sign-out")
    assert answer.status_code == 400
