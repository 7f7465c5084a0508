"""The rules of a sale as fields: one for each parameter of the profile that no fact of the notice
gives. A field is called like its parameter, so that a problem finds its field."""

import re
from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, Final

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import Optional

from auction.core.money import FEN_PER_WAN
from auction.core.profile import (
    AskSilence,
    CapMode,
    CountdownRule,
    IncrementMode,
    RuleProfile,
    TimedEntry,
)
from auction.core.variants import VARIANTS
from auction.presenting import variants
from auction.presenting.rules.clause import time_of_day
from auction.presenting.rules.names import PARAMETERS
from auction.services.notice_content import CHOICES
from auction.web.forms.fields import FULL_WIDTH, Malformed, WanField, choice, required

WARNINGS: Final = frozenset({300, 60, 30, 10})
"""Seconds before a deadline at which the hall can speak (static/js/clock.mjs)."""
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)", re.ASCII)
_SECONDS: Final = re.compile(r"[0-9]{1,4}", re.ASCII)
_BETWEEN: Final = re.compile(r"[、,，\s]+")


class OptionalWanField(WanField):
    """Fen, typed in 万元, or left empty."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        StringField.__init__(self, label, [Optional()], **kwargs)


class TimeOfDayField(StringField):
    """Minutes after midnight in Beijing, typed as `17:00`; may be empty where `needed` is not."""

    def __init__(self, label: Any, *, needed: bool, **kwargs: Any) -> None:
        super().__init__(label, [required() if needed else Optional()], **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip().translate(FULL_WIDTH) if valuelist else ""
        if not text:
            return
        match = _CLOCK.fullmatch(text)
        if match is None:
            raise Malformed("TIME_MALFORMED")
        self.data = int(match[1]) * 60 + int(match[2])

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else time_of_day(self.data)


class SecondsField(StringField):
    """A list of seconds, falling: `60、30、10`."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip().translate(FULL_WIDTH) if valuelist else ""
        parts = [part for part in _BETWEEN.split(text) if part]
        if not all(_SECONDS.fullmatch(part) for part in parts):
            raise Malformed("SECONDS_MALFORMED")
        found = [int(part) for part in parts]
        if found != sorted(set(found), reverse=True) or not WARNINGS.issuperset(found):
            raise Malformed("SECONDS_MALFORMED")
        self.data = tuple(found)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "、".join(str(seconds) for seconds in self.data or ())


def _number(label: Any, default: int) -> IntegerField:
    return IntegerField(label, [required()], default=default)


def _optional_number(label: Any) -> IntegerField:
    return IntegerField(label, [Optional()])


_USUAL: Final[Mapping[str, Any]] = {f.name: f.default for f in fields(RuleProfile)}


