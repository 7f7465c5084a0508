"""The award pages through the real routes: who sees what, and how each refusal is told."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from factories import beijing
from flask import Flask
from sold import PDF, Sold, on_sale, sell, transport
from werkzeug.test import TestResponse

from auction.core.state import Stage
from auction.presenting import awards as wording
from auction.services import awards
from auction.services.awards import Proposal
from auction.services.house import House
from auction.store.sales import SaleKind
from auction.trading.time import DrivenClock
from auction.web.awards import common

Enter = Callable[[str], Any]
MY = "/my/lots/2024JC-4/award"
OFFICE = "/office/awards/lots/2024JC-4"
CONFIRMATION = "/awards/lots/2024JC-4/confirmation"
DEAL_NOTICE = "/awards/lots/2024JC-4/notice"


@pytest.fixture
def sale(app: Flask, house: House, clock: DrivenClock, published_lot: Any) -> Sold:
    with app.app_context():
        return sell(house, clock, published_lot.id)


@pytest.fixture
def awarded(app: Flask, sale: Sold) -> Sold:
    with app.app_context():
        sale.award()
    return sale


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def upload(client: Any, kind: str, name: str = "执照.pdf", content: bytes = PDF) -> TestResponse:
    data = {"kind": kind, "file": (io.BytesIO(content), name)}
    answer: TestResponse = client.post(
        f"{MY}/papers", data=data, content_type="multipart/form-data"
    )
    answer.request.environ["wsgi.input"].close()  # werkzeug's client leaves a large body open
    return answer


def asked(app: Flask, sale: Sold, side: str | None = None) -> tuple[str, dict[str, str]]:
    with app.app_context():
        if side is None:
            return awards.papers_statement(sale.house, sale.lot)
        return awards.confirmation_statement(sale.house, sale.lot, side)


# --- the winner and the others --------------------------------------------------------------


def test_the_highest_bidder_sees_what_to_do_until_when(client_as: Enter, sale: Sold) -> None:
    page = client_as("bidder-b").get(MY)
    assert page.status_code == 200
    body = text(page)
    assert "您是最高报价人：1,649 万元。" in body
    assert "11月16日（周六）24:00" in body
    assert "2024年11月16日（周六）24:00 北京时间" in body
    assert "审核通过之前，不算成交" in body
    assert "329.8" in body
    assert "445.2" in body
    for word in ("中标", "竞得"):
        assert word not in body


def test_another_bidder_learns_when_the_deposit_comes_back_and_no_more(
    client_as: Enter, sale: Sold
) -> None:
    body = text(client_as("bidder-a").get(MY))
    assert "竞价结束，您不是最高报价人。" in body
    assert "最高报价 1,649 万元" in body
    assert "11月18日（周一）退回原账户，无需申请" in body
    assert "竞买资料" not in body
    assert sale.winner.person.name not in body


def test_who_took_no_part_finds_no_page(client_as: Enter, sale: Sold) -> None:
    assert client_as("bidder-c").get(MY).status_code == 404


def test_before_the_end_the_page_says_so(
    app: Flask, house: House, clock: DrivenClock, published_lot: Any, client_as: Enter
) -> None:
    with app.app_context():
        on_sale(house, clock, published_lot.id)
    page = client_as("bidder-b").get(MY)
    assert page.status_code == 409
    assert "竞价尚未结束" in text(page)
    office = client_as("drafter").get(OFFICE)
    assert office.status_code == 409
    assert "竞价尚未结束" in text(office)


def test_strangers_and_others_do_not_get_in(client_as: Enter, visitor: Any, sale: Sold) -> None:
    assert visitor.get(MY).status_code == 302
    assert client_as("finance").get(OFFICE).status_code == 403
    assert client_as("bidder-b").get(OFFICE).status_code == 403
    assert client_as("drafter").get(MY).status_code == 403


# --- papers ---------------------------------------------------------------------------------


def test_papers_are_uploaded_signed_and_downloaded(
    app: Flask, client_as: Enter, sale: Sold
) -> None:
    client = client_as("bidder-b")
    for kind in awards.PAPERS:
        answer = upload(client, kind, f"../{kind} 副本.pdf")
        assert answer.status_code == 303
        assert answer.location.endswith(f"#paper-{kind}")
    assert "data-sign-document" in text(client.get(MY))
    filed = client.post(f"{MY}/filing", json=client.sign(*asked(app, sale)))
    assert filed.status_code == 200
    assert filed.get_json() == {"next": MY}
    body = text(client.get(MY))
    assert "资料已签名提交" in body
    assert "data-sign-document" not in body
    with app.app_context():
        paper = awards.filed_papers(sale.house, sale.lot)[0]
    got = client.get(f"{MY}/papers/{paper.id}")
    assert got.data == PDF
    assert got.mimetype == "application/pdf"
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert client_as("bidder-a").get(f"{MY}/papers/{paper.id}").status_code == 404


@pytest.mark.parametrize(
    ("kind", "content", "status", "sentence"),
    [
        ("identity", b"MZ not a paper", 422, "只接收 PDF、PNG、JPEG 文件。"),
        ("identity", b"", 422, "没有选择文件，或者文件是空的。"),
        ("identity", PDF.ljust(awards.LIMIT_BYTES + 1), 413, "文件超过 10 MB。"),
        ("recipe", PDF, 404, "没有这一项资料。"),
    ],
    ids=["type", "empty", "large", "unknown"],
)
def test_a_refused_paper_keeps_the_others_and_says_why(
    client_as: Enter, sale: Sold, kind: str, content: bytes, status: int, sentence: str
) -> None:
    client = client_as("bidder-b")
    upload(client, "application", "申请书.pdf")
    answer = upload(client, kind, "x.pdf", content)
    assert answer.status_code == status
    assert sentence in text(answer)
    assert "申请书.pdf" in text(answer)


def test_an_upload_beyond_every_limit_is_told_as_a_paper_too_large(
    app: Flask, client_as: Enter, sale: Sold
) -> None:
    client = client_as("bidder-b")
    app.config["MAX_CONTENT_LENGTH"] = 1024
    answer = upload(client, "identity", content=PDF.ljust(4096))
    assert answer.status_code == 413
    assert "文件超过 10 MB。" in text(answer)


def test_only_the_highest_bidder_uploads(client_as: Enter, sale: Sold) -> None:
    answer = upload(client_as("bidder-a"), "identity")
    assert answer.status_code == 403
    assert "您不是本宗地的最高报价人" in text(answer)


def test_late_papers_are_refused_with_what_to_do(
    client_as: Enter, sale: Sold, clock: DrivenClock
) -> None:
    clock.move_to(beijing(11, 17, 0, 0))
    client = client_as("bidder-b")
    answer = upload(client, "identity")
    assert answer.status_code == 409
    assert "资料提交期限已过，没有接收。" in text(answer)
    assert "已逾期" in text(client.get(MY))


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (None, "STATEMENT_TRANSPORT"),
        ([1], "STATEMENT_TRANSPORT"),
        ({"body": "{}", "signature": "!", "certificate": ""}, "STATEMENT_TRANSPORT"),
    ],
)
def test_a_malformed_signature_is_a_reason_not_a_fault(
    app: Flask, client_as: Enter, sale: Sold, payload: Any, code: str
) -> None:
    with app.app_context():
        sale.upload()
    answer = client_as("bidder-b").post(f"{MY}/filing", json=payload)
    assert answer.status_code == 422
    assert answer.get_json()["code"] == code
    assert answer.get_json()["title"]


def test_an_incomplete_set_says_what_is_missing(app: Flask, client_as: Enter, sale: Sold) -> None:
    client = client_as("bidder-b")
    upload(client, "identity")
    answer = client.post(f"{MY}/filing", json=client.sign(*asked(app, sale)))
    assert answer.status_code == 422
    assert answer.get_json()["code"] == "PAPERS_INCOMPLETE"
    assert "竞买申请书、法定代表人身份证明" in answer.get_json()["body"]


# --- the office -----------------------------------------------------------------------------


def test_names_and_papers_open_to_an_examiner_on_record_only(
    app: Flask, client_as: Enter, sale: Sold
) -> None:
    with app.app_context():
        sale.upload()
        sale.file()
        paper = awards.filed_papers(sale.house, sale.lot)[0]
    client = client_as("drafter")
    assert sale.winner.person.name not in text(client.get(OFFICE))
    sealed = client.get(f"{OFFICE}/papers/{paper.id}")
    assert sealed.status_code == 403
    assert "身份尚未向您打开" in text(sealed)
    assert client.post(f"{OFFICE}/identity").status_code == 303
    body = text(client.get(OFFICE))
    assert sale.winner.person.name in body
    assert sale.winner.person.id_code in body
    assert client.get(f"{OFFICE}/papers/{paper.id}").data.startswith(b"%PDF-")
    assert sale.winner.person.name not in text(client_as("approver").get(OFFICE))


def test_two_officers_confirm_and_one_publishes(app: Flask, client_as: Enter, sale: Sold) -> None:
    with app.app_context():
        sale.upload()
        sale.file()
    first, second = client_as("drafter"), client_as("approver")
    assert first.post(f"{OFFICE}/proposal", data={"proposal": "sufficient"}).status_code == 303
    own = first.post(f"{OFFICE}/decision")
    assert own.status_code == 403
    assert "须由另一名工作人员确认。" in text(own)
    assert second.post(f"{OFFICE}/decision").status_code == 303
    body = text(second.get(OFFICE))
    assert "起草人 演练一" in body
    assert "签批人 演练二" in body
    assert first.post(f"{OFFICE}/publication").status_code == 303
    with app.app_context():
        assert sale.lot.stage == Stage.PUBLISHED


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({}, 422, "没有选择审核意见。"),
        ({"proposal": "maybe", "note": "想一想"}, 422, "没有选择审核意见。"),
        ({"proposal": "sufficient", "note": "想一想"}, 409, "尚未签名提交资料，不能认定合格"),
        ({"proposal": "void", "note": "想一想"}, 422, "没有选择作废的原因。"),
        ({"proposal": "void", "ground": "NOT_ELIGIBLE"}, 422, "没有写明理由。"),
        (
            {"proposal": "void", "ground": "PAPERS_NOT_FILED", "note": "想一想"},
            409,
            "资料提交期限尚未届满",
        ),
    ],
)
def test_a_refused_opinion_keeps_what_was_typed(
    client_as: Enter, sale: Sold, form: dict[str, str], status: int, sentence: str
) -> None:
    answer = client_as("drafter").post(f"{OFFICE}/proposal", data=form)
    assert answer.status_code == status
    assert sentence in text(answer)
    if "note" in form:
        assert form["note"] in text(answer)
    if "ground" in form:
        assert f'selected value="{form["ground"]}"' in text(answer)


def test_the_second_officer_may_send_an_opinion_back(
    app: Flask, client_as: Enter, sale: Sold
) -> None:
    with app.app_context():
        sale.propose(Proposal.VOID, ground="NOT_ELIGIBLE", note="执照已注销。")
    client = client_as("approver")
    assert "执照已注销" not in text(client.get(OFFICE))
    client.post(f"{OFFICE}/identity")
    assert "执照已注销" in text(client.get(OFFICE))
    assert client.post(f"{OFFICE}/proposal/return").status_code == 303
    assert client.post(f"{OFFICE}/decision").status_code == 409
    assert client.post(f"{OFFICE}/publication").status_code == 409


def test_a_void_award_names_its_ground_and_leaves_the_deposit_to_people(
    app: Flask, client_as: Enter, sale: Sold, clock: DrivenClock
) -> None:
    clock.move_to(beijing(11, 18, 9, 0))
    with app.app_context():
        sale.propose(Proposal.VOID, ground="PAPERS_NOT_FILED", note="未提交。")
        sale.confirm()
    for page in (client_as("bidder-b").get(MY), client_as("drafter").get(OFFICE)):
        body = text(page)
        assert "成交作废：逾期未提交竞买资料。" in body
        assert "系统不自动没收" in body
    assert client_as("bidder-b").get(DEAL_NOTICE).status_code == 409


# --- the deal documents ---------------------------------------------------------------------


def test_deal_documents_are_there_once_the_award_is_confirmed(
    client_as: Enter, sale: Sold, app: Flask
) -> None:
    early = client_as("bidder-b").get(CONFIRMATION)
    assert early.status_code == 409
    assert "资料尚未审核通过" in text(early)
    with app.app_context():
        sale.award()
    client = client_as("bidder-b")
    for path in (CONFIRMATION, DEAL_NOTICE):
        body = text(client.get(path))
        assert sale.winner.person.name in body
        assert "核对码" in body
        assert "记录根值（SHA-256）" in body


def test_deal_documents_are_for_the_winner_and_examiners_who_know_him(
    client_as: Enter, awarded: Sold
) -> None:
    for path in (CONFIRMATION, DEAL_NOTICE):
        assert client_as("bidder-a").get(path).status_code == 403
        assert client_as("approver").get(path).status_code == 200
        assert client_as("auditor").get(path).status_code == 403


def test_both_sides_sign_in_their_browsers(app: Flask, client_as: Enter, awarded: Sold) -> None:
    winner, grantor = client_as("bidder-b"), client_as("approver")
    body = text(winner.get(CONFIRMATION))
    assert 'data-purpose="confirmation"' in body
    assert "尚未签署" in body
    for client, side in ((winner, "winner"), (grantor, "grantor")):
        answer = client.post(CONFIRMATION, json=client.sign(*asked(app, awarded, side)))
        assert answer.status_code == 200, text(answer)
        assert answer.get_json() == {"next": CONFIRMATION}
        assert "data-sign-document" not in text(client.get(CONFIRMATION))
    body = text(winner.get(CONFIRMATION))
    assert body.count("以数字证书签名") == 2
    assert "双方已签" in text(winner.get(MY))
    again = winner.post(CONFIRMATION, json=winner.sign(*asked(app, awarded, "winner")))
    assert again.status_code == 409
    assert again.get_json()["code"] == "ALREADY_SIGNED"


def test_nobody_signs_for_the_other_side(app: Flask, client_as: Enter, awarded: Sold) -> None:
    winner, drafter = client_as("bidder-b"), client_as("drafter")
    wrong = winner.post(CONFIRMATION, json=winner.sign(*asked(app, awarded, "grantor")))
    assert wrong.status_code == 422
    assert wrong.get_json()["code"] == "STATEMENT_MISMATCH"
    other = drafter.post(CONFIRMATION, json=drafter.sign(*asked(app, awarded, "grantor")))
    assert other.status_code == 403
    assert other.get_json()["code"] == "NOT_A_PARTY"
    with app.app_context():
        stolen = transport(awarded.sign(awarded.winner, asked(app, awarded, "winner")))
    assert client_as("bidder-a").post(CONFIRMATION, json=stolen).status_code == 403


def test_a_rehearsal_is_marked_and_signed_as_one(
    app: Flask, house: House, clock: DrivenClock, publish_44: Any, client_as: Enter
) -> None:
    lot = publish_44(SaleKind.REHEARSAL, "r-1")
    with app.app_context():
        sale = sell(house, clock, lot.id)
        sale.award()
    body = text(client_as("bidder-b").get("/awards/practice/lots/r-1/confirmation"))
    assert 'data-purpose="practice-confirmation"' in body
    assert "演练，不产生法律效力。" in body
    assert client_as("bidder-b").get("/awards/lots/r-1/confirmation").status_code == 404


def test_every_code_of_an_award_has_words_of_its_own(app: Flask) -> None:
    folder = Path(awards.__file__).parent
    found = {
        code
        for path in [*folder.glob("*.py"), *Path(common.__file__).parent.glob("*.py")]
        for code in re.findall(r'AwardError\("([A-Z_]+)"', path.read_text("utf-8"))
    }
    assert len(found) > 20
    with app.test_request_context():
        unknown = wording.explain("NEVER_HEARD_OF")
        for code in found:
            assert wording.explain(code).title != unknown.title, code
        for code in awards.GROUNDS:
            assert wording.ground(code)
