"""The rules in the office: choosing, sealing a reserve, announcing, deciding, listing again."""

import json
import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from factories import LISTING_UNTIL, beijing, bid, wan
from form_page import values_of
from hall_people import signed_bid, take_seat
from sqlalchemy import select

from auction.core import reserve
from auction.core.parameters import CountdownRule, ReserveMode, TimedEntry, TimedTrigger
from auction.core.profile import RuleProfile
from auction.ledger import canonical
from auction.services.notice_content import content_of
from auction.store.base import db
from auction.store.logs import Log, LogEntry
from auction.store.sales import HeldProposal, Lot, Notice, ReserveEntry
from auction.trading.work import Work
from auction.web.forms import notice_data, rule_problems

BEFORE = timedelta(days=5)


def text_of(answer):
    return unescape(answer.get_data(as_text=True))


def begin(client, start="example"):
    answer = client.post("/office/notices/new", data={"start": start})
    assert answer.status_code == 302, text_of(answer)
    return re.search(r"/office/notices/(\w+)/edit", answer.location)[1]


def edit(client, notice_id, action, **changes):
    """Change fields of the draft and press a button."""
    path = f"/office/notices/{notice_id}/edit"
    fields = values_of(client.get(path).get_data(as_text=True), "draft")
    return client.post(path, data={**fields, **changes, "action": action})


def draft_of(client, notice_id):
    return values_of(
        client.get(f"/office/notices/{notice_id}/edit").get_data(as_text=True), "draft"
    )


def profile_of(app, notice_id):
    with app.app_context():
        return RuleProfile.from_dict(db.session.get_one(Notice, notice_id).profile)


def log_of(app, lot_id):
    with app.app_context():
        log_id = db.session.get_one(Lot, lot_id).log_id
        query = select(LogEntry.leaf).where(LogEntry.log_id == log_id).order_by(LogEntry.seq)
        leaves = [canonical.decode(leaf) for leaf in db.session.scalars(query)]
    return [(leaf["type"], leaf["data"]) for leaf in leaves]


def register_of(app):
    with app.app_context():
        query = (
            select(LogEntry.type, LogEntry.leaf)
            .join(Log, Log.id == LogEntry.log_id)
            .where(Log.kind == "register")
            .order_by(LogEntry.seq)
        )
        return [(kind, canonical.decode(leaf)["data"]) for kind, leaf in db.session.execute(query)]


# --- choosing the rules ---------------------------------------------------------------------


def test_a_ready_profile_fills_in_its_rules_and_leaves_the_facts(app, client_as, clock):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    assert edit(drafter, notice_id, "variant", variant="wuxi").status_code == 302
    assert edit(drafter, notice_id, "save").status_code == 302
    found = profile_of(app, notice_id)
    assert found.timed_entry is TimedEntry.QUALIFIED_ALL
    assert (found.countdown_first_seconds, found.countdown_seconds) == (240, 240)
    assert found.resume_notice_hours == 120
    assert found.start_fen == wan(1549)
    assert "依据无锡市" in text_of(drafter.get(f"/office/notices/{notice_id}/edit"))


