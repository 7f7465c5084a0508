"""The listing documents 出让文件 beside the notice: 竞买须知 and 竞买申请书, made from the data."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from auction.core.money import capitals, to_wan_text
from auction.core.notice import Eligibility, LotFacts, Notice, PayerRule
from auction.core.profile import DayUnit, IncrementMode, RuleProfile, TimedEntry, TimedTrigger
from auction.documents import rule_points
from auction.documents.chinese import full_instant_text, span_text
from auction.documents.paper import Edition, Mark, Paper, Row

_INCREMENTS = {
    IncrementMode.AT_LEAST: "每次加价不少于一个加价幅度",
    IncrementMode.MULTIPLE: "每次加价为加价幅度的整数倍",
}
_ENTRIES = {
    TimedEntry.QUOTED_ONLY: "挂牌期内有过有效报价的竞买人",
    TimedEntry.QUALIFIED_ALL: "取得竞买资格的全部竞买人",
}
_TRIGGERS = {
    TimedTrigger.QUOTED_GE_2: "挂牌截止时有2个或2个以上竞买人报价",
    TimedTrigger.QUOTED_LAST_HOUR_GE_2: "挂牌截止前1小时内有2个或2个以上竞买人报价",
    TimedTrigger.QUALIFIED_GE_2: "挂牌截止时有2个或2个以上竞买人取得竞买资格",
    TimedTrigger.ASKED: "挂牌截止后询问，有人愿意",
    TimedTrigger.ALWAYS: "挂牌截止即进入",
    TimedTrigger.NEVER: "不进行限时竞价",
}
_PAYERS = {
    PayerRule.BASIC_ACCOUNT: "由申请人的基本存款账户转出",
    PayerRule.ANY_OWN_ACCOUNT: "由申请人本单位账户转出",
}
_UNITS = {DayUnit.DAY: "日", DayUnit.WORKDAY: "个工作日"}
ALONE_BP = 10_000
"""The share of a bidder who applies alone, in basis points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionsFacts:
    """What 竞买须知 is made from. `rules` is the SHA-256 (hex) of the published terms."""

    edition: Edition
    notice: Notice
    lot: LotFacts
    profile: RuleProfile
    rules: str
    mark: Mark
    """Printed beside the values that the notice does not state."""


def instructions(facts: InstructionsFacts) -> Paper:
    """竞买须知: this lot's rules in words, from its frozen profile."""
    return Paper(
        edition=facts.edition,
        title="竞买须知",
        number=f"{facts.notice.number} {facts.lot.code}",
        opening=(
            f"本须知依据{facts.notice.number}及本宗地的规则方案编制，是出让文件的组成部分。"
            "竞买人提交申请，即视为已阅读并接受出让文件的全部内容。",
        ),
        rows=tuple(_rules(facts)),
        points_title="竞买规则",
        points=tuple(_points(facts)),
        closing=(f"本宗地规则摘要（SHA-256）：{facts.rules}",),
        issuer=facts.notice.agency,
    )


def _rules(facts: InstructionsFacts) -> Iterator[Row]:
    profile = facts.profile

    def row(label: str, value: str, field: str = "") -> Row:
        assumed = field in profile.assumed
        return Row(label, value, facts.mark if assumed else Mark.NONE)

    yield row("竞买申请", _window(profile.apply_from, profile.apply_until))
    yield row("保证金到账截止", f"{full_instant_text(profile.deposit_until)}（含）")
    yield row("挂牌报价", _window(profile.listing_from, profile.listing_until))
    yield row("挂牌起始价", _wan(profile.start_fen))
    yield row("竞买保证金", _wan(profile.deposit_fen))
    yield row("挂牌期加价幅度", _wan(profile.step_listing_fen))
    yield row("限时竞价加价幅度", _wan(profile.step_timed_fen))
    yield row("加价规则", _INCREMENTS[profile.increment_mode], "increment_mode")
    yield row("进入限时竞价的条件", _TRIGGERS[profile.timed_trigger])
    yield row("可参加限时竞价的人", _ENTRIES[profile.timed_entry], "timed_entry")
    yield row("首次倒计时", span_text(profile.countdown_first_seconds), "countdown_first_seconds")
    yield row("每次报价后重新计时", span_text(profile.countdown_seconds), "countdown_seconds")


