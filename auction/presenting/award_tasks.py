"""The highest bidder's task list (B-18): what is to be done, until when, and what is done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from auction.presenting.awards import paper

Task = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the award has come. `*_due` are ends of days: 24:00 is the first instant too late."""

    papers_due: datetime
    missing: tuple[str, ...]
    filed_at: datetime | None
    examined_by: datetime | None
    """Until when the office examines."""
    now: datetime
    confirmed: bool
    voided: bool
    signed: frozenset[str]
    notice_url: str
    confirmation_url: str
    contract_workdays: int


def tasks(progress: Progress) -> list[Task]:
    """Tasks as macros/content.html lists them; `due` is an end of a day."""
    steps = [_papers(progress), _examination(progress), _notice(progress), _signing(progress)]
    steps.append(_contract(progress))
    if progress.voided:
        for step in steps[2:]:
            step.update(state="blocked", word=_("不再办理"), action=None, text=None)
    return [{"no": number, **step} for number, step in enumerate(steps, start=1)]


def _papers(progress: Progress) -> Task:
    task: Task = {"title": _("上传竞买资料"), "due": progress.papers_due}
    if progress.filed_at is not None:
        return task | {"state": "done", "word": _("已提交"), "due": None}
    if progress.voided or progress.now >= progress.papers_due:
        return task | {
            "state": "problem",
            "word": _("已逾期"),
            "text": _("期限已过，不能再上传。请与交易机构联系。"),
        }
    if progress.missing:
        names = _("、").join(paper(kind) for kind in progress.missing)
        text = _("还缺 %(n)s 项：%(names)s。", n=len(progress.missing), names=names)
    else:
        text = _("资料已齐，请签名提交。")
    return task | {
        "state": "now",
        "word": _("待办理"),
        "text": text,
        "late": _("逾期未提交的，成交结果可被作废，保证金依出让文件处理。"),
    }


def _examination(progress: Progress) -> Task:
    task: Task = {
        "title": _("资格审核"),
        "due": progress.examined_by,
        "text": _("由两名工作人员先后审核。审核通过之前，不算成交。"),
    }
    if progress.confirmed:
        return task | {"state": "done", "word": _("审核通过"), "due": None, "text": None}
    if progress.voided:
        return task | {"state": "problem", "word": _("未通过"), "due": None, "text": None}
    if progress.filed_at is None:
        return task | {"state": "later", "word": _("未开始")}
    return task | {"state": "now", "word": _("审核中")}


def _notice(progress: Progress) -> Task:
    task: Task = {"title": _("打印成交通知书")}
    if not progress.confirmed:
        return task | {"state": "later", "word": _("未开始")}
    return task | {
        "state": "done",
        "word": _("可打印"),
        "action": {"label": _("打开成交通知书"), "url": progress.notice_url},
    }


def _signing(progress: Progress) -> Task:
    task: Task = {"title": _("签订成交确认书")}
    if not progress.confirmed:
        return task | {"state": "later", "word": _("未开始")}
    action = {"label": _("打开成交确认书"), "url": progress.confirmation_url}
    if progress.signed >= {"winner", "grantor"}:
        return task | {"state": "done", "word": _("双方已签"), "action": action}
    if "winner" in progress.signed:
        return task | {"state": "later", "word": _("等待出让方签署"), "action": action}
    return task | {"state": "now", "word": _("待签署"), "action": action}


def _contract(progress: Progress) -> Task:
    return {
        "title": _("签订出让合同、缴纳价款"),
        "state": "later",
        "word": _("线下办理"),
        "text": _(
            "成交确认书签订之日起 %(n)s 个工作日内与出让方签订"
            "《国有建设用地使用权出让合同》，价款按合同缴纳。",
            n=progress.contract_workdays,
        ),
    }
