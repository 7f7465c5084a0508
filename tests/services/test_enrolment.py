"""Asking to be enrolled, deciding it, and several certificates of one bidder."""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from bidders import Bidder, demo_house, offer, publish_44
from enrolling import COMPANY, Holder, decide, security_officer
from sold import Officer, sell
from sqlalchemy import select

from auction.ledger import canonical
from auction.pki.chain import ValidatedCertificate
from auction.pki.statement import Signed
from auction.services import audit, awards, bidding, deposits, joint, lots, people
from auction.services.applications import Partner
from auction.services.enrolment import asking, desk, profile
from auction.services.enrolment.desk import Ground
from auction.services.enrolment.form import EnrolmentRefused, flaws, tidied
from auction.services.house import House
from auction.services.people import Actor, SignInError
from auction.services.seats import seat_of
from auction.services.seed import notice_44
from auction.services.sessions import signed_in, signing_in
from auction.services.sessions.signing_in import SignedIn
from auction.services.unit import writing
from auction.store import journal
from auction.store.base import db
from auction.store.certificates import EnrolmentRequest, TrustAnchor
from auction.store.logs import Log, LogEntry
from auction.store.people import Party
from auction.store.sales import Lot
from auction.store.seats import Evidence, Seat
from auction.trading.time import DrivenClock

START = notice_44().windows.notice.start


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(START)


@pytest.fixture
def house(tmp_path: Path, clock: DrivenClock) -> Iterator[House]:
    with demo_house(tmp_path, clock) as found:
        yield found


@pytest.fixture
def officer(house: House) -> Actor:
    people.enrol_officer(house, "security", "安全管理员", ["security"])
    return security_officer(house.now())


def entries(house: House, kind: str) -> list[dict[str, object]]:
    query = (
        select(LogEntry.leaf)
        .join(Log, Log.id == LogEntry.log_id)
        .where(LogEntry.type == kind)
        .order_by(LogEntry.seq)
    )
    return [canonical.decode(leaf)["data"] for leaf in db.session.scalars(query)]


def trusted_to_enrol(house: House, certificate: ValidatedCertificate, *, auto: bool) -> None:
    """Put the demo authority among the centre's anchors, with or without automatic enrolment."""
    der = certificate.path[-1]
    with writing() as session:
        session.merge(
            TrustAnchor(
                fingerprint=hashlib.sha256(der).hexdigest(),
                kind="anchor",
                label="演练",
                certificate=der,
                policy={"auto_enrol": auto},
                sources={},
                added_at=house.now(),
            )
        )


def refusal(act: object, *args: object, **kwargs: object) -> str:
    with pytest.raises(EnrolmentRefused) as refused:
        act(*args, **kwargs)  # type: ignore[operator]
    return refused.value.code


# --- asking and deciding ----------------------------------------------------------------------


def test_a_request_waits_sealed_until_an_officer_binds_it(house: House, officer: Actor) -> None:
    holder = Holder(house)
    row = holder.ask()
    assert (row.kind, row.outcome, row.party_id) == ("new", None, None)
    assert not isinstance(holder.sign_in(), SignedIn)
    assert COMPANY.name.encode() not in row.sealed
    opened = desk.dossier(house, officer, row.id)
    assert opened.filing.form == COMPANY
    assert (opened.differs, opened.fault, opened.known, opened.earlier) == (
        frozenset(),
        None,
        None,
        (),
    )
    decide(house, officer, row.id, ground=None)
    _token, actor = holder.enter()
    assert actor.name == COMPANY.name
    assert (holder.credential().bound_by, row.decided_by) == ("security", "security")
    assert people.party_details(house, actor.party_id or "") == COMPANY.as_json()
    assert refusal(decide, house, officer, row.id, ground=None) == "ALREADY_DECIDED"
    assert refusal(holder.ask) == "ALREADY_ENROLLED"


