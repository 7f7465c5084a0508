"""Every public page of a lot, in every phase of its life."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from factories import LISTING_FROM
from flask import Flask
from public_pages import Sale, checked

from auction.core.profile import TimedEntry
from auction.core.terms import Unstated
from auction.services import demo_people
from auction.services.export import read_export
from auction.store.sales import SaleKind
from auction.trading.time import DrivenClock

PHASES = {
    "announced": "公告中",
    "listing": "挂牌中",
    "quoted": "挂牌中",
    "live": "限时竞价",
    "closing": "核定中",
    "suspended_listing": "已中止（可恢复）",
    "resumed_listing": "挂牌中",
    "suspended_live": "已中止（可恢复）",
    "prep": "限时竞价",
    "award_pending": "待资格审核",
    "result_held": "结果待核",
    "confirmed": "成交",
    "published": "已成交（公示中）",
    "award_void": "成交作废",
    "unsold": "未成交",
    "terminated": "已终止（不再进行）",
}
ENDED = ("award_pending", "confirmed", "published", "award_void", "unsold", "terminated")
LOT_PAGES = ("", "/rules", "/result", "/documents", "/documents/instructions")
LISTS = ("/", "/lots", "/notices", "/results", "/practice", "/about", "/help", "/verify")
SECRETS = [text for person in demo_people.PEOPLE for text in (person.name, person.id_code)][:6]


@pytest.fixture
def sale(app: Flask, clock: DrivenClock, publish_44: Callable[..., Any]) -> Callable[..., Sale]:
    """`sale("live")`: lot 2024JC-4 brought to that phase, with three bidders who have names."""

    def drive(phase: str, kind: SaleKind = SaleKind.REAL, slug: str = "2024JC-4") -> Sale:
        lot = publish_44(kind, slug)
        driven = Sale(app, clock, lot.id)
        driven.seat()
        getattr(driven, f"to_{phase}")()
        return driven

    return drive


def sound(answer: Any) -> str:
    """The page's text, if the page is sound."""
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert checked(page).wrong == []
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    return page


@pytest.mark.parametrize("phase", PHASES)
def test_every_page_says_the_phase_and_no_name(
    sale: Callable[..., Sale], visitor: Any, phase: str
) -> None:
    sale(phase)
    for path in LOT_PAGES:
        page = sound(visitor.get(f"/lots/2024JC-4{path}"))
        if path in ("", "/rules", "/result"):
            assert PHASES[phase] in page
        assert not [secret for secret in SECRETS if secret in page]
    for path in LISTS:
        page = sound(visitor.get(path))
        assert not [secret for secret in SECRETS if secret in page]


@pytest.mark.parametrize("phase", PHASES)
def test_every_page_stands_in_english_too(
    sale: Callable[..., Sale], visitor: Any, phase: str
) -> None:
    sale(phase)
    visitor.get("/language/en")
    for path in (*(f"/lots/2024JC-4{page}" for page in LOT_PAGES), "/notices/n-2024JC-4", *LISTS):
        assert '<html lang="en"' in sound(visitor.get(path))


@pytest.mark.parametrize("phase", PHASES)
def test_data_and_log_hold_no_name(sale: Callable[..., Sale], visitor: Any, phase: str) -> None:
    sale(phase)
    for path in (
        "/lots/2024JC-4/log.jsonl",
        "/lots/2024JC-4/checkpoint",
        "/lots/2024JC-4/calendar.ics",
        "/notices/n-2024JC-4.json",
        "/notices/n-2024JC-4.ics",
        "/notices.atom",
        "/results.csv",
        "/results.json",
    ):
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert not [secret for secret in SECRETS if secret in answer.get_data(as_text=True)]


@pytest.mark.parametrize("kind", [SaleKind.PRACTICE, SaleKind.REHEARSAL])
@pytest.mark.parametrize("phase", ["announced", "live", "published", "unsold"])
def test_a_rehearsal_says_so_and_stays_in_its_own_place(
    sale: Callable[..., Sale], visitor: Any, phase: str, kind: SaleKind
) -> None:
    sale(phase, kind, "p-1")
    for path in LOT_PAGES:
        page = sound(visitor.get(f"/practice/lots/p-1{path}"))
        assert "<title>演练 · " in page
        assert "演练，不产生法律效力。" in page
        assert visitor.get(f"/lots/p-1{path}").status_code == 404
    page = sound(visitor.get("/practice/notices/n-p-1"))
    assert "practice-frame" in page
    assert visitor.get("/notices/n-p-1").status_code == 404
    assert "/practice/lots/p-1" in visitor.get("/practice").get_data(as_text=True)
    for path in ("/lots", "/notices", "/results", "/notices.atom", "/results.csv", "/results.json"):
        text = visitor.get(path).get_data(as_text=True)
        assert "p-1" not in text
        assert "2024JC-4" not in text


def test_the_home_page_shows_practice_apart_from_sales(
    sale: Callable[..., Sale], visitor: Any
) -> None:
    sale("listing", SaleKind.PRACTICE, "p-1")
    page = sound(visitor.get("/"))
    before, after = page.split('class="section practice-entry"')
    assert "p-1" not in before
    assert "/practice/lots/p-1" in after


