"""What follows the highest bid, in words: outcomes, refusals, papers, grounds, tasks."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask_babel import gettext as _

from auction.core.workdays import BEIJING
from auction.presenting import sign_in
from auction.presenting.figures import amount, clock
from auction.presenting.said import Said

Facts = Mapping[str, int | str]
_MOMENT = timedelta(microseconds=1)
_MEGABYTE = 1024 * 1024


def day_before(due: datetime) -> str:
    """The day that ends at `due`, e.g. `11月16日（周六）` of an instant at midnight after it."""
    local = (due - _MOMENT).astimezone(BEIJING)
    days = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
    return _(
        "%(month)s月%(day)s日（%(weekday)s）",
        month=local.month,
        day=local.day,
        month_name=local.strftime("%B"),
        weekday=days[local.weekday()],
    )


def paper(kind: str) -> str:
    """The name of a paper that the highest bidder files."""
    return {
        "application": _("竞买申请书"),
        "identity": _("营业执照或者身份证明"),
        "representative": _("法定代表人身份证明"),
        "authorisation": _("授权委托书及受托人身份证明"),
        "payment": _("竞买保证金缴纳凭证"),
    }[kind]


def ground(code: str) -> str:
    """Why an award is void."""
    return {
        "PAPERS_NOT_FILED": _("逾期未提交竞买资料"),
        "PAPERS_INSUFFICIENT": _("竞买资料不符合出让文件要求"),
        "PAPERS_FALSE": _("提供虚假资料"),
        "NOT_ELIGIBLE": _("不具备竞买资格"),
        "REFUSED_TO_SIGN": _("拒绝签订成交确认书"),
    }[code]


# --- outcomes (M15) -------------------------------------------------------------------------


def highest(price_fen: int, ended_at: datetime, papers_due: datetime, papers: int) -> Said:
    """To the highest bidder, before the examination: nothing is final yet."""
    return Said(
        _("您是最高报价人：%(amount)s。", amount=amount(price_fen)),
        _(
            "%(at)s 结束。是否成交须经资格审核：请在 %(day)s24:00 前上传 %(n)s 项资料。",
            at=clock(ended_at, ended_at.microsecond > 0),
            day=day_before(papers_due),
            n=papers,
        ),
        tone="blue",
        code="HIGHEST",
    )


def not_highest(
    price_fen: int, plate: str, ended_at: datetime, refund_due: datetime | None
) -> Said:
    """To everybody else who took part; `refund_due` only for those who paid a deposit."""
    title = _("竞价结束，您不是最高报价人。")
    told = _(
        "%(at)s 结束。最高报价 %(amount)s，号牌 %(plate)s。",
        at=clock(ended_at, ended_at.microsecond > 0),
        amount=amount(price_fen),
        plate=plate,
    )
    if refund_due is None:
        return Said(title, told, tone="blue", code="NOT_HIGHEST")
    body = _(
        "%(told)s您的保证金最迟 %(day)s退回原账户，无需申请。",
        told=told,
        day=day_before(refund_due),
    )
    return Said(title, body, tone="blue", code="NOT_HIGHEST")


def partner() -> Said:
    """To a partner of joint bidders, for whom the lead acts."""
    return Said(
        _("你方联合竞买的报价最高，由牵头方办理后续手续。"),
        _("资料、成交通知书和成交确认书由牵头方上传和签署，请与牵头方联系。"),
        tone="blue",
        code="JOINT_LEAD_ACTS",
    )


def no_award(stage: str) -> Said:
    """Why there is no highest bidder to deal with."""
    match stage:
        case "unsold":
            return Said(
                _("未成交：无人报价。"),
                _("本宗地可能重新公告，可订阅提醒。"),
                tone="blue",
                code="UNSOLD",
            )
        case "terminated":
            return Said(
                _("已终止（不再进行）。"),
                _("本场交易已终止，已缴保证金原路退回，无需申请。"),
                tone="cinnabar",
                code="LOT_TERMINATED",
            )
        case "result_held":
            return Said(
                _("结果待核。"),
                _("有一笔截止前到达的报价在竞价结束后才处理，结果由两名工作人员核定后公布。"),
                code="RESULT_HELD",
            )
    return Said(
        _("竞价尚未结束。"),
        _("结束后，最高报价人在本页办理成交手续。"),
        tone="blue",
        code="BIDDING_NOT_ENDED",
    )


def void(code: str) -> Said:
    """The award is void; the deposit is decided by people."""
    return Said(
        _("成交作废：%(ground)s。", ground=ground(code)),
        _(
            "成交结果无效，不递补其他竞买人，本宗地可重新公告。保证金的处理由两名工作人员依出让文件另行决定，系统不自动没收。"
        ),
        tone="cinnabar",
        code="AWARD_VOID",
    )


# --- refusals -------------------------------------------------------------------------------


def explain(code: str, facts: Facts | None = None) -> Said:
    """The sentence for a code of AwardError, of the engine, or of the certificate room."""
    facts = facts or {}
    for words in (_of_papers, _of_examination, _of_documents):
        said = words(code, facts)
        if said is not None:
            return Said(said[0], said[1], code=code)
    if code.startswith(("CERT", "STATEMENT_WRONG_AUDIENCE")):
        known = sign_in.explain(code)
        return Said(known.title, known.body, tone=known.tone, code=code)
    return Said(
        _("签名没有通过核对，没有处理。"),
        _("请刷新页面后重新签名；如再次出现，请到设备检测页检查证书。"),
        code=code,
    )


def _of_papers(code: str, facts: Facts) -> tuple[str, str] | None:
    match code:
        case "NO_AWARD" | "BIDDING_NOT_ENDED":
            return _("本宗地现在没有最高报价人，不能办理。"), _("请等待竞价结束。")
        case "NOT_HIGHEST":
            return _("您不是本宗地的最高报价人，不能提交资料。"), _("请核对登录的身份和宗地。")
        case "NOT_PENDING":
            return (
                _("本宗地现在不在资格审核阶段，没有处理。"),
                _("请刷新页面，查看最新状态。"),
            )
        case "PAPERS_LATE":
            return (
                _("资料提交期限已过，没有接收。"),
                _("如有特殊情况，请立即与交易机构联系；是否作废由两名工作人员决定。"),
            )
        case "UNDER_EXAMINATION":
            return (
                _("资料正在审核，暂不能更改。"),
                _("如需补正，请联系交易机构退回后再上传。"),
            )
        case "PAPER_UNKNOWN":
            return _("没有这一项资料。"), _("请从资料清单中选择要上传的项目。")
        case "PAPER_EMPTY":
            return _("没有选择文件，或者文件是空的。"), _("请重新选择文件后上传。")
        case "PAPER_TYPE":
            return (
                _("只接收 PDF、PNG、JPEG 文件。"),
                _("按文件内容识别，改扩展名无效。请转换格式后重新上传，其他已上传的资料不受影响。"),
            )
        case "PAPER_TOO_LARGE":
            return (
                _("文件超过 %(n)s MB。", n=int(facts.get("limit", 10 * _MEGABYTE)) // _MEGABYTE),
                _("请压缩后重新上传，其他已上传的资料不受影响。"),
            )
        case "PAPERS_INCOMPLETE":
            kinds = [paper(kind) for kind in str(facts.get("missing", "")).split(",") if kind]
            return (
                _("资料不齐，没有提交。"),
                _("还缺：%(papers)s。请补齐后再签名提交。", papers=_("、").join(kinds)),
            )
    return None


def _of_examination(code: str, facts: Facts) -> tuple[str, str] | None:
    match code:
        case "NOT_AN_EXAMINER":
            return _("您的岗位不能审核。"), _("审核由起草或签批岗位的工作人员办理。")
        case "IDENTITY_SEALED":
            return (
                _("最高报价人的身份尚未向您打开。"),
                _("请先在本宗地的审核页打开身份；打开会写入登记。"),
            )
        case "PROPOSAL_EXISTS":
            return _("已有一项审核意见等待第二人处理。"), _("请先确认或退回该意见。")
        case "PAPERS_NOT_THERE":
            return _("最高报价人尚未签名提交资料，不能认定合格。"), _("请等待资料提交。")
        case "PAPERS_STILL_DUE":
            return _("资料提交期限尚未届满，不能以逾期为由作废。"), _("请在期限届满后再提出。")
        case "PAPERS_THERE":
            return (
                _("资料已经提交，不能以逾期未提交为由作废。"),
                _("如资料不符合要求，请选择相应的原因。"),
            )
        case "WINNER_HAS_SIGNED":
            return _("竞得人已经签署成交确认书，不能以拒签为由作废。"), _(
                "请核对后选择相应的原因。"
            )
        case "DECISION_MISSING":
            return _("没有选择审核意见。"), _("请选择合格或者作废。")
        case "GROUND_UNKNOWN":
            return _("没有选择作废的原因。"), _("作废必须有原因，原因将公开。")
        case "NOTE_MISSING":
            return _("没有写明理由。"), _("请写明事实和依据；理由加密保存，不公开。")
        case "NOTE_TOO_LONG":
            return _("理由超过 %(n)s 字。", n=facts.get("limit", "")), _("请精简后重新提交。")
        case "NO_PROPOSAL":
            return _("没有等待确认的审核意见。"), _("请刷新页面，查看最新状态。")
        case "PROPOSAL_CHANGED":
            return _("审核意见刚刚有变动，没有确认。"), _("请刷新页面，重新核对后再确认。")
        case "TWO_PERSONS_NEEDED":
            return (
                _("须由另一名工作人员确认。"),
                _("提出意见的人不能确认自己的意见。"),
            )
    return None


def _of_documents(code: str, facts: Facts) -> tuple[str, str] | None:
    match code:
        case "NOT_CONFIRMED":
            return (
                _("资料尚未审核通过，还没有成交文书。"),
                _("两名工作人员审核通过后，即可打印成交通知书、签署成交确认书。"),
            )
        case "NOT_A_PARTY":
            return (
                _("您不是成交确认书的签署方。"),
                _("由最高报价人和出让方的签批人签署。"),
            )
        case "ALREADY_SIGNED":
            return _("这一方已经签署。"), _("请刷新页面，查看签署情况。")
        case "WRONG_STAGE":
            return _("当前阶段不能进行此操作。"), _("请刷新页面，查看最新状态。")
        case "STATEMENT_MISMATCH":
            return (
                _("签名的内容与现在的内容不一致，没有处理。"),
                _("页面打开后内容有变动。请刷新页面，核对后重新签名。"),
            )
        case "OUTCOME_UNKNOWN":
            return (
                _("已提交，结果尚未返回。"),
                _("请不要重复操作；稍后刷新页面查看结果。"),
            )
    return None
