"""What each parameter of a profile is called, on forms and in findings alike."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

PARAMETERS: Final[Mapping[str, Any]] = {
    "increment_mode": _l("加价方式"),
    "price_scale_fen": _l("报价单位"),
    "self_outbid": _l("领先者可以再次加价"),
    "confirm_over_steps": _l("加价超过几个幅度须再次输入金额"),
    "confirm_over_percent": _l("比现价高出多少须再次输入金额"),
    "freeze_minutes": _l("挂牌截止前的报价暂停时段"),
    "reserve_entry_from_minutes": _l("底价录入开始于挂牌截止前"),
    "reserve_entry_until_minutes": _l("底价录入截止于挂牌截止前"),
    "timed_entry": _l("可以进入限时竞价的人"),
    "ask_seconds": _l("询问时长"),
    "ask_silence": _l("没有答复的"),
    "ask_min_willing": _l("几人愿意即进入限时竞价"),
    "countdown_first_seconds": _l("首次倒计时"),
    "countdown_seconds": _l("每次有效报价后重新计时"),
    "countdown_rule": _l("有效报价对截止时间的作用"),
    "extend_within_seconds": _l("临近截止是指剩余不超过"),
    "warn_at_seconds": _l("剩余几秒时提示全场"),
    "max_duration_hours": _l("限时竞价最长时间"),
    "day_cutoff_minutes": _l("每日休止时间"),
    "day_resume_minutes": _l("次日继续时间"),
    "cap_mode": _l("最高限价"),
    "lottery_join_seconds": _l("参加摇号的签名时间"),
    "suspend_freezes_apply": _l("中止期间停止受理申请，截止时间顺延"),
    "resume_prep_seconds": _l("恢复限时竞价前的准备时间"),
    "resume_notice_hours": _l("恢复时间提前公布"),
    "resume_direct_minutes": _l("多久以内修复的可以当即恢复"),
    "unhealthy_autosuspend_s": _l("服务中断多久自动中止"),
    "max_clock_offset_ms": _l("时钟偏差超过多少自动中止"),
    "print_days": _l("打印成交通知书的期限"),
    "office_check_workdays": _l("审核资料的期限"),
    "contract_workdays": _l("签订出让合同的期限"),
    "result_publish_workdays": _l("公布结果的期限"),
    "refund_due_workdays": _l("退还保证金的期限"),
    "earnest_cap_percent": _l("定金不超过成交价的"),
    "objection_reply_workdays": _l("书面答复异议的期限"),
    "exclude_defaulter": _l("违约者不得参加同一宗地的再次挂牌"),
    "default_ban_months": _l("违约者不得参加其他挂牌的月数"),
    "step_timed_fen": _l("限时竞价的增加幅度"),
    "cap_fen": _l("最高限价的金额"),
    "reserve_mode": _l("底价"),
}
