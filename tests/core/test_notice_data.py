"""Notice [44] as data: every fact of the published text, and refusals of malformed data."""

import copy
import json
import unicodedata
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction.core.money import to_wan_text
from auction.core.notice import (
    Applicant,
    ArrivalBasis,
    Comparator,
    ContactRole,
    Index,
    Notice,
    Origin,
    PayerRule,
    PriceRule,
    Reserve,
    SourceKind,
    Unit,
    UseTerm,
)
from auction.core.notice_codec import NoticeError, notice_from_dict, notice_to_dict
from auction.core.profile import DayUnit, TimedTrigger
from auction.core.workdays import BEIJING

ROOT = Path(__file__).parents[2]
PLAIN: dict[str, Any] = json.loads(
    (ROOT / "auction/seed/notice_44.json").read_text(encoding="utf-8")
)
TEXT = unicodedata.normalize(
    "NFKC", "".join((ROOT / "tests/data/notice-44.txt").read_text(encoding="utf-8").split())
)


@pytest.fixture(scope="module")
def notice() -> Notice:
    return notice_from_dict(PLAIN)


def beijing(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2024, month, day, hour, minute, tzinfo=BEIJING)


def says(words: str) -> bool:
    return unicodedata.normalize("NFKC", words) in TEXT


def test_heading(notice: Notice) -> None:
    assert says(notice.title)
    assert notice.number == "2024TD网挂公告第[44]号"
    # The extraction doubles the bold characters of the number.
    assert says("20242024TDTD网挂公告第网挂公告第[[44]]号号")


def test_who_sells(notice: Notice) -> None:
    assert says(f"经{notice.approving_government}批准,以网上挂牌方式出让以下一幅地块")
    assert says(f"{notice.grantor}委托{notice.agency}组织实施")
    assert len(notice.lots) == 1


def test_section_1_parcel(notice: Notice) -> None:
    parcel = notice.lots[0].parcel
    assert parcel.code == "2024JC-4"
    assert says("编号" + parcel.code)
    assert says("土地位置" + parcel.location)
    assert parcel.location == "南川工业园区美玉大桥北侧"
    assert says("土地面积(平方米)34477.45")
    assert parcel.area_mm2 == 34_477_450_000
    assert says("土地用途" + "、".join(parcel.uses))
    assert parcel.uses == ("工矿用地", "绿地与开敞空间用地")


def test_section_1_planning_indices_keep_their_comparators(notice: Notice) -> None:
    parcel = notice.lots[0].parcel
    assert says("容积率≥1.1")
    assert parcel.far == Index(Comparator.AT_LEAST, "1.1")
    assert says("建筑系数≥40%")
    assert parcel.building_coefficient == Index(Comparator.AT_LEAST, "40", unit=Unit.PERCENT)
    assert says("绿地率20%")
    assert parcel.green_ratio == Index(Comparator.EQUAL, "20", unit=Unit.PERCENT)
    assert says("建筑高度≤50米")
    assert parcel.height == Index(Comparator.AT_MOST, "50", unit=Unit.METRE)
    assert says("出让年限(年)工业用地50年")
    assert parcel.terms == (UseTerm("工业用地", 50),)


def test_section_1_amounts(notice: Notice) -> None:
    lot = notice.lots[0]
    assert says("竞买保证金(万元)" + to_wan_text(lot.deposit_fen))
    assert lot.deposit_fen == 775_000_000
    assert says("挂牌起始价(万元)1549")
    assert lot.start_fen == 1_549_000_000
    assert says("竞价增加幅度(万元/次)" + to_wan_text(lot.step_fen))
    assert lot.step_fen == 100_000_000


def test_section_1_notes(notice: Notice) -> None:
    parcel = notice.lots[0].parcel
    condition = parcel.condition
    assert condition is not None
    assert condition.levelled
    assert says("该地块土地已平整")
    assert says("、".join(condition.utilities) + "等基础配套已完成")
    assert len(condition.utilities) == 4
    assert says("并已完成" + "、".join(condition.assessments) + "等相关区域性评价")
    assert len(condition.assessments) == 3
    assert condition.control_indices_set
    assert says("已制定控制性指标")
    assert condition.standard_land
    assert says("符合工业用地“标准地”出让相关条件")
    assert parcel.investment_intensity == Index(Comparator.AT_LEAST, "300", unit=Unit.WAN_PER_MU)
    assert says("固定资产投资强度不低于300万元/亩")
    assert notice.eligibility.single_allowed
    assert notice.eligibility.joint_allowed
    assert says("申请人可以单独申请,也可以联合申请")


