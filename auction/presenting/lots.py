"""A lot as everybody may see it: the one sentence that is true now, its instants, its course."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from auction.core import notice as n
from auction.core.parameters import Unsold
from auction.core.profile import TimedTrigger
from auction.core.state import LotState, Phase, Stage, phase_at
from auction.ledger import canonical
from auction.presenting import audience, awards, figures, grounds, office_acts
from auction.presenting.figures import amount, clock, day_clock
from auction.services import held
from auction.services.awards import GROUNDS
from auction.services.listing_documents import facts_of
from auction.services.lots import terms_now
from auction.store.base import db
from auction.store.logs import LogEntry
from auction.store.projection import state_of
from auction.store.sales import Lot

Item = dict[str, Any]

ROUND = frozenset({Phase.ASK, Phase.PREP, Phase.LIVE, Phase.ADJOURNED, Phase.SECOND_STAGE})
TAKES_BIDS = frozenset({Phase.LISTING, Phase.FREEZE}) | ROUND
AWARDED = frozenset({Phase.AWARD_PENDING, Phase.CONFIRMED, Phase.PUBLISHED})
"""A highest bid stands, examined or not yet."""
OVER = AWARDED | {Phase.UNSOLD, Phase.AWARD_VOID, Phase.RESULT_HELD, Phase.TERMINATED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One lot at one instant: its rows, what its notice says, and its phase."""

    lot: Lot
    state: LotState
    now: datetime
    phase: Phase
    notice: n.Notice
    facts: n.LotFacts

    @property
    def price_fen(self) -> int:
        """The price, or the start price as long as nobody has bid."""
        terms = self.state.terms
        return terms.start_fen if self.state.price_fen is None else self.state.price_fen

    @property
    def until(self) -> datetime | None:
        """The next instant that everybody waits for."""
        return audience.counts_to(self.state, self.now)

    @property
    def live_from(self) -> datetime:
        """When the live round begins, or would begin."""
        state = self.state
        assert state.listing_until is not None
        wait = timedelta(seconds=state.terms.ask_seconds + state.terms.prep_seconds)
        return state.bids_from or state.listing_until + wait


def look(lot: Lot, now: datetime) -> Look | None:
    """The lot at `now`; None if its log has not begun."""
    state = state_of(lot)
    if state.stage is Stage.NONE:
        return None
    notice, facts = facts_of(lot)
    return Look(
        lot=lot, state=state, now=now, phase=phase_at(state, now), notice=notice, facts=facts
    )


def now_sentence(seen: Look) -> str:
    """What is true of this lot now, in one or two sentences (screen 2)."""
    state, terms = seen.state, seen.state.terms
    price, plate = amount(seen.price_fen), state.leader
    match seen.phase:
        case Phase.ANNOUNCED:
            return _(
                "公告中，%(from)s 开始挂牌报价，起始价 %(price)s。",
                **{"from": day_clock(terms.listing_from), "price": price},
            )
        case Phase.LISTING:
            first = (
                _("挂牌中，尚无人报价，起始价 %(price)s。", price=price)
                if plate is None
                else _("挂牌中，现价 %(price)s，号牌 %(plate)s 领先。", price=price, plate=plate)
            )
            return _("%(first)s%(second)s", first=first, second=_close_of_listing(seen))
        case Phase.FREEZE:
            return _(
                "挂牌中，现在是报价暂停时段，不接受报价；%(until)s 截止。",
                until=day_clock(state.listing_until or seen.now),
            )
        case Phase.CLOSING:
            return _("时间到，正在核定。截止前到达的报价都会计入，通常不到 1 秒。")
        case Phase.ASK:
            return _(
                "挂牌已截止，正在询问竞买人是否参加限时竞价，%(until)s 止；"
                "现价 %(price)s，号牌 %(plate)s 领先。",
                until=day_clock(state.deadline or seen.now),
                price=price,
                plate=plate,
            )
        case Phase.ADJOURNED:
            return _(
                "限时竞价今日已休止，%(from)s 继续；现价 %(price)s，其间不接受报价。",
                **{"from": day_clock(state.bids_from or seen.now), "price": price},
            )
        case Phase.SECOND_STAGE:
            return _(
                "价格已达到最高限价 %(price)s，不再接受报价；%(until)s 前可以签名参加摇号。",
                price=price,
                until=day_clock(state.deadline or seen.now),
            )
        case Phase.PREP:
            return _(
                "已进入限时竞价，现在是准备时间；%(from)s 起接受报价，现价 %(price)s。",
                **{"from": clock(seen.live_from), "price": price},
            )
        case Phase.LIVE:
            ends = clock(state.deadline or seen.now)
            if plate is None:
                return _(
                    "限时竞价中，还没有人报价，起始价 %(price)s；如无人报价，于 %(ends)s 结束。",
                    price=price,
                    ends=ends,
                )
            return _(
                "限时竞价中，现价 %(price)s，号牌 %(plate)s 领先；如无新报价，于 %(ends)s 结束。",
                price=price,
                plate=plate,
                ends=ends,
            )
        case Phase.SUSPENDED:
            assert state.suspension is not None
            stopped = state.suspension
            return grounds.suspended(stopped.ground, stopped.since, state).body
    return _ended(seen)


