"""The end of a bidder's certificate in the log: once, only for who is in the sale, taking nothing
away (R-125)."""

from datetime import timedelta
from typing import Any

import pytest
from factories import LISTING_UNTIL, A, B, C, Sale, beijing, digest, seconds

from auction.core import commands as c
from auction.core import events as e
from auction.core.parameters import CertificateGround
from auction.core.reasons import Refusal
from auction.core.state import Stage

NOON = beijing(11, 1, 12, 0)
LIVE = LISTING_UNTIL + seconds(60)
US = timedelta(microseconds=1)


def in_round() -> Sale:
    sale = Sale()
    sale.bid(A, 1549, NOON)
    sale.bid(B, 1649, NOON + US)
    sale.tick(LISTING_UNTIL, roll=[C])
    return sale


def end(plate: str = A, **changes: Any) -> c.EndCertificate:
    values = {
        "ground": CertificateGround.REVOKED,
        "certificate": digest("certificate", plate),
        "evidence": digest("list"),
        "instant": LIVE - seconds(2),
    }
    return c.EndCertificate(arrival=LIVE, plate=plate, **(values | changes))


def test_the_end_is_recorded_once_and_changes_nothing_of_the_sale() -> None:
    sale = in_round()
    before = sale.state
    (told,) = sale.do(end())
    assert told == e.CertificateEnded(
        plate=A,
        ground=CertificateGround.REVOKED,
        certificate=digest("certificate", A),
        evidence=digest("list"),
        instant=LIVE - seconds(2),
    )
    assert sale.state.but(ended_certificates=frozenset()) == before
    assert sale.do(end(evidence=digest("a later list"))) == ()
    assert len(sale.do(end(certificate=digest("the spare one")))) == 1


def test_the_bidder_goes_on_with_a_spare_one_and_may_win() -> None:
    sale = in_round()
    sale.do(end(B))
    assert isinstance(sale.bid(A, 1749, LIVE + US), e.BidAccepted)
    assert isinstance(sale.bid(B, 1849, LIVE + seconds(1)), e.BidAccepted)
    sale.tick(LIVE + seconds(301))
    assert (sale.state.stage, sale.state.leader) == (Stage.AWARD_PENDING, B)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (end("1234"), "CERTIFICATE_NOT_IN_SALE"),
        (end(evidence=None), "CERTIFICATE_BAD_COMMITMENT"),
        (end(ground=CertificateGround.EXPIRED), "CERTIFICATE_BAD_COMMITMENT"),
        (end(certificate="ab"), "CERTIFICATE_BAD_COMMITMENT"),
        (end(evidence="CD" * 32), "CERTIFICATE_BAD_COMMITMENT"),
        (end(instant=LIVE + US), "CERTIFICATE_NOT_ENDED"),
    ],
)
def test_what_cannot_be_so_is_refused(command: c.Command, code: str) -> None:
    sale = in_round()
    with pytest.raises(Refusal) as refused:
        sale.do(command)
    assert refused.value.code == code


def test_after_the_end_of_bidding_there_is_nothing_left_to_sign_bids_for() -> None:
    sale = in_round()
    sale.tick(LISTING_UNTIL + seconds(300))
    with pytest.raises(Refusal, match="WRONG_STAGE"):
        sale.do(c.EndCertificate(**_fields(end(instant=LIVE)) | {"arrival": LIVE + seconds(600)}))


def _fields(command: c.EndCertificate) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.__slots__}
