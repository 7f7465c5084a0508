"""The rules of one sale in plain words with its own figures (P-1).

Every sentence is made from the profile that the engine decides by, so that what people read and
what is done cannot part.
"""

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _

from auction.core.profile import (
    DayUnit,
    IncrementMode,
    RuleProfile,
    TimedEntry,
    TimedTrigger,
)
from auction.documents.paper import Mark, Row
from auction.presenting.bids import raise_rule
from auction.presenting.figures import amount, clock, day_clock, left

_MILLISECOND = timedelta(milliseconds=1)
_SAMPLE_ARRIVAL = timedelta(minutes=4, seconds=10, milliseconds=204)
"""Into the round, for the third worked example: an instant that shows why milliseconds decide."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule: heading, sentence, and whether the notice's own text leaves it open."""

    heading: str
    sentence: str
    assumed: bool = False


def clauses(profile: RuleProfile) -> list[Clause]:
    """The rules of a sale in the order in which a bidder meets them."""
    return [
        *_entry(profile),
        *_quotes(profile),
        *_round(profile),
        *_result(profile),
        Clause(
            _("中止与恢复"),
            _(
                "中止期间停止报价和计时，已记录的报价继续有效。挂牌期内中止的，"
                "恢复后挂牌截止时间按中止的时长顺延；限时竞价中中止的，恢复后先准备 %(prep)s，"
                "再完整计时 %(countdown)s。",
                prep=left(timedelta(seconds=profile.resume_prep_seconds)),
                countdown=_span(profile.countdown_seconds),
            ),
        ),
    ]


def examples(profile: RuleProfile) -> list[str]:
    """Three worked examples with this sale's figures."""
    price = profile.start_fen + 2 * profile.step_listing_fen
    lowest = price + profile.step_listing_fen
    until = profile.listing_until
    found = [
        _("现价 %(price)s 时，您至少要报 %(lowest)s。", price=amount(price), lowest=amount(lowest))
        if profile.increment_mode is IncrementMode.AT_LEAST
        else _(
            "现价 %(price)s 时，您可以报 %(lowest)s 或 %(next)s，介于两者之间的金额不接受。",
            price=amount(price),
            lowest=amount(lowest),
            next=amount(lowest + profile.step_listing_fen),
        ),
        _(
            "挂牌 %(until)s 截止：%(last)s 到达的报价有效，%(at)s 到达的报价无效。",
            until=day_clock(until),
            last=clock(until - _MILLISECOND, True),
            at=clock(until, True),
        ),
    ]
    if profile.timed_trigger is TimedTrigger.NEVER:
        found.append(
            _(
                "只有一个竞买人报价，报价 %(start)s：挂牌截止时他就是最高报价人。",
                start=amount(profile.start_fen),
            )
        )
        return found
    start = until + timedelta(seconds=profile.prep_seconds)
    first = timedelta(seconds=profile.countdown_first_seconds)
    arrival = start + (_SAMPLE_ARRIVAL if first > _SAMPLE_ARRIVAL else first / 2)
    ends = max(
        start + first,
        arrival + timedelta(seconds=profile.countdown_seconds),
    )
    found.append(
        _(
            "限时竞价中 %(arrival)s 到达的报价有效，倒计时改为 %(ends)s 截止："
            "%(last)s 到达有效，%(ends)s 到达无效。",
            arrival=clock(arrival, True),
            ends=clock(ends, True),
            last=clock(ends - _MILLISECOND, True),
        )
    )
    return found


def assumption_rows(profile: RuleProfile, practice: bool) -> list[Row]:
    """What the notice's text leaves open, for the notice's own page, each with its mark."""
    mark = Mark.ASSUMED if practice else Mark.PROFILE
    words = {
        "countdown_first_seconds": (_("首次倒计时"), _span(profile.countdown_first_seconds)),
        "countdown_seconds": (_("每次有效报价后重新计时"), _span(profile.countdown_seconds)),
        "timed_entry": (_("可以进入限时竞价的人"), _who_enters(profile)),
        "increment_mode": (_("加价幅度"), raise_rule(profile, live=True)),
    }
    return [Row(*words[name], mark) for name in words if name in profile.assumed]


# --- groups ---------------------------------------------------------------------------------


def _entry(profile: RuleProfile) -> list[Clause]:
    payment = (
        _("须一次性足额缴纳，以银行入账时间为准。")
        if profile.single_payment
        else _("须足额缴纳，以银行入账时间为准。")
    )
    return [
        Clause(
            _("申请"),
            _(
                "%(start)s 起至 %(end)s 止提交竞买申请，每宗地分别申请。",
                start=day_clock(profile.apply_from),
                end=day_clock(profile.apply_until),
            ),
        ),
        Clause(
            _("联合竞买"),
            _("可以单独申请，也可以联合申请；同一主体在本宗地只能参加一次。")
            if profile.joint_allowed
            else _("不接受联合申请。"),
        ),
        Clause(
            _("竞买保证金"),
            _(
                "%(deposit)s，%(until)s（含）前到账。%(payment)s",
                deposit=amount(profile.deposit_fen),
                until=day_clock(profile.deposit_until),
                payment=payment,
            ),
        ),
    ]


