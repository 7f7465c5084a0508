"""The trust store in operation: every worker follows the table, sessions follow the store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chains import DAY, Made, holder, made, revocation_list
from flask import Flask
from recorded import application
from revoking import house_on
from sqlalchemy import select

from auction.app import create_app
from auction.core.reasons import Refusal
from auction.pki.chain import CertificateError, RevocationMode
from auction.pki.revocation import issuer_key
from auction.services import dual, proposals
from auction.services.house import House
from auction.services.people import bind, enrol_officer
from auction.services.staff.first import appoint
from auction.services.staff.officers import Newcomer
from auction.services.trust import changes, store
from auction.services.trust.anchors import EntryKind, Origin, Policy, Sources, source_problem
from auction.services.trust.changes import Settings
from auction.services.unit import writing
from auction.store.base import db
from auction.store.certificates import ChangeSubject, RevocationRecord
from auction.store.logs import LogEntry
from auction.store.people import Credential, WebSession
from auction.trading.time import DrivenClock
from config import Settings as Environment

REASON = "认可通知一号"


@pytest.fixture
def base(clock: DrivenClock) -> Made:
    """The authority of the two security officers."""
    return made("机关根", clock.now(), end=900 * DAY)


def appointed(house: House, base: Made) -> list[str]:
    """Two security officers with certificates of `base`; their ids."""
    one, two = (
        Newcomer(f"安全{n}", holder(f"安全{n}", house.now(), issuer=base, serial=n).der)
        for n in (5, 6)
    )
    return appoint(house, (one, two))


@pytest.fixture
def folder(tmp_path: Path, base: Made) -> Path:
    """Where the house's data are; `base` stands there as a file."""
    (tmp_path / "anchors").mkdir()
    (tmp_path / "anchors" / "base.crt").write_bytes(base.der)
    return tmp_path


@pytest.fixture
def app(folder: Path, clock: DrivenClock, base: Made) -> Iterator[Flask]:
    """A house with two security officers; its context is open."""
    app = application(folder, clock)
    with app.app_context():
        app.config["OFFICERS"] = appointed(app.extensions["auction"], base)
        yield app
        db.session.remove()
        db.engine.dispose()
    app.extensions["auction"].engine.dispose()


@pytest.fixture
def house(app: Flask) -> House:
    house: House = app.extensions["auction"]
    store.reload_if_changed(house)
    return house


@pytest.fixture
def root(clock: DrivenClock) -> Made:
    """The authority that is proposed."""
    return made("新根", clock.now(), end=400 * DAY)


@pytest.fixture
def officers(app: Flask) -> list[str]:
    found: list[str] = app.config["OFFICERS"]
    return found


def trusted(house: House, officers: list[str], root: Made, settings: Settings | None = None) -> str:
    """`root` put into the trust store by both; its fingerprint."""
    change = changes.propose_add(
        house, officers[0], root.der, EntryKind.ANCHOR, settings or Settings("新根"), REASON
    )
    target = change.target
    dual.decide(house, officers[1], change.id, approve=True)
    return target


def code_of(house: House, der: bytes) -> str:
    try:
        house.trust.validate(der, (), house.now(), "login")
    except CertificateError as error:
        return str(error.code)
    return "ACCEPTED"


def test_another_worker_follows_within_one_look(tmp_path, clock, house, officers, root):
    other_app = create_app(
        Environment.from_environment({"AUCTION_DATA_DIR": str(tmp_path)}), clock=clock
    )
    other: House = other_app.extensions["auction"]
    person = holder("p", clock.now(), issuer=root)
    with other_app.app_context():
        store.reload_if_changed(other)
    trusted(house, officers, root)
    assert code_of(house, person.der) == "ACCEPTED"
    assert code_of(other, person.der) == "CERTIFICATE_UNTRUSTED"
    with other_app.app_context():
        assert store.reload_if_changed(other) is True
        assert code_of(other, person.der) == "ACCEPTED"
        assert store.reload_if_changed(other) is False
        db.session.remove()
        db.engine.dispose()
    other.engine.dispose()


