"""Certificates that the demo authority issues to people whom nobody has enrolled yet."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from auction.pki.chain import ValidatedCertificate
from auction.pki.softkey import SoftKey
from auction.pki.statement import Signed
from auction.services import people
from auction.services.enrolment import asking, desk
from auction.services.house import House
from auction.services.people import Actor, Enrolment
from auction.services.sessions import signed_in, signing_in
from auction.services.sessions.signing_in import SignedIn
from auction.store.base import db
from auction.store.certificates import EnrolmentRequest
from auction.store.people import Credential

COMPANY = Enrolment(
    kind="company",
    name="西宁未登记贸易有限公司",
    id_code="91110108551385082Q",
    contact="李静",
    phone="0971-6120000",
    account_number="2806001009200099001",
    account_bank="演练银行西宁分行",
)


@dataclass
class Holder:
    """Somebody with a key and a certificate of the demo authority, at his own computer."""

    house: House
    name: str = COMPANY.name
    id_code: str = COMPANY.id_code
    life: timedelta = timedelta(days=365)
    key: SoftKey = field(default_factory=SoftKey.generate)

    def __post_init__(self) -> None:
        authority, now = self.house.demo_ca, self.house.now()
        assert authority is not None
        self.key.certificate = authority.issue(
            self.name,
            self.id_code,
            self.key.public_key,
            now - timedelta(hours=1),
            now + self.life,
            secrets.randbits(120) | 1,
        )

    @property
    def certificate(self) -> ValidatedCertificate:
        return self.house.trust.validate(self.key.certificate, (), self.house.now(), "login")

    def signed(self, purpose: str, fields: Mapping[str, str]) -> Signed:
        given = {
            "aud": self.house.site.origin,
            "nonce": secrets.token_hex(32),
            "iat": str(int(self.house.now().timestamp())),
            **fields,
        }
        body, signature = self.key.sign(purpose, given)
        return Signed(body, signature, self.key.certificate)

    def ask(self, form: Enrolment = COMPANY) -> EnrolmentRequest:
        """File the form, signed with this certificate."""
        _text, fields = asking.to_sign(self.house, form)
        return asking.file(self.house, self.certificate, form, self.signed("enrolment", fields))

    def sign_in(self, binding: str = "browser") -> object:
        """Answer a challenge with this certificate."""
        challenge = signing_in.begin_sign_in(self.house, binding)
        signed = self.signed("login", {"nonce": challenge.nonce})
        return signing_in.sign_in(self.house, signed, challenge.nonce, binding)

    def enter(self, binding: str = "browser") -> tuple[str, Actor]:
        """Sign in; the session's token, and who it is."""
        found = self.sign_in(binding)
        assert isinstance(found, SignedIn)
        actor = signed_in.actor_of(self.house, found.token)
        assert isinstance(actor, Actor)
        return found.token, actor

    def credential(self) -> Credential:
        found = people.credential_of(db.session(), self.certificate)
        assert found is not None
        return found


def decide(house: House, officer: Actor, request_id: str, **decision: object) -> EnrolmentRequest:
    """Open the request at the desk and decide what is seen there."""
    seen = desk.dossier(house, officer, request_id).filing.statement
    return desk.decide(house, officer, request_id, seen=seen, **decision)  # type: ignore[arg-type]


def security_officer(now: datetime) -> Actor:
    """The officer of the enrolment desk."""
    roles = frozenset({"security"})
    return Actor(None, "security", roles, "0" * 64, "安全管理员", now + timedelta(days=1))
