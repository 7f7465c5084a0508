"""Papers of a bidder before the live round: deposit notice, qualification certificate, day card."""

from dataclasses import dataclass
from datetime import date, datetime

from auction.core.money import capitals, to_wan_text
from auction.core.notice import PayerRule
from auction.core.profile import IncrementMode, TimedEntry
from auction.documents.chinese import day_with_weekday, full_instant_text, span_text
from auction.documents.paper import Edition, Mark, Paper, Row

_PAYERS = {
    PayerRule.BASIC_ACCOUNT: "须从申请人的基本存款账户转出，付款户名须与申请人名称一致。",
    PayerRule.ANY_OWN_ACCOUNT: "须从申请人本单位账户转出，付款户名须与申请人名称一致。",
}
_ENTRIES = {
    TimedEntry.QUOTED_ONLY: "挂牌期内有过有效报价的竞买人方可参加限时竞价。",
    TimedEntry.QUALIFIED_ALL: "取得竞买资格的竞买人均可参加限时竞价。",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositNoticeFacts:
    """What 保证金缴纳通知书 states. `account` is the one made for this bidder and lot (R-40).

    The deadline is inclusive to the second; `advised_by` is the last working day before it when
    the deadline itself falls on a day off.
    """

    edition: Edition
    number: str
    notice_number: str
    lot_code: str
    location: str
    bidder: str
    amount_fen: int
    deadline: datetime
    payee: str
    bank: str
    account: str
    payer_rule: PayerRule
    single_payment: bool
    advised_by: date | None
    issuer: str
    issued_at: datetime


def deposit_notice(facts: DepositNoticeFacts) -> Paper:
    """竞买保证金缴纳通知书 (R-40 to R-44)."""
    deadline = full_instant_text(facts.deadline)
    points = [
        f"保证金须于{deadline}（含）前足额到账，到账时间以银行记载的入账时间为准。"
        "逾期到账的，不能取得竞买资格，款项原路退还。",
        _PAYERS[facts.payer_rule],
        "上述账号由系统随机生成，仅供本申请人就本地块使用，请勿用于其他地块或转告他人。",
    ]
    if facts.single_payment:
        points.insert(1, "须一次性足额缴纳，分次缴纳的款项不累计。")
    if facts.advised_by is not None:
        points.append(
            f"截止日为非工作日，跨行转账可能无法当日到账，建议于"
            f"{day_with_weekday(facts.advised_by)}前完成缴纳。"
        )
    return Paper(
        edition=facts.edition,
        title="竞买保证金缴纳通知书",
        number=facts.number,
        addressee=facts.bidder,
        opening=(
            f"您（单位）对{facts.notice_number}{facts.lot_code}地块的竞买申请已收到，"
            "请按下列信息缴纳竞买保证金：",
        ),
        rows=(
            Row("地块编号", facts.lot_code),
            Row("土地位置", facts.location),
            Row("保证金金额", f"{to_wan_text(facts.amount_fen)}万元"),
            Row("金额大写", capitals(facts.amount_fen)),
            Row("收款户名", facts.payee),
            Row("开户银行", facts.bank),
            Row("收款账号", facts.account),
            Row("到账截止", f"{deadline}（含）"),
        ),
        points_title="注意事项",
        points=tuple(points),
        issuer=facts.issuer,
        issued=full_instant_text(facts.issued_at),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationFacts:
    """What 《网上竞买资格确认书》 states (R-29). `check_code` finds it on the check page."""

    edition: Edition
    number: str
    notice_number: str
    lot_code: str
    location: str
    bidder: str
    plate: str
    deposit_fen: int
    credited_at: datetime
    listing_start: datetime
    listing_end: datetime
    live_round_start: datetime
    issuer: str
    issued_at: datetime
    check_code: str


def qualification_certificate(facts: QualificationFacts) -> Paper:
    """《网上竞买资格确认书》 (R-29, R-30)."""
    return Paper(
        edition=facts.edition,
        title="网上竞买资格确认书",
        number=facts.number,
        addressee=facts.bidder,
        opening=(
            f"您（单位）提交的{facts.notice_number}{facts.lot_code}地块竞买申请及缴纳的竞买保证金"
            "符合出让文件的要求，现确认您（单位）具备该地块的网上竞买资格。",
        ),
        rows=(
            Row("地块编号", facts.lot_code),
            Row("土地位置", facts.location),
            Row("竞买人", facts.bidder),
            Row("竞买号牌", facts.plate),
            Row("已缴竞买保证金", f"{to_wan_text(facts.deposit_fen)}万元"),
            Row("金额大写", capitals(facts.deposit_fen)),
            Row("银行入账时间", full_instant_text(facts.credited_at)),
            Row("挂牌报价开始", full_instant_text(facts.listing_start)),
            Row("挂牌报价截止", full_instant_text(facts.listing_end)),
            Row("限时竞价开始", full_instant_text(facts.live_round_start)),
        ),
        points_title="注意事项",
        points=(
            "报价须使用本人（单位）的数字证书在网上竞价系统提交，报价一经记录不能撤回。",
            "竞价中只显示竞买号牌。交易结束前请勿向他人透露号牌，以免泄露竞买人身份。",
            "本确认书仅对上述地块有效。",
        ),
        issuer=facts.issuer,
        issued=full_instant_text(facts.issued_at),
        check_code=facts.check_code,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDayFacts:
    """What 竞价日提示卡 states; it bears the plate and never a name (B-13, R-92).

    `mark` is printed beside the values that come from the rule profile, not from the notice.
    """

    edition: Edition
    notice_number: str
    lot_code: str
    plate: str
    listing_end: datetime
    live_round_start: datetime
    start_fen: int
    step_fen: int
    increment_mode: IncrementMode
    entry: TimedEntry
    countdown_seconds: int
    mark: Mark
    duty_phone: str
    issuer: str


def live_day_card(facts: LiveDayFacts) -> Paper:
    """竞价日提示卡, one A5 page to lie beside the keyboard."""
    step = f"{to_wan_text(facts.step_fen)}万元"
    countdown = span_text(facts.countdown_seconds)
    raise_text = {
        IncrementMode.AT_LEAST: f"每次加价不少于{step}",
        IncrementMode.MULTIPLE: f"每次加价为{step}的整数倍",
    }[facts.increment_mode]
    return Paper(
        edition=facts.edition,
        title="竞价日提示卡",
        number=facts.notice_number,
        rows=(
            Row("地块编号", facts.lot_code),
            Row("我的竞买号牌", facts.plate),
            Row("挂牌报价截止", full_instant_text(facts.listing_end)),
            Row("限时竞价开始", full_instant_text(facts.live_round_start)),
            Row("挂牌起始价", f"{to_wan_text(facts.start_fen)}万元"),
            Row("加价规则", raise_text, facts.mark),
            Row("倒计时", countdown, facts.mark),
            Row("值班电话", facts.duty_phone),
        ),
        points_title="规则",
        points=(
            f"{raise_text}，报价一经记录不能撤回。",
            f"倒计时{countdown}，每次有效报价后重新计时；倒计时内无人加价，竞价结束。",
            "以报价完整到达服务器的时间为准，截止时刻起到达的报价无效。",
            _ENTRIES[facts.entry],
            "结束时报价最高者为最高报价人。限时竞价没有总时长限制，可能持续到夜间。",
        ),
        notes=(
            "请勿在最后一分钟才报价。",
            "数字证书没有回应：重新插入后再试，或改用已登记的备用证书，号牌不变。",
            "断线或停电：已记录的报价继续有效；请换网络或设备重新登录，计时不会因此停止。",
            "系统故障：以页面公布的中止、恢复时间为准，并拨打值班电话。",
        ),
        issuer=facts.issuer,
    )
