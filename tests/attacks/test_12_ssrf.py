"""Attack 12: a certificate that names addresses of the attacker's choice (AIA, OCSP, CRL
distribution point) does not make the server call there: neither at sign-in nor ever after."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from bidders import demo_house
from chains import holder, made
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from enrolling import Holder, decide, security_officer
from revoking import listener

from auction.services import people
from auction.services.house import House
from auction.services.revocation import refreshing
from auction.services.seed import notice_44
from auction.services.sessions.signing_in import Unknown
from auction.services.trust import store
from auction.services.unit import writing
from auction.store.certificates import TrustAnchor
from auction.trading.time import DrivenClock


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(notice_44().windows.notice.start)


@pytest.fixture
def house(tmp_path: Path, clock: DrivenClock) -> Iterator[House]:
    with demo_house(tmp_path, clock) as found:
        yield found


def test_no_address_in_a_certificate_is_ever_called(house: House, clock: DrivenClock) -> None:
    now = house.now()
    with listener() as trap:
        uri = x509.UniformResourceIdentifier(trap.url)
        ways = [x509.AccessDescription(way, uri) for way in (Access.OCSP, Access.CA_ISSUERS)]
        point = x509.DistributionPoint([uri], None, None, None)
        lures: list[tuple[x509.ExtensionType, bool]] = [
            (x509.AuthorityInformationAccess(ways), False),
            (x509.CRLDistributionPoints([point]), False),
            (x509.FreshestCRL([point]), False),
        ]
        root = made("Some CA", now, more=lures)
        below = made("Issuing CA", now, issuer=root, more=lures)
        leaf = holder("Somebody", now, issuer=below, more=lures)
        fingerprint = hashlib.sha256(root.der).hexdigest()
        with writing() as session:
            for one, kind in ((root, "anchor"), (below, "intermediate")):
                session.add(
                    TrustAnchor(
                        fingerprint=hashlib.sha256(one.der).hexdigest(),
                        kind=kind,
                        label="a trusted authority",
                        certificate=one.der,
                        policy={"revocation": "soft"},
                        sources={},
                        added_at=now,
                    )
                )
        store.reload_if_changed(house)
        people.enrol_officer(house, "security", "安全管理员", ["security"])

        somebody = Holder(house, key=leaf.key)
        somebody.key.certificate = leaf.der
        assert somebody.certificate.anchor == fingerprint
        assert isinstance(somebody.sign_in(), Unknown)
        decide(house, security_officer(now), somebody.ask().id, ground=None)
        somebody.enter()
        for _ in range(3):
            refreshing.refresh(house, everything=True)
            refreshing.watch(house)
            clock.advance(seconds=house.site.revocation_seconds)
        assert trap.connected == 0
