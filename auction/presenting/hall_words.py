"""Short texts of the hall: the line to read out, the course of the sale, why one cannot bid."""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import gettext as _

from auction.core.profile import AskSilence, RuleProfile, TimedEntry
from auction.core.state import LotState, Phase, Stage, minimum_fen, phase_at
from auction.presenting import audience
from auction.presenting.figures import amount, day_clock, left


def words(terms: RuleProfile) -> Mapping[str, str]:
    """Short texts of the hall's script, where they depend on the rules of this sale."""
    answer_text = (
        _(
            "%(until)s 前答复有效，以最后一次为准；没有答复的，视为不愿意，不能参加限时竞价。",
            until="{until}",
        )
        if terms.ask_silence is AskSilence.OUT
        else _("%(until)s 前答复有效，以最后一次为准；没有答复的，视为愿意。", until="{until}")
    )
    return {
        "amount": _("%(wan)s 万元", wan="{wan}", million="{million}"),
        "perMu": _("%(figure)s 万元/亩", figure="{figure}"),
        "perM2": _("%(figure)s 元/㎡", figure="{figure}"),
        "premium": _("溢价 %(percent)s", percent="{percent}"),
        "dayClock": _(
            "%(month)s月%(day)s日 %(clock)s",
            month="{month}",
            day="{day}",
            month_name="{monthName}",
            clock="{clock}",
        ),
        "price": _("现价"),
        "startPrice": _("起始价"),
        "highestPrice": _("最高报价"),
        "remaining": _("剩余"),
        "status": _("状态"),
        "youHighest": _("您是最高报价人"),
        "plateHighest": _("号牌 %(plate)s 为最高报价人", plate="{plate}"),
        "leading": _("领先"),
        "notLeading": _("您不领先"),
        "youLead": _("您领先"),
        "youDoNot": _("您不领先，至少须报 %(minimum)s", minimum="{minimum}"),
        "plateLeads": _("号牌 %(plate)s 领先", plate="{plate}"),
        "nobodyYet": _("还没有人报价"),
        "standing": _("现价 %(price)s，号牌 %(plate)s 领先", price="{price}", plate="{plate}"),
        "read": read_line_text(),
        "readStart": read_start_text(),
        "readOver": read_over_text(),
        "last60": _(
            "剩余 1 分钟。现价 %(price)s，%(standing)s。", price="{price}", standing="{standing}"
        ),
        "lastSign": _(
            "您的数字证书签名约需 %(seconds)s 秒，请勿等到最后几秒。", seconds="{seconds}"
        ),
        "last30": _("剩余 30 秒。%(standing)s。", standing="{standing}"),
        "last10": _("剩余 10 秒。现在开始签名，可能来不及到达。"),
        "quotes": _("%(count)s 次新报价", count="{count}"),
        "priceNow": _("现价 %(price)s", price="{price}"),
        "bidThis": _("报 %(amount)s", amount="{amount}"),
        "estimate": _(
            "您的证书签名约需 %(seconds)s 秒；现在开始，预计剩余 %(left)s 时到达。",
            seconds="{seconds}",
            left="{left}",
        ),
        "tooShort": _("时间可能不够，仍要提交？"),
        "confirmTitle": _("确认报价 %(amount)s？", amount="{amount}"),
        "confirmBody": _("%(capitals)s。报价一经记录不能撤回。", capitals="{capitals}"),
        "mistyped": _("两次输入的金额不一致。"),
        "connected": _("正常 %(ms)s 毫秒", ms="{ms}"),
        "fallback": _("备用通道"),
        "lost": _("中断，正在重连"),
        "offset": _("±%(seconds)s 秒", seconds="{seconds}"),
        "signTime": _("约 %(seconds)s 秒", seconds="{seconds}"),
        "awake": _("保持唤醒"),
        "notAwake": _("可能休眠"),
        "restarted": _("第 %(n)s 次重新计时", n="{n}"),
        "ends": _("如无新报价，于 %(at)s 结束", at="{at}"),
        "until": _("于 %(at)s 截止", at="{at}"),
        "opens": _("于 %(at)s 开始", at="{at}"),
        "upTo": _("至第 %(no)s 号", no="{no}"),
        "first": _("起始"),
        "refused": _("未接受"),
        "mine": _("（我）"),
        "followLeads": _("%(plate)s 领先", plate="{plate}"),
        "followDoesNot": _("%(plate)s 不领先", plate="{plate}"),
        "sealed": _("另有 %(n)s 条记录在结束后公开", n="{n}"),
        "receipt": _("下载回执"),
        "resend": _("重新发送同一笔"),
        "discard": _("放弃这笔"),
        "close": _("关闭"),
        "retry": _("重试"),
        "keyReady": _("已就绪"),
        "openKey": _("打开证书"),
        "keyMissing": _("不在本机"),
        "soundOn": _("声音：开"),
        "answerText": answer_text,
        "answeredYes": _("您已答复：愿意参加。截止前可以改变。"),
        "answeredNo": _("您已答复：不愿意。截止前可以改变。"),
        "lotteryText": _(
            "价格已达到最高限价 %(cap)s。%(until)s 前可以签名参加；"
            "参加即表示愿意以最高限价竞得，不能撤回。",
            cap="{cap}",
            until="{until}",
        ),
        "joined": _("您已参加摇号。"),
        "signInAgain": _("在本机重新登录"),
        "stopped": _("本页已停止"),
    }


