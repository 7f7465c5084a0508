"""Revocation lists: what they say, and which lists are not believed."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auction.pki.chain import CertificateError, RevocationMode, TrustPolicy, TrustStore
from auction.pki.demo_ca import DemoCA
from auction.pki.reasons import PkiReason
from auction.pki.revocation import RevocationError, RevocationLists, Status
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
        RevocationLists().load(der, issuer, now=now)
    return refused.value.code


def test_status_is_unknown_then_good_then_revoked_then_unknown_when_stale(
    ca: DemoCA, issuer: x509.Certificate, now: datetime
) -> None:
    lists = RevocationLists()
    assert lists.status(SERIAL, issuer, at=now) is Status.UNKNOWN
    lists.load(crl(ca, now, 9), issuer, now=now)
    assert lists.status(SERIAL, issuer, at=now) is Status.GOOD
    assert lists.status(SERIAL, issuer, at=now + DAY) is Status.UNKNOWN
    lists.load(crl(ca, now, SERIAL, number=6), issuer, now=now)
    assert lists.status(SERIAL, issuer, at=now + 9 * DAY) is Status.REVOKED


def test_a_revoked_certificate_is_refused_and_an_unknown_one_by_policy(
    ca: DemoCA, issuer: x509.Certificate, key: SoftKey, now: datetime
) -> None:
    lists = RevocationLists()
    hard, soft = (
        TrustStore([ca.intermediate], TrustPolicy(True, mode), revocation=lists)
        for mode in (RevocationMode.HARD, RevocationMode.SOFT)
    )
    assert soft.validate(key.certificate, (), now, "bid")
    with pytest.raises(CertificateError) as refused:
        hard.validate(key.certificate, (), now, "bid")
    assert refused.value.code is PkiReason.CERTIFICATE_STATUS_UNKNOWN

    lists.load(crl(ca, now), issuer, now=now)
    assert hard.validate(key.certificate, (), now, "bid")

    lists.load(crl(ca, now, SERIAL, number=6), issuer, now=now)
    for trust in (hard, soft):
        with pytest.raises(CertificateError) as refused:
            trust.validate(key.certificate, (), now, "bid")
        assert refused.value.code is PkiReason.CERTIFICATE_REVOKED


def test_rollback_to_an_older_list_is_refused(
    ca: DemoCA, issuer: x509.Certificate, now: datetime
) -> None:
    lists = RevocationLists()
    lists.load(crl(ca, now, SERIAL, number=6), issuer, now=now)
    with pytest.raises(RevocationError) as refused:
        lists.load(crl(ca, now, number=5), issuer, now=now)
    assert refused.value.code is PkiReason.CRL_ROLLBACK
    assert lists.status(SERIAL, issuer, at=now) is Status.REVOKED


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


def test_a_list_that_covers_less_than_the_whole_authority_is_refused(now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "CA")])
    issuer = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - DAY, now + DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    builder = x509.CertificateRevocationListBuilder(name, now, now + DAY)
    scoped = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
    numbered = builder.add_extension(x509.CRLNumber(1), critical=False)
    for odd in (builder, numbered.add_extension(scoped, critical=True)):
        der = odd.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
        assert code_of(der, issuer, now) is PkiReason.CRL_MALFORMED


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
        loaded = RevocationLists().load(bytes(damaged), issuer, now=now)
    except RevocationError:
        return
    assert (loaded.number, loaded.serials) == (5, {SERIAL})
