"""The people of the demonstration, and certificates for keys that only their browsers hold."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from auction.pki.chain import ValidatedCertificate
from auction.pki.keys import load_public_key
from auction.pki.statement import verify_possession
from auction.services import people
from auction.services.house import House
from auction.services.people import Enrolment

CERTIFICATE_LIFE = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A made-up person: an officer with roles, or the signer of a made-up company."""

    id: str
    name: str
    id_code: str
    roles: tuple[str, ...] = ()
    account_number: str = ""
    account_bank: str = ""

    @property
    def is_bidder(self) -> bool:
        return not self.roles


PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson(
        "bidder-a",
        "青海演练甲实业有限公司",
        "91630100DEMO0000A1",
        (),
        "2806001009200010001",
        "演练银行西宁城西支行",
    ),
    DemoPerson(
        "bidder-b",
        "西宁演练乙建设有限公司",
        "91630100DEMO0000B2",
        (),
        "2806001009200010002",
        "演练银行西宁城中支行",
    ),
    DemoPerson(
        "bidder-c",
        "海东演练丙科技有限公司",
        "91630200DEMO0000C3",
        (),
        "2806001009200010003",
        "演练银行海东支行",
    ),
    DemoPerson("drafter", "起草人 演练一", "DEMO-OFFICER-1", ("drafter",)),
    DemoPerson("approver", "签批人 演练二", "DEMO-OFFICER-2", ("approver",)),
    DemoPerson("finance", "资金岗 演练三", "DEMO-OFFICER-3", ("finance",)),
    DemoPerson("auditor", "审计人员 演练四", "DEMO-OFFICER-4", ("auditor",)),
    DemoPerson("security", "安全管理员 演练七", "DEMO-OFFICER-7", ("security",)),
    DemoPerson("security-2", "安全管理员 演练八", "DEMO-OFFICER-8", ("security",)),
)
ROBOTS: tuple[DemoPerson, ...] = tuple(
    DemoPerson(
        f"robot-{n}",
        f"演练对手{word}有限公司",
        f"91630100DEMO000R{n:02d}",
        (),
        f"28060010092000200{n:02d}",
        "演练银行",
    )
    for n, word in enumerate("一二三四五", start=1)
)
_BY_ID = {person.id: person for person in (*PEOPLE, *ROBOTS)}


class UnknownPerson(LookupError):
    """There is no demo person of this id."""


def offered() -> tuple[DemoPerson, ...]:
    """Those whom the sign-in page offers."""
    return PEOPLE


def person(person_id: str) -> DemoPerson:
    """The demo person of this id; UnknownPerson."""
    try:
        return _BY_ID[person_id]
    except KeyError:
        raise UnknownPerson(person_id) from None


def enrol(
    house: House, person_id: str, spki: bytes, proof: bytes, nonce: str
) -> ValidatedCertificate:
    """A demo certificate for a key whose possession is proved, bound to the person.

    Raises UnknownPerson, StatementError, LookupError when there is no demo authority.
    """
    if house.demo_ca is None:
        raise LookupError("no demo authority")
    who = person(person_id)
    verify_possession(spki, proof, aud=house.site.origin, identity=who.id, nonce=nonce)
    key = load_public_key(spki)
    assert key is not None
    now = house.now()
    serial = int.from_bytes(house.random.token(16), "big") | 1
    der = house.demo_ca.issue(
        who.name, who.id_code, key, now - timedelta(minutes=5), now + CERTIFICATE_LIFE, serial
    )
    certificate = house.trust.validate(der, (), now, "login")
    if who.is_bidder:
        people.bind(house, certificate, party_id=enrolled_party(house, who))
    else:
        officer = people.enrol_officer(house, who.id, who.name, list(who.roles))
        people.bind(house, certificate, officer_id=officer)
    return certificate


def enrolled_party(house: House, who: DemoPerson) -> str:
    """The party behind a demo bidder; enrolled at first need."""
    enrolment = Enrolment(
        kind="company",
        name=who.name,
        id_code=who.id_code,
        contact="演练联系人",
        phone="0971-0000000",
        account_number=who.account_number,
        account_bank=who.account_bank,
    )
    return people.enrol_party(house, enrolment)


def new_nonce() -> str:
    """A nonce for a proof of possession."""
    return secrets.token_hex(32)
