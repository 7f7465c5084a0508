"""Until the listing closes: application, deposit, quotes, reserve and cap."""

from datetime import timedelta

from flask_babel import gettext as _

from auction.core.profile import CapMode, IncrementMode, ReserveMode, RuleProfile
from auction.presenting.bids import raise_rule
from auction.presenting.figures import amount, day_clock
from auction.presenting.rules.clause import Clause, clause, span


def entry(profile: RuleProfile) -> list[Clause]:
    """Who takes part, until when, with which deposit."""
    payment = (
        _("须一次性足额缴纳，以银行入账时间为准。")
        if profile.single_payment
        else _("须足额缴纳，可以分次缴纳，以银行入账时间为准。")
    )
    return [
        clause(
            profile,
            _("申请"),
            _(
                "%(start)s 起至 %(end)s 止提交竞买申请，每宗地分别申请。",
                start=day_clock(profile.apply_from),
                end=day_clock(profile.apply_until),
            ),
            "apply_from",
            "apply_until",
        ),
        clause(
            profile,
            _("联合竞买"),
            _("可以单独申请，也可以联合申请；同一主体在本宗地只能参加一次。")
            if profile.joint_allowed
            else _("不接受联合申请。"),
            "joint_allowed",
        ),
        clause(
            profile,
            _("竞买保证金"),
            _(
                "%(deposit)s，%(until)s（含）前到账。%(payment)s",
                deposit=amount(profile.deposit_fen),
                until=day_clock(profile.deposit_until),
                payment=payment,
            ),
            "deposit_fen",
            "deposit_until",
            "single_payment",
        ),
        clause(
            profile,
            _("数字证书"),
            _("同一证书同时只能在一处登录，后一次登录使前一次登录退出。")
            if profile.single_session
            else _("同一证书可以同时在多处登录。"),
            "single_session",
        ),
    ]


def quotes(profile: RuleProfile) -> list[Clause]:
    """How one quotes during the listing; most of it holds in the live round too."""
    found = [
        clause(
            profile,
            _("挂牌报价时间"),
            _(
                "%(start)s 起至 %(end)s 止，全天 24 小时可以报价，可以多次报价。",
                start=day_clock(profile.listing_from),
                end=day_clock(profile.listing_until),
            ),
            "listing_from",
            "listing_until",
        ),
        clause(
            profile,
            _("首次报价"),
            _(
                "不得低于起始价 %(start)s，可以等于起始价；报价以 %(unit)s 为单位。",
                start=amount(profile.start_fen),
                unit=amount(profile.price_scale_fen),
            ),
            "start_fen",
            "price_scale_fen",
        ),
        clause(
            profile,
            _("加价"),
            _("%(rule)s。报价一经记录不能撤回。", rule=_raises(profile)),
            "increment_mode",
            "step_listing_fen",
        ),
        clause(
            profile,
            _("领先者"),
            _("领先者可以再次加价。") if profile.self_outbid else _("领先者不能自己加价。"),
            "self_outbid",
        ),
        clause(
            profile,
            _("核对金额"),
            _(
                "加价超过加价幅度的 %(steps)s 倍，或者比现价高出超过 %(percent)s %% 的，"
                "签名前须再次输入金额。",
                steps=profile.confirm_over_steps,
                percent=profile.confirm_over_percent,
            ),
            "confirm_over_steps",
            "confirm_over_percent",
        ),
        Clause(
            _("以到达为准"),
            _("以报价完整到达服务器的时间为准：截止时刻之前到达有效，截止时刻起到达无效。"),
        ),
    ]
    if profile.freeze_minutes:
        found.append(
            clause(
                profile,
                _("报价暂停时段"),
                _(
                    "挂牌截止前 %(n)s 分钟内（%(since)s 起）不接受报价。",
                    n=profile.freeze_minutes,
                    since=day_clock(
                        profile.listing_until - timedelta(minutes=profile.freeze_minutes)
                    ),
                ),
                "freeze_minutes",
            )
        )
    return found


def limits(profile: RuleProfile) -> list[Clause]:
    """Reserve and cap: that there is none is stated as well (R-70)."""
    return [_reserve(profile), _cap(profile)]


def _raises(profile: RuleProfile) -> str:
    rule = raise_rule(profile, live=False)
    if profile.increment_mode is IncrementMode.AT_LEAST:
        return _("%(rule)s，可以多加，不必是其整数倍", rule=rule)
    return rule


def _reserve(profile: RuleProfile) -> Clause:
    if profile.reserve_mode is ReserveMode.NONE:
        return clause(profile, _("底价"), _("本宗地不设底价。"), "reserve_mode")
    until = profile.listing_until
    return clause(
        profile,
        _("底价"),
        _(
            "设有底价，竞价结束前保密。%(since)s 起至 %(until)s 止，由两名工作人员先后录入并密封，"
            "同时公布其摘要；此间没有录入的，视为不设底价。竞价结束时开启并公布，"
            "任何人可以凭摘要核对。最高报价低于底价的，未成交。",
            since=day_clock(until - timedelta(minutes=profile.reserve_entry_from_minutes)),
            until=day_clock(until - timedelta(minutes=profile.reserve_entry_until_minutes)),
        ),
        "reserve_mode",
        "reserve_entry_from_minutes",
        "reserve_entry_until_minutes",
    )


def _cap(profile: RuleProfile) -> Clause:
    if profile.cap_mode is CapMode.NONE or profile.cap_fen is None:
        return clause(profile, _("最高限价"), _("本宗地不设最高限价。"), "cap_mode")
    return clause(
        profile,
        _("最高限价"),
        _(
            "最高限价 %(cap)s，高于它的报价不接受。报价达到最高限价后停止报价，改为摇号："
            "%(join)s内签名参加，挂牌期内达到的自挂牌截止起算，所有取得竞买资格的竞买人可以参加；"
            "此后达到的自该报价到达起算，可以参加限时竞价的竞买人可以参加。没有人参加的，"
            "报出最高限价者为最高报价人；只有一人参加的，由其以最高限价为最高报价人；"
            "两人以上参加的，以摇号确定。摇号由交易机构事先公布摘要的随机数和"
            "每个参加人自己的随机数共同决定，结果公布后任何人可以复算。",
            cap=amount(profile.cap_fen),
            join=span(profile.lottery_join_seconds),
        ),
        "cap_mode",
        "cap_fen",
        "lottery_join_seconds",
    )