class RuleFields:
    """Mixed into the form of a notice."""

    increment_mode = choice(
        PARAMETERS["increment_mode"],
        [
            (IncrementMode.AT_LEAST, _l("每次加价不少于增加幅度")),
            (IncrementMode.MULTIPLE, _l("每次加价须为增加幅度的整数倍")),
        ],
        IncrementMode,
        IncrementMode.AT_LEAST,
    )
    price_scale_fen = WanField(PARAMETERS["price_scale_fen"], default=FEN_PER_WAN)
    self_outbid = BooleanField(PARAMETERS["self_outbid"])
    confirm_over_steps = _number(PARAMETERS["confirm_over_steps"], 10)
    confirm_over_percent = _number(PARAMETERS["confirm_over_percent"], 20)
    freeze_minutes = _number(PARAMETERS["freeze_minutes"], 0)

    reserve_entry_from_minutes = _number(PARAMETERS["reserve_entry_from_minutes"], 30)
    reserve_entry_until_minutes = _number(PARAMETERS["reserve_entry_until_minutes"], 0)

    timed_entry = choice(
        PARAMETERS["timed_entry"],
        [
            (TimedEntry.QUOTED_ONLY, _l("只有挂牌期内已报价的竞买人")),
            (TimedEntry.QUALIFIED_ALL, _l("所有取得竞买资格的竞买人")),
        ],
        TimedEntry,
        TimedEntry.QUOTED_ONLY,
    )
    ask_seconds = _number(PARAMETERS["ask_seconds"], 0)
    ask_silence = choice(
        PARAMETERS["ask_silence"],
        [(AskSilence.OUT, _l("视为不愿意")), (AskSilence.IN, _l("视为愿意"))],
        AskSilence,
        AskSilence.OUT,
    )
    ask_min_willing = _number(PARAMETERS["ask_min_willing"], 2)
    countdown_first_seconds = _number(PARAMETERS["countdown_first_seconds"], 300)
    countdown_seconds = _number(PARAMETERS["countdown_seconds"], 300)
    countdown_rule = choice(
        PARAMETERS["countdown_rule"],
        [
            (CountdownRule.RESTART_FROM_BID, _l("每次报价都重新计时")),
            (CountdownRule.EXTEND_IF_WITHIN, _l("只有临近截止的报价才重新计时")),
        ],
        CountdownRule,
        CountdownRule.RESTART_FROM_BID,
    )
    extend_within_seconds = _number(PARAMETERS["extend_within_seconds"], 300)
    warn_at_seconds = SecondsField(PARAMETERS["warn_at_seconds"], default=(60, 30, 10))
    max_duration_hours = _optional_number(PARAMETERS["max_duration_hours"])
    day_cutoff_minutes = TimeOfDayField(PARAMETERS["day_cutoff_minutes"], needed=False)
    day_resume_minutes = TimeOfDayField(PARAMETERS["day_resume_minutes"], needed=True, default=540)

    cap_mode = choice(
        PARAMETERS["cap_mode"],
        [(CapMode.NONE, _l("不设最高限价")), (CapMode.LOTTERY, _l("达到最高限价后摇号"))],
        CapMode,
        CapMode.NONE,
    )
    lottery_join_seconds = _number(PARAMETERS["lottery_join_seconds"], 900)

    suspend_freezes_apply = BooleanField(PARAMETERS["suspend_freezes_apply"])
    resume_prep_seconds = _number(PARAMETERS["resume_prep_seconds"], 900)
    resume_notice_hours = _number(PARAMETERS["resume_notice_hours"], 24)
    resume_direct_minutes = _optional_number(PARAMETERS["resume_direct_minutes"])
    unhealthy_autosuspend_s = _number(PARAMETERS["unhealthy_autosuspend_s"], 15)
    max_clock_offset_ms = _number(PARAMETERS["max_clock_offset_ms"], 50)

    print_days = _number(PARAMETERS["print_days"], 1)
    office_check_workdays = _number(PARAMETERS["office_check_workdays"], 2)
    contract_workdays = _number(PARAMETERS["contract_workdays"], 10)
    result_publish_workdays = _number(PARAMETERS["result_publish_workdays"], 10)
    refund_due_workdays = _number(PARAMETERS["refund_due_workdays"], 5)
    earnest_cap_percent = _number(PARAMETERS["earnest_cap_percent"], 20)
    objection_reply_workdays = _optional_number(PARAMETERS["objection_reply_workdays"])
    exclude_defaulter = BooleanField(PARAMETERS["exclude_defaulter"], default=True)
    default_ban_months = _number(PARAMETERS["default_ban_months"], 0)


GROUPS: Final[tuple[tuple[Any, tuple[str, ...]], ...]] = (
    (
        _l("报价"),
        (
            *("increment_mode", "price_scale_fen", "freeze_minutes", "self_outbid"),
            *("confirm_over_steps", "confirm_over_percent"),
        ),
    ),
    (
        _l("底价和最高限价"),
        (
            *("reserve_entry_from_minutes", "reserve_entry_until_minutes"),
            *("cap_mode", "lottery_join_seconds"),
        ),
    ),
    (
        _l("进入限时竞价"),
        ("timed_entry", "ask_seconds", "ask_silence", "ask_min_willing"),
    ),
    (
        _l("倒计时"),
        (
            *("countdown_first_seconds", "countdown_seconds", "countdown_rule"),
            *("extend_within_seconds", "warn_at_seconds", "max_duration_hours"),
            *("day_cutoff_minutes", "day_resume_minutes"),
        ),
    ),
    (
        _l("中止与恢复"),
        (
            *("suspend_freezes_apply", "resume_prep_seconds", "resume_notice_hours"),
            *("resume_direct_minutes", "unhealthy_autosuspend_s", "max_clock_offset_ms"),
        ),
    ),
    (
        _l("竞价结束以后"),
        (
            *("print_days", "office_check_workdays", "contract_workdays"),
            *("result_publish_workdays", "refund_due_workdays", "earnest_cap_percent"),
            *("objection_reply_workdays", "exclude_defaulter", "default_ban_months"),
        ),
    ),
)
"""In the order of the page; every parameter of CHOICES stands in exactly one group."""

