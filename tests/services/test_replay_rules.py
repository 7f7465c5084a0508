"""The second run of the rules over the question, the night, the reserve, the lottery and the hold:
it agrees with an untouched log, and names what was tampered with, from the log alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from factories import CODE, LISTING_UNTIL, A, B, C, Sale, beijing, bid, seconds, wan

from auction.core import commands as c
from auction.core import events as e
from auction.core import lottery, reserve
from auction.core.parameters import (
    CapMode,
    CertificateGround,
    HeldOutcome,
    ReserveMode,
    TimedTrigger,
    Unsold,
)
from auction.ledger import canonical
from auction.ledger.merkle import leaf_hash
from auction.services.logcheck import Entry, Fault, Finding
from auction.services.replay import records_of, redecide

NOON = beijing(11, 1, 12, 0)
ROUND = LISTING_UNTIL
US = timedelta(microseconds=1)
OFFICERS = ("o1", "o2")
SEED = "5e" * 32
NONCES = {plate: sha256(plate.encode()).hexdigest() for plate in (A, B)}


def drawn() -> Sale:
    """A sale with a sealed reserve and a lottery of two at the cap."""
    sale = Sale(
        reserve_mode=ReserveMode.SEALED,
        cap_mode=CapMode.LOTTERY,
        cap_fen=wan(1749),
        lottery_commitment=lottery.commitment(SEED),
    )
    sale.bid(A, 1549, NOON)
    sale.bid(B, 1649, NOON + US)
    committed = reserve.commitment(CODE, wan(1700), "salt")
    sale.do(c.SealReserve(arrival=ROUND - US, commitment=committed, by=OFFICERS))
    sale.tick(ROUND, roll=[C])
    sale.bid(A, 1749, ROUND + US)
    for i, (plate, nonce) in enumerate(sorted(NONCES.items())):
        sale.do(
            c.JoinLottery(
                arrival=ROUND + seconds(10 + i),
                plate=plate,
                statement=plate,
                nonce_hash=lottery.commitment(nonce),
            )
        )
    sale.do(
        c.Tick(
            arrival=ROUND + US + seconds(900),
            reserve=c.ReserveOpening(wan(1700), "salt"),
            draw=c.LotteryOpening(SEED, tuple(sorted(NONCES.items()))),
        )
    )
    return sale


def unopened() -> Sale:
    """The draw could not be opened at first, and then it could."""
    sale = drawn()
    again = Sale.__new__(Sale)
    again.records, again.state = [], type(sale.state)()
    for record in sale.records[:-3]:
        again.records.append(record)
    again.state = redecide(again.records).state
    end = ROUND + US + seconds(900)
    opened = c.ReserveOpening(wan(1700), "salt")
    again.do(c.Tick(arrival=end, reserve=opened))
    again.do(c.Resume(arrival=end + seconds(60), by="o1"))
    last = end + seconds(60 + 900 + 900)
    again.do(c.Tick(arrival=last, draw=c.LotteryOpening(SEED, tuple(sorted(NONCES.items())))))
    return again


def below_the_reserve() -> Sale:
    sale = Sale(reserve_mode=ReserveMode.SEALED)
    sale.bid(A, 1549, NOON)
    committed = reserve.commitment(CODE, wan(1700), "salt")
    sale.do(c.SealReserve(arrival=ROUND - US, commitment=committed, by=OFFICERS))
    sale.do(c.Tick(arrival=ROUND))
    sale.do(c.Resume(arrival=ROUND + US, by="o1"))
    sale.do(c.Tick(arrival=ROUND + US, reserve=c.ReserveOpening(wan(1700), "salt")))
    return sale


def asked_and_adjourned() -> Sale:
    sale = Sale(
        timed_trigger=TimedTrigger.ASKED,
        ask_seconds=300,
        countdown_first_seconds=1800,
        day_cutoff_minutes=14 * 60 + 50,
    )
    sale.bid(A, 1549, NOON)
    sale.bid(B, 1649, NOON + US)
    sale.tick(ROUND, roll=[C])
    sale.do(c.Answer(arrival=ROUND + US, plate=A, willing=True, statement="yes"))
    sale.do(c.Answer(arrival=ROUND + US, plate=B, willing=False, statement="no"))
    sale.tick(ROUND + seconds(300))
    sale.bid(A, 1749, ROUND + seconds(301))
    sale.bid(B, 1849, ROUND + seconds(302))
    sale.tick(ROUND + seconds(1200))
    sale.bid(A, 1849, ROUND + seconds(1201))
    morning = beijing(11, 12, 9, 0)
    sale.do(c.Suspend(arrival=morning + seconds(1), ground="R-80", by="o1"))
    sale.do(c.ScheduleResume(arrival=morning + seconds(2), at=morning + seconds(60), by="o2"))
    sale.tick(morning + seconds(60))
    sale.do(bid(C, 1849, morning + seconds(70), offset_ms=90))
    return sale


def reopened() -> Sale:
    sale = Sale()
    sale.bid(A, 1549, NOON)
    sale.tick(ROUND)
    sale.bid(B, 1649, ROUND - US)
    sale.do(
        c.ResolveHeld(
            arrival=ROUND + seconds(60), outcome=HeldOutcome.REOPEN, ground="R-90", by=OFFICERS
        )
    )
    sale.bid(A, 1749, ROUND + seconds(960))
    sale.tick(ROUND + seconds(1260))
    return sale


def without_a_certificate() -> Sale:
    sale = Sale()
    sale.bid(A, 1549, NOON)
    sale.bid(B, 1649, NOON + US)
    sale.do(
        c.EndCertificate(
            arrival=NOON + seconds(60),
            plate=A,
            ground=CertificateGround.EXPIRED,
            certificate="c0" * 32,
            evidence=None,
            instant=NOON + seconds(60),
        )
    )
    sale.tick(ROUND)
    sale.do(
        c.EndCertificate(
            arrival=ROUND + seconds(9),
            plate=B,
            ground=CertificateGround.REVOKED,
            certificate="c1" * 32,
            evidence="e1" * 32,
            instant=ROUND + seconds(8),
        )
    )
    sale.bid(A, 1749, ROUND + seconds(9))
    return sale


SALES = [drawn, unopened, below_the_reserve, asked_and_adjourned, reopened, without_a_certificate]


def objections(records: list[e.Recorded]) -> list[Finding]:
    """What the rules object to; that bids were sequenced late is not their affair."""
    return [f for f in redecide(records).findings if f.fault is not Fault.TIME_ORDER]


@pytest.mark.parametrize("make", SALES, ids=lambda make: make.__name__)
def test_an_untouched_log_decides_the_same_also_after_its_way_through_bytes(
    make: Callable[[], Sale],
) -> None:
    sale = make()
    entries = []
    for record in sale.records:
        data = canonical.encode(record.to_data("2024JC-4"))
        entries.append(Entry(record.seq, data, leaf_hash(data), canonical.decode(data)))
    read, findings = records_of(entries)
    assert findings == ()
    assert list(read) == sale.records
    assert objections(sale.records) == []
    assert redecide(sale.records).state == sale.state


def test_every_new_type_of_record_is_among_these() -> None:
    seen = {type(record.event) for make in SALES for record in make().records}
    assert {
        *(e.AskOpened, e.AskAnswered, e.Adjourned, e.ReserveSealed, e.ReserveOpened),
        *(e.CapReached, e.LotteryJoined, e.LotteryDrawn, e.ResumptionSet, e.HeldResolved),
        e.CertificateEnded,
    } <= seen


def edited(make: Callable[[], Sale], kind: type[e.Event], **changes: Any) -> list[Finding]:
    """What is named when the first record of this kind says something else."""
    records = make().records
    at = next(i for i, record in enumerate(records) if isinstance(record.event, kind))
    event = replace(records[at].event, **changes)
    return objections([*records[:at], replace(records[at], event=event), *records[at + 1 :]])


@pytest.mark.parametrize(
    ("make", "kind", "changes", "field"),
    [
        (drawn, e.ReserveOpened, {"amount_fen": wan(1600)}, "type"),
        (drawn, e.ReserveOpened, {"salt": "pepper"}, "type"),
        (drawn, e.ReserveSealed, {"commitment": "0" * 64}, "type"),
        (drawn, e.LotOpened, {"lottery_commitment": "0" * 64}, "type"),
        (drawn, e.LotteryDrawn, {"seed": "5f" * 32}, "type"),
        (drawn, e.LotteryDrawn, {"nonces": ((B, NONCES[B]),)}, "type"),
        (drawn, e.LotteryJoined, {"nonce_hash": "0" * 64}, "type"),
        (drawn, e.CapReached, {"until": ROUND + seconds(901)}, "until_us"),
        (below_the_reserve, e.BiddingEnded, {"plate": A, "amount_fen": wan(1549)}, "plate"),
        (below_the_reserve, e.BiddingEnded, {"unsold": Unsold.NO_BID}, "unsold"),
        (asked_and_adjourned, e.AskOpened, {"until": ROUND + seconds(600)}, "until_us"),
        (asked_and_adjourned, e.AskAnswered, {"willing": False}, "type"),
        (asked_and_adjourned, e.Adjourned, {"deadline": ROUND}, "deadline_us"),
        (asked_and_adjourned, e.RoundResumed, {"by": "o1"}, "by"),
        (reopened, e.HeldResolved, {"plate": A}, "plate"),
        (reopened, e.HeldResolved, {"amount_fen": wan(1650)}, "amount_fen"),
        (reopened, e.HeldResolved, {"heard": ()}, "heard"),
        (reopened, e.HeldResolved, {"deadline": ROUND}, "deadline_us"),
    ],
)
def test_a_record_that_says_something_else_is_named(
    make: Callable[[], Sale], kind: type[e.Event], changes: dict[str, Any], field: str
) -> None:
    first = edited(make, kind, **changes)[0]
    assert (first.fault, first.facts["field"]) == (Fault.VERDICT, field)


def test_another_plate_than_the_draw_gives_is_named_with_the_one_it_gives() -> None:
    records = drawn().records
    (draw,) = (r.event for r in records if isinstance(r.event, e.LotteryDrawn))
    other = next(plate for plate in NONCES if plate != draw.plate)
    first = edited(drawn, e.LotteryDrawn, plate=other)[0]
    assert first.facts == {"field": "plate", "recorded": other, "expected": draw.plate}


def test_an_act_at_the_wrong_time_or_of_the_wrong_person_is_named() -> None:
    early = edited(asked_and_adjourned, e.ResumptionSet, at=ROUND)
    assert early[0].facts["reason"] == "RESUME_TOO_EARLY"
    alone = edited(drawn, e.ReserveSealed, by=("o1", "o1"))
    assert alone[0].facts["reason"] == "TWO_PERSONS_NEEDED"
    too_soon = edited(without_a_certificate, e.CertificateEnded, instant=ROUND)
    assert too_soon[0].facts["reason"] == "CERTIFICATE_NOT_ENDED"
    nobody = edited(without_a_certificate, e.CertificateEnded, plate=C)
    assert nobody[0].facts["reason"] == "CERTIFICATE_NOT_IN_SALE"
    twice = edited(without_a_certificate, e.CertificateEnded, certificate="c1" * 32)
    assert twice[0].facts == {"field": "type", "recorded": "certificate_ended", "expected": "-"}
    stranger = edited(asked_and_adjourned, e.AskAnswered, plate=C)
    assert stranger[0].facts["reason"] == "ANSWER_NOT_ENTITLED"


@pytest.mark.parametrize("kind", [e.ReserveOpened, e.LotteryDrawn, e.CapReached, e.RoundOpened])
def test_a_record_that_is_missing_is_named(kind: type[e.Event]) -> None:
    records = [r for r in drawn().records if not isinstance(r.event, kind)]
    assert objections(records)


def test_nobody_has_won_below_the_reserve() -> None:
    again = redecide(below_the_reserve().records)
    assert again.state.leader == A
    assert again.winner is None


def test_a_leaf_without_the_fields_that_came_later_is_read_as_it_was_meant() -> None:
    sale = Sale()
    sale.tick(ROUND)
    entries = []
    for record in sale.records:
        leaf = record.to_data("2024JC-4")
        data = leaf["data"]
        for name in ("follows", "lottery_commitment", "unsold"):
            data.pop(name, None)
        for name in ("cap_mode", "ask_seconds", "reserve_mode", "print_days"):
            data.get("profile", {}).pop(name, None)
        old = canonical.encode(leaf)
        entries.append(Entry(record.seq, old, leaf_hash(old), canonical.decode(old)))
    read, findings = records_of(entries)
    assert findings == ()
    assert list(read) == sale.records
    assert redecide(read).findings == ()


@pytest.mark.parametrize("nonces", [[["0983"]], [["0983", 7]], ["0983"], [["0983", "ab", "cd"]]])
def test_a_draw_of_another_shape_is_foreign(nonces: list[Any]) -> None:
    (record,) = (r for r in drawn().records if isinstance(r.event, e.LotteryDrawn))
    leaf = record.to_data("2024JC-4")
    leaf["data"]["nonces"] = nonces
    data = canonical.encode(leaf)
    _, findings = records_of([Entry(record.seq, data, leaf_hash(data), canonical.decode(data))])
    assert findings[0].fault is Fault.FOREIGN
