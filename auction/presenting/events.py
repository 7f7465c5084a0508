"""One sentence for each record of a lot's log.

For readers of the log (auditors, later the public): who is meant is a plate, never a name. A
sentence says what arrived when, what it was compared with, and what became of it.
"""

from flask_babel import gettext as _

from auction.core import events as e
from auction.core.parameters import CertificateGround
from auction.core.state import LotState, minimum_fen
from auction.presenting import awards, grounds, refusals, round_events
from auction.presenting.bids import raise_rule
from auction.presenting.figures import amount, clock, day_clock, seconds
from auction.services.awards import GROUNDS


def type_word(name: str) -> str:
    """What a type of record is called."""
    words = {
        "lot_opened": _("记录开始"),
        "admitted": _("资格确认"),
        "bid_accepted": _("报价已记录"),
        "bid_refused": _("报价未接受"),
        "bid_unheard": _("报价待核"),
        "listing_closed": _("挂牌截止"),
        "ask_opened": _("询问是否参加"),
        "ask_answered": _("询问答复"),
        "round_opened": _("限时竞价开始"),
        "adjourned": _("当日休止"),
        "reserve_sealed": _("底价封存"),
        "reserve_opened": _("底价公开"),
        "cap_reached": _("达到最高限价"),
        "lottery_joined": _("报名摇号"),
        "lottery_drawn": _("摇号"),
        "bidding_ended": _("竞价结束"),
        "suspended": _("中止"),
        "resumption_set": _("公布恢复时间"),
        "listing_resumed": _("挂牌恢复"),
        "round_resumed": _("竞价恢复"),
        "terminated": _("终止"),
        "listing_shortened": _("演练提前截止"),
        "clock_off": _("时钟偏差"),
        "outage_recorded": _("服务中断"),
        "certificate_ended": _("数字证书停用"),
        "held_resolved": _("待核结果的核定"),
        "award_confirmed": _("成交确认"),
        "award_voided": _("成交作废"),
        "confirmation_signed": _("签署成交确认书"),
        "result_published": _("结果公示"),
    }
    return words.get(name, name)


def sentence(record: e.Recorded, before: LotState, lead: int | None = None) -> str:
    """What `record` says; `before` is the state it met, `lead` the number of the record that
    made the leader of that state."""
    event, at = record.event, clock(record.arrival, True)
    match event:
        case e.BidAccepted():
            return _accepted(record, event, before)
        case e.BidRefused():
            try:
                return refusals.sentence(record, event, before, lead)
            except (LookupError, ValueError, TypeError):
                # The inputs of the refusal are not those that its rule has: tampered with.
                return _(
                    "号牌 %(plate)s 的报价于 %(at)s 到达，金额 %(amount)s，"
                    "未接受（%(code)s）；所记依据不完整。",
                    plate=event.plate,
                    at=at,
                    amount=amount(event.amount_fen),
                    code=str(event.reason),
                )
        case e.BidUnheard():
            return _(
                "号牌 %(plate)s 的报价 %(amount)s 于 %(at)s 到达，在截止之前，"
                "但竞价结束后才处理到；结果待核，由两名工作人员判定。",
                plate=event.plate,
                amount=amount(event.amount_fen),
                at=at,
            )
        case e.Admitted():
            return _(
                "号牌 %(plate)s 的竞买资格进入记录；其身份以加盐摘要代替，竞价结束前无人可见。",
                plate=event.plate,
            )
    if isinstance(event, round_events.ROUND_EVENTS):
        return round_events.sentence(record, event)
    return _marker(record, event, before)


