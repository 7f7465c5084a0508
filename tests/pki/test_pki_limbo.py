"""Paths and lists made by others (C2SP/x509-limbo), through the code that sign-in uses."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from auction.pki.chain import Anchor, CertificateError, RevocationMode, TrustStore
from auction.pki.reasons import PkiReason
from auction.pki.revocation import RevocationData, RevocationError, verify_list

VECTORS = Path(__file__).parents[1] / "vectors" / "x509-limbo" / "client-crl.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text())["testcases"]
USAGES = {"SERVER": ExtendedKeyUsageOID.SERVER_AUTH, "CLIENT": ExtendedKeyUsageOID.CLIENT_AUTH}
SERIAL_OF_ANOTHER = "crl::certificate-serial-on-crl-different-issuer"

# Why each of the wrong ones is refused: by its name, so that none is refused for another reason.
REVOKED, UNKNOWN = PkiReason.CERTIFICATE_REVOKED, PkiReason.CERTIFICATE_STATUS_UNKNOWN
UNTRUSTED = PkiReason.CERTIFICATE_UNTRUSTED
REASONS: dict[str, tuple[PkiReason, PkiReason | None]] = {
    "crl::revoked-certificate-with-crl": (REVOKED, None),
    "crl::crlnumber-missing": (UNKNOWN, PkiReason.CRL_MALFORMED),
    "crl::crlnumber-critical": (UNKNOWN, PkiReason.CRL_UNKNOWN_EXTENSION),
    "crl::issuer-missing-crlsign": (UNKNOWN, PkiReason.CRL_WRONG_ISSUER),
    "rfc5280::nc::invalid-email-address": (UNTRUSTED, None),
    "rfc5280::nc::nc-permits-invalid-email-san": (UNTRUSTED, None),
    "rfc5280::nc::nc-permits-email-literal-asterisk-rejects-user": (UNTRUSTED, None),
    "rfc5280::nc::nc-permits-email-literal-asterisk-rejects-subdomain": (UNTRUSTED, None),
    "rfc5280::nc::nc-permits-email-literal-double-asterisk-rejects-single": (UNTRUSTED, None),
}


def der(pem: str) -> bytes:
    return x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)


def lists_of(case: dict[str, Any], at: datetime) -> tuple[RevocationData, set[PkiReason]]:
    """The lists that are taken, and why the others are not."""
    authorities = [x509.load_pem_x509_certificate(pem.encode()) for pem in case["trusted_certs"]]
    data, refused = RevocationData(), set()
    for pem in case["crls"]:
        crl = x509.load_pem_x509_crl(pem.encode())
        issuer = next(one for one in authorities if one.subject == crl.issuer)
        try:
            data = data.with_list(verify_list(crl.public_bytes(Encoding.DER), issuer, now=at))
        except RevocationError as error:
            refused.add(error.code)
    return data, refused


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_limbo(case: dict[str, Any]) -> None:
    moment = case["validation_time"]
    at = datetime(2024, 11, 11, tzinfo=UTC) if moment is None else datetime.fromisoformat(moment)
    data, refused_lists = lists_of(case, at)
    mode = RevocationMode.HARD if case["crls"] else RevocationMode.SOFT
    usages = frozenset({USAGES[case["validation_kind"]].dotted_string})
    anchors = [
        Anchor(der(pem), revocation=mode, extended_usages=usages) for pem in case["trusted_certs"]
    ]
    trust = TrustStore(anchors, allow_demo=False, revocation=data)
    presented = der(case["peer_certificate"]), [*map(der, case["untrusted_intermediates"])]

    if case["expected_result"] == "SUCCESS":
        found = trust.validate(*presented, at, "login")
        assert found.path[0] == presented[0]
        assert len(found.evidence) == bool(case["crls"])
        assert refused_lists == set()
        return
    reason, list_reason = REASONS[case["id"]]
    with pytest.raises(CertificateError) as error:
        trust.validate(*presented, at, "login")
    assert error.value.code is reason
    assert refused_lists == ({list_reason} if list_reason else set())


def test_all_eighteen_are_there_and_every_refusal_has_its_reason() -> None:
    assert len(CASES) == 18
    wrong = {case["id"] for case in CASES if case["expected_result"] == "FAILURE"}
    assert wrong == set(REASONS)


def test_the_serial_of_another_authority_really_is_on_its_list() -> None:
    case = next(one for one in CASES if one["id"] == SERIAL_OF_ANOTHER)
    leaf = x509.load_pem_x509_certificate(case["peer_certificate"].encode())
    data, _ = lists_of(case, datetime.fromisoformat(case["validation_time"]))
    assert [leaf.serial_number in one.revoked for one in data.lists].count(True) == 1
