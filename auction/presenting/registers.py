"""Sentences for the centre's register log (official acts) and security log (everything that
never reached a lot's log)."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from auction.presenting import grounds
from auction.presenting.admin.common import register_sentence
from auction.presenting.texts import listed
from auction.services.audit import EVERY_LOT, Ground

_NAMES = ("lot", "by", "officer", "ground", "reason", "reference", "proposed_by", "notice")


def ground_word(ground: str) -> str:
    """On what ground identities were opened."""
    words = {
        Ground.COMPLAINT: _("异议、投诉核查"),
        Ground.ROUTINE: _("例行审计"),
        Ground.SUPERVISION: _("主管部门监督检查"),
        Ground.JUDICIAL: _("司法或监察机关调取"),
        "award_examination": _("竞得资格审核"),
    }
    return words.get(ground, grounds.word(ground))


def page_word(page: str) -> str:
    """Which page of a lot's events was opened."""
    words = {
        "events": _("记录列表"),
        "replay": _("逐条回放"),
        "export": _("导出文件"),
        "bid": _("报价案卷"),
        "absence": _("未到达案卷"),
        "findings": _("核验发现"),
        "export_events": _("全部记录（导出）"),
        "export_bids": _("报价（导出）"),
        "export_refusals": _("未接受的报价（导出）"),
        "export_staff": _("工作人员操作（导出）"),
        "export_identities": _("身份查看记录（导出）"),
        "export_security": _("安全日志（导出）"),
    }
    return words.get(page, page)


def type_word(kind: str) -> str:
    """What a kind of entry is called in a filter; one without a word is called by its name."""
    words = {
        "audit_read": _("审计阅读"),
        "audit_search": _("审计检索"),
        "finding_noted": _("核验发现的备注"),
        "identity_opened": _("查看身份"),
        "bid_not_qualified": _("无资格者的报价"),
        "bid_not_valid": _("无效的报价请求"),
        "session_taken": _("登录被取代"),
        "certificate_ended": _("证书停用"),
        "certificate_retired": _("证书停用（持有人）"),
        "lot_suspended": _("中止"),
        "lot_resumed": _("恢复"),
        "lot_terminated": _("终止"),
        "notice_published": _("公告发布"),
        "notice_approved": _("公告签批"),
        "statement_imported": _("导入到账明细"),
    }
    return words.get(kind, kind)


def sentence(kind: str, data: Mapping[str, Any]) -> str:
    """What an entry says; one of an unknown kind is called by its name, nothing is hidden."""
    values = {name: str(data.get(name, "-")) for name in _NAMES}
    values["by"] = str(data.get("by") or data.get("officer") or "-")
    values["notice"] = str(data.get("number") or data.get("notice") or "-")
    values["ground"] = ground_word(str(data.get("ground", "-")))
    told = _register(kind, values, data) or _security(kind, values, data)
    return told or _("登记事项 %(kind)s。", kind=kind)