def _quotes(profile: RuleProfile) -> list[Clause]:
    found = [
        Clause(
            _("挂牌报价时间"),
            _(
                "%(start)s 起至 %(end)s 止，全天 24 小时可以报价，可以多次报价。",
                start=day_clock(profile.listing_from),
                end=day_clock(profile.listing_until),
            ),
        ),
        Clause(
            _("首次报价"),
            _(
                "不得低于起始价 %(start)s，可以等于起始价；报价以 %(unit)s 为单位。",
                start=amount(profile.start_fen),
                unit=amount(profile.price_scale_fen),
            ),
        ),
        Clause(
            _("加价"),
            _("%(rule)s。报价一经记录不能撤回。", rule=_raises(profile)),
            "increment_mode" in profile.assumed,
        ),
        Clause(
            _("领先者"),
            _("领先者可以再次加价。") if profile.self_outbid else _("领先者不能自己加价。"),
            "self_outbid" in profile.assumed,
        ),
        Clause(
            _("以到达为准"),
            _("以报价完整到达服务器的时间为准：截止时刻之前到达有效，截止时刻起到达无效。"),
        ),
    ]
    if profile.freeze_minutes:
        found.append(
            Clause(
                _("报价暂停时段"),
                _("挂牌截止前 %(n)s 分钟内不接受报价。", n=profile.freeze_minutes),
                "freeze_minutes" in profile.assumed,
            )
        )
    return found


def _raises(profile: RuleProfile) -> str:
    rule = raise_rule(profile, live=False)
    if profile.increment_mode is IncrementMode.AT_LEAST:
        return _("%(rule)s，可以多加，不必是其整数倍", rule=rule)
    return rule


def _round(profile: RuleProfile) -> list[Clause]:
    if profile.timed_trigger is TimedTrigger.NEVER:
        return [Clause(_("限时竞价"), _("不进行限时竞价，挂牌截止时报价最高者为最高报价人。"))]
    found = [Clause(_("进入限时竞价的条件"), _trigger(profile))]
    found.append(
        Clause(
            _("可以进入限时竞价的人"),
            _("%(who)s。", who=_who_enters(profile)),
            "timed_entry" in profile.assumed,
        )
    )
    if profile.prep_seconds:
        found.append(
            Clause(
                _("准备时间"),
                _(
                    "挂牌截止后先准备 %(prep)s，其间不接受报价。",
                    prep=left(timedelta(seconds=profile.prep_seconds)),
                ),
            )
        )
    found.append(
        Clause(
            _("倒计时"),
            _(
                "首次倒计时 %(first)s。每收到一次有效报价，从该报价到达时起重新计时 %(again)s。"
                "没有总时长上限，可能持续到夜间。",
                first=_span(profile.countdown_first_seconds),
                again=_span(profile.countdown_seconds),
            ),
            "countdown_seconds" in profile.assumed,
        )
    )
    return found


def _trigger(profile: RuleProfile) -> str:
    match profile.timed_trigger:
        case TimedTrigger.QUOTED_GE_2:
            return _("挂牌截止时有 2 个或 2 个以上竞买人报价的，系统自动进入限时竞价。")
        case TimedTrigger.QUOTED_LAST_HOUR_GE_2:
            return _("挂牌截止前 1 小时内有 2 个或 2 个以上竞买人报价的，系统自动进入限时竞价。")
        case TimedTrigger.QUALIFIED_GE_2:
            return _("挂牌截止时有 2 个或 2 个以上竞买人取得竞买资格的，系统自动进入限时竞价。")
    return _("挂牌截止时有竞买人取得竞买资格的，系统自动进入限时竞价。")


def _who_enters(profile: RuleProfile) -> str:
    if profile.timed_entry is TimedEntry.QUOTED_ONLY:
        return _("只有挂牌期内已报价的竞买人")
    return _("所有取得竞买资格的竞买人，无论挂牌期内是否报价")


def _result(profile: RuleProfile) -> list[Clause]:
    days = (
        _("%(n)s 日", n=profile.winner_submit_days)
        if profile.winner_submit_unit is DayUnit.DAY
        else _("%(n)s 个工作日", n=profile.winner_submit_days)
    )
    return [
        Clause(
            _("最高报价人"),
            _(
                "倒计时内无人报价，此前的最高报价人即为最高报价人。只有一个竞买人报价的，"
                "不进入限时竞价，该竞买人为最高报价人。无人报价的，未成交。"
            )
            if profile.timed_trigger is TimedTrigger.QUOTED_GE_2
            else _("竞价结束时报价最高者为最高报价人。无人报价的，未成交。"),
        ),
        Clause(
            _("资格审核"),
            _("最高报价人于交易结束之日起 %(days)s内上传竞买资料，审核通过后成交。", days=days),
        ),
        Clause(
            _("保证金退还"),
            _(
                "未竞得者的保证金在交易结束后 %(n)s 个工作日内退回原账户，无需申请。",
                n=profile.refund_due_workdays,
            ),
        ),
    ]


def _span(seconds: int) -> str:
    """`5 分钟`, `1 分 30 秒`, `45 秒`."""
    if seconds % 60 == 0:
        return _("%(n)s 分钟", n=seconds // 60)
    return left(timedelta(seconds=seconds))
