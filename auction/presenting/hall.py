"""Messages of the hall that do not answer one request: the script fills in their {places}.

Each is written once, here; the page gets all of them in its language, the server itself uses the
same for what stands on the page before a script runs.
"""

from collections.abc import Mapping

from flask_babel import gettext as _

from auction.presenting import hall_stages
from auction.presenting.said import Said


def outbid(**p: str) -> Said:
    """M5."""
    return Said(
        _("您已被超过。"),
        _(
            "号牌 %(plate)s 报 %(price)s。已重新计时，%(ends)s 结束。您至少须报 %(minimum)s。",
            **p,
        ),
        tone="amber",
        code="OUTBID",
    )


def outbid_in_listing(**p: str) -> Said:
    """M5 while the listing runs, where no countdown restarts."""
    return Said(
        _("您已被超过。"),
        _("号牌 %(plate)s 报 %(price)s。您至少须报 %(minimum)s。", **p),
        tone="amber",
        code="OUTBID",
    )


def confirm_jump(**p: str) -> Said:
    """M6a, before signing."""
    return Said(
        _("这次加价是最低加价的 %(times)s 倍，请核对位数。", **p),
        _(
            "现价 %(price)s，您要报 %(amount)s（%(capitals)s），比现价高 %(percent)s。"
            "报价一经记录不能撤回。如确属本意，请再次输入金额：",
            **p,
        ),
        tone="cinnabar",
        code="CONFIRM_JUMP",
    )


def price_jump(**p: str) -> Said:
    """M6b, to the room."""
    return Said(
        _("价格跳升，请核对位数。"),
        _(
            "现价一次由 %(before)s升至 %(price)s。您的报价框已清空；如要报价，请重新输入完整金额。",
            **p,
        ),
        tone="amber",
        code="PRICE_JUMP",
    )


def connection_lost(**p: str) -> Said:
    """M8."""
    return Said(
        _("连接中断，正在重连。"),
        _(
            "所示价格截至 %(at)s，可能已不是最新。剩余时间仍按服务器时间推算，"
            "但如有新报价会重新计时。您仍可报价，将改走备用通道。",
            **p,
        ),
        tone="amber",
        code="CONN_LOST",
    )


def connection_lost_watching(**p: str) -> Said:
    """M8 for a spectator."""
    return Said(
        _("连接中断，正在重连。"),
        _("所示价格截至 %(at)s，可能已不是最新。剩余时间仍按服务器时间推算。", **p),
        tone="amber",
        code="CONN_LOST",
    )


def connection_back(**p: str) -> Said:
    """M8, the end of it; `standing` is one of the position sentences."""
    return Said(
        _("已恢复，中断 %(seconds)s 秒。", **p),
        _("期间有 %(count)s 次报价，现价 %(price)s，%(standing)s，剩余 %(left)s。", **p),
        tone="green",
        code="CONN_BACK",
    )


def answer_unknown() -> Said:
    """M9."""
    return Said(
        _("已发送，尚未收到结果。"),
        _("正在向服务器查询，请不要关闭本页，也不要另报金额。同一笔报价重复发送，只会记录一次。"),
        tone="amber",
        code="ANSWER_UNKNOWN",
    )


def suspended(**p: str) -> Said:
    """M10 in the live round."""
    return Said(
        _("竞价已中止（可恢复）。"),
        _(
            "%(since)s 起停止报价和计时。原因：%(ground)s。已记录的报价继续有效：%(standing)s。"
            "恢复后先有 %(prep)s 准备，再完整计时 %(countdown)s。恢复时间另行公布。"
            "您现在无需操作。",
            **p,
        ),
        tone="cinnabar",
        code="LOT_SUSPENDED",
    )


def suspended_listing(**p: str) -> Said:
    """M10 while the listing runs."""
    return Said(
        _("挂牌已中止（可恢复）。"),
        _(
            "%(since)s 起停止报价。原因：%(ground)s。已记录的报价继续有效：%(standing)s。"
            "恢复后挂牌期按中止的时间顺延。您现在无需操作。",
            **p,
        ),
        tone="cinnabar",
        code="LOT_SUSPENDED",
    )


def resuming(**p: str) -> Said:
    """M10, the end of it in the live round."""
    return Said(
        _("竞价将于 %(opens)s 恢复。", **p),
        _("%(from)s 起为准备时间，请重新检测数字证书和连接。", **p),
        tone="cinnabar",
        code="LOT_RESUMING",
    )


