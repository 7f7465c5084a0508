"""Worked examples: each rule that people misread, with this sale's own figures and instants."""

from datetime import datetime, timedelta

from flask_babel import gettext as _

from auction.core.profile import (
    CapMode,
    CountdownRule,
    IncrementMode,
    ReserveMode,
    RuleProfile,
    TimedTrigger,
)
from auction.core.workdays import BEIJING
from auction.presenting.figures import amount, clock, day_clock
from auction.presenting.rules.clause import minutes

_MILLISECOND = timedelta(milliseconds=1)
_SAMPLE_ARRIVAL = timedelta(minutes=4, seconds=10, milliseconds=204)
"""Into the round: an instant that shows why milliseconds decide."""


def examples(profile: RuleProfile) -> list[str]:
    """Worked examples with this sale's figures: three, and one for each special mode."""
    found = [_raise(profile), _close(profile)]
    if profile.timed_trigger is TimedTrigger.NEVER:
        found.append(
            _(
                "只有一个竞买人报价，报价 %(start)s：挂牌截止时他就是最高报价人。",
                start=amount(profile.start_fen),
            )
        )
    else:
        found += [*_asked(profile), *_countdown(profile), *_longest(profile)]
    return [*found, *_reserve(profile), *_cap(profile), *_resumption(profile)]


def round_start(profile: RuleProfile) -> datetime:
    """When bids of the live round are taken at the earliest."""
    return profile.listing_until + timedelta(seconds=profile.ask_seconds + profile.prep_seconds)


def _raise(profile: RuleProfile) -> str:
    price = profile.start_fen + 2 * profile.step_listing_fen
    if profile.cap_fen is not None and price + 2 * profile.step_listing_fen > profile.cap_fen:
        price = profile.start_fen
    lowest = price + profile.step_listing_fen
    if profile.increment_mode is IncrementMode.AT_LEAST:
        return _(
            "现价 %(price)s 时，您至少要报 %(lowest)s。", price=amount(price), lowest=amount(lowest)
        )
    return _(
        "现价 %(price)s 时，您可以报 %(lowest)s 或 %(next)s，介于两者之间的金额不接受。",
        price=amount(price),
        lowest=amount(lowest),
        next=amount(lowest + profile.step_listing_fen),
    )


def _close(profile: RuleProfile) -> str:
    until = profile.listing_until
    if profile.freeze_minutes:
        quiet = until - timedelta(minutes=profile.freeze_minutes)
        return _(
            "挂牌 %(until)s 截止，此前 %(n)s 分钟不接受报价：%(last)s 到达的报价有效，"
            "%(at)s 起到达的报价无效。",
            until=day_clock(until),
            n=profile.freeze_minutes,
            last=clock(quiet - _MILLISECOND, True),
            at=clock(quiet, True),
        )
    return _(
        "挂牌 %(until)s 截止：%(last)s 到达的报价有效，%(at)s 到达的报价无效。",
        until=day_clock(until),
        last=clock(until - _MILLISECOND, True),
        at=clock(until, True),
    )


def _asked(profile: RuleProfile) -> list[str]:
    if profile.timed_trigger is not TimedTrigger.ASKED:
        return []
    ends = profile.listing_until + timedelta(seconds=profile.ask_seconds)
    return [
        _(
            "挂牌 %(until)s 截止后开始询问：%(last)s 到达的答复有效，%(at)s 到达的无效。"
            "有 2 人愿意的，%(start)s 起接受报价。",
            until=clock(profile.listing_until),
            last=clock(ends - _MILLISECOND, True),
            at=clock(ends, True),
            start=clock(round_start(profile)),
        )
    ]


