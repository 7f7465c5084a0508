"""One sentence for each record between the listing and the result besides bids.

The question before the round, the night, the reserve price, the lottery, the held result.
"""

from flask_babel import gettext as _

from auction.core import events as e
from auction.core.parameters import HeldOutcome, Unsold
from auction.presenting.figures import amount, clock, day_clock

ROUND_EVENTS = (
    e.AskOpened
    | e.AskAnswered
    | e.Adjourned
    | e.ReserveSealed
    | e.ReserveOpened
    | e.CapReached
    | e.LotteryJoined
    | e.LotteryDrawn
    | e.ResumptionSet
    | e.HeldResolved
)


def sentence(record: e.Recorded, event: ROUND_EVENTS) -> str:
    """What `record`, whose event is `event`, says."""
    at = clock(record.arrival, True)
    match event:
        case e.AskOpened():
            return _(
                "系统询问竞买人是否参加限时竞价，%(until)s 前答复有效。", until=clock(event.until)
            )
        case e.AskAnswered():
            if event.willing:
                return _("号牌 %(plate)s 于 %(at)s 答复：参加限时竞价。", plate=event.plate, at=at)
            return _("号牌 %(plate)s 于 %(at)s 答复：不参加限时竞价。", plate=event.plate, at=at)
        case e.Adjourned():
            return _(
                "到当日截止时刻，限时竞价休止；%(since)s 起继续接受报价，完整计时至 %(until)s。",
                since=day_clock(event.bids_from),
                until=clock(event.deadline),
            )
        case e.ReserveSealed():
            return _(
                "%(at)s 底价已封存，竞价结束时才公开；摘要 %(digest)s…。"
                "由 %(first)s 录入，%(second)s 确认。",
                at=at,
                digest=event.commitment[:12],
                first=event.by[0],
                second=event.by[1],
            )
        case e.ReserveOpened():
            return _(
                "公开底价：%(amount)s。任何人都可以用随机数 %(salt)s 核对封存时的摘要。",
                amount=amount(event.amount_fen),
                salt=event.salt,
            )
        case e.CapReached():
            return _(
                "报价达到最高限价，停止报价；愿意继续的竞买人可在 %(until)s 前报名摇号。",
                until=clock(event.until),
            )
        case e.LotteryJoined():
            return _(
                "号牌 %(plate)s 于 %(at)s 报名摇号，其随机数的摘要为 %(digest)s…。",
                plate=event.plate,
                at=at,
                digest=event.nonce_hash[:12],
            )
        case e.LotteryDrawn():
            return _(
                "摇号：公开种子 %(seed)s… 和 %(n)s 个号牌的随机数，由此算得号牌 %(plate)s。"
                "任何人都可以复算。",
                seed=event.seed[:12],
                n=len(event.nonces),
                plate=event.plate,
            )
        case e.ResumptionSet():
            return _(
                "公布恢复时间：%(at)s。操作：%(by)s。",
                at=day_clock(event.at),
                by=event.by,
            )
        case e.HeldResolved():
            return _held(event, at)


def _held(event: e.HeldResolved, at: str) -> str:
    people = {"at": at, "first": event.by[0], "second": event.by[1]}
    if event.outcome is HeldOutcome.UPHOLD:
        return _("%(at)s 待核的结果经核定有效。由 %(first)s 提出，%(second)s 确认。", **people)
    if event.outcome is HeldOutcome.VOID:
        return _("%(at)s 待核的结果作废。由 %(first)s 提出，%(second)s 确认。", **people)
    if event.plate is None or event.amount_fen is None or event.bids_from is None:
        return _(
            "%(at)s 待核的结果撤销，限时竞价继续。由 %(first)s 提出，%(second)s 确认。", **people
        )
    return _(
        "%(at)s 待核的结果撤销，限时竞价自 %(since)s 起继续；现价 %(amount)s，号牌 %(plate)s 领先。"
        "由 %(first)s 提出，%(second)s 确认。",
        since=clock(event.bids_from),
        amount=amount(event.amount_fen),
        plate=event.plate,
        **people,
    )


def unsold(event: e.BiddingEnded, at: str) -> str:
    """Why bidding ended without a sale (T-4, R-72)."""
    if event.unsold is Unsold.RESERVE_NOT_MET:
        return _("%(at)s 竞价结束，最高报价低于底价，未成交。", at=at)
    return _("%(at)s 竞价结束，无人报价，未成交。", at=at)
