"""Being enrolled through the pages: asking, the desk, one's own profile."""

import base64
import json
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from applying import apply_alone
from enrolling import COMPANY, Holder
from flask import Flask
from sqlalchemy import select
from web.conftest import Client, PublishedLot

from auction.core.workdays import BEIJING
from auction.services import demo_people
from auction.services.house import House
from auction.store.base import db
from auction.store.certificates import EnrolmentRequest
from auction.store.people import Credential
from auction.trading.time import DrivenClock

FORM = {
    "kind": COMPANY.kind,
    "name": COMPANY.name,
    "id_code": COMPANY.id_code,
    "contact": COMPANY.contact,
    "phone": COMPANY.phone,
    "account_number": COMPANY.account_number,
    "account_bank": COMPANY.account_bank,
}
CLOSING = re.compile(r'class="to-sign">(.*?)</script>', re.DOTALL)


@pytest.fixture
def holder(app: Flask, house: House) -> Holder:
    """Somebody whose certificate is good and unknown."""
    with app.app_context():
        return Holder(house)


@pytest.fixture
def asker(visitor: Client, holder: Holder) -> Client:
    """His browser, in which he has proved that it is his."""
    visitor.key = holder.key
    assert sign_in(visitor).status_code == 422
    return visitor


def sign_in(client: Client) -> Any:
    challenge = client.post("/sign-in/challenge", json={}).get_json()
    login = client.sign("login", {"aud": challenge["aud"], "nonce": challenge["nonce"]})
    return client.post("/sign-in", json={**login, "nonce": challenge["nonce"]})


def send(client: Client, **changes: str) -> Any:
    """Fill in the form, sign what the next page shows, send it."""
    page = client.post("/enrol", data={**FORM, **changes})
    assert page.status_code == 200, page.get_data(as_text=True)
    to_sign = page_json(page)
    (wanted,) = to_sign["statements"]
    signed = client.sign(wanted["purpose"], wanted["fields"])
    return client.post("/enrol/file", json={**to_sign["sent"], wanted["name"]: signed})


def page_json(page: Any) -> Any:
    found = CLOSING.search(page.get_data(as_text=True))
    assert found is not None
    return json.loads(found[1])


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def text(answer: Any) -> str:
    page: str = answer.get_data(as_text=True)
    return page


def test_without_a_proven_certificate_the_page_says_how_to_begin(visitor: Client) -> None:
    page = text(visitor.get("/enrol"))
    assert "用要登记的证书登录" in page
    assert "<form class=" not in page.split("<main")[1].split("</main")[0]
    assert visitor.post("/enrol", data=FORM).status_code == 302
    refused = visitor.post("/enrol/file", json={"form": "{}"})
    assert (refused.status_code, refused.get_json()["code"]) == (401, "PROOF_MISSING")


def test_the_form_begins_with_what_the_certificate_says(asker: Client) -> None:
    page = text(asker.get("/enrol"))
    assert f'value="{COMPANY.name}"' in page
    assert f'value="{COMPANY.id_code}"' in page
    assert re.search(r'value="company"[^>]*checked|checked[^>]*value="company"', page)


def test_a_flawed_form_says_where_and_keeps_what_was_typed(asker: Client) -> None:
    page = asker.post("/enrol", data=FORM | {"id_code": "9111O108551385082Q", "contact": ""})
    shown = text(page)
    assert page.status_code == 422
    assert "第 5 位“O”应为数字" in shown
    assert 'href="#id_code"' in shown
    assert 'href="#contact"' in shown
    assert 'value="9111O108551385082Q"' in shown
    assert f'value="{COMPANY.account_bank}"' in shown