def _close_of_listing(seen: Look) -> str:
    until = day_clock(seen.state.listing_until or seen.now)
    match seen.state.terms.timed_trigger:
        case TimedTrigger.QUOTED_GE_2:
            return _(
                "%(until)s 截止，届时有 2 个以上竞买人报价即进入限时竞价。",
                until=until,
            )
        case TimedTrigger.QUOTED_LAST_HOUR_GE_2:
            return _(
                "%(until)s 截止，截止前 1 小时内有 2 个以上竞买人报价即进入限时竞价。",
                until=until,
            )
        case TimedTrigger.QUALIFIED_GE_2:
            return _(
                "%(until)s 截止，届时有 2 个以上竞买人取得资格即进入限时竞价。",
                until=until,
            )
        case TimedTrigger.ASKED:
            return _("%(until)s 截止，届时询问竞买人是否参加限时竞价。", until=until)
        case TimedTrigger.ALWAYS:
            return _("%(until)s 截止，随即进入限时竞价。", until=until)
    return _("%(until)s 截止，报价最高者为最高报价人。", until=until)


def _ended(seen: Look) -> str:
    price, plate = amount(seen.price_fen), seen.state.leader
    match seen.phase:
        case Phase.AWARD_PENDING:
            return _(
                "竞价已结束，最高报价 %(price)s，号牌 %(plate)s。是否成交须经资格审核。",
                price=price,
                plate=plate,
            )
        case Phase.CONFIRMED:
            return _(
                "成交：号牌 %(plate)s，成交价 %(price)s，资格审核已通过，结果待公示。",
                price=price,
                plate=plate,
            )
        case Phase.PUBLISHED:
            return _(
                "已成交：号牌 %(plate)s，成交价 %(price)s，结果公示中。", price=price, plate=plate
            )
        case Phase.RESULT_HELD:
            return _(
                "结果待核：有一笔截止前到达的报价在竞价结束后才得到处理，"
                "结果暂不生效，由两名工作人员核定。"
            )
        case Phase.UNSOLD:
            return _("未成交：%(reason)s。本宗地可能重新公告。", reason=unsold_reason(seen.state))
        case Phase.AWARD_VOID:
            return _(
                "成交作废：%(ground)s。不由次高报价人递补，本宗地可能重新公告。",
                ground=ground_of_end(seen.lot),
            )
        case Phase.TERMINATED:
            return _(
                "已终止（不再进行）：%(ground)s。保证金将退回原账户，无需申请。",
                ground=ground_of_end(seen.lot),
            )
    raise ValueError(seen.phase)


def unsold_reason(state: LotState) -> str:
    """Why a lot found no buyer."""
    if state.unsold is not Unsold.RESERVE_NOT_MET:
        return _("无人报价")
    return _("最高报价未达到底价 %(reserve)s", reserve=amount(state.reserve_fen or 0))


