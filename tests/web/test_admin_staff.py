"""Officers: what one security officer proposes and another decides, and what nobody may do."""

import hashlib
import io

import pytest
from administering import decide, propose, register_of, text_of
from chains import DAY, holder, made
from cryptography.hazmat.primitives.serialization import Encoding

from auction.services.staff import officers
from auction.store.base import db
from auction.store.people import Officer


@pytest.fixture
def two(client_as):
    """Both security officers of the demonstration."""
    return client_as("security"), client_as("security-2")


@pytest.fixture
def root(clock, two):
    """An authority that both have put into the trust store."""
    found = made("某省数字证书认证中心", clock.now(), end=400 * DAY)
    decide(two[1], propose(two[0], found.der))
    return found


def add(client, name, roles, certificate, reason="人事通知〔2024〕3号"):
    pem = certificate.certificate.public_bytes(Encoding.PEM)
    data = {
        "name": name,
        "roles": roles,
        "file": (io.BytesIO(pem), "his.cer"),
        "reason": reason,
    }
    return client.post("/admin/staff/new", data=data, content_type="multipart/form-data")


def change_of(answer):
    assert answer.status_code == 302, text_of(answer)
    return answer.location.rsplit("/", 1)[1]


def change(client, officer, name, roles, active=True, reason="人事通知〔2024〕4号"):
    data = {"name": name, "roles": roles, "reason": reason} | ({"active": "y"} if active else {})
    return client.post(f"/admin/staff/{officer}", data=data)


def entered(app, certificate):
    """A browser in which the holder of this certificate tries to sign in; and the answer."""
    client = app.test_client()
    client.key = certificate.key
    client.key.certificate = certificate.der
    return client, client.sign_in()


def test_a_new_officer_signs_in_once_he_is_approved(app, clock, two, root):
    person = holder("新人", clock.now(), issuer=root, serial=101)
    added = change_of(add(two[0], "新人", ["drafter"], person))
    assert entered(app, person)[1].status_code == 422
    page = text_of(two[1].get(f"/admin/changes/{added}"))
    assert "新人" in page
    assert "公告起草" in page
    decide(two[1], added)
    client, answer = entered(app, person)
    assert answer.status_code == 200
    assert client.get("/office/").status_code == 200
    data = register_of(app)[-1][1]
    assert (data["act"], data["outcome"], data["officer"]) == ("add", "approved", "security-2")
    assert data["content"]["roles"] == ["drafter"]
    assert len(data["content"]["certificate_sha256"]) == 64
    assert "certificate" not in data["content"]


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        (["auditor", "finance"], "审计人员不能兼任其他职责"),
        (["security", "drafter"], "不能兼任起草或签批"),
        (["finance", "approver"], "不能兼任起草或签批"),
        (["drafter", "approver"], "起草和签批须由两人分别担任"),
        ([], "请至少选择一项职责"),
    ],
)
def test_roles_that_must_be_two_people_are_not_given_to_one(clock, two, root, roles, words):
    answer = add(two[0], "某人", roles, holder("某人", clock.now(), issuer=root))
    assert answer.status_code == 422
    page = text_of(answer)
    assert words in page
    assert 'value="某人"' in page


def test_a_certificate_of_an_unknown_authority_is_refused(clock, two):
    stranger = holder("外人", clock.now(), issuer=made("无名", clock.now()))
    answer = add(two[0], "外人", ["drafter"], stranger)
    assert answer.status_code == 422
    assert "不能追溯到信任库中的机构" in text_of(answer)


def test_a_deactivated_officer_is_out_at_once(client_as, two):
    drafter = client_as("drafter")
    name = "起草人 演练一"
    assert drafter.get("/office/").status_code == 200
    asked = change_of(change(two[0], "drafter", name, ["drafter"], active=False))
    assert drafter.get("/office/").status_code == 200
    decide(two[1], asked)
    assert drafter.get("/office/").status_code == 302
    assert "您的账户已停用" in text_of(drafter.get("/sign-in"))
    assert drafter.sign_in().status_code == 422


