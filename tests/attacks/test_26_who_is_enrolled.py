"""Attack 26: certificates are public. Somebody presents another's, without the key, and learns from
the answer whether its holder is enrolled here, because responders are asked about the enrolled."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from bidders import demo_house
from cryptography import x509
from enrolling import Holder, decide, security_officer
from revoking import HOURS

from auction.pki.chain import Anchor, CertificateError, TrustStore
from auction.pki.reasons import PkiReason
from auction.pki.softkey import SoftKey
from auction.pki.statement import Signed, StatementError
from auction.services import people
from auction.services.house import House
from auction.services.revocation.intake import take_answer
from auction.services.seed import notice_44
from auction.services.sessions import signing_in
from auction.services.trust import store
from auction.services.unit import writing
from auction.store.base import db
from auction.store.certificates import TrustAnchor
from auction.trading.time import DrivenClock

Status = Literal["good", "revoked"]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with demo_house(tmp_path, DrivenClock(notice_44().windows.notice.start)) as found:
        people.enrol_officer(found, "security", "安全管理员", ["security"])
        yield found


def pinned_with_responder(house: House) -> None:
    """The issuing authority is an anchor that refuses whoever no responder vouches for."""
    assert house.demo_ca is not None
    der = house.demo_ca.intermediate
    with writing() as session:
        session.add(
            TrustAnchor(
                fingerprint=hashlib.sha256(der).hexdigest(),
                kind="anchor",
                label="issuing",
                certificate=der,
                policy={"revocation": "hard"},
                sources={"crl": [], "ocsp": "http://127.0.0.1:9/"},
                added_at=house.now(),
            )
        )
    store.reload_if_changed(house)


def answered(house: House, holder: Holder, status: Status) -> None:
    """What the responder says of this enrolled certificate is taken in."""
    authority, now = house.demo_ca, house.now()
    assert authority is not None
    certificate, issuer = (
        x509.load_der_x509_certificate(der)
        for der in (holder.key.certificate, authority.intermediate)
    )
    serial = certificate.serial_number
    since = now - HOURS if status == "revoked" else None
    told = authority.ocsp(serial, status, now=now, next_update=now + HOURS, revoked_at=since)
    take_answer(house, told, certificate, issuer)
    store.reload_if_changed(house)


def told(house: House, certificate: bytes, key: SoftKey) -> str:
    """What the sign-in answers to a certificate with a statement that this key has signed."""
    challenge = signing_in.begin_sign_in(house, "browser")
    signer = SoftKey.from_pkcs8(key.private_pkcs8())
    signer.certificate = certificate
    fields = {"aud": challenge.aud, "nonce": challenge.nonce, "iat": "1728522000"}
    signed = Signed(*signer.sign("login", fields), certificate)
    try:
        signing_in.sign_in(house, signed, challenge.nonce, "browser")
    except (StatementError, CertificateError) as error:
        return str(error.code)
    return "signed in"


@pytest.mark.parametrize("status", ["good", "revoked"])
def test_without_the_key_enrolled_and_unknown_are_answered_alike(
    house: House, status: Status
) -> None:
    enrolled, unknown = Holder(house), Holder(house, name="另一公司")
    decide(house, security_officer(house.now()), enrolled.ask().id, ground=None)
    pinned_with_responder(house)
    answered(house, enrolled, status)
    for victim in (enrolled, unknown):
        certificate = victim.key.certificate
        assert told(house, certificate, SoftKey.generate()) == PkiReason.STATEMENT_BAD_SIGNATURE
        forged = Signed(b"{}", b"\0" * 64, certificate)
        challenge = signing_in.begin_sign_in(house, "browser")
        with pytest.raises(StatementError) as refused:
            signing_in.sign_in(house, forged, challenge.nonce, "browser")
        assert refused.value.code is PkiReason.STATEMENT_WRONG_FIELDS
    # The holders themselves are told.
    assert told(house, unknown.key.certificate, unknown.key) == PkiReason.CERTIFICATE_STATUS_UNKNOWN
    assert (
        told(house, enrolled.key.certificate, enrolled.key)
        == {
            "good": "signed in",
            "revoked": PkiReason.CERTIFICATE_REVOKED,
        }[status]
    )


@pytest.mark.parametrize("with_key", [True, False])
def test_what_the_centre_kept_of_a_path_does_not_tell_either(house: House, with_key: bool) -> None:
    """A certificate that came without its path is refused as an unknown one is, whatever else its
    anchor, whose policy has changed since, would say of it."""
    enrolled, unknown = Holder(house), Holder(house, name="另一公司")
    decide(house, security_officer(house.now()), enrolled.ask().id, ground=None)
    enrolled.credential().intermediates = people.between(enrolled.certificate)
    db.session.commit()
    assert house.demo_ca is not None
    root = house.demo_ca.anchor
    house.trust = TrustStore([Anchor(root, key_kinds=frozenset({"RSA"}))], allow_demo=True)
    for victim in (enrolled, unknown):
        key = victim.key if with_key else SoftKey.generate()
        assert told(house, victim.key.certificate, key) == PkiReason.CERTIFICATE_UNTRUSTED
