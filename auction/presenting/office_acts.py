"""The two-person acts of the office in words: sealed reserve, held result, listing again."""

from flask_babel import gettext as _

from auction.core.parameters import HeldOutcome
from auction.presenting import grounds
from auction.presenting.said import Said


def outcome_word(outcome: HeldOutcome | str) -> str:
    """What the officers decide about a held result."""
    words = {
        HeldOutcome.UPHOLD: _("维持原结果"),
        HeldOutcome.REOPEN: _("恢复限时竞价"),
        HeldOutcome.VOID: _("结果作废"),
    }
    return words[HeldOutcome(outcome)]


def outcome_meaning(outcome: HeldOutcome) -> str:
    """What follows from a decision, before it is taken."""
    words = {
        HeldOutcome.UPHOLD: _("待核的报价不改变结果，继续资格审核。"),
        HeldOutcome.REOPEN: _(
            "待核的报价按到达先后以价格判定；准备后完整计时，全部可以参加的竞买人可以继续报价。"
        ),
        HeldOutcome.VOID: _("本次竞价没有竞得人，不由次高报价人递补；本宗地可以重新挂牌。"),
    }
    return words[outcome]


def held_ground(code: str) -> str:
    """Why a held result is decided so."""
    words = {
        "NO_EFFECT": _("即使及时判定，也不会改变结果"),
        "WOULD_HAVE_LED": _("若及时判定，将成为最高报价"),
        "SERVICE_FAULT": _("系统故障使竞价未能正常进行"),
    }
    return words.get(code, code)


def reserve_refused(code: str) -> Said:
    """Why an entry of the reserve was not taken."""
    match code:
        case "NO_RESERVE" | "RESERVE_NOT_USED":
            said = _("本宗地不设底价。"), _("公告载明不设底价，不能录入。")
        case "RESERVE_ALREADY_SEALED":
            said = _("底价已经密封。"), _("密封后不能修改，竞价结束时开启。")
        case "RESERVE_WINDOW" | "RESERVE_TOO_EARLY" | "RESERVE_TOO_LATE":
            said = (
                _("现在不在底价录入时间内。"),
                _("底价只能在公告规定的时间内录入和确认；没有录入的，视为不设底价。"),
            )
        case "RESERVE_BELOW_START":
            said = _("底价低于起始价，没有作用。"), _("请核对后重新填写。")
        case "RESERVE_ABOVE_CAP":
            said = _("底价高于最高限价，不可能达到。"), _("请核对后重新填写。")
        case "RESERVE_OFF_SCALE":
            said = _("底价不是报价单位的整数倍。"), _("请核对后重新填写。")
        case "RESERVE_WAITS":
            said = _("已有一人录入，等待第二人确认。"), _("请由另一名工作人员录入同一金额。")
        case "NO_ENTRY":
            said = _("没有等待确认的底价。"), _("录入可能已被撤回。请由两名工作人员先后录入。")
        case "OWN_ENTRY":
            said = _("底价须由两人分别录入。"), _("请由另一名工作人员录入同一金额。")
        case "RESERVE_DIFFERS":
            said = (
                _("两次录入的金额不一致，两次录入均已作废。"),
                _("系统不显示任何一次的金额。请核对底价文件后，由两名工作人员重新录入。"),
            )
        case "LOT_SUSPENDED":
            said = _("挂牌已中止，现在不能密封底价。"), _("恢复后在顺延的录入时间内重新确认。")
        case _:
            return grounds.refused(code)
    return Said(*said, tone="cinnabar", code=code)


def held_refused(code: str) -> Said:
    """Why a decision on a held result was not taken."""
    match code:
        case "NOT_HELD" | "WRONG_STAGE":
            said = _("该宗地的结果不在待核状态。"), _("状态可能刚刚变化，请刷新后查看。")
        case "UNKNOWN_OUTCOME":
            said = _("请选择一项决定。"), _("维持、恢复竞价或者作废。")
        case "UNKNOWN_GROUND":
            said = _("请选择一项与决定相符的理由。"), _("理由写入公开记录。")
        case "NO_ROUND":
            said = _("本宗地不进行限时竞价，不能恢复。"), _("请选择维持或者作废。")
        case "NOTHING_TO_VOID":
            said = _("本宗地没有成交，无须作废。"), _("请选择维持或者恢复竞价。")
        case "OWN_PROPOSAL" | "TWO_PERSONS_NEEDED":
            said = _("待核的结果须由两人核定。"), _("提议人不能自己确认，请另一名工作人员确认。")
        case "PROPOSAL_WAITS":
            said = _("已有一项提议等待确认。"), _("请先确认或撤回该提议，再提出新的提议。")
        case "NO_PROPOSAL":
            said = _("没有等待确认的提议。"), _("提议可能已撤回或失效。请重新提议。")
        case _:
            return grounds.refused(code)
    return Said(*said, tone="cinnabar", code=code)


def cannot_follow(code: str, earlier: str) -> str:
    """Why a lot cannot follow this earlier listing."""
    match code:
        case "FOLLOWS_UNKNOWN":
            return _("没有找到前次挂牌 %(slug)s（正式与演练不能互相接续）。", slug=earlier)
        case "FOLLOWS_NOT_OVER":
            return _("前次挂牌 %(slug)s 还在进行或者已经成交，不能接续。", slug=earlier)
    return _("前次挂牌 %(slug)s 已由另一次挂牌接续。", slug=earlier)
