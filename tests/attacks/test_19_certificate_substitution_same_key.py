"""Attack 19: two certificates for one key. What was signed under one is shown with the other, so
that it counts for somebody else, or escapes what has happened to the first."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bidders import demo_house, publish_44
from cryptography import x509
from enrolling import COMPANY, Holder, decide, security_officer

from auction.pki.reasons import PkiReason
from auction.pki.statement import Signed, StatementError
from auction.services import applications, people
from auction.services.applications import ApplicationRefused
from auction.services.house import House
from auction.services.seed import notice_44
from auction.services.sessions import signing_in
from auction.trading.time import DrivenClock


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with demo_house(tmp_path, DrivenClock(notice_44().windows.notice.start)) as found:
        people.enrol_officer(found, "security", "安全管理员", ["security"])
        yield found


@pytest.fixture
def pair(house: House) -> tuple[Holder, Holder]:
    """Two certificates of one company for one key, both enrolled."""
    officer = security_officer(house.now())
    first = Holder(house)
    decide(house, officer, first.ask().id, ground=None)
    second = Holder(house)
    second.key = type(first.key).from_pkcs8(first.key.private_pkcs8())
    second.__post_init__()
    decide(house, officer, second.ask().id, ground=None)
    one, other = (x509.load_der_x509_certificate(held.key.certificate) for held in (first, second))
    assert one.public_key() == other.public_key()
    assert one.serial_number != other.serial_number
    return first, second


def test_a_login_signed_under_one_is_not_shown_with_the_other(
    house: House, pair: tuple[Holder, Holder]
) -> None:
    first, second = pair
    challenge = signing_in.begin_sign_in(house, "browser")
    signed = first.signed("login", {"nonce": challenge.nonce})
    swapped = Signed(signed.body, signed.signature, second.key.certificate)
    with pytest.raises(StatementError) as refused:
        signing_in.sign_in(house, swapped, challenge.nonce, "browser")
    assert refused.value.code is PkiReason.STATEMENT_WRONG_CERTIFICATE
    # The failed attempt has used the nonce up: the right pair does not sign in with it either.
    with pytest.raises(StatementError) as refused:
        signing_in.sign_in(house, signed, challenge.nonce, "browser")
    assert refused.value.code is PkiReason.CHALLENGE_EXPIRED


def test_nor_does_a_statement_of_one_count_in_the_session_of_the_other(
    house: House, pair: tuple[Holder, Holder]
) -> None:
    first, second = pair
    lot = publish_44(house)
    _token, actor = first.enter()
    form = applications.usual_form(house, actor)
    wanted = applications.to_sign(house, lot, actor, form).application
    with pytest.raises(ApplicationRefused) as refused:
        applications.apply(house, lot, actor, form, second.signed("application", wanted))
    assert refused.value.code == "STATEMENT_WRONG_CERTIFICATE"
    signed = second.signed("application", wanted)
    swapped = Signed(signed.body, signed.signature, first.key.certificate)
    with pytest.raises(ApplicationRefused) as refused:
        applications.apply(house, lot, actor, form, swapped)
    assert refused.value.code == "STATEMENT_WRONG_CERTIFICATE"
    assert applications.apply(house, lot, actor, form, first.signed("application", wanted))


def test_each_certificate_is_a_session_of_its_own(pair: tuple[Holder, Holder]) -> None:
    first, second = pair
    _, one = first.enter("first browser")
    _, other = second.enter("second browser")
    assert one.party_id == other.party_id
    assert one.fingerprint != other.fingerprint


def test_the_victims_key_in_a_strangers_certificate_opens_nothing(
    house: House, pair: tuple[Holder, Holder]
) -> None:
    """An authority that asks for no proof of possession certifies the victim's public key under
    the attacker's name; a signature of the victim shown with it is still no sign-in of his."""
    victim = pair[0]
    stranger = Holder(house, name="西宁冒名商行", id_code="92630100MA758XKQ4T")
    now, authority = house.now(), house.demo_ca
    assert authority is not None
    claimed = authority.issue(
        stranger.name,
        stranger.id_code,
        victim.key.public_key,
        now,
        now.replace(year=now.year + 1),
        4242,
    )
    challenge = signing_in.begin_sign_in(house, "browser")
    signed = victim.signed("login", {"nonce": challenge.nonce})
    assert COMPANY.name not in house.trust.validate(claimed, (), now, "login").subject
    shown = Signed(signed.body, signed.signature, claimed)
    with pytest.raises(StatementError) as refused:
        signing_in.sign_in(house, shown, challenge.nonce, "browser")
    assert refused.value.code is PkiReason.STATEMENT_WRONG_CERTIFICATE
