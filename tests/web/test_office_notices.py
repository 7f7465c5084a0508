"""A notice from the first draft to its publication, through the officers' own pages."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from form_page import values_of
from sqlalchemy import select

from auction.core.notice_codec import notice_from_dict
from auction.core.profile import RuleProfile
from auction.ledger import canonical
from auction.services import lots, notices
from auction.services.seed import notice_44
from auction.store.base import db
from auction.store.logs import Log, LogEntry
from auction.store.sales import Lot, Notice
from auction.trading.time import DrivenClock

START = notice_44().windows.notice.start


@pytest.fixture
def clock() -> DrivenClock:
    """Five days before notice [44] begins: drafting comes before publication."""
    return DrivenClock(START - timedelta(days=5))


def begin(client, start="example"):
    answer = client.post("/office/notices/new", data={"start": start})
    assert answer.status_code == 302
    return re.search(r"/office/notices/(\w+)/edit", answer.location)[1]


def fields_of(page):
    """What a browser would send back from the draft's form, unchanged."""
    return values_of(page.get_data(as_text=True), "draft")


def reasons_of(page):
    return dict.fromkeys(
        re.findall(r'name="(reason:[^"]+)"', page.get_data(as_text=True)), "已向银行核实"
    )


def edited(client, notice_id, **changes):
    data = fields_of(client.get(f"/office/notices/{notice_id}/edit"))
    return {**data, **changes}


def send(client, notice_id, data, action):
    return client.post(f"/office/notices/{notice_id}/edit", data={**data, "action": action})


def submitted(client, **changes):
    """A notice handed to the approver, every warning with its reason."""
    notice_id = begin(client)
    data = edited(client, notice_id, **changes)
    warned = send(client, notice_id, data, "check")
    assert warned.status_code == 200, warned.get_data(as_text=True)
    answer = send(client, notice_id, {**data, **reasons_of(warned)}, "submit")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return notice_id


def approve(client, notice_id, accept=None, **fields):
    """Sign what the review page asks for, and send it as its script would."""
    page = client.get(f"/office/notices/{notice_id}/review").get_data(as_text=True)
    ticks = [unescape(t) for t in re.findall(r'data-tick="([^"]+)"', page)]
    purpose = re.search(r'data-purpose="([^"]+)"', page)[1]
    asked = json.loads(unescape(re.search(r"data-fields='([^']+)'", page)[1]))
    statement = client.sign(purpose, {**asked, **fields})
    return client.post(
        f"/office/notices/{notice_id}/approve",
        query_string={"accept": ticks if accept is None else accept},
        json=statement,
    )


def row_of(app, notice_id):
    with app.app_context():
        row = db.session.get_one(Notice, notice_id)
        db.session.expunge(row)
        return row


def register_of(app):
    with app.app_context():
        query = (
            select(LogEntry.type, LogEntry.leaf)
            .join(Log, Log.id == LogEntry.log_id)
            .where(Log.kind == "register")
            .order_by(LogEntry.seq)
        )
        return [(kind, canonical.decode(leaf)["data"]) for kind, leaf in db.session.execute(query)]


# --- drafting -------------------------------------------------------------------------------


def test_the_example_brings_every_fact_of_notice_44_into_the_form(app, client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    send(drafter, notice_id, edited(drafter, notice_id), "save")
    kept = notice_from_dict(row_of(app, notice_id).facts)

    example = notice_44()
    assert (kept.lots, kept.windows, kept.terms) == (example.lots, example.windows, example.terms)
    assert (kept.contacts, kept.eligibility) == (example.contacts, example.eligibility)


def test_an_example_of_the_past_is_moved_by_whole_weeks(client_as, clock):
    clock.move_to(START + timedelta(days=769))
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    fields = fields_of(drafter.get(f"/office/notices/{notice_id}/edit"))
    assert fields["notice_start"] == ["2026-11-19T09:00"]  # a Thursday, as 2024-10-10 was
    assert fields["deposit_deadline"] == ["2026-12-19T16:00"]


def test_a_listing_that_is_over_is_not_submitted(app, client_as, clock):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    data = edited(drafter, notice_id, shift_to="2023-10-12")
    send(drafter, notice_id, data, "shift")
    answer = send(drafter, notice_id, edited(drafter, notice_id), "submit")
    assert answer.status_code == 422
    assert "挂牌截止时间已过" in answer.get_data(as_text=True)
    assert row_of(app, notice_id).status == "draft"


def test_nor_is_it_approved(client_as, clock):
    notice_id = submitted(client_as("drafter"))
    clock.move_to(START + timedelta(days=40))
    answer = approve(client_as("approver"), notice_id)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "LISTING_OVER")


