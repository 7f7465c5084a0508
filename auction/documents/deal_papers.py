"""Papers after the sale: deal notice (成交通知书) and deal confirmation (成交确认书)."""

from dataclasses import dataclass
from datetime import date, datetime

from auction.core.money import capitals, per_m2_fen, premium_bp, to_wan_text, to_yuan_text
from auction.documents.chinese import (
    area_capitals,
    area_text,
    day_text,
    day_with_weekday,
    full_instant_text,
    instant_text,
    percent_text,
)
from auction.documents.paper import Edition, Paper, Row, Signature, with_digest


@dataclass(frozen=True, slots=True)
class JointParty:
    """A party of a joint application; `share_bp` in basis points, all shares make 10,000."""

    name: str
    share_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DealNoticeFacts:
    """What 成交通知书 states (rules 2.8). `papers_due` is the last day, counted inclusively."""

    edition: Edition
    number: str
    notice_number: str
    lot_code: str
    location: str
    winner: str
    plate: str
    price_fen: int
    start_fen: int
    deal_at: datetime
    papers_place: str
    papers_due: date
    papers: tuple[str, ...]
    grantor: str
    issuer: str
    issued_on: date


def deal_notice(facts: DealNoticeFacts) -> Paper:
    """《国有建设用地使用权挂牌出让成交通知书》 (R-100, R-101, R-107)."""
    due = day_with_weekday(facts.papers_due)
    return Paper(
        edition=facts.edition,
        title="国有建设用地使用权挂牌出让成交通知书",
        number=facts.number,
        addressee=facts.winner,
        opening=(
            f"在{facts.notice_number}{facts.lot_code}地块国有建设用地使用权网上挂牌出让活动中，"
            "您（单位）为最高报价人。现将成交结果及后续事项通知如下：",
        ),
        rows=(
            Row("地块编号", facts.lot_code),
            Row("土地位置", facts.location),
            Row("竞买号牌", facts.plate),
            Row("成交时间", full_instant_text(facts.deal_at)),
            Row("成交总价", f"{to_wan_text(facts.price_fen)}万元"),
            Row("成交总价大写", capitals(facts.price_fen)),
            Row("溢价率", percent_text(premium_bp(facts.price_fen, facts.start_fen))),
            Row("资料提交地点", facts.papers_place),
            Row("资料提交期限", f"{due}（含当日）前"),
        ),
        points_title="应提交的资料",
        points=facts.papers,
        closing=(
            f"资料上传完成后，请持本通知书与{facts.grantor}签订《国有建设用地使用权成交确认书》。",
            "逾期未提交资料、提交虚假资料，或者经审核不符合竞买资格要求的，成交结果无效，"
            "竞买保证金依照出让文件的约定处理。",
        ),
        issuer=facts.issuer,
        issued=day_text(facts.issued_on),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DealConfirmationFacts:
    """What 成交确认书 states (rules 2.8).

    `new_company` is the project company that will hold the land, if one was announced;
    `joint_parties` is empty for a single winner; `contract_workdays` and `copies` come from the
    rule profile and the listing documents.
    """

    edition: Edition
    number: str
    notice_number: str
    grantor: str
    agency: str
    lot_code: str
    location: str
    listing_start: datetime
    listing_end: datetime
    winner: str
    plate: str
    joint_parties: tuple[JointParty, ...]
    new_company: str | None
    total_area_mm2: int
    granted_area_mm2: int
    price_fen: int
    deposit_fen: int
    deal_at: datetime
    earnest_cap_percent: int
    contract_workdays: int
    copies: int
    made_on: date


def deal_confirmation(
    facts: DealConfirmationFacts,
    grantor_signature: Signature | None = None,
    winner_signature: Signature | None = None,
) -> Paper:
    """《国有建设用地使用权成交确认书》: both sides sign `content_sha256` of the same text."""
    paper = Paper(
        edition=facts.edition,
        title="国有建设用地使用权成交确认书",
        number=facts.number,
        opening=(
            "根据《中华人民共和国民法典》《中华人民共和国土地管理法实施条例》等规定，"
            f"{facts.grantor}（以下称出让方）委托{facts.agency}，于"
            f"{instant_text(facts.listing_start)}至{instant_text(facts.listing_end)}以网上挂牌方式"
            f"出让{facts.lot_code}地块国有建设用地使用权（{facts.notice_number}）。"
            f"{facts.winner}（以下称竞得人）竞得该地块，双方确认如下：",
        ),
        rows=_confirmation_rows(facts),
        points_title="双方确认",
        points=_confirmation_points(facts),
        issued=day_text(facts.made_on),
        signatures=(
            grantor_signature or Signature("出让方", facts.grantor),
            winner_signature or Signature("竞得人", facts.winner),
        ),
    )
    return with_digest(paper)


def _confirmation_rows(facts: DealConfirmationFacts) -> tuple[Row, ...]:
    parties = "；".join(f"{p.name}（{percent_text(p.share_bp)}）" for p in facts.joint_parties)
    unit_price = to_yuan_text(per_m2_fen(facts.price_fen, facts.granted_area_mm2))
    return (
        Row("公告编号", facts.notice_number),
        Row("地块编号", facts.lot_code),
        Row("土地位置", facts.location),
        Row("竞得人", facts.winner),
        Row("竞买号牌", facts.plate),
        Row("联合竞买各方及出资比例", parties or "无"),
        Row("拟成立的新公司", facts.new_company or "无"),
        *_area_rows("宗地总面积", facts.total_area_mm2),
        *_area_rows("出让面积", facts.granted_area_mm2),
        Row("成交总价", f"{to_wan_text(facts.price_fen)}万元"),
        Row("成交总价大写", capitals(facts.price_fen)),
        Row("成交单价", f"{unit_price}元/平方米"),
        Row("成交时间", full_instant_text(facts.deal_at)),
    )


def _area_rows(label: str, area_mm2: int) -> tuple[Row, Row]:
    return (
        Row(label, f"{area_text(area_mm2)}平方米"),
        Row(f"{label}大写", area_capitals(area_mm2)),
    )


def _confirmation_points(facts: DealConfirmationFacts) -> tuple[str, ...]:
    # Earnest money is effective up to a share of the price; the rest is an advance.
    limit_fen = facts.price_fen * facts.earnest_cap_percent // 100
    earnest_fen = min(facts.deposit_fen, limit_fen)
    advance_fen = facts.deposit_fen - earnest_fen
    advance = f"，其余{to_wan_text(advance_fen)}万元作为预付价款" if advance_fen else ""
    return (
        f"竞得人应于本确认书签订之日起{facts.contract_workdays}个工作日内，与出让方签订"
        "《国有建设用地使用权出让合同》。",
        f"竞得人已缴竞买保证金{to_wan_text(facts.deposit_fen)}万元中，"
        f"{to_wan_text(earnest_fen)}万元作为定金{advance}，均抵作成交价款。",
        "竞得人应按照国家规定缴纳与受让国有建设用地使用权有关的税费。",
        "任何一方不履行本确认书的，依照出让文件的约定承担责任。",
        "因本确认书发生争议的，由双方协商解决；协商不成的，依照出让文件约定的方式解决。",
        f"本确认书一式{facts.copies}份，双方签字盖章或者以可靠的电子签名签署后生效。",
    )
