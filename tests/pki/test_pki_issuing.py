"""Which signatures of authorities count, over certificates, lists and answers alike."""

from datetime import UTC, datetime

import pytest
from chains import DAY, Made, holder, made, named, revocation_list
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from auction.pki import der
from auction.pki.chain import Anchor, CertificateError, TrustStore
from auction.pki.demo import signing
from auction.pki.issuing import is_allowed_algorithm, is_signed_by
from auction.pki.organisation import is_organisation_code, organisation_code
from auction.pki.reasons import PkiReason
from auction.pki.revocation import RevocationError, verify_list
from auction.pki.softkey import SoftKey

NOW = datetime(2024, 11, 11, 6, 30, tzinfo=UTC)
KINDS = ["RSA-2048", "P-256", "P-384", "SM2"]
ECDSA_WITH_SHA1 = der.algorithm("1.2.840.10045.4.1")


@pytest.fixture(scope="module")
def authorities() -> dict[str, Made]:
    return {kind: made("CA", NOW, kind=kind) for kind in KINDS}


def answer(issuer: Made) -> ocsp.OCSPResponse:
    return ocsp.load_der_ocsp_response(
        signing.ocsp_answer(
            issuer.certificate, 77, "good", issuer.key, this_update=NOW, next_update=NOW + DAY
        )
    )


def test_only_the_issuers_own_key_counts(authorities: dict[str, Made]) -> None:
    for kind, issuer in authorities.items():
        signed = (
            holder("Holder", NOW, issuer=issuer).certificate,
            x509.load_der_x509_crl(revocation_list(issuer, NOW)),
            answer(issuer),
        )
        for one in signed:
            assert is_allowed_algorithm(one)
            for other_kind, other in authorities.items():
                assert is_signed_by(one, other.certificate) is (kind == other_kind)


