"""Certificates, payment notice, deal papers: every required field, nothing that must not show."""

import hashlib
import json
from dataclasses import replace

import pytest
from documents.paper_facts import (
    BIDDER,
    CENTRE,
    CONFIRMATION,
    DAY,
    DEAL,
    DEPOSIT,
    GRANTOR,
    NOTICE,
    PLACE,
    QUALIFICATION,
)

from auction.core.notice import PayerRule
from auction.core.profile import IncrementMode, TimedEntry
from auction.documents.bidder_papers import (
    deposit_notice,
    live_day_card,
    qualification_certificate,
)
from auction.documents.chinese import area_capitals, area_text, percent_text, span_text
from auction.documents.deal_papers import (
    JointParty,
    deal_confirmation,
    deal_notice,
)
from auction.documents.paper import Edition, Mark, Paper, Signature, content_bytes


def rows(paper: Paper) -> dict[str, str]:
    return {row.label: row.value for row in paper.rows}


class TestDepositNotice:
    def test_it_names_amount_account_and_deadline(self) -> None:
        paper = deposit_notice(DEPOSIT)
        assert paper.addressee == BIDDER
        assert rows(paper)["保证金金额"] == "775万元"
        assert rows(paper)["金额大写"] == "人民币柒佰柒拾伍万元整"
        assert rows(paper)["收款账号"] == "6200440000000017"
        assert rows(paper)["到账截止"] == "2024年11月9日（周六）16:00:00（含）"

    def test_it_says_which_time_counts_and_from_which_account(self) -> None:
        points = "".join(deposit_notice(DEPOSIT).points)
        for words in (
            "银行记载的入账时间",
            "一次性",
            "基本存款账户",
            "建议于2024年11月8日（周五）前",
        ):
            assert words in points

    def test_it_asks_only_what_the_rules_ask(self) -> None:
        relaxed = replace(
            DEPOSIT,
            single_payment=False,
            advised_by=None,
            payer_rule=PayerRule.ANY_OWN_ACCOUNT,
        )
        points = "".join(deposit_notice(relaxed).points)
        for words in ("一次性", "基本存款账户", "建议"):
            assert words not in points


class TestQualificationCertificate:
    def test_it_names_lot_bidder_plate_centre_and_time(self) -> None:
        paper = qualification_certificate(QUALIFICATION)
        assert paper.title == "网上竞买资格确认书"
        assert rows(paper)["竞买人"] == BIDDER
        assert rows(paper)["竞买号牌"] == "6172"
        assert rows(paper)["银行入账时间"] == "2024年11月8日（周五）15:58:12"
        assert (paper.issuer, paper.issued) == (CENTRE, "2024年11月8日（周五）16:00:00")
        assert paper.check_code == "47-82-16"


class TestLiveDayCard:
    def test_it_has_five_rules_with_this_lots_numbers(self) -> None:
        paper = live_day_card(DAY)
        assert len(paper.points) == 5
        assert "每次加价不少于100万元" in paper.points[0]
        assert "倒计时5分钟" in paper.points[1]
        assert rows(paper)["值班电话"] == "0971-0000000"

    def test_it_bears_the_plate_and_no_name(self) -> None:
        text = content_bytes(live_day_card(DAY)).decode()
        assert "演-6172" in text
        assert BIDDER not in text

    def test_it_warns_and_says_what_to_do_when_key_line_or_power_fails(self) -> None:
        notes = live_day_card(DAY).notes
        assert notes[0] == "请勿在最后一分钟才报价。"
        assert "备用证书" in notes[1]
        assert "断线或停电" in notes[2]

    def test_values_of_the_profile_are_marked(self) -> None:
        marked = {row.label for row in live_day_card(DAY).rows if row.mark is Mark.ASSUMED}
        assert marked == {"加价规则", "倒计时"}

    def test_rules_follow_the_profile(self) -> None:
        other = replace(
            DAY,
            increment_mode=IncrementMode.MULTIPLE,
            entry=TimedEntry.QUALIFIED_ALL,
            countdown_seconds=90,
        )
        points = "".join(live_day_card(other).points)
        for words in ("100万元的整数倍", "取得竞买资格的竞买人均可", "倒计时1分30秒"):
            assert words in points