def read_line_text() -> str:
    """The line to read out on the telephone (B-7), while bids are taken."""
    return _(
        "第 %(count)s 口，现价 %(price)s（%(lines)s），%(standing)s，剩余 %(left)s。",
        count="{count}",
        price="{price}",
        lines="{lines}",
        standing="{standing}",
        left="{left}",
    )


def read_start_text() -> str:
    """The line to read out before the first bid."""
    return _("还没有人报价，起始价 %(price)s，剩余 %(left)s。", price="{price}", left="{left}")


def read_over_text() -> str:
    """The line to read out when nothing counts down."""
    return _(
        "%(phase)s。第 %(count)s 口，%(price)s（%(lines)s），%(standing)s。",
        phase="{phase}",
        count="{count}",
        price="{price}",
        lines="{lines}",
        standing="{standing}",
    )


def read_line(
    lot: LotState, now: datetime, count: int, lines: list[str], standing: str, phase_word: str
) -> str:
    """The line to read out as it stands on the page before a script runs."""
    until = audience.counts_to(lot, now)
    remaining = left(until - now) if until is not None and until > now else ""
    price = lot.price_fen
    if price is None:
        text = read_start_text() if remaining else "{phase}。"
        return text.format(price=amount(lot.terms.start_fen), left=remaining, phase=phase_word)
    text = read_line_text() if remaining else read_over_text()
    return text.format(
        count=count,
        price=amount(price),
        lines="，".join(lines[::2]),
        standing=standing,
        left=remaining,
        phase=phase_word,
    )


def standing(lot: LotState, plate: str | None) -> str:
    """Who leads, from this reader's point of view."""
    if lot.leader is None:
        return _("还没有人报价")
    if lot.ended_at is not None:
        if lot.leader == plate:
            return _("您是最高报价人")
        return _("号牌 %(plate)s 为最高报价人", plate=lot.leader)
    if plate is None:
        return _("号牌 %(plate)s 领先", plate=lot.leader)
    if lot.leader == plate:
        return _("您领先")
    if lot.price_fen == lot.terms.cap_fen:
        return _("您不领先")
    return _("您不领先，至少须报 %(minimum)s", minimum=amount(minimum_fen(lot)))


def closed_because(lot: LotState, now: datetime, plate: str, quoted: bool) -> str | None:
    """Why this qualified bidder cannot bid at `now`: a key of `closures()`, or None if he can."""
    match phase_at(lot, now):
        case Phase.ANNOUNCED:
            return "announced"
        case Phase.FREEZE:
            return "freeze"
        case Phase.ASK:
            return "ask"
        case Phase.PREP:
            return "prep"
        case Phase.ADJOURNED:
            return "adjourned"
        case Phase.SECOND_STAGE:
            return "second_stage"
        case Phase.CLOSING:
            return "closing"
        case Phase.SUSPENDED:
            return "suspended"
        case Phase.LISTING | Phase.LIVE:
            pass
        case _:
            return "over"
    only_quoters = lot.terms.timed_entry is TimedEntry.QUOTED_ONLY
    if lot.stage is Stage.ROUND and only_quoters and not quoted:
        return "not_entered"
    if lot.leader == plate and not lot.terms.self_outbid:
        return "leading"
    return None


