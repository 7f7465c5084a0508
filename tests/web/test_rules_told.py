"""Nothing that decides a sale is left untold: every parameter of a profile, every variant."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest
from factories import beijing, profile, wan
from flask import Flask
from flask_babel import Babel

from auction.core.parameters import (
    AskSilence,
    CapMode,
    CountdownRule,
    DayUnit,
    IncrementMode,
    ReserveMode,
    TimedEntry,
    TimedTrigger,
)
from auction.core.profile import RuleProfile
from auction.core.variants import VARIANTS
from auction.documents import rule_points
from auction.presenting import rules, variants
from auction.presenting.rules.names import PARAMETERS
from auction.services.notice_content import CHOICES
from auction.web.forms.rules import GROUPS

ASKED = {"timed_trigger": TimedTrigger.ASKED, "ask_seconds": 300}
SEALED = {"reserve_mode": ReserveMode.SEALED}
CAPPED = {"cap_mode": CapMode.LOTTERY, "cap_fen": wan(3049)}
WITHIN = {"countdown_rule": CountdownRule.EXTEND_IF_WITHIN}
NIGHTLY = {"day_cutoff_minutes": 1020}
ANNOUNCED = {"resume_direct_minutes": 60}

OTHERWISE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "start_fen": ({}, {"start_fen": wan(1500)}),
    "step_listing_fen": ({}, {"step_listing_fen": wan(50), "step_timed_fen": wan(50)}),
    "step_timed_fen": ({}, {"step_timed_fen": wan(50)}),
    "deposit_fen": ({}, {"deposit_fen": wan(800)}),
    "apply_from": ({}, {"apply_from": beijing(10, 29, 9, 0)}),
    "apply_until": ({}, {"apply_until": beijing(11, 8, 17, 0)}),
    "deposit_until": ({}, {"deposit_until": beijing(11, 8, 16, 0)}),
    "listing_from": ({}, {"listing_from": beijing(10, 31, 9, 0)}),
    "listing_until": ({}, {"listing_until": beijing(11, 12, 14, 30)}),
    "price_scale_fen": ({}, {"price_scale_fen": wan(1) // 10}),
    "increment_mode": ({}, {"increment_mode": IncrementMode.MULTIPLE}),
    "self_outbid": ({}, {"self_outbid": True}),
    "confirm_over_steps": ({}, {"confirm_over_steps": 5}),
    "confirm_over_percent": ({}, {"confirm_over_percent": 50}),
    "single_session": ({}, {"single_session": False}),
    "freeze_minutes": ({}, {"freeze_minutes": 60}),
    "timed_trigger": ({}, {"timed_trigger": TimedTrigger.NEVER}),
    "timed_entry": ({}, {"timed_entry": TimedEntry.QUALIFIED_ALL}),
    "ask_seconds": (ASKED, {"ask_seconds": 600}),
    "ask_silence": (ASKED, {"ask_silence": AskSilence.IN}),
    "ask_min_willing": (ASKED, {"ask_min_willing": 1}),
    "prep_seconds": ({}, {"prep_seconds": 900}),
    "countdown_first_seconds": ({}, {"countdown_first_seconds": 600}),
    "countdown_seconds": ({}, {"countdown_seconds": 240}),
    "countdown_rule": ({}, WITHIN),
    "extend_within_seconds": (WITHIN, {"extend_within_seconds": 60}),
    "warn_at_seconds": ({}, {"warn_at_seconds": (30,)}),
    "day_cutoff_minutes": ({}, NIGHTLY),
    "day_resume_minutes": (NIGHTLY, {"day_resume_minutes": 600}),
    "max_duration_hours": ({}, {"max_duration_hours": 6}),
    "reserve_mode": ({}, SEALED),
    "reserve_entry_from_minutes": (SEALED, {"reserve_entry_from_minutes": 60}),
    "reserve_entry_until_minutes": (SEALED, {"reserve_entry_until_minutes": 5}),
    "cap_mode": ({}, CAPPED),
    "cap_fen": (CAPPED, {"cap_fen": wan(3149)}),
    "lottery_join_seconds": (CAPPED, {"lottery_join_seconds": 600}),
    "suspend_freezes_apply": ({}, {"suspend_freezes_apply": True}),
    "resume_prep_seconds": ({}, {"resume_prep_seconds": 600}),
    "resume_notice_hours": (ANNOUNCED, {"resume_notice_hours": 120}),
    "resume_direct_minutes": ({}, ANNOUNCED),
    "unhealthy_autosuspend_s": ({}, {"unhealthy_autosuspend_s": 30}),
    "max_clock_offset_ms": ({}, {"max_clock_offset_ms": 100}),
    "joint_allowed": ({}, {"joint_allowed": False}),
    "single_payment": ({}, {"single_payment": False}),
    "winner_submit_days": ({}, {"winner_submit_days": 7}),
    "winner_submit_unit": ({}, {"winner_submit_unit": DayUnit.WORKDAY}),
    "print_days": ({}, {"print_days": 2}),
    "office_check_workdays": ({}, {"office_check_workdays": 3}),
    "contract_workdays": ({}, {"contract_workdays": 7}),
    "result_publish_workdays": ({}, {"result_publish_workdays": 5}),
    "earnest_cap_percent": ({}, {"earnest_cap_percent": 10}),
    "objection_reply_workdays": ({}, {"objection_reply_workdays": 15}),
    "exclude_defaulter": ({}, {"exclude_defaulter": False}),
    "default_ban_months": ({}, {"default_ban_months": 12}),
    "refund_due_workdays": ({}, {"refund_due_workdays": 3}),
}
"""Where a parameter applies, and another value of it."""


@pytest.fixture(scope="module")
def words() -> Iterator[None]:
    """The interface's own language, without a database."""
    app = Flask(__name__)
    Babel(app, default_locale="zh")
    with app.test_request_context():
        yield


