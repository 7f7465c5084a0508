"""The notice's document says what the published text says, sentence by sentence."""

import json
import unicodedata
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auction.core.notice import Comparator, Eligibility, Index, Notice, Origin, Unit, UseTerm
from auction.core.notice_codec import notice_from_dict
from auction.core.profile import DayUnit, TimedTrigger
from auction.documents.chinese import index_signs, index_words, numeral
from auction.documents.notice import NoticeDocument, notice_document
from auction.documents.paper import Edition, Mark, Row

ROOT = Path(__file__).parents[2]
PUBLISHED = (ROOT / "tests/data/notice-44.txt").read_text(encoding="utf-8")

DELIBERATE = (
    # (as published, as generated)
    ("可直接登陆系统使用", "可直接登录系统使用"),  # a slip of the pen for 登录
)
DOUBLED_BY_THE_EXTRACTION = "20242024TDTD网挂公告第网挂公告第[[44]]号号"


def normal(text: str) -> str:
    """Without spaces and line ends; full-width and half-width forms made one."""
    return unicodedata.normalize("NFKC", "".join(text.split()))


@pytest.fixture(scope="module")
def notice() -> Notice:
    path = ROOT / "auction/seed/notice_44.json"
    return notice_from_dict(json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def document(notice: Notice) -> NoticeDocument:
    return notice_document(notice)


def sections_text(document: NoticeDocument) -> str:
    return "".join(
        f"{section.numeral}、{''.join(section.paragraphs)}{''.join(section.items)}"
        for section in document.sections
    )


def section(document: NoticeDocument, numeral: str) -> str:
    found = next(s for s in document.sections if s.numeral == numeral)
    return "".join((*found.paragraphs, *found.items))


def test_from_the_preamble_to_the_signature_it_is_the_published_text(
    document: NoticeDocument,
) -> None:
    published = normal(PUBLISHED)
    published = published[published.index("经西宁市人民政府批准") :]
    for original, ours in DELIBERATE:
        assert normal(original) in published
        published = published.replace(normal(original), normal(ours))
    generated = "".join(
        (document.preamble, sections_text(document), document.signed_by, document.signed_on)
    )
    assert normal(generated) == published


def test_it_has_the_sections_one_to_eleven(document: NoticeDocument) -> None:
    numerals = "一 二 三 四 五 六 七 八 九 十 十一"
    assert [s.numeral for s in document.sections] == numerals.split()


def test_title_stands_in_two_lines_and_once(document: NoticeDocument) -> None:
    assert document.title_lines == ("西宁市国有建设用地使用权", "挂牌出让公告")
    title = normal("".join(document.title_lines))
    assert normal(PUBLISHED).startswith(title + title + DOUBLED_BY_THE_EXTRACTION)
    assert document.number == "2024TD网挂公告第[44]号"


def test_the_table_holds_the_published_cells(document: NoticeDocument) -> None:
    (row,) = document.lots
    cells = {
        "编号": row.code,
        "土地位置": row.location,
        "土地面积（平方米）": row.area_m2,
        "土地用途": row.uses,
        "容积率": row.far,
        "建筑系数": row.building_coefficient,
        "绿地率": row.green_ratio,
        "建筑高度": row.height,
        "出让年限（年）": "".join(row.terms),
        "竞买保证金（万元）": row.deposit_wan,
        "挂牌起始价（万元）": row.start_wan,
        "竞价增加幅度（万元/次）": row.step_wan,
    }
    for heading, cell in cells.items():
        assert normal(heading + cell) in normal(PUBLISHED), heading


def test_the_notes_are_the_published_notes(document: NoticeDocument) -> None:
    notes = "".join(f"{n}.{text}" for n, text in enumerate(document.notes, start=1))
    assert normal("注：" + notes) in normal(PUBLISHED)


def test_values_of_the_profile_stand_apart_from_the_text(notice: Notice) -> None:
    countdown = Row("倒计时", "5分钟", Mark.ASSUMED)
    document = notice_document(notice, [countdown], edition=Edition.REHEARSAL)
    assert document.assumptions == (countdown,)
    assert document.edition.is_exercise
    assert "倒计时" not in sections_text(document)


class TestOtherNotices:
    def test_two_lots_are_counted_and_named_in_the_notes(self, notice: Notice) -> None:
        first = notice.lots[0]
        second = replace(
            first, parcel=replace(first.parcel, code="2024JC-5", remarks=("含地下空间。",))
        )
        document = notice_document(replace(notice, lots=(first, second)))
        assert "以下两幅地块" in document.preamble
        assert document.notes[0].startswith("2024JC-4地块土地已平整")
        assert document.notes[3] == "2024JC-5地块固定资产投资强度不低于300万元/亩。"
        assert document.notes[4] == "含地下空间。"

    def test_clauses_follow_the_papers_and_shift_the_numbers(self, notice: Notice) -> None:
        document = notice_document(replace(notice, clauses=("出让人可安排现场踏勘。",)))
        assert section(document, "十") == "出让人可安排现场踏勘。"
        assert section(document, "十二").startswith("联系方式：")

    def test_a_sale_without_joint_applications_says_so(self, notice: Notice) -> None:
        alone = replace(notice.eligibility, joint_allowed=False)
        assert notice_document(replace(notice, eligibility=alone)).notes[-1] == (
            "申请人须单独申请。"
        )
        jointly = replace(notice.eligibility, single_allowed=False)
        assert notice_document(replace(notice, eligibility=jointly)).notes[-1] == (
            "申请人须联合申请。"
        )

    def test_eligibility_lists_who_may_apply(self, notice: Notice) -> None:
        only = Eligibility(
            applicants=(notice.eligibility.applicants[1],),
            origin=Origin.INSIDE,
            single_allowed=True,
            joint_allowed=True,
        )
        text = section(notice_document(replace(notice, eligibility=only)), "二")
        assert "中华人民共和国境内的法人，" in text

    @pytest.mark.parametrize("trigger", TimedTrigger)
    def test_section_8_states_the_trigger_of_the_live_round(
        self, notice: Notice, trigger: TimedTrigger
    ) -> None:
        terms = replace(notice.terms, timed_trigger=trigger)
        text = section(notice_document(replace(notice, terms=terms)), "八")
        assert ("限时竞价程序" in text) is (trigger is not TimedTrigger.NEVER)

    def test_periods_and_payments_follow_the_terms(self, notice: Notice) -> None:
        terms = replace(notice.terms, winner_submit_unit=DayUnit.WORKDAY, single_payment=False)
        document = notice_document(replace(notice, terms=terms))
        assert "之日起5个工作日内" in section(document, "九")
        assert "一次性" not in section(document, "七")

    def test_seconds_are_printed_where_there_are_any(self, notice: Notice) -> None:
        windows = notice.windows
        moved = replace(windows, live_round_start=windows.live_round_start + timedelta(seconds=7))
        document = notice_document(replace(notice, windows=moved))
        assert "2024年11月11日14:30:07起" in section(document, "三")

    def test_a_title_of_another_kind_stays_whole(self, notice: Notice) -> None:
        assert notice_document(replace(notice, title="出让公告")).title_lines == ("出让公告",)

    def test_terms_by_use_are_listed(self, notice: Notice) -> None:
        lot = notice.lots[0]
        terms = (UseTerm("工业用地", 50), UseTerm("商业用地", 40))
        changed = replace(lot, parcel=replace(lot.parcel, terms=terms))
        (row,) = notice_document(replace(notice, lots=(changed,))).lots
        assert row.terms == ("工业用地50年", "商业用地40年")

    def test_land_as_it_stands_has_its_own_sentence(self, notice: Notice) -> None:
        lot = notice.lots[0]
        assert lot.parcel.condition is not None
        bare = replace(
            lot.parcel.condition,
            levelled=False,
            utilities=(),
            assessments=(),
            control_indices_set=False,
            standard_land=False,
        )
        changed = replace(lot, parcel=replace(lot.parcel, condition=bare))
        assert notice_document(replace(notice, lots=(changed,))).notes[0] == ("该地块以现状交付。")


@pytest.mark.parametrize(
    ("index", "signs", "words"),
    [
        (Index(Comparator.AT_LEAST, "1.1"), "≥1.1", "不低于1.1"),
        (Index(Comparator.AT_MOST, "50", unit=Unit.METRE), "≤50米", "不高于50米"),
        (Index(Comparator.EQUAL, "20", unit=Unit.PERCENT), "20%", "等于20%"),
        (Index(Comparator.RANGE, "1.0", "1.5"), "1.0～1.5", "1.0至1.5"),
    ],
)
def test_an_index_is_never_a_bare_number_unless_it_is_exact(
    index: Index, signs: str, words: str
) -> None:
    assert index_signs(index) == signs
    assert index_words(index) == words


def test_section_numerals() -> None:
    assert [numeral(n) for n in (1, 10, 11, 20, 21)] == ["一", "十", "十一", "二十", "二十一"]
