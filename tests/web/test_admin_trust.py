"""The trust store's pages: what a certificate is, proposed by one, decided by another, at once."""

from datetime import timedelta

import pytest
from administering import decide, propose, register_of, text_of, upload
from chains import DAY, NO_AUTHORITY, holder, made
from form_page import values_of
from sqlalchemy import select

from auction.pki.chain import CertificateError
from auction.services import people
from auction.services.trust import store
from auction.store.base import db
from auction.store.certificates import DualChange


@pytest.fixture
def root(clock):
    """A root of somebody else's."""
    return made("青海数字证书认证中心 根", clock.now(), end=400 * DAY)


def accepted(house, der, at):
    try:
        house.trust.validate(der, (), at, "login")
    except CertificateError as error:
        return str(error.code)
    return "accepted"


def test_what_is_uploaded_is_shown_and_not_kept(app, client_as, root):
    page = text_of(upload(client_as("security"), root.der))
    fingerprint = store.inspect_certificate(root.der).fingerprint
    assert " ".join(fingerprint[at : at + 4] for at in range(0, 64, 4)) in page
    for words in ("青海数字证书认证中心 根", "P-256", "签发证书", "自签：根证书"):
        assert words in page, words
    with app.app_context():
        assert db.session.scalar(select(DualChange)) is None


def test_one_proposes_another_decides_and_it_holds_at_once(app, house, clock, client_as, root):
    person = holder("某某", clock.now(), issuer=root)
    first, second = client_as("security"), client_as("security-2")
    change = propose(first, root.der, crl="http://crl.example.cn/ca.crl")
    assert accepted(house, person.der, clock.now()) == "CERTIFICATE_UNTRUSTED"
    page = text_of(second.get(f"/admin/changes/{change}"))
    assert "http://crl.example.cn/ca.crl" in page
    assert "已核定" in text_of(decide(second, change))
    assert accepted(house, person.der, clock.now()) == "accepted"
    kinds = [(kind, data["officer"]) for kind, data in register_of(app)]
    assert kinds == [("change_proposed", "security"), ("change_decided", "security-2")]
    data = register_of(app)[1][1]
    assert data["target"] == store.inspect_certificate(root.der).fingerprint
    assert data["outcome"] == "approved"
    assert data["content"]["policy"]["revocation"] == "soft"
    assert data["content"]["sources"] == {"crl": ["http://crl.example.cn/ca.crl"]}


def test_nobody_decides_his_own_proposal(app, house, clock, client_as, root):
    first = client_as("security")
    client_as("security-2")
    change = propose(first, root.der)
    page = text_of(decide(first, change))
    assert "提议人不能核定自己的提议" in page
    assert accepted(house, holder("某某", clock.now(), issuer=root).der, clock.now()) != "accepted"


def test_a_proposal_can_be_withdrawn_or_refused(app, house, client_as, root):
    first, second = client_as("security"), client_as("security-2")
    decide(first, propose(first, root.der), "refuse")
    decide(second, propose(first, root.der), "refuse")
    outcomes = [data["outcome"] for kind, data in register_of(app) if kind == "change_decided"]
    assert outcomes == ["withdrawn", "refused"]
    with app.app_context():
        assert all(one.origin == "demo" for one in store.entries(house))


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ({"constraints": NO_AUTHORITY}, "这不是签发机构的证书"),
        ({"end": -timedelta(hours=1), "start": -2 * DAY}, "此证书已到期"),
    ],
)
def test_what_cannot_be_an_anchor_is_refused(client_as, clock, odd, words):
    answer = upload(client_as("security"), made("X", clock.now(), **odd).der)
    assert answer.status_code == 422
    assert words in text_of(answer)


