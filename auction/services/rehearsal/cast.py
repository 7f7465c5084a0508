"""The people of the rehearsal: each has a key in this program's memory and acts as an Actor."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from auction.pki.demo.authority import DemoCA
from auction.pki.softkey import SoftKey
from auction.pki.statement import Signed
from auction.services import people
from auction.services.house import House
from auction.services.people import Actor, Enrolment

CERTIFICATE_LIFE = timedelta(days=400)
COMPANIES = (
    ("演练竞买人子有限公司", "91630100REHEARSAL1"),
    ("演练竞买人丑有限公司", "91630100REHEARSAL2"),
    ("演练竞买人寅有限公司", "91630100REHEARSAL3"),
    ("演练竞买人卯有限公司", "91630100REHEARSAL4"),
)
OFFICERS = (
    ("rehearsal-draft", "起草人 演练五", ["drafter"]),
    ("rehearsal-sign", "签批人 演练六", ["approver"]),
)


@dataclass(frozen=True, slots=True)
class Player:
    """One person: who he is to the services, and the key that signs for him."""

    actor: Actor
    key: SoftKey

    def sign(self, house: House, purpose: str, fields: Mapping[str, str]) -> Signed:
        """A statement signed now by this person's key."""
        complete = {
            "aud": house.site.origin,
            "nonce": house.random.token(32).hex(),
            "iat": str(int(house.now().timestamp())),
            **fields,
        }
        body, signature = self.key.sign(purpose, complete)
        return Signed(body, signature, self.key.certificate)


def company(house: House, authority: DemoCA, place: int) -> Player:
    """The enrolled company number `place` (from 0) and its signer."""
    name, id_code = COMPANIES[place]
    enrolment = Enrolment(
        kind="company",
        name=name,
        id_code=id_code,
        contact="演练联系人",
        phone="0971-0000000",
        account_number=f"280600100930000{place:04d}",
        account_bank="演练银行",
    )
    party_id = people.enrol_party(house, enrolment)
    return _player(house, authority, name, id_code, party_id=party_id)


def officer(house: House, authority: DemoCA, place: int) -> Player:
    """The enrolled officer number `place` (from 0)."""
    officer_id, name, roles = OFFICERS[place]
    people.enrol_officer(house, officer_id, name, roles)
    return _player(house, authority, name, officer_id, officer_id=officer_id, roles=roles)


def _player(
    house: House,
    authority: DemoCA,
    name: str,
    id_code: str,
    *,
    party_id: str | None = None,
    officer_id: str | None = None,
    roles: list[str] | None = None,
) -> Player:
    key = SoftKey.generate(house.random.token(32))
    now = house.now()
    serial = int.from_bytes(house.random.token(16), "big") | 1
    key.certificate = authority.issue(
        name, id_code, key.public_key, now - timedelta(days=1), now + CERTIFICATE_LIFE, serial
    )
    certificate = house.trust.validate(key.certificate, (), now, "login")
    people.bind(house, certificate, party_id=party_id, officer_id=officer_id)
    actor = Actor(
        party_id=party_id,
        officer_id=officer_id,
        roles=frozenset(roles or ()),
        fingerprint=certificate.fingerprint,
        name=name,
        not_after=certificate.not_after,
    )
    return Player(actor, key)