class TestDealNotice:
    def test_it_has_every_required_field(self) -> None:
        paper = deal_notice(DEAL)
        assert paper.addressee == BIDDER
        assert rows(paper) == {
            "地块编号": "2024JC-4",
            "土地位置": PLACE,
            "竞买号牌": "6172",
            "成交时间": "2024年11月11日（周一）14:39:10.204",
            "成交总价": "1,949万元",
            "成交总价大写": "人民币壹仟玖佰肆拾玖万元整",
            "溢价率": "25.82%",
            "资料提交地点": "青海省公共资源交易网",
            "资料提交期限": "2024年11月16日（周六）（含当日）前",
        }
        assert paper.points == ("竞买申请书", "营业执照")
        assert "成交结果无效" in paper.closing[-1]
        assert (paper.issuer, paper.issued) == (CENTRE, "2024年11月11日")


class TestDealConfirmation:
    def test_it_has_every_required_field(self) -> None:
        paper = deal_confirmation(CONFIRMATION)
        values = rows(paper)
        assert values["出让面积"] == "34477.45平方米"
        assert values["出让面积大写"] == "叁万肆仟肆佰柒拾柒点肆伍平方米"
        assert values["成交总价大写"] == "人民币壹仟玖佰肆拾玖万元整"
        assert values["成交单价"] == "565.30元/平方米"
        assert values["联合竞买各方及出资比例"] == "无"
        assert values["拟成立的新公司"] == "无"
        opening = paper.opening[0]
        for words in (GRANTOR, CENTRE, NOTICE, "2024年10月30日09:00至2024年11月11日14:30"):
            assert words in opening
        points = "".join(paper.points)
        for words in ("10个工作日内", "税费", "争议", "一式4份"):
            assert words in points

    def test_only_a_fifth_of_the_price_becomes_earnest_money(self) -> None:
        assert "389.8万元作为定金，其余385.2万元作为预付价款" in "".join(
            deal_confirmation(CONFIRMATION).points
        )
        small = replace(CONFIRMATION, deposit_fen=300_000_000)
        assert "300万元作为定金，均抵作" in "".join(deal_confirmation(small).points)

    def test_joint_parties_and_new_company_are_named(self) -> None:
        joint = replace(
            CONFIRMATION,
            joint_parties=(JointParty(BIDDER, 6000), JointParty("青海乙能源有限公司", 4000)),
            new_company="青海丙项目公司",
        )
        values = rows(deal_confirmation(joint))
        assert values["联合竞买各方及出资比例"] == (
            "青海甲新材料有限公司（60.00%）；青海乙能源有限公司（40.00%）"
        )
        assert values["拟成立的新公司"] == "青海丙项目公司"

    def test_both_sides_sign_the_digest_of_the_same_content(self) -> None:
        unsigned = deal_confirmation(CONFIRMATION)
        signed = deal_confirmation(
            CONFIRMATION,
            grantor_signature=Signature("出让方", GRANTOR, "2024年11月18日10:00:00", "ab" * 32),
        )
        assert signed.content_sha256 == unsigned.content_sha256
        assert signed.content_sha256 == hashlib.sha256(content_bytes(signed)).hexdigest()
        assert [s.party for s in signed.signatures] == ["出让方", "竞得人"]

    def test_any_change_of_the_text_changes_the_digest(self) -> None:
        before = deal_confirmation(CONFIRMATION).content_sha256
        dearer = replace(CONFIRMATION, price_fen=CONFIRMATION.price_fen + 1)
        exercise = replace(CONFIRMATION, edition=Edition.REHEARSAL)
        assert (
            len({before, *(deal_confirmation(c).content_sha256 for c in (dearer, exercise))}) == 3
        )

    def test_the_content_is_canonical_json(self) -> None:
        content = content_bytes(deal_confirmation(CONFIRMATION))
        again = json.dumps(
            json.loads(content), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        assert again.encode() == content


@pytest.mark.parametrize(
    ("area_mm2", "figures", "capitals"),
    [
        (34_477_450_000, "34477.45", "叁万肆仟肆佰柒拾柒点肆伍平方米"),
        (34_477_000_000, "34477.00", "叁万肆仟肆佰柒拾柒平方米"),
        (34_477_050_000, "34477.05", "叁万肆仟肆佰柒拾柒点零伍平方米"),
        (500_001, "0.500001", "零点伍零零零零壹平方米"),
    ],
)
def test_areas_in_figures_and_capitals(area_mm2: int, figures: str, capitals: str) -> None:
    assert area_text(area_mm2) == figures
    assert area_capitals(area_mm2) == capitals


def test_durations_and_percentages() -> None:
    assert [span_text(s) for s in (45, 60, 90, 300)] == ["45秒", "1分钟", "1分30秒", "5分钟"]
    assert [percent_text(bp) for bp in (0, 5, 2582, -150)] == ["0.00%", "0.05%", "25.82%", "-1.50%"]