def test_a_request_is_signed_decided_and_then_the_certificate_signs_in(
    asker: Client, app: Flask, client_as: Callable[[str], Client]
) -> None:
    filed = send(asker)
    assert filed.get_json() == {"next": "/enrol"}
    assert "等待办理" in text(asker.get("/enrol"))

    desk = client_as("security")
    listed = text(desk.get("/admin/enrolments"))
    assert COMPANY.name not in listed
    (address,) = set(re.findall(r"/admin/enrolments/[0-9a-f]{16}", listed))
    opened = text(desk.get(address))
    assert COMPANY.name in opened
    assert "不一致" not in opened.split("<table")[1].split("</table")[0]
    blind = desk.post(address, data={"outcome": "bound"}, follow_redirects=True)
    assert "更正了申请" in text(blind)
    seen = {"seen": seen_in(opened)}
    nothing = desk.post(address, data=seen | {"outcome": "refused"})
    assert nothing.status_code == 422
    assert "未选择退回的理由" in text(nothing)
    done = desk.post(address, data=seen | {"outcome": "bound"}, follow_redirects=True)
    assert "已绑定证书" in text(done)
    again = desk.post(address, data=seen | {"outcome": "bound"}, follow_redirects=True)
    assert "已经办结" in text(again)

    assert "证书已登记" in text(asker.get("/enrol"))
    assert sign_in(asker).status_code == 200
    assert COMPANY.name in text(asker.get("/my/profile"))


def test_a_refused_asker_reads_why_and_corrects_it(
    asker: Client, client_as: Callable[[str], Client]
) -> None:
    send(asker, account_number="6222000000000001")
    desk = client_as("security")
    (address,) = set(
        re.findall(r"/admin/enrolments/[0-9a-f]{16}", text(desk.get("/admin/enrolments")))
    )
    seen = {"seen": seen_in(text(desk.get(address)))}
    desk.post(address, data=seen | {"outcome": "refused", "ground": "account_doubtful"})
    page = text(asker.get("/enrol"))
    assert "账户信息有疑问" in page
    assert 'value="6222000000000001"' in page
    send(asker)
    assert "等待办理" in text(asker.get("/enrol"))
    assert f'value="{COMPANY.account_number}"' in text(asker.get("/enrol?correct=1"))


def test_what_is_sent_is_what_was_signed(asker: Client, app: Flask) -> None:
    to_sign = page_json(asker.post("/enrol", data=FORM))
    signed = asker.sign("enrolment", to_sign["statements"][0]["fields"])
    other = to_sign["sent"]["form"].replace(COMPANY.phone, "0971-9999999")
    for form, code in ((other, "STATEMENT_MISMATCH"), ("[", "FORM_FLAWED"), ("{}", "FORM_FLAWED")):
        answer = asker.post("/enrol/file", json={"form": form, "request": signed})
        assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    missing = asker.post("/enrol/file", json=to_sign["sent"])
    assert missing.get_json()["code"] == "STATEMENT_TRANSPORT"
    with app.app_context():
        assert db.session.scalar(select(EnrolmentRequest.id)) is None


def test_the_desk_is_the_security_officers_alone(client_as: Callable[[str], Client]) -> None:
    one = "/admin/enrolments/0123456789abcdef"
    for person_id in ("drafter", "approver", "finance", "auditor", "bidder-a"):
        client = client_as(person_id)
        answers = (client.get("/admin/enrolments"), client.get(one), client.post(one))
        assert [answer.status_code for answer in answers] == [403, 403, 403], person_id


# --- one's own profile ------------------------------------------------------------------------


def spare_for(app: Flask, house: House, **changes: Any) -> Holder:
    person = demo_people.person("bidder-a")
    with app.app_context():
        return Holder(house, person.name, person.id_code, **changes)


def add_spare(client: Client, spare: Holder) -> Any:
    """What the page's script does: fetch a challenge, have the spare sign it, send."""
    page = text(client.get("/my/profile"))
    found = re.search(r'class="spare-fields">(.*?)</script>', page)
    assert found is not None
    nonce = client.post("/sign-in/challenge", json={}).get_json()["nonce"]
    fields = json.loads(found[1])["fields"] | {"nonce": nonce, "iat": "1728522000"}
    body, signature = spare.key.sign("enrolment", fields)
    sent = {
        "body": body.decode(),
        "signature": base64.b64encode(signature).decode(),
        "certificate": base64.b64encode(spare.key.certificate).decode(),
        "nonce": nonce,
    }
    first = client.post("/my/profile/certificates", json=sent)
    repeated = client.post("/my/profile/certificates", json=sent)
    assert repeated.get_json()["code"] == "CHALLENGE_EXPIRED"  # a nonce works once
    return first


