"""What an uploaded certificate says of itself, whatever the bytes."""

from contextlib import suppress

import pytest
from chains import DAY, holder, made
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from factories import LISTING_FROM
from hypothesis import given
from hypothesis import strategies as st

from auction.pki.chain import CERTIFICATE_LIMIT, CertificateError
from auction.pki.demo.authority import DemoCA
from auction.pki.inspection import inspect, read_certificates


def pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def code_of(data: bytes) -> str:
    with pytest.raises(CertificateError) as caught:
        read_certificates(data)
    return str(caught.value.code)


@pytest.mark.parametrize("kind", ["SM2", "P-384", "RSA-2048"])
def test_an_authority_is_told_as_it_is(now, kind):
    policies = x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier("1.2.156.7"), None)]
    )
    root = made("某省根", now, kind=kind, end=9 * DAY, more=[(policies, False)])
    facts = inspect(root.der)
    assert (facts.name, facts.key_kind, facts.authority) == ("某省根", kind, True)
    assert (facts.self_issued, facts.demo, facts.path_length) == (True, False, None)
    assert facts.policies == ("1.2.156.7",)
    assert facts.usages == ("key_cert_sign", "crl_sign")
    assert facts.not_after == now + 9 * DAY


def test_a_holder_is_no_authority(now):
    facts = inspect(holder("某人", now, issuer=made("根", now)).der)
    assert (facts.authority, facts.self_issued) == (False, False)
    assert facts.issuer == "CN=根"


def test_the_demonstrations_are_known(now):
    assert inspect(DemoCA.create(b"x", now).anchor).demo


def test_files_are_pem_bundles_or_der(now):
    one, other = made("一", now).der, made("二", now).der
    assert read_certificates(one) == [one]
    assert read_certificates(b"\r\n" + pem(one) + b"\n" + pem(other)) == [one, other]
    assert read_certificates(b"Bag Attributes\n" + pem(one)) == [one]


def test_what_is_too_large_is_not_parsed():
    assert code_of(b"0" * (CERTIFICATE_LIMIT + 1)) == "CERTIFICATE_TOO_LARGE"
    with pytest.raises(CertificateError, match="CERTIFICATE_TOO_LARGE"):
        inspect(b"0" * (CERTIFICATE_LIMIT + 1))
    assert (
        code_of(b"-----BEGIN CERTIFICATE-----" + b"A" * 5 * CERTIFICATE_LIMIT)
        == "CERTIFICATE_TOO_LARGE"
    )


@given(data=st.binary(max_size=200) | st.binary(max_size=200).map(b"-----BEGIN ".__add__))
def test_random_bytes_end_in_a_reason(data):
    assert code_of(data) == "CERTIFICATE_MALFORMED"


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.filterwarnings("ignore:Attribute's length must be:UserWarning")
@given(at=st.integers(0, 400), value=st.integers(0, 255))
def test_a_spoilt_certificate_ends_in_a_reason_or_in_facts(spoilt_from, at, value):
    der = bytearray(spoilt_from)
    der[at % len(der)] = value
    with suppress(CertificateError):
        inspect(bytes(der))


@pytest.fixture(scope="module")
def spoilt_from():
    """A certificate whose bytes are changed one at a time."""
    return made("根", LISTING_FROM).der