def test_a_sign_in_that_a_slow_worker_still_accepted_ends_with_its_reload(
    house, officers, root, clock
):
    fingerprint = trusted(house, officers, root)
    person = holder("p", clock.now(), issuer=root)
    known = house.trust.validate(person.der, (), clock.now(), "login")
    enrol_officer(house, "o", "p", ["finance"])
    bind(house, known, officer_id="o")
    slow = house.trust, house.trust_seen
    removal = changes.propose_remove(house, officers[0], fingerprint, REASON)
    dual.decide(house, officers[1], removal.id, approve=True)
    house.trust, house.trust_seen = slow
    with writing() as session:
        query = select(Credential.id).where(Credential.fingerprint == known.fingerprint)
        session.add(
            WebSession(
                token_hash="ab" * 32,
                credential_id=session.scalars(query).one(),
                created_at=clock.now(),
                seen_at=clock.now(),
                expires_at=clock.now() + DAY,
            )
        )
    store.reload_if_changed(house)
    db.session.expire_all()
    assert db.session.get_one(WebSession, "ab" * 32).end_reason == "CERT_UNTRUSTED"


def test_the_policy_that_was_decided_is_the_one_in_force(house, officers, root, clock):
    fingerprint = trusted(
        house,
        officers,
        root,
        Settings("新根", Policy(policies=("1.2.3.4",), key_kinds=("SM2",), auto_enrol=True)),
    )
    assert store.policy_of(house, fingerprint).auto_enrol
    person = holder("p", clock.now(), issuer=root)
    assert code_of(house, person.der).startswith("CERTIFICATE_")
    assert code_of(house, person.der) != "ACCEPTED"


def test_a_hard_anchor_needs_a_list_and_takes_it_from_the_records(house, officers, root, clock):
    trusted(house, officers, root, Settings("新根", Policy(revocation=RevocationMode.HARD)))
    good, bad = (holder(f"p{n}", clock.now(), issuer=root, serial=n) for n in (31, 32))
    assert code_of(house, good.der) == "CERTIFICATE_STATUS_UNKNOWN"
    der = revocation_list(root, clock.now(), 32)
    with writing() as session:
        session.add(
            RevocationRecord(
                sha256="cd" * 32,
                kind="crl",
                issuer=issuer_key(root.certificate),
                number="5",
                der=der,
                this_update=clock.now(),
                next_update=clock.now() + DAY,
                loaded_at=clock.now(),
                in_force=True,
            )
        )
    assert store.reload_if_changed(house)
    assert code_of(house, good.der) == "ACCEPTED"
    assert code_of(house, bad.der) == "CERTIFICATE_REVOKED"
    clock.move_to(clock.now() + DAY + DAY / 24)
    assert code_of(house, bad.der) != "ACCEPTED"


