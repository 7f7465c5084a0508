"""What becomes of a bid, in words: recorded, not accepted, not a bid at all, or not yet known.

The order of each sentence: what happened, what it means, what to do, the number that proves it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask_babel import gettext as _

from auction.core import events as e
from auction.core.instants import from_us
from auction.core.profile import IncrementMode, RuleProfile
from auction.core.reasons import Facts, Reason
from auction.core.state import LotState, Stage, minimum_fen
from auction.presenting import sign_in
from auction.presenting.figures import amount, clock, day_clock, seconds
from auction.presenting.said import Said

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
    if event.deadline is not None:
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


# --- no bid, or not yet known -----------------------------------------------------------------


def queued(arrival: datetime) -> Said:
    """The bid is in, its verdict is not: the arrival decides, however long it takes (R-65)."""
    return Said(
        _("已收到，正在排队判定。"),
        _("到达时间 %(at)s 已登记，按此时间判定。", at=clock(arrival, True)),
        tone="amber",
        code="QUEUED",
    )


def not_decided(arrival: datetime) -> Said:
    """The database failed: nothing was decided, and the same statement may be sent again."""
    return Said(
        _("系统暂时不能判定这笔报价，没有记录。"),
        _(
            "%(at)s 到达。请重新发送同一笔：同一笔报价重复发送，只会记录一次。如持续出现，"
            "本场将按系统故障中止。",
            at=clock(arrival, True),
        ),
        tone="cinnabar",
        code="NOT_DECIDED",
    )


def not_received() -> Said:
    """The end of M9: nothing of this statement ever arrived."""
    return Said(
        _("服务器没有收到这笔报价。"),
        _("它没有生效。签名原件已保存在本机，可作为证据下载。"),
        tone="amber",
        code="NOT_RECEIVED",
    )


def rejected(code: str, facts: Mapping[str, int | str]) -> Said:
    """Why a request was no bid of a qualified bidder, or could not be decided."""
    kept = _("此次请求没有记入报价记录。")
    match code:
        case "NOT_SIGNED_IN":
            return Said(
                _("您尚未登录，报价未提交。"), _("请用数字证书登录后再报价。"), kept, code=code
            )
        case "NOT_A_BIDDER" | "OBSERVER":
            return Said(
                _("您正在旁观，不能报价。"),
                _("请以竞买人的数字证书登录，进入竞价席。"),
                kept,
                code=code,
            )
        case "NOT_QUALIFIED" | "PLATE_NOT_ADMITTED":
            return Said(
                _("您没有本宗地的竞买资格，报价未提交。"),
                _("取得《网上竞买资格确认书》后才能报价。请查看本宗地任务单。"),
                kept,
                code=code,
            )
        case "ONE_AT_A_TIME":
            return Said(
                _("上一笔报价还没有结果，这一笔没有提交。"),
                _("同一竞买人同时只能有一笔报价在判定中。请等上一笔的结果。"),
                kept,
                code=code,
            )
        case "TOO_MANY":
            return Said(
                _("提交过于频繁，这一笔没有提交。"), _("请等一秒钟再报价。"), kept, code=code
            )
        case "HEAD_UNKNOWN":
            return Said(
                _("您签名时所见的记录与服务器的记录不一致，报价未提交。"),
                _(
                    "请刷新本页，核对现价和核对码后重新报价。如再次出现，"
                    "请下载本机记录并致电监督电话。"
                ),
                kept,
                "cinnabar",
                code,
            )
        case "TICKET_EXPIRED":
            return Said(
                _("核对签名超时，报价未提交。"),
                _("服务器没有判定这笔报价。请核对现价后重新报价。"),
                kept,
                code=code,
            )
        case "STATEMENT_MISMATCH" if facts.get("field") == "rules":
            return Said(
                _("公告已变更，报价未提交。"),
                _("您的申请继续有效；请阅读新版本后再报价。"),
                kept,
                code="TERMS_CHANGED",
            )
        case "STATEMENT_MISMATCH":
            return Said(
                _("签名内容与本场不符，报价未提交。"),
                _("请刷新本页后重新报价。"),
                kept,
                code=code,
            )
        case "STATEMENT_BAD_VALUE" if facts.get("field") == "amount":
            return Said(
                _("金额不是有效的数字，报价未提交。"),
                _("请输入以万元为单位的金额，最多六位小数。"),
                kept,
                code=code,
            )
    if code.startswith("STATEMENT"):
        return Said(
            _("签名没有通过核对，报价未提交。"),
            _("请重新报价；如再次出现，请检查数字证书。"),
            kept,
            code=code,
        )
    said = sign_in.explain(code)
    return Said(said.title, said.body, kept, said.tone, code)
