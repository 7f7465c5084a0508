"""The print pages: rendered from the view models with the project's own macros."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from documents.paper_facts import CONFIRMATION, DAY, DEAL, DEPOSIT, QUALIFICATION
from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader, StrictUndefined

from auction.core.instants import to_us
from auction.core.money import capitals, to_wan_text
from auction.core.notice import Comparator, Index, Notice
from auction.core.notice_codec import notice_from_dict
from auction.core.workdays import BEIJING
from auction.documents.bidder_papers import (
    deposit_notice,
    live_day_card,
    qualification_certificate,
)
from auction.documents.deal_papers import deal_confirmation, deal_notice
from auction.documents.notice import notice_document
from auction.documents.paper import Edition, Mark, Paper, Row, Signature

ROOT = Path(__file__).parents[2]
# The page around a document is not this test's subject: only its blocks are.
FRAME = "{{ sale_kind }}|{% block title %}{% endblock %}|{% block content %}{% endblock %}"


@pytest.fixture(scope="module")
def environment() -> Environment:
    loader = ChoiceLoader(
        [DictLoader({"base.html": FRAME}), FileSystemLoader(str(ROOT / "templates"))]
    )
    env = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_null_translations(newstyle=True)
    env.filters.update(
        beijing=lambda at: at.astimezone(BEIJING),
        epoch_us=to_us,
        fen_wan=to_wan_text,
        fen_capitals=capitals,
        phase_word=str,
    )
    env.globals.update(server_now=lambda: datetime(2024, 10, 12, tzinfo=UTC))
    return env


@pytest.fixture(scope="module")
def notice() -> Notice:
    path = ROOT / "auction/seed/notice_44.json"
    return notice_from_dict(json.loads(path.read_text(encoding="utf-8")))


def render(environment: Environment, name: str, context: Mapping[str, Any]) -> str:
    defaults = {"version": None, "links": None}
    return environment.get_template(f"documents/{name}.html").render({**defaults, **context})


def text_of(html: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", html))


def test_the_notice_shows_its_text_and_table(environment: Environment, notice: Notice) -> None:
    document = notice_document(notice)
    html = render(environment, "notice", {"doc": document})
    text = text_of(html)
    for section in document.sections:
        first, *others = section.paragraphs
        for words in (f"{section.numeral}、{first}", *others, *section.items):
            assert re.sub(r"\s+", "", words) in text
    assert '<td class="num" data-label="容积率">≥1.1</td>' in html
    assert '<th scope="colgroup" colspan="4">规划指标要求</th>' in html
    assert "西宁市公共资源交易中心2024年10月10日" in text
    assert "未提供界址坐标，不显示地图" in text


def test_times_in_the_margin_are_beijing_time_with_weekday(
    environment: Environment, notice: Notice
) -> None:
    html = render(environment, "notice", {"doc": notice_document(notice)})
    assert "2024年11月9日（周六）16:00:00 北京时间" in html
    assert 'datetime="2024-11-09T16:00:00+08:00"' in html


def test_comparators_are_told_in_words_in_the_summary(
    environment: Environment, notice: Notice
) -> None:
    lot = notice.lots[0]
    parcel = replace(lot.parcel, far=Index(Comparator.RANGE, "1.1", "2.0"))
    changed = replace(notice, lots=(replace(lot, parcel=parcel),))
    text = text_of(render(environment, "notice", {"doc": notice_document(changed)}))
    for words in ("容积率1.1至2.0", "建筑系数不低于40%", "绿地率20%", "建筑高度不高于50米"):
        assert words in text


def test_values_of_the_profile_carry_their_mark(environment: Environment, notice: Notice) -> None:
    document = notice_document(
        notice, [Row("倒计时", "5分钟", Mark.ASSUMED)], edition=Edition.REHEARSAL
    )
    html = render(environment, "notice", {"doc": document})
    assert "provenance--assumed" in html
    assert "倒计时5分钟演练假定" in text_of(html)
    assert html.startswith("rehearsal|")
    assert '<h1 class="doc__title"><span>演练</span>' in html


def test_a_real_notice_is_not_marked_as_an_exercise(
    environment: Environment, notice: Notice
) -> None:
    html = render(environment, "notice", {"doc": notice_document(notice)})
    assert html.startswith("real|")
    assert "演练" not in html


def test_the_version_bar_stands_above_the_paper(environment: Environment, notice: Notice) -> None:
    version = {
        "number": 1,
        "published_at": notice.windows.notice.start,
        "current": True,
        "digest": "8f3a" * 16,
        "changes_url": None,
        "changes": 0,
    }
    html = render(
        environment,
        "notice",
        {
            "doc": notice_document(notice),
            "version": version,
            "links": [{"label": "下载", "url": "files"}],
        },
    )
    assert html.index("第 1 版") < html.index("<article")
    assert '<a href="files">下载</a>' in html


def test_a_given_boundary_is_drawn_with_its_corners_listed(
    environment: Environment, notice: Notice
) -> None:
    lot = notice.lots[0]
    ring = [[101.75, 36.55], [101.753, 36.55], [101.753, 36.552], [101.75, 36.55]]
    boundary = json.dumps({"type": "Polygon", "coordinates": [ring]})
    changed = replace(notice, lots=(replace(lot, parcel=replace(lot.parcel, boundary=boundary)),))
    html = render(environment, "notice", {"doc": notice_document(changed)})
    assert '<path class="map__parcel"' in html
    assert html.count("map__corner") == 3
    assert "东经 101.753°，北纬 36.552°" in html


PAPERS = {
    "deposit_notice": deposit_notice(DEPOSIT),
    "qualification_certificate": qualification_certificate(QUALIFICATION),
    "live_day_card": live_day_card(DAY),
    "deal_notice": deal_notice(DEAL),
    "deal_confirmation": deal_confirmation(CONFIRMATION),
}


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_prints_everything_it_states(environment: Environment, name: str) -> None:
    paper = PAPERS[name]
    text = text_of(render(environment, name, {"doc": paper}))
    values = [value for row in paper.rows for value in (row.label, row.value)]
    said = (
        *values, *paper.opening, *paper.points, *paper.closing, *paper.notes,
        paper.title, paper.number, paper.issuer, paper.issued, paper.content_sha256,
        paper.check_code,
    )  # fmt: skip
    for words in said:
        assert re.sub(r"\s+", "", words) in text


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_has_no_inline_style_script_or_handler(environment: Environment, name: str) -> None:
    html = render(environment, name, {"doc": PAPERS[name]})
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", html)


def test_names_are_escaped(environment: Environment) -> None:
    paper: Paper = deal_notice(replace(DEAL, winner="<b>甲</b>"))
    assert "&lt;b&gt;甲&lt;/b&gt;：" in render(environment, "deal_notice", {"doc": paper})


def test_the_confirmation_shows_who_has_signed(environment: Environment) -> None:
    paper = deal_confirmation(
        CONFIRMATION,
        winner_signature=Signature(
            "竞得人", CONFIRMATION.winner, "2024年11月18日（周一）10:00:00", "ab" * 32
        ),
    )
    text = text_of(render(environment, "deal_confirmation", {"doc": paper}))
    assert f"出让方（签章）：{CONFIRMATION.grantor}尚未签署" in text
    assert "已于2024年11月18日（周一）10:00:00以数字证书签名" in text
