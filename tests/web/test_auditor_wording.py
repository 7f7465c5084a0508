"""Every type of record, every fault and every register entry has a sentence of its own."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from factories import LISTING_FROM, A, B, Sale, digest, profile, wan
from flask import Flask

from auction.core import events as e
from auction.core.parameters import CertificateGround, HeldOutcome, Unsold
from auction.core.reasons import Reason
from auction.core.state import LotState
from auction.presenting import basis, findings, registers
from auction.presenting import events as wording
from auction.services.audit import Ground
from auction.services.logcheck import Fault, Finding

AT = LISTING_FROM + timedelta(days=1)
US = 1_731_306_850_204_000
BY = ("o1", "o2")

EVENTS: list[e.Event] = [
    e.LotOpened(code="2024JC-4", notice="n", rules="ab", profile=profile(), practice=False),
    e.Admitted(plate=A, commitment=digest("a")),
    e.BidAccepted(plate=A, amount_fen=wan(1549), statement="s", deadline=None),
    e.BidRefused(plate=A, amount_fen=1, statement="s", reason=Reason.NOT_ENTERED, facts={}),
    e.BidUnheard(plate=A, amount_fen=wan(1549), statement="s"),
    e.ListingClosed(quoted=2),
    e.AskOpened(until=AT),
    e.AskAnswered(plate=A, willing=True, statement="s"),
    e.RoundOpened(bids_from=AT, deadline=AT),
    e.Adjourned(bids_from=AT, deadline=AT),
    e.ReserveSealed(commitment=digest("r"), by=BY),
    e.ReserveOpened(amount_fen=wan(1800), salt="s"),
    e.CapReached(until=AT),
    e.LotteryJoined(plate=A, statement="s", nonce_hash=digest("n")),
    e.LotteryDrawn(seed="ab", nonces=((A, "cd"),), plate=A),
    e.BiddingEnded(plate=A, amount_fen=wan(1549)),
    e.BiddingEnded(plate=None, amount_fen=None, unsold=Unsold.RESERVE_NOT_MET),
    e.Suspended(since=AT, ground="OUTAGE", by="system"),
    e.ResumptionSet(at=AT, by="o1"),
    e.ListingResumed(listing_until=AT, by="o1"),
    e.RoundResumed(bids_from=AT, deadline=AT, by="o1"),
    e.Terminated(ground="OWNER_DELAY", by=BY),
    e.ListingShortened(listing_until=AT),
    e.ClockOff(offset_ms=73),
    e.OutageRecorded(start=AT, end=AT + timedelta(seconds=3)),
    e.CertificateEnded(
        plate=A,
        ground=CertificateGround.REVOKED,
        certificate=digest("c"),
        evidence=digest("l"),
        instant=AT,
    ),
    e.CertificateEnded(
        plate=A,
        ground=CertificateGround.EXPIRED,
        certificate=digest("c"),
        evidence=None,
        instant=AT,
    ),
    e.HeldResolved(outcome=HeldOutcome.UPHOLD, ground="SYSTEM_FAILURE", by=BY),
    e.HeldResolved(outcome=HeldOutcome.VOID, ground="SYSTEM_FAILURE", by=BY),
    e.HeldResolved(outcome=HeldOutcome.REOPEN, ground="SYSTEM_FAILURE", by=BY),
    e.HeldResolved(
        outcome=HeldOutcome.REOPEN,
        ground="SYSTEM_FAILURE",
        by=BY,
        bids_from=AT,
        deadline=AT,
        plate=A,
        amount_fen=wan(1849),
    ),
    e.AwardConfirmed(by=BY),
    e.AwardVoided(ground="REFUSED_TO_SIGN", by=BY),
    e.ConfirmationSigned(side="winner", document=digest("d"), statement="s"),
    e.ResultPublished(by="o1"),
]

FACTS: dict[Reason, dict[str, int | str]] = {
    Reason.NOT_OPEN: {"opens_us": US},
    Reason.FREEZE: {"listing_until_us": US},
    Reason.PREPARING: {"bids_from_us": US},
    Reason.ASKING: {"until_us": US},
    Reason.ADJOURNED: {"resumes_us": US},
    Reason.NOT_WILLING: {},
    Reason.CAP_REACHED: {"cap_fen": wan(1849), "leader": B, "leader_us": US},
    Reason.ABOVE_CAP: {"cap_fen": wan(1749)},
    Reason.SUSPENDED: {"since_us": US},
    Reason.LATE: {"deadline_us": US, "late_us": 173_000},
    Reason.NOT_ENTERED: {},
    Reason.ALREADY_LEADING: {"price_fen": wan(1849)},
    Reason.OFF_SCALE: {"scale_fen": wan(1)},
    Reason.TOO_LOW: {"minimum_fen": wan(1549)},
    Reason.NOT_MULTIPLE: {"step_fen": wan(100), "below_fen": wan(1849), "above_fen": wan(1949)},
}

FINDING_FACTS: dict[str, int | str] = {
    "detail": "x",
    "stated": 3,
    "column": "root",
    "signed": 2,
    "present": 1,
    "first": 1,
    "due_us": US,
    "reason": "STRAY",
    "field": "amount_fen",
    "recorded": wan(1),
    "expected": wan(2),
}


@pytest.fixture(autouse=True)
def in_a_page(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def record(event: e.Event) -> e.Recorded:
    return e.Recorded(seq=9, arrival=AT, sequenced=AT, event=event)


def test_every_type_of_record_is_tried_here() -> None:
    assert {type(event) for event in EVENTS} == set(e.EVENT_TYPES.values())


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
@pytest.mark.parametrize("before", [LotState(), Sale().state], ids=["nothing", "listing"])
def test_every_record_has_a_sentence_a_word_and_a_basis(event: e.Event, before: LotState) -> None:
    told = wording.sentence(record(event), before)
    assert told.endswith("。")
    assert "%(" not in told
    name = e.type_name(event)
    assert wording.type_word(name) != name
    assert basis.basis(record(event), before).rule


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_tells_plate_amount_and_record_number(reason: Reason) -> None:
    event = e.BidRefused(
        plate=A, amount_fen=wan(1849), statement="s", reason=reason, facts=FACTS[reason]
    )
    before = Sale().state
    told = wording.sentence(record(event), before)
    assert all(part in told for part in (A, "1,849 万元", "不予接受，记为第 9 号"))
    found = basis.basis(record(event), before)
    assert found.rule
    assert ("本次报价", "1,849 万元") in [(i.label, i.value) for i in found.inputs]


@pytest.mark.parametrize("reason", [reason for reason in Reason if FACTS[reason]])
def test_a_refusal_whose_inputs_are_gone_is_still_told(reason: Reason) -> None:
    event = e.BidRefused(plate=A, amount_fen=1, statement="s", reason=reason, facts={})
    assert str(reason) in wording.sentence(record(event), Sale().state)


def test_a_bid_that_came_too_low_is_told_with_who_was_first_and_by_how_much() -> None:
    sale = Sale()
    sale.bid(A, 1549, AT)
    refused = sale.bid(B, 1549, AT + timedelta(milliseconds=41))
    told = wording.sentence(
        e.Recorded(seq=5, arrival=AT + timedelta(milliseconds=41), sequenced=AT, event=refused),
        sale.state,
        lead=3,
    )
    assert "到达，金额 1,549 万元；当时最高价已为 1,549 万元" in told
    assert f"（号牌 {A}，早到 0.041 秒，第 3 号记录）" in told
    assert "最低须报 1,649 万元" in told
    assert "每次加价不少于 100 万元" in told


def test_a_rehearsal_says_so_in_its_first_sentence() -> None:
    event = e.LotOpened(code="c", notice="n", rules="r", profile=profile(), practice=True)
    assert wording.sentence(record(event), LotState()).startswith("演练")


def test_a_lot_without_bids_is_told_as_unsold() -> None:
    event = e.BiddingEnded(plate=None, amount_fen=None)
    assert "无人报价，未成交" in wording.sentence(record(event), Sale().state)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("name", ["amount_fen", "arrival_us", "type", "plate"])
def test_every_fault_has_a_sentence(fault: Fault, name: str) -> None:
    told = findings.sentence(Finding(fault, 7, FINDING_FACTS | {"field": name}))
    assert told.endswith("。")
    assert "%(" not in told


@pytest.mark.parametrize("ground", Ground)
def test_every_ground_for_opening_identities_has_a_word(ground: Ground) -> None:
    assert registers.ground_word(ground) != str(ground)


TRUST = {
    "subject": "trust",
    "act": "add",
    "officer": "o1",
    "proposed_by": "o2",
    "content": {"label": "某省根", "reason": "通知一号"},
}


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        ("notice_published", {"number": "[44]", "lots": ["2024JC-4"]}, "公告 [44] 发布"),
        ("lot_suspended", {"lot": "x", "officer": "o1", "ground": "OUTAGE"}, "系统服务中断"),
        ("identity_opened", {"lot": "x", "by": "o1", "plate": "5508"}, "号牌 5508"),
        ("identity_opened", {"lot": "x", "by": "o1", "reason": "文号 7"}, "文号 7"),
        ("bid_not_valid", {"lot": "x", "code": "STATEMENT_BAD_VALUE"}, "STATEMENT_BAD_VALUE"),
        ("audit_read", {"lot": "x", "by": "auditor", "page": "replay"}, "逐条回放"),
        ("something_new", {}, "something_new"),
        ("change_proposed", TRUST, "o1 提议：新增证书 某省根。事由：通知一号。"),
        ("change_adopted", TRUST, "o1 采纳运维人员的提议：新增证书 某省根。"),
        ("change_decided", TRUST | {"outcome": "approved"}, "o2 提议、o1 核定：新增证书 某省根。"),
        ("change_decided", TRUST | {"outcome": "withdrawn"}, "o1 撤回提议"),
        ("change_decided", TRUST | {"outcome": "refused"}, "o2 提议、o1 未同意"),
        ("officers_appointed", {"names": ["甲", "乙"]}, "任命首批安全管理员：甲、乙"),
    ],
)
def test_register_and_security_entries_are_told(kind: str, data: dict[str, Any], told: str) -> None:
    assert told in registers.sentence(kind, data)


def test_no_sentence_is_the_fallback_for_a_kind_that_is_written_here() -> None:
    for kind in ("notice_submitted", "notice_approved", "notice_returned", "lot_resumed"):
        assert kind not in registers.sentence(kind, {"lot": "x", "officer": "o1"})
