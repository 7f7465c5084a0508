"""The duty console: what it shows, what it never shows, and the three grave acts."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from auction.ledger import canonical
from auction.services import duty
from auction.services.demo_people import PEOPLE
from auction.store.base import db
from auction.store.logs import Log, LogEntry
from auction.store.sales import Lot, SaleKind, TerminationProposal


@pytest.fixture
def listing(published_lot, clock):
    """The lot in its listing."""
    clock.move_to(published_lot.profile.listing_from + timedelta(days=1))
    return published_lot


def act(client, lot, what, **data):
    return client.post(f"/office/console{lot.path}/{what}", data=data)


def events(app, lot):
    with app.app_context():
        log_id = db.session.get_one(Lot, lot.id).log_id
        query = select(LogEntry.leaf).where(LogEntry.log_id == log_id).order_by(LogEntry.seq)
        leaves = [canonical.decode(leaf) for leaf in db.session.scalars(query)]
        return [(leaf["type"], leaf["data"]) for leaf in leaves]


def register_of(app):
    with app.app_context():
        query = (
            select(LogEntry.type)
            .join(Log, Log.id == LogEntry.log_id)
            .where(Log.kind == "register")
            .order_by(LogEntry.seq)
        )
        return list(db.session.scalars(query))


def text_of(answer):
    return answer.get_data(as_text=True)


def test_each_open_lot_has_its_card(client_as, listing):
    page = text_of(client_as("drafter").get("/office/console"))
    for words in ("2024JC-4", "挂牌中", "1,549", "尚无报价", "11月11日（周一）14:30:00"):
        assert words in page, words
    assert f'href="{listing.path}/live"' in page


def test_a_rehearsal_is_marked_and_comes_after_the_sales(client_as, publish_44, listing):
    publish_44(SaleKind.PRACTICE, "p-1")
    page = text_of(client_as("drafter").get("/office/console"))
    cards = page.split('<li class="console__card')[1:]
    assert len(cards) == 2
    assert "演练" not in cards[0]
    assert "演练" in cards[1]


def test_no_page_of_the_office_names_a_bidder_or_counts_them(client_as, listing):
    drafter = client_as("drafter")
    for bidder in ("bidder-a", "bidder-b"):
        client_as(bidder)
    names = [person.name for person in PEOPLE if person.is_bidder]
    for path in ("/office/", "/office/console", f"/office/console{listing.path}/suspend"):
        page = text_of(drafter.get(path))
        assert not any(name in page for name in names), path


def test_the_public_sentence_is_shown_before_it_is_said(client_as, listing):
    page = text_of(
        client_as("drafter").get(
            f"/office/console{listing.path}/suspend", query_string={"ground": "SYSTEM_FAILURE"}
        )
    )
    assert "竞价已中止（可恢复）。" in page
    assert "原因：系统故障" in page
    assert "确认中止" in page


def test_nothing_can_be_confirmed_before_a_ground_is_chosen(client_as, listing):
    page = text_of(client_as("drafter").get(f"/office/console{listing.path}/suspend"))
    assert "确认中止" not in page


def test_suspending_and_resuming_stand_in_the_lots_log_and_in_the_register(
    app, client_as, clock, listing
):
    drafter = client_as("drafter")
    assert act(drafter, listing, "suspend", ground="SYSTEM_FAILURE").status_code == 302
    page = text_of(drafter.get("/office/console"))
    assert "已中止（可恢复）" in page
    assert "系统故障" in page
    clock.advance(minutes=20)
    assert "顺延 20 分 0 秒" in text_of(drafter.get(f"/office/console{listing.path}/resume"))
    act(drafter, listing, "resume")
    assert [kind for kind, _ in events(app, listing)[1:]] == ["suspended", "listing_resumed"]
    assert events(app, listing)[1][1]["by"] == "drafter"
    assert register_of(app) == ["lot_suspended", "lot_resumed"]
    assert "14:50:00" in text_of(drafter.get("/office/console"))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "请选择一项原因"),
        ({"ground": "OUTAGE"}, "请选择一项原因"),
        ({"ground": "COURT_ORDER"}, "请填写文书文号"),
        ({"ground": "COURT_ORDER", "reference": "号" * 121}, "文书文号过长"),
    ],
)
def test_a_suspension_without_a_proper_ground_is_refused(app, client_as, listing, data, said):
    answer = act(client_as("drafter"), listing, "suspend", **data)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert len(events(app, listing)) == 1


def test_what_the_rules_do_not_allow_is_explained(client_as, listing):
    drafter = client_as("drafter")
    act(drafter, listing, "resume")
    assert "没有中止，无须恢复" in text_of(drafter.get("/office/console"))
    act(drafter, listing, "suspend", ground="FORCE_MAJEURE")
    drafter.get("/office/console")
    act(drafter, listing, "suspend", ground="FORCE_MAJEURE")
    assert "已经中止" in text_of(drafter.get("/office/console"))


def test_ending_a_sale_takes_two_officers(app, client_as, listing):
    first, second = client_as("drafter"), client_as("approver")
    act(first, listing, "terminate", ground="OBJECT_LOST")
    assert len(events(app, listing)) == 1
    act(first, listing, "terminate/confirm")
    assert len(events(app, listing)) == 1
    assert "提议人不能自己确认" in text_of(first.get("/office/console"))
    assert "确认终止，不再进行" in text_of(second.get(f"/office/console{listing.path}/terminate"))
    act(second, listing, "terminate/confirm")
    kind, data = events(app, listing)[-1]
    assert (kind, data["ground"], data["by"]) == (
        "terminated",
        "OBJECT_LOST",
        ["drafter", "approver"],
    )
    assert register_of(app) == ["termination_proposed", "lot_terminated"]
    assert "没有进行中的宗地" in text_of(first.get("/office/console"))


def test_a_proposal_lapses_after_half_an_hour(app, client_as, clock, listing):
    first, second = client_as("drafter"), client_as("approver")
    act(first, listing, "terminate", ground="OWNER_DELAY")
    clock.advance(seconds=duty.PROPOSAL_LIFE.total_seconds())
    act(second, listing, "terminate/confirm")
    assert "没有等待确认的终止提议" in text_of(second.get("/office/console"))
    assert len(events(app, listing)) == 1
    assert act(second, listing, "terminate", ground="OWNER_DELAY").status_code == 302


def test_a_proposal_waits_alone_and_can_be_declined(app, client_as, listing):
    first, second = client_as("drafter"), client_as("approver")
    act(first, listing, "terminate", ground="OWNER_DELAY")
    act(second, listing, "terminate", ground="OBJECT_LOST")
    assert "已有一项终止提议等待确认" in text_of(second.get("/office/console"))
    act(second, listing, "terminate/decline")
    with app.app_context():
        assert db.session.get(TerminationProposal, listing.id) is None
    assert register_of(app) == ["termination_proposed", "termination_declined"]


def test_a_rehearsal_is_not_reached_by_a_sales_address(client_as, listing):
    answer = client_as("drafter").get(f"/office/console/practice/lots/{listing.slug}/suspend")
    assert answer.status_code == 404


@pytest.mark.parametrize("person", ["bidder-a", "finance", "auditor"])
def test_nobody_else_stops_a_sale(app, client_as, listing, person):
    answer = act(client_as(person), listing, "suspend", ground="SYSTEM_FAILURE")
    assert answer.status_code == 403
    assert len(events(app, listing)) == 1
