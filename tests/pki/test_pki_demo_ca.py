"""The demo authority and soft keys: repeatable from a seed, private keys for their owner only."""

import shutil
import stat
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from cryptography.x509 import ocsp

from auction.pki import der
from auction.pki.chain import Anchor, CertificateError, RevocationMode, TrustStore
from auction.pki.demo import pkcs12, pkcs12_legacy
from auction.pki.demo.authority import KINDS, DemoCA
from auction.pki.issuing import is_signed_by
from auction.pki.ocsp import verify_ocsp
from auction.pki.reasons import PkiReason
from auction.pki.revocation import RevocationData, Status, verify_list
from auction.pki.softkey import SoftKey
from auction.pki.statement import StatementError

DAY = timedelta(days=1)
PASSWORDS = ["abc 123", "演练密码"]


@pytest.fixture(params=KINDS)
def any_ca(request: pytest.FixtureRequest, now: datetime) -> DemoCA:
    """An authority of each kind."""
    return DemoCA.create(b"tests", now, request.param)


def issued(ca: DemoCA, now: datetime, kind: str = "P-256", serial: int = 12) -> bytes:
    key = SoftKey.generate(b"seed", kind)
    return ca.issue("演练公司", "91320594MA1DEMO002", key.public_key, now, now + DAY, serial)


def test_one_seed_gives_the_same_bytes(any_ca: DemoCA, now: datetime) -> None:
    second = DemoCA.create(b"tests", now, any_ca.kind)
    assert any_ca.anchor == second.anchor
    assert any_ca.intermediate == second.intermediate
    assert issued(any_ca, now) == issued(second, now)
    lists = [ca.crl({12: now}, number=1, now=now, next_update=now + DAY) for ca in (any_ca, second)]
    assert lists[0] == lists[1]
    answers = [ca.ocsp(12, "good", now=now, next_update=now + DAY) for ca in (any_ca, second)]
    assert answers[0] == answers[1]


def test_no_seed_gives_another_authority_each_time(now: datetime) -> None:
    first, second = (DemoCA.create(None, now) for _ in range(2))
    assert first.fingerprint != second.fingerprint


@pytest.mark.parametrize("kind", ["P-256", "P-384", "RSA-2048", "SM2"])
def test_every_authority_certifies_every_kind_of_key(
    any_ca: DemoCA, now: datetime, kind: str
) -> None:
    trust = TrustStore([Anchor(any_ca.anchor)], allow_demo=True)
    certificate = issued(any_ca, now, kind)
    found = trust.validate(certificate, [any_ca.intermediate], now, "login")
    assert found.key_kind == kind
    assert found.demo


def test_lists_and_answers_count_where_status_must_be_known(any_ca: DemoCA, now: datetime) -> None:
    root, issuing = map(x509.load_der_x509_certificate, (any_ca.anchor, any_ca.intermediate))
    good, revoked = issued(any_ca, now), issued(any_ca, now, serial=13)
    until = now + DAY
    of_root = any_ca.crl({}, number=4, now=now, next_update=until, of="root")
    known = RevocationData().with_list(verify_list(of_root, root, now=now))
    of_issuing = any_ca.crl({13: now - DAY}, number=4, now=now, next_update=until)
    by_list = known.with_list(verify_list(of_issuing, issuing, now=now))
    by_answer = known
    for serial, status, at in ((12, "good", None), (13, "revoked", now - DAY)):
        answer = any_ca.ocsp(serial, status, now=now, next_update=until, revoked_at=at)
        about = x509.load_der_x509_certificate(good if serial == 12 else revoked)
        by_answer = by_answer.with_answer(verify_ocsp(answer, about, issuing, now=now))
    anchor = Anchor(any_ca.anchor, revocation=RevocationMode.HARD)
    for data in (by_list, by_answer):
        trust = TrustStore(
            [anchor], allow_demo=True, intermediates=[any_ca.intermediate], revocation=data
        )
        assert len(trust.validate(good, (), now, "login").evidence) == 2
        with pytest.raises(CertificateError) as error:
            trust.validate(revoked, (), now, "login")
        assert error.value.code is PkiReason.CERTIFICATE_REVOKED


