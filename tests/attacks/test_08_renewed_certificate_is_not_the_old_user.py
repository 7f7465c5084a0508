"""Attack 8: a renewed certificate (same subject and issuer, new serial) is nobody until it is
enrolled: whoever obtains one in a bidder's name does not act for him."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bidders import Bidder, demo_house, publish_44
from enrolling import COMPANY, Holder, decide, security_officer

from auction.services import applications, people
from auction.services.applications import ApplicationRefused
from auction.services.enrolment import desk
from auction.services.house import House
from auction.services.people import Actor, SignInError
from auction.services.seed import notice_44
from auction.services.sessions import signed_in
from auction.services.sessions.signing_in import SignedIn
from auction.store.base import db
from auction.trading.time import DrivenClock


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with demo_house(tmp_path, DrivenClock(notice_44().windows.notice.start)) as found:
        yield found


@pytest.fixture
def holder(house: House) -> Holder:
    """An enrolled company's first certificate."""
    people.enrol_officer(house, "security", "安全管理员", ["security"])
    made = Holder(house)
    decide(house, security_officer(house.now()), made.ask().id, ground=None)
    return made


def test_a_renewed_certificate_is_not_the_old_user(house: House, holder: Holder) -> None:
    token, old = holder.enter("first window")
    renewed = Holder(house)
    assert renewed.certificate.subject == holder.certificate.subject
    assert renewed.certificate.issuer_hash == holder.certificate.issuer_hash
    assert renewed.certificate.serial != holder.certificate.serial

    assert not isinstance(renewed.sign_in("second window"), SignedIn)
    assert people.credential_of(db.session(), renewed.certificate) is None
    assert signed_in.actor_of(house, token) == old  # and the old session is not ended by it


def test_nor_does_the_renewed_key_sign_within_the_old_session(house: House, holder: Holder) -> None:
    _token, old = holder.enter()
    lot = publish_44(house)
    form = applications.usual_form(house, old)
    wanted = applications.to_sign(house, lot, old, form).application
    forged = Holder(house).signed("application", wanted)
    with pytest.raises(ApplicationRefused) as refused:
        applications.apply(house, lot, old, form, forged)
    assert refused.value.code == "STATEMENT_WRONG_CERTIFICATE"


def test_with_the_old_key_under_the_renewed_certificate_it_is_no_different(
    house: House, holder: Holder
) -> None:
    renewed = Holder(house, key=holder.key)  # the authority certified the same key again
    assert not isinstance(renewed.sign_in(), SignedIn)


def test_once_it_is_decided_the_renewed_one_is_the_user_and_the_old_one_can_go(
    house: House, holder: Holder
) -> None:
    token, old = holder.enter("first window")
    renewed = Holder(house)
    row = renewed.ask()
    assert (row.kind, row.outcome) == ("renewal", None)
    officer = security_officer(house.now())
    assert desk.dossier(house, officer, row.id).known == COMPANY
    decide(house, officer, row.id, ground=None, retire_earlier=True)

    _renewed_token, new = renewed.enter("second window")
    assert isinstance(new, Actor)
    assert new.party_id == old.party_id
    assert signed_in.actor_of(house, token) == "CERT_RETIRED"
    with pytest.raises(SignInError) as refused:
        holder.sign_in()
    assert refused.value.code == "CERTIFICATE_RETIRED"


def test_a_bidders_own_renewal_never_opens_a_second_seat(house: House) -> None:
    bidder = Bidder.enrolled(house, "bidder-a")
    lot = publish_44(house)
    bidder.apply(lot)
    again = Bidder.enrolled(house, "bidder-a")  # a second certificate of the same company
    assert again.actor.fingerprint != bidder.actor.fingerprint
    with pytest.raises(ApplicationRefused) as refused:
        again.apply(lot)
    assert refused.value.code == "ALREADY_APPLIED"