def test_other_duties_end_the_sessions_of_the_old_ones(client_as, two):
    finance = client_as("finance")
    decide(two[1], change_of(change(two[0], "finance", "资金岗 演练三", ["finance", "security"])))
    assert finance.get("/finance/").status_code == 302
    assert "您的职责已变更" in text_of(finance.get("/sign-in"))
    assert finance.sign_in().status_code == 200
    assert finance.get("/admin/").status_code == 200


def test_nobody_proposes_or_decides_about_himself(client_as, two):
    own = change(two[0], "security", "安全管理员 演练七", ["security", "finance"])
    assert "不能提议或核定涉及本人的变更" in text_of(own)
    asked = change_of(change(two[0], "security-2", "安全管理员 演练八", ["security", "finance"]))
    for act in ("approve", "refuse"):
        assert "不能提议或核定涉及本人的变更" in text_of(decide(two[1], asked, act))


def test_two_security_officers_stay(app, clock, two, root):
    def security_two_leaves():
        return change(two[0], "security-2", "安全管理员 演练八", ["security"], active=False)

    assert "少于两名" in text_of(security_two_leaves())
    third = holder("第三人", clock.now(), issuer=root, serial=102)
    decide(two[1], change_of(add(two[0], "第三人", ["security"], third)))
    asked = change_of(security_two_leaves())
    client, answer = entered(app, third)
    assert answer.status_code == 200
    decide(client, asked)
    with app.app_context():
        assert db.session.get_one(Officer, "security-2").active is False
    assert two[1].get("/admin/").status_code == 302


def test_the_anchor_of_the_last_two_is_not_removed(app, clock, two, root):
    people = [holder(f"安全{n}", clock.now(), issuer=root, serial=200 + n) for n in (1, 2)]
    for n, person in enumerate(people):
        decide(two[1], change_of(add(two[0], f"安全{n}", ["security"], person)))
    clients = [entered(app, person)[0] for person in people]
    for officer, name in (("security", "安全管理员 演练七"), ("security-2", "安全管理员 演练八")):
        asked = change_of(change(clients[0], officer, name, ["security"], active=False))
        decide(clients[1], asked)
    fingerprint = hashlib.sha256(root.der).hexdigest()
    answer = clients[0].post(f"/admin/trust/{fingerprint}/remove", data={"reason": "停止认可"})
    assert answer.status_code == 422
    assert "少于两名" in text_of(answer)


def test_another_certificate_is_bound_and_the_old_one_retired(app, clock, client_as, two, root):
    drafter = client_as("drafter")
    spare = holder("起草人", clock.now(), issuer=root, serial=103)
    data = {
        "new-file": (io.BytesIO(spare.der), "spare.cer"),
        "new-reason": "换发新锁",
    }
    bound = two[0].post(
        "/admin/staff/drafter/certificates", data=data, content_type="multipart/form-data"
    )
    decide(two[1], change_of(bound))
    client, answer = entered(app, spare)
    assert answer.status_code == 200
    with app.app_context():
        old = db.session.get_one(Officer, "drafter").credentials
        fingerprint = next(one.fingerprint for one in old if one.certificate != spare.der)
    path = f"/admin/staff/drafter/certificates/{fingerprint}"
    assert "提议停用" in text_of(two[0].get(path))
    decide(two[1], change_of(two[0].post(path, data={"reason": "旧锁遗失"})))
    assert drafter.get("/office/").status_code == 302
    assert client.get("/office/").status_code == 200


def test_every_page_of_an_officer_opens(two, client_as):
    client_as("auditor")
    page = text_of(two[0].get("/admin/staff"))
    assert "审计人员 演练四" in page
    assert text_of(two[0].get("/admin/staff/auditor")).count("<h2") >= 3
    assert two[0].get("/admin/staff/nobody").status_code == 404


@pytest.mark.parametrize(
    ("roles", "code"),
    [
        (["drafter"], None),
        (["finance", "security"], None),
        (["auditor"], None),
        (["auditor", "security"], "AUDITOR_APART"),
        (["security", "approver"], "SECURITY_APART"),
        (["finance", "drafter"], "FINANCE_APART"),
        (["approver", "drafter"], "DRAFTER_APART"),
    ],
)
def test_which_roles_are_apart(roles, code):
    assert officers.conflict(roles) == code