def with_sha1(tbs: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """The structure with ecdsa-with-SHA1 inside and out, and a signature that is right."""
    fields = der.children(tbs)
    place = next(
        n for n, field in enumerate(fields) if field == der.algorithm("1.2.840.10045.4.3.2")
    )
    fields[place] = ECDSA_WITH_SHA1
    content = der.sequence(*fields)
    signature = key.sign(content, ec.ECDSA(hashes.SHA1()))
    return der.sequence(content, ECDSA_WITH_SHA1, der.bits(signature))


def test_sha1_counts_nowhere_though_the_signature_is_right() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = made("CA", NOW, key=SoftKey(key))
    leaf = with_sha1(holder("Holder", NOW, issuer=issuer).certificate.tbs_certificate_bytes, key)
    certificate = x509.load_der_x509_certificate(leaf)
    key.public_key().verify(  # it is right
        certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(hashes.SHA1())
    )
    assert not is_allowed_algorithm(certificate)
    assert not is_signed_by(certificate, issuer.certificate)
    with pytest.raises(CertificateError) as refused:
        TrustStore([Anchor(issuer.der)], allow_demo=False).validate(leaf, (), NOW, "login")
    assert refused.value.code is PkiReason.CERTIFICATE_WEAK_SIGNATURE

    crl = x509.load_der_x509_crl(revocation_list(issuer, NOW))
    with pytest.raises(RevocationError) as unread:
        verify_list(with_sha1(crl.tbs_certlist_bytes, key), issuer.certificate, now=NOW)
    assert unread.value.code is PkiReason.CRL_WEAK_SIGNATURE


def test_nor_does_openssl_lead_to_it() -> None:
    """The certificate's SM2 key lets OpenSSL build the path, which does not mind SHA-1."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = made("CA", NOW, key=SoftKey(key))
    sound = holder("Holder", NOW, kind="SM2", issuer=issuer)
    weak = with_sha1(sound.certificate.tbs_certificate_bytes, key)
    trust = TrustStore([Anchor(issuer.der)], allow_demo=False)
    assert trust.validate(sound.der, (), NOW, "login")
    with pytest.raises(CertificateError) as refused:
        trust.validate(weak, (), NOW, "login")
    assert refused.value.code is PkiReason.CERTIFICATE_WEAK_SIGNATURE
    assert [step.name for step in refused.value.steps][-2:] == ["path", "signature"]


def test_an_anchors_own_signature_is_not_relied_on() -> None:
    """Old roots signed themselves with SHA-1; what they are trusted for is their key."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = made("CA", NOW, key=SoftKey(key))
    root = with_sha1(issuer.certificate.tbs_certificate_bytes, key)
    leaf = holder("Holder", NOW, issuer=issuer)
    trust = TrustStore([Anchor(root)], allow_demo=False)
    assert trust.validate(leaf.der, (), NOW, "login").path == (leaf.der, root)


@pytest.mark.parametrize("hashed", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
def test_rsa_signs_with_either_padding(hashed: hashes.HashAlgorithm) -> None:
    key = rsa.generate_private_key(65537, 2048)
    issuer = made("CA", NOW, key=SoftKey(key))
    subject = SoftKey.generate(b"subject").public_key
    assert isinstance(subject, ec.EllipticCurvePublicKey)
    builder = x509.CertificateBuilder(
        named("CA"), named("Holder"), subject, 9, NOW - DAY, NOW + DAY
    ).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
    )
    trust = TrustStore([Anchor(issuer.der)], allow_demo=False)
    pss = padding.PSS(mgf=padding.MGF1(hashed), salt_length=hashed.digest_size)
    for scheme in (padding.PKCS1v15(), pss):
        signed = builder.sign(key, hashed, rsa_padding=scheme)
        assert is_signed_by(signed, issuer.certificate)
        assert trust.validate(signed.public_bytes(Encoding.DER), (), NOW, "login")


def test_policies_that_an_authority_between_leaves_out_do_not_count() -> None:
    wanted, other = "2.999.45.1", "2.999.45.2"

    def policies(*named_: str) -> list[tuple[x509.ExtensionType, bool]]:
        found = [x509.PolicyInformation(x509.ObjectIdentifier(one), None) for one in named_]
        return [(x509.CertificatePolicies(found), False)]

    root = made("Root", NOW)
    trust = TrustStore([Anchor(root.der, policies=frozenset({wanted}))], allow_demo=False)

    def accepted(above: list[tuple[x509.ExtensionType, bool]]) -> bool:
        issuing = made("Issuing", NOW, issuer=root, more=above)
        leaf = holder("Holder", NOW, issuer=issuing, more=policies(wanted, other))
        try:
            return bool(trust.validate(leaf.der, [issuing.der], NOW, "login"))
        except CertificateError as error:
            return error.code is not PkiReason.CERTIFICATE_POLICY_REFUSED

    assert accepted([])
    assert accepted(policies(wanted))
    assert accepted(policies("2.5.29.32.0"))
    assert not accepted(policies(other))


# --- the organisation that a certificate names --------------------------------------------------


def subject(**parts: str) -> x509.Name:
    oids = {
        "identifier": x509.NameOID.ORGANIZATION_IDENTIFIER,
        "serial": x509.NameOID.SERIAL_NUMBER,
        "unit": x509.NameOID.ORGANIZATIONAL_UNIT_NAME,
        "common": x509.NameOID.COMMON_NAME,
    }
    return x509.Name([x509.NameAttribute(oids[name], text) for name, text in parts.items()])


CODE, ANOTHER = "91350100M000100Y43", "91110108551385082Q"


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({"identifier": CODE}, CODE),
        ({"identifier": f"NTRCN-{CODE}"}, CODE),
        ({"serial": CODE, "common": "某公司"}, CODE),
        ({"unit": f"统一社会信用代码 {CODE}"}, CODE),
        ({"common": f"041@某公司@{CODE}@1"}, CODE),
        ({"identifier": CODE, "common": ANOTHER}, CODE),  # the organisation identifier goes first
        ({"common": f"{CODE} {ANOTHER}"}, None),  # two: nobody guesses
        ({"identifier": CODE[:-1] + "4"}, None),  # wrong check character
        ({"serial": "11010519491231002X"}, None),  # an identity number
        ({"serial": "440524188001010014"}, None),  # one of digits only
        ({"common": f"X{CODE}"}, None),  # part of something longer
        ({"common": "某公司"}, None),
    ],
)
def test_the_organisations_code_is_found_or_nothing(parts: dict[str, str], found: str) -> None:
    assert organisation_code(subject(**parts)) == found


def test_the_check_character_finds_every_wrong_character() -> None:
    assert is_organisation_code(CODE)  # the example of GB 32100-2015
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for place in range(18):
        for one in alphabet:
            changed = CODE[:place] + one + CODE[place + 1 :]
            assert is_organisation_code(changed) is (changed == CODE)
