"""The notice for the public: document, data, calendar, feed; and what programs look for."""

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Flask
from icalendar import Calendar
from public_pages import checked

from auction.store.base import db
from auction.store.sales import Notice, SaleKind


def page_of(answer: Any) -> str:
    assert answer.status_code == 200
    page: str = answer.get_data(as_text=True)
    assert checked(page).wrong == []
    return page


def test_the_document_carries_version_hash_times_and_marks(
    visitor: Any, published_lot: Any
) -> None:
    page = page_of(visitor.get("/notices/n-2024JC-4"))
    assert "2024TD网挂公告第[44]号" in page
    assert "第 1 版" in page
    assert "当前有效" in page
    assert "2024年11月9日（周六）16:00:00" in page
    assert "规则方案载明" in page
    assert "加入日历" in page


def test_the_data_are_the_bytes_that_the_hash_is_of(
    app: Flask, visitor: Any, published_lot: Any
) -> None:
    data = visitor.get("/notices/n-2024JC-4.json").data
    with app.app_context():
        notice = db.session.query(Notice).one()
        assert hashlib.sha256(data).hexdigest() == notice.content_hash


def test_the_five_times_go_into_a_calendar(visitor: Any, published_lot: Any) -> None:
    answer = visitor.get("/notices/n-2024JC-4.ics")
    assert answer.mimetype == "text/calendar"
    events = Calendar.from_ical(answer.data).walk("VEVENT")
    assert [str(event["SUMMARY"]) for event in events] == [
        f"2024JC-4 {title}"
        for title in ("公告", "竞买申请", "保证金到账截止", "挂牌报价", "限时竞价")
    ]
    assert events[2].decoded("DTSTART").isoformat() == "2024-11-09T08:00:00+00:00"


def test_a_lots_calendar_is_marked_in_a_rehearsal(
    visitor: Any, publish_44: Callable[..., Any]
) -> None:
    publish_44(SaleKind.PRACTICE, "p-1")
    events = Calendar.from_ical(visitor.get("/practice/lots/p-1/calendar.ics").data).walk("VEVENT")
    assert all(str(event["SUMMARY"]).startswith("演练 ") for event in events)


def test_the_feed_names_the_notice(visitor: Any, published_lot: Any) -> None:
    text = visitor.get("/notices.atom").get_data(as_text=True)
    assert "<title>2024TD网挂公告第[44]号</title>" in text
    assert "http://localhost/notices/n-2024JC-4" in text


def test_in_english_the_chinese_text_prevails(visitor: Any, published_lot: Any) -> None:
    visitor.get("/language/en")
    page = page_of(visitor.get("/notices/n-2024JC-4"))
    assert 'lang="zh-Hans"' in page
    assert "notice--blue" in page


def test_listing_documents_are_open_and_hash_as_stated(visitor: Any, published_lot: Any) -> None:
    page = page_of(visitor.get("/lots/2024JC-4/documents"))
    for kind in ("notice", "instructions", "application"):
        data = visitor.get(f"/lots/2024JC-4/documents/{kind}.json").data
        assert hashlib.sha256(data).hexdigest() in page


def test_robots_stay_out_of_rehearsals_and_of_what_is_somebodys_own(visitor: Any) -> None:
    lines = visitor.get("/robots.txt").get_data(as_text=True).splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /practice", "Disallow: /my", "Disallow: /office"} <= set(lines)


def test_old_browsers_find_the_icon(visitor: Any) -> None:
    answer = visitor.get("/favicon.ico")
    assert answer.status_code == 302
    with visitor.get(answer.headers["Location"]) as icon:
        assert icon.mimetype == "image/svg+xml"