def test_a_blank_draft_is_not_scolded_for_what_nobody_has_filled_in_yet(client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter, "blank")
    page = drafter.get(f"/office/notices/{notice_id}/edit").get_data(as_text=True)
    assert "项没有填写" in page
    assert "error-summary" not in page


def test_checking_tells_everything_that_is_wrong_at_once(client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter, "blank")
    answer = send(drafter, notice_id, edited(drafter, notice_id), "check")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for name in ("公告编号", "土地面积", "容积率", "挂牌起始价", "挂牌报价开始", "联系电话"):
        assert re.search(rf'href="#[^"]+">[^<]*{name}', page), name


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("lots-0-start", "一千五百", "请填写以万元为单位的数字"),
        ("lots-0-start", "1549.1234567", "金额最多精确到分"),
        ("lots-0-deposit", "999999999999999", "金额过大"),
        ("lots-0-area", "34,47.45", "请填写以平方米为单位的数字"),
        ("lots-0-far-op", "", "请选择如何约束"),
        ("lots-0-far-value", "1.1倍", "请填写数字"),
        ("lots-0-far-upper", "2.0", "选择“区间”时须填写上限"),
        ("lots-0-terms", "工业用地五十年", "每行写一种用途及其年限"),
        ("lots-0-terms", "工业用地 500", "出让年限须为 1 至 100 年"),
        ("lots-0-region_code", "63", "请填写六位行政区划代码"),
        ("lots-0-boundary", "{", "界址不是有效的 GeoJSON 文本"),
        ("listing_start", "10月30日", "请选择日期和时间"),
        ("listing_start", "9999-12-31T23:59", "请选择日期和时间"),
        ("winner_submit_days", "五", "不是有效的整数"),
        ("winner_submit_days", "0", "须为 1 至 30 的整数"),
        ("signed_on", "昨天", "日期"),
        ("countdown_seconds", "5", "须在 15 至 1800 之间"),
        ("number", "", "请填写"),
        ("applicants", [], "请至少选择一项"),
        ("reserve", "perhaps", ""),
    ],
)
def test_wrong_input_keeps_the_form_and_says_what_to_do(app, client_as, field, text, said):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    answer = send(drafter, notice_id, edited(drafter, notice_id, **{field: text}), "submit")
    page = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert said in page
    assert "南川工业园区美玉大桥北侧" in page
    assert row_of(app, notice_id).status == "draft"
    kept = fields_of(drafter.get(f"/office/notices/{notice_id}/edit"))
    if isinstance(text, str) and field not in ("reserve", "number", "lots-0-far-op"):
        assert kept[field] == [text]


