"""Attack 27: somebody has another company's code written where authorities print what they are told
(a department, a common name), so that policy enrols him under it without anybody looking."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bidders import demo_house
from chains import holder, made
from cryptography import x509
from cryptography.x509.oid import NameOID
from enrolling import COMPANY, Holder

from auction.services.house import House
from auction.services.seed import notice_44
from auction.services.trust import store
from auction.services.unit import writing
from auction.store.certificates import TrustAnchor
from auction.trading.time import DrivenClock


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with demo_house(tmp_path, DrivenClock(notice_44().windows.notice.start)) as found:
        yield found


@pytest.mark.parametrize(
    ("subject", "name", "outcome"),
    [
        ({NameOID.COMMON_NAME: "张三", NameOID.ORGANIZATIONAL_UNIT_NAME: "{code}"}, "张三", None),
        ({NameOID.COMMON_NAME: "张三 {code}", NameOID.ORGANIZATION_NAME: "张三"}, "张三", None),
        (
            # Somebody in the company, who calls the company by his own name.
            {
                NameOID.ORGANIZATION_NAME: COMPANY.name,
                NameOID.ORGANIZATION_IDENTIFIER: "{code}",
                NameOID.COMMON_NAME: "张三",
            },
            "张三",
            None,
        ),
        (
            {NameOID.ORGANIZATION_NAME: COMPANY.name, NameOID.SERIAL_NUMBER: "{code}"},
            COMPANY.name,
            "bound",
        ),
    ],
)
def test_policy_takes_a_code_only_where_the_authority_identifies_by_it(
    house: House, subject: dict[x509.ObjectIdentifier, str], name: str, outcome: str | None
) -> None:
    now = house.now()
    root = made("Some CA", now)
    with writing() as session:
        session.add(
            TrustAnchor(
                fingerprint=hashlib.sha256(root.der).hexdigest(),
                kind="anchor",
                label="an authority that enrols",
                certificate=root.der,
                policy={"revocation": "soft", "auto_enrol": True},
                sources={},
                added_at=now,
            )
        )
    store.reload_if_changed(house)
    attributes = [
        x509.NameAttribute(kind, text.format(code=COMPANY.id_code))
        for kind, text in subject.items()
    ]
    leaf = holder(x509.Name(attributes), now, issuer=root)
    somebody = Holder(house, key=leaf.key)
    somebody.key.certificate = leaf.der
    assert somebody.ask(replace(COMPANY, name=name)).outcome == outcome
