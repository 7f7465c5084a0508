"""The special rules of a sale as 竞买须知 prints them, each only where it applies.

The notice's own language, like all documents; the same profile makes the page 本场规则.
"""

from collections.abc import Iterator

from auction.core.money import to_wan_text
from auction.core.parameters import (
    AskSilence,
    CapMode,
    CountdownRule,
    ReserveMode,
    TimedTrigger,
)
from auction.core.profile import RuleProfile
from auction.documents.chinese import span_text


def reserve_and_cap(profile: RuleProfile) -> Iterator[str]:
    """That there is a reserve or a cap, and what follows from it."""
    if profile.freeze_minutes:
        yield f"挂牌截止前{profile.freeze_minutes}分钟内不接受报价。"
    if profile.reserve_mode is ReserveMode.NONE:
        yield "本宗地不设底价。"
    else:
        yield (
            "本宗地设有底价，竞价结束前保密。底价于挂牌截止前"
            f"{profile.reserve_entry_from_minutes}分钟至{profile.reserve_entry_until_minutes}"
            "分钟之间由两名工作人员先后录入并密封，同时公布摘要；此间没有录入的，视为不设底价。"
            "竞价结束时开启并公布，最高报价低于底价的，未成交。"
        )
    if profile.cap_mode is CapMode.LOTTERY and profile.cap_fen is not None:
        yield (
            f"最高限价{to_wan_text(profile.cap_fen)}万元。报价达到最高限价后停止报价，"
            f"{span_text(profile.lottery_join_seconds)}内由竞买人签名参加摇号："
            "无人参加的，报出最高限价者为最高报价人；一人参加的，由其以最高限价为最高报价人；"
            "两人以上参加的，由交易机构事先公布摘要的随机数和各参加人的随机数共同确定，"
            "任何人可以复算。"
        )


def ask(profile: RuleProfile) -> Iterator[str]:
    """The question before the live round."""
    if profile.timed_trigger is not TimedTrigger.ASKED:
        return
    silence = "不愿意" if profile.ask_silence is AskSilence.OUT else "愿意"
    yield (
        f"挂牌截止后{span_text(profile.ask_seconds)}内，竞买人须签名答复是否愿意参加限时竞价，"
        f"以最后一次答复为准，没有答复的视为{silence}。"
        f"{profile.ask_min_willing}人以上愿意，或者有领先者以外的人愿意的，进入限时竞价；"
        "否则挂牌期报价最高者为最高报价人。"
    )


def countdown(profile: RuleProfile) -> Iterator[str]:
    """What a bid does to the deadline, and how long the round can last."""
    if profile.timed_trigger is TimedTrigger.NEVER:
        return
    if profile.max_duration_hours is None:
        yield "限时竞价没有总时长限制。" + _moves(profile)
    else:
        yield (
            f"限时竞价最长{profile.max_duration_hours}小时，届时报价最高者为最高报价人。"
            + _moves(profile)
        )
    if profile.day_cutoff_minutes is not None:
        yield (
            f"每日{_clock(profile.day_cutoff_minutes)}仍未结束的，休至次日"
            f"{_clock(profile.day_resume_minutes)}继续，并完整计时；其间不接受报价。"
        )


def standstill(profile: RuleProfile) -> Iterator[str]:
    """Suspension and resumption."""
    notice = ""
    if profile.resume_direct_minutes is not None and profile.resume_notice_hours:
        notice = (
            f"中止后{profile.resume_direct_minutes}分钟内修复的，可以当即恢复；"
            f"此后恢复的，至少提前{profile.resume_notice_hours}小时公布恢复时间。"
        )
    frozen = (
        "挂牌期内中止的，竞买申请和保证金的截止时间同样顺延。"
        if profile.suspend_freezes_apply
        else ""
    )
    yield (
        "系统故障等原因可以中止竞价。中止前已记录的报价继续有效；恢复前先有"
        f"{span_text(profile.resume_prep_seconds)}准备时间，再完整计时。{notice}{frozen}"
    )


def default(profile: RuleProfile) -> Iterator[str]:
    """What follows for a highest bidder whose award becomes void."""
    if profile.exclude_defaulter:
        yield "成交因竞买人的原因作废的，该竞买人不得参加本宗地的再次挂牌。"
    if profile.default_ban_months:
        yield (
            f"成交因竞买人的原因作废的，该竞买人{profile.default_ban_months}个月内"
            "不得参加本机构的其他挂牌。"
        )


def _moves(profile: RuleProfile) -> str:
    if profile.countdown_rule is CountdownRule.RESTART_FROM_BID:
        when = "倒计时内有人有效报价的，重新完整计时"
    else:
        when = (
            f"截止前{span_text(profile.extend_within_seconds)}内有人有效报价的，重新计时"
            f"{span_text(profile.countdown_seconds)}，更早的报价不改变截止时间"
        )
    return f"{when}；倒计时结束无人加价的，报价最高者为最高报价人。"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