def closures() -> Mapping[str, str]:
    """What stands in place of the bid panel."""
    return {
        "announced": _("挂牌尚未开始，现在不能报价。"),
        "freeze": _("报价暂停时段，现在不接受报价。"),
        "prep": _("准备时间：请检测数字证书和连接，到时开始竞价。"),
        "ask": _("正在询问是否参加限时竞价，现在不能报价。"),
        "adjourned": _("今日竞价已休止，次日继续，现在不能报价。"),
        "not_willing": _("您答复不愿意（或者没有答复），不能参加限时竞价。您可以旁观。"),
        "second_stage": _("已达到最高限价，不再接受报价。"),
        "closing": _("正在核定"),
        "suspended": _("已中止（可恢复），现在不能报价。"),
        "over": _("竞价已结束。"),
        "not_entered": _(
            "您不在限时竞价名单中：本宗地只有挂牌期内已报价的竞买人可进入限时竞价。您可以旁观。"
        ),
        "leading": _("您已领先，无须加价。"),
    }


def grounds() -> Mapping[str, str]:
    """Why a sale was suspended, where the ground is a code and not an officer's own words."""
    return {
        "OUTAGE": _("系统曾停止运行"),
        "CLOCK_OFFSET": _("系统时钟偏差超过允许值"),
    }


def marker(record: audience.Json) -> str:
    """A line between the bids: what changed the course of the sale."""
    text = markers().get(str(record["type"]))
    if text is None:
        return str(record["type"])
    names = (*_MARKER_PLACES, "price", "plate")
    return text.format(**{name: _place(record, name) for name in names})


_MARKER_PLACES = {
    "until": "listing_until_us",
    "at": "resume_us",
    "from": "bids_from_us",
    "ends": "until_us",
}


def _place(record: audience.Json, name: str) -> str:
    """What stands at {price}, {plate} or an instant of a marker; empty where it has none."""
    if name == "price":
        fen = record.get("amount_fen")
        return "" if fen is None else amount(fen)
    if name == "plate":
        return str(record.get("plate") or "")
    instant = audience.instant_of(record.get(_MARKER_PLACES[name]))
    return "" if instant is None else day_clock(instant)


def markers() -> Mapping[str, str]:
    """Texts of `marker` by event. {until} is the new end of the listing, {at} the instant of
    resumption, {from} when bids are taken again, {ends} the end of what begins, {price} and
    {plate} of the reserve or the draw."""
    return {
        "lot_opened": _("公告发布"),
        "listing_closed": _("挂牌截止"),
        "listing_shortened": _("挂牌提前截止（演练）：{until}"),
        "ask_opened": _("询问是否参加限时竞价，至 {ends}"),
        "round_opened": _("进入限时竞价"),
        "adjourned": _("今日休止，{from} 继续"),
        "reserve_sealed": _("底价已密封"),
        "reserve_opened": _("开启底价：{price}"),
        "cap_reached": _("达到最高限价，报名参加摇号至 {ends}"),
        "lottery_drawn": _("摇号结果：号牌 {plate}"),
        "bidding_ended": _("竞价结束"),
        "suspended": _("‖ 已中止（可恢复）"),
        "resumption_set": _("将于 {at} 恢复"),
        "listing_resumed": _("恢复挂牌，顺延至 {until}"),
        "round_resumed": _("恢复竞价，准备后重新计时"),
        "terminated": _("× 已终止（不再进行）"),
        "clock_off": _("系统时钟偏差超过允许值，已记录"),
        "outage_recorded": _("系统曾停止运行，已记录"),
        "held_resolved": _("待核的结果已由两人核定"),
        "award_confirmed": _("资格审核通过"),
        "award_voided": _("成交作废"),
        "confirmation_signed": _("成交确认书已签署"),
        "result_published": _("结果已公布"),
    }