@pytest.mark.parametrize("delegated", [True, False])
def test_an_answer_is_signed_by_a_responder_or_by_the_authority_itself(
    any_ca: DemoCA, now: datetime, delegated: bool
) -> None:
    issuing = x509.load_der_x509_certificate(any_ca.intermediate)
    subject = x509.load_der_x509_certificate(issued(any_ca, now))
    answer = any_ca.ocsp(12, "unknown", now=now, next_update=now + DAY, delegated=delegated)
    found = verify_ocsp(answer, subject, issuing, now=now)
    assert found.status is Status.UNKNOWN
    assert (found.responder is not None) is delegated
    response = ocsp.load_der_ocsp_response(answer)
    assert response.produced_at_utc == now.replace(microsecond=0)
    for responder in response.certificates:
        assert is_signed_by(responder, issuing)
        assert is_marked(responder)


def test_a_date_of_revocation_belongs_to_revoked_answers(ca: DemoCA, now: datetime) -> None:
    for status, at in (("revoked", None), ("good", now)):
        with pytest.raises(ValueError, match="revoked_at"):
            ca.ocsp(12, status, now=now, next_update=now + DAY, revoked_at=at)


def test_every_certificate_is_marked_and_production_refuses_it(
    any_ca: DemoCA, now: datetime
) -> None:
    for data in (any_ca.anchor, any_ca.intermediate, issued(any_ca, now)):
        assert is_marked(x509.load_der_x509_certificate(data))
    for anchor in (any_ca.anchor, any_ca.intermediate):
        with pytest.raises(CertificateError) as error:
            TrustStore([Anchor(anchor)], allow_demo=False)
        assert error.value.code is PkiReason.CERTIFICATE_DEMO


def test_a_saved_authority_goes_on_issuing(tmp_path: Path, any_ca: DemoCA, now: datetime) -> None:
    any_ca.save(tmp_path / "ca")
    again = DemoCA.load(tmp_path / "ca")
    assert again.fingerprint == any_ca.fingerprint
    assert issued(again, now) == issued(any_ca, now)
    day = {"now": now, "next_update": now + DAY}
    assert again.ocsp(12, "good", **day) == any_ca.ocsp(12, "good", **day)


def test_private_keys_are_readable_by_their_owner_only(tmp_path: Path, any_ca: DemoCA) -> None:
    any_ca.save(tmp_path)
    for role in ("root", "issuing"):
        assert stat.S_IMODE((tmp_path / f"{role}.key").stat().st_mode) == 0o600


def test_an_authority_is_never_overwritten(tmp_path: Path, ca: DemoCA, now: datetime) -> None:
    ca.save(tmp_path)
    with pytest.raises(FileExistsError):
        DemoCA.create(None, now).save(tmp_path)
    assert DemoCA.load(tmp_path).fingerprint == ca.fingerprint


def test_a_key_that_belongs_to_another_certificate_is_not_loaded(
    tmp_path: Path, any_ca: DemoCA
) -> None:
    any_ca.save(tmp_path)
    (tmp_path / "issuing.key").write_bytes((tmp_path / "root.key").read_bytes())
    with pytest.raises(ValueError, match="issuing"):
        DemoCA.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_a_key_that_cannot_be_read_is_a_value_error(
    tmp_path: Path, ca: DemoCA, content: bytes
) -> None:
    ca.save(tmp_path)
    (tmp_path / "root.key").write_bytes(content)
    with pytest.raises(ValueError, match=r".+"):
        DemoCA.load(tmp_path)


# Key files


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("kind", ["P-256", "RSA-2048"])
def test_a_library_by_others_opens_our_key_files(
    ca: DemoCA, now: datetime, kind: str, password: str
) -> None:
    key = SoftKey.generate(b"seed", kind)
    certificate = issued(ca, now, kind)
    chain = [ca.intermediate, ca.anchor]
    opened = (key.private_pkcs8(), certificate, chain)
    for write in (pkcs12.modern, pkcs12_legacy.triple_des):
        if write is pkcs12_legacy.triple_des and password != PASSWORDS[0]:
            continue
        data = write(*opened, name="甲公司", password=password)
        found = load_pkcs12(data, password.encode())
        assert found.cert is not None
        assert found.cert.friendly_name == "甲公司".encode()
        assert found.cert.certificate == x509.load_der_x509_certificate(certificate)
        assert [one.certificate for one in found.additional_certs] == list(
            map(x509.load_der_x509_certificate, chain)
        )
        assert SoftKey.from_pkcs8(private_of(found.key)).spki == key.spki
        with pytest.raises(ValueError, match=r"(?i)password|mac"):
            load_pkcs12(data, b"another")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")
