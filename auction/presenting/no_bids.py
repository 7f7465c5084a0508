"""What a bidder is told when his request is no recorded bid, or its verdict is not known yet."""

from collections.abc import Mapping
from datetime import datetime

from auction.presenting import sign_in
from auction.presenting.figures import clock
from auction.presenting.said import Said
from auction.presenting.texts import gettext as _


def queued(arrival: datetime) -> Said:
    """The bid is in, its verdict is not: the arrival decides, however long it takes (R-65)."""
    return Said(
        _("已收到，正在排队判定。"),
        _("到达时间 %(at)s 已登记，按此时间判定。", at=clock(arrival, True)),
        tone="amber",
        code="QUEUED",
    )


def not_decided(arrival: datetime) -> Said:
    """The database failed: nothing was decided, and the same statement may be sent again."""
    return Said(
        _("系统暂时不能判定这笔报价，没有记录。"),
        _(
            "%(at)s 到达。请重新发送同一笔：同一笔报价重复发送，只会记录一次。如持续出现，"
            "本场将按系统故障中止。",
            at=clock(arrival, True),
        ),
        tone="cinnabar",
        code="NOT_DECIDED",
    )


def not_received() -> Said:
    """The end of M9: nothing of this statement ever arrived."""
    return Said(
        _("服务器没有收到这笔报价。"),
        _("它没有生效。签名原件已保存在本机，可作为证据下载。"),
        tone="amber",
        code="NOT_RECEIVED",
    )


def rejected(code: str, facts: Mapping[str, int | str]) -> Said:
    """Why a request was no bid of a qualified bidder, or could not be decided."""
    kept = _("此次请求没有记入报价记录。")
    match code:
        case "NOT_SIGNED_IN":
            return Said(
                _("您尚未登录，报价未提交。"), _("请用数字证书登录后再报价。"), kept, code=code
            )
        case "NOT_A_BIDDER" | "OBSERVER":
            return Said(
                _("您正在旁观，不能报价。"),
                _("请以竞买人的数字证书登录，进入竞价席。"),
                kept,
                code=code,
            )
        case "NOT_QUALIFIED" | "PLATE_NOT_ADMITTED":
            return Said(
                _("您没有本宗地的竞买资格，报价未提交。"),
                _("取得《网上竞买资格确认书》后才能报价。请查看本宗地任务单。"),
                kept,
                code=code,
            )
        case "ONE_AT_A_TIME":
            return Said(
                _("上一笔报价还没有结果，这一笔没有提交。"),
                _("同一竞买人同时只能有一笔报价在判定中。请等上一笔的结果。"),
                kept,
                code=code,
            )
        case "TOO_MANY":
            return Said(
                _("提交过于频繁，这一笔没有提交。"), _("请等一秒钟再报价。"), kept, code=code
            )
        case "HEAD_UNKNOWN":
            return Said(
                _("您签名时所见的记录与服务器的记录不一致，报价未提交。"),
                _(
                    "请刷新本页，核对现价和核对码后重新报价。如再次出现，"
                    "请下载本机记录并致电监督电话。"
                ),
                kept,
                "cinnabar",
                code,
            )
        case "TICKET_EXPIRED":
            return Said(
                _("核对签名超时，报价未提交。"),
                _("服务器没有判定这笔报价。请核对现价后重新报价。"),
                kept,
                code=code,
            )
        case "STATEMENT_MISMATCH" if facts.get("field") == "rules":
            return Said(
                _("公告已变更，报价未提交。"),
                _("您的申请继续有效；请阅读新版本后再报价。"),
                kept,
                code="TERMS_CHANGED",
            )
        case "STATEMENT_MISMATCH":
            return Said(
                _("签名内容与本场不符，报价未提交。"),
                _("请刷新本页后重新报价。"),
                kept,
                code=code,
            )
        case "STATEMENT_BAD_VALUE" if facts.get("field") == "amount":
            return Said(
                _("金额不是有效的数字，报价未提交。"),
                _("请输入以万元为单位的金额，最多六位小数。"),
                kept,
                code=code,
            )
    if code.startswith("STATEMENT"):
        return Said(
            _("签名没有通过核对，报价未提交。"),
            _("请重新报价；如再次出现，请检查数字证书。"),
            kept,
            code=code,
        )
    said = sign_in.explain(code)
    return Said(said.title, said.body, kept, said.tone, code)
