"""What every path must stand, asked without a library: those checks must hold by themselves."""

from datetime import UTC, datetime

import pytest
from chains import AUTHORITY_USAGE, LISTS_ONLY, holder, made
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from auction.pki import der
from auction.pki.chain import Anchor, CertificateError, TrustStore
from auction.pki.path_checks import PathFault, require_authority, require_leaf, require_signature
from auction.pki.reasons import PkiReason
from auction.pki.softkey import SoftKey

NOW = datetime(2024, 11, 11, 6, 30, tzinfo=UTC)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.7"), b"\x05\x00")
CLIENT = frozenset({ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string})
SERVER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
KINDS = ["P-256", "SM2"]


def first_version(certificate: x509.Certificate, key: SoftKey) -> x509.Certificate:
    """The same without version and extensions, signed again: X.509 of 1988."""
    content, algorithm, _ = der.children(
        der.sequence(certificate.tbs_certificate_bytes, algorithm_of(certificate), b"\x05\x00")
    )
    plain = der.sequence(*der.children(content)[1:-1])
    return x509.load_der_x509_certificate(
        der.sequence(plain, algorithm, der.bits(key.raw_sign(plain)))
    )


def algorithm_of(certificate: x509.Certificate) -> bytes:
    return der.children(certificate.tbs_certificate_bytes)[2]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "odd",
    [
        {"constraints": None},
        {"constraints": x509.BasicConstraints(False, None)},
        {"usage": LISTS_ONLY},
        {"more": [(UNKNOWN, True)]},
        {"more": [(x509.InhibitAnyPolicy(0), True)]},
    ],
    ids=["no constraints", "no authority", "no keyCertSign", "critical unknown", "critical policy"],
)
def test_what_is_no_authority_is_neither_anchor_nor_between(
    odd: dict[str, object], kind: str
) -> None:
    certificate = made("CA", NOW, kind=kind, **odd)  # type: ignore[arg-type]
    with pytest.raises(PathFault) as fault:
        require_authority(certificate.certificate, extended_usages=CLIENT)
    assert fault.value.code is PkiReason.CERTIFICATE_UNTRUSTED
    with pytest.raises(CertificateError) as refused:
        TrustStore([Anchor(certificate.der)], allow_demo=False)
    assert refused.value.code is PkiReason.CERTIFICATE_UNTRUSTED
    assert refused.value.data["subject"] == "CN=CA"


def test_usage_binds_the_authorities_below_an_anchor_and_not_the_anchor() -> None:
    usual, special = made("CA", NOW), made("CA", NOW, more=[(SERVER, False)])
    require_authority(usual.certificate, extended_usages=CLIENT)
    require_authority(special.certificate, extended_usages=None)
    with pytest.raises(PathFault, match="UNTRUSTED"):
        require_authority(special.certificate, extended_usages=CLIENT)


@pytest.mark.parametrize("kind", KINDS)
def test_version_one_is_nobody(kind: str) -> None:
    issuer = made("CA", NOW, kind=kind)
    old = first_version(issuer.certificate, issuer.key)
    assert old.version is x509.Version.v1
    for check in (require_leaf, lambda one: require_authority(one, extended_usages=None)):
        with pytest.raises(PathFault, match="UNTRUSTED") as fault:
            check(old)
        assert "version 3" in fault.value.detail


def test_an_authority_is_no_holder_and_a_holder_is() -> None:
    require_leaf(holder("Holder", NOW).certificate)
    require_leaf(holder("Holder", NOW, constraints=None).certificate)
    for odd in ({"constraints": x509.BasicConstraints(True, None)}, {"more": [(UNKNOWN, True)]}):
        with pytest.raises(PathFault, match="UNTRUSTED"):
            require_leaf(holder("Holder", NOW, **odd).certificate)


@pytest.mark.parametrize("kind", KINDS)
def test_name_and_signature_must_both_be_the_issuers(kind: str) -> None:
    issuer = made("CA", NOW, kind=kind, usage=AUTHORITY_USAGE)
    assert (
        require_signature(holder("H", NOW, issuer=issuer).certificate, issuer.certificate) == kind
    )
    thief = SoftKey.generate(b"thief", kind)
    for odd in ({"signer": thief}, {"issuer_name": "Else"}):
        with pytest.raises(PathFault, match="UNTRUSTED"):
            require_signature(
                holder("H", NOW, issuer=issuer, **odd).certificate, issuer.certificate
            )


@pytest.mark.parametrize("kind", KINDS)
def test_what_only_one_parser_reads_is_malformed(kind: str) -> None:
    """A name written as octets: cryptography takes it for text, OpenSSL for nonsense."""
    issuer = made("CA", NOW, kind=kind)
    odd = holder("Odd", NOW, kind=kind, issuer=issuer).der.replace(
        bytes.fromhex("550403") + b"\x0c\x03Odd", bytes.fromhex("550403") + b"\x04\x03Odd"
    )
    assert x509.load_der_x509_certificate(odd).subject.rfc4514_string()
    with pytest.raises(CertificateError) as refused:
        TrustStore([Anchor(issuer.der)], allow_demo=False, intermediates=[odd])
    assert refused.value.code is PkiReason.CERTIFICATE_MALFORMED
    with pytest.raises(CertificateError) as refused:
        TrustStore([Anchor(issuer.der)], allow_demo=False).validate(odd, (), NOW, "login")
    # Where OpenSSL need not look, the altered name has cost the certificate its signature.
    expected = {
        "SM2": PkiReason.CERTIFICATE_MALFORMED,
        "P-256": PkiReason.CERTIFICATE_UNTRUSTED,
    }
    assert refused.value.code is expected[kind]
