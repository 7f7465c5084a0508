"""The bidder's way to the hall through real pages: documents, application, deposit, papers."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from applying import apply_alone, form, signatures, to_sign
from factories import beijing
from flask import Flask
from sqlalchemy import select

from auction.services import demo_people, people
from auction.services.house import House
from auction.store.base import db
from auction.store.sales import SaleKind
from auction.store.seats import Seat
from auction.trading.time import DrivenClock

ClientAs = Callable[[str], Any]


@pytest.fixture
def bidder(client_as: ClientAs) -> Any:
    return client_as("bidder-a")


def test_the_workbench_offers_what_can_be_applied_for(bidder: Any, published_lot: Any) -> None:
    page = bidder.get("/my/").get_data(as_text=True)
    assert "2024JC-4" in page
    assert "您还没有参加任何宗地" in page


def test_the_task_list_has_seven_rows_and_says_what_is_next(
    bidder: Any, published_lot: Any
) -> None:
    page = bidder.get(f"/my{published_lot.path}").get_data(as_text=True)
    assert page.count('class="task task--') == 7
    assert "下一步：阅读规则与出让文件" in page


def test_documents_are_received_by_a_signature_over_their_hashes(
    bidder: Any, published_lot: Any
) -> None:
    where = f"/my{published_lot.path}/documents"
    wanted = to_sign(bidder.get(where).get_data(as_text=True))
    answer = bidder.post(where, json=signatures(bidder, wanted))
    assert answer.get_json() == {"next": f"/my{published_lot.path}"}
    assert "您已签收这三份文件" in bidder.get(where).get_data(as_text=True)


def test_the_hash_signed_is_that_of_the_bytes_anyone_can_download(
    visitor: Any, bidder: Any, published_lot: Any
) -> None:
    import hashlib

    page = bidder.get(f"/my{published_lot.path}/documents").get_data(as_text=True)
    hashes = to_sign(page)["statements"][0]["fields"]["documents"].split(",")
    for kind, digest in zip(("notice", "instructions", "application"), hashes, strict=True):
        data = visitor.get(f"{published_lot.path}/documents/{kind}.json").get_data()
        assert hashlib.sha256(data).hexdigest() == digest


def test_the_instructions_state_this_lots_rules(visitor: Any, published_lot: Any) -> None:
    page = visitor.get(f"{published_lot.path}/documents/instructions").get_data(as_text=True)
    for said in ("1,549万元", "775万元", "5分钟", "2024年11月9日（周六）16:00:00（含）"):
        assert said in page


def test_applying_leads_to_the_deposit_page(bidder: Any, published_lot: Any) -> None:
    answer = apply_alone(bidder, published_lot.path)
    assert answer.status_code == 200
    where = answer.get_json()["next"]
    assert where == f"/my{published_lot.path}/deposit"
    page = bidder.get(where).get_data(as_text=True)
    assert "7750000.00" in page
    assert "一次性、足额、由基本户汇出、户名与申请人一致" in page
    assert "截止时间为周六" in page
    assert "11月8日（周五）" in page


def test_the_form_that_is_signed_is_on_the_page(bidder: Any, published_lot: Any) -> None:
    page = bidder.post(f"/my{published_lot.path}/apply", data=form()).get_data(as_text=True)
    assert "国有建设用地使用权竞买申请书" in page
    wanted = to_sign(page)
    assert [s["purpose"] for s in wanted["statements"]] == ["receipt", "application"]
    assert "王小明" in json.loads(wanted["sent"]["form"])["contact"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"contact": ""}, "请填写联系人"),
        ({"phone": "无"}, "联系电话无法识别"),
        ({"kind": "joint"}, "请至少填写一个联合方"),
        (
            {
                "kind": "joint",
                "share": "60",
                "partners-0-name": "无此公司",
                "partners-0-share": "40",
            },
            "没有找到这个联合方",
        ),
        (
            {"kind": "joint", "share": "六十", "partners-0-name": "甲", "partners-0-share": "40"},
            "出资比例无法识别",
        ),
        ({"kind": "sideways"}, "请选择单独申请或联合申请"),
    ],
)
def test_a_wrong_form_comes_back_filled_with_a_sentence(
    bidder: Any, published_lot: Any, typed: dict[str, str], sentence: str
) -> None:
    answer = bidder.post(f"/my{published_lot.path}/apply", data=form(**typed))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    kept = form(**typed)
    assert f'value="{kept["contact"]}"' in page
    assert f'value="{kept["phone"]}"' in page


def test_shares_that_do_not_add_up_say_what_they_are(
    app: Flask, house: House, bidder: Any, published_lot: Any
) -> None:
    with app.app_context():
        demo_people.enrolled_party(house, demo_people.person("bidder-b"))
    typed = form(
        kind="joint",
        share="60",
        **{"partners-0-name": "西宁演练乙建设有限公司", "partners-0-share": "30.5"},
    )
    answer = bidder.post(f"/my{published_lot.path}/apply", data=typed)
    assert answer.status_code == 422
    assert "现在合计 90.5 %" in answer.get_data(as_text=True)


def test_a_tampered_application_is_refused_in_words(bidder: Any, published_lot: Any) -> None:
    page = bidder.post(f"/my{published_lot.path}/apply", data=form()).get_data(as_text=True)
    sent = signatures(bidder, to_sign(page)) | {"contact": "别人"}
    answer = bidder.post(f"/my{published_lot.path}/apply/file", json=sent)
    assert answer.status_code == 422
    told = answer.get_json()
    assert told["code"] == "STATEMENT_MISMATCH"
    assert "没有提交" in told["title"]


@pytest.mark.parametrize("sent", [[], {}, {"application": 5}, {"application": {"body": "x"}}])
def test_what_is_no_statement_is_refused_not_crashed(
    bidder: Any, published_lot: Any, sent: object
) -> None:
    answer = bidder.post(f"/my{published_lot.path}/apply/file", json=sent)
    assert answer.status_code == 422
    assert answer.get_json()["code"].startswith(("STATEMENT", "CONTACT"))


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        (beijing(11, 9, 16, 0, 1), "保证金截止时间已过，现在提交的申请不能取得竞买资格。"),
        (beijing(11, 9, 17, 0, 0), "申请时间已过。"),
    ],
)
def test_when_it_is_too_late_the_page_stops_before_signing(
    client_as: ClientAs, published_lot: Any, clock: DrivenClock, at: Any, sentence: str
) -> None:
    clock.move_to(at)
    bidder = client_as("bidder-a")
    answer = bidder.get(f"/my{published_lot.path}/apply")
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert sentence in page
    assert "data-sign" not in page


def test_before_paying_there_is_a_notice_but_no_certificate(
    bidder: Any, published_lot: Any
) -> None:
    apply_alone(bidder, published_lot.path)
    notice = bidder.get(f"/my{published_lot.path}/deposit/notice")
    assert "竞买保证金缴纳通知书" in notice.get_data(as_text=True)
    assert bidder.get(f"/my{published_lot.path}/certificate").status_code == 404


def test_the_demo_bank_pays_and_the_certificate_can_be_printed(
    bidder: Any, published_lot: Any
) -> None:
    path = f"/my{published_lot.path}"
    apply_alone(bidder, published_lot.path)
    assert bidder.post(f"{path}/deposit/demo").status_code == 302
    page = bidder.get(f"{path}/deposit").get_data(as_text=True)
    assert "保证金已足额到账，您已取得竞买资格" in page
    assert "您已取得竞买资格，但尚未报价" in page
    assert "11月11日 14:30:00 前未报价将不能参加" in page
    certificate = bidder.get(f"{path}/certificate").get_data(as_text=True)
    assert "网上竞买资格确认书" in certificate
    assert "青海演练甲实业有限公司" in certificate
    card = bidder.get(f"{path}/card").get_data(as_text=True)
    assert "青海演练甲实业有限公司" not in card


def test_nobody_sees_anothers_seat(client_as: ClientAs, bidder: Any, published_lot: Any) -> None:
    apply_alone(bidder, published_lot.path)
    other = client_as("bidder-b")
    for page in ("deposit/notice", "certificate", "card"):
        assert other.get(f"/my{published_lot.path}/{page}").status_code == 404
    assert other.post(f"/my{published_lot.path}/deposit/demo").status_code == 404


def test_outside_demo_mode_the_demo_bank_does_not_exist(
    bidder: Any, published_lot: Any, house: House
) -> None:
    from dataclasses import replace

    apply_alone(bidder, published_lot.path)
    house.site = replace(house.site, demo=False)
    assert bidder.post(f"/my{published_lot.path}/deposit/demo").status_code == 404


def test_staff_cannot_apply_and_strangers_are_sent_to_sign_in(
    client_as: ClientAs, visitor: Any, published_lot: Any
) -> None:
    for path in ("/my/", f"/my{published_lot.path}", f"/my{published_lot.path}/apply"):
        assert client_as("approver").get(path).status_code == 403
        assert "/sign-in" in visitor.get(path).location


def test_one_press_qualifies_on_a_practice_lot(
    bidder: Any, publish_44: Callable[..., Any], app: Flask
) -> None:
    lot = publish_44(SaleKind.PRACTICE, "p-1")
    page = bidder.get(f"/my{lot.path}").get_data(as_text=True)
    assert "一键参加演练" in page
    answer = bidder.post(f"/my{lot.path}/join", json=signatures(bidder, to_sign(page)))
    assert answer.get_json()["next"] == f"/my{lot.path}/hall"
    with app.app_context():
        seat = db.session.scalars(select(Seat)).one()
        assert seat.qualified_at is not None
        assert seat.plate.startswith("演-")
    assert "一键参加演练" not in bidder.get(f"/my{lot.path}").get_data(as_text=True)


def test_a_program_can_ask_what_one_press_signs(
    bidder: Any, publish_44: Callable[..., Any]
) -> None:
    lot = publish_44(SaleKind.PRACTICE, "p-1")
    told = bidder.get(f"/my{lot.path}/join").get_json()
    assert [s["name"] for s in told["to_sign"]["statements"]] == ["receipt", "application"]
    assert told["takes_part"] is False


def test_one_press_is_not_offered_for_a_sale(bidder: Any, published_lot: Any) -> None:
    page = bidder.get(f"/my{published_lot.path}").get_data(as_text=True)
    assert "一键参加演练" not in page
    answer = bidder.post(f"/my{published_lot.path}/join", json={})
    assert answer.status_code in (404, 422)


def test_two_companies_apply_together(client_as: ClientAs, published_lot: Any) -> None:
    lead, partner = client_as("bidder-a"), client_as("bidder-b")
    typed = form(
        kind="joint",
        share="60",
        **{"partners-0-name": "西宁演练乙建设有限公司", "partners-0-share": "40"},
    )
    answer = lead.post(f"/my{published_lot.path}/apply", data=typed)
    where = answer.location
    assert "/my/joint/" in where
    assert "请通知联合方登录" in lead.get(where).get_data(as_text=True)
    assert "待您同意" in partner.get(f"/my{published_lot.path}").get_data(as_text=True)
    wanted = to_sign(partner.get(where).get_data(as_text=True))
    signed = partner.post(f"{where}/consent", json=signatures(partner, wanted))
    assert signed.get_json()["next"] == where
    told = partner.post(f"{where}/file", json={})
    assert told.status_code == 403
    wanted = to_sign(lead.get(where).get_data(as_text=True))
    filed = lead.post(f"{where}/file", json=signatures(lead, wanted))
    assert filed.get_json()["next"].endswith("/deposit")
    assert client_as("bidder-c").get(where).status_code == 404
    page = partner.get(f"/my{published_lot.path}").get_data(as_text=True)
    assert "由牵头方报价" in page


def test_vector_10_a_partner_cannot_apply_alone_as_well(
    client_as: ClientAs, published_lot: Any
) -> None:
    lead, partner = client_as("bidder-a"), client_as("bidder-b")
    typed = form(
        kind="joint",
        share="60",
        **{"partners-0-name": "西宁演练乙建设有限公司", "partners-0-share": "40"},
    )
    where = lead.post(f"/my{published_lot.path}/apply", data=typed).location
    wanted = to_sign(partner.get(where).get_data(as_text=True))
    partner.post(f"{where}/consent", json=signatures(partner, wanted))
    answer = apply_alone(partner, published_lot.path)
    assert answer.status_code == 409
    assert "同一主体在同一宗地只能参加一次" in answer.get_json()["body"]


def test_no_page_of_staff_names_the_bidder(
    client_as: ClientAs, bidder: Any, published_lot: Any, app: Flask, house: House
) -> None:
    apply_alone(bidder, published_lot.path)
    bidder.post(f"/my{published_lot.path}/deposit/demo")
    with app.app_context():
        seat = db.session.scalars(select(Seat)).one()
        index = house.sealer.index("青海演练甲实业有限公司")
        party = db.session.scalars(
            select(people.Party).where(people.Party.name_index == index)
        ).one()
        secrets = ("青海演练甲", "DEMO0000A1", seat.plate, seat.account_number, party.id)
    staff = {
        "finance": ("/finance/", "/finance/refunds"),
        "approver": ("/office/",),
        "auditor": ("/audit/",),
    }
    for person, pages in staff.items():
        client = client_as(person)
        for page in (*pages, published_lot.path):
            text = client.get(page, follow_redirects=True).get_data(as_text=True)
            for secret in secrets:
                assert secret not in text, f"{person} {page}"