def test_another_profile_leaves_nothing_of_the_one_before(app, client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    edit(drafter, notice_id, "variant", variant="qinzhou")
    edit(drafter, notice_id, "variant", variant="sip")
    edit(drafter, notice_id, "save")
    found = profile_of(app, notice_id)
    assert found.countdown_rule is CountdownRule.RESTART_FROM_BID
    assert found.freeze_minutes == 60


def test_an_asked_round_begins_after_the_question(app, client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    edit(drafter, notice_id, "variant", variant="shantou")
    close = datetime.fromisoformat(draft_of(drafter, notice_id)["listing_end"][0])
    start = (close + timedelta(minutes=20)).isoformat(timespec="minutes")
    edit(drafter, notice_id, "save", live_round_start=start)
    found = profile_of(app, notice_id)
    assert found.timed_trigger is TimedTrigger.ASKED
    assert (found.ask_seconds, found.prep_seconds) == (300, 900)


def test_everything_wrong_with_the_rules_stands_beside_its_field_at_once(client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    answer = edit(
        drafter,
        notice_id,
        "check",
        number="",
        freeze_minutes="999",
        ask_seconds="60",
        cap_mode="lottery",
        day_cutoff_minutes="08:00",
        countdown_seconds="五",
        warn_at_seconds="10、30",
    )
    page = text_of(answer)
    assert answer.status_code == 422
    for field, said in {
        "number": "请填写",
        "freeze_minutes": "须在 0 至 120 之间",
        "ask_seconds": "询问时长须大于 0",
        "lots-0-cap": "每宗地须填写金额",
        "day_cutoff_minutes": "每日休止时间须晚于继续时间",
        "countdown_seconds": "不是有效的整数",
        "warn_at_seconds": "由大到小",
    }.items():
        beside = page[page.index(f'id="{field}-error"') :][:200]
        assert said in beside, (field, beside)
    assert draft_of(drafter, notice_id)["day_cutoff_minutes"] == ["08:00"]


def test_a_real_sale_does_not_take_a_rehearsals_short_periods(client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    short = {"lottery_join_seconds": "30", "resume_prep_seconds": "60"}
    assert "须在 60 至 3600 之间" not in text_of(edit(drafter, notice_id, "check", **short))
    page = text_of(edit(drafter, notice_id, "check", kind="real", **short))
    assert "须在 60 至 3600 之间" in page
    assert "须在 300 至 3600 之间" in page


def test_form_and_notice_come_to_the_same_rules(app, client_as):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    edit(drafter, notice_id, "variant", variant="fujian")
    edit(
        drafter,
        notice_id,
        "save",
        reserve="sealed",
        cap_mode="lottery",
        max_duration_hours="6",
        day_cutoff_minutes="17:30",
        **{"lots-0-cap": "3049", "lots-0-step_timed": "50"},
    )
    with app.test_request_context():
        row = db.session.get_one(Notice, notice_id)
        content = content_of(row)
        form = notice_data.restored(row.draft)
        typed = rule_problems.profile_of(form, form.lots[0].form)
        assert typed == content.profile(content.notice.lots[0])
    assert typed.reserve_mode is ReserveMode.SEALED
    assert (typed.cap_fen, typed.step_timed_fen) == (wan(3049), wan(50))
    assert (typed.max_duration_hours, typed.day_cutoff_minutes) == (6, 1050)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("300、60", (300, 60)), ("10", (10,)), ("60, 30，10", (60, 30, 10)), ("", ())],
)
def test_the_hall_speaks_when_the_rules_say_so(app, client_as, typed, kept):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    edit(drafter, notice_id, "save", warn_at_seconds=typed)
    assert profile_of(app, notice_id).warn_at_seconds == kept


@pytest.mark.parametrize("typed", ["45", "60、60", "0", "-10", "1e1"])
def test_what_the_hall_cannot_speak_at_is_refused(client_as, typed):
    drafter = client_as("drafter")
    page = text_of(edit(drafter, begin(drafter), "check", warn_at_seconds=typed))
    assert "由大到小，用顿号分开" in page


def test_the_approver_reads_every_rule_before_signing(client_as):
    drafter, approver = client_as("drafter"), client_as("approver")
    notice_id = begin(drafter)
    edit(drafter, notice_id, "save", cap_mode="lottery", **{"lots-0-cap": "3049"})
    page = text_of(approver.get(f"/office/notices/{notice_id}/review"))
    assert "最高限价 3,049 万元" in page
    assert "现价 3,048 万元 时，只能报 3,049 万元" in page


# --- the sealed reserve ---------------------------------------------------------------------


@pytest.fixture
def sealed_sale(publish_44, clock):
    """A sale with a reserve, at the beginning of its entry window."""
    lot = publish_44(rules={"reserve_mode": ReserveMode.SEALED})
    clock.move_to(LISTING_UNTIL - timedelta(minutes=30))
    return lot


def enter(client, lot, amount, step="enter"):
    path = f"/office/console{lot.path}/reserve"
    return client.post(path, data={"amount": amount, "step": step})


def test_two_officers_type_the_same_figure_and_it_is_sealed(app, client_as, sealed_sale):
    first, second = client_as("drafter"), client_as("approver")
    enter(first, sealed_sale, "2000")
    assert [kind for kind, _ in log_of(app, sealed_sale.id)] == ["lot_opened"]
    enter(second, sealed_sale, "2,000", "confirm")
    kind, data = log_of(app, sealed_sale.id)[-1]
    assert (kind, data["by"]) == ("reserve_sealed", ["drafter", "approver"])
    with app.app_context():
        row = db.session.get_one(ReserveEntry, sealed_sale.id)
        house = app.extensions["auction"]
        content = house.sealer.open(row.sealed, f"reserve:{sealed_sale.slug}")
    assert content["amount_fen"] == wan(2000)
    assert data["commitment"] == reserve.commitment("2024JC-4", wan(2000), content["salt"])


def test_the_figure_is_shown_to_nobody_and_stands_in_no_record(app, client_as, sealed_sale):
    first, second = client_as("drafter"), client_as("approver")
    enter(first, sealed_sale, "2345")
    for officer in (first, second):
        for path in ("/office/console", f"/office/console{sealed_sale.path}/reserve"):
            page = text_of(officer.get(path))
            assert "2,345" not in page
            assert "2345" not in page
    enter(second, sealed_sale, "2345", "confirm")
    assert "2345" not in json.dumps([log_of(app, sealed_sale.id), register_of(app)])
    assert [kind for kind, _ in register_of(app)] == ["reserve_entered", "reserve_sealed"]


def test_two_different_figures_undo_both_entries(app, client_as, sealed_sale):
    first, second = client_as("drafter"), client_as("approver")
    enter(first, sealed_sale, "2000")
    enter(second, sealed_sale, "2001", "confirm")
    page = text_of(second.get(f"/office/console{sealed_sale.path}/reserve"))
    assert "两次录入均已作废" in page
    assert "2001" not in page
    enter(second, sealed_sale, "2000", "confirm")
    assert "没有等待确认的底价" in text_of(second.get("/office/console"))
    assert [kind for kind, _ in log_of(app, sealed_sale.id)] == ["lot_opened"]
    assert [kind for kind, _ in register_of(app)] == ["reserve_entered", "reserve_differs"]


def test_the_desk_reminds_until_the_reserve_is_sealed(client_as, sealed_sale):
    first, second = client_as("drafter"), client_as("approver")
    assert "待录入底价" in text_of(first.get("/office/"))
    enter(first, sealed_sale, "2000")
    assert "等待第二人" in text_of(second.get("/office/"))
    enter(second, sealed_sale, "2000", "confirm")
    page = text_of(first.get("/office/"))
    assert "待录入底价" not in page
    assert "等待第二人" not in page


def test_nobody_confirms_his_own_entry(app, client_as, sealed_sale):
    first = client_as("drafter")
    enter(first, sealed_sale, "2000")
    enter(first, sealed_sale, "2000", "confirm")
    assert "须由两人分别录入" in text_of(first.get("/office/console"))
    assert [kind for kind, _ in log_of(app, sealed_sale.id)] == ["lot_opened"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "请填写以万元为单位的数字"),
        ("两千", "请填写以万元为单位的数字"),
        ("2000.0000001", "请填写"),
        ("1548", "低于起始价"),
        ("1549.5", "报价单位的整数倍"),
    ],
)
def test_a_figure_that_cannot_be_is_typed_again(app, client_as, sealed_sale, typed, said):
    answer = enter(client_as("drafter"), sealed_sale, typed)
    assert answer.status_code == 422
    page = text_of(answer)
    assert said in page or "最多精确到分" in page
    assert f'value="{typed}"' in page
    with app.app_context():
        assert db.session.get(ReserveEntry, sealed_sale.id) is None