def _countdown(profile: RuleProfile) -> list[str]:
    start = round_start(profile)
    first = timedelta(seconds=profile.countdown_first_seconds)
    again = timedelta(seconds=profile.countdown_seconds)
    deadline = start + first
    if profile.countdown_rule is CountdownRule.RESTART_FROM_BID:
        arrival = start + (_SAMPLE_ARRIVAL if first > _SAMPLE_ARRIVAL else first / 2)
        return [_moved(arrival, max(deadline, arrival + again))]
    within = timedelta(seconds=profile.extend_within_seconds)
    told = []
    if first > within:
        early = deadline - within - _MILLISECOND
        told.append(
            _(
                "限时竞价中 %(arrival)s 到达的报价有效，但离截止还有超过 %(within)s 秒，"
                "截止时间仍为 %(ends)s。",
                arrival=clock(early, True),
                within=profile.extend_within_seconds,
                ends=clock(deadline, True),
            )
        )
    late = deadline - min(within, again, first) / 2
    return [*told, _moved(late, max(deadline, late + again))]


def _moved(arrival: datetime, ends: datetime) -> str:
    return _(
        "限时竞价中 %(arrival)s 到达的报价有效，倒计时改为 %(ends)s 截止："
        "%(last)s 到达有效，%(ends)s 到达无效。",
        arrival=clock(arrival, True),
        ends=clock(ends, True),
        last=clock(ends - _MILLISECOND, True),
    )


def _longest(profile: RuleProfile) -> list[str]:
    start = round_start(profile)
    told = []
    if profile.max_duration_hours is not None:
        told.append(
            _(
                "限时竞价 %(start)s 开始的，无论报价多少次，最迟 %(end)s 结束。",
                start=clock(start),
                end=day_clock(start + timedelta(hours=profile.max_duration_hours)),
            )
        )
    if profile.day_cutoff_minutes is not None:
        cutoff = _next_at(start, profile.day_cutoff_minutes)
        resumed = _next_at(cutoff, profile.day_resume_minutes, another_day=True)
        told.append(
            _(
                "%(cutoff)s 仍未结束的，%(resume)s 继续；此后无人报价的，%(end)s 结束。",
                cutoff=day_clock(cutoff),
                resume=day_clock(resumed),
                end=clock(resumed + timedelta(seconds=profile.countdown_seconds)),
            )
        )
    return told


def _next_at(after: datetime, minutes_of_day: int, *, another_day: bool = False) -> datetime:
    local = after.astimezone(BEIJING)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    found = midnight + timedelta(days=another_day, minutes=minutes_of_day)
    return found if found > after else found + timedelta(days=1)


def _reserve(profile: RuleProfile) -> list[str]:
    if profile.reserve_mode is ReserveMode.NONE:
        return []
    top = profile.start_fen + profile.step_listing_fen
    return [
        _(
            "最高报价 %(top)s：底价为 %(top)s 的，已达到底价；底价为 %(above)s 的，未成交。",
            top=amount(top),
            above=amount(top + profile.price_scale_fen),
        )
    ]


def _cap(profile: RuleProfile) -> list[str]:
    if profile.cap_mode is CapMode.NONE or profile.cap_fen is None:
        return []
    cap, step = profile.cap_fen, profile.step_timed_fen
    below = (
        cap - step
        if profile.increment_mode is IncrementMode.MULTIPLE
        else cap - profile.price_scale_fen
    )
    reached = round_start(profile) + timedelta(minutes=1)
    ends = reached + timedelta(seconds=profile.lottery_join_seconds)
    return [
        _(
            "最高限价 %(cap)s，现价 %(below)s 时，只能报 %(cap)s。",
            cap=amount(cap),
            below=amount(max(below, profile.start_fen)),
        ),
        _(
            "%(reached)s 到达的报价达到最高限价的，%(last)s 到达的参加摇号的签名有效，"
            "%(ends)s 到达的无效。",
            reached=clock(reached, True),
            last=clock(ends - _MILLISECOND, True),
            ends=clock(ends, True),
        ),
    ]


def _resumption(profile: RuleProfile) -> list[str]:
    direct, hours = profile.resume_direct_minutes, profile.resume_notice_hours
    if direct is None or not hours:
        return []
    since = profile.listing_from + timedelta(hours=1)
    later = since + timedelta(minutes=direct, hours=1)
    return [
        _(
            "%(since)s 中止的，%(direct)s内修复可以当即恢复；%(later)s 才公布恢复时间的，"
            "最早 %(earliest)s 恢复。",
            since=day_clock(since),
            direct=minutes(direct),
            later=clock(later),
            earliest=day_clock(later + timedelta(hours=hours)),
        )
    ]
