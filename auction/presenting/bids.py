"""What becomes of a bid, in words: recorded, or not accepted.

The order of each sentence: what happened, what it means, what to do, the number that proves it.
"""

from datetime import datetime, timedelta

from auction.core import events as e
from auction.core.instants import from_us
from auction.core.profile import IncrementMode, RuleProfile
from auction.core.reasons import Facts, Reason
from auction.core.state import LotState, Stage, minimum_fen
from auction.presenting.figures import amount, clock, day_clock, seconds
from auction.presenting.said import Said
from auction.presenting.texts import gettext as _

_LONG_BEFORE = timedelta(minutes=1)


def verdict(record: e.Recorded, state: LotState, code: str) -> Said:
    """The message to the bidder whose bid is `record`; `state` is the lot's after the batch,
    `code` the check code of its signed head."""
    event = record.event
    if isinstance(event, e.BidAccepted):
        return _accepted(record, event, state, code)
    if isinstance(event, e.BidRefused):
        return _refused(record, event, state)
    if isinstance(event, e.BidUnheard):
        return Said(
            _("已留存：%(amount)s，结果待核。", amount=amount(event.amount_fen)),
            _(
                "您的报价 %(at)s 到达，在截止之前，但系统在竞价结束后才处理到它。结果暂不生效，"
                "由两名工作人员核定。",
                at=clock(record.arrival, True),
            ),
            _("第 %(no)s 号记录", no=record.seq),
            "cinnabar",
            "BID_UNHEARD",
        )
    raise TypeError(type(event).__name__)


def _accepted(record: e.Recorded, event: e.BidAccepted, state: LotState, code: str) -> Said:
    small = _(
        "第 %(no)s 号记录 · 核对码 %(code)s · 回执已保存在本机，可下载", no=record.seq, code=code
    )
    at, price = clock(record.arrival, True), amount(event.amount_fen)
    if state.price_fen != event.amount_fen or state.leader != event.plate:
        # Another bid was recorded right behind it: "you lead" would be untrue on arrival.
        return Said(
            _("已记录：%(amount)s；随后已被超过。", amount=price),
            _(
                "%(at)s 到达。现价 %(price)s，号牌 %(plate)s 领先。您至少须报 %(minimum)s。",
                at=at,
                price=amount(state.price_fen or 0),
                plate=state.leader,
                minimum=amount(minimum_fen(state)),
            ),
            small,
            "amber",
            "BID_ACCEPTED",
        )
    if event.amount_fen == state.terms.cap_fen:
        body = _("%(at)s 到达。已达到最高限价，不再接受报价；其后以签名参加摇号确定。", at=at)
    elif event.deadline is not None:
        body = _(
            "%(at)s 到达。如 %(ends)s 前无人加价，您将成为最高报价人。",
            at=at,
            ends=clock(event.deadline),
        )
    else:
        body = _(
            "%(at)s 到达。挂牌于 %(until)s 截止，此前其他竞买人可以加价。",
            at=at,
            until=day_clock(state.listing_until or record.arrival),
        )
    return Said(
        _("已记录：%(amount)s，您领先。", amount=price), body, small, "green", "BID_ACCEPTED"
    )


