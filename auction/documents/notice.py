"""The listing notice as the document that officers know: table, sections 一 to 十一, signature.

Every sentence is made from the data, so that data and text cannot contradict each other. The
wording is that of the Xining centre's notices.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auction.core.notice import (
    Applicant,
    ArrivalBasis,
    Contact,
    ContactRole,
    Eligibility,
    LandCondition,
    LotFacts,
    Notice,
    Origin,
    PayerRule,
    PriceRule,
    Reserve,
    SaleTerms,
    Windows,
)
from auction.core.profile import DayUnit, TimedTrigger
from auction.documents.chinese import (
    area_text,
    counted,
    day_text,
    index_signs,
    index_words,
    instant_text,
    listed,
    numeral,
    plain_wan,
)
from auction.documents.paper import Edition, Row
from auction.documents.parcel_map import Outline, outline

_APPLICANTS = {
    Applicant.NATURAL_PERSON: "自然人",
    Applicant.LEGAL_PERSON: "法人",
    Applicant.OTHER_ORGANISATION: "其他组织",
}
_ORIGINS = {Origin.INSIDE_AND_OUTSIDE: "境内外", Origin.INSIDE: "境内"}
_RESERVES = {Reserve.NONE: "不设底价", Reserve.SEALED: "设有底价"}
_PRICE_RULES = {
    PriceRule.ASCENDING_HIGHEST_WINS: "采用增价方式，按照价高者得原则确定竞得人",
}
_PAYERS = {PayerRule.BASIC_ACCOUNT: "通过基本户", PayerRule.ANY_OWN_ACCOUNT: "通过本单位账户"}
_ARRIVALS = {ArrivalBasis.BANK_CREDIT: "以银行到账时间为准"}
_DAY_UNITS = {DayUnit.DAY: "日", DayUnit.WORKDAY: "个工作日"}
_CONTACTS = {ContactRole.GRANTOR: "出让方", ContactRole.AGENCY: "交易机构"}
_LIVE_ROUND = "系统自动进入网上限时竞价程序，通过限时竞价确定最高报价人。"
_TRIGGERS = {
    TimedTrigger.QUOTED_GE_2: f"报价截止时，有2个或2个以上竞买人报价的，{_LIVE_ROUND}",
    TimedTrigger.QUOTED_LAST_HOUR_GE_2: (
        f"报价截止前1小时内，有2个或2个以上竞买人报价的，{_LIVE_ROUND}"
    ),
    TimedTrigger.QUALIFIED_GE_2: (f"报价截止时，有2个或2个以上竞买人取得竞买资格的，{_LIVE_ROUND}"),
    TimedTrigger.ASKED: (
        f"报价截止后，系统询问竞买人是否愿意参加限时竞价；有竞买人愿意的，{_LIVE_ROUND}"
    ),
    TimedTrigger.ALWAYS: f"报价截止时，{_LIVE_ROUND}",
    TimedTrigger.NEVER: "报价截止时，报价最高者为最高报价人。",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section: its paragraphs, then its items (times, contacts), one a line."""

    numeral: str
    paragraphs: tuple[str, ...]
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LotRow:
    """One row of the table in section 一, printed as it stands, and the parcel's outline."""

    code: str
    location: str
    area_m2: str
    uses: str
    far: str
    building_coefficient: str
    green_ratio: str
    height: str
    terms: tuple[str, ...]
    deposit_wan: str
    start_wan: str
    step_wan: str
    outline: Outline | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDocument:
    """The view of a notice. `facts` is the data itself, for summaries in other languages.

    `assumptions` are the values that the notice leaves to the rule profile, each with its mark.
    """

    edition: Edition
    title_lines: tuple[str, ...]
    number: str
    preamble: str
    sections: tuple[Section, ...]
    lots: tuple[LotRow, ...]
    notes: tuple[str, ...]
    assumptions: tuple[Row, ...]
    signed_by: str
    signed_on: str
    facts: Notice


def notice_document(
    notice: Notice, assumptions: Sequence[Row] = (), *, edition: Edition = Edition.REAL
) -> NoticeDocument:
    """The document of a notice; `assumptions` come worded from the profile's presenter."""
    bodies = list(_sections(notice))
    sections = tuple(
        Section(numeral(place), paragraphs, items)
        for place, (paragraphs, items) in enumerate(bodies, start=1)
    )
    return NoticeDocument(
        edition=edition,
        title_lines=_title_lines(notice.title),
        number=notice.number,
        preamble=(
            f"经{notice.approving_government}批准，以网上挂牌方式出让以下"
            f"{counted(len(notice.lots))}幅地块的国有建设用地使用权，{notice.grantor}委托"
            f"{notice.agency}组织实施，现将有关事项公告如下："
        ),
        sections=sections,
        lots=tuple(_row(lot) for lot in notice.lots),
        notes=tuple(_notes(notice)),
        assumptions=tuple(assumptions),
        signed_by=notice.signed_by,
        signed_on=day_text(notice.signed_on),
        facts=notice,
    )


def _title_lines(title: str) -> tuple[str, ...]:
    place, right, kind = title.partition("使用权")
    return (place + right, kind) if kind else (title,)


def _row(lot: LotFacts) -> LotRow:
    parcel = lot.parcel
    return LotRow(
        code=parcel.code,
        location=parcel.location,
        area_m2=area_text(parcel.area_mm2),
        uses="、".join(parcel.uses),
        far=index_signs(parcel.far),
        building_coefficient=index_signs(parcel.building_coefficient),
        green_ratio=index_signs(parcel.green_ratio),
        height=index_signs(parcel.height),
        terms=tuple(f"{term.use}{term.years}年" for term in parcel.terms),
        deposit_wan=plain_wan(lot.deposit_fen),
        start_wan=plain_wan(lot.start_fen),
        step_wan=plain_wan(lot.step_fen),
        outline=outline(json.loads(parcel.boundary)) if parcel.boundary else None,
    )