def test_files_stand_beside_the_table_and_are_not_changed_by_pages(house, officers, base, clock):
    (file,) = (one for one in store.entries(house) if one.origin is Origin.FILE)
    for act in (
        lambda: changes.propose_remove(house, officers[0], file.fingerprint, REASON),
        lambda: changes.propose_change(house, officers[0], file.fingerprint, Settings("x"), REASON),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "NOT_IN_TABLE"


def test_the_table_decides_where_a_file_holds_the_same_certificate(house, officers, base):
    fingerprint = trusted(house, officers, base, Settings("机关根", Policy(auto_enrol=True)))
    found = [one for one in store.entries(house) if one.fingerprint == fingerprint]
    assert [(one.origin, one.policy.auto_enrol) for one in found] == [(Origin.TABLE, True)]
    with pytest.raises(Refusal) as refused:
        changes.propose_remove(house, officers[0], fingerprint, REASON)
    assert refused.value.code == "STILL_A_FILE"


def test_a_policy_that_locks_the_officers_out_is_refused(house, officers, base):
    fingerprint = trusted(house, officers, base, Settings("机关根"))
    for policy in (Policy(key_kinds=("SM2",)), Policy(revocation=RevocationMode.HARD)):
        with pytest.raises(Refusal) as refused:
            changes.propose_change(
                house, officers[0], fingerprint, Settings("机关根", policy), REASON
            )
        assert refused.value.code == "SECURITY_NEEDED"


def test_an_operators_draft_needs_two_officers(house, officers, root):
    draft = changes.propose_add(
        house, proposals.OPERATOR, root.der, EntryKind.ANCHOR, Settings("新根"), REASON
    ).id
    with pytest.raises(Refusal, match="NEEDS_ADOPTION"):
        dual.decide(house, officers[0], draft, approve=True)
    proposals.adopt(house, officers[0], draft)
    with pytest.raises(Refusal, match="SAME_PERSON"):
        dual.decide(house, officers[0], draft, approve=True)
    dual.decide(house, officers[1], draft, approve=True)
    assert any(one.label == "新根" for one in store.entries(house))


def test_who_is_no_security_officer_decides_nothing(house, officers, root):
    enrol_officer(house, "drafter", "起草", ["drafter"])
    change = changes.propose_add(
        house, officers[0], root.der, EntryKind.ANCHOR, Settings("新根"), REASON
    ).id
    with pytest.raises(Refusal, match="NOT_SECURITY"):
        dual.decide(house, "drafter", change, approve=True)
    assert proposals.find(change).decided_at is None


def test_a_proposal_lapses_and_a_second_one_waits_for_the_first(house, officers, root, clock):
    def propose():
        return changes.propose_add(
            house, officers[0], root.der, EntryKind.ANCHOR, Settings("新根"), REASON
        ).id

    change = propose()
    with pytest.raises(Refusal, match="PROPOSAL_WAITS"):
        propose()
    clock.move_to(clock.now() + proposals.LIFE)
    with pytest.raises(Refusal, match="NO_PROPOSAL"):
        dual.decide(house, officers[1], change, approve=False)


def test_a_proposal_needs_a_reason(house, officers):
    with pytest.raises(Refusal, match="REASON_MISSING"):
        proposals.propose(house, officers[0], ChangeSubject.TRUST, "add", "x", {"reason": " "})


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://crl.example.cn/a.crl", None),
        ("https://crl.example.cn:8443/a?b=c", None),
        ("ftp://crl.example.cn/a", "SOURCE_SCHEME"),
        ("file:///etc/passwd", "SOURCE_SCHEME"),
        ("ldap://x/y", "SOURCE_SCHEME"),
        ("http://u:p@crl.example.cn/", "SOURCE_CREDENTIALS"),
        ("http://u@crl.example.cn/", "SOURCE_CREDENTIALS"),
        ("http://crl.example.cn/#f", "SOURCE_FRAGMENT"),
        ("http:///a", "SOURCE_MALFORMED"),
        ("http://crl.example.cn:99999/", "SOURCE_MALFORMED"),
        ("http://crl example.cn/", "SOURCE_MALFORMED"),
        ("http://吊销.cn/", "SOURCE_MALFORMED"),
        ("http://[::1/", "SOURCE_MALFORMED"),
        ("http://a/" + "x" * 300, "SOURCE_TOO_LONG"),
    ],
)
def test_which_addresses_can_be_a_source(url, code):
    assert source_problem(url) == code


def test_settings_travel_as_json_and_come_back():
    policy = Policy(("1.2.3",), RevocationMode.HARD, ("SM2", "RSA"), True, 48)
    sources = Sources(("http://a.cn/x", "http://a.cn/y"), "http://o.cn/")
    assert Policy.from_json(policy.to_json()) == policy
    assert Sources.from_json(sources.to_json()) == sources
    assert not [*policy.problems(), *sources.problems()]


def test_changes_are_decided_on_every_database(engine, folder, clock, base, root):
    with house_on(engine.url, folder, clock) as house:
        officers = appointed(house, base)
        fingerprint = trusted(house, officers, root)
        person = holder("p", clock.now(), issuer=root)
        assert code_of(house, person.der) == "ACCEPTED"
        removal = changes.propose_remove(house, officers[1], fingerprint, REASON)
        dual.decide(house, officers[0], removal.id, approve=True)
        assert code_of(house, person.der) == "CERTIFICATE_UNTRUSTED"
        again = trusted(house, officers, root, Settings("新根", Policy(key_kinds=("SM2",))))
        assert store.policy_of(house, again).key_kinds == ("SM2",)
        leaves = db.session.scalars(select(LogEntry.type).order_by(LogEntry.seq))
        assert list(leaves) == ["officers_appointed", *["change_proposed", "change_decided"] * 3]
