"""Dossiers and search on the recorded sale, without pages."""

from dataclasses import replace
from datetime import timedelta

import pytest
from factories import A, B, beijing
from recorded import Recorded

from auction.core import events as e
from auction.ledger.receipt import verify
from auction.presenting.dossiers import timeline
from auction.services.anchored import Seen, of_lot
from auction.services.audit import Ground
from auction.services.auditing import absence, dossier
from auction.services.auditing.notes import NoSuchFinding, key_of, notes_on, take_note
from auction.services.auditing.search import leaves, search
from auction.services.logcheck import Fault, Finding
from auction.services.people import Actor
from auction.services.verification import examine
from auction.store.base import db
from auction.store.sales import Bid


@pytest.fixture
def auditor(sale: Recorded) -> Actor:
    return Actor(None, "auditor", frozenset({"auditor"}), "", "", sale.clock.now())


def opened(sale: Recorded, seq: int) -> dossier.Dossier:
    found = dossier.open_dossier(sale.house, sale.lot, seq)
    assert found is not None
    return found


def test_every_bid_has_a_dossier_and_nothing_else_has(sale: Recorded) -> None:
    bids = {3, 4, 6, 7, 9, 12, 13, 14, 15, 17}
    for seq in range(19):
        found = dossier.open_dossier(sale.house, sale.lot, seq)
        assert (found is not None) == (seq in bids), seq
        if found is not None:
            assert found.inclusion is not None
            assert found.inclusion.holds
            assert not found.sealed
            assert not found.kept


def test_neighbours_and_attempts(sale: Recorded) -> None:
    found = opened(sale, 13)
    assert [step.record.seq for step in found.neighbours] == [11, 12, 14, 15]
    assert [step.record.seq for step in found.attempts] == [14]
    assert [step.record.seq for step in opened(sale, 3).neighbours] == [1, 2, 4, 5]


def test_a_bid_is_located_by_its_statement_in_the_log_not_in_the_pages_rows(
    sale: Recorded,
) -> None:
    row = db.session.get_one(Bid, (sale.lot_id, 13))
    statement = row.statement
    sale.execute("DELETE FROM bid WHERE lot_id = :lot")
    place = dossier.locate(statement)
    assert place is not None
    assert place[1] == 13
    assert dossier.locate("ab" * 32) is None
    assert dossier.locate(statement[:63]) is None


def test_the_proof_is_for_the_first_head_that_covers_the_record(sale: Recorded) -> None:
    for seq in (3, 13):
        inclusion = opened(sale, seq).inclusion
        assert inclusion is not None
        verifier = sale.house.log_key(sale.lot.log.origin).verifier
        assert verify(inclusion.receipt, verifier).size == inclusion.size >= seq


def test_who_else_has_signed_a_head_over_the_record_is_told(
    sale: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = sale.clock.now()
    signed = tuple(
        Seen(name, at + timedelta(seconds=late), size, valid)
        for name, late, size, valid in (
            ("late", 9, 17, True),
            ("early", 2, 14, True),
            ("short", 1, 12, True),
            ("bad", 1, 17, False),
        )
    )
    before = of_lot(sale.house, sale.lot)
    monkeypatch.setattr(dossier, "of_lot", lambda _h, _l: replace(before, witnesses=signed))
    found = opened(sale, 13)
    assert [one.name for one in found.anchors] == ["early", "late"]
    with sale.app.test_request_context():
        told = [(moment.title, moment.at) for moment in timeline(found)][-2:]
    assert told[0] == ("early 签署包含本条的树头（共 14 条）", at + timedelta(seconds=2))


def test_past_a_gap_there_is_no_proof(sale: Recorded) -> None:
    sale.execute("DELETE FROM log_entry WHERE log_id = :log AND seq = 2")
    found = opened(sale, 13)
    assert found.inclusion is None
    assert not found.found.run.agrees


def test_leaves_are_read_in_pieces_without_losing_any(
    sale: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auction.services.auditing.search.CHUNK", 4)
    with sale.house.engine.connect() as conn:
        assert [leaf.seq for leaf in leaves(conn, sale.lot.log_id)] == list(range(1, 18))
        assert [leaf.seq for leaf in leaves(conn, sale.lot.log_id, 6)] == list(range(1, 7))


def test_a_search_says_what_it_read(sale: Recorded, auditor: Actor) -> None:
    found = search(sale.house, auditor, f"{B} 14:34", timedelta())
    assert [hit.seq for hit in found.hits] == [13, 14]
    assert found.total == 2
    assert (sale.lot.log.origin, 17) in found.searched


def test_of_too_many_hits_the_earliest_are_shown_and_all_are_counted(
    sale: Recorded, auditor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auction.services.auditing.search.SHOWN", 3)
    found = search(sale.house, auditor, "2024JC-4", timedelta())
    assert [hit.seq for hit in found.hits] == [1, 2, 3]
    assert found.total == 17


def question(**changes: object) -> absence.Asked:
    values: dict[str, object] = {
        "plate": B,
        "certificate": "",
        "since": beijing(11, 11, 14, 34, 11),
        "until": beijing(11, 11, 14, 34, 29),
        "ground": None,
        "reason": "",
        **changes,
    }
    return absence.Asked(**values)  # type: ignore[arg-type]


def test_an_absence_holds_only_of_an_intact_log(sale: Recorded, auditor: Actor) -> None:
    found = absence.look(sale.house, auditor, sale.lot, question())
    assert found.holds
    assert found.before is not None
    assert found.after is not None
    assert (found.before.record.seq, found.after.record.seq) == (13, 14)
    sale.execute("UPDATE log_entry SET leaf = x'00' WHERE log_id = :log AND seq = 15")
    assert not absence.look(sale.house, auditor, sale.lot, question()).holds


def test_an_admission_is_no_request(sale: Recorded, auditor: Actor) -> None:
    """Record 2 admits A in the instant of his first bid, record 3."""
    records = examine(sale.house, sale.lot).steps
    admitted = records[1].record
    assert isinstance(admitted.event, e.Admitted)
    asked = question(plate=A, since=admitted.arrival, until=admitted.arrival)
    found = absence.look(sale.house, auditor, sale.lot, asked)
    assert [step.record.seq for step in found.requests] == [3]


def test_with_a_ground_a_plate_without_a_seat_is_registered_and_opens_nothing(
    sale: Recorded, auditor: Actor
) -> None:
    asked = question(ground=Ground.COMPLAINT, reason="核查通知书 7 号")
    found = absence.look(sale.house, auditor, sale.lot, asked)
    assert found.opened
    assert found.sittings == ()


def test_a_finding_keeps_its_key_and_another_has_another(sale: Recorded, auditor: Actor) -> None:
    one = Finding(Fault.BID_ROW, 14, {"column": "amount_fen"})
    assert key_of("o", one) == key_of("o", Finding(Fault.BID_ROW, 14, {"column": "amount_fen"}))
    others = (
        key_of("p", one),
        key_of("o", Finding(Fault.BID_ROW, 15, {"column": "amount_fen"})),
        key_of("o", Finding(Fault.BID_ROW, 14, {"column": "plate"})),
        key_of("o", Finding(Fault.LOT_ROW, 14, {"column": "amount_fen"})),
    )
    assert len({key_of("o", one), *others}) == 5
    run = examine(sale.house, sale.lot).run
    with pytest.raises(NoSuchFinding):
        take_note(sale.house, auditor, sale.lot.log.origin, run, key_of("o", one), "x" * 10)
    assert notes_on(sale.house, sale.lot.log.origin, run.findings) == {}
