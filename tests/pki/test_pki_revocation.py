"""Revocation lists: what they say, and which lists are not believed."""

import time
from datetime import datetime, timedelta

import pytest
from chains import Made, holder, made, revocation_list
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auction.pki import der as encoding
from auction.pki.chain import Anchor, CertificateError, RevocationMode, TrustStore
from auction.pki.demo.authority import DemoCA
from auction.pki.reasons import PkiReason
from auction.pki.revocation import RevocationData, RevocationError, Status, verify_list
from auction.pki.softkey import SoftKey

SERIAL = 4711
DAY = timedelta(days=1)


@pytest.fixture
def issuer(ca: DemoCA) -> x509.Certificate:
    return x509.load_der_x509_certificate(ca.intermediate)


def crl(ca: DemoCA, now: datetime, *serials: int, number: int = 5) -> bytes:
    revoked = dict.fromkeys(serials, now - DAY)
    return ca.crl(revoked, number=number, now=now, next_update=now + DAY)


def code_of(der: bytes, issuer: x509.Certificate, now: datetime) -> PkiReason:
    with pytest.raises(RevocationError) as refused:
        verify_list(der, issuer, now=now)
    return refused.value.code


def test_status_is_unknown_then_good_then_revoked_then_unknown_when_stale(
    ca: DemoCA, issuer: x509.Certificate, key: SoftKey, now: datetime
) -> None:
    certificate = x509.load_der_x509_certificate(key.certificate)

    def status(data: RevocationData, at: datetime = now) -> Status:
        return data.finding(certificate, issuer, at=at).status

    data = RevocationData()
    assert status(data) is Status.UNKNOWN
    data = data.with_list(verify_list(crl(ca, now, 9), issuer, now=now))
    assert status(data) is Status.GOOD
    assert status(data, now + DAY) is Status.UNKNOWN
    newer = verify_list(crl(ca, now, SERIAL, number=6), issuer, now=now)
    revoked = data.with_list(newer)
    assert status(revoked, now + 9 * DAY) is Status.REVOKED
    found = revoked.finding(certificate, issuer, at=now)
    assert (found.evidence, found.revoked_at) == (newer.sha256, now - DAY)
    assert status(data) is Status.GOOD, "data that somebody holds does not change"


def test_a_list_counts_as_stale_by_policy_before_its_next_update(
    ca: DemoCA, issuer: x509.Certificate, key: SoftKey, now: datetime
) -> None:
    data = RevocationData().with_list(verify_list(crl(ca, now), issuer, now=now))
    hour = timedelta(hours=1)
    anchor = Anchor(ca.intermediate, revocation=RevocationMode.HARD, max_list_age=hour)
    trust = TrustStore([anchor], allow_demo=True, revocation=data)
    assert trust.validate(key.certificate, (), now + hour, "bid")
    with pytest.raises(CertificateError) as refused:
        trust.validate(key.certificate, (), now + 2 * hour, "bid")
    assert refused.value.code is PkiReason.CERTIFICATE_STATUS_UNKNOWN


def test_a_revoked_certificate_is_refused_and_an_unknown_one_by_policy(
    ca: DemoCA, issuer: x509.Certificate, key: SoftKey, now: datetime
) -> None:
    def trust(mode: RevocationMode, *serials: int, known: bool = True) -> TrustStore:
        lists = [verify_list(crl(ca, now, *serials), issuer, now=now)] if known else []
        anchor = Anchor(ca.intermediate, revocation=mode)
        return TrustStore([anchor], allow_demo=True, revocation=RevocationData(lists))

    def code(store: TrustStore) -> PkiReason:
        with pytest.raises(CertificateError) as refused:
            store.validate(key.certificate, (), now, "bid")
        return refused.value.code

    hard, soft = RevocationMode.HARD, RevocationMode.SOFT
    assert trust(soft, known=False).validate(key.certificate, (), now, "bid").evidence == ()
    assert code(trust(hard, known=False)) is PkiReason.CERTIFICATE_STATUS_UNKNOWN
    good = trust(hard)
    found = good.validate(key.certificate, (), now, "bid")
    assert found.evidence == tuple(one.sha256 for one in good.revocation.lists)
    for mode in (hard, soft):
        assert code(trust(mode, SERIAL)) is PkiReason.CERTIFICATE_REVOKED


def test_stale_and_future_lists_are_refused(
    ca: DemoCA, issuer: x509.Certificate, now: datetime
) -> None:
    der = crl(ca, now)
    assert code_of(der, issuer, now + DAY) is PkiReason.CRL_STALE
    assert code_of(der, issuer, now - DAY) is PkiReason.CRL_FROM_FUTURE


def test_a_list_forged_under_the_same_name_is_refused(
    ca: DemoCA, issuer: x509.Certificate, now: datetime
) -> None:
    impostor = DemoCA.create(b"impostor", now)
    assert code_of(crl(impostor, now), issuer, now) is PkiReason.CRL_BAD_SIGNATURE
    root = x509.load_der_x509_certificate(ca.anchor)
    assert code_of(crl(ca, now), root, now) is PkiReason.CRL_WRONG_ISSUER


@pytest.mark.parametrize("kind", ["P-256", "SM2"])
def test_fifty_thousand_entries_are_verified_once_and_looked_up_at_once(
    kind: str, now: datetime
) -> None:
    issuing = made("Issuing", now, kind=kind)
    der = long_list(issuing, now, 50_000)
    started = time.monotonic()
    data = RevocationData([verify_list(der, issuing.certificate, now=now)])
    assert time.monotonic() - started < 5
    listed, other = (
        holder("Holder", now, kind=kind, issuer=issuing, serial=serial).certificate
        for serial in (49_999, 50_001)
    )
    started = time.monotonic()
    for _ in range(500):  # a linear search would take 9 ms each
        assert data.finding(listed, issuing.certificate, at=now).status is Status.REVOKED
        assert data.finding(other, issuing.certificate, at=now).status is Status.GOOD
    assert time.monotonic() - started < 3


def long_list(issuing: Made, now: datetime, entries: int) -> bytes:
    """A list that names the serial numbers 1 to `entries`: written out, as builders are slow."""
    short = revocation_list(issuing, now, 1)
    content, algorithm, _ = encoding.children(short)
    fields = encoding.children(content)
    place = next(n for n, field in enumerate(fields) if n > 4 and field[0] == encoding.SEQUENCE)
    _, when = encoding.children(encoding.children(fields[place])[0])
    fields[place] = encoding.sequence(
        *(encoding.sequence(encoding.integer(n), when) for n in range(1, entries + 1))
    )
    content = encoding.sequence(*fields)
    signature = issuing.key.raw_sign(content)
    return encoding.sequence(content, algorithm, encoding.bits(signature))


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes_end_in_a_reason(issuer: x509.Certificate, now: datetime, der: bytes) -> None:
    assert code_of(der, issuer, now) is PkiReason.CRL_MALFORMED


@given(at=st.integers(0, 10_000), value=st.integers(0, 255))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_list_is_refused_or_says_the_same(
    ca: DemoCA, issuer: x509.Certificate, now: datetime, at: int, value: int
) -> None:
    damaged = bytearray(crl(ca, now, SERIAL))
    damaged[at % len(damaged)] = value
    try:
        loaded = verify_list(bytes(damaged), issuer, now=now)
    except RevocationError:
        return
    assert (loaded.number, set(loaded.revoked)) == (5, {SERIAL})
