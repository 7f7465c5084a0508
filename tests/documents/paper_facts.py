"""One finished sale's papers, as facts."""

from datetime import date, datetime

from auction.core.notice import PayerRule
from auction.core.profile import IncrementMode, TimedEntry
from auction.core.workdays import BEIJING
from auction.documents.bidder_papers import DepositNoticeFacts, LiveDayFacts, QualificationFacts
from auction.documents.deal_papers import DealConfirmationFacts, DealNoticeFacts
from auction.documents.paper import Edition, Mark

NOTICE = "2024TD网挂公告第[44]号"
PLACE = "南川工业园区美玉大桥北侧"
BIDDER = "青海甲新材料有限公司"
CENTRE = "西宁市公共资源交易中心"
GRANTOR = "西宁市自然资源和规划局"
LISTING = datetime(2024, 10, 30, 9, tzinfo=BEIJING)
CLOSE = datetime(2024, 11, 11, 14, 30, tzinfo=BEIJING)
DEAL_AT = datetime(2024, 11, 11, 14, 39, 10, 204_000, tzinfo=BEIJING)

DEPOSIT = DepositNoticeFacts(
    edition=Edition.REAL,
    number="缴-0001",
    notice_number=NOTICE,
    lot_code="2024JC-4",
    location=PLACE,
    bidder=BIDDER,
    amount_fen=775_000_000,
    deadline=datetime(2024, 11, 9, 16, tzinfo=BEIJING),
    payee=CENTRE,
    bank="演示银行西宁分行",
    account="6200440000000017",
    payer_rule=PayerRule.BASIC_ACCOUNT,
    single_payment=True,
    advised_by=date(2024, 11, 8),
    issuer=CENTRE,
    issued_at=datetime(2024, 10, 20, 10, 0, 5, tzinfo=BEIJING),
)
QUALIFICATION = QualificationFacts(
    edition=Edition.REAL,
    number="资-0001",
    notice_number=NOTICE,
    lot_code="2024JC-4",
    location=PLACE,
    bidder=BIDDER,
    plate="6172",
    deposit_fen=775_000_000,
    credited_at=datetime(2024, 11, 8, 15, 58, 12, tzinfo=BEIJING),
    listing_start=LISTING,
    listing_end=CLOSE,
    live_round_start=CLOSE,
    issuer=CENTRE,
    issued_at=datetime(2024, 11, 8, 16, 0, tzinfo=BEIJING),
    check_code="47-82-16",
)
DAY = LiveDayFacts(
    edition=Edition.REHEARSAL,
    notice_number=NOTICE,
    lot_code="2024JC-4",
    plate="演-6172",
    listing_end=CLOSE,
    live_round_start=CLOSE,
    start_fen=1_549_000_000,
    step_fen=100_000_000,
    increment_mode=IncrementMode.AT_LEAST,
    entry=TimedEntry.QUOTED_ONLY,
    countdown_seconds=300,
    mark=Mark.ASSUMED,
    duty_phone="0971-0000000",
    issuer=CENTRE,
)
DEAL = DealNoticeFacts(
    edition=Edition.REAL,
    number="成-0001",
    notice_number=NOTICE,
    lot_code="2024JC-4",
    location=PLACE,
    winner=BIDDER,
    plate="6172",
    price_fen=1_949_000_000,
    start_fen=1_549_000_000,
    deal_at=DEAL_AT,
    papers_place="青海省公共资源交易网",
    papers_due=date(2024, 11, 16),
    papers=("竞买申请书", "营业执照"),
    grantor=GRANTOR,
    issuer=CENTRE,
    issued_on=date(2024, 11, 11),
)
CONFIRMATION = DealConfirmationFacts(
    edition=Edition.REAL,
    number="确-0001",
    notice_number=NOTICE,
    grantor=GRANTOR,
    agency=CENTRE,
    lot_code="2024JC-4",
    location=PLACE,
    listing_start=LISTING,
    listing_end=CLOSE,
    winner=BIDDER,
    plate="6172",
    joint_parties=(),
    new_company=None,
    total_area_mm2=34_477_450_000,
    granted_area_mm2=34_477_450_000,
    price_fen=1_949_000_000,
    deposit_fen=775_000_000,
    deal_at=DEAL_AT,
    earnest_cap_percent=20,
    contract_workdays=10,
    copies=4,
    made_on=date(2024, 11, 18),
)
