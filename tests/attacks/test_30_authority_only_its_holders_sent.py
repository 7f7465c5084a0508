"""Attack 30: an issuing authority falls that the centre does not keep itself: its holders send its
certificate along. The list of the root names it; a thief of its key must be out at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bidders import Bidder, demo_house
from chains import holder, made, revocation_list
from factories import PUBLISHED
from revoking import bid_of, credential_of, crl, ends, session_end, sign_in, take
from ruled_sale import Floor

from auction.pki.revocation import RevocationData, verify_list
from auction.services.house import House
from auction.services.people import between
from auction.services.revocation import refreshing
from auction.services.trust import store
from auction.store.base import db
from auction.trading.time import DrivenClock


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(PUBLISHED)


@pytest.fixture
def house(tmp_path: Path, clock: DrivenClock) -> Iterator[House]:
    with demo_house(tmp_path, clock) as found:
        yield found


def kept_with_its_holders(house: House, *bidders: Bidder) -> None:
    """The issuing authority is known by what these bidders sent at enrolment, and not otherwise."""
    for bidder in bidders:
        certificate = house.trust.validate(bidder.key.certificate, (), house.now(), "login")
        credential_of(house, bidder).intermediates = between(certificate)
        db.session.commit()
    assert house.demo_ca is not None
    root = house.demo_ca.anchor
    house.fixed_anchors = tuple(one for one in house.fixed_anchors if one.facts.der == root)
    house.trust = store.load(house)


def test_its_certificates_end_with_their_sessions_and_what_they_had_on_the_way(
    house: House, clock: DrivenClock
) -> None:
    floor = Floor(house, clock)
    a, b = floor.bidders
    floor.bid(a, 1549)
    kept_with_its_holders(house, a, b)
    keys = [sign_in(house, one) for one in (a, b)]
    clock.advance(seconds=1)
    on_the_way = house.sequencer.submit(*bid_of(floor, b, 1649, keys[1]))
    taken = take(house, crl(house, [2], 1, of="root"))
    house.sequencer.settle()

    assert [session_end(key) for key in keys] == ["CERT_REVOKED", "CERT_REVOKED"]
    assert credential_of(house, a).revocation_evidence == taken.sha256
    assert getattr(on_the_way.wait(0).refusal, "code", None) == "CERT_REVOKED"
    assert [one.plate for one in ends(floor)] == [floor.plate(a)], "b has never been in this log"


@pytest.mark.parametrize("false_one_first", [True, False])
def test_of_two_authorities_of_one_name_the_one_that_signed_counts(
    clock: DrivenClock, false_one_first: bool
) -> None:
    now = clock.now()
    true = made("Some CA", now, serial=1)
    false = made("Some CA", now, serial=2, kind="P-384")
    leaf = holder("Somebody", now, issuer=true, serial=3).certificate
    pool = [one.certificate for one in ((false, true) if false_one_first else (true, false))]
    for authority, ended in ((true, True), (false, False)):
        data = RevocationData(
            [verify_list(revocation_list(authority, now, 3), authority.certificate, now=now)]
        )
        assert (refreshing._revocation(leaf, pool, data, now) is not None) is ended
        assert refreshing._issuer_of(leaf, pool) == true.certificate
