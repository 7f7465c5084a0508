"""The key that a certificate carries, whatever its kind."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509

from auction.pki import der
from auction.pki.demo.authority import DemoCA
from auction.pki.keys import certificate_key
from auction.pki.sm2 import Sm2PublicKey
from auction.pki.softkey import SoftKey

KINDS = ("P-256", "P-384", "RSA-2048", "SM2")


def issued(ca: DemoCA, kind: str, now: datetime) -> tuple[SoftKey, bytes]:
    key = SoftKey.generate(b"leaf", kind)
    until = now + timedelta(days=1)
    return key, ca.issue("苏州演练置业有限公司", "91320594MA1", key.public_key, now, until, 7)


@pytest.mark.parametrize("kind", KINDS)
def test_the_key_of_a_certificate_is_the_one_that_was_certified(
    ca: DemoCA, kind: str, now: datetime
) -> None:
    key, certificate = issued(ca, kind, now)
    assert certificate_key(x509.load_der_x509_certificate(certificate)) == key.public_key


def test_it_is_found_in_a_certificate_of_version_1_too(ca: DemoCA, now: datetime) -> None:
    key, certificate = issued(ca, "SM2", now)
    body, algorithm, signature = der.children(certificate)
    without = [one for one in der.children(body) if one[0] not in (der.context(0), der.context(3))]
    first = der.sequence(der.sequence(*without), algorithm, signature)
    read = x509.load_der_x509_certificate(first)
    assert read.version is x509.Version.v1
    assert certificate_key(read) == key.public_key


def test_a_point_off_the_curve_is_no_key_of_a_certificate(ca: DemoCA, now: datetime) -> None:
    key, certificate = issued(ca, "SM2", now)
    assert isinstance(key.public_key, Sm2PublicKey)
    point = key.public_key.point
    broken = certificate.replace(point, point[:-1] + bytes([point[-1] ^ 1]))
    assert broken != certificate
    assert certificate_key(x509.load_der_x509_certificate(broken)) is None