def _register(kind: str, values: dict[str, str], data: Mapping[str, Any]) -> str | None:
    match kind:
        case "notice_submitted":
            return _("%(by)s 提交公告 %(notice)s 签批。", **values)
        case "notice_approved":
            return _("%(by)s 签批公告 %(notice)s。", **values)
        case "notice_returned":
            return _("%(by)s 退回公告 %(notice)s。", **values)
        case "notice_published":
            lots = listed(str(slug) for slug in data.get("lots", ()))
            return _("公告 %(notice)s 发布，宗地 %(lots)s 开始记录。", lots=lots, **values)
        case "lot_suspended":
            return _("%(by)s 中止宗地 %(lot)s。原因：%(ground)s。", **values)
        case "lot_resumed":
            return _("%(by)s 恢复宗地 %(lot)s。", **values)
        case "termination_proposed":
            return _("%(by)s 提出终止宗地 %(lot)s。原因：%(ground)s。", **values)
        case "termination_declined":
            return _("%(by)s 撤回或否决终止宗地 %(lot)s 的提议。", **values)
        case "lot_terminated":
            return _(
                "%(proposed_by)s 提出、%(by)s 确认，终止宗地 %(lot)s。原因：%(ground)s。", **values
            )
        case "statement_imported":
            return _("%(by)s 导入银行到账明细；导入人据此知悉付款人，已登记。", **values)
        case "award_proposed":
            return _("%(by)s 对宗地 %(lot)s 的竞得资格提出审核意见。", **values)
        case "award_proposal_returned":
            return _("%(by)s 撤回或退回宗地 %(lot)s 的审核意见。", **values)
        case "witness_contradicted":
            return _(
                "见证人 %(witness)s 拒绝为 %(origin)s 签名：与其此前签过的树头不一致。",
                witness=str(data.get("witness", "-")).split("+")[0],
                origin=str(data.get("origin", "-")),
            )
        case "revocation_list_taken" if values["by"] == "operator":
            return _(
                "运维人员从服务器命令行启用一份吊销列表，SHA-256 %(digest)s…。",
                digest=str(data.get("sha256", "-"))[:12],
            )
        case "revocation_list_taken":
            return _(
                "安全管理员 %(by)s 上传并启用一份吊销列表，SHA-256 %(digest)s…。",
                digest=str(data.get("sha256", "-"))[:12],
                **values,
            )
        case "enrolment_opened":
            return _("安全管理员 %(by)s 打开一份登记申请。", **values)
        case "enrolment_decided":
            return _enrolment(values, data)
        case "change_proposed" | "change_adopted" | "change_decided":
            return register_sentence(kind, data)
        case "officers_appointed":
            names = listed(str(name) for name in data.get("names", ()))
            return _("运维人员任命首批安全管理员：%(names)s。", names=names)
        case "finding_noted":
            return _(
                "审计人员 %(by)s 对 %(log)s 的一处核验发现（%(fault)s）作出备注。",
                log=data.get("log", "-"),
                fault=data.get("fault", "-"),
                **values,
            )
        case "identity_opened" if "plate" in data:
            return _(
                "%(by)s 查看宗地 %(lot)s 号牌 %(plate)s 的身份。事由：%(ground)s。",
                plate=data["plate"],
                **values,
            )
        case "identity_opened":
            return _(
                "%(by)s 查看宗地 %(lot)s 全部竞买人的身份。事由：%(ground)s，%(reason)s。", **values
            )
    return None


def _enrolment(values: dict[str, str], data: Mapping[str, Any]) -> str:
    match data.get("outcome"), data.get("by"):
        case "bound", "policy":
            return _("一张证书按规则自动登记。")
        case "bound", _:
            return _("安全管理员 %(by)s 登记一张证书。", **values)
        case _:
            return _("安全管理员 %(by)s 退回一份登记申请。", **values)


def _security(kind: str, values: dict[str, str], data: Mapping[str, Any]) -> str | None:
    match kind:
        case "bid_not_qualified":
            return _("宗地 %(lot)s 收到无竞买资格者的报价请求，未进入交易记录。", **values)
        case "bid_not_valid":
            return _(
                "宗地 %(lot)s 收到签名或内容无效的报价请求（%(code)s），未进入交易记录。",
                code=data.get("code", "-"),
                **values,
            )
        case "session_taken":
            return _("同一证书在另一处登录，经持有人确认，先前的登录已结束。")
        case "certificate_ended" if data.get("ground") == "revoked":
            return _("获知一张已登记的证书被吊销，其登录已结束。")
        case "certificate_ended":
            return _("一张已登记的证书到期，其登录已结束。")
        case "certificate_retired":
            return _("一个主体停用了自己的一张证书。")
        case "audit_search":
            return _(
                "审计人员 %(by)s 检索 %(words)s，得 %(hits)s 条。",
                words="、".join(map(str, data.get("words", ()))) or "-",
                hits=data.get("hits", "-"),
                **values,
            )
        case "audit_read" if data.get("lot") == EVERY_LOT:
            return _(
                "审计人员 %(by)s 打开全部宗地的%(page)s。",
                page=page_word(str(data.get("page", "-"))),
                **values,
            )
        case "audit_read":
            return _(
                "审计人员 %(by)s 打开宗地 %(lot)s 的%(page)s。",
                page=page_word(str(data.get("page", "-"))),
                **values,
            )
    return None