@pytest.mark.parametrize("data", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nxx"])
def test_what_is_no_certificate_is_refused(client_as, data):
    answer = upload(client_as("security"), data)
    assert answer.status_code == 422
    assert "没有读到证书" in text_of(answer)


def test_a_certificate_is_there_once(client_as, house):
    answer = upload(client_as("security"), house.demo_ca.anchor)
    assert "此证书已在信任库中" in text_of(answer)


def test_wrong_conditions_are_told_field_by_field_and_stay_filled_in(client_as, root):
    client = client_as("security")
    form = values_of(text_of(upload(client, root.der)), "conditions")
    form |= {
        "crl": "ftp://crl.example.cn/a\nhttp://user:word@crl.example.cn/",
        "ocsp": "http://ocsp.example.cn/#x",
        "policies": "1.2.abc",
        "max_list_age_hours": "0",
        "key_kinds": [],
        "reason": "",
    }
    came = {"Referer": "http://localhost/admin/trust/new"}
    answer = client.post("/admin/trust/propose", data=form, headers=came)
    assert answer.status_code == 422
    page = text_of(answer)
    for words in (
        "地址须以 http:// 或 https:// 开头",
        "地址中不能含有用户名或密码",
        "地址中不能含有 # 号",
        "请填写用点分隔的数字",
        "1 至 1440",
        "请至少选择一种密钥",
        "请写明事由",
    ):
        assert words in page, words
    assert "1.2.abc" in page
    assert "ftp://crl.example.cn/a" in page
    # This address takes the form only: another language leads to the page before it.
    assert "/language/en?next=/admin/trust/new" in page


@pytest.fixture
def trusted(client_as, root):
    """`root` in the trust store; (first, second, fingerprint)."""
    first, second = client_as("security"), client_as("security-2")
    decide(second, propose(first, root.der))
    return first, second, store.inspect_certificate(root.der).fingerprint


def test_a_change_shows_the_difference(trusted):
    first, second, fingerprint = trusted
    path = f"/admin/trust/{fingerprint}/change"
    form = values_of(text_of(first.get(path)), "conditions")
    form |= {"policies": "1.2.156.1", "reason": "青数证〔2024〕8号", "auto_enrol": "y"}
    change = first.post(path, data=form).location.rsplit("/", 1)[1]
    page = text_of(second.get(f"/admin/changes/{change}"))
    rows = [row for row in page.split("<tr ") if 'is-attention"' in row]
    assert [("证书策略" in row, "自动登记" in row) for row in rows] == [
        (True, False),
        (False, True),
    ]
    assert "不经人工核定" in page


def test_what_changed_meanwhile_is_not_carried_out(app, trusted):
    first, second, fingerprint = trusted
    path = f"/admin/trust/{fingerprint}/change"
    form = values_of(text_of(first.get(path)), "conditions")
    form |= {"label": "另一个名称", "reason": "改名改名"}
    change = first.post(path, data=form).location.rsplit("/", 1)[1]
    with app.app_context():
        row = db.session.get_one(DualChange, change)
        row.content = row.content | {"before": row.content["before"] | {"label": "早先的名称"}}
        db.session.commit()
    assert "情况已经改变" in text_of(decide(second, change))


def test_removal_ends_the_sessions_that_rest_on_it(app, house, clock, client_as, trusted, root):
    first, second, fingerprint = trusted
    person = holder("另一人", clock.now(), issuer=root)
    with app.app_context():
        facts = house.trust.validate(person.der, (), clock.now(), "login")
        people.enrol_officer(house, "o-1", "另一人", ["finance"])
        people.bind(house, facts, officer_id="o-1")
    client = app.test_client()
    client.key = person.key
    client.key.certificate = person.der
    assert client.sign_in().status_code == 200
    assert client.get("/finance/").status_code == 200
    path = f"/admin/trust/{fingerprint}/remove"
    change = first.post(path, data={"reason": "停止认可"}).location.rsplit("/", 1)[1]
    assert "1 个正在使用的登录将立即结束" in text_of(second.get(f"/admin/changes/{change}"))
    decide(second, change)
    assert client.get("/finance/").status_code == 302
    assert "不在本中心的信任列表" in text_of(client.get("/sign-in"))
    assert second.get("/admin/").status_code == 200


def test_a_hard_anchor_without_a_list_is_warned_of(client_as, house, root, clock):
    first, second = client_as("security"), client_as("security-2")
    change = propose(first, root.der, revocation="hard")
    assert "没有可用的吊销列表" in text_of(second.get(f"/admin/changes/{change}"))


@pytest.mark.parametrize("person", ["drafter", "auditor", "finance", "bidder-a"])
def test_nobody_else_sees_or_changes_the_trust_store(client_as, person):
    client = client_as(person)
    for path in ("/admin/", "/admin/trust", "/admin/trust/new", "/admin/staff"):
        assert client.get(path).status_code == 403
    assert client.post("/admin/trust/propose", data={}).status_code == 403