def _marker(record: e.Recorded, event: e.Event, before: LotState) -> str:
    at = day_clock(record.arrival)
    match event:
        case e.LotOpened():
            terms = event.profile
            values = {
                "code": event.code,
                "notice": event.notice,
                "start": amount(terms.start_fen),
                "rule": raise_rule(terms, False),
                "since": day_clock(terms.listing_from),
                "until": day_clock(terms.listing_until),
            }
            if event.practice:
                return _(
                    "演练开始：宗地 %(code)s（%(notice)s），起始价 %(start)s，%(rule)s，"
                    "挂牌 %(since)s 至 %(until)s。",
                    **values,
                )
            return _(
                "宗地 %(code)s（%(notice)s）的记录开始：起始价 %(start)s，%(rule)s，"
                "挂牌 %(since)s 至 %(until)s。",
                **values,
            )
        case e.ListingClosed():
            return _("挂牌于 %(at)s 截止，报过价的号牌共 %(n)s 个。", at=at, n=event.quoted)
        case e.RoundOpened():
            return _(
                "进入限时竞价：%(since)s 起接受报价，首次倒计时至 %(until)s。",
                since=clock(event.bids_from),
                until=clock(event.deadline),
            )
        case e.BiddingEnded() if event.plate is not None and event.amount_fen is not None:
            return _(
                "至 %(at)s 无人再加价，竞价结束。最高报价人为号牌 %(plate)s，%(amount)s。",
                at=clock(record.arrival, True),
                plate=event.plate,
                amount=amount(event.amount_fen),
            )
        case e.BiddingEnded():
            return round_events.unsold(event, at)
        case e.Suspended():
            return _(
                "自 %(since)s 起中止（可恢复），停止报价和计时。原因：%(ground)s。操作：%(by)s。",
                since=clock(event.since, True),
                ground=grounds.word(event.ground),
                by=_person(event.by),
            )
        case e.ListingResumed():
            return _(
                "挂牌恢复，截止时间顺延至 %(until)s。操作：%(by)s。",
                until=day_clock(event.listing_until),
                by=_person(event.by),
            )
        case e.RoundResumed():
            return _(
                "竞价恢复：%(since)s 起接受报价，完整计时至 %(until)s。操作：%(by)s。",
                since=clock(event.bids_from),
                until=clock(event.deadline),
                by=_person(event.by),
            )
        case e.Terminated():
            return _(
                "%(at)s 终止（不再进行）。原因：%(ground)s。由 %(first)s 提出，%(second)s 确认。",
                at=at,
                ground=grounds.word(event.ground),
                first=event.by[0],
                second=event.by[1],
            )
        case e.ListingShortened():
            return _("演练：挂牌提前至 %(until)s 截止。", until=clock(event.listing_until))
        case e.ClockOff():
            return _("系统时钟偏差 %(ms)s 毫秒，超过允许值。", ms=event.offset_ms)
        case e.OutageRecorded():
            return _(
                "系统服务自 %(start)s 至 %(end)s 中断 %(length)s 秒。",
                start=clock(event.start, True),
                end=clock(event.end, True),
                length=seconds(event.end - event.start),
            )
        case e.CertificateEnded():
            return _certificate_ended(event)
        case e.AwardConfirmed():
            return _(
                "%(at)s 最高报价人的资料经审核通过，成交。由 %(first)s 提出，%(second)s 确认。",
                at=at,
                first=event.by[0],
                second=event.by[1],
            )
        case e.AwardVoided():
            return _(
                "%(at)s 成交作废，原因：%(ground)s。由 %(first)s 提出，%(second)s 确认。",
                at=at,
                ground=_void(event.ground),
                first=event.by[0],
                second=event.by[1],
            )
        case e.ConfirmationSigned():
            return _(
                "%(at)s %(side)s签署《成交确认书》，文书摘要 %(digest)s…。",
                at=at,
                side=_("竞得人") if event.side == "winner" else _("出让人"),
                digest=event.document[:12],
            )
        case e.ResultPublished():
            return _("%(at)s 成交结果公示。操作：%(by)s。", at=at, by=_person(event.by))
    raise TypeError(type(event).__name__)


def _certificate_ended(event: e.CertificateEnded) -> str:
    values = {"plate": event.plate, "since": day_clock(event.instant)}
    if event.ground is CertificateGround.REVOKED:
        return _(
            "号牌 %(plate)s 的一张数字证书已被发证机构吊销，本系统于 %(since)s 获知。"
            "此后没有再记录以该证书签名的内容；此前已记录的报价，按本系统记录仍然有效。",
            **values,
        )
    return _(
        "号牌 %(plate)s 的一张数字证书于 %(since)s 到期。"
        "此后没有再记录以该证书签名的内容；此前已记录的报价，按本系统记录仍然有效。",
        **values,
    )


def _void(code: str) -> str:
    return awards.ground(code) if code in GROUNDS else code


def _person(by: str) -> str:
    return _("系统") if by == "system" else by


def _accepted(record: e.Recorded, event: e.BidAccepted, before: LotState) -> str:
    values = {
        "plate": event.plate,
        "at": clock(record.arrival, True),
        "amount": amount(event.amount_fen),
        "minimum": amount(minimum_fen(before)) if before.profile else "-",
    }
    if before.profile is None or event.amount_fen < minimum_fen(before):
        # Only a record that was tampered with: nothing may be claimed for it.
        return _("号牌 %(plate)s 的报价于 %(at)s 到达，金额 %(amount)s，记为已接受。", **values)
    if event.deadline is None:
        return _(
            "号牌 %(plate)s 的报价于 %(at)s 到达，金额 %(amount)s，"
            "不低于当时的最低报价 %(minimum)s，予以接受，成为最高价。",
            **values,
        )
    return _(
        "号牌 %(plate)s 的报价于 %(at)s 到达，金额 %(amount)s，"
        "不低于当时的最低报价 %(minimum)s，予以接受，成为最高价；倒计时至 %(deadline)s。",
        deadline=clock(event.deadline, True),
        **values,
    )
