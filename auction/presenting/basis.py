"""The rule that decided a record of a lot's log, in words, with the values it compared."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from auction.core import events as e
from auction.core.profile import TimedTrigger
from auction.core.reasons import Reason
from auction.core.state import LotState, Stage, due, minimum_fen, phase_at
from auction.presenting import phases
from auction.presenting.bids import raise_rule
from auction.presenting.figures import amount, clock, day_clock, seconds
from auction.presenting.texts import listed


@dataclass(frozen=True, slots=True)
class Input:
    """One value that the rule compared."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Basis:
    """The rule that decided a record, in words, and its inputs in the order of comparison."""

    rule: str
    inputs: tuple[Input, ...]


def basis(record: e.Recorded, before: LotState, lead: int | None = None) -> Basis:
    """The rule that decided `record` on the state `before`, with what it compared."""
    event = record.event
    match event:
        case e.BidAccepted() | e.BidRefused() if before.profile is not None:
            return Basis(_bid_rule(event, before), _bid_inputs(record, event, before, lead))
        case e.ListingClosed() | e.AskOpened() | e.RoundOpened() if before.profile is not None:
            return Basis(_trigger_rule(before.terms.timed_trigger), _closing_inputs(before))
        case e.BiddingEnded() if before.profile is not None:
            deadline = due(before)
            shown = "-" if deadline is None else clock(deadline, True)
            inputs = [Input(_("截止时间"), shown), *_price_inputs(before, lead)]
            return Basis(_("截止时刻之前到达的报价都已判定，最高报价有效"), tuple(inputs))
        case e.BidUnheard():
            ended = "-" if before.ended_at is None else clock(before.ended_at, True)
            arrived = Input(_("到达时间"), clock(record.arrival, True))
            return Basis(
                _("截止之前到达的报价不得因系统原因丢失"),
                (arrived, Input(_("截止时间"), ended)),
            )
        case e.Admitted():
            digest = Input(_("身份摘要"), f"{event.commitment[:16]}…")
            return Basis(_("号牌在首次报价或挂牌截止时进入记录，竞价结束前不公开身份"), (digest,))
        case e.ClockOff():
            allowed = before.terms.max_clock_offset_ms if before.profile else 0
            inputs = [
                Input(_("时钟偏差"), _("%(ms)s 毫秒", ms=event.offset_ms)),
                Input(_("允许偏差"), _("%(ms)s 毫秒", ms=allowed)),
            ]
            return Basis(_("时钟偏差超过允许值时，不截止也不开始竞价，自动中止"), tuple(inputs))
        case e.OutageRecorded():
            limit = before.terms.unhealthy_autosuspend_s if before.profile else 0
            inputs = [
                Input(_("中断时长"), _("%(s)s 秒", s=seconds(event.end - event.start))),
                Input(_("自动中止界限"), _("%(s)s 秒", s=limit)),
            ]
            return Basis(_("系统中断越过截止时刻或长于界限的，竞价自中断之时起中止"), tuple(inputs))
        case e.CertificateEnded():
            inputs = [Input(_("证书摘要"), f"{event.certificate[:16]}…")]
            if event.evidence is not None:
                inputs.append(Input(_("吊销依据摘要"), f"{event.evidence[:16]}…"))
            return Basis(
                _("证书被吊销的，自本系统获知时起，到期的，自到期时起，不能再用于签名"),
                tuple(inputs),
            )
        case e.Terminated() | e.AwardConfirmed() | e.AwardVoided():
            people = listed(event.by)
            return Basis(_("须由两名工作人员分别提出和确认"), (Input(_("操作人"), people),))
        case e.RoundResumed() if before.profile is not None:
            terms = before.terms
            inputs = [
                Input(_("准备时间"), _("%(s)s 秒", s=terms.resume_prep_seconds)),
                Input(_("完整计时"), _("%(s)s 秒", s=terms.countdown_seconds)),
            ]
            return Basis(_("恢复后先有准备时间，再完整计时"), tuple(inputs))
        case e.ListingResumed() if before.listing_until is not None:
            inputs = [Input(_("原截止时间"), day_clock(before.listing_until))]
            if before.suspension is not None:
                inputs.insert(0, Input(_("中止时间"), day_clock(before.suspension.since)))
            return Basis(_("挂牌截止时间按中止的时长顺延"), tuple(inputs))
    phase = Input(_("此前阶段"), _phase(record, before))
    return Basis(_("此项操作在当时的阶段是允许的"), (phase,))


