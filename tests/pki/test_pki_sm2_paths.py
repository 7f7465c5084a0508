"""SM2 paths stand the same checks as all others; and what another implementation made is read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from chains import DAY, LISTS_ONLY, Made, holder, made
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from auction.pki.chain import Anchor, CertificateError, RevocationMode, TrustStore
from auction.pki.keys import certificate_key, signature_is_good
from auction.pki.ocsp import verify_ocsp
from auction.pki.paths import NoPathError, PathFinder
from auction.pki.reasons import PkiReason
from auction.pki.revocation import RevocationData, RevocationError, Status, verify_list
from auction.pki.softkey import SoftKey

FOLDER = Path(__file__).parents[1] / "vectors" / "sm2-openssl"
POLICY = "2.999.45.1"
AT = datetime(2026, 12, 1, tzinfo=UTC)
UNTRUSTED = PkiReason.CERTIFICATE_UNTRUSTED
UNKNOWN_EXTENSION = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.7"), b"\x05\x00")


def read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def loaded(name: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(read(name))


@pytest.fixture(scope="module")
def records() -> RevocationData:
    issuing = loaded("issuing.der")
    data = RevocationData().with_list(verify_list(read("issuing.crl"), issuing, now=AT))
    for name in ("holder", "revoked"):
        answer = verify_ocsp(read(f"{name}.ocsp"), loaded(f"{name}.der"), issuing, now=AT)
        data = data.with_answer(answer)
    return data


def store(records: RevocationData, **policy: object) -> TrustStore:
    """The issuing authority pinned, in hard-fail."""
    anchor = Anchor(read("issuing.der"), revocation=RevocationMode.HARD, **policy)
    return TrustStore([anchor], allow_demo=False, revocation=records)


def code(trust: TrustStore, der: bytes, given: list[bytes], at: datetime) -> PkiReason:
    with pytest.raises(CertificateError) as error:
        trust.validate(der, given, at, "login")
    assert error.value.steps
    return error.value.code


def test_a_certificate_that_openssl_made_signs_in(records: RevocationData) -> None:
    trust = store(records, policies=frozenset({POLICY}), key_kinds=frozenset({"SM2"}))
    found = trust.validate(read("holder.der"), [], AT, "login")
    assert (found.key_kind, found.serial) == ("SM2", "2001")
    assert found.organisation_code == "91350100M000100Y43"
    assert "苏州测试有限公司" in found.subject
    assert found.evidence == (records.answers[0].sha256,)
    root = TrustStore([Anchor(read("root.der"))], allow_demo=False, revocation=records)
    assert len(root.validate(read("holder.der"), [read("issuing.der")], AT, "bid").path) == 3


def test_what_openssl_revoked_is_revoked_by_list_and_by_answer(records: RevocationData) -> None:
    assert code(store(records), read("revoked.der"), [], AT) is PkiReason.CERTIFICATE_REVOKED
    certificate, issuing = loaded("revoked.der"), loaded("issuing.der")
    for part in (RevocationData(records.lists), RevocationData(answers=records.answers)):
        assert part.finding(certificate, issuing, at=AT).status is Status.REVOKED


def test_an_answer_may_name_the_authority_by_sm3() -> None:
    certificate, issuing = loaded("holder.der"), loaded("issuing.der")
    answer = verify_ocsp(read("holder-sm3.ocsp"), certificate, issuing, now=AT)
    assert (answer.status, answer.serial) == (Status.GOOD, 0x2001)
    with pytest.raises(RevocationError) as refused:
        verify_ocsp(read("holder-sm3.ocsp"), loaded("revoked.der"), issuing, now=AT)
    assert refused.value.code is PkiReason.OCSP_WRONG_CERTIFICATE


def test_the_other_half_of_the_pair_signs_nothing(records: RevocationData) -> None:
    refused = code(store(records), read("encrypting.der"), [], AT)
    assert refused is PkiReason.CERTIFICATE_WRONG_USAGE


def test_policies_and_kinds_are_the_anchors(records: RevocationData) -> None:
    other = store(records, policies=frozenset({"2.999.45.2"}))
    assert code(other, read("holder.der"), [], AT) is PkiReason.CERTIFICATE_POLICY_REFUSED
    other = store(records, key_kinds=frozenset({"RSA", "P-256"}))
    assert code(other, read("holder.der"), [], AT) is PkiReason.CERTIFICATE_KIND_REFUSED


def test_a_signature_that_openssl_made_is_good() -> None:
    key = certificate_key(loaded("holder.der"))
    assert key is not None
    assert signature_is_good(key, read("message.sig"), read("message"))
    assert not signature_is_good(key, read("message.sig"), read("message") + b"!")


@dataclass
class Case:
    """A path of three with one thing wrong; `library`: the path builder itself refuses it."""

    name: str
    build: Callable[[str, datetime], tuple[Made, list[Made], Made]]
    code: PkiReason | None = UNTRUSTED
    library: bool = True


def three(**odd: dict[str, object]) -> Callable[[str, datetime], tuple[Made, list[Made], Made]]:
    """Leaf, issuing authority, root; `root=`, `issuing=`, `leaf=` say what is odd about each."""

    def build(kind: str, now: datetime) -> tuple[Made, list[Made], Made]:
        root = made("Root", now, kind=kind, **odd.get("root", {}))
        issuing = made("Issuing", now, **{"kind": kind, "issuer": root, **odd.get("issuing", {})})
        leaf = holder("Holder", now, **{"kind": kind, "issuer": issuing, **odd.get("leaf", {})})
        return leaf, [issuing], root

    return build


def stolen_name(kind: str, now: datetime) -> tuple[Made, list[Made], Made]:
    """A path under a root of the same name with another key."""
    leaf, given, _ = three()(kind, now)
    return leaf, given, made("Root", now, kind=kind, key=SoftKey.generate(b"other", kind))


def forged(kind: str, now: datetime) -> tuple[Made, list[Made], Made]:
    return three(leaf={"signer": SoftKey.generate(b"thief", kind)})(kind, now)


def forged_authority(kind: str, now: datetime) -> tuple[Made, list[Made], Made]:
    return three(issuing={"signer": SoftKey.generate(b"thief", kind)})(kind, now)


def permitting(domain: str) -> list[tuple[x509.ExtensionType, bool]]:
    return [(x509.NameConstraints([x509.RFC822Name(domain)], None), True)]


MAIL = [(x509.SubjectAlternativeName([x509.RFC822Name("who@example.cn")]), False)]
CA = x509.BasicConstraints
CASES = [
    Case("sound", three(), None),
    Case("no key usage in the authorities", three(root={"usage": None}), None),
    Case(
        "permitted name",
        three(issuing={"more": permitting("example.cn")}, leaf={"more": MAIL}),
        None,
    ),
    Case("excluded name", three(issuing={"more": permitting("example.org")}, leaf={"more": MAIL})),
    Case("forged leaf", forged),
    Case("forged authority", forged_authority),
    Case("another root of the same name", stolen_name),
    Case("another issuer's name", three(leaf={"issuer_name": "Else"})),
    Case("expired leaf", three(leaf={"end": -DAY / 2}), PkiReason.CERTIFICATE_EXPIRED),
    Case("future leaf", three(leaf={"start": DAY / 2}), PkiReason.CERTIFICATE_NOT_YET_VALID),
    Case("expired authority", three(issuing={"end": -DAY / 2})),
    Case("future authority", three(issuing={"start": DAY / 2})),
    Case("expired root", three(root={"end": -DAY / 2})),
    Case("authority without keyCertSign", three(issuing={"usage": LISTS_ONLY})),
    Case("authority that is none", three(issuing={"constraints": CA(False, None)})),
    Case("authority without constraints", three(issuing={"constraints": None})),
    Case("path longer than the root allows", three(root={"constraints": CA(True, 0)})),
    Case("leaf that is an authority", three(leaf={"constraints": CA(True, None)}), library=False),
    Case("critical unknown in the leaf", three(leaf={"more": [(UNKNOWN_EXTENSION, True)]})),
    Case("critical unknown in an authority", three(issuing={"more": [(UNKNOWN_EXTENSION, True)]})),
    Case(
        "critical policy constraints",
        three(issuing={"more": [(x509.PolicyConstraints(0, None), True)]}),
        library=False,
    ),
    Case(
        "authority for web servers",
        three(
            issuing={"more": [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)]}
        ),
        library=False,
    ),
]


@pytest.mark.parametrize("kind", ["SM2", "P-256"])
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_both_libraries_lead_to_the_same_verdict(case: Case, kind: str, now: datetime) -> None:
    leaf, given, root = case.build(kind, now)
    trust = TrustStore([Anchor(root.der)], allow_demo=False)
    if case.code is None:
        found = trust.validate(leaf.der, [one.der for one in given], now, "login")
        assert (found.key_kind, len(found.path)) == (kind, 3)
        return
    assert code(trust, leaf.der, [one.der for one in given], now) is case.code
    if case.library:
        finder = PathFinder([root.certificate], [])
        with pytest.raises(NoPathError):
            finder.find(leaf.certificate, [one.certificate for one in given], now)


@pytest.mark.parametrize(
    ("above", "below"), [("RSA-2048", "SM2"), ("SM2", "P-256"), ("P-384", "SM2")]
)
def test_a_mixed_path_is_judged_by_each_signers_key(above: str, below: str, now: datetime) -> None:
    root = made("Root", now, kind=above)
    leaf = holder("Holder", now, kind=below, issuer=root)
    found = TrustStore([Anchor(root.der)], allow_demo=False).validate(leaf.der, [], now, "bid")
    assert found.key_kind == below
    forged = holder("Holder", now, kind=below, issuer=root, signer=SoftKey.generate(b"t", above))
    trust = TrustStore([Anchor(root.der)], allow_demo=False)
    assert code(trust, forged.der, [], now) is UNTRUSTED


@pytest.mark.parametrize("kind", ["SM2", "P-256"])
def test_paths_of_four_intermediates_end_there(kind: str, now: datetime) -> None:
    line = [made("CA 0", now, kind=kind)]
    for number in range(1, 6):
        line.append(made(f"CA {number}", now, kind=kind, issuer=line[-1]))
    trust = TrustStore(
        [Anchor(line[0].der)], allow_demo=False, intermediates=[one.der for one in line[1:]]
    )
    longest = holder("Holder", now, kind=kind, issuer=line[4])
    assert len(trust.validate(longest.der, [], now, "bid").path) == 6
    assert code(trust, holder("Holder", now, kind=kind, issuer=line[5]).der, [], now) is UNTRUSTED


@pytest.mark.parametrize("kind", ["SM2", "P-256"])
def test_the_nearest_anchor_decides(kind: str, now: datetime) -> None:
    leaf, [issuing], root = three()(kind, now)
    anchors = [Anchor(root.der), Anchor(issuing.der, key_kinds=frozenset({"RSA"}))]
    trust = TrustStore(anchors, allow_demo=False)
    assert code(trust, leaf.der, [], now) is PkiReason.CERTIFICATE_KIND_REFUSED


@pytest.mark.parametrize("kind", ["SM2", "P-256"])
def test_a_presented_anchor_and_a_self_signed_certificate_are_refused(
    kind: str, now: datetime
) -> None:
    _, [issuing], root = three()(kind, now)
    trust = TrustStore([Anchor(root.der), Anchor(issuing.der)], allow_demo=False)
    stranger = holder("Me", now, kind=kind)
    for der in (root.der, issuing.der, stranger.der):
        assert code(trust, der, [], now) is UNTRUSTED


@pytest.mark.parametrize("kind", ["SM2", "P-256"])
def test_the_instant_counts_to_the_second_in_whatever_zone_it_is_given(
    kind: str, now: datetime
) -> None:
    leaf, given, root = three()(kind, now)
    trust = TrustStore([Anchor(root.der)], allow_demo=False, intermediates=[given[0].der])
    last = leaf.certificate.not_valid_after_utc
    for zone in (UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-11))):
        within = (last + timedelta(microseconds=999_999)).astimezone(zone)
        assert trust.validate(leaf.der, [], within, "login")
        beyond = (last + timedelta(seconds=1)).astimezone(zone)
        assert code(trust, leaf.der, [], beyond) is PkiReason.CERTIFICATE_EXPIRED
