"""Why a bid was not accepted, in one sentence for readers of the log: what it was compared with."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask_babel import gettext as _

from auction.core import events as e
from auction.core.instants import from_us
from auction.core.reasons import Reason
from auction.core.state import LotState, Stage
from auction.presenting.bids import raise_rule
from auction.presenting.figures import amount, clock, day_clock, seconds

_LONG_BEFORE = timedelta(minutes=1)


def sentence(record: e.Recorded, event: e.BidRefused, before: LotState, lead: int | None) -> str:
    """The sentence of a refusal on the state `before`, whose leader record `lead` made.

    LookupError, TypeError or ValueError if its facts are not those that its reason has.
    """
    facts = event.facts
    values: dict[str, str | int] = {
        "plate": event.plate,
        "at": clock(record.arrival, True),
        "amount": amount(event.amount_fen),
        "no": record.seq,
    }
    match event.reason:
        case Reason.TOO_LOW:
            return _too_low(record, event, before, lead, values)
        case Reason.LATE:
            return _(
                "号牌 %(plate)s 的报价 %(amount)s 于 %(at)s 到达，竞价已于 %(deadline)s 截止，"
                "晚 %(late)s 秒。以完整到达服务器的时间为准，不予接受，记为第 %(no)s 号。",
                deadline=clock(_instant(facts, "deadline_us"), True),
                late=seconds(timedelta(microseconds=int(facts["late_us"]))),
                **values,
            )
        case Reason.ALREADY_LEADING:
            return _(
                "号牌 %(plate)s 的报价 %(amount)s 于 %(at)s 到达；"
                "当时最高价 %(price)s 即其本人所报。领先者不得自行加价，"
                "不予接受，记为第 %(no)s 号。",
                price=amount(int(facts["price_fen"])),
                **values,
            )
        case Reason.NOT_OPEN:
            return _(
                "号牌 %(plate)s 的报价 %(amount)s 于 %(at)s 到达，挂牌 %(opens)s 才开始，"
                "不予接受，记为第 %(no)s 号。",
                opens=day_clock(_instant(facts, "opens_us")),
                **values,
            )
        case Reason.FREEZE:
            return _(
                "号牌 %(plate)s 的报价 %(amount)s 于 %(at)s 到达，处于挂牌截止（%(until)s）前的"
                "报价暂停时段，不予接受，记为第 %(no)s 号。",
                until=day_clock(_instant(facts, "listing_until_us")),
                **values,
            )
        case Reason.PREPARING:
            return _(
                "号牌 %(plate)s 的报价 %(amount)s 于 %(at)s 到达，处于准备时间，"
                "%(since)s 起才接受报价，不予接受，记为第 %(no)s 号。",
                since=clock(_instant(facts, "bids_from_us"), True),
                **values,
            )
        case Reason.SUSPENDED:
            return _(
                "号牌 %(plate)s 的报价 %(amount)s 于 %(at)s 到达，竞价自 %(since)s 起已中止，"
                "不予接受，记为第 %(no)s 号。",
                since=clock(_instant(facts, "since_us"), True),
                **values,
            )
        case Reason.ASKING:
            return _(
                "号牌 %(plate)s 的报价 %(amount)s 于 %(at)s 到达，系统正在询问竞买人是否参加"
                "限时竞价（至 %(until)s），不予接受，记为第 %(no)s 号。",
                until=clock(_instant(facts, "until_us"), True),
                **values,
            )
        case Reason.ADJOURNED:
            return _(
                "号牌 %(plate)s 的报价 %(amount)s 于 %(at)s 到达，限时竞价当日已休止，"
                "%(resumes)s 起继续，不予接受，记为第 %(no)s 号。",
                resumes=day_clock(_instant(facts, "resumes_us")),
                **values,
            )
        case Reason.NOT_WILLING:
            return _(
                "号牌 %(plate)s 的报价 %(amount)s 于 %(at)s 到达；该号牌在询问时没有表示参加"
                "限时竞价，不予接受，记为第 %(no)s 号。",
                **values,
            )
        case Reason.CAP_REACHED:
            return _(
                "号牌 %(plate)s 的报价 %(amount)s 于 %(at)s 到达；当时最高价已为最高限价 %(cap)s"
                "（号牌 %(leader)s），不再接受报价，不予接受，记为第 %(no)s 号。",
                cap=amount(int(facts["cap_fen"])),
                leader=facts["leader"],
                **values,
            )
        case Reason.ABOVE_CAP:
            return _(
                "号牌 %(plate)s 的报价 %(amount)s 于 %(at)s 到达，高于最高限价 %(cap)s，"
                "不予接受，记为第 %(no)s 号。",
                cap=amount(int(facts["cap_fen"])),
                **values,
            )
        case Reason.NOT_ENTERED:
            return _(
                "号牌 %(plate)s 的报价 %(amount)s 于 %(at)s 到达；该号牌在挂牌期内没有报价，"
                "不在限时竞价名单中，不予接受，记为第 %(no)s 号。",
                **values,
            )
        case Reason.OFF_SCALE:
            return _(
                "号牌 %(plate)s 的报价 %(amount)s 于 %(at)s 到达；报价须为 %(scale)s 的整数倍，"
                "不予接受，记为第 %(no)s 号。",
                scale=amount(int(facts["scale_fen"])),
                **values,
            )
        case Reason.NOT_MULTIPLE:
            return _(
                "号牌 %(plate)s 的报价 %(amount)s 于 %(at)s 到达；每次加价须为 %(step)s 的整数倍，"
                "最接近的金额是 %(below)s 和 %(above)s，不予接受，记为第 %(no)s 号。",
                step=amount(int(facts["step_fen"])),
                below=amount(int(facts["below_fen"])),
                above=amount(int(facts["above_fen"])),
                **values,
            )


def _too_low(
    record: e.Recorded,
    event: e.BidRefused,
    before: LotState,
    lead: int | None,
    values: Mapping[str, str | int],
) -> str:
    facts = event.facts
    minimum = amount(int(facts["minimum_fen"]))
    if "leader" not in facts:
        return _(
            "号牌 %(plate)s 的报价于 %(at)s 到达，金额 %(amount)s；当时尚无报价，首次报价不得低于"
            "起始价 %(minimum)s。系统不予接受，记为第 %(no)s 号。",
            minimum=minimum,
            **values,
        )
    led = _instant(facts, "leader_us")
    shared = {
        "minimum": minimum,
        "price": amount(int(facts["price_fen"])),
        "leader": facts["leader"],
        "lead": "-" if lead is None else lead,
        "rule": raise_rule(before.terms, before.stage is Stage.ROUND),
        **values,
    }
    if record.arrival - led < _LONG_BEFORE:
        return _(
            "号牌 %(plate)s 的报价于 %(at)s 到达，金额 %(amount)s；当时最高价已为 %(price)s"
            "（号牌 %(leader)s，早到 %(early)s 秒，第 %(lead)s 号记录），最低须报 %(minimum)s。"
            "依据公告载明的竞价增加幅度（%(rule)s），系统不予接受，记为第 %(no)s 号。",
            early=seconds(record.arrival - led),
            **shared,
        )
    return _(
        "号牌 %(plate)s 的报价于 %(at)s 到达，金额 %(amount)s；当时最高价已为 %(price)s"
        "（号牌 %(leader)s，%(led)s 报出，第 %(lead)s 号记录），最低须报 %(minimum)s。"
        "依据公告载明的竞价增加幅度（%(rule)s），系统不予接受，记为第 %(no)s 号。",
        led=day_clock(led),
        **shared,
    )


def _instant(facts: Mapping[str, int | str], name: str) -> datetime:
    return from_us(int(facts[name]))