def _bid_rule(event: e.BidAccepted | e.BidRefused, before: LotState) -> str:
    if isinstance(event, e.BidRefused):
        words = {
            Reason.NOT_OPEN: _("挂牌开始之前不接受报价"),
            Reason.FREEZE: _("挂牌截止前的报价暂停时段不接受报价"),
            Reason.PREPARING: _("准备时间内不接受报价"),
            Reason.ASKING: _("询问是否参加限时竞价期间不接受报价"),
            Reason.ADJOURNED: _("当日休止后至次日继续之前不接受报价"),
            Reason.NOT_WILLING: _("询问时没有表示参加的竞买人不进入限时竞价"),
            Reason.CAP_REACHED: _("报价达到最高限价后不再接受报价"),
            Reason.ABOVE_CAP: _("报价不得高于最高限价"),
            Reason.SUSPENDED: _("中止期间不接受报价"),
            Reason.LATE: _("截止时刻起到达的报价无效，以完整到达服务器的时间为准"),
            Reason.NOT_ENTERED: _("只有挂牌期内已报价的竞买人可进入限时竞价"),
            Reason.ALREADY_LEADING: _("领先者不得自行加价"),
            Reason.OFF_SCALE: _(
                "报价须为 %(scale)s 的整数倍", scale=amount(before.terms.price_scale_fen)
            ),
        }
        if event.reason in words:
            return words[event.reason]
    if before.price_fen is None:
        return _("首次报价不得低于起始价")
    return raise_rule(before.terms, before.stage is Stage.ROUND)


def _bid_inputs(
    record: e.Recorded,
    event: e.BidAccepted | e.BidRefused,
    before: LotState,
    lead: int | None,
) -> tuple[Input, ...]:
    deadline = due(before) or before.ended_at
    inputs = [
        Input(_("到达时间"), clock(record.arrival, True)),
        Input(_("当时阶段"), _phase(record, before)),
    ]
    if deadline is not None:
        inputs.append(Input(_("当时截止时间"), _near(deadline, record.arrival)))
    inputs += _price_inputs(before, lead)
    if before.ended_at is None:
        inputs.append(Input(_("最低须报"), amount(minimum_fen(before))))
    inputs.append(Input(_("本次报价"), amount(event.amount_fen)))
    return tuple(inputs)


def _near(instant: datetime, other: datetime) -> str:
    """With the day where it is not the same hour's affair."""
    return clock(instant, True) if abs(instant - other) < timedelta(hours=1) else day_clock(instant)


def _price_inputs(before: LotState, lead: int | None) -> list[Input]:
    if before.price_fen is None or before.leader is None:
        return [Input(_("当时最高价"), _("尚无报价"))]
    told = _(
        "%(price)s（号牌 %(plate)s，第 %(no)s 号）",
        price=amount(before.price_fen),
        plate=before.leader,
        no="-" if lead is None else lead,
    )
    return [Input(_("当时最高价"), told)]


def _closing_inputs(before: LotState) -> tuple[Input, ...]:
    until = before.listing_until
    return (
        Input(_("挂牌截止时间"), "-" if until is None else day_clock(until)),
        Input(_("报过价的号牌"), listed(sorted(before.quoted)) or _("无")),
        Input(_("已进入记录的号牌"), str(len(before.admitted))),
    )


def _trigger_rule(trigger: TimedTrigger) -> str:
    match trigger:
        case TimedTrigger.QUOTED_GE_2:
            return _("挂牌截止时有两个以上竞买人报价的，进入限时竞价")
        case TimedTrigger.QUOTED_LAST_HOUR_GE_2:
            return _("挂牌截止前一小时内有两个以上竞买人报价的，进入限时竞价")
        case TimedTrigger.QUALIFIED_GE_2:
            return _("有两个以上竞买人取得资格的，进入限时竞价")
        case TimedTrigger.ASKED:
            return _("挂牌截止时询问竞买人，有足够的人愿意参加的，进入限时竞价")
        case TimedTrigger.ALWAYS:
            return _("有竞买人取得资格的，一律进入限时竞价")
        case TimedTrigger.NEVER:
            return _("本宗地不设限时竞价，挂牌截止时最高报价有效")


def _phase(record: e.Recorded, before: LotState) -> str:
    if before.stage is Stage.NONE:
        return _("尚未开始")
    return phases.word(phase_at(before, record.arrival))
