"""The desk: what is to be done today, this week, later; one line a task, one click to the place."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from auction.core.notice_checks import last_day
from auction.core.notice_codec import notice_from_dict
from auction.core.profile import RuleProfile
from auction.core.state import Stage
from auction.core.workdays import BEIJING, CALENDAR_2024, ONE_DAY, beijing_date
from auction.presenting import notices as wording
from auction.services import duty, notices, relisting, reserve_entry
from auction.services.house import current_house
from auction.services.people import Actor
from auction.store.base import db
from auction.store.projection import state_of
from auction.store.sales import Lot, Notice, NoticeStatus, SaleKind
from auction.web.guards import OFFICE, audience
from auction.web.office.common import bp, link, signed_in

RECENT = 8


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the desk; `mine` is what waits for the person who reads."""

    title: str
    word: str
    text: str
    due: datetime | None
    meaning: str
    url: str | None
    action: str
    mine: bool
    practice: bool
    urgent: bool = False


@bp.get("/")
@audience(*OFFICE)
def home() -> str:
    """Everything that waits for the office, by the instant at which it is due."""
    now, actor = current_house().now(), signed_in()
    tasks = [_notice_task(row, actor, now) for row in notices.in_office()]
    tasks += [_award_task(lot, actor) for lot in _to_examine()]
    tasks += [task for lot in duty.open_lots() if (task := _reserve_task(lot, now)) is not None]
    tasks.sort(key=lambda task: (task.due is None, task.due or now, task.title))
    midnight = datetime.combine(beijing_date(now) + ONE_DAY, datetime.min.time(), BEIJING)
    week = midnight + timedelta(days=6)
    groups = [
        (_("今日须办"), [t for t in tasks if t.urgent or (t.due is not None and t.due < midnight)]),
        (_("本周到期"), [t for t in tasks if _between(t, midnight, week)]),
        (_("以后"), [t for t in tasks if not t.urgent and (t.due is None or t.due >= week)]),
    ]
    return render_template(
        "office/desk.html",
        groups=groups,
        recent=_recent(),
        again=_to_list_again(),
        drafter="drafter" in actor.roles,
        breadcrumbs=[
            {"label": _("首页"), "url": url_for("public.home")},
            {"label": _("今日事项"), "url": None},
        ],
        page_class="office",
    )


def _between(task: Task, start: datetime, end: datetime) -> bool:
    return not task.urgent and task.due is not None and start <= task.due < end


def _notice_task(row: Notice, actor: Actor, now: datetime) -> Task:
    start = notice_from_dict(row.facts).windows.notice.start if row.facts else None
    own = row.drafted_by == actor.officer_id
    title = row.number or _("未编号的公告")
    review = url_for("office.review", notice_id=row.id)
    word, practice = wording.status(row.status), row.kind != "real"
    match NoticeStatus(row.status):
        case NoticeStatus.DRAFT | NoticeStatus.RETURNED:
            returned = row.status == NoticeStatus.RETURNED
            text = (
                _("退回意见：%(comment)s", comment=row.returned_because)
                if returned
                else _("尚未提交签批。")
            )
            edit = url_for("office.edit", notice_id=row.id)
            return Task(
                title,
                word,
                text,
                start,
                _("公告开始，须在此前签批"),
                edit if own else None,
                _("修改后重新提交") if returned else _("继续起草"),
                own,
                practice,
                urgent=own and returned,
            )
        case NoticeStatus.SUBMITTED:
            may = "approver" in actor.roles and not own
            return Task(
                title,
                word,
                _("须由起草人以外的签批人签名。"),
                start,
                _("公告开始，须在此前签批"),
                review,
                _("阅读并签批") if may else _("查看"),
                may,
                practice,
                urgent=start is None or start <= now,
            )
    missed = notices.missed(row, now)
    return Task(
        title,
        word,
        _("已错过签批的发布时刻，公告期不足，须退回顺延时间。")
        if missed
        else _("已签批，到时自动发布。"),
        row.publish_at,
        _("发布时刻"),
        review,
        _("退回起草人") if missed else _("查看"),
        missed and "approver" in actor.roles,
        practice,
        urgent=missed,
    )


def _reserve_task(lot: Lot, now: datetime) -> Task | None:
    """The sealed reserve that two officers have still to enter; missed, there is none."""
    state = state_of(lot)
    window = reserve_entry.window_of(state)
    if window is None or state.stage is not Stage.LISTING or state.reserve is not None:
        return None
    if now >= window.end:
        return None
    waiting = reserve_entry.waiting(lot) is not None
    return Task(
        lot.code,
        _("等待第二人") if waiting else _("待录入底价"),
        _("底价由两名工作人员先后录入同一金额；没有录入的，视为不设底价。"),
        window.end,
        _("录入截止"),
        link("office.reserve_page", ref=lot),
        _("录入底价"),
        window.holds(now),
        lot.kind != "real",
        urgent=window.holds(now),
    )


def _award_task(lot: Lot, actor: Actor) -> Task:
    held = lot.stage == Stage.RESULT_HELD
    return Task(
        lot.code,
        _("结果待核") if held else _("待资格审核"),
        _("有截止前到达而未及判定的报价，结果暂不生效。")
        if held
        else _("最高报价人上传资料后，由两人审核。"),
        _papers_due(lot),
        _("最高报价人上传资料的最后期限"),
        link("office.held_page" if held else "awards.examine", ref=lot),
        _("核定") if held else _("审核"),
        "approver" in actor.roles or "drafter" in actor.roles,
        lot.kind != "real",
        urgent=held,
    )


def _papers_due(lot: Lot) -> datetime | None:
    if lot.ended_at is None:
        return None
    terms = RuleProfile.from_dict(lot.terms)
    last = last_day(
        beijing_date(lot.ended_at),
        terms.winner_submit_days,
        terms.winner_submit_unit,
        CALENDAR_2024,
    )
    return datetime.combine(last + ONE_DAY, datetime.min.time(), BEIJING)


def _to_examine() -> list[Lot]:
    stages = [str(Stage.AWARD_PENDING), str(Stage.RESULT_HELD)]
    return list(db.session.scalars(select(Lot).where(Lot.stage.in_(stages)).order_by(Lot.slug)))


def _to_list_again() -> list[Lot]:
    """Lots that found no buyer and are not yet listed again; a rehearsal's only in a demo."""
    demo = current_house().site.demo
    kinds = (SaleKind.REAL, SaleKind.REHEARSAL) if demo else (SaleKind.REAL,)
    return relisting.ready(kinds)


def _recent() -> list[Notice]:
    query = (
        select(Notice)
        .where(Notice.status == str(NoticeStatus.PUBLISHED))
        .order_by(Notice.published_at.desc())
        .limit(RECENT)
    )
    return list(db.session.scalars(query))
