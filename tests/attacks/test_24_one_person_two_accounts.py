"""Attack 24: an officer has a second account made, with another certificate of his own, so that he
proposes as one and decides as the other, or holds duties that must be two people's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chains import DAY, Made, holder, made
from flask import Flask
from recorded import application

from auction.core.reasons import Refusal
from auction.services import dual
from auction.services.house import House
from auction.services.staff import officers
from auction.services.staff.first import appoint
from auction.services.staff.officers import Newcomer
from auction.store.base import db
from auction.trading.time import DrivenClock

REASON = "人事通知三号"


@pytest.fixture
def root(clock: DrivenClock) -> Made:
    return made("机关根", clock.now(), end=900 * DAY)


@pytest.fixture
def house(tmp_path: Path, clock: DrivenClock, root: Made) -> Iterator[House]:
    (tmp_path / "anchors").mkdir()
    (tmp_path / "anchors" / "base.crt").write_bytes(root.der)
    app: Flask = application(tmp_path, clock)
    with app.app_context():
        yield app.extensions["auction"]
        db.session.remove()
        db.engine.dispose()
    app.extensions["auction"].engine.dispose()


def somebody(house: House, root: Made, name: str, serial: int) -> Newcomer:
    return Newcomer(name, holder(name, house.now(), issuer=root, serial=serial).der)


def code(act: object, *args: object) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args)  # type: ignore[operator]
    return refused.value.code


def test_a_second_certificate_makes_no_second_officer(house: House, root: Made) -> None:
    one, two = (somebody(house, root, f"安全{n}", n) for n in (5, 6))
    a, b = appoint(house, (one, two))
    again = somebody(house, root, "安全5", 15)._replace(name="另名")
    assert code(officers.propose_add, house, b, again, ["security"], REASON) == "HOLDER_KNOWN"
    newcomer = officers.propose_add(house, a, somebody(house, root, "拟稿", 7), ["drafter"], REASON)
    dual.decide(house, b, newcomer.id, approve=True)
    bound = (house, b, newcomer.target, again.certificate, (), REASON)
    assert code(officers.propose_bind, *bound) == "HOLDER_KNOWN"
    # His own account takes the renewed certificate.
    renewal = officers.propose_bind(house, b, a, again.certificate, (), REASON)
    third = officers.propose_add(house, a, somebody(house, root, "安全8", 8), ["security"], REASON)
    dual.decide(house, b, third.id, approve=True)
    dual.decide(house, third.target, renewal.id, approve=True)


def test_an_old_account_does_not_come_back_beside_the_new_one(house: House, root: Made) -> None:
    a, b = appoint(house, (somebody(house, root, "安全5", 5), somebody(house, root, "安全6", 6)))
    first = officers.propose_add(house, a, somebody(house, root, "丙", 7), ["drafter"], REASON)
    dual.decide(house, b, first.id, approve=True)
    settings = {"name": "丙", "roles": ["drafter"]}
    gone = officers.propose_change(house, a, first.target, {**settings, "active": False}, REASON)
    dual.decide(house, b, gone.id, approve=True)
    second = officers.propose_add(house, a, somebody(house, root, "丙", 17), ["approver"], REASON)
    dual.decide(house, b, second.id, approve=True)
    back = officers.propose_change(house, a, first.target, {**settings, "active": True}, REASON)
    assert code(dual.decide, house, b, back.id, True) == "HOLDER_KNOWN"


def test_the_first_two_are_two_people(house: House, root: Made) -> None:
    one = somebody(house, root, "安全5", 5)
    twin = somebody(house, root, "安全5", 6)._replace(name="另名")
    assert code(appoint, house, (one, twin)) == "SAME_OFFICER"
