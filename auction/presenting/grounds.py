"""Why a sale was suspended or ended, and what the public is told (R-80 to R-82)."""

from datetime import datetime, timedelta

from flask_babel import gettext as _

from auction.core.instants import from_us
from auction.core.reasons import Facts
from auction.core.state import TIMED, LotState
from auction.presenting.figures import amount, clock, day_clock, left
from auction.presenting.said import Said


def word(ground: str) -> str:
    """The ground in a few words; an unknown one is called by its code."""
    words = {
        "SYSTEM_FAILURE": _("系统故障，无法保证竞价正常进行"),
        "OUTAGE": _("系统服务中断"),
        "CLOCK_OFFSET": _("系统时钟偏差超过允许值"),
        "RESERVE_UNOPENED": _("封存的底价不能按封存时的摘要公开"),
        "DRAW_UNOPENED": _("摇号的种子和随机数不能按事先的摘要公开"),
        "FORCE_MAJEURE": _("不可抗力"),
        "TITLE_DISPUTE": _("宗地权属发生争议"),
        "COURT_ORDER": _("人民法院要求中止"),
        "DISCIPLINE_ORDER": _("纪检监察机关要求中止"),
        "NO_RIGHT_TO_DISPOSE": _("经认定出让人无权处分该宗地"),
        "OBJECT_LOST": _("宗地灭失或不再具备出让条件"),
        "COLLUSION_PROVED": _("经查实存在串通行为"),
        "CONDITIONS_CHANGED": _("规划等出让条件发生变化"),
        "OWNER_DELAY": _("出让人申请终止"),
    }
    return words.get(ground, ground)


def suspended(ground: str, since: datetime, state: LotState) -> Said:
    """What everybody is told when a sale stops (M10)."""
    when = (
        _("恢复时间另行公布。")
        if state.suspension is None or state.suspension.resume_at is None
        else _("将于 %(at)s 恢复。", at=day_clock(state.suspension.resume_at))
    )
    return Said(
        _("竞价已中止（可恢复）。"),
        _(
            "%(since)s 起停止报价和计时。原因：%(ground)s。%(price)s%(after)s%(when)s",
            since=day_clock(since),
            ground=word(ground),
            price=_price_stands(state),
            after=_after_resumption(state),
            when=when,
        ),
        tone="cinnabar",
        code="LOT_SUSPENDED",
    )


def resuming(at: datetime, state: LotState) -> Said:
    """What everybody will be told if the sale goes on at `at`."""
    terms = state.terms
    if state.stage in TIMED:
        bids_from = at + timedelta(seconds=terms.resume_prep_seconds)
        body = _(
            "%(prep)s 起为准备时间，%(bids)s 起接受报价，完整计时 %(countdown)s。"
            "请重新检测数字证书和连接。",
            prep=clock(at),
            bids=clock(bids_from),
            countdown=left(timedelta(seconds=terms.countdown_seconds)),
        )
        return Said(_("竞价恢复。"), body, tone="amber", code="LOT_RESUMING")
    lost = timedelta(0)
    if state.suspension is not None:
        lost = max(at - max(state.suspension.since, terms.listing_from), lost)
    assert state.listing_until is not None
    return Said(
        _("挂牌恢复。"),
        _(
            "挂牌截止时间按中止的时长顺延 %(lost)s，改为 %(until)s。",
            lost=left(lost),
            until=day_clock(state.listing_until + lost),
        ),
        tone="amber",
        code="LOT_RESUMING",
    )


def terminated(ground: str) -> Said:
    """What everybody is told when a sale is ended for good."""
    return Said(
        _("竞价已终止（不再进行）。"),
        _(
            "原因：%(ground)s。已缴纳的竞买保证金将退回原账户，无需申请。",
            ground=word(ground),
        ),
        tone="cinnabar",
        code="LOT_TERMINATED",
    )


def refused(code: str, facts: Facts | None = None) -> Said:
    """Why an act of a duty officer was not carried out."""
    match code:
        case "RESUME_TOO_EARLY":
            earliest = from_us(int((facts or {}).get("earliest_us", 0)))
            return Said(
                _("恢复时间过早。"),
                _(
                    "按本场规则，现在公布的恢复时间最早为 %(at)s。请公布此时或更晚的时间。",
                    at=day_clock(earliest),
                ),
                tone="cinnabar",
                code=code,
            )
        case "ALREADY_SUSPENDED":
            return Said(_("该宗地已经中止。"), _("无需再次操作；请核对值守台所示状态。"), code=code)
        case "NOTHING_TO_SUSPEND":
            return Said(
                _("该宗地的竞价已经结束，不能中止。"), _("请核对值守台所示状态。"), code=code
            )
        case "NOT_SUSPENDED":
            return Said(_("该宗地没有中止，无须恢复。"), _("请核对值守台所示状态。"), code=code)
        case "NOTHING_TO_TERMINATE":
            return Said(_("该宗地的交易已经结束，不能终止。"), _("请核对结果页。"), code=code)
        case "TWO_PERSONS_NEEDED" | "OWN_PROPOSAL":
            return Said(
                _("终止须由两人分别完成。"),
                _("提议人不能自己确认，请另一名工作人员确认。"),
                code=code,
            )
        case "PROPOSAL_WAITS":
            return Said(
                _("已有一项终止提议等待确认。"),
                _("请先确认或撤回该提议，再提出新的提议。"),
                code=code,
            )
        case "NO_PROPOSAL":
            return Said(
                _("没有等待确认的终止提议。"),
                _("提议可能已撤回，或已超过 30 分钟失效。如仍须终止，请重新提议。"),
                code=code,
            )
        case "UNKNOWN_GROUND":
            return Said(_("请选择一项原因。"), _("只能以规则列明的原因操作。"), code=code)
        case "REFERENCE_NEEDED":
            return Said(
                _("请填写文书文号。"), _("这一原因须有文书依据，请填写其文号后再提交。"), code=code
            )
        case "REFERENCE_TOO_LONG":
            return Said(_("文书文号过长。"), _("请只填写文号，不超过 120 个字符。"), code=code)
    return Said(
        _("操作没有完成。"),
        _("该宗地的状态已经变化。请核对值守台所示状态后再操作。"),
        code=code,
    )


def _price_stands(state: LotState) -> str:
    if state.price_fen is None:
        return _("尚无报价。")
    return _(
        "已记录的报价继续有效：现价 %(price)s，号牌 %(plate)s 领先。",
        price=amount(state.price_fen),
        plate=state.leader,
    )


def _after_resumption(state: LotState) -> str:
    if state.stage in TIMED:
        return _(
            "恢复后先有 %(prep)s准备，再完整计时 %(countdown)s。",
            prep=left(timedelta(seconds=state.terms.resume_prep_seconds)),
            countdown=left(timedelta(seconds=state.terms.countdown_seconds)),
        )
    return _("恢复后挂牌截止时间按中止的时长顺延。")