def test_the_register_says_that_it_was_opened_and_decided_but_not_for_whom(
    house: House, officer: Actor
) -> None:
    holder = Holder(house)
    row = holder.ask()
    desk.dossier(house, officer, row.id)
    decide(house, officer, row.id, ground=None)
    opening = {"by": "security", "request": row.id}
    assert entries(house, "enrolment_opened") == [opening, opening]
    (decided,) = entries(house, "enrolment_decided")
    assert decided == {"by": "security", "outcome": "bound", "certificate": row.asker}
    spoken = (COMPANY.name, COMPANY.id_code, holder.certificate.serial, row.party_id or "?")
    for leaf in db.session.scalars(select(LogEntry.leaf)):
        for secret in spoken:
            assert secret.encode() not in leaf


def test_a_refused_request_is_corrected_and_sent_again(house: House, officer: Actor) -> None:
    holder = Holder(house)
    first = holder.ask(replace(COMPANY, contact="无人"))
    decide(house, officer, first.id, ground=Ground.CONTACT)
    told = asking.of_asker(house, holder.certificate)
    assert told is not None
    assert (told.row.outcome, told.row.reason) == ("refused", "contact_unreachable")
    second = holder.ask()
    assert second.id != first.id
    assert [one.id for one in desk.waiting()] == [second.id]


def test_a_request_that_still_waits_is_replaced_not_doubled(house: House) -> None:
    holder = Holder(house)
    first = holder.ask(replace(COMPANY, phone="0971-1111111"))
    second = holder.ask()
    assert first.id == second.id
    told = asking.of_asker(house, holder.certificate)
    assert told is not None
    assert told.form.phone == COMPANY.phone
    assert len(desk.waiting()) == 1
    purposes = set(db.session.scalars(select(Evidence.purpose)))
    assert purposes == {"enrolment"}


def test_the_officer_decides_what_he_has_seen_and_nothing_filed_since(
    house: House, officer: Actor
) -> None:
    holder = Holder(house)
    row = holder.ask()
    seen = desk.dossier(house, officer, row.id).filing.statement
    holder.ask(replace(COMPANY, account_number="6222000000000001"))
    for ground in (None, Ground.ACCOUNT):
        code = refusal(desk.decide, house, officer, row.id, seen=seen, ground=ground)
        assert code == "REQUEST_CHANGED"
    assert [one.id for one in desk.waiting()] == [row.id]


def test_another_forms_signature_is_not_taken(house: House) -> None:
    holder = Holder(house)
    _text, fields = asking.to_sign(house, replace(COMPANY, account_number="6222000000000001"))
    signed = holder.signed("enrolment", fields)
    code = refusal(asking.file, house, holder.certificate, COMPANY, signed)
    assert code == "STATEMENT_MISMATCH"
    other = Holder(house).signed("enrolment", asking.to_sign(house, COMPANY)[1])
    code = refusal(asking.file, house, holder.certificate, COMPANY, other)
    assert code == "STATEMENT_WRONG_CERTIFICATE"
    assert desk.waiting() == []


def test_every_flaw_of_a_form_is_found_at_once(house: House) -> None:
    form = people.Enrolment("club", " ", "9133O100799655058B", "", "tel", "12-34", "")
    found = [(one.at, one.code) for one in flaws(house, tidied(form))]
    assert found == [
        ("kind", "KIND_UNKNOWN"),
        ("name", "NAME_MISSING"),
        ("id_code", "CODE_CHARACTER"),
        ("contact", "CONTACT_MISSING"),
        ("phone", "PHONE_WRONG"),
        ("account_number", "ACCOUNT_WRONG"),
        ("account_bank", "BANK_MISSING"),
    ]
    assert refusal(Holder(house).ask, form) == "FORM_FLAWED"


# --- policy -----------------------------------------------------------------------------------


def test_policy_binds_when_the_authority_vouches_for_name_and_code(house: House) -> None:
    holder = Holder(house)
    trusted_to_enrol(house, holder.certificate, auto=True)
    row = holder.ask()
    assert (row.outcome, row.decided_by) == ("bound", "policy")
    assert holder.enter()[1].name == COMPANY.name
    assert entries(house, "enrolment_decided")[0]["by"] == "policy"


