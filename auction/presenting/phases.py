"""One word for each phase, the same everywhere (pages 3.3)."""

from flask_babel import gettext as _

from auction.core.state import Phase


def word(phase: Phase | str) -> str:
    """The status word; 中止 and 终止 always with their consequence."""
    match Phase(phase):
        case Phase.ANNOUNCED:
            return _("公告中")
        case Phase.LISTING | Phase.FREEZE:
            return _("挂牌中")
        case Phase.CLOSING:
            return _("核定中")
        case Phase.ASK:
            return _("询问中")
        case Phase.PREP | Phase.LIVE:
            return _("限时竞价")
        case Phase.ADJOURNED:
            return _("限时竞价（休止）")
        case Phase.SECOND_STAGE:
            return _("摇号报名")
        case Phase.AWARD_PENDING:
            return _("待资格审核")
        case Phase.RESULT_HELD:
            return _("结果待核")
        case Phase.CONFIRMED:
            return _("成交")
        case Phase.PUBLISHED:
            return _("已成交（公示中）")
        case Phase.UNSOLD:
            return _("未成交")
        case Phase.SUSPENDED:
            return _("已中止（可恢复）")
        case Phase.TERMINATED:
            return _("已终止（不再进行）")
        case Phase.AWARD_VOID:
            return _("成交作废")