def test_section_2_eligibility(notice: Notice) -> None:
    assert notice.eligibility.applicants == (
        Applicant.NATURAL_PERSON,
        Applicant.LEGAL_PERSON,
        Applicant.OTHER_ORGANISATION,
    )
    assert notice.eligibility.origin is Origin.INSIDE_AND_OUTSIDE
    assert says("中华人民共和国境内外的自然人、法人和其他组织")


def test_section_3_times(notice: Notice) -> None:
    windows = notice.windows
    assert says("1.挂牌公告时间:2024年10月10日09:00至2024年10月29日17:00")
    assert (windows.notice.start, windows.notice.end) == (beijing(10, 10, 9), beijing(10, 29, 17))
    assert says("2.挂牌申请时间:2024年10月10日09:00至2024年11月9日17:00")
    assert windows.application.start == beijing(10, 10, 9)
    assert windows.application.end == beijing(11, 9, 17)
    assert says("3.竞买保证金截止时间:2024年11月9日16:00")
    assert windows.deposit_deadline == beijing(11, 9, 16)
    assert says("4.挂牌报价时间:2024年10月30日09:00至2024年11月11日14:30")
    assert windows.listing.start == beijing(10, 30, 9)
    assert windows.listing.end == beijing(11, 11, 14, 30)
    assert says("5.限时竞价时间:2024年11月11日14:30起")
    assert windows.live_round_start == beijing(11, 11, 14, 30)


def test_section_4_price_rule(notice: Notice) -> None:
    assert says("不设底价,采用增价方式,按照价高者得原则确定竞得人")
    assert notice.terms.reserve is Reserve.NONE
    assert notice.terms.price_rule is PriceRule.ASCENDING_HIGHEST_WINS


def test_sections_5_and_6_platform(notice: Notice) -> None:
    platform = notice.platform
    assert says(f"到{platform.certificate_office}办理CA数字证书")
    assert says(f"登录{platform.name}({platform.url})“{platform.section}”系统")


def test_section_7_deposit(notice: Notice) -> None:
    assert says("通过基本户一次性向网上交易系统随机生成的保证金账号足额缴纳竞买保证金")
    assert notice.terms.payer_rule is PayerRule.BASIC_ACCOUNT
    assert notice.terms.single_payment
    assert says("到达指定账户的时间以银行到账时间为准")
    assert notice.terms.arrival_basis is ArrivalBasis.BANK_CREDIT


def test_section_8_step_into_the_live_round(notice: Notice) -> None:
    assert says("有2个或2个以上竞买人报价的,系统自动进入网上限时竞价程序")
    assert notice.terms.timed_trigger is TimedTrigger.QUOTED_GE_2


def test_section_9_papers(notice: Notice) -> None:
    assert says("于交易结束之日起5日内")
    assert notice.terms.winner_submit_days == 5
    assert notice.terms.winner_submit_unit is DayUnit.DAY


def test_section_11_contacts_and_signature(notice: Notice) -> None:
    for role, label in ((ContactRole.GRANTOR, "出让方"), (ContactRole.AGENCY, "交易机构")):
        contact = notice.contact(role)
        assert contact is not None
        persons = "".join(contact.persons)
        assert says(
            f"{label}:{contact.organisation}地址:{contact.address}"
            f"联系人及联系电话:{persons}{contact.phone}"
        )
        assert len(contact.persons) == 2
    assert TEXT.endswith(f"{notice.signed_by}2024年10月10日")
    assert notice.signed_on == date(2024, 10, 10)


def test_what_the_text_does_not_state_is_not_in_the_data(notice: Notice) -> None:
    assert notice.lots[0].parcel.boundary is None
    assert notice.source.kind is SourceKind.TRANSCRIBED
    assert notice.source.added == ("region_code",)
    names = json.dumps(PLAIN)
    for assumption in ("countdown", "timed_entry", "increment_mode"):
        assert assumption not in names


def test_a_lot_is_found_by_its_code(notice: Notice) -> None:
    assert notice.lot("2024JC-4") is notice.lots[0]
    assert notice.lot("2024JC-5") is None


def test_plain_data_and_notice_are_inverse(notice: Notice) -> None:
    assert notice_to_dict(notice) == PLAIN
    assert notice_from_dict(notice_to_dict(notice)) == notice
    assert json.loads(json.dumps(notice_to_dict(notice))) == PLAIN


def test_an_instant_has_one_spelling(notice: Notice) -> None:
    moved = replace(notice.windows, live_round_start=beijing(11, 11, 15))
    plain = notice_to_dict(replace(notice, windows=moved))
    assert plain["windows"]["live_round_start"] == "2024-11-11T07:00:00Z"