def test_policy_leaves_to_an_officer_what_the_certificate_does_not_say(
    house: House, officer: Actor
) -> None:
    trusted_to_enrol(house, Holder(house).certificate, auto=True)
    for form in (
        replace(COMPANY, name="西宁另一家贸易有限公司"),
        replace(COMPANY, id_code="91330100799655058B"),
        replace(COMPANY, kind="person", name="李静", id_code="11010519491231002X"),
    ):
        row = Holder(house).ask(form)
        assert row.outcome is None
        assert desk.dossier(house, officer, row.id).differs & {"name", "id_code"}


def test_policy_never_changes_what_is_on_file(house: House, officer: Actor) -> None:
    first = Holder(house)
    trusted_to_enrol(house, first.certificate, auto=True)
    first.ask()
    party = first.enter()[1].party_id or ""
    renewed = Holder(house)
    moved = replace(COMPANY, account_number="6222000000000001")
    row = renewed.ask(moved)
    assert (row.kind, row.outcome) == ("renewal", None)
    assert people.party_details(house, party) == COMPANY.as_json()
    opened = desk.dossier(house, officer, row.id)
    assert opened.differs == {"account_number"}
    assert opened.known == COMPANY
    decide(house, officer, row.id, ground=None)
    assert people.party_details(house, party) == moved.as_json()
    assert renewed.enter("other")[1].party_id == party


def test_one_code_is_one_party_and_one_name_is_one_company(house: House, officer: Actor) -> None:
    holder = Holder(house)
    decide(house, officer, holder.ask().id, ground=None)
    party = holder.credential().party_id
    renamed = Holder(house, name="西宁更名贸易有限公司")
    row = renamed.ask(replace(COMPANY, name="西宁更名贸易有限公司"))
    decide(house, officer, row.id, ground=None)
    assert renamed.credential().party_id == party
    assert people.party_named(house, COMPANY.name) is None
    assert people.party_named(house, "西宁更名贸易有限公司") == party
    squatter = Holder(house, name="西宁更名贸易有限公司", id_code="91330100799655058B")
    row = squatter.ask(replace(COMPANY, name="西宁更名贸易有限公司", id_code="91330100799655058B"))
    assert refusal(decide, house, officer, row.id, ground=None) == "NAME_TAKEN"
    assert len(list(db.session.scalars(select(Party.id)))) == 1


def test_people_who_share_a_name_are_two(house: House, officer: Actor) -> None:
    numbers = ("11010519491231002X", "440524188001010014")
    for number in numbers:
        form = replace(COMPANY, kind="person", name="王伟", id_code=number)
        row = Holder(house, name="王伟", id_code=number).ask(form)
        decide(house, officer, row.id, ground=None)
    assert people.party_named(house, "王伟") is None
    found = {people.party_named(house, f"王伟 {number}") for number in numbers}
    assert len(found) == 2
    assert None not in found

    lead, lot = Bidder.enrolled(house, "bidder-a"), publish_44(house)
    partner = Partner(f"王伟 {numbers[1]}", 4000)
    shared = joint.propose(house, lot, lead.actor, lead.form(share_bp=6000, partners=(partner,)))
    (asked,) = joint.of_lot(house, lot, people.party_named(house, "王伟", numbers[1]) or "")
    assert asked.draft.id == shared.id
    assert asked.content["parties"][1]["id_code"] == numbers[1]
    assert joint.of_lot(house, lot, people.party_named(house, "王伟", numbers[0]) or "") == []


def test_a_party_from_before_the_column_is_found_by_its_code(house: House) -> None:
    old = people.enrol_party(house, COMPANY)
    with writing() as session:
        session.get_one(Party, old).code_index = None
    with writing() as session:
        found = people.party_of_code(house, session, COMPANY.id_code)
        assert found is not None
        assert found.id == old


