"""Check 09 over every kind of key, every signed act, and certificates that should not count."""

import base64
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from factories import LISTING_UNTIL, A, B, C, seconds, wan
from verifier import forging
from verifier.conftest import Run, failed
from verifier.forging import Made, Sale, authority, cosigned, honest, run_sale, trust_data

from auction.core import commands as c
from auction.core.parameters import CapMode, CertificateGround, TimedTrigger
from auction.pki.sealing import commitment
from auction.verifier import trust
from auction.verifier.report import Report
from auction.verifier.trust import Trust

DAY = LISTING_UNTIL - timedelta(days=1)


def trusting(made: Made, *anchors: bytes, **policy: Any) -> Trust:
    import json

    listed = [{"certificate": base64.b64encode(der).decode(), **policy} for der in anchors]
    return trust.read(json.dumps({**trust_data(made), "anchors": listed}).encode())


def checked(run: Run, made: Made, **policy: Any) -> Report:
    return run(made.bundle(), trusting(made, authority().anchor, **policy))


@pytest.mark.parametrize("kind", ["SM2", "P-256"])
def test_keys_of_every_kind_under_an_authority_of_each(run: Run, kind: str) -> None:
    ca = authority(kind=kind)
    made = run_sale(kinds={A: "SM2", B: "RSA-2048", C: "P-384"}, ca=ca).finish()
    report = run(made.bundle(), trusting(made, ca.anchor))
    assert report.exit_code == 0, report.to_text()
    assert report.results[8].total == 8
    other = run(made.bundle(), trusting(made, authority(b"\x55" * 32).anchor))
    assert failed(other) == {9}
    assert other.results[8].failed == 8
    only = run(made.bundle(), trusting(made, ca.anchor, key_kinds=["SM2", "RSA"]))
    assert (failed(only), only.results[8].failed) == ({9}, 2), "C's two bids are P-384"


def test_without_an_answer_about_revocation_a_hard_authority_vouches_for_nothing(run: Run) -> None:
    report = checked(run, honest(), revocation="hard")
    assert failed(report) == {9}
    assert "not revoked" in report.results[8].findings[0].detail


def joined() -> Made:
    """Asked before the round, up to the cap, and a draw among two: every act that is signed."""
    seed = "5e" * 32
    sale = Sale(
        timed_trigger=TimedTrigger.ASKED,
        ask_seconds=300,
        cap_mode=CapMode.LOTTERY,
        cap_fen=wan(1749),
        lottery_commitment=sha256(bytes.fromhex(seed)).hexdigest(),
    )
    made = sale.made
    sale.bid(A, 1549, DAY)
    sale.bid(B, 1649, DAY + seconds(1))
    sale.do(c.Tick(arrival=LISTING_UNTIL))
    for i, plate in enumerate((A, B)):
        person = made.people[plate]
        said = made.keep(person, "answer", rules=made.rules, willing="yes")
        at = LISTING_UNTIL + seconds(1 + i)
        sale.do(c.Answer(arrival=at, plate=plate, willing=True, statement=said))
    live = LISTING_UNTIL + seconds(300)
    sale.do(c.Tick(arrival=live))
    sale.bid(A, 1749, live + seconds(1))
    nonces = {plate: sha256(plate.encode()).hexdigest() for plate in (A, B)}
    for i, plate in enumerate((A, B)):
        said = made.keep(made.people[plate], "lottery", rules=made.rules, nonce=nonces[plate])
        hashed = sha256(bytes.fromhex(nonces[plate])).hexdigest()
        at = live + seconds(2 + i)
        sale.do(c.JoinLottery(arrival=at, plate=plate, statement=said, nonce_hash=hashed))
    opening = c.LotteryOpening(seed, tuple(sorted(nonces.items())))
    sale.do(c.Tick(arrival=live + seconds(901), draw=opening))
    return sale.finish()


