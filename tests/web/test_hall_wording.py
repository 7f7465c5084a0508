"""What a bidder is told, with the figures of the design brief: one consistent sale."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from factories import beijing, digest, profile, wan
from flask import Flask

from auction.core import events as e
from auction.core.instants import to_us
from auction.core.profile import IncrementMode
from auction.core.reasons import Reason
from auction.core.state import LotState, Stage
from auction.presenting import audience, bids, figures, hall, hall_words, no_bids

LEADING = beijing(11, 11, 14, 34, 10, 204)
ENDS = LEADING + timedelta(seconds=300)
CODE = "47-82-16"
ROUND = LotState(
    profile=profile(),
    stage=Stage.ROUND,
    price_fen=wan(1849),
    leader="6172",
    listing_until=profile().listing_until,
    bids_from=profile().listing_until,
    deadline=ENDS,
    restarts=1,
)
LISTING = replace(
    ROUND, stage=Stage.LISTING, price_fen=wan(1749), leader="3350", deadline=None, restarts=0
)


@pytest.fixture(autouse=True)
def _chinese(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def accepted(plate: str = "6172", amount: int = 1849, **changes: object) -> e.Recorded:
    event = e.BidAccepted(
        plate=plate, amount_fen=wan(amount), statement=digest(plate), deadline=ENDS
    )
    return e.Recorded(seq=9, arrival=LEADING, sequenced=LEADING, event=replace(event, **changes))


def refused(
    reason: Reason, ms_later: int = 41, amount: int = 1849, **facts: int | str
) -> e.Recorded:
    at = LEADING + timedelta(milliseconds=ms_later)
    event = e.BidRefused(
        plate="5508",
        amount_fen=wan(1849),
        statement=digest("5508"),
        reason=reason,
        facts=facts,
    )
    return e.Recorded(seq=10, arrival=at, sequenced=at, event=event)


TOO_LOW = {
    "minimum_fen": wan(1949),
    "price_fen": wan(1849),
    "leader": "6172",
    "leader_us": to_us(LEADING),
}


def test_m1_recorded_and_leading() -> None:
    said = bids.verdict(accepted(), ROUND, CODE)
    assert said.title == "已记录：1,849 万元，您领先。"
    assert said.body == "14:34:10.204 到达。如 14:39:10 前无人加价，您将成为最高报价人。"
    assert said.small == "第 9 号记录 · 核对码 47-82-16 · 回执已保存在本机，可下载"
    assert (said.tone, said.code) == ("green", "BID_ACCEPTED")


def test_m1_never_says_leading_when_somebody_already_bid_more() -> None:
    since = replace(ROUND, price_fen=wan(1949), leader="3350")
    said = bids.verdict(accepted(), since, CODE)
    assert said.title == "已记录：1,849 万元；随后已被超过。"
    assert "号牌 3350 领先。您至少须报 2,049 万元。" in said.body
    assert said.tone == "amber"


def test_m1_in_the_listing_promises_no_countdown() -> None:
    said = bids.verdict(accepted("3350", 1749, deadline=None), LISTING, CODE)
    assert said.title == "已记录：1,749 万元，您领先。"
    assert "挂牌于 11月11日 14:30:00 截止" in said.body


def test_m2_too_low_because_somebody_was_faster() -> None:
    said = bids.verdict(refused(Reason.TOO_LOW, **TOO_LOW), ROUND, CODE)
    assert said.title == "未接受：1,849 万元不够。"
    assert said.body == (
        "您的报价 14:34:10.245 到达时，现价已是 1,849 万元"
        "（号牌 6172，早到 0.041 秒）。现在至少须报 1,949 万元。"
    )
    assert said.small == "第 10 号记录 · 依据：每次加价不少于 100 万元"
    assert (said.tone, said.code) == ("amber", "BID_TOO_LOW")


def test_m2_names_the_time_of_a_bid_that_has_long_stood() -> None:
    said = bids.verdict(refused(Reason.TOO_LOW, 3_600_000, **TOO_LOW), ROUND, CODE)
    assert "（号牌 6172，11月11日 14:34:10 报出）" in said.body


def test_m3_after_the_deadline() -> None:
    late = {"deadline_us": to_us(ENDS), "late_us": 173_000}
    said = bids.verdict(refused(Reason.LATE, 300_173, **late), ROUND, CODE)
    assert said.title == "未接受：到达时竞价已结束。"
    assert said.body == (
        "截止 14:39:10.204，您的报价 14:39:10.377 到达，晚 0.173 秒。"
        "以完整到达服务器的时间为准。此次报价已留存，可据此提出异议。"
    )
    assert (said.tone, said.code) == ("cinnabar", "BID_LATE")


FACTS: dict[Reason, dict[str, int | str]] = {
    Reason.NOT_OPEN: {"opens_us": to_us(LEADING)},
    Reason.FREEZE: {"listing_until_us": to_us(LEADING)},
    Reason.PREPARING: {"bids_from_us": to_us(LEADING)},
    Reason.ASKING: {"until_us": to_us(LEADING)},
    Reason.ADJOURNED: {"resumes_us": to_us(LEADING)},
    Reason.NOT_WILLING: {},
    Reason.CAP_REACHED: {"cap_fen": wan(1849), "leader": "3350", "leader_us": to_us(LEADING)},
    Reason.ABOVE_CAP: {"cap_fen": wan(1749)},
    Reason.SUSPENDED: {"since_us": to_us(LEADING)},
    Reason.LATE: {"deadline_us": to_us(LEADING), "late_us": 1},
    Reason.NOT_ENTERED: {},
    Reason.ALREADY_LEADING: {"price_fen": wan(1849)},
    Reason.OFF_SCALE: {"scale_fen": wan(1)},
    Reason.TOO_LOW: TOO_LOW,
    Reason.NOT_MULTIPLE: {
        "step_fen": wan(100),
        "below_fen": wan(1949),
        "above_fen": wan(2049),
    },
}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence_and_the_record_that_proves_it(reason: Reason) -> None:
    said = bids.verdict(refused(reason, **FACTS[reason]), ROUND, CODE)
    assert said.title.startswith("未接受：")
    assert said.body
    assert said.small.startswith("第 10 号记录")
    assert said.code == str(reason)


@pytest.mark.parametrize(
    "code",
    [
        "NOT_SIGNED_IN",
        "NOT_A_BIDDER",
        "NOT_QUALIFIED",
        "PLATE_NOT_ADMITTED",
        "ONE_AT_A_TIME",
        "TOO_MANY",
        "HEAD_UNKNOWN",
        "TICKET_EXPIRED",
        "STATEMENT_MISMATCH",
        "STATEMENT_BAD_SIGNATURE",
        "CERTIFICATE_REVOKED",
        "SESSION_TAKEN",
    ],
)
def test_what_is_no_bid_is_told_so_and_that_it_left_no_record(code: str) -> None:
    said = no_bids.rejected(code, {})
    assert said.title
    assert said.body
    assert said.small == "此次请求没有记入报价记录。"
    assert said.code == code


def test_changed_terms_are_told_as_such() -> None:
    said = no_bids.rejected("STATEMENT_MISMATCH", {"field": "rules"})
    assert (said.title, said.code) == ("公告已变更，报价未提交。", "TERMS_CHANGED")


def test_queued_names_the_arrival_that_will_decide() -> None:
    said = no_bids.queued(LEADING)
    assert said.title == "已收到，正在排队判定。"
    assert said.body == "到达时间 14:34:10.204 已登记，按此时间判定。"


def test_messages_of_the_page_keep_their_places_for_the_script() -> None:
    found = hall.templates()
    assert found["outbid"]["body"] == (
        "号牌 {plate} 报 {price}。已重新计时，{ends} 结束。您至少须报 {minimum}。"
    )
    assert found["confirm_jump"]["title"] == "这次加价是最低加价的 {times} 倍，请核对位数。"
    assert found["price_jump"]["body"].startswith("现价一次由 {before}升至 {price}。")
    assert found["head_mismatch"]["tone"] == "cinnabar"
    assert all(message["code"] for message in found.values())


def test_m6_with_the_figures_of_the_real_case() -> None:
    said = hall.confirm_jump(
        times="148",
        price=figures.amount(wan(1643)),
        amount=figures.amount(wan(16503)),
        capitals="人民币壹亿陆仟伍佰零叁万元整",
        percent="904.4 %",
    )
    assert said.body.startswith(
        "现价 1,643 万元，您要报 16,503 万元（人民币壹亿陆仟伍佰零叁万元整），比现价高 904.4 %。"
    )


def test_the_line_to_read_out() -> None:
    now = LEADING + timedelta(seconds=80)
    area = 34_477_450_000
    lines = figures.unit_prices(wan(1849), area, wan(1549))
    assert lines == ["35.75 万元/亩", "536.29 元/㎡", "溢价 19.37 %"]
    line = hall_words.read_line(
        ROUND, now, 4, lines, hall_words.standing(ROUND, "6172"), "限时竞价"
    )
    assert line == (
        "第 4 口，现价 1,849 万元（35.75 万元/亩，溢价 19.37 %），您领先，剩余 3 分 40 秒。"
    )


def test_after_the_end_nobody_is_asked_for_more() -> None:
    ended = replace(ROUND, stage=Stage.AWARD_PENDING, ended_at=ENDS)
    assert hall_words.standing(ended, "6172") == "您是最高报价人"
    assert hall_words.standing(ended, "3350") == "号牌 6172 为最高报价人"


@pytest.mark.parametrize(
    ("state", "plate", "quoted", "why"),
    [
        (ROUND, "3350", True, None),
        (ROUND, "6172", True, "leading"),
        (ROUND, "5508", False, "not_entered"),
        (replace(ROUND, profile=profile(freeze_minutes=0)), "5508", True, None),
        (replace(ROUND, deadline=LEADING), "3350", True, "closing"),
        (replace(ROUND, bids_from=ENDS, deadline=ENDS), "3350", True, "prep"),
        (replace(ROUND, stage=Stage.AWARD_PENDING, ended_at=ENDS), "3350", True, "over"),
    ],
)
def test_the_panel_says_why_one_cannot_bid(
    state: LotState, plate: str, quoted: bool, why: str | None
) -> None:
    assert hall_words.closed_because(state, LEADING, plate, quoted) == why
    assert why is None or hall_words.closures()[why]


def test_rules_in_words_follow_the_profile() -> None:
    multiple = profile(increment_mode=IncrementMode.MULTIPLE)
    assert bids.raise_rule(profile(), live=True) == "每次加价不少于 100 万元"
    assert bids.raise_rule(multiple, live=True) == "每次加价须为 100 万元的整数倍"


def test_english_counts_in_millions() -> None:
    assert figures.millions(wan(1849)) == "18.49"
    assert figures.millions(wan(775)) == "7.75"
    assert figures.millions(wan(2000)) == "20"


# --- who may see what --------------------------------------------------------------------------


def test_before_the_end_a_refused_bid_is_a_hash_like_an_admission() -> None:
    admitted = e.Recorded(
        seq=8,
        arrival=LEADING,
        sequenced=LEADING,
        event=e.Admitted(plate="5508", commitment=digest(1)),
    )
    low = refused(Reason.TOO_LOW, **TOO_LOW)
    for record in (admitted, low):
        told = audience.shown(record, "2024JC-4", opened=False)
        assert set(told) == {"seq", "kind", "hash"}
        assert told["kind"] == "sealed"
        assert audience.shown(record, "2024JC-4", opened=False, own="6172") == told
    own = audience.shown(low, "2024JC-4", opened=False, own="5508")
    assert (own["kind"], own["amount_fen"], own["reason"]) == ("refused", wan(1849), "BID_TOO_LOW")
    assert audience.shown(low, "2024JC-4", opened=True)["plate"] == "5508"


def test_no_record_tells_which_officer_acted() -> None:
    event = e.Suspended(since=LEADING, ground="CLOCK", by="officer-17")
    record = e.Recorded(seq=11, arrival=LEADING, sequenced=LEADING, event=event)
    told = audience.shown(record, "2024JC-4", opened=True)
    assert told["ground"] == "CLOCK"
    assert "officer-17" not in str(told)


def test_every_event_that_marks_the_course_of_a_sale_has_words() -> None:
    shown_otherwise = {"bid_accepted", "bid_refused", "bid_unheard", "admitted"}
    shown_otherwise |= {"ask_answered", "lottery_joined", "certificate_ended"}
    assert set(e.EVENT_TYPES) - shown_otherwise == set(hall_words.markers())


def test_papers_are_due_at_the_end_of_the_fifth_day() -> None:
    ended = replace(ROUND, stage=Stage.AWARD_PENDING, ended_at=beijing(11, 11, 14, 47, 42))
    told = audience.state(ended, ENDS + timedelta(hours=1))
    assert told["papers_until_us"] == to_us(beijing(11, 17, 0, 0))