def ground_of_end(lot: Lot) -> str:
    """Why the sale was terminated or its award became void, as its log says."""
    query = (
        select(LogEntry.leaf)
        .where(LogEntry.log_id == lot.log_id, LogEntry.type.in_(_ENDS))
        .order_by(LogEntry.seq.desc())
        .limit(1)
    )
    leaf = db.session.scalar(query)
    if leaf is None:
        return _("未载明")
    code = canonical.decode(leaf)["data"]["ground"]
    if code in GROUNDS:
        return awards.ground(code)
    return office_acts.held_ground(code) if code in _HELD_GROUNDS else grounds.word(code)


_ENDS = ("terminated", "award_voided", "held_resolved")
_HELD_GROUNDS = frozenset(code for codes in held.GROUNDS.values() for code in codes)


# --- instants ---------------------------------------------------------------------------------


def timeline(seen: Look) -> list[Item]:
    """The instants of a lot for the macro `timeline`, those that no longer will come left out."""
    state, terms = seen.state, terms_now(seen.lot)
    published = seen.lot.notice.published_at or seen.notice.windows.notice.start
    items: list[Item] = [
        {"title": _("公告发布"), "at": published},
        _window(_("竞买申请"), terms.apply_from, terms.apply_until),
        {"title": _("保证金到账截止"), "at": terms.deposit_until, "bound": "through"},
        _listing(seen),
    ]
    if (live := _live_round(seen)) is not None:
        items.append(live)
    if state.ended_at is None:
        return items
    past = [item for item in items if item["at"] <= state.ended_at]
    end = _("终止") if seen.phase is Phase.TERMINATED else _("竞价结束")
    past.append({"title": end, "at": state.ended_at})
    papers = audience.instant_of(audience.state(state, seen.now)["papers_until_us"])
    if seen.phase is Phase.AWARD_PENDING and papers is not None:
        past.append({"title": _("最高报价人上传资料截止"), "at": papers, "bound": "before"})
    return past


def _window(title: str, start: datetime, end: datetime) -> Item:
    return {"title": title, "at": start, "until": end, "bound": "before"}


def _listing(seen: Look) -> Item:
    terms, until = seen.state.terms, seen.state.listing_until
    assert until is not None
    item = _window(_("挂牌报价"), terms.listing_from, until)
    if seen.state.stage is Stage.LISTING and seen.phase is Phase.SUSPENDED:
        return _stopped(item, until)
    if until > terms.listing_until:
        item["note"] = _("原定 %(until)s 截止，因中止顺延", until=day_clock(terms.listing_until))
    elif until < terms.listing_until:
        item["note"] = _("演练提前截止，原定 %(until)s", until=day_clock(terms.listing_until))
    return item


def _live_round(seen: Look) -> Item | None:
    """The live round as it runs or ran, or as it may come; None where nobody can say."""
    state = seen.state
    item: Item = {"title": _("限时竞价"), "at": seen.live_from}
    if state.bids_from is not None:
        ends = state.ended_at or state.deadline
        assert ends is not None
        if seen.phase is Phase.SUSPENDED:
            return _stopped(item, ends)
        times = _("第 %(n)s 次重新计时", n=state.restarts) if state.restarts else None
        return item | {"until": ends, "note": times}
    if state.terms.timed_trigger is TimedTrigger.NEVER or seen.phase is Phase.SUSPENDED:
        return None
    return item | {"note": _("符合条件时进入，见本场规则")}


def _stopped(item: Item, until: datetime) -> Item:
    """An item whose clock stands still: it has no end that could be counted down to."""
    note = _("已中止，原定 %(until)s 截止；恢复时间另行公布", until=day_clock(until))
    return {"title": item["title"], "at": item["at"], "state": "present", "note": note}


def unit_prices(seen: Look) -> list[str]:
    """The price per 亩, per square metre and, once somebody has bid, the premium."""
    lines = figures.unit_prices(
        seen.price_fen, seen.facts.parcel.area_mm2, seen.state.terms.start_fen
    )
    return lines if seen.state.price_fen is not None else lines[:2]