@pytest.mark.parametrize("minutes", [31, 0])
def test_outside_its_window_no_reserve_is_entered(app, client_as, publish_44, clock, minutes):
    lot = publish_44(rules={"reserve_mode": ReserveMode.SEALED})
    clock.move_to(LISTING_UNTIL - timedelta(minutes=minutes))
    drafter = client_as("drafter")
    enter(drafter, lot, "2000")
    assert "不在底价录入时间内" in text_of(drafter.get("/office/console"))


def test_a_sale_without_reserve_takes_none(client_as, published_lot, clock):
    clock.move_to(LISTING_UNTIL - timedelta(minutes=5))
    drafter = client_as("drafter")
    assert "不设底价，不能录入" in text_of(
        drafter.get(f"/office/console{published_lot.path}/reserve")
    )
    enter(drafter, published_lot, "2000")
    assert "本宗地不设底价" in text_of(drafter.get("/office/console"))


@pytest.mark.parametrize("person", ["bidder-a", "finance", "auditor"])
def test_nobody_else_comes_near_the_reserve(client_as, sealed_sale, person):
    client = client_as(person)
    assert client.get(f"/office/console{sealed_sale.path}/reserve").status_code == 403
    assert enter(client, sealed_sale, "2000").status_code == 403


# --- announced resumption -------------------------------------------------------------------


@pytest.fixture
def stopped(client_as, published_lot, clock):
    """A sale suspended an hour and a minute ago."""
    clock.move_to(beijing(11, 4, 9, 0))
    grounds = {"ground": "SYSTEM_FAILURE"}
    client_as("drafter").post(f"/office/console{published_lot.path}/suspend", data=grounds)
    clock.advance(minutes=61)
    return client_as("drafter"), published_lot


