"""Attack 13: a revocation list or an OCSP answer that must not be believed: stale, from the future,
forged, about something else, covering less than it seems, or signed by whom nobody asked."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from chains import DAY, LISTS_ONLY, Made, holder, made, revocation_list
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from factories import beijing

from auction.pki import crl, ocsp
from auction.pki.chain import Anchor, CertificateError, RevocationMode, TrustStore
from auction.pki.demo import signing
from auction.pki.ocsp import UNDATED_LIFE, OcspAnswer, verify_ocsp
from auction.pki.reasons import PkiReason
from auction.pki.revocation import RevocationData, RevocationError, Status, verify_list
from auction.pki.softkey import SoftKey

HOUR = timedelta(hours=1)
URI = x509.UniformResourceIdentifier
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.7"), b"\x05\x00")
RESPONDER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
KINDS = ["P-256", "SM2"]


@pytest.fixture
def now() -> datetime:
    return beijing(11, 11, 14, 30)


@pytest.fixture(params=KINDS)
def issuing(request: pytest.FixtureRequest, now: datetime) -> Made:
    return made("Issuing", now, kind=request.param)


@pytest.fixture
def leaf(issuing: Made, now: datetime) -> Made:
    return holder("Holder", now, kind=issuing.key.kind, issuer=issuing)


def point(**only: object) -> x509.IssuingDistributionPoint:
    fields: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**{**fields, **only})  # type: ignore[arg-type]


def list_code(der: bytes, issuing: Made, now: datetime) -> PkiReason:
    with pytest.raises(RevocationError) as refused:
        verify_list(der, issuing.certificate, now=now)
    return refused.value.code


def status(issuing: Made, leaf: Made, now: datetime, *lists: bytes) -> Status:
    data = RevocationData(verify_list(der, issuing.certificate, now=now) for der in lists)
    return data.finding(leaf.certificate, issuing.certificate, at=now).status


# --- lists ------------------------------------------------------------------------------------


def test_a_stale_list_or_one_from_the_future_is_not_taken(issuing: Made, now: datetime) -> None:
    der = revocation_list(issuing, now)
    assert list_code(der, issuing, now + DAY) is PkiReason.CRL_STALE
    assert list_code(der, issuing, now - crl.SKEW - HOUR) is PkiReason.CRL_FROM_FUTURE
    # An authority's clock that is a little ahead costs nobody the list.
    assert verify_list(der, issuing.certificate, now=now - crl.SKEW)


def test_a_list_that_went_stale_says_nothing_good_any_more(
    issuing: Made, leaf: Made, now: datetime
) -> None:
    anchor = Anchor(issuing.der, revocation=RevocationMode.HARD)
    taken = verify_list(revocation_list(issuing, now, life=HOUR), issuing.certificate, now=now)
    trust = TrustStore([anchor], allow_demo=False, revocation=RevocationData([taken]))
    assert trust.validate(leaf.der, (), now, "bid").evidence == (taken.sha256,)
    with pytest.raises(CertificateError) as refused:
        trust.validate(leaf.der, (), now + HOUR, "bid")
    assert refused.value.code is PkiReason.CERTIFICATE_STATUS_UNKNOWN


def test_forged_lists_are_not_taken(issuing: Made, now: datetime) -> None:
    thief = SoftKey.generate(b"thief", issuing.key.kind)
    forged = revocation_list(issuing, now, 77, signer=thief)
    assert list_code(forged, issuing, now) is PkiReason.CRL_BAD_SIGNATURE
    genuine = revocation_list(issuing, now, 77)
    altered = genuine.replace(b"\x02\x01\x4d", b"\x02\x01\x4e")  # another serial number
    assert altered != genuine
    assert list_code(altered, issuing, now) is PkiReason.CRL_BAD_SIGNATURE


def test_lists_of_others_are_not_taken(issuing: Made, leaf: Made, now: datetime) -> None:
    kind = issuing.key.kind
    der = revocation_list(issuing, now)
    other = made("Else", now, kind=kind)
    assert list_code(der, other, now) is PkiReason.CRL_WRONG_ISSUER
    usage = x509.KeyUsage(True, False, False, False, False, True, False, False, False)
    mute = made("Issuing", now, kind=kind, key=issuing.key, usage=usage)
    assert list_code(der, mute, now) is PkiReason.CRL_WRONG_ISSUER
    # The same name with another key: taken for that authority, silent about this one's.
    namesake = made("Issuing", now, kind=kind, key=other.key)
    taken = verify_list(revocation_list(namesake, now, 77), namesake.certificate, now=now)
    finding = RevocationData([taken]).finding(leaf.certificate, issuing.certificate, at=now)
    assert finding.status is Status.UNKNOWN


@pytest.mark.parametrize(
    "only",
    [
        {"only_contains_attribute_certs": True},
        {"indirect_crl": True},
        {"only_some_reasons": frozenset({x509.ReasonFlags.key_compromise})},
        {
            "relative_name": x509.RelativeDistinguishedName(
                [x509.NameAttribute(x509.NameOID.COMMON_NAME, "part")]
            )
        },
    ],
    ids=lambda only: next(iter(only)),
)
def test_a_list_of_a_part_that_cannot_be_told_is_not_taken(
    only: dict[str, object], issuing: Made, now: datetime
) -> None:
    der = revocation_list(issuing, now, more=[(point(**only), True)])
    assert list_code(der, issuing, now) is PkiReason.CRL_WRONG_SCOPE


def test_a_delta_list_and_entries_of_another_authority_are_not_taken(
    issuing: Made, now: datetime
) -> None:
    delta = revocation_list(issuing, now, more=[(x509.DeltaCRLIndicator(4), True)])
    assert list_code(delta, issuing, now) is PkiReason.CRL_WRONG_SCOPE
    of_another = x509.CertificateIssuer([x509.DirectoryName(issuing.certificate.subject)])
    entries = revocation_list(issuing, now, 77, entries=[(of_another, True)])
    assert list_code(entries, issuing, now) is PkiReason.CRL_WRONG_SCOPE


def test_critical_extensions_that_nobody_understands_are_not_skipped(
    issuing: Made, now: datetime
) -> None:
    for der in (
        revocation_list(issuing, now, more=[(UNKNOWN, True)]),
        revocation_list(issuing, now, 77, entries=[(UNKNOWN, True)]),
    ):
        assert list_code(der, issuing, now) is PkiReason.CRL_UNKNOWN_EXTENSION
    harmless = revocation_list(
        issuing, now, 77, more=[(UNKNOWN, False)], entries=[(UNKNOWN, False)]
    )
    assert verify_list(harmless, issuing.certificate, now=now)


def test_a_list_without_number_is_not_taken(issuing: Made, now: datetime) -> None:
    assert list_code(revocation_list(issuing, now, number=None), issuing, now) is (
        PkiReason.CRL_MALFORMED
    )


def test_a_list_of_authorities_says_nothing_of_holders_and_the_other_way_round(
    issuing: Made, leaf: Made, now: datetime
) -> None:
    of_authorities = [(point(only_contains_ca_certs=True), True)]
    of_holders = [(point(only_contains_user_certs=True), True)]
    below = made("Below", now, kind=issuing.key.kind, issuer=issuing, serial=78)
    for more, covered, other in ((of_holders, leaf, below), (of_authorities, below, leaf)):
        der = revocation_list(issuing, now, 5, more=more)
        assert status(issuing, covered, now, der) is Status.GOOD
        assert status(issuing, other, now, der) is Status.UNKNOWN
    both = [revocation_list(issuing, now, 5, more=more) for more in (of_authorities, of_holders)]
    assert status(issuing, leaf, now, *both) is Status.GOOD


def test_a_list_of_one_distribution_point_covers_the_certificates_that_name_it(
    issuing: Made, leaf: Made, now: datetime
) -> None:
    """Large authorities divide their lists; the wrong part must not pass for a clean record."""

    def published(uri: str, serial: int) -> Made:
        names = x509.DistributionPoint([URI(uri)], None, None, None)
        more = [(x509.CRLDistributionPoints([names]), False)]
        kind = issuing.key.kind
        return holder("Holder", now, kind=kind, issuer=issuing, serial=serial, more=more)

    first, second = (published(f"http://ca.example/{n}.crl", n) for n in (1, 2))
    parts = [
        revocation_list(
            issuing,
            now,
            *serials,
            more=[(point(full_name=[URI(f"http://ca.example/{n}.crl")]), True)],
        )
        for n, serials in ((1, ()), (2, (2,)))
    ]
    assert status(issuing, first, now, parts[0]) is Status.GOOD
    assert status(issuing, second, now, parts[0]) is Status.UNKNOWN
    assert status(issuing, leaf, now, *parts) is Status.UNKNOWN  # names no point at all
    assert status(issuing, second, now, *parts) is Status.REVOKED
    assert status(issuing, first, now, *parts) is Status.GOOD


def test_a_list_beyond_the_limit_is_not_parsed(
    issuing: Made, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crl, "LIST_LIMIT", 100)
    assert list_code(revocation_list(issuing, now), issuing, now) is PkiReason.CRL_TOO_LARGE


# --- OCSP answers -----------------------------------------------------------------------------


@pytest.fixture
def responder(issuing: Made, now: datetime) -> Made:
    return delegate(issuing, now)


def delegate(issuing: Made, now: datetime, **odd: object) -> Made:
    fields: dict[str, object] = {
        "kind": issuing.key.kind,
        "issuer": issuing,
        "serial": 900,
        "more": [(RESPONDER, False)],
    }
    return holder("Responder", now, **{**fields, **odd})


def answer(
    issuing: Made,
    signer: Made,
    now: datetime,
    serial: int = 77,
    status: signing.OcspStatus = "good",
    until: timedelta = HOUR,
    enclosed: bool = True,
) -> bytes:
    return signing.ocsp_answer(
        issuing.certificate,
        serial,
        status,
        signer.key,
        [signer.certificate] if enclosed and signer is not issuing else (),
        this_update=now,
        next_update=now + until,
        revoked_at=now - DAY if status == "revoked" else None,
    )


def taken(der: bytes, leaf: Made, issuing: Made, now: datetime) -> OcspAnswer:
    return verify_ocsp(der, leaf.certificate, issuing.certificate, now=now)


def answer_code(der: bytes, leaf: Made, issuing: Made, now: datetime) -> PkiReason:
    with pytest.raises(RevocationError) as refused:
        taken(der, leaf, issuing, now)
    return refused.value.code


def test_answers_of_the_authority_and_of_its_delegate_are_taken(
    issuing: Made, leaf: Made, responder: Made, now: datetime
) -> None:
    for signer, serial in ((issuing, None), (responder, 900)):
        found = taken(answer(issuing, signer, now), leaf, issuing, now)
        assert (found.status, found.responder) == (Status.GOOD, serial)
        data = RevocationData().with_answer(found)
        finding = data.finding(leaf.certificate, issuing.certificate, at=now)
        assert (finding.status, finding.evidence) == (Status.GOOD, found.sha256)
    revoked = taken(answer(issuing, responder, now, status="revoked"), leaf, issuing, now)
    assert (revoked.status, revoked.revoked_at) == (Status.REVOKED, now - DAY)
    unknown = taken(answer(issuing, responder, now, status="unknown"), leaf, issuing, now)
    data = RevocationData(answers=[unknown])
    assert data.finding(leaf.certificate, issuing.certificate, at=now).status is Status.UNKNOWN


def test_an_answer_about_another_certificate_or_of_another_authority_is_not_taken(
    issuing: Made, leaf: Made, responder: Made, now: datetime
) -> None:
    other_serial = answer(issuing, responder, now, serial=78)
    assert answer_code(other_serial, leaf, issuing, now) is PkiReason.OCSP_WRONG_CERTIFICATE
    # The same name and serial number, another key: the hash of the key tells them apart.
    kind = issuing.key.kind
    namesake = made("Issuing", now, kind=kind, key=SoftKey.generate(b"namesake", kind))
    about_namesake = signing.ocsp_answer(
        namesake.certificate,
        77,
        "good",
        issuing.key,
        this_update=now,
        next_update=now + HOUR,
    )
    assert answer_code(about_namesake, leaf, issuing, now) is PkiReason.OCSP_WRONG_CERTIFICATE


def test_a_stale_answer_or_one_from_the_future_is_not_taken(
    issuing: Made, leaf: Made, now: datetime
) -> None:
    der = answer(issuing, issuing, now)
    assert answer_code(der, leaf, issuing, now + HOUR) is PkiReason.OCSP_STALE
    early = now - crl.SKEW - timedelta(seconds=1)
    assert answer_code(der, leaf, issuing, early) is PkiReason.OCSP_FROM_FUTURE
    assert taken(der, leaf, issuing, now - crl.SKEW)


def test_forged_answers_are_not_taken(
    issuing: Made, leaf: Made, responder: Made, now: datetime
) -> None:
    genuine = answer(issuing, responder, now)
    found = taken(genuine, leaf, issuing, now)
    altered = bytearray(genuine)
    altered[genuine.index(b"\x80\x00")] = 0x82  # good becomes unknown
    assert found.status is Status.GOOD
    assert answer_code(bytes(altered), leaf, issuing, now) is PkiReason.OCSP_BAD_SIGNATURE


def bad_responders(issuing: Made, now: datetime) -> Iterator[tuple[str, Made]]:
    kind = issuing.key.kind
    namesake = made("Issuing", now, kind=kind, key=SoftKey.generate(b"namesake", kind))
    yield "without the usage", delegate(issuing, now, more=[])
    client = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    yield "for another usage", delegate(issuing, now, more=[(client, False)])
    yield "that may not sign", delegate(issuing, now, usage=LISTS_ONLY)
    yield "expired", delegate(issuing, now, end=-HOUR)
    yield "not yet valid", delegate(issuing, now, start=HOUR)
    yield "of an authority of the same name", delegate(namesake, now)
    yield "of another authority", delegate(made("Else", now, kind=kind), now)
    yield "that signed for himself", delegate(issuing, now, issuer=None)


def test_who_was_not_authorised_answers_nothing(issuing: Made, leaf: Made, now: datetime) -> None:
    for what, responder in bad_responders(issuing, now):
        der = answer(issuing, responder, now)
        assert answer_code(der, leaf, issuing, now) is PkiReason.OCSP_WRONG_RESPONDER, what
    unknown = answer(issuing, delegate(issuing, now), now, enclosed=False)
    assert answer_code(unknown, leaf, issuing, now) is PkiReason.OCSP_WRONG_RESPONDER


def test_the_good_word_of_a_revoked_responder_does_not_count(
    issuing: Made, leaf: Made, responder: Made, now: datetime
) -> None:
    data = RevocationData(answers=[taken(answer(issuing, responder, now), leaf, issuing, now)])
    assert data.finding(leaf.certificate, issuing.certificate, at=now).status is Status.GOOD
    der = revocation_list(issuing, now, responder.certificate.serial_number, life=HOUR / 2)
    listed = data.with_list(verify_list(der, issuing.certificate, now=now))
    finding = listed.finding(leaf.certificate, issuing.certificate, at=now)
    assert finding.evidence == listed.lists[0].sha256  # good by the list, not by that answer
    later = now + HOUR * 3 / 4  # the list is stale now, the answer is not
    assert data.finding(leaf.certificate, issuing.certificate, at=later).status is Status.GOOD
    finding = listed.finding(leaf.certificate, issuing.certificate, at=later)
    assert finding.status is Status.UNKNOWN


def test_a_refusal_to_answer_and_an_oversized_one_have_their_own_reasons(
    issuing: Made, leaf: Made, now: datetime
) -> None:
    try_later = bytes.fromhex("30030a0103")
    assert answer_code(try_later, leaf, issuing, now) is PkiReason.OCSP_NOT_ANSWERED
    huge = b"\x30" * (ocsp.ANSWER_LIMIT + 1)
    assert answer_code(huge, leaf, issuing, now) is PkiReason.OCSP_TOO_LARGE


def test_an_answer_without_end_counts_for_minutes_only(now: datetime) -> None:
    undated = OcspAnswer("", 77, Status.GOOD, None, now, None, None, b"", "")
    assert undated.usable_until == now + UNDATED_LIFE
    assert timedelta(minutes=1) <= UNDATED_LIFE <= HOUR


def test_a_revoked_certificate_stays_revoked_whatever_else_says_good(
    issuing: Made, leaf: Made, responder: Made, now: datetime
) -> None:
    listed = verify_list(revocation_list(issuing, now, 77), issuing.certificate, now=now)
    good = taken(answer(issuing, responder, now), leaf, issuing, now)
    data = RevocationData([listed], [good])
    finding = data.finding(leaf.certificate, issuing.certificate, at=now + 9 * DAY)
    assert (finding.status, finding.evidence) == (Status.REVOKED, listed.sha256)