def test_the_true_now_sentence_follows_the_sale(
    sale: Callable[..., Sale], visitor: Any, clock: DrivenClock
) -> None:
    driven = sale("announced")

    def sentence() -> str:
        page = visitor.get("/lots/2024JC-4").get_data(as_text=True)
        found: str = page.split("data-now-sentence>")[1].split("</p>")[0]
        return found

    assert sentence() == "公告中，10月30日 09:00:00 开始挂牌报价，起始价 1,549 万元。"
    clock.move_to(LISTING_FROM)
    assert "尚无人报价" in sentence()
    driven.bid(0, 1549)
    assert sentence() == (
        f"挂牌中，现价 1,549 万元，号牌 {driven.plates[0]} 领先。"
        "11月11日 14:30:00 截止，届时有 2 个以上竞买人报价即进入限时竞价。"
    )


def test_a_sale_of_one_bidder_ends_without_a_round(sale: Callable[..., Sale], visitor: Any) -> None:
    driven = sale("listing")
    driven.bid(0, 1549)
    driven.to_unsold()
    page = sound(visitor.get("/lots/2024JC-4/result"))
    assert "1 个竞买人报价，计 1 次有效报价" in page
    assert "限时竞价" not in page.split("完整记录")[1].split("证据")[0]


def test_before_the_end_a_refused_bid_is_a_hash(sale: Callable[..., Sale], visitor: Any) -> None:
    driven = sale("quoted")
    page = visitor.get("/lots/2024JC-4").get_data(as_text=True)
    assert "未接受" not in page
    text = visitor.get("/lots/2024JC-4/log.jsonl").get_data(as_text=True)
    header, *lines = [json.loads(line) for line in text.splitlines()]
    assert header["format"] == "lot-log-withheld/1"
    sealed = [line for line in lines if set(line) == {"hash", "seq"}]
    assert len(sealed) == 3  # two who appeared, one refused
    assert "bid_refused" not in text
    assert all(plate in text for plate in driven.plates[:2])


def test_after_the_end_the_whole_log_can_be_checked_elsewhere(
    sale: Callable[..., Sale], visitor: Any
) -> None:
    sale("award_pending")
    data = visitor.get("/lots/2024JC-4/log.jsonl").data
    exported = read_export(data)
    assert exported.head.size == len(exported.leaves)
    note = visitor.get("/lots/2024JC-4/checkpoint").get_data(as_text=True)
    assert note == exported.note
    assert b"bid_refused" in data


def test_results_are_open_data(sale: Callable[..., Sale], visitor: Any) -> None:
    driven = sale("published")
    row = visitor.get("/results.json").get_json()["results"][0]
    assert row["price_fen"] == 1949_000000
    assert row["plate"] == driven.plates[1]
    assert row["url"].endswith("/lots/2024JC-4/result")
    lines = visitor.get("/results.csv").data.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("lot,notice,location")
    assert "1949000000" in lines[1]


def test_an_unsold_lot_is_listed_with_its_reason(sale: Callable[..., Sale], visitor: Any) -> None:
    sale("unsold")
    assert "无人报价" in sound(visitor.get("/results"))


def test_the_rules_name_what_the_notice_leaves_open(
    app: Flask, clock: DrivenClock, publish_44: Callable[..., Any], visitor: Any
) -> None:
    publish_44(unstated=Unstated(timed_entry=TimedEntry.QUALIFIED_ALL, countdown_seconds=120))
    page = sound(visitor.get("/lots/2024JC-4/rules"))
    assert "规则方案载明" in page
    assert "2 分钟" in page
    assert "所有取得竞买资格的竞买人" in page


@pytest.mark.parametrize(
    "path",
    [
        "/lots/nothing",
        "/lots/2024JC-4/documents/nothing",
        "/lots/2024JC-4/documents/notice",
        "/notices/nothing",
        "/notices/nothing.json",
        "/notices/nothing.ics",
        "/lots?show=nothing",
    ],
)
def test_what_is_not_there_is_a_404(sale: Callable[..., Sale], visitor: Any, path: str) -> None:
    sale("announced")
    assert visitor.get(path).status_code == 404


def test_a_lot_that_is_not_yet_published_is_not_there(app: Flask, visitor: Any) -> None:
    assert visitor.get("/lots/2024JC-4").status_code == 404
    for path in LISTS:
        sound(visitor.get(path))


@pytest.mark.parametrize("phase", ["suspended_listing", "suspended_live"])
def test_nothing_counts_down_while_a_sale_stands_still(
    sale: Callable[..., Sale], visitor: Any, phase: str
) -> None:
    sale(phase)
    page = visitor.get("/lots/2024JC-4").get_data(as_text=True)
    times = page.split('class="timeline"')[1].split("</ol>")[0]
    assert "恢复时间另行公布" in times
    present = times.split("timeline__item--present")[-1]
    assert "data-deadline-us" not in present
    assert "系统故障" in page


def test_the_next_step_is_the_visitors_own(
    sale: Callable[..., Sale], visitor: Any, client_as: Callable[[str], Any]
) -> None:
    sale("quoted")

    def first_step(client: Any) -> str:
        page = client.get("/lots/2024JC-4").get_data(as_text=True)
        found: str = page.split('class="lot-actions')[1].split("</a>")[0]
        return found

    assert "登录竞买" in first_step(visitor)
    assert "/my/lots/2024JC-4/hall" in first_step(client_as("bidder-a"))
    assert "旁观竞价" in first_step(client_as("auditor"))


def test_a_bidder_without_a_seat_is_led_to_his_tasks(
    published_lot: Any, client_as: Callable[[str], Any]
) -> None:
    page = sound(client_as("bidder-b").get("/lots/2024JC-4"))
    assert "/my/lots/2024JC-4" in page.split('class="lot-actions')[1].split("</a>")[0]
