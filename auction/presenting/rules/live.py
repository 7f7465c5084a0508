"""The way into the live round, and its countdown."""

from datetime import timedelta

from flask_babel import gettext as _

from auction.core.profile import (
    AskSilence,
    CountdownRule,
    RuleProfile,
    TimedEntry,
    TimedTrigger,
)
from auction.presenting.bids import raise_rule
from auction.presenting.figures import left
from auction.presenting.rules.clause import Clause, clause, span, time_of_day


def clauses(profile: RuleProfile) -> list[Clause]:
    """Everything about the live round; one sentence where there is none."""
    if profile.timed_trigger is TimedTrigger.NEVER:
        text = _("不进行限时竞价，挂牌截止时报价最高者为最高报价人。")
        return [clause(profile, _("限时竞价"), text, "timed_trigger")]
    found = [
        clause(profile, _("进入限时竞价的条件"), _trigger(profile), "timed_trigger"),
        clause(
            profile,
            _("可以进入限时竞价的人"),
            _("%(who)s。", who=who_enters(profile)),
            "timed_entry",
        ),
    ]
    if profile.timed_trigger is TimedTrigger.ASKED:
        found.insert(1, _ask(profile))
    if profile.prep_seconds:
        found.append(
            clause(
                profile,
                _("准备时间"),
                _(
                    "挂牌截止后先准备 %(prep)s，其间不接受报价。",
                    prep=left(timedelta(seconds=profile.prep_seconds)),
                )
                if profile.timed_trigger is not TimedTrigger.ASKED
                else _(
                    "询问结束后先准备 %(prep)s，其间不接受报价。",
                    prep=left(timedelta(seconds=profile.prep_seconds)),
                ),
                "prep_seconds",
            )
        )
    if profile.step_timed_fen != profile.step_listing_fen:
        found.append(
            clause(
                profile,
                _("限时竞价的加价"),
                _("%(rule)s。", rule=raise_rule(profile, live=True)),
                "step_timed_fen",
                "increment_mode",
            )
        )
    return [*found, _countdown(profile), *_warnings(profile), _longest(profile)]


def who_enters(profile: RuleProfile) -> str:
    """Who may bid in the live round."""
    if profile.timed_entry is TimedEntry.QUOTED_ONLY:
        return _("只有挂牌期内已报价的竞买人")
    return _("所有取得竞买资格的竞买人，无论挂牌期内是否报价")


def _trigger(profile: RuleProfile) -> str:
    match profile.timed_trigger:
        case TimedTrigger.QUOTED_GE_2:
            return _("挂牌截止时有 2 个或 2 个以上竞买人报价的，系统自动进入限时竞价。")
        case TimedTrigger.QUOTED_LAST_HOUR_GE_2:
            return _("挂牌截止前 1 小时内有 2 个或 2 个以上竞买人报价的，系统自动进入限时竞价。")
        case TimedTrigger.QUALIFIED_GE_2:
            return _("挂牌截止时有 2 个或 2 个以上竞买人取得竞买资格的，系统自动进入限时竞价。")
        case TimedTrigger.ASKED:
            return _("挂牌截止后由系统询问，有竞买人愿意的，进入限时竞价。")
    return _("挂牌截止时有竞买人取得竞买资格的，系统自动进入限时竞价。")


def _ask(profile: RuleProfile) -> Clause:
    silence = (
        _("没有答复的，视为不愿意")
        if profile.ask_silence is AskSilence.OUT
        else _("没有答复的，视为愿意")
    )
    need = (
        _(
            "2 人以上愿意的，进入限时竞价；只有 1 人愿意而他不是领先者的，也进入限时竞价；"
            "否则挂牌期报价最高者为最高报价人。"
        )
        if profile.ask_min_willing > 1
        else _("有 1 人愿意的，即进入限时竞价；无人愿意的，挂牌期报价最高者为最高报价人。")
    )
    return clause(
        profile,
        _("询问"),
        _(
            "挂牌截止后 %(ask)s内，可以进入的竞买人签名答复是否愿意参加限时竞价，"
            "以最后一次答复为准；%(silence)s。%(need)s",
            ask=span(profile.ask_seconds),
            silence=silence,
            need=need,
        ),
        "ask_seconds",
        "ask_silence",
        "ask_min_willing",
    )


def _countdown(profile: RuleProfile) -> Clause:
    first, again = span(profile.countdown_first_seconds), span(profile.countdown_seconds)
    if profile.countdown_rule is CountdownRule.RESTART_FROM_BID:
        text = _(
            "首次倒计时 %(first)s。每收到一次有效报价，从该报价到达时起重新计时 %(again)s；"
            "原截止时间更晚的，不提前。",
            first=first,
            again=again,
        )
        fields = ("countdown_first_seconds", "countdown_seconds", "countdown_rule")
        return clause(profile, _("倒计时"), text, *fields)
    text = _(
        "首次倒计时 %(first)s。截止前 %(within)s内收到有效报价的，从该报价到达时起重新计时 "
        "%(again)s；原截止时间更晚的，不提前。更早收到的报价不改变截止时间。",
        first=first,
        again=again,
        within=span(profile.extend_within_seconds),
    )
    return clause(
        profile,
        _("倒计时"),
        text,
        "countdown_first_seconds",
        "countdown_seconds",
        "countdown_rule",
        "extend_within_seconds",
    )


def _warnings(profile: RuleProfile) -> list[Clause]:
    if not profile.warn_at_seconds:
        return []
    instants = _("、").join(span(seconds) for seconds in profile.warn_at_seconds)
    text = _("剩余 %(instants)s时，系统提示全场。", instants=instants)
    return [clause(profile, _("剩余时间提示"), text, "warn_at_seconds")]


def _longest(profile: RuleProfile) -> Clause:
    fields = ["max_duration_hours", "day_cutoff_minutes"]
    told: list[str] = []
    if profile.max_duration_hours is not None:
        told.append(
            _(
                "限时竞价自开始起最长 %(n)s 小时，届时报价最高者为最高报价人。",
                n=profile.max_duration_hours,
            )
        )
    if profile.day_cutoff_minutes is not None:
        fields.append("day_resume_minutes")
        told.append(
            _(
                "每日 %(cutoff)s 仍未结束的，休至次日 %(resume)s 继续，并完整计时 %(again)s；"
                "其间不接受报价，已记录的报价继续有效。",
                cutoff=time_of_day(profile.day_cutoff_minutes),
                resume=time_of_day(profile.day_resume_minutes),
                again=span(profile.countdown_seconds),
            )
        )
    if profile.max_duration_hours is None:
        told.append(
            _("没有总时长上限，可能持续到夜间。")
            if profile.day_cutoff_minutes is None
            else _("没有总时长上限，可能持续多日。")
        )
    return clause(profile, _("竞价时长"), "".join(told), *fields)
