"""The findings about a notice in words, with their figures: what is, what it means, what to do."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from flask_babel import gettext as _

from auction.core import money
from auction.core.instants import from_us
from auction.core.notice_checks import Finding
from auction.core.reasons import Facts
from auction.presenting.figures import amount, day_clock, left, percent
from auction.presenting.office_acts import cannot_follow
from auction.presenting.rules.names import PARAMETERS

_DAY_SECONDS = 86_400


def finding(found: Finding) -> str:
    """The sentence of a finding: what is, what it means, what to do."""
    if found.code.startswith("FOLLOWS_"):
        return cannot_follow(found.code, str(found.data["earlier"]))
    if found.code.startswith("PROFILE_"):
        return profile_problem(found.code.removeprefix("PROFILE_"), found.data)
    return _FINDINGS[found.code](found.data)


def field_name(name: str) -> str:
    """What a field of the notice or of the profile is called."""
    names = {
        "area_mm2": _("土地面积"),
        "start_fen": _("挂牌起始价"),
        "step_fen": _("竞价增加幅度"),
        "step_listing_fen": _("竞价增加幅度"),
        "deposit_fen": _("竞买保证金"),
        "far": _("容积率"),
        "building_coefficient": _("建筑系数"),
        "green_ratio": _("绿地率"),
        "height": _("建筑高度"),
        "investment_intensity": _("固定资产投资强度"),
        "apply_from": _("挂牌申请开始时间"),
        "apply_until": _("挂牌申请截止时间"),
        "deposit_until": _("竞买保证金截止时间"),
        "listing_from": _("挂牌报价开始时间"),
        "listing_until": _("挂牌报价截止时间"),
        "prep_seconds": _("挂牌截止至限时竞价开始的间隔"),
        "winner_submit_days": _("上传资料的期限"),
    }
    return names.get(name) or str(PARAMETERS.get(name, name))


def _lot(data: Facts) -> str:
    return str(data.get("lot", ""))


def _at(data: Facts, name: str) -> str:
    return day_clock(from_us(int(data[f"{name}_us"])))


def _day(data: Facts) -> str:
    day = date.fromisoformat(str(data["day"]))
    names = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
    return _(
        "%(month)s月%(day)s日（%(weekday)s）",
        month=day.month,
        day=day.day,
        month_name=day.strftime("%B"),
        weekday=names[day.weekday()],
    )


def _days_hours(seconds: int) -> str:
    days, hours = seconds // _DAY_SECONDS, seconds % _DAY_SECONDS // 3600
    return _("%(d)s 日 %(h)s 小时", d=days, h=hours)


def _period_short(name: str, data: Facts) -> str:
    return _(
        "%(name)s只有 %(actual)s，须不少于 %(min)s 日，还差 %(short)s。",
        name=name,
        actual=_days_hours(int(data["actual_s"])),
        min=data["min_days"],
        short=left(timedelta(seconds=-int(data["slack_s"]))),
    )


def _no_slack(name: str, data: Facts) -> str:
    return _(
        "%(name)s %(actual)s，余量 %(slack)s。任何延误或补充公告都会使挂牌开始顺延；建议留出一天。",
        name=name,
        actual=_days_hours(int(data["actual_s"])),
        slack=left(timedelta(seconds=int(data["slack_s"]))),
    )


def _ratio(data: Facts) -> str:
    return percent(int(data["ratio_bp"]))


_FINDINGS: Mapping[str, Callable[[Facts], str]] = {
    "NOTICE_WINDOW_EMPTY": lambda d: _(
        "公告截止 %(end)s 不晚于公告开始 %(start)s。", start=_at(d, "start"), end=_at(d, "end")
    ),
    "APPLICATION_WINDOW_EMPTY": lambda d: _(
        "申请截止 %(end)s 不晚于申请开始 %(start)s。", start=_at(d, "start"), end=_at(d, "end")
    ),
    "LISTING_WINDOW_EMPTY": lambda d: _(
        "挂牌截止 %(end)s 不晚于挂牌开始 %(start)s。", start=_at(d, "start"), end=_at(d, "end")
    ),
    "APPLICATION_BEFORE_NOTICE": lambda d: _(
        "申请 %(application)s 开始，早于公告 %(notice)s。",
        application=_at(d, "application"),
        notice=_at(d, "notice"),
    ),
    "APPLICATION_AFTER_LISTING": lambda d: _(
        "申请 %(application)s 截止，晚于挂牌截止 %(listing)s。",
        application=_at(d, "application"),
        listing=_at(d, "listing"),
    ),
    "NOTICE_OVERLAPS_LISTING": lambda d: _(
        "公告 %(notice)s 截止，晚于挂牌开始 %(listing)s，两段时间重叠。",
        notice=_at(d, "notice"),
        listing=_at(d, "listing"),
    ),
    "NOTICE_PERIOD_SHORT": lambda d: _period_short(_("公告期"), d),
    "NOTICE_PERIOD_NO_SLACK": lambda d: _no_slack(_("公告期"), d),
    "LISTING_PERIOD_SHORT": lambda d: _period_short(_("挂牌期"), d),
    "LISTING_PERIOD_NO_SLACK": lambda d: _no_slack(_("挂牌期"), d),
    "LIVE_ROUND_BEFORE_LISTING_END": lambda d: _(
        "限时竞价 %(live)s 开始，早于挂牌截止 %(listing)s。",
        live=_at(d, "live_round"),
        listing=_at(d, "listing"),
    ),
    "LIVE_ROUND_AT_LISTING_END": lambda d: _(
        "挂牌截止与限时竞价开始是同一时刻（%(at)s），由系统在该时刻一次判定，没有间隔。",
        at=_at(d, "at"),
    ),
    "DEPOSIT_NOT_BEFORE_LISTING_END": lambda d: _(
        "保证金截止 %(deposit)s 不早于挂牌截止 %(listing)s。",
        deposit=_at(d, "deposit"),
        listing=_at(d, "listing"),
    ),
    "DEPOSIT_BEFORE_APPLICATION": lambda d: _(
        "保证金截止 %(deposit)s 不晚于申请开始 %(application)s，无人能够缴纳。",
        deposit=_at(d, "deposit"),
        application=_at(d, "application"),
    ),
    "APPLICATION_CANNOT_BE_FUNDED": lambda d: _(
        "%(start)s 至 %(end)s 提交的申请已无法在截止前缴纳保证金，不能取得竞买资格。",
        start=_at(d, "start"),
        end=_at(d, "end"),
    ),
    "DEPOSIT_DEADLINE_DAY_OFF": lambda d: _(
        "保证金截止日 %(day)s 不是工作日，跨行大额汇款可能当日不能到账。", day=_day(d)
    ),
    "PAPERS_DUE_DAY_OFF": lambda d: _(
        "如限时竞价当日结束，上传资料的最后一日 %(day)s 不是工作日。", day=_day(d)
    ),
    "CALENDAR_NOT_OFFICIAL": lambda d: _(
        "%(day)s 所在年度的调休安排尚未录入，暂按周末推算，公布后须复核。", day=_day(d)
    ),
    "AMOUNT_NOT_PLAUSIBLE": lambda d: _(
        "%(lot)s 的%(field)s须大于零且在合理范围内。",
        lot=_lot(d),
        field=field_name(str(d["field"])),
    ),
    "STEP_UNUSUAL": lambda d: _(
        "%(lot)s 的竞价增加幅度 %(step)s 为起始价的 %(ratio)s，超出常见范围，请核对位数。",
        lot=_lot(d),
        step=amount(int(d["step_fen"])),
        ratio=_ratio(d),
    ),
    "UNIT_FIGURES": lambda d: _(
        "%(lot)s 起始价合 %(m2)s 元/㎡、%(mu)s 万元/亩（%(area)s 亩），"
        "增加幅度为起始价的 %(step)s。",
        lot=_lot(d),
        m2=money.to_yuan_text(int(d["per_m2_fen"])),
        mu=money.to_wan_text(int(d["per_mu_fen"]), 2),
        area=f"{int(d['milli_mu']) // 1000}.{int(d['milli_mu']) % 1000:03d}",
        step=percent(int(d["step_bp"])),
    ),
    # A percent sign in a sentence with values is doubled, or gettext would read it as a value.
    "DEPOSIT_RATIO_OUT_OF_BAND": lambda d: _(
        "%(lot)s 的保证金为起始价的 %(ratio)s，不在 20 %% 至 100 %% 之间。",
        lot=_lot(d),
        ratio=_ratio(d),
    ),
    "DEPOSIT_RATIO_HIGH": lambda d: _(
        "%(lot)s 的保证金为起始价的 %(ratio)s，高于 50 %%。", lot=_lot(d), ratio=_ratio(d)
    ),
    "DEPOSIT_HALF_ROUNDED_UP": lambda d: _(
        "%(lot)s 的保证金为起始价的 %(ratio)s，即一半向上取整到万元。", lot=_lot(d), ratio=_ratio(d)
    ),
    "EARNEST_CAP": lambda d: _(
        "%(lot)s 的保证金中，按起始价只有 %(earnest)s 可作定金（不超过 20 %%），"
        "其余 %(advance)s 为预付价款。",
        lot=_lot(d),
        earnest=amount(int(d["earnest_fen"])),
        advance=amount(int(d["advance_fen"])),
    ),
    "INDEX_UNIT": lambda d: _(
        "%(lot)s 的%(field)s单位不对。", lot=_lot(d), field=field_name(str(d["field"]))
    ),
    "INDEX_OVER_100": lambda d: _(
        "%(lot)s 的%(field)s超过 100 %%。", lot=_lot(d), field=field_name(str(d["field"]))
    ),
    "GREEN_RATIO_EXACT": lambda d: _(
        "%(lot)s 的绿地率为“等于 %(value)s %%”，请确认不是上限或下限。",
        lot=_lot(d),
        value=d["value"],
    ),
    "NOT_IN_NOTICE": lambda d: _(
        "公告文本未载明“%(field)s”，由规则方案补充并在公告页标明。",
        field=field_name(str(d["field"])),
    ),
}


def profile_problem(code: str, data: Facts) -> str:
    """What is wrong with one parameter of the rules, with its figures."""
    name = field_name(str(data["field"]))
    match code:
        case "NOT_POSITIVE":
            return _("%(field)s须大于零。", field=name)
        case "NEGATIVE":
            return _("%(field)s不能为负。", field=name)
        case "OFF_SCALE":
            return _("%(field)s须为报价单位 1 万元的整数倍。", field=name)
        case "NOT_AFTER":
            return _("%(field)s须晚于%(other)s。", field=name, other=field_name(str(data["other"])))
        case "OUT_OF_RANGE" if data["field"] == "prep_seconds" and int(data["value"]) < 0:
            return _("限时竞价须在挂牌截止（有询问的，询问结束）以后开始。")
        case "OUT_OF_RANGE" if data["field"] == "prep_seconds":
            return _(
                "限时竞价须在挂牌截止后 %(hours)s 小时内开始。", hours=int(data["high"]) // 3600
            )
        case "OUT_OF_RANGE":
            return _(
                "%(field)s为 %(value)s，须在 %(low)s 至 %(high)s 之间。",
                field=name,
                value=data["value"],
                low=data["low"],
                high=data["high"],
            )
        case "LISTING_SHORTER":
            return _(
                "%(field)s为 %(value)s 分钟，须短于挂牌期 %(high)s 分钟。",
                field=name,
                value=data["value"],
                high=data["high"],
            )
        case "WINDOW_EMPTY":
            return _("底价录入的开始须早于截止：开始的分钟数须大于截止的分钟数。")
        case "ASK_MISMATCH":
            return _("选择“截止后询问”的，询问时长须大于 0；其余情形须为 0。")
        case "DAY_TOO_SHORT":
            return _("每日休止时间须晚于继续时间，且其间至少容得下一次完整倒计时。")
        case "CAP_MISMATCH":
            return _("设最高限价的，每宗地须填写金额；不设的，金额须留空。")
        case "CAP_NOT_ABOVE_START":
            return _(
                "最高限价 %(value)s须高于起始价 %(start)s。",
                value=amount(int(data["value"])),
                start=amount(int(data["start_fen"])),
            )
        case "CAP_OFF_STEP":
            return _(
                "最高限价 %(value)s不能由起始价按 %(step)s的整数倍达到。",
                value=amount(int(data["value"])),
                step=amount(int(data["step_fen"])),
            )
    return _("%(field)s的取值不能采用（%(code)s）。", field=name, code=code)