def test_full_width_figures_are_read(app, client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    send(drafter, notice_id, edited(drafter, notice_id, **{"lots-0-start": "１，５４９"}), "save")
    assert row_of(app, notice_id).facts["lots"][0]["start_fen"] == 1_549_000_000


def test_a_timetable_that_breaks_the_minimum_is_blocked_in_a_sale(app, client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    data = edited(drafter, notice_id, kind="real", notice_start="2024-10-10T09:01")
    answer = send(drafter, notice_id, data, "submit")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "公告期只有 19 日 23 小时，须不少于 20 日，还差 1 分 0 秒。" in page
    assert "还有阻断事项" in page
    assert row_of(app, notice_id).status == "draft"


def test_a_sale_needs_the_published_minimum_of_a_countdown(client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    data = edited(drafter, notice_id, kind="real", countdown_seconds="30")
    page = send(drafter, notice_id, data, "submit").get_data(as_text=True)
    assert "重新计时为 30，须在 60 至 1800 之间。" in page


def test_a_warning_needs_a_reason(app, client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    data = edited(drafter, notice_id)
    answer = send(drafter, notice_id, data, "submit")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "11月9日（周六）" in page
    assert "还有提醒没有说明理由" in page
    assert row_of(app, notice_id).status == "draft"


def test_the_whole_timetable_moves_by_whole_days(app, client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    data = edited(drafter, notice_id, shift_to="2024-10-12")
    send(drafter, notice_id, data, "shift")
    moved = fields_of(drafter.get(f"/office/notices/{notice_id}/edit"))
    assert moved["notice_start"] == ["2024-10-12T09:00"]
    assert moved["listing_end"] == ["2024-11-13T14:30"]
    assert moved["signed_on"] == ["2024-10-12"]


def test_lots_can_be_added_and_removed(client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    send(drafter, notice_id, edited(drafter, notice_id), "add_lot")
    two = fields_of(drafter.get(f"/office/notices/{notice_id}/edit"))
    assert "lots-1-code" in two
    send(drafter, notice_id, two, "remove_lot:lots-1")
    assert "lots-1-code" not in fields_of(drafter.get(f"/office/notices/{notice_id}/edit"))


def test_the_draft_saves_itself(client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    data = {**edited(drafter, notice_id, title="改了一半"), "action": "save"}
    answer = drafter.post(
        f"/office/notices/{notice_id}/edit", data=data, headers={"Accept": "application/json"}
    )
    assert answer.get_json()["saved"]
    kept = fields_of(drafter.get(f"/office/notices/{notice_id}/edit"))
    assert kept["title"] == ["改了一半"]


# --- approval and publication ---------------------------------------------------------------


def test_the_preview_is_what_will_be_published(client_as):
    drafter = client_as("drafter")
    notice_id = submitted(drafter)
    page = drafter.get(f"/office/notices/{notice_id}/preview").get_data(as_text=True)
    assert "2024TD网挂公告第[44]号" in page
    assert "≥1.1" in page
    assert "演练假定" in page


def test_the_approver_reads_figures_warnings_rules_and_document_on_one_page(client_as):
    notice_id = submitted(client_as("drafter"))
    page = client_as("approver").get(f"/office/notices/{notice_id}/review").get_data(as_text=True)
    for words in (
        "34477.45",
        "人民币壹仟伍佰肆拾玖万元整",
        "已向银行核实",
        "首次倒计时 5 分钟",
        "现价 1,749 万元 时，您至少要报 1,849 万元。",
        "签名并定时于 2024-10-10 09:00:00 发布",
        "经西宁市人民政府批准",
    ):
        assert words in page, words


@pytest.mark.parametrize("kind", ["real", "rehearsal"])
def test_a_notice_goes_from_draft_to_market(app, house, client_as, clock, kind):
    drafter, approver = client_as("drafter"), client_as("approver")
    notice_id = submitted(drafter, kind=kind)
    assert approve(approver, notice_id).status_code == 200
    row = row_of(app, notice_id)
    assert (row.status, row.publish_at, row.slug) == ("approved", START, "2024TD-44")
    with app.app_context():
        assert lots.find("2024JC-4", practice=kind != "real") is None
        assert notices.publish_due(house) == []
        clock.move_to(START)
        assert notices.publish_due(house) == [notice_id]
        assert notices.publish_due(house) == []
        lot = lots.find("2024JC-4", practice=kind != "real")
        assert lot.notice.published_at == START
        first = db.session.scalar(
            select(LogEntry).where(LogEntry.log_id == lot.log_id, LogEntry.seq == 1)
        )
        told = canonical.decode(first.leaf)
        assert told["type"] == "lot_opened"
        assert told["data"]["rules"] == lot.rules
        assert told["data"]["practice"] == (kind != "real")
        content_hash = lot.notice.content_hash
        profile = RuleProfile.from_dict(lot.terms)
        assert lots.terms_of(profile, "2024JC-4", content_hash)[1] == lot.rules
    kinds = [name for name, _ in register_of(app)]
    assert kinds == ["notice_submitted", "notice_approved", "notice_published"]


def test_a_rehearsal_whose_notice_should_have_begun_is_published_at_once(app, client_as, clock):
    notice_id = submitted(client_as("drafter"))
    clock.move_to(START + timedelta(days=10))
    answer = approve(client_as("approver"), notice_id)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    row = row_of(app, notice_id)
    assert (row.status, row.published_at) == ("published", clock.now())


def test_the_signed_statement_names_the_instant_the_lot_and_the_content(app, client_as):
    notice_id = submitted(client_as("drafter"))
    approve(client_as("approver"), notice_id)
    (approved,) = [data for kind, data in register_of(app) if kind == "notice_approved"]
    row = row_of(app, notice_id)
    assert approved["act"] == "publish-20241010T010000Z"
    assert approved["statement"] == row.approval_statement
    assert approved["content"] == row.content_hash
    assert approved["officer"] == "approver"


def test_two_lots_of_one_notice_go_to_market_together(app, house, client_as, clock):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    send(drafter, notice_id, edited(drafter, notice_id), "add_lot")
    data = edited(drafter, notice_id)
    second = {
        name.replace("lots-0-", "lots-1-"): value
        for name, value in data.items()
        if name.startswith("lots-0-")
    }
    data = {**data, **second, "lots-1-code": "2024JC-5", "lots-1-start": "2000"}
    warned = send(drafter, notice_id, data, "check")
    send(drafter, notice_id, {**data, **reasons_of(warned)}, "submit")
    assert approve(client_as("approver"), notice_id).status_code == 200
    clock.move_to(START)
    with app.app_context():
        notices.publish_due(house)
        started = {lot.slug: lot.terms["start_fen"] for lot in db.session.scalars(select(Lot))}
    assert started == {"2024JC-4": 1_549_000_000, "2024JC-5": 2_000_000_000}


def test_a_publication_that_broke_off_is_finished(app, house, client_as, clock, monkeypatch):
    notice_id = submitted(client_as("drafter"))
    approve(client_as("approver"), notice_id)
    clock.move_to(START)
    with app.app_context():
        with monkeypatch.context() as patch:
            patch.setattr(lots, "open_lot", _fail)
            with pytest.raises(RuntimeError):
                notices.publish_due(house)
        notices.publish_due(house)
        assert lots.find("2024JC-4", practice=True) is not None


def _fail(*_args):
    raise RuntimeError("the power went")


def test_an_address_in_use_is_numbered(app, house, client_as, clock, publish_44):
    publish_44()
    notice_id = submitted(client_as("drafter"))
    assert row_of(app, notice_id).lot_slugs == {"2024JC-4": "2024JC-4-2"}


def test_a_drafter_cannot_approve(client_as):
    drafter = client_as("drafter")
    notice_id = submitted(drafter)
    answer = drafter.post(f"/office/notices/{notice_id}/approve", json={})
    assert answer.status_code == 403


def test_nobody_approves_a_notice_of_his_own_whatever_his_roles(app, client_as):
    notice_id = submitted(client_as("drafter"))
    approver = client_as("approver")
    with app.app_context():
        db.session.get_one(Notice, notice_id).drafted_by = "approver"
        db.session.commit()
    page = approver.get(f"/office/notices/{notice_id}/review").get_data(as_text=True)
    assert "data-sign-document" not in page
    answer = approver.post(f"/office/notices/{notice_id}/approve", json={})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "OWN_DRAFT")
    assert row_of(app, notice_id).status == "submitted"


def test_every_warning_must_be_ticked(app, client_as):
    notice_id = submitted(client_as("drafter"))
    answer = approve(client_as("approver"), notice_id, accept=[])
    assert (answer.status_code, answer.get_json()["code"]) == (409, "NOT_TICKED")
    assert row_of(app, notice_id).status == "submitted"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"document": "0" * 64}, "STATEMENT_MISMATCH"),
        ({"act": "publish-now"}, "STATEMENT_MISMATCH"),
        ({"lot": "2024JC-9"}, "STATEMENT_MISMATCH"),
        ({"aud": "http://elsewhere.example"}, "STATEMENT_WRONG_AUDIENCE"),
    ],
)
def test_a_signature_on_something_else_approves_nothing(app, client_as, fields, code):
    notice_id = submitted(client_as("drafter"))
    answer = approve(client_as("approver"), notice_id, **fields)
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    assert row_of(app, notice_id).status == "submitted"


def test_an_approval_that_is_no_statement_is_told_so(client_as):
    notice_id = submitted(client_as("drafter"), clauses="")
    approver = client_as("approver")
    page = approver.get(f"/office/notices/{notice_id}/review").get_data(as_text=True)
    ticks = [unescape(t) for t in re.findall(r'data-tick="([^"]+)"', page)]
    for payload in ([], {}, {"body": 7}, {"body": "x", "signature": "!", "certificate": ""}):
        answer = approver.post(
            f"/office/notices/{notice_id}/approve", query_string={"accept": ticks}, json=payload
        )
        assert answer.status_code == 422
        assert answer.get_json()["title"]


def test_a_sale_cannot_be_approved_when_its_period_has_become_too_short(app, client_as, clock):
    notice_id = submitted(client_as("drafter"), kind="real")
    clock.move_to(START + timedelta(hours=1))
    answer = approve(client_as("approver"), notice_id)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "PUBLICATION_TOO_LATE")
    assert "10月30日 10:00:00" in answer.get_json()["body"]


def test_a_short_delay_of_the_job_changes_nothing(app, house, client_as, clock):
    notice_id = submitted(client_as("drafter"), kind="real")
    approve(client_as("approver"), notice_id)
    clock.move_to(START + timedelta(milliseconds=400))
    with app.app_context():
        assert notices.publish_due(house) == [notice_id]
    row = row_of(app, notice_id)
    assert row.publish_at == START
    assert row.published_at == START + timedelta(milliseconds=400)


def test_an_outage_of_minutes_holds_a_sale_without_slack_back(app, house, client_as, clock):
    notice_id = submitted(client_as("drafter"), kind="real")
    approver = client_as("approver")
    approve(approver, notice_id)
    clock.move_to(START + timedelta(minutes=7, seconds=12))
    with app.app_context():
        assert notices.publish_due(house) == []
    approver = client_as("approver")  # days have passed: the session has expired
    assert "已错过签批的发布时刻" in approver.get("/office/").get_data(as_text=True)
    approver.post(f"/office/notices/{notice_id}/return", data={"comment": "顺延一天"})
    assert row_of(app, notice_id).status == "returned"


def test_a_returned_notice_comes_back_with_its_comment_and_can_be_submitted_again(app, client_as):
    drafter, approver = client_as("drafter"), client_as("approver")
    notice_id = submitted(drafter)
    assert (
        approver.post(f"/office/notices/{notice_id}/return", data={"comment": " "}).status_code
        == 422
    )
    approver.post(f"/office/notices/{notice_id}/return", data={"comment": "起始价请核对"})
    assert "起始价请核对" in drafter.get("/office/").get_data(as_text=True)
    page = drafter.get(f"/office/notices/{notice_id}/edit")
    data = fields_of(page)
    answer = send(drafter, notice_id, {**data, "lots-0-start": "1,600"}, "submit")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    assert approve(approver, notice_id).status_code == 200
    kinds = [name for name, _ in register_of(app)]
    assert kinds == ["notice_submitted", "notice_returned", "notice_submitted", "notice_approved"]


@pytest.mark.parametrize("published", [False, True])
def test_what_has_been_submitted_is_never_edited(app, house, client_as, clock, published):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    data = edited(drafter, notice_id)
    warned = send(drafter, notice_id, data, "check")
    send(drafter, notice_id, {**data, **reasons_of(warned)}, "submit")
    if published:
        approve(client_as("approver"), notice_id)
        clock.move_to(START)
        with app.app_context():
            notices.publish_due(house)
        drafter = client_as("drafter")  # days have passed: the session has expired
    before = row_of(app, notice_id)
    answer = send(drafter, notice_id, {**data, "number": "别的公告"}, "save")
    assert answer.status_code == 409
    after = row_of(app, notice_id)
    assert (after.facts, after.content_hash, after.number) == (
        before.facts,
        before.content_hash,
        before.number,
    )
    assert drafter.get(f"/office/notices/{notice_id}/edit").status_code == 302


def test_only_the_author_edits_a_draft(app, client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    data = edited(drafter, notice_id)
    with app.app_context():
        db.session.get_one(Notice, notice_id).drafted_by = "somebody"
        db.session.commit()
    assert send(drafter, notice_id, data, "save").status_code == 409


def test_a_notice_that_does_not_exist_is_not_found(client_as):
    for path in ("edit", "review", "preview"):
        assert client_as("drafter").get(f"/office/notices/nothing/{path}").status_code == 404


def test_bidders_and_strangers_stay_outside(client_as, visitor):
    assert client_as("bidder-a").get("/office/notices/new").status_code == 403
    assert visitor.get("/office/notices/new").status_code == 302


def test_drafts_are_not_public(app: Flask, client_as, visitor):
    notice_id = submitted(client_as("drafter"))
    assert visitor.get(f"/office/notices/{notice_id}/preview").status_code == 302
    with app.app_context():
        assert lots.find("2024JC-4", practice=True) is None
