"""Which certificates are trusted, and the attacks on that."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auction.pki.chain import (
    CERTIFICATE_LIMIT,
    Anchor,
    CertificateError,
    TrustStore,
    is_demo_anchor,
)
from auction.pki.demo.authority import DemoCA
from auction.pki.parsing import MALFORMED
from auction.pki.reasons import PkiReason
from auction.pki.softkey import SoftKey

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ECDSA_SHA256_DER = bytes.fromhex("300a06082a8648ce3d040302")
SIGNING = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
ENCRYPTING = x509.KeyUsage(False, False, True, True, False, False, False, False, False)
COMMITTING = x509.KeyUsage(False, True, False, False, False, False, False, False, False)
AUTHORITY = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
Issue = Callable[..., bytes]


def name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


@pytest.fixture
def root_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def root(root_key: ec.EllipticCurvePrivateKey, now: datetime) -> bytes:
    return self_signed("Real CA", root_key, now)


def self_signed(common_name: str, key: ec.EllipticCurvePrivateKey, now: datetime) -> bytes:
    certificate = (
        x509.CertificateBuilder(name(common_name), name(common_name))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=100))
        .not_valid_after(now + timedelta(days=100))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(AUTHORITY, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.DER)


@pytest.fixture
def issue(root_key: ec.EllipticCurvePrivateKey, now: datetime) -> Issue:
    """A leaf under Real CA (not a demo authority) with what a test wants to be odd about it."""

    def make(*extensions: x509.ExtensionType, public_key=None, signer=None) -> bytes:
        public_key = public_key or SoftKey.generate(b"leaf").public_key
        signer = signer or root_key
        issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
        builder = (
            x509.CertificateBuilder(name("Real CA"), name("bidder"))
            .public_key(public_key)
            .serial_number(0xBEEF)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(issuer_id, critical=False)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)

    return make


def refused(trust: TrustStore, der: bytes, at: datetime, purpose: str = "bid", given=()):
    with pytest.raises(CertificateError) as error:
        trust.validate(der, given, at, purpose)
    assert error.value.steps
    return error.value.code


def test_a_demo_certificate_is_who_it_says(trust: TrustStore, key: SoftKey, now: datetime) -> None:
    found = trust.validate(key.certificate, (), now, "login")
    assert re.fullmatch("[0-9a-f]{64}", found.issuer_hash)
    assert found.identity == (found.issuer_hash, "1267")
    assert "苏州演练置业有限公司" in found.subject
    assert (found.key_kind, found.demo, len(found.path)) == ("P-256", True, 3)
    assert found.path[0] == key.certificate
    assert [step.name for step in found.steps][:3] == ["size", "parse", "path"]


def test_a_certificate_without_usage_extensions_is_accepted(
    root: bytes, issue: Issue, now: datetime
) -> None:
    found = TrustStore([Anchor(root)], allow_demo=False).validate(issue(), (), now, "login")
    assert (found.serial, found.demo) == ("beef", False)


def test_a_pinned_issuing_authority_is_enough(ca: DemoCA, key: SoftKey, now: datetime) -> None:
    pinned = TrustStore([Anchor(ca.intermediate)], allow_demo=True)
    assert len(pinned.validate(key.certificate, (), now, "login").path) == 2


def test_an_intermediate_may_come_with_the_certificate(
    ca: DemoCA, key: SoftKey, now: datetime
) -> None:
    trust = TrustStore([Anchor(ca.anchor)], allow_demo=True)
    assert refused(trust, key.certificate, now) is PkiReason.CERTIFICATE_UNTRUSTED
    assert trust.validate(key.certificate, [ca.intermediate], now, "login").demo


def test_fake_root_with_the_same_name_is_refused(root: bytes, issue: Issue, now: datetime) -> None:
    impostor = ec.generate_private_key(ec.SECP256R1())
    forged = issue(signer=impostor)
    trust = TrustStore([Anchor(root)], allow_demo=False)
    fake_root = self_signed("Real CA", impostor, now)
    code = refused(trust, forged, now, given=[fake_root])
    assert code is PkiReason.CERTIFICATE_UNTRUSTED


def test_same_subject_and_serial_from_another_issuer_is_someone_else(
    ca: DemoCA, root: bytes, issue: Issue, now: datetime
) -> None:
    key = SoftKey.generate(b"leaf")
    twin = ca.issue("bidder", "X", key.public_key, now, now + timedelta(days=1), 0xBEEF)
    trust = TrustStore(
        map(Anchor, [root, ca.anchor]), allow_demo=True, intermediates=[ca.intermediate]
    )
    one, other = (trust.validate(der, (), now, "login") for der in (issue(), twin))
    assert one.serial == other.serial
    assert one.identity != other.identity


def test_a_self_signed_leaf_and_a_presented_anchor_are_refused(
    trust: TrustStore, ca: DemoCA, now: datetime
) -> None:
    stranger = self_signed("Me", ec.generate_private_key(ec.SECP256R1()), now)
    for der in (stranger, ca.anchor, ca.intermediate):
        assert refused(trust, der, now) is PkiReason.CERTIFICATE_UNTRUSTED


def test_expired_and_not_yet_valid_are_named(trust: TrustStore, make_key, now: datetime) -> None:
    der = make_key(days=10).certificate
    day = timedelta(days=1)
    assert refused(trust, der, now + 11 * day) is PkiReason.CERTIFICATE_EXPIRED
    assert refused(trust, der, now - 31 * day) is PkiReason.CERTIFICATE_NOT_YET_VALID


@pytest.mark.parametrize(
    "public_key",
    [
        lambda: rsa.generate_private_key(65537, 1024).public_key(),
        lambda: rsa.generate_private_key(3, 2048).public_key(),
        lambda: ec.generate_private_key(ec.SECP192R1()).public_key(),
        lambda: ec.generate_private_key(ec.SECP256K1()).public_key(),
        lambda: dsa.generate_private_key(2048).public_key(),
    ],
    ids=["RSA-1024", "RSA e=3", "P-192", "secp256k1", "DSA"],
)
def test_weak_or_odd_key_is_refused(
    public_key: Callable[[], object], root: bytes, issue: Issue, now: datetime
) -> None:
    der = issue(public_key=public_key())
    code = refused(TrustStore([Anchor(root)], allow_demo=False), der, now)
    assert code in {PkiReason.CERTIFICATE_KEY_REFUSED, PkiReason.CERTIFICATE_UNTRUSTED}


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: rsa.generate_private_key(65537, 2048).public_key(), "RSA-2048"),
        (lambda: ec.generate_private_key(ec.SECP384R1()).public_key(), "P-384"),
    ],
)
def test_rsa_and_p384_keys_are_accepted(
    make: Callable[[], object], kind: str, root: bytes, issue: Issue, now: datetime
) -> None:
    der = issue(SIGNING, public_key=make())
    assert (
        TrustStore([Anchor(root)], allow_demo=False).validate(der, (), now, "bid").key_kind == kind
    )


def test_wrong_extended_key_usage_is_refused(root: bytes, issue: Issue, now: datetime) -> None:
    trust = TrustStore([Anchor(root)], allow_demo=False)
    server = issue(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]))
    assert refused(trust, server, now) is PkiReason.CERTIFICATE_WRONG_USAGE
    client = issue(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    )
    assert trust.validate(client, (), now, "bid")


def test_the_encryption_certificate_of_a_token_signs_nothing(
    root: bytes, issue: Issue, now: datetime
) -> None:
    trust = TrustStore([Anchor(root)], allow_demo=False)
    assert refused(trust, issue(ENCRYPTING), now) is PkiReason.CERTIFICATE_WRONG_USAGE


def test_a_commitment_only_certificate_bids_but_does_not_sign_in(
    root: bytes, issue: Issue, now: datetime
) -> None:
    trust = TrustStore([Anchor(root)], allow_demo=False)
    der = issue(COMMITTING)
    assert trust.validate(der, (), now, "bid")
    assert refused(trust, der, now, "login") is PkiReason.CERTIFICATE_WRONG_USAGE


def test_production_refuses_demo_anchors_and_certificates(ca: DemoCA) -> None:
    for der in (ca.anchor, ca.intermediate):
        assert is_demo_anchor(der)
        with pytest.raises(CertificateError) as error:
            TrustStore([Anchor(der)], allow_demo=False)
        assert error.value.code is PkiReason.CERTIFICATE_DEMO


def test_a_real_authority_is_no_demo_anchor(root: bytes) -> None:
    assert not is_demo_anchor(root)


def test_size_and_number_of_certificates_are_limited_before_parsing(
    trust: TrustStore, key: SoftKey, now: datetime
) -> None:
    huge = b"\x30" * (CERTIFICATE_LIMIT + 1)
    assert refused(trust, huge, now) is PkiReason.CERTIFICATE_TOO_LARGE
    code = refused(trust, key.certificate, now, given=[huge])
    assert code is PkiReason.CERTIFICATE_TOO_LARGE
    code = refused(trust, key.certificate, now, given=[b""] * 5)
    assert code is PkiReason.CERTIFICATE_TOO_MANY


@given(st.binary(max_size=400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes_end_in_a_reason(trust: TrustStore, now: datetime, der: bytes) -> None:
    refused(trust, der, now)


@given(at=st.integers(0, 10_000), value=st.integers(0, 255))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_a_damaged_certificate_ends_in_a_reason(
    trust: TrustStore, key: SoftKey, now: datetime, at: int, value: int
) -> None:
    damaged = bytearray(key.certificate)
    damaged[at % len(damaged)] = value
    if tbs(bytes(damaged)) != tbs(key.certificate):
        refused(trust, bytes(damaged), now)


def tbs(der: bytes) -> bytes:
    """What the authority signed; b"" when unreadable."""
    try:
        return x509.load_der_x509_certificate(der).tbs_certificate_bytes
    except MALFORMED:
        return b""


def test_malleated_authority_signature_leaves_the_identity_the_same(
    trust: TrustStore, key: SoftKey, now: datetime
) -> None:
    # Anyone can turn (r, s) into (r, n-s): the same certificate under another fingerprint.
    certificate = x509.load_der_x509_certificate(key.certificate)
    r, s = decode_dss_signature(certificate.signature)
    twin = encode_dss_signature(r, P256_ORDER - s)
    body = certificate.tbs_certificate_bytes + ECDSA_SHA256_DER
    body += bytes([0x03, len(twin) + 1, 0]) + twin
    malleated = b"\x30\x82" + len(body).to_bytes(2, "big") + body
    one, other = (trust.validate(der, (), now, "bid") for der in (key.certificate, malleated))
    assert one.fingerprint != other.fingerprint
    assert one.identity == other.identity
