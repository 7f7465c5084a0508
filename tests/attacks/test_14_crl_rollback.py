"""Attack 14: an old list, genuine and not yet stale, that does not know of a revocation is handed
in again, to bring the revoked key back to life."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from bidders import demo_house
from chains import DAY, Made, holder, made, revocation_list
from cryptography import x509
from enrolling import Holder, decide, security_officer
from factories import beijing
from revoking import house_on, take

from auction.pki.chain import CertificateError
from auction.pki.demo import signing
from auction.pki.ocsp import verify_ocsp
from auction.pki.reasons import PkiReason
from auction.pki.revocation import RevocationData, RevocationError, Status, verify_list
from auction.services import people
from auction.services.house import House
from auction.services.seed import notice_44
from auction.trading.time import DrivenClock

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now() -> datetime:
    return beijing(11, 11, 14, 30)


@pytest.fixture(params=["P-256", "SM2"])
def issuing(request: pytest.FixtureRequest, now: datetime) -> Made:
    return made("Issuing", now, kind=request.param)


@pytest.fixture
def leaf(issuing: Made, now: datetime) -> Made:
    return holder("Holder", now, kind=issuing.key.kind, issuer=issuing)


def test_data_in_force_refuse_a_lower_number(issuing: Made, leaf: Made, now: datetime) -> None:
    old, new = (
        verify_list(revocation_list(issuing, now, *serials, number=n), issuing.certificate, now=now)
        for n, serials in ((5, ()), (6, (77,)))
    )
    data = RevocationData().with_list(old).with_list(new)
    with pytest.raises(RevocationError) as refused:
        data.with_list(old)
    assert refused.value.code is PkiReason.CRL_ROLLBACK
    finding = data.finding(leaf.certificate, issuing.certificate, at=now)
    assert finding.status is Status.REVOKED
    # Nor does the order in which records are read back matter.
    for order in ([old, new], [new, old]):
        finding = RevocationData(order).finding(leaf.certificate, issuing.certificate, at=now)
        assert finding.status is Status.REVOKED


def test_the_same_number_made_earlier_is_older_too(issuing: Made, now: datetime) -> None:
    early, late = (
        verify_list(revocation_list(issuing, made_at, *serials), issuing.certificate, now=now)
        for made_at, serials in ((now - MINUTE, ()), (now, (77,)))
    )
    assert early.number == late.number
    with pytest.raises(RevocationError) as refused:
        RevocationData([late]).with_list(early)
    assert refused.value.code is PkiReason.CRL_ROLLBACK


def test_numbers_are_compared_as_numbers_of_twenty_bytes(issuing: Made, now: datetime) -> None:
    numbers = (9, 10, 2**159 - 1)
    lists = [
        verify_list(revocation_list(issuing, now, number=n), issuing.certificate, now=now)
        for n in numbers
    ]
    assert [one.number for one in RevocationData(reversed(lists)).lists] == [numbers[-1]]


def test_an_earlier_answer_does_not_replace_a_later_one(
    issuing: Made, leaf: Made, now: datetime
) -> None:
    def answer(at: datetime, status: signing.OcspStatus) -> bytes:
        return signing.ocsp_answer(
            issuing.certificate,
            77,
            status,
            issuing.key,
            this_update=at,
            next_update=now + DAY,
            revoked_at=at if status == "revoked" else None,
        )

    good, revoked = (
        verify_ocsp(answer(at, status), leaf.certificate, issuing.certificate, now=now)
        for at, status in ((now - MINUTE, "good"), (now, "revoked"))
    )
    data = RevocationData().with_answer(good).with_answer(revoked)
    with pytest.raises(RevocationError) as refused:
        data.with_answer(good)
    assert refused.value.code is PkiReason.OCSP_ROLLBACK
    finding = data.finding(leaf.certificate, issuing.certificate, at=now)
    assert finding.status is Status.REVOKED


# --- the whole house --------------------------------------------------------------------------


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with demo_house(tmp_path, DrivenClock(notice_44().windows.notice.start)) as found:
        yield found


def crl(house: House, number: int, *serials: int) -> bytes:
    assert house.demo_ca is not None
    now = house.now()
    return house.demo_ca.crl(
        dict.fromkeys(serials, now - MINUTE), number=number, now=now, next_update=now + DAY
    )


def refused_sign_in(who: Holder) -> PkiReason:
    with pytest.raises(CertificateError) as refused:
        who.sign_in()
    return refused.value.code


def test_a_revoked_certificate_does_not_come_back_also_not_after_a_restart(
    house: House, tmp_path: Path
) -> None:
    people.enrol_officer(house, "security", "安全管理员", ["security"])
    who = Holder(house)
    decide(house, security_officer(house.now()), who.ask().id, ground=None)
    serial = x509.load_der_x509_certificate(who.key.certificate).serial_number
    old = crl(house, 5)
    take(house, old)
    who.enter()
    take(house, crl(house, 6, serial))
    assert refused_sign_in(who) is PkiReason.CERTIFICATE_REVOKED

    def hand_in(where: House) -> PkiReason:
        with pytest.raises(RevocationError) as refused:
            take(where, old)
        return refused.value.code

    assert hand_in(house) is PkiReason.CRL_ROLLBACK
    assert refused_sign_in(who) is PkiReason.CERTIFICATE_REVOKED
    with house_on(house.engine.url, tmp_path, house.clock) as restarted:
        assert hand_in(restarted) is PkiReason.CRL_ROLLBACK
        who.house = restarted
        assert refused_sign_in(who) is PkiReason.CERTIFICATE_REVOKED