def test_answers_and_entries_to_a_draw_are_signed_too(run: Run) -> None:
    made = joined()
    report = checked(run, made)
    assert report.exit_code == 0, report.to_text()
    assert report.results[8].total == 7
    for kind in ("ask_answered", "lottery_joined"):
        forged = made.copy()
        del forged.statements[forged.leaves[forged.find(kind)]["data"]["statement"]]
        assert failed(checked(run, forged)) == {9}
    other = made.copy()
    place = other.find("lottery_joined", plate=B)
    kept = other.keep(other.people[B], "lottery", rules=other.rules, nonce="77" * 32)
    other.statements.pop(other.leaves[place]["data"]["statement"])
    other.leaves[place]["data"]["statement"] = kept
    other.sign_heads(sorted(other.heads))
    other.cosign()
    report = checked(run, other)
    assert failed(report) == {9}
    assert "nonce" in report.results[8].findings[0].detail


def ended(*, then_bids: bool) -> Made:
    """A's certificate runs out after his quote; perhaps something of his is recorded later."""
    sale = Sale()
    made = sale.made
    sale.bid(A, 1549, DAY)
    fingerprint = sha256(made.people[A].key.certificate).hexdigest()
    salt = b"\x31" * 32
    committed = commitment(salt, fingerprint)
    made.ends[committed] = {"salt": salt.hex(), "certificate": fingerprint, "evidence": None}
    sale.do(
        c.EndCertificate(
            arrival=DAY + seconds(9),
            plate=A,
            ground=CertificateGround.EXPIRED,
            certificate=committed,
            evidence=None,
            instant=DAY + seconds(8),
        )
    )
    sale.bid(B, 1649, DAY + seconds(20))
    if then_bids:
        sale.bid(A, 1749, DAY + seconds(30))
    sale.do(c.Tick(arrival=LISTING_UNTIL))
    assert sale.state.deadline is not None
    sale.do(c.Tick(arrival=sale.state.deadline))
    return sale.finish()


def test_nothing_signed_by_a_certificate_stands_behind_its_end(run: Run) -> None:
    made = ended(then_bids=False)
    assert checked(run, made).exit_code == 0
    late = checked(run, ended(then_bids=True))
    assert failed(late) == {9}
    assert "had ended: record 4" in late.results[8].findings[0].detail
    (opened,) = made.ends.values()
    for change in ({"certificate": "ab" * 32}, {"salt": "32" * 32}):
        forged = made.copy()
        forged.ends = {committed: {**opened, **change} for committed in made.ends}
        assert failed(checked(run, forged)) == {9}
    made.ends = {}
    assert failed(checked(run, made)) == {9}


def test_a_plate_that_was_committed_to_somebody_else(run: Run) -> None:
    made = honest()
    made.people[B].text = f"{made.people[B].code} somebody else"
    assert failed(checked(run, made)) == {9}


def test_a_certificate_that_names_another_organisation_than_the_plates(run: Run) -> None:
    sale = Sale()
    person = sale.made.people[A]
    ca, end = authority(), LISTING_UNTIL + timedelta(days=99)
    start = DAY - timedelta(days=9)
    person.key.certificate = ca.issue(
        "另一家公司", "91350100M000100Y43", person.key.public_key, start, end, 4711
    )
    person.path = (person.key.certificate, ca.intermediate, ca.anchor)
    sale.bid(A, 1549, DAY)
    sale.do(c.Tick(arrival=LISTING_UNTIL))
    report = checked(run, sale.finish())
    assert failed(report) == {9}
    assert "another organisation" in report.results[8].findings[0].detail


def test_a_witness_that_saw_the_end_too_late_or_too_early(run: Run) -> None:
    made = honest()
    size = len(made.leaves)
    written = made.leaves[-1]["sequenced_us"] // forging.US
    for at, expected in ((written + 61, {6}), (written - 5, {8})):
        made.sign_heads(sorted(made.heads))
        made.heads[size] = cosigned(made.heads[size], at)
        assert failed(checked(run, made)) == expected
