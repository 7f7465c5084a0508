"""The bidder's task list for one lot: seven rows, each with one state, one sentence, one action."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from auction.core.profile import TimedEntry
from auction.presenting.figures import amount, day_clock
from auction.services.application_form import ONE_SECOND
from auction.services.workbench import Standing
from auction.store.sales import SaleKind
from auction.store.seats import CreditVerdict

Task = dict[str, Any]
Url = Callable[[str], str | None]
"""Address of `documents`, `apply`, `joint`, `deposit`, `certificate`, `hall`, `card`, `check`,
`profile`; or None."""

SPARE_BEFORE = timedelta(days=3)
"""How long before the close of the listing a spare certificate should be enrolled (B-11)."""

_WAITING = {CreditVerdict.NO_TIME, CreditVerdict.SURPLUS}


@dataclass(frozen=True, slots=True)
class TaskList:
    """The rows, and the one sentence above them: what is next and until when."""

    rows: tuple[Task, ...]
    next_step: str
    until: datetime | None


def tasks(
    stands: Standing, now: datetime, url: Url, advised: date | None, *, spare: bool
) -> TaskList:
    """The task list of one lot; `advised` is the working day before a deadline on a day off,
    `spare` whether the bidder has a second certificate to act with."""
    if stands.partner:
        return TaskList((_partner(stands, url),), _("牵头方代表联合体报价，您无需操作。"), None)
    steps = (
        _reading(stands, now, url),
        _application(stands, now, url),
        _consents(stands, url),
        _deposit(stands, now, url),
        _certificate(stands, url),
        _quote(stands, now, url),
        _day(stands, now, url, spare),
    )
    rows = tuple({"no": number, **step} for number, step in enumerate(steps, start=1))
    if stands.over:
        rows = tuple(_closed(row) for row in rows)
        return TaskList(rows, _("本宗地交易已经结束。"), None)
    present = next((row for row in rows if row["state"] in ("now", "problem")), None)
    if present is None:
        return TaskList(rows, _("现在没有需要您办理的事项。"), None)
    return TaskList(rows, _next(present, stands, advised), present.get("at"))


def _next(task: Task, stands: Standing, advised: date | None) -> str:
    if task["no"] != 4:
        return _("下一步：%(title)s。", title=task.get("next", task["title"]))
    first = _(
        "下一步：缴纳保证金 %(amount)s，银行入账须在 %(until)s 前（含）。",
        amount=amount(stands.terms.deposit_fen),
        until=day_clock(stands.terms.deposit_until),
    )
    if advised is None:
        return first
    return _(
        "%(first)s建议 %(month)s月%(day)s日前完成。",
        first=first,
        month=advised.month,
        day=advised.day,
    )


def _row(title: str, state: str, word: str, text: str = "", **more: Any) -> Task:
    return {"title": title, "state": state, "word": word, "text": text, **more}


def _action(label: str, address: str | None) -> dict[str, str] | None:
    return None if address is None else {"label": label, "url": address}


def _reading(stands: Standing, now: datetime, url: Url) -> Task:
    title = _("阅读规则与出让文件")
    if stands.reading is not None:
        return _row(
            title,
            "done",
            _("已签收"),
            _("%(at)s 签收。", at=day_clock(stands.reading.signed_at)),
            action=_action(_("查看文件"), url("documents")),
        )
    if stands.seat is not None:
        return _row(title, "done", _("已接受"), _("您的申请书已列明所接受文件的摘要。"))
    if now >= stands.terms.apply_until:
        return _row(title, "blocked", _("已截止"), _("申请时间已过。"))
    return _row(
        title,
        "now",
        _("待办理"),
        _("公告、竞买须知和申请书样式，不登录也可阅读；读后用证书签收。"),
        at=stands.terms.apply_until,
        bound="before",
        action=_action(_("阅读并签收"), url("documents")),
    )


def _application(stands: Standing, now: datetime, url: Url) -> Task:
    title, terms = _("提交竞买申请"), stands.terms
    if stands.seat is not None:
        return _row(
            title,
            "done",
            _("已提交"),
            _(
                "%(at)s 提交，竞买号牌 %(plate)s。",
                at=day_clock(stands.seat.applied_at),
                plate=stands.seat.plate,
            ),
        )
    if now < terms.apply_from:
        return _row(title, "later", _("未开始"), at=terms.apply_from, bound="opens", action=None)
    if now >= terms.apply_until:
        return _row(title, "blocked", _("已截止"), _("申请时间已过，未提交申请。"))
    if now >= terms.deposit_until + ONE_SECOND:
        return _row(
            title,
            "blocked",
            _("不能办理"),
            _("保证金截止时间已过，现在提交的申请不能取得竞买资格。"),
        )
    return _row(
        title,
        "later" if stands.reading is None or stands.joint is not None else "now",
        _("待办理"),
        _("单独或联合申请，用证书签名。申请内容在交易结束前保密。"),
        at=terms.apply_until,
        bound="before",
        action=_action(_("填写申请"), url("apply")) if stands.joint is None else None,
    )


def _consents(stands: Standing, url: Url) -> Task:
    title, shared = _("联合体成员同意"), stands.joint
    if shared is None:
        word = _("不需要") if stands.seat else _("视申请方式")
        return _row(title, "done" if stands.seat else "later", word, _("单独申请不需要这一步。"))
    signed = sum(at is not None for _name, at in shared.signed)
    text = _("%(n)s 个联合方中 %(signed)s 个已签名同意。", n=len(shared.signed), signed=signed)
    if shared.filed:
        return _row(title, "done", _("已完成"), text)
    if not shared.leads:
        word = _("待您同意")
        return _row(title, "now", word, text, action=_action(_("查看联合申请"), url("joint")))
    state, word = ("now", _("可以提交")) if shared.complete else ("later", _("等待签名"))
    return _row(title, state, word, text, action=_action(_("查看联合申请"), url("joint")))


def _deposit(stands: Standing, now: datetime, url: Url) -> Task:
    title, terms = _("缴纳保证金"), stands.terms
    due = {"at": terms.deposit_until, "bound": "through"}
    if stands.seat is None:
        return _row(title, "later", _("未开始"), _("提交申请后生成专用账号。"), **due)
    action = _action(_("保证金页"), url("deposit"))
    if stands.seat.qualified_at is not None:
        return _row(title, "done", _("已到账"), amount(terms.deposit_fen), action=action)
    failed = [c for c in stands.credits if CreditVerdict(c.verdict) not in _WAITING]
    if now >= terms.deposit_until + ONE_SECOND and not failed:
        text = _("截止时间已过，尚无银行到账数据。截止前入账、稍后到数的款项仍然有效。")
        return _row(title, "blocked", _("已截止"), text, action=action)
    if failed:
        text = _("已到的款项不符合要求，请打开保证金页查看原因和办法。")
        return _row(title, "problem", _("需处理"), text, action=action, **due)
    if stands.credits:
        return _row(title, "now", _("待判定"), _("等待银行补充入账时刻。"), action=action, **due)
    text = _(
        "%(amount)s，由基本户一次性汇入您的专用账号。",
        amount=amount(terms.deposit_fen),
    )
    return _row(title, "now", _("待缴纳"), text, action=action, **due)


def _certificate(stands: Standing, url: Url) -> Task:
    title = _("取得资格确认书")
    if stands.seat is None or stands.seat.qualified_at is None:
        return _row(title, "later", _("未开始"), _("保证金足额到账后自动生成，无需申请。"))
    return _row(
        title,
        "done",
        _("已生成"),
        _("%(at)s 取得竞买资格。", at=day_clock(stands.seat.qualified_at)),
        action=_action(_("打开资格确认书"), url("certificate")),
    )


def _quote(stands: Standing, now: datetime, url: Url) -> Task:
    title = _("报价")
    until = stands.lot.listing_until or stands.terms.listing_until
    action = _action(_("去报价"), url("hall"))
    if stands.quoted:
        return _row(title, "done", _("已报价"), _("您在挂牌期内已有有效报价。"), action=action)
    due = {"at": until, "bound": "before"}
    if stands.seat is None or stands.seat.qualified_at is None:
        return _row(title, "later", _("未开始"), _("取得竞买资格后可以报价。"), **due)
    if now < stands.terms.listing_from:
        opens = {"at": stands.terms.listing_from, "bound": "opens"}
        return _row(title, "later", _("未开始"), _("挂牌开始后可以报价。"), **opens)
    if now >= until and stands.terms.timed_entry is TimedEntry.QUOTED_ONLY:
        text = _("挂牌期内没有报价，不能参加限时竞价。")
        return _row(title, "blocked", _("已截止"), text, action=action)
    return _row(
        title,
        "now",
        _("尚未报价"),
        _("只有挂牌期内已报价的竞买人可进入限时竞价。")
        if stands.terms.timed_entry is TimedEntry.QUOTED_ONLY
        else _("取得资格的竞买人均可参加限时竞价。"),
        action=action,
        **due,
    )


def _day(stands: Standing, now: datetime, url: Url, spare: bool) -> Task:
    title = _("竞价日准备")
    until = stands.lot.listing_until or stands.terms.listing_until
    text = _("打印竞价日提示卡，检查证书和网络。请勿在最后一分钟才报价。")
    check = _action(_("开市前检测设备"), url("check"))
    if stands.seat is None or stands.seat.qualified_at is None:
        return _row(title, "later", _("未开始"), text, action=check)
    card = _action(_("竞价日提示卡"), url("card"))
    if spare or now >= until or stands.lot.kind == SaleKind.PRACTICE:
        return _row(title, "later", _("可办理"), text, at=until, action=card, more=[check])
    asked = until - SPARE_BEFORE
    return _row(
        title,
        "now",
        _("请登记备用证书"),
        _("您只有一张可用的证书，锁死或丢失时不能报价。备用证书在同一号牌下报价。"),
        at=asked if now < asked else until,
        bound=_("此后仍可登记，但请勿等到竞价日。") if now < asked else "before",
        next=_("登记备用证书"),
        action=_action(_("登记备用证书"), url("profile")),
        more=[card, check],
    )


def _partner(stands: Standing, url: Url) -> Task:
    return {
        "no": 1,
        **_row(
            _("联合体成员同意"),
            "done",
            _("已同意"),
            _("您以联合方身份参加，由牵头方报价。"),
            action=_action(_("查看联合申请"), url("joint")),
        ),
    }


def _closed(row: Task) -> Task:
    if row["state"] in ("now", "problem", "later"):
        return row | {"state": "blocked", "word": _("已结束"), "at": None}
    return row
