"""When a sale is suspended, by people or by itself, and how it goes on."""

from datetime import timedelta

from flask_babel import gettext as _

from auction.core.profile import RuleProfile
from auction.presenting.figures import left
from auction.presenting.rules.clause import Clause, clause, minutes, span


def clauses(profile: RuleProfile) -> list[Clause]:
    """Suspension, resumption, and the faults at which the system stops by itself."""
    return [
        clause(
            profile,
            _("中止与恢复"),
            _(
                "中止期间停止报价和计时，已记录的报价继续有效。挂牌期内中止的，"
                "恢复后挂牌截止时间按中止的时长顺延；限时竞价中中止的，恢复后先准备 %(prep)s，"
                "再完整计时 %(countdown)s。%(apply)s",
                prep=left(timedelta(seconds=profile.resume_prep_seconds)),
                countdown=span(profile.countdown_seconds),
                apply=_("挂牌期内中止的，竞买申请和保证金的截止时间同样顺延。")
                if profile.suspend_freezes_apply
                else _("中止不影响竞买申请，申请和保证金的截止时间不变。"),
            ),
            "resume_prep_seconds",
            "suspend_freezes_apply",
        ),
        _resumption(profile),
        clause(
            profile,
            _("系统自动中止"),
            _(
                "服务中断跨过截止时刻，或者限时竞价中服务中断达到 %(seconds)s 秒的，"
                "系统自动中止而不结束竞价；到截止时刻系统时钟偏差超过 %(ms)s 毫秒的，也自动中止。",
                seconds=profile.unhealthy_autosuspend_s,
                ms=profile.max_clock_offset_ms,
            ),
            "unhealthy_autosuspend_s",
            "max_clock_offset_ms",
        ),
    ]


def _resumption(profile: RuleProfile) -> Clause:
    fields = ("resume_direct_minutes", "resume_notice_hours")
    if profile.resume_direct_minutes is None or not profile.resume_notice_hours:
        text = _("修复后即可恢复，恢复时当即公布。")
    elif profile.resume_direct_minutes:
        text = _(
            "中止后 %(direct)s内修复的，可以当即恢复；此后恢复的，恢复时间至少提前 %(hours)s "
            "小时公布。",
            direct=minutes(profile.resume_direct_minutes),
            hours=profile.resume_notice_hours,
        )
    else:
        text = _("恢复时间至少提前 %(hours)s 小时公布。", hours=profile.resume_notice_hours)
    return clause(profile, _("恢复时间"), text, *fields)
