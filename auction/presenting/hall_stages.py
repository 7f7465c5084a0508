"""Messages of the hall about what a sale can meet besides bids: the question, the night, the cap,
an announced resumption, a held or void result. The script fills in their {places}."""

from flask_babel import gettext as _

from auction.presenting.said import Said


def ask(**p: str) -> Said:
    """The bidders are asked whether they go on into the live round (2.5)."""
    return Said(
        _("挂牌已截止，正在询问是否参加限时竞价。"),
        _("询问至 %(until)s。可以进入的竞买人须签名答复。现在不接受报价。", **p),
        tone="amber",
        code="ASK",
    )


def second_stage(**p: str) -> Said:
    """The price is the cap: entries to the draw are taken (R-73)."""
    return Said(
        _("价格已达到最高限价 %(price)s，不再接受报价。", **p),
        _("%(until)s 前可以签名参加摇号；没有人参加的，号牌 %(plate)s 为最高报价人。", **p),
        tone="amber",
        code="SECOND_STAGE",
    )


def adjourned(**p: str) -> Said:
    """The day's cutoff stopped the round (2.5)."""
    return Said(
        _("今日竞价已休止。"),
        _("%(until)s 继续，并完整计时。已记录的报价继续有效，其间不接受报价。", **p),
        tone="amber",
        code="ADJOURNED",
    )


def resumption_set(**p: str) -> Said:
    """An officer has announced when the sale goes on (R-86)."""
    return Said(
        _("将于 %(at)s 恢复。", **p),
        _("届时自动恢复，请提前检测数字证书和连接。"),
        tone="cinnabar",
        code="RESUMPTION_SET",
    )


def result_held() -> Said:
    """A bid in time turned up after the end (R-90)."""
    return Said(
        _("结果待核。"),
        _("有一笔截止前到达的报价在竞价结束后才得到处理，结果暂不生效，由两名工作人员核定。"),
        tone="amber",
        code="RESULT_HELD",
    )


def award_void() -> Said:
    """Nobody has won."""
    return Said(
        _("结果作废。"),
        _("本次竞价没有竞得人，不由次高报价人递补。本宗地可能重新公告。"),
        tone="blue",
        code="AWARD_VOID",
    )


def below_reserve() -> Said:
    """M15, the reserve was not met."""
    return Said(
        _("未成交：未达到底价。"),
        _("底价已开启并公布，见记录。本宗地可能重新公告。"),
        tone="blue",
        code="UNSOLD",
    )


def declare_unknown() -> Said:
    """M9 for an answer or an entry."""
    return Said(
        _("已发送，尚未收到结果。"),
        _("正在重新发送同一份签名，请不要关闭本页。同一份签名重复发送，只会记录一次。"),
        tone="amber",
        code="ANSWER_UNKNOWN",
    )


FILLED = (ask, second_stage, adjourned, resumption_set)
PLAIN = (below_reserve, result_held, award_void, declare_unknown)
