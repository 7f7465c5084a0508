"""What auditors and monitoring see of anchoring."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from web.conftest import Client, PublishedLot
from witnesses import running

from auction.services import anchoring
from auction.services.anchoring_places import Anchoring
from auction.services.house import House


def test_the_desk_tells_who_signed_what_and_what_is_amiss(
    app: Flask,
    house: House,
    client_as: Callable[..., Client],
    published_lot: PublishedLot,
    visitor: FlaskClient,
    tmp_path: Path,
) -> None:
    auditor = client_as("auditor")
    pages = ("/audit/", f"/audit{published_lot.path}", "/audit/register")

    def told(page: str) -> str:
        return auditor.get(page).get_data(as_text=True)

    assert "所有树头均未锚定" in told("/audit/")
    for page in pages[1:]:
        assert "尚未锚定：本中心没有设置独立见证人" in told(page)

    centre = house.log_key(house.site.log_origin)
    with running(tmp_path, centre) as witness, app.app_context():
        house.anchoring = Anchoring((witness.place,), 1)
        told("/audit/register")  # makes the logs that reading leaves traces in
        assert anchoring.show_heads(house, witness.place) >= 2
        assert "锚定告警" not in told("/audit/")
        assert "已签" in told("/audit/")
        assert "已锚定：独立见证人已在现有记录上签名" in told(pages[1])
        assert "witness.example/w1 签名，至第 1 号记录" in told(pages[1])

        house.anchoring.witnesses = (replace(witness.place, url="http://127.0.0.1:9"),)
        with house.engine.begin() as conn:
            conn.exec_driver_sql("DELETE FROM anchoring_state")
        anchoring.show_heads(house, house.anchoring.witnesses[0])
        page = told("/audit/")
        assert "锚定告警" in page
        assert "最近一次未能为" in page
        assert "SOURCE_UNREACHABLE" in page
        metrics = visitor.get("/metrics").get_data(as_text=True)
        assert "auction_anchoring_places 1.0" in metrics
        assert "auction_anchoring_places_failing 1.0" in metrics
        assert "auction_anchoring_logs_contradicted 0.0" in metrics
        assert "auction_anchoring_sales_overdue 0.0" in metrics
        with house.engine.begin() as conn:
            conn.exec_driver_sql("UPDATE anchoring_state SET contradicted_at = tried_at")
        assert "auction_anchoring_logs_contradicted 1.0" in visitor.get("/metrics").get_data(
            as_text=True
        )
        assert "与其此前签过的树头不一致" in told("/audit/")