def told(terms: RuleProfile) -> list[str]:
    return [f"{one.heading}：{one.sentence}" for one in rules.clauses(terms)]


def test_no_parameter_is_missing_from_the_walk_below() -> None:
    assert set(OTHERWISE) == {f.name for f in fields(RuleProfile)} - {"assumed"}


@pytest.mark.parametrize("name", OTHERWISE)
def test_another_value_of_a_parameter_reads_otherwise(words: None, name: str) -> None:
    where, other = OTHERWISE[name]
    terms = profile(**where)
    assert getattr(terms, name) != getattr(replace(terms, **other), name)
    assert told(terms) != told(replace(terms, **other))


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_clause_says_which_parameters_it_tells_and_marks_what_is_assumed(
    words: None, name: str
) -> None:
    where, other = OTHERWISE[name]
    terms = replace(profile(**where), **other, assumed=(name,))
    marked = [one for one in rules.clauses(terms) if one.assumed]
    assert marked
    assert all(name in one.fields for one in marked)


@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_has_its_field_and_its_name(name: str) -> None:
    assert name in PARAMETERS
    assert sum(name in names for _, names in GROUPS) == 1


@pytest.mark.parametrize("key", VARIANTS)
def test_each_variant_is_told_in_full_and_called_by_name(words: None, key: str) -> None:
    usual, terms = profile(), VARIANTS[key].applied(profile())
    assert terms.problems() == ()
    assert variants.name(key) != key
    assert variants.source(key)
    changed = {name for name in OTHERWISE if getattr(terms, name) != getattr(usual, name)}
    # A parameter of something that this variant does not have needs no clause.
    decides = {n for n in changed if told(replace(terms, **{n: getattr(usual, n)})) != told(terms)}
    idle = changed - decides
    assert all(name.startswith(("reserve_entry", "resume_")) for name in idle), idle
    assert rules.examples(terms)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (ASKED, ("14:34:59.999", "14:35:00.000", "14:35:00 起接受报价")),
        (SEALED, ("最高报价 1,649 万元", "1,650 万元 的，未成交")),
        (CAPPED, ("现价 3,048 万元 时，只能报 3,049 万元", "14:45:59.999")),
        ({"freeze_minutes": 60}, ("13:29:59.999", "13:30:00.000")),
        (
            WITHIN | {"extend_within_seconds": 60},
            ("14:33:59.999", "截止时间仍为 14:35:00.000", "14:39:30.000 截止"),
        ),
        (NIGHTLY, ("11月11日 17:00:00 仍未结束的，11月12日 09:00:00 继续", "09:05:00 结束")),
        ({"max_duration_hours": 6}, ("最迟 11月11日 20:30:00 结束",)),
        (ANNOUNCED, ("10月30日 10:00:00 中止的", "最早 10月31日 12:00:00 恢复")),
    ],
)
def test_each_special_mode_has_an_example_with_this_lots_figures(
    words: None, changes: dict[str, Any], said: tuple[str, ...]
) -> None:
    usual = rules.examples(profile())
    text = "\n".join(one for one in rules.examples(profile(**changes)) if one not in usual)
    for word in said:
        assert word in text, text


def test_the_instructions_print_the_special_modes_only_where_they_apply() -> None:
    usual = profile()
    assert not list(rule_points.ask(usual))
    assert "没有总时长限制" in "".join(rule_points.countdown(usual))
    special = profile(**ASKED, **SEALED, **CAPPED, max_duration_hours=6, **NIGHTLY)
    text = "".join(
        [
            *rule_points.reserve_and_cap(special),
            *rule_points.ask(special),
            *rule_points.countdown(special),
        ]
    )
    for word in ("最高限价3,049万元", "设有底价", "5分钟内", "最长6小时", "每日17:00"):
        assert word in text, text