# --- several certificates of one bidder -------------------------------------------------------


@pytest.fixture
def bidder(house: House) -> Bidder:
    return Bidder.enrolled(house, "bidder-a")


def spare_of(bidder: Bidder, **changes: object) -> Holder:
    """A second certificate of the same company, not bound yet."""
    return Holder(bidder.house, bidder.person.name, bidder.person.id_code, **changes)  # type: ignore[arg-type]


def add(bidder: Bidder, spare: Holder, binding: str = "browser") -> EnrolmentRequest:
    """Add it within the bidder's session, answering a challenge."""
    house = bidder.house
    challenge = signing_in.begin_sign_in(house, binding)
    _text, fields = profile.beside(house, bidder.actor)
    signed = spare.signed("enrolment", fields | {"nonce": challenge.nonce})
    return profile.add(house, bidder.actor, signed, challenge.nonce)


def test_a_spare_is_bound_at_once_where_the_authority_names_the_same_code(bidder: Bidder) -> None:
    spare = spare_of(bidder)
    row = add(bidder, spare)
    assert (row.kind, row.outcome, row.decided_by) == ("renewal", "bound", "policy")
    assert spare.enter("second window")[1].party_id == bidder.party_id
    mine = profile.held(bidder.house, bidder.actor)
    assert [(one.state, one.current) for one in mine].count(("active", True)) == 1
    assert len(profile.lasting(bidder.house, bidder.party_id)) == 2


def test_a_certificate_of_another_name_waits_for_an_officer(bidder: Bidder, officer: Actor) -> None:
    spare = Holder(bidder.house, "经办人 李静", "DEMO-CLERK")
    row = add(bidder, spare)
    assert (row.kind, row.outcome) == ("spare", None)
    assert [one.id for one in asking.of_party(bidder.party_id)] == [row.id]
    opened = desk.dossier(bidder.house, officer, row.id)
    assert opened.known is not None
    assert opened.known.name == bidder.person.name
    assert opened.differs == {"name", "id_code"}
    decide(bidder.house, officer, row.id, ground=None)
    assert spare.enter()[1].party_id == bidder.party_id


def test_a_spare_signs_for_the_session_that_asks_and_for_no_other(
    house: House, bidder: Bidder
) -> None:
    stranger = Bidder.enrolled(house, "bidder-b")
    spare = spare_of(bidder)
    _text, fields = profile.beside(house, bidder.actor)
    nonce = secrets.token_hex(32)
    signed = spare.signed("enrolment", fields | {"nonce": nonce})
    assert refusal(profile.add, house, stranger.actor, signed, nonce) == "STATEMENT_MISMATCH"
    again = secrets.token_hex(32)
    assert refusal(profile.add, house, bidder.actor, signed, again) == "STATEMENT_WRONG_NONCE"
    taken = Bidder.enrolled(house, "bidder-c")
    beside = profile.beside(house, bidder.actor)[1] | {"nonce": nonce, "iat": "1728522000"}
    body, signature = taken.key.sign("enrolment", beside)
    lent = type(signed)(body, signature, taken.key.certificate)
    assert refusal(profile.add, house, bidder.actor, lent, nonce) == "CERTIFICATE_BOUND"


Signer = Callable[[dict[str, str]], Signed]


def _quote(house: House, lot_id: int, actor: Actor, signer: Signer, wan: int) -> str:
    """Bid, and be the leader; on which plate."""
    lots.forget_reads()
    lot = db.session.get_one(Lot, lot_id)
    seat = seat_of(house, lot, actor.party_id or "")
    assert seat is not None
    where = {"aud": house.site.origin, "lot": lot.slug, "plate": seat.plate, "rules": lot.rules}
    fields = where | offer(house, lot, wan * 1_000_000)
    ticket = bidding.arrive(house, lot)
    placed = bidding.place(house, lot, actor, signer(fields).to_transport(), ticket)
    assert placed.answer.state.leader == seat.plate
    return seat.plate


