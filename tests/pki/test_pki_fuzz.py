"""Damaged certificates, lists and answers end in a reason code: whatever was done to the bytes, and
also where an authority signed them so, which lets the damage through to the last check."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TypeVar

import pytest
from chains import DAY, Made, holder, made, revocation_list
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from auction.pki import der
from auction.pki.chain import (
    Anchor,
    CertificateError,
    RevocationMode,
    TrustStore,
    ValidatedCertificate,
)
from auction.pki.demo import signing
from auction.pki.ocsp import verify_ocsp
from auction.pki.reasons import PkiReason
from auction.pki.revocation import RevocationData, RevocationError, Status, verify_list
from auction.pki.softkey import SoftKey

NOW = datetime(2024, 11, 11, 6, 30, tzinfo=UTC)
KINDS = ["RSA-2048", "P-256", "SM2"]
# The parser warns of what it finds odd and takes all the same; here only the verdict counts.
pytestmark = [
    pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Attribute's length must be:UserWarning"),
]


@dataclass(frozen=True)
class Material:
    """A sound path with its list and answer."""

    root: Made
    issuing: Made
    leaf: Made
    crl: bytes
    ocsp: bytes


@cache
def material(kind: str) -> Material:
    root = made("Root", NOW, kind=kind)
    issuing = made("Issuing", NOW, kind=kind, issuer=root)
    names = x509.SubjectAlternativeName([x509.RFC822Name("who@example.cn")])
    policy = x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier("2.999.45.1"), None)]
    )
    point = x509.DistributionPoint(
        [x509.UniformResourceIdentifier("http://ca.example/1.crl")], None, None, None
    )
    more = [(names, False), (policy, False), (x509.CRLDistributionPoints([point]), False)]
    scope = x509.IssuingDistributionPoint(point.full_name, None, False, False, None, False, False)
    reason = x509.CRLReason(x509.ReasonFlags.key_compromise)
    return Material(
        root,
        issuing,
        holder("Holder", NOW, kind="SM2" if kind == "SM2" else "P-256", issuer=issuing, more=more),
        revocation_list(
            issuing, NOW, 5, 6, more=[(scope, True)], entries=[(reason, False)], life=DAY
        ),
        signing.ocsp_answer(
            issuing.certificate,
            77,
            "good",
            issuing.key,
            [issuing.certificate],
            this_update=NOW,
            next_update=NOW + DAY,
        ),
    )


Damage = Callable[[bytes], bytes]
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["set", "cut", "insert", "drop", "double", "length"]),
        st.floats(0, 1, exclude_max=True),
        st.binary(min_size=1, max_size=6),
    ),
    min_size=1,
    max_size=4,
)


@st.composite
def damages(draw: st.DrawFn) -> Damage:
    """Some changes to bytes, at places relative to their number."""
    changes = draw(CHANGES)

    def damage(data: bytes) -> bytes:
        changed = bytearray(data)
        for what, place, content in changes:
            at = int(place * len(changed))
            match what:
                case "set":
                    changed[at : at + len(content)] = content
                case "cut":
                    del changed[at + 1 :]
                case "insert":
                    changed[at:at] = content
                case "drop":
                    del changed[at : at + len(content)]
                case "double":
                    changed[at:at] = changed[at : at + 32]
                case "length" if changed:
                    changed[at] = content[0] | 0x80
        return bytes(changed)

    return damage


def signed_again(signed: bytes, key: SoftKey, damage: Damage) -> bytes:
    """Certificate or list with damaged content under a good signature of `key`."""
    content, algorithm, *_ = der.children(signed)
    return resigned(inside(content, damage), algorithm, key)


def resigned(content: bytes, algorithm: bytes, key: SoftKey) -> bytes:
    return der.sequence(content, algorithm, der.bits(key.raw_sign(content)))


def inside(element: bytes, damage: Damage) -> bytes:
    """The element with damaged content and a length that fits: the parser goes in."""
    tag, content = der.content(element)
    return der.tlv(tag, damage(content))


@st.composite
def deep(draw: st.DrawFn) -> Damage:
    """Damage to one element somewhere within, every length around it mended."""
    damage, path = draw(damages()), draw(st.lists(st.floats(0, 1, exclude_max=True), max_size=8))

    def apply(element: bytes, steps: list[float]) -> bytes:
        tag, content = der.content(element)
        parts = parts_of(element) if steps else []
        if not parts:
            return der.tlv(tag, damage(content))
        chosen = int(steps[0] * len(parts))
        parts[chosen] = apply(parts[chosen], steps[1:])
        return der.tlv(tag, *parts)

    return lambda content: der.content(apply(der.sequence(content), path))[1]


def parts_of(element: bytes) -> list[bytes]:
    """The elements within, also within the octets of an extension; none of what has none."""
    if not element[0] & 0x20 and element[0] != der.OCTET_STRING:
        return []
    try:
        return der.children(element)
    except ValueError:
        return []


T = TypeVar("T")


def outcome(verify: Callable[[], T]) -> T | PkiReason:
    """What comes out, or the reason code; any other exception fails the test."""
    try:
        return verify()
    except (CertificateError, RevocationError) as error:
        return error.code


def verdict(kind: str, leaf: bytes, issuing: bytes) -> PkiReason | ValidatedCertificate:
    found = material(kind)
    anchor = Anchor(found.root.der, policies=frozenset({"2.999.45.1"}))
    trust = TrustStore([anchor], allow_demo=False)
    return outcome(lambda: trust.validate(leaf, [issuing], NOW, "login"))


@pytest.mark.parametrize("kind", KINDS)
@given(damage=damages())
@settings(max_examples=100)
def test_a_damaged_certificate(kind: str, damage: Damage) -> None:
    found = material(kind)
    result = verdict(kind, damage(found.leaf.der), found.issuing.der)
    if isinstance(result, ValidatedCertificate):  # only what the signature does not cover changed
        assert (result.serial, result.subject) == ("4d", "CN=Holder")
    verdict(kind, found.leaf.der, damage(found.issuing.der))


@pytest.mark.parametrize("kind", KINDS)
@given(damage=st.one_of(damages(), deep()))
@settings(max_examples=100)
def test_a_damaged_certificate_that_an_authority_signed(kind: str, damage: Damage) -> None:
    found = material(kind)
    leaf = signed_again(found.leaf.der, found.issuing.key, damage)
    verdict(kind, leaf, found.issuing.der)
    issuing = signed_again(found.issuing.der, found.root.key, damage)
    verdict(kind, found.leaf.der, issuing)


@pytest.mark.parametrize("kind", KINDS)
@given(damage=st.one_of(damages(), deep()), signed=st.booleans())
@settings(max_examples=120)
def test_a_damaged_list(kind: str, damage: Damage, signed: bool) -> None:
    found = material(kind)
    data = signed_again(found.crl, found.issuing.key, damage) if signed else damage(found.crl)
    taken = outcome(lambda: verify_list(data, found.issuing.certificate, now=NOW))
    if isinstance(taken, PkiReason):
        assert taken.startswith("CRL_")
        return
    if not signed:
        assert set(taken.revoked) == {5, 6}  # only what the signature does not cover was changed
    anchor = Anchor(found.issuing.der, revocation=RevocationMode.HARD)
    trust = TrustStore([anchor], allow_demo=False, revocation=RevocationData([taken]))
    result = outcome(lambda: trust.validate(found.leaf.der, (), NOW, "login"))
    assert isinstance(result, ValidatedCertificate) or result in {
        PkiReason.CERTIFICATE_STATUS_UNKNOWN,
        PkiReason.CERTIFICATE_REVOKED,
    }


@pytest.mark.parametrize("kind", KINDS)
@given(damage=st.one_of(damages(), deep()), signed=st.booleans())
@settings(max_examples=120)
def test_a_damaged_answer(kind: str, damage: Damage, signed: bool) -> None:
    found = material(kind)
    data = answer_again(found, damage) if signed else damage(found.ocsp)
    leaf, issuing = found.leaf.certificate, found.issuing.certificate
    taken = outcome(lambda: verify_ocsp(data, leaf, issuing, now=NOW))
    if isinstance(taken, PkiReason):
        assert taken.startswith("OCSP_")
    elif not signed:
        assert (taken.serial, taken.status) == (77, Status.GOOD)


def answer_again(found: Material, damage: Damage) -> bytes:
    """The answer with damaged content under a good signature (RFC 6960, 4.2.1)."""
    status, wrapped = der.children(found.ocsp)
    kind, basic = der.children(der.children(wrapped)[0])
    content, algorithm, *_ = der.children(der.content(basic)[1])
    signed = resigned(inside(content, damage), algorithm, found.issuing.key)
    answer = der.sequence(kind, der.octets(signed))
    return der.sequence(status, der.tlv(der.context(0), answer))


@pytest.mark.parametrize("kind", KINDS)
def test_the_undamaged_material_is_accepted(kind: str) -> None:
    found = material(kind)
    assert isinstance(verdict(kind, found.leaf.der, found.issuing.der), ValidatedCertificate)

    def untouched(content: bytes) -> bytes:
        return content

    again = signed_again(found.leaf.der, found.issuing.key, untouched)
    assert isinstance(verdict(kind, again, found.issuing.der), ValidatedCertificate)
    listed = signed_again(found.crl, found.issuing.key, untouched)
    assert set(verify_list(listed, found.issuing.certificate, now=NOW).revoked) == {5, 6}
    answer = answer_again(found, untouched)
    taken = verify_ocsp(answer, found.leaf.certificate, found.issuing.certificate, now=NOW)
    assert taken.status is Status.GOOD
