"""The first two officers, and what a server's shell may and may not do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chains import DAY, Made, holder, made
from flask import Flask
from flask.testing import FlaskCliRunner
from recorded import application
from sqlalchemy import select

from auction.ledger import canonical
from auction.services.house import House
from auction.services.staff import officers
from auction.store.base import db
from auction.store.certificates import DualChange
from auction.store.logs import LogEntry
from auction.store.people import Officer
from auction.trading.time import DrivenClock

REASON = ("--reason", "人事通知三号")


@pytest.fixture
def app(tmp_path: Path, clock: DrivenClock) -> Iterator[Flask]:
    """An empty installation that trusts one authority by file; its context is open."""
    root = made("某省根", clock.now(), end=400 * DAY)
    (tmp_path / "anchors").mkdir()
    (tmp_path / "anchors" / "root.crt").write_bytes(root.der)
    app = application(tmp_path, clock)
    app.config["ROOT"] = root
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    app.extensions["auction"].engine.dispose()


@pytest.fixture
def house(app: Flask) -> House:
    house: House = app.extensions["auction"]
    return house


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def files(app: Flask, clock: DrivenClock, tmp_path: Path) -> list[Path]:
    """Certificates of three people, as files."""
    root: Made = app.config["ROOT"]
    found = []
    for n in range(3):
        found.append(tmp_path / f"{n}.cer")
        person = holder(f"人员{n}", clock.now(), issuer=root, serial=500 + n)
        found[-1].write_bytes(person.der)
    return found


def first(runner: FlaskCliRunner, *files: Path, names: tuple[str, str] = ("甲", "乙")):
    args = ["staff", "first", names[0], "--second", names[1]]
    return runner.invoke(args=[*args, *(part for file in files for part in ("--cert", str(file)))])


def test_the_first_two_are_appointed_together_and_recorded(runner, files):
    done = first(runner, *files[:2])
    assert done.exit_code == 0, done.output
    ids = done.output.split()
    appointed = [db.session.get_one(Officer, one) for one in ids]
    assert [(one.name, one.roles, one.active) for one in appointed] == [
        ("甲", ["security"], True),
        ("乙", ["security"], True),
    ]
    entry = canonical.decode(db.session.scalars(select(LogEntry.leaf)).one())
    assert entry["type"] == "officers_appointed"
    assert entry["data"]["officers"] == ids
    assert entry["data"]["officer"] == "operator"
    assert len(set(entry["data"]["certificates_sha256"])) == 2


def test_they_are_appointed_once(runner, files):
    first(runner, *files[:2])
    again = first(runner, files[2], files[0], names=("丙", "丁"))
    assert again.exit_code == 1
    assert "STAFFED" in again.output


def test_when_their_certificates_have_run_out_others_can_be_appointed(runner, files, app, clock):
    first(runner, *files[:2])
    clock.move_to(clock.now() + 2 * DAY)
    later = []
    for n in (7, 8):
        later.append(files[0].with_name(f"{n}.cer"))
        person = holder(f"人员{n}", clock.now(), issuer=app.config["ROOT"], serial=n)
        later[-1].write_bytes(person.der)
    assert first(runner, *later, names=("丙", "丁")).exit_code == 0


@pytest.mark.parametrize("names", [("甲", "甲"), ("甲", "乙")])
def test_one_person_is_not_two(runner, files, names):
    again = files[0] if names[0] != names[1] else files[1]
    done = first(runner, files[0], again, names=names)
    assert done.exit_code == 1
    assert "SAME_OFFICER" in done.output
    assert "须是不同的两人" in done.output
    assert db.session.scalar(select(Officer)) is None


def test_strangers_are_not_appointed(runner, files, clock, tmp_path):
    stranger = tmp_path / "stranger.cer"
    issuer = made("他处", clock.now())
    stranger.write_bytes(holder("外人", clock.now(), issuer=issuer).der)
    done = first(runner, files[0], stranger)
    assert done.exit_code == 1
    assert "CERTIFICATE_UNTRUSTED" in done.output
    assert db.session.scalar(select(Officer)) is None


def test_a_file_that_is_none_is_unusable(runner, files, tmp_path):
    assert first(runner, files[0], tmp_path / "missing").exit_code == 2
    assert first(runner, files[0]).exit_code == 2


def test_the_shell_drafts_and_nothing_changes(runner, files):
    first(runner, *files[:2])
    before = db.session.scalars(select(Officer.id)).all()
    done = runner.invoke(
        args=["staff", "propose-add", "丙", "--role", "drafter", "--cert", str(files[2]), *REASON]
    )
    assert done.exit_code == 0, done.output
    change = db.session.scalars(select(DualChange)).one()
    assert (change.proposed_by, change.decided_at) == ("operator", None)
    assert db.session.scalars(select(Officer.id)).all() == before
    assert runner.invoke(args=["trust", "withdraw", change.id]).exit_code == 0
    db.session.expire_all()
    assert change.approved is False


def test_the_shell_lists(runner, files, house):
    first(runner, *files[:2])
    told = runner.invoke(args=["staff", "list"]).output
    assert "甲" in told
    assert "1 usable" in told
    assert house.fixed_anchors[0].fingerprint in runner.invoke(args=["trust", "list"]).output


@pytest.mark.parametrize(
    "args",
    [
        ["--role", "drafter", "--role", "approver", "--reason", "人事通知"],
        ["--role", "drafter", "--reason", "短"],
    ],
)
def test_the_shell_is_refused_as_a_page_is(runner, files, args):
    base = ["staff", "propose-add", "丙", "--cert", str(files[2])]
    assert runner.invoke(args=base + args).exit_code in (1, 2)
    assert db.session.scalar(select(DualChange)) is None


def test_conflicts_are_told_for_every_pair():
    pairs = {frozenset(("drafter", "approver")), frozenset(("finance", "drafter"))}
    pairs |= {frozenset(("finance", "approver")), frozenset(("security", "drafter"))}
    pairs |= {frozenset(("security", "approver"))}
    pairs |= {frozenset(("auditor", other)) for other in officers.ROLES if other != "auditor"}
    for one in officers.ROLES:
        for other in officers.ROLES:
            apart = officers.conflict({one, other}) is not None
            assert apart == (frozenset((one, other)) in pairs), (one, other)