def _notes(notice: Notice) -> Iterable[str]:
    for lot in notice.lots:
        parcel = lot.parcel
        subject = "该地块" if len(notice.lots) == 1 else f"{parcel.code}地块"
        if parcel.condition is not None:
            yield _condition(parcel.condition, subject)
        if parcel.investment_intensity is not None:
            whose = "" if len(notice.lots) == 1 else subject
            yield f"{whose}固定资产投资强度{index_words(parcel.investment_intensity)}。"
        yield from parcel.remarks
    yield _application_forms(notice.eligibility)


def _condition(condition: LandCondition, subject: str) -> str:
    parts = ["土地已平整"] if condition.levelled else []
    if condition.utilities:
        parts.append("、".join(condition.utilities) + "等基础配套已完成")
    if condition.assessments:
        parts.append("并已完成" + "、".join(condition.assessments) + "等相关区域性评价")
    if condition.control_indices_set:
        parts.append("已制定控制性指标")
    if condition.standard_land:
        parts.append("符合工业用地“标准地”出让相关条件")
    return f"{subject}{'，'.join(parts) or '以现状交付'}。"


def _application_forms(eligibility: Eligibility) -> str:
    if eligibility.single_allowed and eligibility.joint_allowed:
        return "申请人可以单独申请，也可以联合申请。"
    return "申请人须联合申请。" if eligibility.joint_allowed else "申请人须单独申请。"


def _sections(notice: Notice) -> Iterable[tuple[tuple[str, ...], tuple[str, ...]]]:
    platform, terms = notice.platform, notice.terms
    applicants = listed(tuple(_APPLICANTS[kind] for kind in notice.eligibility.applicants))
    yield ("挂牌出让地块的基本情况和规划指标：",), ()
    yield (
        (
            f"符合本次网上挂牌出让文件要求的中华人民共和国{_ORIGINS[notice.eligibility.origin]}的"
            f"{applicants}，除法律、法规另有规定外，均可申请参加本次国有建设用地使用权"
            "网上公开挂牌出让活动。",
        ),
        (),
    )
    yield (
        ("网上公开挂牌出让具体时间安排（以交易系统服务器时间为准）：",),
        _numbered(_times(notice.windows)),
    )
    yield (
        (
            f"本次国有建设用地使用权网上挂牌出让{_RESERVES[terms.reserve]}，"
            f"{_PRICE_RULES[terms.price_rule]}。",
        ),
        (),
    )
    yield (
        (
            f"申请人应在公告发布之日起到{platform.certificate_office}办理CA数字证书，"
            "并完善诚信库相关信息。",
        ),
        (),
    )
    yield (
        (
            f"申请人在挂牌申请时间内通过CA数字证书登录{platform.name}（{platform.url}）"
            f"“{platform.section}”系统，按照网上操作程序点击下载出让文件，并参加挂牌交易活动。"
            "已办理过数字证书的竞买人可直接登录系统使用。",
        ),
        (),
    )
    yield (_deposit(terms),), ()
    yield (
        (
            "申请人完成保证金缴纳后，获取《网上竞买资格确认书》，方能在网上竞价系统参与报价。"
            f"{_TRIGGERS[terms.timed_trigger]}",
        ),
        (),
    )
    yield (_papers(notice),), ()
    for clause in notice.clauses:
        yield (clause,), ()
    yield ("本公告未尽事宜及风险提示详见出让文件。",), ()
    yield ("联系方式：",), tuple(line for c in notice.contacts for line in _contact(c))


def _times(windows: Windows) -> Iterable[str]:
    for label, window in (
        ("挂牌公告时间", windows.notice),
        ("挂牌申请时间", windows.application),
    ):
        yield f"{label}：{instant_text(window.start)}至{instant_text(window.end)}。"
    yield f"竞买保证金截止时间：{instant_text(windows.deposit_deadline)}。"
    listing = windows.listing
    yield f"挂牌报价时间：{instant_text(listing.start)}至{instant_text(listing.end)}。"
    yield f"限时竞价时间：{instant_text(windows.live_round_start)}起。"


def _numbered(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{place}.{line}" for place, line in enumerate(lines, start=1))


def _deposit(terms: SaleTerms) -> str:
    once = "一次性" if terms.single_payment else ""
    return (
        f"申请人必须在竞买保证金截止时间前，{_PAYERS[terms.payer_rule]}{once}向网上交易系统"
        "随机生成的保证金账号足额缴纳竞买保证金，到达指定账户的时间"
        f"{_ARRIVALS[terms.arrival_basis]}。"
    )


def _papers(notice: Notice) -> str:
    terms = notice.terms
    return (
        f"最高报价人于交易结束之日起{terms.winner_submit_days}"
        f"{_DAY_UNITS[terms.winner_submit_unit]}内，在{notice.platform.name}使用CA数字证书上传"
        "《竞买须知》中规定的竞买资料。上传完成后，持网上打印的《国有建设用地使用权挂牌出让"
        f"成交通知书》，与{notice.grantor}签订《国有建设用地使用权成交确认书》，"
        "网上挂牌交易活动结束。"
    )


def _contact(contact: Contact) -> Iterable[str]:
    yield f"{_CONTACTS[contact.role]}：{contact.organisation}"
    yield f"地址：{contact.address}"
    yield f"联系人及联系电话：{' '.join((*contact.persons, contact.phone))}"
