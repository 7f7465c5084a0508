"""Applying: what is signed, what is kept secret, who may take part once."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from bidders import Bidder, demo_house, publish_44
from factories import PUBLISHED, beijing
from sqlalchemy import select

from auction.pki.sealing import commitment
from auction.services import applications, joint, listing_documents, practice
from auction.services.applications import ApplicationRefused, Partner
from auction.services.house import House
from auction.services.seats import occupant, pseudonym, seat_of
from auction.store.base import db
from auction.store.logs import LogEntry
from auction.store.sales import Lot, SaleKind
from auction.store.seats import DepositAccount, Part, Seat
from auction.trading.time import DrivenClock


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(PUBLISHED)


@pytest.fixture
def house(tmp_path: Path, clock: DrivenClock) -> Iterator[House]:
    with demo_house(tmp_path, clock) as found:
        yield found


@pytest.fixture
def lot(house: House) -> Lot:
    return publish_44(house)


@pytest.fixture
def alone(house: House) -> Bidder:
    return Bidder.enrolled(house, "bidder-a")


def leaves(log_id: int) -> list[bytes]:
    return list(db.session.scalars(select(LogEntry.leaf).where(LogEntry.log_id == log_id)))


def refused(call: object, *args: object) -> ApplicationRefused:
    with pytest.raises(ApplicationRefused) as told:
        call(*args)  # type: ignore[operator]
    return told.value


# --- what an application gives --------------------------------------------------------------


def test_an_application_gives_a_seat_with_a_random_plate_and_account(
    house: House, lot: Lot, alone: Bidder
) -> None:
    seat = alone.apply(lot)
    assert len(seat.plate) == 4
    assert set(seat.plate) <= set("23456789")
    account = db.session.get_one(DepositAccount, seat.account_number)
    assert account.taken
    assert account.lot_id == lot.id
    assert seat.qualified_at is None


def test_in_a_rehearsal_plates_and_signatures_are_those_of_a_rehearsal(
    house: House, alone: Bidder
) -> None:
    lot = publish_44(house, SaleKind.REHEARSAL)
    assert alone.apply(lot).plate.startswith("演-")


def test_a_practice_signature_is_worth_nothing_in_a_sale(
    house: House, lot: Lot, alone: Bidder
) -> None:
    rehearsal = publish_44(house, SaleKind.REHEARSAL)
    form = alone.form()
    wanted = applications.to_sign(house, lot, alone.actor, form)
    signed = alone.signed(rehearsal, "application", wanted.application)
    told = refused(applications.apply, house, lot, alone.actor, form, signed)
    assert told.code == "STATEMENT_BAD_SIGNATURE"


def test_nothing_of_an_application_names_the_bidder(house: House, lot: Lot, alone: Bidder) -> None:
    before = len(leaves(lot.log_id))
    seat = alone.apply(lot)
    assert len(leaves(lot.log_id)) == before, "the public log does not count applications"
    written = b"".join(leaves(lot.sealed_log_id))
    # A plate is four digits, which a hash can hold by chance: it is looked for as a value.
    plate = f'"{seat.plate}"'
    for secret in (alone.person.name, alone.person.id_code, plate, seat.account_number):
        assert secret.encode() not in written
    assert seat.commitment.encode() in written
    assert alone.person.name.encode() not in seat.sealed


def test_the_commitment_opens_with_the_sealed_salt(house: House, lot: Lot, alone: Bidder) -> None:
    seat = alone.apply(lot)
    who = occupant(house, lot, seat)
    assert who.name == alone.person.name
    text = f"{who.id_code} {who.name}"
    assert commitment(bytes.fromhex(who.salt), text) == seat.commitment


def test_the_form_that_was_signed_is_kept_sealed_with_the_seat(
    house: House, lot: Lot, alone: Bidder
) -> None:
    wanted = applications.to_sign(house, lot, alone.actor, alone.form())
    seat = alone.apply(lot)
    kept = house.sealer.open(seat.sealed, f"seat:{lot.slug}:{seat.pseudonym}")
    assert isinstance(kept, dict)
    text = str(kept["form"]).encode("utf-8")
    assert hashlib.sha256(text).hexdigest() == wanted.application["form"]
    assert json.loads(text)["parties"][0]["name"] == alone.person.name


def test_the_same_application_sent_twice_gives_the_same_seat(
    house: House, lot: Lot, alone: Bidder
) -> None:
    form = alone.form()
    wanted = applications.to_sign(house, lot, alone.actor, form)
    signed = alone.signed(lot, "application", wanted.application)
    first = applications.apply(house, lot, alone.actor, form, signed)
    plate = first.plate
    assert applications.apply(house, lot, alone.actor, form, signed).plate == plate
    assert len(db.session.scalars(select(Seat)).all()) == 1


def test_plates_are_unique_in_a_lot(house: House, lot: Lot) -> None:
    plates = [Bidder.enrolled(house, f"bidder-{x}").apply(lot).plate for x in "abc"]
    assert len(set(plates)) == 3


# --- what is signed -------------------------------------------------------------------------


def test_the_receipt_covers_every_document_and_is_found_again(
    house: House, lot: Lot, alone: Bidder
) -> None:
    assert applications.reading_of(house, lot, alone.party_id) is None
    wanted = applications.to_sign(house, lot, alone.actor, alone.form())
    signed = alone.signed(lot, "receipt", wanted.receipt)
    applications.receive_documents(house, lot, alone.actor, signed)
    reading = applications.reading_of(house, lot, alone.party_id)
    assert reading is not None
    hashes = [document.sha256 for document in listing_documents.documents_of(lot)]
    assert reading.documents == ",".join(hashes)


def test_a_receipt_over_other_documents_is_refused(house: House, lot: Lot, alone: Bidder) -> None:
    wanted = applications.to_sign(house, lot, alone.actor, alone.form())
    signed = alone.signed(lot, "receipt", {**wanted.receipt, "documents": "0" * 64})
    told = refused(applications.receive_documents, house, lot, alone.actor, signed)
    assert (told.code, told.status) == ("STATEMENT_MISMATCH", 422)
    assert told.facts == {"field": "documents"}


def test_a_form_changed_after_signing_is_refused(house: House, lot: Lot, alone: Bidder) -> None:
    wanted = applications.to_sign(house, lot, alone.actor, alone.form())
    signed = alone.signed(lot, "application", wanted.application)
    other = alone.form(contact="别人")
    told = refused(applications.apply, house, lot, alone.actor, other, signed)
    assert told.code == "STATEMENT_MISMATCH"


def test_another_persons_certificate_cannot_file(house: House, lot: Lot, alone: Bidder) -> None:
    other = Bidder.enrolled(house, "bidder-b")
    wanted = applications.to_sign(house, lot, alone.actor, alone.form())
    signed = other.signed(lot, "application", wanted.application)
    told = refused(applications.apply, house, lot, alone.actor, alone.form(), signed)
    assert told.code == "STATEMENT_WRONG_CERTIFICATE"


@pytest.mark.parametrize(
    ("changes", "code", "at"),
    [
        ({"contact": " "}, "CONTACT_MISSING", "contact"),
        ({"phone": "call me"}, "PHONE_WRONG", "phone"),
        ({"share_bp": 9_999}, "SHARES_NOT_WHOLE", "share"),
        ({"share_bp": 0}, "SHARE_WRONG", "share"),
        (
            {"share_bp": 5_000, "partners": (Partner("没有这家公司", 5_000),)},
            "PARTNER_UNKNOWN",
            "partners-0-name",
        ),
        (
            {"share_bp": 5_000, "partners": (Partner("青海演练甲实业有限公司", 5_000),)},
            "PARTNER_TWICE",
            "partners-0-name",
        ),
    ],
)
def test_an_unsound_form_is_refused_at_its_field(
    house: House, lot: Lot, alone: Bidder, changes: dict[str, object], code: str, at: str
) -> None:
    told = refused(applications.to_sign, house, lot, alone.actor, alone.form(**changes))
    assert (told.code, told.status, told.at) == (code, 422, at)


# --- when -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (beijing(10, 10, 8, 59, 59), "APPLY_TOO_EARLY"),
        (beijing(11, 9, 16, 0, 1), "DEPOSIT_CLOSED"),
        (beijing(11, 9, 16, 59, 59), "DEPOSIT_CLOSED"),
        (beijing(11, 9, 17, 0, 0), "APPLY_TOO_LATE"),
    ],
)
def test_outside_the_window_nothing_can_be_filed(
    house: House, lot: Lot, alone: Bidder, at: object, code: str
) -> None:
    form = alone.form()
    wanted = applications.to_sign(house, lot, alone.actor, form)
    signed = alone.signed(lot, "application", wanted.application)
    told = refused(applications.apply, house, lot, alone.actor, form, signed, at)
    assert (told.code, told.status) == (code, 409)
    assert "at_us" in told.facts


def test_in_the_second_of_the_deposit_deadline_one_can_still_apply(
    house: House, lot: Lot, alone: Bidder, clock: DrivenClock
) -> None:
    clock.move_to(beijing(11, 9, 16, 0, 0))
    assert alone.apply(lot).plate


# --- together -------------------------------------------------------------------------------


def proposal(house: House, lot: Lot, lead: Bidder, partner: Bidder) -> joint.Joint:
    form = lead.form(share_bp=6_000, partners=(Partner(partner.person.name, 4_000),))
    draft = joint.propose(house, lot, lead.actor, form)
    found = joint.find(house, draft.id, lead.party_id)
    assert found is not None
    return found


def consent(house: House, shared: joint.Joint, partner: Bidder) -> None:
    fields = {"aud": house.site.origin, "lot": shared.lot.slug, "form": shared.form_hash}
    signed = partner.signed(shared.lot, "consent", fields)
    joint.consent(house, shared, partner.actor, signed)


def test_a_joint_application_is_filed_when_every_partner_has_signed(
    house: House, lot: Lot, alone: Bidder
) -> None:
    partner = Bidder.enrolled(house, "bidder-b")
    shared = proposal(house, lot, alone, partner)
    form = alone.form(share_bp=6_000, partners=(Partner(partner.person.name, 4_000),))
    told = refused(alone.apply, lot, form)
    assert (told.code, told.status) == ("CONSENT_MISSING", 409)
    consent(house, shared, partner)
    seat = alone.apply(lot, form)
    who = occupant(house, lot, seat)
    text = f"{who.id_code} {who.name}\n{partner.person.id_code} {partner.person.name}"
    assert commitment(bytes.fromhex(who.salt), text) == seat.commitment
    assert seat_of(house, lot, partner.party_id) is None, "the lead bids"


def test_a_consent_is_worth_nothing_for_a_changed_form(
    house: House, lot: Lot, alone: Bidder
) -> None:
    partner = Bidder.enrolled(house, "bidder-b")
    consent(house, proposal(house, lot, alone, partner), partner)
    changed = alone.form(share_bp=9_000, partners=(Partner(partner.person.name, 1_000),))
    assert refused(alone.apply, lot, changed).code == "CONSENT_MISSING"


def test_vector_10_who_has_joined_cannot_apply_alone(house: House, lot: Lot, alone: Bidder) -> None:
    partner = Bidder.enrolled(house, "bidder-b")
    consent(house, proposal(house, lot, alone, partner), partner)
    told = refused(partner.apply, lot)
    assert (told.code, told.status) == ("TAKES_PART_JOINTLY", 409)


def test_vector_10_who_has_applied_alone_cannot_join(house: House, lot: Lot, alone: Bidder) -> None:
    partner = Bidder.enrolled(house, "bidder-b")
    partner.apply(lot)
    shared = proposal(house, lot, alone, partner)  # the lead is not told of it
    told = refused(consent, house, shared, partner)
    assert (told.code, told.status) == ("ALREADY_TAKES_PART", 409)


def test_who_has_joined_one_application_cannot_join_another(
    house: House, lot: Lot, alone: Bidder
) -> None:
    partner, other = (Bidder.enrolled(house, f"bidder-{x}") for x in "bc")
    consent(house, proposal(house, lot, alone, partner), partner)
    told = refused(consent, house, proposal(house, lot, other, partner), partner)
    assert told.code == "ALREADY_TAKES_PART"


def test_the_database_itself_lets_nobody_take_part_twice(
    house: House, lot: Lot, alone: Bidder
) -> None:
    alone.apply(lot)
    own = pseudonym(house, lot, alone.party_id)
    assert db.session.get(Part, (lot.id, own)) is not None


def test_a_withdrawn_proposal_frees_its_partners(house: House, lot: Lot, alone: Bidder) -> None:
    partner = Bidder.enrolled(house, "bidder-b")
    shared = proposal(house, lot, alone, partner)
    consent(house, shared, partner)
    joint.withdraw(house, shared, alone.actor)
    assert partner.apply(lot).plate
    assert joint.find(house, shared.draft.id, alone.party_id) is None


def test_nobody_else_finds_a_joint_application(house: House, lot: Lot, alone: Bidder) -> None:
    partner, stranger = (Bidder.enrolled(house, f"bidder-{x}") for x in "bc")
    shared = proposal(house, lot, alone, partner)
    assert joint.find(house, shared.draft.id, stranger.party_id) is None
    assert joint.of_lot(house, lot, stranger.party_id) == []
    assert len(joint.of_lot(house, lot, partner.party_id)) == 1


# --- one press ------------------------------------------------------------------------------


def test_on_a_practice_lot_one_press_qualifies(house: House, alone: Bidder) -> None:
    lot = practice.open_new(house)
    wanted = applications.to_sign(
        house, lot, alone.actor, applications.usual_form(house, alone.actor)
    )
    seat = applications.join_practice(
        house,
        lot,
        alone.actor,
        alone.signed(lot, "receipt", wanted.receipt),
        alone.signed(lot, "application", wanted.application),
    )
    assert seat.qualified_at is not None
    assert seat.plate.startswith("演-")


def test_one_press_does_not_exist_for_a_sale(house: House, lot: Lot, alone: Bidder) -> None:
    wanted = applications.to_sign(house, lot, alone.actor, alone.form())
    receipt = alone.signed(lot, "receipt", wanted.receipt)
    application = alone.signed(lot, "application", wanted.application)
    told = refused(applications.join_practice, house, lot, alone.actor, receipt, application)
    assert (told.code, told.status) == ("NOT_A_PRACTICE_LOT", 404)