def announce(client, lot, at):
    return client.post(f"/office/console{lot.path}/resume/announce", data={"at": at})


def test_after_the_hour_a_sale_resumes_only_as_announced(app, house, stopped, clock, visitor):
    drafter, lot = stopped
    page = text_of(drafter.get(f"/office/console{lot.path}/resume"))
    assert "现在不能当即恢复" in page
    drafter.post(f"/office/console{lot.path}/resume")
    assert log_of(app, lot.id)[-1][0] == "suspended"
    assert announce(drafter, lot, "2024-11-05T10:01").status_code == 302
    assert log_of(app, lot.id)[-1][0] == "resumption_set"
    assert "将于 11月5日 10:01:00 恢复" in text_of(visitor.get(lot.path))
    clock.move_to(beijing(11, 5, 10, 1))
    house.sequencer.settle()
    assert log_of(app, lot.id)[-1][0] == "listing_resumed"
    assert [kind for kind, _ in register_of(app)] == ["lot_suspended", "resumption_announced"]


def test_too_early_an_announcement_names_the_earliest_and_keeps_what_was_typed(app, stopped):
    drafter, lot = stopped
    answer = announce(drafter, lot, "2024-11-04T12:00")
    page = text_of(answer)
    assert answer.status_code == 422
    assert "最早为 11月5日 10:01:00" in page
    assert 'value="2024-11-04T12:00"' in page
    assert "恢复时间过早" in page[page.index('id="at-error"') :][:200]
    assert log_of(app, lot.id)[-1][0] == "suspended"


@pytest.mark.parametrize("typed", ["", "明天", "2024-13-01T00:00"])
def test_what_is_no_time_is_said_beside_the_field(stopped, typed):
    drafter, lot = stopped
    answer = announce(drafter, lot, typed)
    assert answer.status_code == 422
    assert 'id="at-error"' in text_of(answer)


# --- a held result --------------------------------------------------------------------------


@pytest.fixture
def held_sale(app, house, client_as, publish_44, clock):
    """A sale that ended at 1549 although a bid of 1649 had arrived in time; who made them."""
    lot = publish_44()
    clock.move_to(LISTING_UNTIL - timedelta(hours=1))
    first, second = (take_seat(app, lot, client_as(f"bidder-{x}"), f"bidder-{x}") for x in "ab")
    answer = first.client.post(f"/my{lot.path}/bids", json=signed_bid(first, 1549))
    assert answer.status_code == 200
    clock.move_to(LISTING_UNTIL)
    house.sequencer.settle()
    late = bid(second.plate, 1649, LISTING_UNTIL - timedelta(milliseconds=40))
    house.writer.run([Work(lot.id, late)])
    assert log_of(app, lot.id)[-1][0] == "bid_unheard"
    return lot, first, second


def decide(client, lot, decision):
    return client.post(f"/office/console{lot.path}/held", data={"decision": decision})


def test_two_officers_reopen_the_round_and_the_unheard_bid_leads(app, client_as, held_sale):
    lot, _, second = held_sale
    drafter, approver = client_as("drafter"), client_as("approver")
    page = text_of(drafter.get(f"/office/console{lot.path}/held"))
    assert second.plate in page
    assert "1,649" in page
    assert "核定结果…" in text_of(drafter.get("/office/console"))
    assert decide(drafter, lot, "reopen:WOULD_HAVE_LED").status_code == 302
    assert log_of(app, lot.id)[-1][0] == "bid_unheard"
    assert "确认：恢复限时竞价" in text_of(approver.get(f"/office/console{lot.path}/held"))
    approver.post(f"/office/console{lot.path}/held/confirm")
    kind, data = log_of(app, lot.id)[-1]
    assert kind == "held_resolved"
    assert (data["outcome"], data["by"]) == ("reopen", ["drafter", "approver"])
    assert (data["plate"], data["amount_fen"]) == (second.plate, wan(1649))
    assert [k for k, _ in register_of(app)] == ["held_result_proposed", "held_result_decided"]


def test_a_voided_result_names_its_ground_and_can_be_listed_again(
    app, client_as, visitor, held_sale
):
    lot, _, _ = held_sale
    drafter, approver = client_as("drafter"), client_as("approver")
    decide(drafter, lot, "void:SERVICE_FAULT")
    approver.post(f"/office/console{lot.path}/held/confirm")
    assert "系统故障使竞价未能正常进行" in text_of(visitor.get(lot.path))
    assert "可以重新挂牌" in text_of(drafter.get("/office/"))