def _refused(record: e.Recorded, event: e.BidRefused, state: LotState) -> Said:
    number = _("第 %(no)s 号记录", no=record.seq)
    at, price = clock(record.arrival, True), amount(event.amount_fen)
    facts = event.facts
    said: tuple[str, str, str]
    match event.reason:
        case Reason.TOO_LOW:
            said = _too_low(record, event, state, number)
        case Reason.LATE:
            said = (
                _("未接受：到达时竞价已结束。"),
                _(
                    "截止 %(deadline)s，您的报价 %(at)s 到达，晚 %(late)s 秒。"
                    "以完整到达服务器的时间为准。此次报价已留存，可据此提出异议。",
                    deadline=clock(_instant(facts, "deadline_us"), True),
                    at=at,
                    late=seconds(timedelta(microseconds=int(facts["late_us"]))),
                ),
                number,
            )
            return Said(*said, "cinnabar", str(event.reason))
        case Reason.ALREADY_LEADING:
            said = (
                _("未接受：您已领先，无须加价。"),
                _(
                    "您的报价 %(at)s 到达时，现价 %(price)s就是您的报价。领先者不能自己加价。",
                    at=at,
                    price=amount(int(facts["price_fen"])),
                ),
                number,
            )
        case Reason.NOT_OPEN:
            said = (
                _("未接受：挂牌尚未开始。"),
                _(
                    "您的报价 %(at)s 到达，挂牌于 %(opens)s 开始。请在开始之后报价。",
                    at=at,
                    opens=day_clock(_instant(facts, "opens_us")),
                ),
                number,
            )
        case Reason.FREEZE:
            said = (
                _("未接受：现在是报价暂停时段。"),
                _(
                    "挂牌于 %(until)s 截止，截止前的这段时间不接受报价。",
                    until=day_clock(_instant(facts, "listing_until_us")),
                ),
                number,
            )
        case Reason.PREPARING:
            said = (
                _("未接受：现在是准备时间。"),
                _(
                    "您的报价 %(at)s 到达，%(opens)s 起接受报价。请届时重新报价。",
                    at=at,
                    opens=clock(_instant(facts, "bids_from_us")),
                ),
                number,
            )
        case Reason.SUSPENDED:
            said = (
                _("未接受：竞价已中止（可恢复）。"),
                _(
                    "%(since)s 起停止报价，您的报价 %(at)s 到达。恢复时间另行公布，"
                    "届时请重新报价。",
                    since=clock(_instant(facts, "since_us")),
                    at=at,
                ),
                number,
            )
        case Reason.ASKING:
            said = (
                _("未接受：现在是询问时间。"),
                _(
                    "您的报价 %(at)s 到达。系统正在询问竞买人是否参加限时竞价，%(until)s 截止。"
                    "请先答复，限时竞价开始后再报价。",
                    at=at,
                    until=clock(_instant(facts, "until_us")),
                ),
                number,
            )
        case Reason.ADJOURNED:
            said = (
                _("未接受：限时竞价今日已休止。"),
                _(
                    "您的报价 %(at)s 到达，%(resumes)s 起继续接受报价。请届时重新报价。",
                    at=at,
                    resumes=day_clock(_instant(facts, "resumes_us")),
                ),
                number,
            )
        case Reason.NOT_WILLING:
            said = (
                _("未接受：您没有表示参加限时竞价。"),
                _("系统询问时，您没有答复参加。您可以继续旁观。"),
                number,
            )
        case Reason.CAP_REACHED:
            said = (
                _("未接受：报价已达到最高限价。"),
                _(
                    "号牌 %(plate)s 已报出最高限价 %(cap)s，不再接受报价。"
                    "开放摇号报名后，您可以报名。",
                    plate=facts["leader"],
                    cap=amount(int(facts["cap_fen"])),
                ),
                number,
            )
        case Reason.ABOVE_CAP:
            said = (
                _("未接受：%(amount)s高于最高限价。", amount=price),
                _(
                    "本宗地最高限价为 %(cap)s，最多可以报到这个金额。",
                    cap=amount(int(facts["cap_fen"])),
                ),
                number,
            )
        case Reason.NOT_ENTERED:
            said = (
                _("未接受：您不在限时竞价名单中。"),
                _("本宗地只有挂牌期内已报价的竞买人可进入限时竞价。您可以继续旁观。"),
                number,
            )
        case Reason.OFF_SCALE:
            said = (
                _("未接受：%(amount)s不是整数单位。", amount=price),
                _("报价须为 %(scale)s的整数倍。", scale=amount(int(facts["scale_fen"]))),
                number,
            )
        case Reason.NOT_MULTIPLE:
            said = (
                _("未接受：%(amount)s不符合加价幅度。", amount=price),
                _(
                    "每次加价须为 %(step)s的整数倍。最接近的金额是 %(below)s 和 %(above)s。",
                    step=amount(int(facts["step_fen"])),
                    below=amount(int(facts["below_fen"])),
                    above=amount(int(facts["above_fen"])),
                ),
                number,
            )
    return Said(*said, "amber", str(event.reason))


def _too_low(
    record: e.Recorded, event: e.BidRefused, state: LotState, number: str
) -> tuple[str, str, str]:
    facts = event.facts
    at = clock(record.arrival, True)
    minimum = amount(max(minimum_fen(state), int(facts["minimum_fen"])))
    title = _("未接受：%(amount)s不够。", amount=amount(event.amount_fen))
    if "leader" not in facts:
        body = _(
            "您的报价 %(at)s 到达时还没有人报价，首次报价不得低于起始价。"
            "现在至少须报 %(minimum)s。",
            at=at,
            minimum=minimum,
        )
        return title, body, number
    led = _instant(facts, "leader_us")
    values = {
        "at": at,
        "price": amount(int(facts["price_fen"])),
        "plate": facts["leader"],
        "minimum": minimum,
    }
    if record.arrival - led < _LONG_BEFORE:
        body = _(
            "您的报价 %(at)s 到达时，现价已是 %(price)s（号牌 %(plate)s，早到 %(early)s 秒）。"
            "现在至少须报 %(minimum)s。",
            early=seconds(record.arrival - led),
            **values,
        )
    else:
        body = _(
            "您的报价 %(at)s 到达时，现价已是 %(price)s（号牌 %(plate)s，%(led)s 报出）。"
            "现在至少须报 %(minimum)s。",
            led=day_clock(led),
            **values,
        )
    return title, body, f"{number} · {_ground(state)}"


def _ground(state: LotState) -> str:
    return _("依据：%(rule)s", rule=raise_rule(state.terms, state.stage is Stage.ROUND))


def raise_rule(terms: RuleProfile, live: bool) -> str:
    """How much a raise must be, as the lot's own rule says."""
    step = amount(terms.step_timed_fen if live else terms.step_listing_fen)
    if terms.increment_mode is IncrementMode.MULTIPLE:
        return _("每次加价须为 %(step)s的整数倍", step=step)
    return _("每次加价不少于 %(step)s", step=step)


def _instant(facts: Facts, name: str) -> datetime:
    return from_us(int(facts[name]))
