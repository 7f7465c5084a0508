"""A second run of the rules over a recorded sale agrees with it, and names what does not."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from factories import LISTING_UNTIL, A, B, C, Sale, seconds, wan
from recorded import Recorded

from auction.core import commands as c
from auction.core import events as e
from auction.core.reasons import Reason
from auction.core.state import Stage
from auction.ledger import canonical
from auction.ledger.checkpoint import Checkpoint, sign
from auction.ledger.merkle import Tree, leaf_hash
from auction.services import audit
from auction.services.logcheck import Entry, Fault, Finding
from auction.services.replay import Replayed, records_of, redecide
from auction.services.verification import Examination, examine


def named(findings: tuple[Finding, ...]) -> list[tuple[Fault, int | None]]:
    return [(f.fault, f.seq) for f in findings]


def records(sale: Recorded) -> list[e.Recorded]:
    return [step.record for step in examine(sale.house, sale.lot).steps]


def changed(found: list[e.Recorded], seq: int, **fields: object) -> Replayed:
    """The replay with other fields in the event of record `seq`."""
    at = seq - 1
    edited = replace(found[at], event=replace(found[at].event, **fields))
    return redecide([*found[:at], edited, *found[at + 1 :]])


# --- agreement ------------------------------------------------------------------------------


def test_an_untouched_sale_agrees_in_bytes_verdicts_and_rows(finished: Recorded) -> None:
    found = examine(finished.house, finished.lot)
    assert found.run.findings == ()
    assert found.run.size == len(found.steps) == 21
    assert found.replayed.winner == C
    assert found.replayed.state.price_fen == wan(2049)
    assert found.replayed.state.stage is Stage.PUBLISHED


def test_nobody_has_won_while_bidding_goes_on() -> None:
    sale = Sale()
    sale.bid(A, 1549, LISTING_UNTIL - timedelta(days=1))
    assert redecide(sale.records).winner is None


def test_each_step_knows_the_record_that_made_the_leader(sale: Recorded) -> None:
    found = examine(sale.house, sale.lot)
    step = found.step(13)
    assert step is not None
    assert (step.before.leader, step.lead) == (A, 12)
    assert found.step(0) is None
    assert found.step(99) is None


def test_suspension_outage_and_resumption_are_decided_again_too() -> None:
    sale = Sale()
    sale.bid(A, 1549, LISTING_UNTIL - timedelta(days=2))
    stopped = LISTING_UNTIL - timedelta(days=1)
    sale.do(c.Suspend(arrival=stopped, ground="CLOCK", by="o1"))
    sale.do(c.Resume(arrival=stopped + timedelta(hours=1), by="o2"))
    sale.bid(B, 1649, stopped + timedelta(hours=2))
    sale.tick(LISTING_UNTIL + timedelta(hours=1), roll=[C])
    live = LISTING_UNTIL + timedelta(hours=1)
    sale.do(c.RecordOutage(arrival=live + seconds(100), start=live + seconds(60)))
    sale.do(c.Resume(arrival=live + seconds(200), by="o1"))
    sale.do(c.RecordOutage(arrival=live + seconds(205), start=live + seconds(202)))
    sale.bid(C, 1749, live + seconds(1200))
    sale.do(c.Terminate(arrival=live + seconds(1201), ground="COURT", by=("o1", "o2")))
    again = redecide(sale.records)
    assert again.findings == ()
    assert again.state == sale.state


def test_a_close_held_back_by_a_wrong_clock_is_decided_again() -> None:
    sale = Sale()
    sale.bid(A, 1549, LISTING_UNTIL - timedelta(days=2))
    sale.do(c.Tick(arrival=LISTING_UNTIL, offset_ms=73))
    assert [type(r.event) for r in sale.records[-2:]] == [e.ClockOff, e.Suspended]
    assert redecide(sale.records).findings == ()
    within = replace(sale.records[-2], event=e.ClockOff(offset_ms=3))
    again = redecide([*sale.records[:-2], within, sale.records[-1]])
    assert named(again.findings) == [(Fault.VERDICT, within.seq)]


def test_a_bid_heard_after_the_close_is_decided_again() -> None:
    sale = Sale()
    sale.bid(A, 1549, LISTING_UNTIL - timedelta(days=2))
    sale.tick(LISTING_UNTIL)
    sale.bid(B, 1649, LISTING_UNTIL - seconds(1))
    *before, admitted, unheard = sale.records
    assert isinstance(unheard.event, e.BidUnheard)
    late = [replace(record, sequenced=LISTING_UNTIL) for record in (admitted, unheard)]
    found = [*before, *late]
    assert redecide(found).findings == ()


# --- other verdicts than the rules give ---------------------------------------------------------


def test_an_edited_amount_is_named_with_the_record_that_follows_from_it(sale: Recorded) -> None:
    again = changed(records(sale), 12, amount_fen=wan(1839))
    assert named(again.findings)[0] == (Fault.VERDICT, 12)
    assert again.findings[0].facts == {
        "field": "type",
        "recorded": "bid_accepted",
        "expected": "bid_refused",
    }


def test_an_edited_ground_of_refusal_is_named(sale: Recorded) -> None:
    again = changed(records(sale), 13, reason=Reason.LATE)
    assert named(again.findings) == [(Fault.VERDICT, 13)]
    assert again.findings[0].facts["expected"] == "BID_TOO_LOW"


def test_edited_inputs_of_a_refusal_are_named(sale: Recorded) -> None:
    found = records(sale)
    event = found[12].event
    assert isinstance(event, e.BidRefused)
    again = changed(found, 13, facts={**event.facts, "leader": C})
    assert named(again.findings) == [(Fault.VERDICT, 13)]
    assert again.findings[0].facts == {"field": "leader", "recorded": C, "expected": A}


def test_a_refusal_that_should_have_been_accepted_is_named(sale: Recorded) -> None:
    found = records(sale)
    accepted = found[13].event
    assert isinstance(accepted, e.BidAccepted)
    refused = e.BidRefused(
        plate=accepted.plate,
        amount_fen=accepted.amount_fen,
        statement=accepted.statement,
        reason=Reason.TOO_LOW,
        facts={"minimum_fen": wan(2000)},
    )
    again = redecide([*found[:13], replace(found[13], event=refused), *found[14:]])
    assert named(again.findings)[0] == (Fault.VERDICT, 14)


def test_another_countdown_than_the_rules_give_is_named(sale: Recorded) -> None:
    again = changed(records(sale), 14, deadline=LISTING_UNTIL + timedelta(hours=1))
    assert named(again.findings)[0] == (Fault.VERDICT, 14)
    assert again.findings[0].facts["field"] == "deadline_us"


def test_another_winner_is_named(sale: Recorded) -> None:
    again = changed(records(sale), 16, plate=B)
    assert named(again.findings) == [(Fault.VERDICT, 16)]
    assert again.findings[0].facts == {"field": "plate", "recorded": B, "expected": C}


def test_a_close_sixty_seconds_early_is_named(sale: Recorded) -> None:
    found = records(sale)[:16]
    early = replace(found[-1], arrival=found[-1].arrival - seconds(60))
    again = redecide([*found[:-1], early])
    assert named(again.findings) == [(Fault.VERDICT, 16)]
    assert again.findings[0].facts["field"] == "arrival_us"


def test_a_close_that_is_missing_is_named(sale: Recorded) -> None:
    found = records(sale)
    late = replace(found[16], seq=16)
    again = redecide([*found[:15], late])
    assert named(again.findings) == [(Fault.TRANSITION, 16)]


def test_a_round_that_did_not_open_is_named(sale: Recorded) -> None:
    found = records(sale)[:10]
    assert named(redecide(found).findings) == [(Fault.VERDICT, 11)]


def test_a_bid_of_a_plate_that_was_never_admitted_is_named(sale: Recorded) -> None:
    found = records(sale)
    without = [found[0], replace(found[2], seq=2)]
    again = redecide(without)
    assert named(again.findings) == [(Fault.IMPOSSIBLE, 2)]
    assert again.findings[0].facts["reason"] == "PLATE_NOT_ADMITTED"


def test_an_admission_without_an_act_is_named(sale: Recorded) -> None:
    found = records(sale)[:2]
    assert named(redecide(found).findings) == [(Fault.IMPOSSIBLE, 2)]


def test_the_same_signed_bid_twice_is_named(sale: Recorded) -> None:
    found = records(sale)
    twice = replace(found[12], seq=18, arrival=found[16].arrival, sequenced=found[16].sequenced)
    again = redecide([*found, twice])
    assert (Fault.REPEATED, 18) in named(again.findings)


def test_time_that_runs_back_is_named(sale: Recorded) -> None:
    found = records(sale)
    at = found[13].sequenced - timedelta(minutes=3)
    again = redecide([*found[:13], replace(found[13], sequenced=at), *found[14:]])
    assert (Fault.TIME_ORDER, 14) in named(again.findings)


def test_events_before_the_lot_was_opened_are_named(sale: Recorded) -> None:
    found = records(sale)
    again = redecide([replace(found[17 - 1], seq=1)])
    assert named(again.findings) == [(Fault.IMPOSSIBLE, 1)]


# --- bytes that are no record -------------------------------------------------------------------


def entry_of(seq: int, content: dict[str, object]) -> Entry:
    data = canonical.encode(content)
    return Entry(seq, data, leaf_hash(data), canonical.decode(data))


@pytest.mark.parametrize(
    "change",
    [
        {"type": "unheard_of"},
        {"data": {}},
        {"data": None},
        {"v": 2},
        {"arrival_us": "now"},
        {"more": 1},
    ],
)
def test_a_foreign_record_is_named_and_ends_the_replay(
    sale: Recorded, change: dict[str, object]
) -> None:
    found = examine(sale.house, sale.lot)
    content = {**(found.entries[2].content or {}), **change}
    read, findings = records_of([*found.entries[:2], entry_of(3, content), found.entries[3]])
    assert [r.seq for r in read] == [1, 2]
    assert named(findings) == [(Fault.FOREIGN, 3), (Fault.NOT_REPLAYED, 3)]


@pytest.mark.parametrize("amount", ["1549", True, None, [1]])
def test_an_amount_that_is_no_whole_number_is_foreign(sale: Recorded, amount: object) -> None:
    found = examine(sale.house, sale.lot)
    content = json.loads(found.entries[2].data)
    content["data"]["amount_fen"] = amount
    _, findings = records_of([*found.entries[:2], entry_of(3, content)])
    assert named(findings)[0] == (Fault.FOREIGN, 3)


# --- tampering with the database ----------------------------------------------------------------


def examined(sale: Recorded) -> Examination:
    return examine(sale.house, sale.lot)


def test_one_changed_byte_of_a_stored_leaf_names_the_record(finished: Recorded) -> None:
    with finished.house.engine.connect() as conn:
        leaf = conn.exec_driver_sql("SELECT leaf FROM log_entry WHERE seq = 12 LIMIT 1").scalar()
    assert isinstance(leaf, bytes)
    finished.execute(
        "UPDATE log_entry SET leaf = :leaf WHERE log_id = :log AND seq = 12",
        leaf=leaf.replace(b"1849000000", b"1839000000"),
    )
    found = named(examined(finished).run.findings)
    assert (Fault.HASH, 12) in found
    assert (Fault.VERDICT, 12) in found
    assert (Fault.HEAD_ROOT, 12) in found


def test_a_changed_leaf_with_its_hash_recomputed_is_bounded_by_the_signed_heads(
    finished: Recorded,
) -> None:
    found = examined(finished)
    data = found.entries[13].data.replace(b"1949000000", b"1959000000")
    finished.execute(
        "UPDATE log_entry SET leaf = :leaf, leaf_hash = :hash WHERE log_id = :log AND seq = 14",
        leaf=data,
        hash=leaf_hash(data),
    )
    findings = examined(finished).run.findings
    assert (Fault.HEAD_ROOT, 14) in named(findings)
    bound = next(f for f in findings if f.fault is Fault.HEAD_ROOT)
    assert bound.facts == {"first": 14}


def test_a_changed_amount_in_the_rows_that_pages_read_names_the_bid(finished: Recorded) -> None:
    finished.execute("UPDATE bid SET amount_fen = 1 WHERE lot_id = :lot AND seq = 14")
    findings = examined(finished).run.findings
    assert named(findings) == [(Fault.BID_ROW, 14)]
    assert findings[0].facts == {"column": "amount_fen"}


def test_a_changed_price_of_the_lot_is_named(finished: Recorded) -> None:
    finished.execute("UPDATE lot SET price_fen = 1 WHERE id = :lot")
    findings = examined(finished).run.findings
    assert [(f.fault, f.facts) for f in findings] == [(Fault.LOT_ROW, {"column": "price_fen"})]


def test_a_bid_row_too_many_or_too_few_is_named(finished: Recorded) -> None:
    finished.execute("UPDATE bid SET seq = 99 WHERE lot_id = :lot AND seq = 14")
    assert named(examined(finished).run.findings) == [(Fault.BID_ROW, 14), (Fault.BID_ROW, 99)]


def test_a_deleted_last_record_is_named(finished: Recorded) -> None:
    finished.execute("DELETE FROM log_entry WHERE log_id = :log AND seq = 21")
    found = named(examined(finished).run.findings)
    assert (Fault.MISSING, 21) in found
    assert (Fault.HEAD_BEYOND, 21) in found


def test_a_deleted_last_record_with_its_head_is_named_by_the_logs_row(finished: Recorded) -> None:
    finished.execute("DELETE FROM log_entry WHERE log_id = :log AND seq = 21")
    finished.execute("DELETE FROM log_checkpoint WHERE log_id = :log AND size = 21")
    findings = examined(finished).run.findings
    assert {"column": "size"} in [f.facts for f in findings if f.fault is Fault.LOG_ROW]


def test_a_record_deleted_from_the_middle_is_named(finished: Recorded) -> None:
    finished.execute("DELETE FROM log_entry WHERE log_id = :log AND seq = 14")
    assert (Fault.MISSING, 14) in named(examined(finished).run.findings)


def test_two_swapped_records_are_named(finished: Recorded) -> None:
    for old, new in ((12, 900), (13, 12), (900, 13)):
        finished.execute(
            "UPDATE log_entry SET seq = :new WHERE log_id = :log AND seq = :old", old=old, new=new
        )
    found = named(examined(finished).run.findings)
    assert (Fault.OUT_OF_PLACE, 12) in found
    assert (Fault.OUT_OF_PLACE, 13) in found


def test_a_changed_signed_head_is_named(finished: Recorded) -> None:
    finished.execute(
        "UPDATE log_checkpoint SET note = replace(note, char(10) || '14' || char(10),"
        " char(10) || '15' || char(10)) WHERE log_id = :log AND size = 14"
    )
    assert named(examined(finished).run.findings) == [(Fault.HEAD_SIGNATURE, 14)]


def test_a_head_signed_anew_over_other_records_is_named(finished: Recorded) -> None:
    lot = finished.lot
    key = finished.house.log_key(lot.log.origin)
    found = examined(finished)
    tree = Tree(entry.hash for entry in reversed(found.entries))
    note = sign(Checkpoint(lot.log.origin, 14, tree.root_at(14)), key)
    finished.execute(
        "UPDATE log_checkpoint SET note = :note WHERE log_id = :log AND size = 14", note=note
    )
    assert named(examined(finished).run.findings) == [(Fault.HEAD_ROOT, 14)]


def test_a_head_that_is_gone_between_two_others_proves_nothing_less(finished: Recorded) -> None:
    finished.execute("DELETE FROM log_checkpoint WHERE log_id = :log AND size = 14")
    assert examined(finished).run.agrees


def test_a_head_kept_under_another_size_is_named(finished: Recorded) -> None:
    finished.execute("DELETE FROM log_checkpoint WHERE log_id = :log AND size = 13")
    finished.execute("UPDATE log_checkpoint SET size = 13 WHERE log_id = :log AND size = 14")
    assert named(examined(finished).run.findings) == [(Fault.HEAD_SIZE, 13)]


def test_columns_beside_a_leaf_are_checked(finished: Recorded) -> None:
    finished.execute("UPDATE log_entry SET arrival = 7 WHERE log_id = :log AND seq = 14")
    findings = examined(finished).run.findings
    assert named(findings) == [(Fault.COLUMN, 14)]
    assert findings[0].facts == {"column": "arrival_us"}


def test_a_log_without_any_signed_head_is_named(finished: Recorded) -> None:
    finished.execute("DELETE FROM log_checkpoint WHERE log_id = :log")
    assert named(examined(finished).run.findings) == [(Fault.NO_HEAD, None)]


# --- the desk -----------------------------------------------------------------------------------


def test_the_list_verifies_every_lot_and_tells_when(finished: Recorded) -> None:
    lines = audit.listed(finished.house)
    assert [line.lot.slug for line in lines] == ["2024JC-4"]
    run = lines[0].run
    assert run is not None
    assert run.agrees
    assert run.at == finished.clock.now()
    assert run.size == 21


def test_a_log_over_the_budget_shows_its_last_run_only(
    finished: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "BUDGET_RECORDS", 5)
    assert audit.listed(finished.house)[0].run is None
    at = examined(finished).run.at
    finished.clock.advance(minutes=5)
    run = audit.listed(finished.house)[0].run
    assert run is not None
    assert run.at == at