@pytest.mark.parametrize("password", PASSWORDS)
def test_the_openssl_program_opens_our_sm2_key_file(
    ca: DemoCA, now: datetime, tmp_path: Path, password: str
) -> None:
    key = SoftKey.generate(b"seed", "SM2")
    file = tmp_path / "sm2.pfx"
    chain = [ca.intermediate, ca.anchor]
    file.write_bytes(
        pkcs12.modern(
            key.private_pkcs8(), issued(ca, now, "SM2"), chain, name="甲公司", password=password
        )
    )
    (tmp_path / "password").write_text(password + "\n")
    shown = openssl("pkcs12", "-in", file, "-passin", f"file:{tmp_path / 'password'}", "-nodes")
    assert shown.count(b"BEGIN CERTIFICATE") == 3
    pem = tmp_path / "sm2.pem"
    pem.write_bytes(shown)
    assert openssl("pkey", "-in", pem, "-pubout", "-outform", "DER") == key.spki


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")
def test_the_oldest_form_has_its_certificates_in_rc2(ca: DemoCA, now: datetime) -> None:
    key = SoftKey.generate(b"seed")
    data = pkcs12_legacy.rc2(
        key.private_pkcs8(), issued(ca, now), [ca.intermediate], name="甲", password="abc"
    )
    assert data is not None
    assert der.oid("1.2.840.113549.1.12.1.6") in data  # pbeWithSHAAnd40BitRC2-CBC
    assert der.oid("1.2.840.113549.1.12.1.3") in data  # pbeWithSHAAnd3-KeyTripleDES-CBC


def test_two_key_files_of_one_key_share_no_secret(ca: DemoCA, now: datetime) -> None:
    key = SoftKey.generate(b"seed")
    arguments = (key.private_pkcs8(), issued(ca, now), [ca.anchor])
    first, second = (pkcs12.modern(*arguments, name="甲", password="abc") for _ in range(2))
    assert first != second
    assert key.private_pkcs8() not in first
    with pytest.raises(ValueError, match="password"):
        pkcs12.modern(*arguments, name="甲", password="")


def test_the_old_forms_know_no_sm2(ca: DemoCA, now: datetime) -> None:
    key = SoftKey.generate(b"seed", "SM2")
    for write in (pkcs12_legacy.triple_des, pkcs12_legacy.rc2):
        with pytest.raises(ValueError, match=r".+"):
            write(key.private_pkcs8(), issued(ca, now, "SM2"), [], name="甲", password="abc")


# Soft keys


def test_a_seeded_soft_key_signs_the_same_bytes(bid_fields: dict[str, str]) -> None:
    first, second = (SoftKey.generate(b"robot 1").sign("bid", bid_fields) for _ in range(2))
    assert first == second
    assert SoftKey.generate(b"robot 2").sign("bid", bid_fields) != first


def test_a_soft_key_signs_only_whole_statements(bid_fields: dict[str, str]) -> None:
    del bid_fields["nonce"]
    with pytest.raises(StatementError):
        SoftKey.generate().sign("bid", bid_fields)


def is_marked(certificate: x509.Certificate) -> bool:
    """Organisation 演练, of itself or its issuer, and the demo policy."""
    names = (certificate.subject, certificate.issuer)
    organisations = [
        attribute.value
        for name in names
        for attribute in name.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
    ]
    policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    return "演练" in organisations and [
        one.policy_identifier.dotted_string for one in policies
    ] == ["2.999.44.1"]


def private_of(key: object) -> bytes:
    """DER PKCS #8 of a key that the library has read."""
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def openssl(*arguments: str | Path) -> bytes:
    """What the program prints."""
    ran = subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, timeout=30, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
