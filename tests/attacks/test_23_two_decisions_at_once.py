"""Attack 23: two officers decide two changes at the same moment, each of which alone would leave
two security officers, and together one: who is left decides nothing any more, or everything."""

import threading
from pathlib import Path

import pytest
from chains import DAY, holder, made
from flask import Flask, current_app
from revoking import house_on
from sqlalchemy import Engine, select

from auction.core.reasons import Refusal
from auction.services import dual
from auction.services.house import House
from auction.services.staff import officers
from auction.services.staff.first import appoint
from auction.services.staff.officers import Newcomer
from auction.services.staff.security import able
from auction.store import journal
from auction.store.base import db
from auction.store.logs import Log, LogKind
from auction.trading.time import DrivenClock

REASON = "人事通知三号"


@pytest.fixture
def folder(tmp_path: Path, clock: DrivenClock) -> Path:
    """A house's data, with the officers' authority as a file."""
    (tmp_path / "anchors").mkdir()
    root = made("机关根", clock.now(), end=900 * DAY)
    (tmp_path / "anchors" / "base.crt").write_bytes(root.der)
    return tmp_path


def three_officers(house: House) -> list[str]:
    root = made("机关根", house.now(), end=900 * DAY)
    one, two, three = (
        Newcomer(f"安全{n}", holder(f"安全{n}", house.now(), issuer=root, serial=n).der)
        for n in (5, 6, 7)
    )
    first, second = appoint(house, (one, two))
    change = officers.propose_add(house, first, three, ["security"], REASON)
    dual.decide(house, second, change.id, approve=True)
    return [first, second, change.target]


def demoted(house: House, by: str, target: str) -> str:
    officer = officers.find(target)
    assert officer is not None
    after = {"name": officer.name, "roles": ["auditor"], "active": True}
    return officers.propose_change(house, by, target, after, REASON).id


def decide(app: Flask, house: House, officer: str, change: str, told: list[str]) -> None:
    with app.app_context():
        try:
            dual.decide(house, officer, change, approve=True)
            told.append("approved")
        except Refusal as refusal:
            told.append(refusal.code)
        finally:
            db.session.remove()


def test_two_security_officers_stay_whoever_is_first(
    engine: Engine, folder: Path, clock: DrivenClock
) -> None:
    with house_on(engine.url, folder, clock) as house:
        a, b, c = three_officers(house)
        decisions = [(b, demoted(house, a, c)), (c, demoted(house, a, b))]
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        db.session.rollback()
        told: list[str] = []
        threads = [
            threading.Thread(target=decide, args=(app, house, officer, change, told))
            for officer, change in decisions
        ]
        with engine.connect() as conn:
            # Both have begun when the first of them may go on.
            register = conn.scalar(
                select(Log.id).where(Log.origin == house.log_origin(str(LogKind.REGISTER)))
            )
            journal.lock_heads(conn, [register])
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(0.5)
            conn.rollback()
        for thread in threads:
            thread.join(20)
        assert sorted(told) == ["NOT_SECURITY", "approved"]
        assert len(able(house, house.trust)) == 2