def test_two_certificates_in_two_windows_bid_on_one_plate(
    house: House, bidder: Bidder, clock: DrivenClock
) -> None:
    lot = publish_44(house)
    deposits.pay_demo(house, lot, bidder.apply(lot))
    rival = Bidder.enrolled(house, "bidder-b")
    deposits.pay_demo(house, lot, rival.apply(lot))
    first, second = spare_of(bidder), spare_of(bidder)
    add(bidder, first)
    add(bidder, second)
    clock.move_to(lots.terms_now(lot).listing_from)
    (token, one), (other_token, two) = first.enter("first"), second.enter("second")
    assert isinstance(signed_in.actor_of(house, token), Actor)  # the second ends nobody's session
    plate = _quote(house, lot.id, one, partial(first.signed, "bid"), 1549)
    _quote(house, lot.id, rival.actor, partial(rival.signed, lot, "bid"), 1649)
    assert _quote(house, lot.id, two, partial(second.signed, "bid"), 1749) == plate
    types = [leaf.type for leaf in journal.read(db.session.connection(), lot.log_id)]
    assert types.count("admitted") == 2
    assert types.count("bid_accepted") == 3
    profile.retire(house, two, first.credential().id)
    assert signed_in.actor_of(house, token) == "CERT_RETIRED"
    assert isinstance(signed_in.actor_of(house, other_token), Actor)
    with pytest.raises(SignInError) as refused:
        first.sign_in()
    assert refused.value.code == "CERTIFICATE_RETIRED"
    assert len(list(db.session.scalars(select(Seat).where(Seat.lot_id == lot.id)))) == 2


def test_a_party_retires_its_own_certificates_only(house: House, bidder: Bidder) -> None:
    stranger = Bidder.enrolled(house, "bidder-b")
    theirs = people.credential_of(
        db.session(),
        house.trust.validate(stranger.key.certificate, (), house.now(), "login"),
    )
    assert theirs is not None
    code = refusal(profile.retire, house, bidder.actor, theirs.id)
    assert code == "CERTIFICATE_UNKNOWN"
    assert theirs.retired_at is None
    spare = spare_of(bidder)
    add(bidder, spare)
    profile.retire(house, bidder.actor, spare.credential().id)
    profile.retire(house, bidder.actor, spare.credential().id)
    assert len(entries(house, "certificate_retired")) == 1
    states = [one.state for one in profile.held(house, bidder.actor)]
    assert states == ["active", "retired"]


def test_who_opened_identities_of_a_sale_is_told_to_those_it_was_about(
    house: House, clock: DrivenClock
) -> None:
    sold = sell(house, clock, publish_44(house).id)
    absent = Bidder.enrolled(house, "bidder-c")
    auditor = Officer.enrolled(house, "auditor").actor
    audit.open_identities(house, auditor, sold.lot, audit.Ground.COMPLAINT, "2024-7")
    awards.open_identity(house, sold.lot, sold.drafter.actor)
    grounds = {
        who.person.id: [
            (one.officer, one.ground, one.lot and one.lot.slug)
            for one in profile.seen_by(house, who.party_id)
        ]
        for who in (sold.winner, sold.loser, absent)
    }
    audited = (auditor.name, "complaint", sold.lot.slug)
    examined = (sold.drafter.actor.name, "award_examination", sold.lot.slug)
    assert grounds == {
        sold.winner.person.id: [examined, audited],
        sold.loser.person.id: [audited],
        absent.person.id: [],
    }


def test_who_opened_a_request_is_told_to_the_party(house: House, officer: Actor) -> None:
    holder = Holder(house)
    row = holder.ask()
    desk.dossier(house, officer, row.id)
    decide(house, officer, row.id, ground=None)
    seen = profile.seen_by(house, row.party_id or "")
    assert {(one.officer, one.ground, one.lot) for one in seen} == {
        ("安全管理员", "enrolment", None)
    }
    assert seen[0].at <= house.now() + timedelta(seconds=1)