def test_a_spare_is_added_shown_and_retired(
    app: Flask, house: House, client_as: Callable[[str], Client]
) -> None:
    client = client_as("bidder-a")
    assert "SPARE_MISSING" in text(client.get("/my/profile"))
    spare = spare_for(app, house)
    assert add_spare(client, spare).get_json() == {"next": "/my/profile"}
    page = text(client.get("/my/profile"))
    assert "SPARE_MISSING" not in page
    with app.app_context():
        credential = spare.credential()
        address, tail = f"/my/profile/certificates/{credential.id}/retire", credential.serial[-4:]
    assert f"尾号 {tail}" in page
    assert "没有停用" in text(client.post(address, follow_redirects=True))
    done = client.post(address, data={"sure": "yes"}, follow_redirects=True)
    assert "证书已停用" in text(done)
    assert "已停用" in text(client.get("/my/profile"))
    other = client_as("bidder-b")
    refused = other.post(address, data={"sure": "yes"}, follow_redirects=True)
    assert "没有这张证书" in text(refused)


def test_the_account_is_masked_and_a_certificate_that_ends_soon_is_marked(
    app: Flask, house: House, clock: DrivenClock, client_as: Callable[[str], Client]
) -> None:
    client = client_as("bidder-a")
    add_spare(client, spare_for(app, house, life=timedelta(days=20)))
    page = text(client.get("/my/profile"))
    assert "2806001009200010001" not in page
    assert "•••• 0001" in page
    assert page.count('data-code="CERT_ENDS_SOON"') == 1


def test_a_spare_signed_for_another_session_is_not_taken(
    app: Flask, house: House, client_as: Callable[[str], Client]
) -> None:
    client = client_as("bidder-a")
    spare = spare_for(app, house)
    nonce = client.post("/sign-in/challenge", json={}).get_json()["nonce"]
    client.key, own = spare.key, client.key
    sent = client.sign("enrolment", {"form": secrets.token_hex(32), "nonce": nonce})
    client.key = own
    answer = client.post("/my/profile/certificates", json={**sent, "nonce": nonce})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "STATEMENT_MISMATCH")
    with app.app_context():
        fingerprint = spare.certificate.fingerprint
        query = select(Credential.id).where(Credential.fingerprint == fingerprint)
        assert db.session.scalar(query) is None


# --- the task list asks in time ---------------------------------------------------------------


@pytest.fixture
def qualified(
    house: House, client_as: Callable[[str], Client], published_lot: PublishedLot
) -> Client:
    """A bidder of a real lot whose deposit has come in, with one certificate."""
    client = client_as("bidder-a")
    assert apply_alone(client, published_lot.path).status_code == 200
    client.post(f"/my{published_lot.path}/deposit/demo")
    return client


def test_the_task_list_asks_for_a_spare_until_there_is_one(
    app: Flask, house: House, qualified: Client, published_lot: PublishedLot
) -> None:
    tasks = f"/my{published_lot.path}"
    page = text(qualified.get(tasks))
    assert "请登记备用证书" in page
    assert "下一步：登记备用证书" in page
    assert "竞价日提示卡" in page
    asked = published_lot.profile.listing_until - timedelta(days=3)
    assert f'datetime="{asked.astimezone(BEIJING).isoformat()}"' in page
    add_spare(qualified, spare_for(app, house))
    page = text(qualified.get(tasks))
    assert "请登记备用证书" not in page
    assert "竞价日提示卡" in page


def test_a_certificate_that_ends_before_the_live_round_is_warned_of(
    app: Flask, house: House, qualified: Client, published_lot: PublishedLot
) -> None:
    live = published_lot.profile.listing_until
    day = timedelta(days=1)
    for ends, said in ((live + day, None), (live, "正是竞价日"), (live - day, "早于竞价日")):
        with app.app_context():
            db.session.scalars(select(Credential)).one().not_after = ends
            db.session.commit()
        for address in (f"/my{published_lot.path}", "/my/"):
            page = text(qualified.get(address))
            assert ("CERT_ENDS_EARLY" in page) == (said is not None)
            assert said is None or said in page
    add_spare(qualified, spare_for(app, house))
    assert "CERT_ENDS_EARLY" not in text(qualified.get("/my/"))