_MINUTES, _SECONDS_UNIT, _HOURS = _l("分钟"), _l("秒"), _l("小时")
_DAYS, _WORKDAYS = _l("日"), _l("个工作日")
UNITS: Final[Mapping[str, Any]] = {
    "price_scale_fen": _l("万元"),
    "confirm_over_steps": _l("倍"),
    "confirm_over_percent": "%",
    "freeze_minutes": _MINUTES,
    "reserve_entry_from_minutes": _MINUTES,
    "reserve_entry_until_minutes": _MINUTES,
    "lottery_join_seconds": _SECONDS_UNIT,
    "ask_seconds": _SECONDS_UNIT,
    "ask_min_willing": _l("人"),
    "countdown_first_seconds": _SECONDS_UNIT,
    "countdown_seconds": _SECONDS_UNIT,
    "extend_within_seconds": _SECONDS_UNIT,
    "warn_at_seconds": _SECONDS_UNIT,
    "max_duration_hours": _HOURS,
    "day_cutoff_minutes": _l("北京时间"),
    "day_resume_minutes": _l("北京时间"),
    "resume_prep_seconds": _SECONDS_UNIT,
    "resume_notice_hours": _HOURS,
    "resume_direct_minutes": _MINUTES,
    "unhealthy_autosuspend_s": _SECONDS_UNIT,
    "max_clock_offset_ms": _l("毫秒"),
    "print_days": _DAYS,
    "office_check_workdays": _WORKDAYS,
    "contract_workdays": _WORKDAYS,
    "result_publish_workdays": _WORKDAYS,
    "refund_due_workdays": _WORKDAYS,
    "earnest_cap_percent": "%",
    "objection_reply_workdays": _WORKDAYS,
    "default_ban_months": _l("个月"),
}
HINTS: Final[Mapping[str, Any]] = {
    "freeze_minutes": _l("0 为没有暂停时段"),
    "reserve_entry_from_minutes": _l("设有底价时适用"),
    "ask_seconds": _l("“截止后询问”时适用，其余填 0"),
    "ask_min_willing": _l("1 或 2；只有一人愿意而不领先的，总是进入"),
    "extend_within_seconds": _l("“只有临近截止的报价才重新计时”时适用"),
    "max_duration_hours": _l("不填为没有上限"),
    "day_cutoff_minutes": _l("例如 17:00；不填为不休止"),
    "day_resume_minutes": _l("例如 09:00"),
    "lottery_join_seconds": _l("设最高限价时适用；限价金额填在各宗地"),
    "resume_notice_hours": _l("0 为随时可以恢复"),
    "resume_direct_minutes": _l("不填为随时可以当即恢复"),
    "objection_reply_workdays": _l("不填为未作规定"),
    "default_ban_months": _l("0 为不限制"),
}


def chosen(form: Any) -> dict[str, Any]:
    """The parameters as they were chosen; the usual value where one cannot be read, so that
    whatever else contradicts is found at the same time."""
    found = {name: form[name].data for name in CHOICES}
    return {n: _USUAL[n] if value is None else value for n, value in found.items()}


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of parameters as the fields take them."""
    return {n: str(v) if isinstance(v, StrEnum) else v for n, v in values.items()}


def variant_choices() -> list[tuple[str, str]]:
    """The ready profiles to choose from, and none."""
    return [("", str(_l("不套用"))), *((key, variants.name(key)) for key in VARIANTS)]