def test_nobody_decides_alone_and_a_proposal_can_be_declined(app, client_as, held_sale):
    lot, _, _ = held_sale
    drafter, approver = client_as("drafter"), client_as("approver")
    decide(drafter, lot, "uphold:NO_EFFECT")
    drafter.post(f"/office/console{lot.path}/held/confirm")
    assert "须由两人核定" in text_of(drafter.get("/office/console"))
    decide(approver, lot, "void:SERVICE_FAULT")
    assert "已有一项提议等待确认" in text_of(approver.get("/office/console"))
    approver.post(f"/office/console{lot.path}/held/decline")
    with app.app_context():
        assert db.session.get(HeldProposal, lot.id) is None
    assert log_of(app, lot.id)[-1][0] == "bid_unheard"


@pytest.mark.parametrize("decision", ["", "perhaps:NO_EFFECT", "uphold:SERVICE_FAULT", "void"])
def test_a_decision_without_its_ground_is_asked_for_again(app, client_as, held_sale, decision):
    lot, _, _ = held_sale
    answer = decide(client_as("drafter"), lot, decision)
    assert answer.status_code == 422
    assert "请选择一项" in text_of(answer)
    assert register_of(app) == []


@pytest.mark.parametrize("person", ["bidder-c", "finance", "auditor"])
def test_nobody_else_decides(client_as, held_sale, person):
    lot, _, _ = held_sale
    assert decide(client_as(person), lot, "void:SERVICE_FAULT").status_code == 403


def test_nothing_is_decided_where_no_result_is_held(app, client_as, published_lot):
    drafter = client_as("drafter")
    path = f"/office/console{published_lot.path}/held"
    assert "不在待核状态" in text_of(drafter.get(path))
    drafter.post(path, data={"decision": "uphold:NO_EFFECT"})
    assert "不在待核状态" in text_of(drafter.get("/office/console"))
    with app.app_context():
        assert db.session.get(HeldProposal, published_lot.id) is None


# --- listing again --------------------------------------------------------------------------


@pytest.fixture
def unsold(house, published_lot, clock):
    """A listing that nobody quoted in."""
    clock.move_to(LISTING_UNTIL)
    house.sequencer.settle()
    return published_lot


def relist(client, slug):
    return client.post("/office/notices/new", data={"start": f"relist:{slug}"})


def test_a_new_draft_carries_the_old_facts_and_rules_but_a_number_of_its_own(client_as, unsold):
    drafter = client_as("drafter")
    assert "重新挂牌" in text_of(drafter.get("/office/"))
    notice_id = begin(drafter, "relist:2024JC-4")
    draft = draft_of(drafter, notice_id)
    assert draft["number"] == [""]
    assert draft["lots-0-code"] == ["2024JC-4"]
    assert draft["lots-0-start"] == ["1,549"]
    assert draft["lots-0-follows"] == ["2024JC-4"]
    assert draft["countdown_seconds"] == ["300"]
    assert draft["notice_start"][0] > "2024-11-11"


def test_both_pages_show_the_chain_of_attempts(app, client_as, visitor, unsold, publish_44):
    with app.app_context():
        first = db.session.get_one(Lot, unsold.id)
        first_path = unsold.path
        assert first.stage == "unsold"
    second = publish_44(slug="2024JC-4-2", follows="2024JC-4")
    for path in (first_path, second.path):
        page = text_of(visitor.get(path))
        assert "本宗地的历次挂牌" in page
        assert "未成交：无人报价" in page
    assert f'href="{first_path}"' in text_of(visitor.get(second.path))
    assert f'href="{second.path}"' in text_of(visitor.get(first_path))


def test_a_lot_that_was_listed_once_shows_no_chain(visitor, published_lot):
    assert "历次挂牌" not in text_of(visitor.get(published_lot.path))


def test_what_is_going_on_cannot_be_listed_again(client_as, published_lot):
    drafter = client_as("drafter")
    assert relist(drafter, "2024JC-4").location.endswith("/office/")
    assert "还在进行或者已经成交" in text_of(drafter.get("/office/"))
    assert relist(drafter, "nowhere").status_code == 404


def test_a_draft_that_follows_the_wrong_lot_is_blocked(client_as, published_lot):
    drafter = client_as("drafter")
    notice_id = begin(drafter)
    page = text_of(edit(drafter, notice_id, "check", **{"lots-0-follows": "2024JC-9"}))
    assert "没有找到前次挂牌 2024JC-9" in page


@pytest.mark.parametrize("person", ["approver", "bidder-a", "finance"])
def test_only_a_drafter_lists_again(client_as, unsold, person):
    assert relist(client_as(person), "2024JC-4").status_code == 403