def listing_resumed(**p: str) -> Said:
    """M10, the end of it in the listing."""
    return Said(
        _("挂牌已恢复。"),
        _("挂牌期顺延至 %(until)s。", **p),
        tone="cinnabar",
        code="LOT_RESUMING",
    )


def session_taken() -> Said:
    """M12: a full page."""
    return Said(
        _("您已在另一台电脑登录，本页已停止。"),
        _(
            "同一证书在另一处登录；同一证书同时只能在一处使用。已记录的报价不受影响。"
            "如不是您本人操作：请立即联系发证机构停用证书，"
            "并拨打值班电话（不要说出单位名称和号牌）。"
        ),
        tone="cinnabar",
        code="SESSION_TAKEN",
    )


def session_over() -> Said:
    """The session ended for another reason than a take-over."""
    return Said(
        _("您的登录已结束，本页已停止。"),
        _("已记录的报价不受影响。请重新登录后继续。"),
        tone="amber",
        code="SESSION_EXPIRED",
    )


def closing() -> Said:
    """M15, between 00:00 and the decision."""
    return Said(
        _("时间到，正在核定。"),
        _("截止前到达的报价都会计入，请稍候（通常不到 1 秒）。"),
        tone="blue",
        code="CLOSING",
    )


def highest(**p: str) -> Said:
    """M15 for the highest bidder."""
    return Said(
        _("您是最高报价人：%(price)s。", **p),
        _("%(ended)s 结束。是否成交须经资格审核：请在 %(papers)s 前上传资料。", **p),
        tone="green",
        code="HIGHEST",
    )


def not_highest(**p: str) -> Said:
    """M15 for the others."""
    return Said(
        _("竞价结束，您不是最高报价人。"),
        _("最高报价 %(price)s，号牌 %(plate)s。您的保证金按公告退回原账户，无需申请。", **p),
        tone="blue",
        code="NOT_HIGHEST",
    )


def ended(**p: str) -> Said:
    """M15 for spectators."""
    return Said(
        _("竞价结束。"),
        _("最高报价 %(price)s，号牌 %(plate)s。是否成交须经资格审核。", **p),
        tone="blue",
        code="ENDED",
    )


def unsold() -> Said:
    """M15, nobody bid."""
    return Said(_("未成交：无人报价。"), _("本宗地可能重新公告。"), tone="blue", code="UNSOLD")


def terminated() -> Said:
    """The sale ended for good."""
    return Said(
        _("已终止（不再进行）。"),
        _("本次出让活动已终止，不再接受报价。终止公告另行发布。"),
        tone="cinnabar",
        code="TERMINATED",
    )


def not_quoted_yet(**p: str) -> Said:
    """Qualified, and about to miss the live round (B-1)."""
    return Said(
        _("您已取得竞买资格，但尚未报价。"),
        _(
            "本宗地只有挂牌期内已报价的竞买人可进入限时竞价；%(until)s 前未报价将不能参加。",
            **p,
        ),
        tone="amber",
        code="NOT_QUOTED_YET",
    )


def head_mismatch() -> Said:
    """The log shown contradicts an earlier signed head; never closes by itself."""
    return Said(
        _("您看到的记录与此前签名的记录不一致。"),
        _("请不要关闭本页，下载本机记录，并致电监督电话。"),
        tone="cinnabar",
        code="HEAD_MISMATCH",
    )


def templates() -> Mapping[str, dict[str, str]]:
    """Every message that the script may show, its places still in braces."""
    named = {name: f"{{{name}}}" for name in _PLACES}
    plain = (
        answer_unknown,
        session_taken,
        session_over,
        closing,
        unsold,
        *hall_stages.PLAIN,
        terminated,
        head_mismatch,
    )
    filled = (
        *hall_stages.FILLED,
        outbid,
        outbid_in_listing,
        confirm_jump,
        price_jump,
        connection_lost,
        connection_lost_watching,
        connection_back,
        suspended,
        suspended_listing,
        resuming,
        listing_resumed,
        highest,
        not_highest,
        ended,
        not_quoted_yet,
    )
    found = {make.__name__: make().to_dict() for make in plain}
    return found | {make.__name__: make(**named).to_dict() for make in filled}


_PLACES = (
    "plate",
    "price",
    "ends",
    "minimum",
    "times",
    "amount",
    "capitals",
    "percent",
    "before",
    "at",
    "seconds",
    "count",
    "standing",
    "left",
    "since",
    "ground",
    "prep",
    "countdown",
    "opens",
    "from",
    "until",
    "ended",
    "papers",
)
