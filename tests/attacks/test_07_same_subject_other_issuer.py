"""Attack 7: a certificate with the victim's names and serial number, from another authority: a
trusted one, or a root that the attacker made himself under the trusted one's name."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bidders import demo_house
from chains import holder, made
from cryptography import x509
from enrolling import Holder, decide, security_officer

from auction.pki.chain import Anchor, CertificateError, TrustStore
from auction.pki.demo.authority import DemoCA
from auction.pki.reasons import PkiReason
from auction.pki.revocation import RevocationError, verify_list
from auction.pki.softkey import SoftKey
from auction.services import people
from auction.services.enrolment import asking
from auction.services.house import House
from auction.services.seed import notice_44
from auction.services.sessions import signing_in
from auction.services.sessions.signing_in import Unknown
from auction.trading.time import DrivenClock


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with demo_house(tmp_path, DrivenClock(notice_44().windows.notice.start)) as found:
        yield found


@pytest.fixture
def victim(house: House) -> Holder:
    """An enrolled company, signed in."""
    people.enrol_officer(house, "security", "安全管理员", ["security"])
    made = Holder(house)
    decide(house, security_officer(house.now()), made.ask().id, ground=None)
    made.enter("the victim's browser")
    return made


@pytest.fixture
def original(victim: Holder) -> x509.Certificate:
    return x509.load_der_x509_certificate(victim.key.certificate)


def attacker(house: House, certificate: bytes, key: object) -> Holder:
    """Somebody who shows this certificate and has its key."""
    shown = Holder(house, key=key)  # type: ignore[arg-type]
    shown.key.certificate = certificate
    return shown


def test_another_trusted_authority_makes_another_user(
    house: House, victim: Holder, original: x509.Certificate
) -> None:
    now = house.now()
    other = made("Another CA", now, kind="SM2")
    twin = holder(original.subject, now, issuer=other, serial=original.serial_number)
    demo = house.demo_ca
    assert demo is not None
    house.trust = TrustStore(
        [Anchor(demo.anchor), Anchor(other.der)],
        allow_demo=True,
        intermediates=[demo.intermediate],
    )
    one, two = (
        house.trust.validate(der, (), now, "login") for der in (victim.key.certificate, twin.der)
    )
    assert (one.subject, one.serial) == (two.subject, two.serial)
    assert one.identity != two.identity
    found = attacker(house, twin.der, twin.key).sign_in("the attacker's browser")
    assert isinstance(found, Unknown)


@pytest.mark.parametrize("kind", ["P-256", "RSA-2048", "SM2"])
def test_a_root_that_only_bears_the_name_is_nobody(
    house: House, victim: Holder, original: x509.Certificate, kind: str
) -> None:
    now, demo = house.now(), house.demo_ca
    assert demo is not None
    root, issuing = (
        x509.load_der_x509_certificate(der).subject for der in (demo.anchor, demo.intermediate)
    )
    fake_root = made(root, now, kind=kind)
    fake_issuing = made(issuing, now, kind=kind, issuer=fake_root)
    twin = holder(
        original.subject,
        now,
        kind=kind,
        issuer=fake_issuing,
        serial=original.serial_number,
    )
    assert twin.certificate.issuer == original.issuer
    thief = attacker(house, twin.der, twin.key)
    with pytest.raises(CertificateError) as refused:
        thief.sign_in("the attacker's browser")
    assert refused.value.code is PkiReason.CERTIFICATE_UNTRUSTED
    # Nor when he brings the authorities of his own making along.
    with pytest.raises(CertificateError) as refused:
        house.trust.validate(twin.der, [fake_issuing.der, fake_root.der], now, "login")
    assert refused.value.code is PkiReason.CERTIFICATE_UNTRUSTED


def test_an_authority_under_another_anchor_that_takes_the_name_opens_nothing(
    house: House, victim: Holder, original: x509.Certificate
) -> None:
    """Its certificates are trusted, and name issuer and serial number of the victim's."""
    now, demo = house.now(), house.demo_ca
    assert demo is not None
    issuing = x509.load_der_x509_certificate(demo.intermediate)
    other = made("Another CA", now)
    pretender = made(issuing.subject, now, issuer=other, key=SoftKey.generate())
    twin = holder("thief", now, issuer=pretender, serial=original.serial_number)
    house.trust = TrustStore(
        [Anchor(demo.anchor), Anchor(other.der)],
        allow_demo=True,
        intermediates=[demo.intermediate, pretender.der],
    )
    thief = attacker(house, twin.der, twin.key)
    assert thief.certificate.identity == victim.certificate.identity
    with pytest.raises(people.SignInError) as refused:
        thief.sign_in("the attacker's browser")
    assert refused.value.code == "CERTIFICATE_BOUND"
    # Nor does he read, or replace, what the victim has asked for.
    assert asking.of_asker(house, victim.certificate) is not None
    assert asking.of_asker(house, thief.certificate) is None


def test_nor_does_it_revoke_the_victims_certificate(
    house: House, victim: Holder, original: x509.Certificate
) -> None:
    now = house.now()
    fake, demo = DemoCA.create(b"fake", now), house.demo_ca
    assert demo is not None
    issuing = x509.load_der_x509_certificate(demo.intermediate)
    forged = fake.crl(
        {original.serial_number: now}, number=9, now=now, next_update=original.not_valid_after_utc
    )
    with pytest.raises(RevocationError) as refused:
        verify_list(forged, issuing, now=now)
    assert refused.value.code is PkiReason.CRL_BAD_SIGNATURE
    assert isinstance(victim.sign_in("again"), signing_in.Elsewhere)