def _points(facts: InstructionsFacts) -> Iterator[str]:
    notice, profile = facts.notice, facts.profile
    once = (
        "一次性足额缴纳，分次缴纳的款项不累计" if profile.single_payment else "足额缴纳，可以分次"
    )
    yield (
        "申请、报价、联合竞买的同意和文书的签收，均须使用登记在本单位名下的数字证书签名，"
        "不接受电话、邮寄、书面或口头申请。"
    )
    yield (
        f"{_application(notice.eligibility)}联合申请的，各方须分别登记并以本方证书签名同意，"
        "出资比例合计为100%，由牵头方报价，各方承担连带责任。"
        "同一主体在同一宗地只能参加一次（单独或联合）。"
    )
    yield (
        f"竞买保证金须{once}，{_PAYERS[notice.terms.payer_rule]}，付款户名须与申请人名称一致。"
        "比对户名时忽略括号、空格和全角半角的差别。到账时间以银行记载的入账时间为准，"
        "精确到秒，截止时刻当秒到账有效。"
    )
    yield "竞买申请、缴款与竞买资格在交易结束前对任何人保密，竞价中只显示随机产生的竞买号牌。"
    yield "报价一经记录不能撤回。时间以服务器时间为准，报价以完整到达服务器的时间为准。"
    if not profile.self_outbid:
        yield "已领先的竞买人不能再次加价。"
    yield from rule_points.reserve_and_cap(profile)
    yield from rule_points.ask(profile)
    yield from rule_points.countdown(profile)
    yield from rule_points.standstill(profile)
    yield (
        f"最高报价人须于交易结束之日起{profile.winner_submit_days}"
        f"{_UNITS[profile.winner_submit_unit]}内上传竞买资料，经资格审核后方可成交。"
    )
    yield (
        f"未竞得人的保证金于交易结束后{profile.refund_due_workdays}个工作日内原路退回，无需申请。"
    )
    yield (
        "提供虚假文件、串通竞买、拒签成交确认书或者不按约定付款的，"
        "由有权机关依出让文件处理其保证金，不自动没收。"
    )
    yield from rule_points.default(profile)
    yield "本须知未列明的参数见本宗地的“本场规则”页，两者由同一规则方案生成。"


def _application(eligibility: Eligibility) -> str:
    if eligibility.single_allowed and eligibility.joint_allowed:
        return "可以单独申请，也可以联合申请。"
    return "须联合申请。" if eligibility.joint_allowed else "须单独申请。"


@dataclass(frozen=True, slots=True)
class Applicant:
    """One party of an application with its share in basis points."""

    name: str
    id_code: str
    share_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationFacts:
    """What 竞买申请书 states; without parties it is the blank form."""

    edition: Edition
    notice_number: str
    lot_code: str
    location: str
    deposit_fen: int
    grantor: str
    parties: tuple[Applicant, ...] = ()
    contact: str = ""
    phone: str = ""
    sha256: str = ""


def application_form(facts: ApplicationFacts) -> Paper:
    """竞买申请书, blank or filled in; the lead party comes first."""
    parties = facts.parties or (Applicant("", "", ALONE_BP),)
    joint = len(parties) > 1
    rows = [
        Row("地块编号", facts.lot_code),
        Row("土地位置", facts.location),
        Row("申请方式", "" if not facts.parties else "联合申请" if joint else "单独申请"),
    ]
    for place, party in enumerate(parties):
        who = ("牵头方" if place == 0 else f"联合方{place}") if joint else "申请人"
        rows += [Row(who, party.name), Row("统一社会信用代码（证件号码）", party.id_code)]
        if joint:
            rows.append(Row("出资比例", f"{share_text(party.share_bp)}%"))
    rows += [
        Row("联系人", facts.contact),
        Row("联系电话", facts.phone),
        Row("应缴竞买保证金", f"{_wan(facts.deposit_fen)}（{capitals(facts.deposit_fen)}）"),
    ]
    return Paper(
        edition=facts.edition,
        title="国有建设用地使用权竞买申请书",
        number=facts.notice_number,
        addressee=facts.grantor,
        opening=(
            f"经阅读{facts.notice_number}{facts.lot_code}地块的出让文件，我方完全接受其全部内容，"
            "现申请参加该地块国有建设用地使用权的网上挂牌竞买，并承诺：",
        ),
        rows=tuple(rows),
        points_title="承诺",
        points=(
            "按出让文件的规定缴纳竞买保证金，不串通竞买，所提供的资料真实、完整。",
            "如成为最高报价人，按期上传竞买资料，签订成交确认书，并履行相应义务。",
            "已知悉报价一经记录不能撤回。",
        ),
        content_sha256=facts.sha256,
    )


def share_text(basis_points: int) -> str:
    """A share as a percentage without needless zeros: `60`, `33.34`."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(whole)


def _window(start: datetime, end: datetime) -> str:
    return f"{full_instant_text(start)}至{full_instant_text(end)}前"


def _wan(fen: int) -> str:
    return f"{to_wan_text(fen)}万元"
