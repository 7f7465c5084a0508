"""The rules in words, and a sentence for every code that the office can meet."""

import inspect
import re
from dataclasses import replace

import pytest

from auction.core import declarations, notice_checks
from auction.core.notice_checks import Finding, Level
from auction.core.profile import IncrementMode, TimedEntry, TimedTrigger
from auction.core.terms import Unstated, profile_of
from auction.core.workdays import CALENDAR_2024
from auction.presenting import grounds, notice_findings, office_acts, round_answers, rules
from auction.presenting.notices import refused
from auction.services import duty, held, reserve_entry
from auction.services import notices as service
from auction.services.seed import notice_44

PROFILE = profile_of(notice_44(), notice_44().lots[0], Unstated())


@pytest.fixture(autouse=True)
def _request(app):
    with app.test_request_context():
        yield


def sentences(profile):
    return {clause.heading: clause.sentence for clause in rules.clauses(profile)}


def test_the_rules_carry_this_sales_own_figures():
    said = sentences(PROFILE)
    assert "1,549 万元" in said["首次报价"]
    assert said["加价"].startswith("每次加价不少于 100 万元，可以多加")
    assert "11月9日 16:00:00（含）" in said["竞买保证金"]
    assert "5 分钟" in said["倒计时"]


def test_what_the_notice_leaves_open_is_marked():
    marked = {clause.heading for clause in rules.clauses(PROFILE) if clause.assumed}
    assert marked == {"加价", "可以进入限时竞价的人", "倒计时", "恢复时间"}


def test_the_examples_of_the_listing_the_deadline_the_round_and_a_suspension():
    assert rules.examples(PROFILE) == [
        "现价 1,749 万元 时，您至少要报 1,849 万元。",
        "挂牌 11月11日 14:30:00 截止：14:29:59.999 到达的报价有效，14:30:00.000 到达的报价无效。",
        "限时竞价中 14:34:10.204 到达的报价有效，倒计时改为 14:39:10.204 截止："
        "14:39:10.203 到达有效，14:39:10.204 到达无效。",
        "10月30日 10:00:00 中止的，1 小时内修复可以当即恢复；12:00:00 才公布恢复时间的，"
        "最早 10月31日 12:00:00 恢复。",
    ]


def test_a_changed_profile_changes_the_words():
    changed = replace(
        PROFILE,
        increment_mode=IncrementMode.MULTIPLE,
        timed_entry=TimedEntry.QUALIFIED_ALL,
        countdown_seconds=90,
        self_outbid=True,
        freeze_minutes=60,
        prep_seconds=900,
    )
    said = sentences(changed)
    assert "整数倍" in said["加价"]
    assert "所有取得竞买资格" in said["可以进入限时竞价的人"]
    assert "1 分 30 秒" in said["倒计时"]
    assert "可以再次加价" in said["领先者"]
    assert "60 分钟" in said["报价暂停时段"]
    assert "15 分 0 秒" in said["准备时间"]
    assert "介于两者之间的金额不接受" in rules.examples(changed)[0]


@pytest.mark.parametrize("trigger", list(TimedTrigger))
def test_every_way_into_the_round_has_its_words_and_examples(trigger):
    asked = 300 if trigger is TimedTrigger.ASKED else 0
    profile = replace(PROFILE, timed_trigger=trigger, ask_seconds=asked)
    assert all(clause.sentence for clause in rules.clauses(profile))
    assert len(rules.examples(profile)) == 4 + (asked > 0)


def test_every_finding_of_the_checks_has_a_sentence():
    source = inspect.getsource(notice_checks)
    codes = set(re.findall(r'"([A-Z]{3,}_[A-Z0-9_]+)"', source))
    codes |= {
        f"{name}_{end}"
        for name in ("NOTICE_PERIOD", "LISTING_PERIOD")
        for end in ("SHORT", "NO_SLACK")
    }
    codes -= {"NOTICE_PERIOD", "LISTING_PERIOD"}
    assert codes == set(notice_findings._FINDINGS)


def test_every_finding_about_the_seed_notice_can_be_read():
    for found in notice_checks.check_notice(notice_44(), CALENDAR_2024):
        text = notice_findings.finding(found)
        assert "%" not in text.replace(" %", "")


def test_sentences_with_a_percent_sign_can_be_read():
    data = {"lot": "X", "ratio_bp": 10, "field": "green_ratio", "value": "20"}
    for code in (
        "DEPOSIT_RATIO_OUT_OF_BAND",
        "DEPOSIT_RATIO_HIGH",
        "INDEX_OVER_100",
        "GREEN_RATIO_EXACT",
    ):
        text = notice_findings.finding(Finding(Level.WARN, code, "R", data))
        assert " %" in text
        assert "%%" not in text


def test_every_ground_has_its_words():
    for code in (*duty.SUSPENSION_GROUNDS, *duty.TERMINATION_GROUNDS, "OUTAGE"):
        assert grounds.word(code) != code


def test_every_refusal_of_an_act_upon_a_notice_has_its_own_sentence():
    codes = set(re.findall(r'NoticeRefused\(\s*"([A-Z_]+)"', inspect.getsource(service)))
    usual = refused("SOMETHING_ELSE", {}).title
    for code in codes:
        assert refused(code, {"earliest_us": 0, "listing_us": 0}).title != usual, code


@pytest.mark.parametrize(
    ("acts", "said"),
    [(reserve_entry, office_acts.reserve_refused), (held, office_acts.held_refused)],
)
def test_every_refusal_of_a_two_person_act_has_its_own_sentence(acts, said):
    usual = grounds.refused("SOMETHING_ELSE").title
    for code in re.findall(r'Refusal\("([A-Z_]+)"', inspect.getsource(acts)):
        assert said(code).title != usual, code


def test_what_the_engine_refuses_of_a_declaration_has_its_own_sentence():
    source = inspect.getsource(declarations)
    # The reserve has pages of its own; the end of a certificate is declared by no person.
    elsewhere = ("RESERVE", "CERTIFICATE")
    codes = {c for c in re.findall(r'Refusal\("([A-Z_]+)"', source) if not c.startswith(elsewhere)}
    # The page itself makes the nonce, and the statement's form has been checked before.
    titles = {
        code: round_answers.refused(code, {"since_us": 0}).title
        for code in codes - {"LOTTERY_BAD_NONCE"}
    }
    assert len(titles) == 6
    assert len(set(titles.values())) == 6


def test_the_early_resumption_names_the_earliest_instant():
    said = grounds.refused("RESUME_TOO_EARLY", {"earliest_us": 1_731_306_600_000_000})
    assert "11月11日 14:30:00" in said.body


def test_every_refusal_of_the_duty_desk_has_its_own_sentence():
    codes = set(re.findall(r'Refusal\("([A-Z_]+)"', inspect.getsource(duty)))
    usual = grounds.refused("SOMETHING_ELSE").title
    for code in codes | {"ALREADY_SUSPENDED", "NOT_SUSPENDED", "NOTHING_TO_TERMINATE"}:
        assert grounds.refused(code).title != usual, code