def test_all_problems_are_reported_at_once() -> None:
    plain = copy.deepcopy(PLAIN)
    parcel = plain["lots"][0]["parcel"]
    del plain["title"]
    plain["grantor"] = "  "
    plain["colour"] = "red"
    plain["lots"][0]["start_fen"] = 15_490_000.0
    plain["lots"][0]["step_fen"] = True
    plain["lots"][0]["deposit_fen"] = 2**53
    parcel["far"] = "1.1"
    parcel["green_ratio"]["op"] = "~"
    parcel["height"]["value"] = "1e3"
    parcel["building_coefficient"]["op"] = "range"
    parcel["terms"][0]["years"] = 0
    parcel["uses"] = "工矿用地"
    plain["windows"]["listing"]["start"] = "2024-10-30 09:00"
    plain["windows"]["listing"]["end"] = "2024-11-31T06:30:00Z"
    plain["signed_on"] = "2024-02-30"
    plain["terms"]["winner_submit_days"] = -1
    plain["eligibility"]["joint_allowed"] = "yes"
    with pytest.raises(NoticeError) as caught:
        notice_from_dict(plain)
    assert {(p.field, p.code) for p in caught.value.problems} == {
        ("title", "MISSING"),
        ("grantor", "EMPTY"),
        ("colour", "UNKNOWN_FIELD"),
        ("lots.0.start_fen", "WRONG_TYPE"),
        ("lots.0.step_fen", "WRONG_TYPE"),
        ("lots.0.deposit_fen", "TOO_LARGE"),
        ("lots.0.parcel.far", "WRONG_TYPE"),
        ("lots.0.parcel.green_ratio.op", "NOT_IN_LIST"),
        ("lots.0.parcel.height", "INDEX_NOT_DECIMAL"),
        ("lots.0.parcel.building_coefficient", "INDEX_UPPER"),
        ("lots.0.parcel.terms.0", "YEARS_OUT_OF_RANGE"),
        ("lots.0.parcel.uses", "WRONG_TYPE"),
        ("windows.listing.start", "NOT_AN_INSTANT"),
        ("windows.listing.end", "NOT_AN_INSTANT"),
        ("signed_on", "NOT_A_DATE"),
        ("terms", "DAYS_OUT_OF_RANGE"),
        ("eligibility.joint_allowed", "WRONG_TYPE"),
    }


def _with(change: Any) -> dict[str, Any]:
    plain = copy.deepcopy(PLAIN)
    change(plain)
    return plain


@pytest.mark.parametrize(
    ("plain", "field", "code"),
    [
        (None, "", "WRONG_TYPE"),
        ([], "", "WRONG_TYPE"),
        (_with(lambda p: p.update(lots=[])), "", "LOTS_EMPTY"),
        (_with(lambda p: p["lots"].append(p["lots"][0])), "", "LOT_CODE_TWICE"),
        (_with(lambda p: p.update(lots=p["lots"] * 201)), "lots", "TOO_LONG"),
        (_with(lambda p: p.update(title="长" * 20_001)), "title", "TOO_LONG"),
        (
            _with(lambda p: p["eligibility"].update(applicants=[])),
            "eligibility",
            "APPLICANTS_EMPTY",
        ),
        (
            _with(lambda p: p["eligibility"].update(single_allowed=False, joint_allowed=False)),
            "eligibility",
            "NO_WAY_TO_APPLY",
        ),
        (_with(lambda p: p["lots"][0]["parcel"].update(uses=[])), "lots.0.parcel", "USES_EMPTY"),
        (_with(lambda p: p["lots"][0]["parcel"].update(terms=[])), "lots.0.parcel", "TERMS_EMPTY"),
        (
            _with(lambda p: p["lots"][0]["parcel"].update(boundary="{}")),
            "lots.0.parcel",
            "BOUNDARY_TYPE",
        ),
        (
            _with(
                lambda p: p["lots"][0]["parcel"]["far"].update(op="range", value="2", upper="1.1")
            ),
            "lots.0.parcel.far",
            "INDEX_RANGE",
        ),
        (
            _with(lambda p: p["windows"].update(live_round_start="9999-12-31T23:59:59Z")),
            "windows.live_round_start",
            "NOT_AN_INSTANT",
        ),
    ],
)
def test_a_malformed_notice_is_refused_with_place_and_code(
    plain: object, field: str, code: str
) -> None:
    with pytest.raises(NoticeError) as caught:
        notice_from_dict(plain)
    assert [(p.field, p.code) for p in caught.value.problems] == [(field, code)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(key=st.sampled_from(sorted(PLAIN)), value=json_values)
def test_no_data_whatever_gets_anything_but_problems(key: str, value: object) -> None:
    with suppress(NoticeError):
        assert notice_to_dict(notice_from_dict({**PLAIN, key: value})) == {**PLAIN, key: value}
