"""Files for an audit body: complete, in both languages, bound to signed heads, harmless to open."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from factories import B, wan
from recorded import Recorded

from auction.core.instants import from_us
from auction.ledger.checkpoint import open_note
from auction.services import audit, logbook
from auction.services.auditing import exports
from auction.services.auditing.exports import COLUMNS, What
from auction.services.people import Actor
from auction.services.unit import writing

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def as_json(sale: Recorded, what: What, slug: str | None = None) -> dict[str, object]:
    lot = sale.lot if slug else None
    logs = exports.heads(sale.house, what, lot)
    text = "".join(exports.as_json(sale.house, what, logs, slug, sale.clock.now()))
    made: dict[str, object] = json.loads(text)
    return made


def rows(sale: Recorded, what: What, slug: str | None = None) -> list[dict[str, object]]:
    found = as_json(sale, what, slug)["records"]
    assert isinstance(found, list)
    return found


def workbook(sale: Recorded, what: What) -> zipfile.ZipFile:
    file = io.BytesIO()
    logs = exports.heads(sale.house, what, None)
    exports.as_workbook(sale.house, what, logs, None, file)
    return zipfile.ZipFile(file)


def cells(book: zipfile.ZipFile, sheet: int) -> Iterator[list[str]]:
    """The rows of a sheet as texts; a formula anywhere is an error."""
    tree = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml"))
    assert not list(tree.iter(f"{_MAIN}f"))
    for row in tree.iter(f"{_MAIN}row"):
        yield ["".join(t.text or "" for t in cell.iter() if t.text) for cell in row]


@pytest.fixture
def watched(finished: Recorded) -> Recorded:
    """A finished sale, with traces of a reading and of identities opened."""
    actor = Actor(None, "auditor", frozenset({"auditor"}), "", "", finished.clock.now())
    audit.record_read(finished.house, actor, finished.lot, "events")
    with writing() as session:
        data = {"by": "auditor", "lot": "2024JC-4", "ground": "complaint", "reason": "=1+1"}
        logbook.register(finished.house, session, "identity_opened", data)
    return finished


@pytest.mark.parametrize(
    ("what", "numbers"),
    [
        (What.EVENTS, list(range(1, 22))),
        (What.BIDS, [3, 4, 6, 7, 9, 12, 13, 14, 15, 17]),
        (What.REFUSALS, [4, 6, 13, 17]),
        (What.STAFF, [18, 21, 1]),
        (What.IDENTITIES, [1]),
        (What.SECURITY, [1]),
    ],
)
def test_each_export_holds_what_was_asked_for(
    watched: Recorded, what: What, numbers: list[int]
) -> None:
    assert [row["record"] for row in rows(watched, what)] == numbers
    listed = [row[2] for row in list(cells(workbook(watched, what), 2))[1:]]
    assert len(listed) == len(numbers)


def test_a_row_tells_times_and_amounts_twice(watched: Recorded) -> None:
    row = next(row for row in rows(watched, What.REFUSALS) if row["record"] == 13)
    assert row["plate"] == B
    assert row["amount_fen"] == wan(1849)
    assert row["amount_wan"] == "1849"
    assert row["reason"] == "BID_TOO_LOW"
    assert row["arrival_beijing"] == "2024-11-11 14:34:10.245000"
    us = row["arrival_us"]
    assert isinstance(us, int)
    assert from_us(us).isoformat() == "2024-11-11T06:34:10.245000+00:00"


def test_the_file_states_the_signed_heads_it_stands_under(watched: Recorded) -> None:
    (head,) = as_json(watched, What.BIDS)["heads"]  # type: ignore[misc]
    verifier = watched.house.log_key(watched.lot.log.origin).verifier
    assert open_note(head["checkpoint"], verifier).size == head["size"] == 21


def test_columns_are_named_in_both_languages(watched: Recorded) -> None:
    names = as_json(watched, What.BIDS)["columns"]
    assert isinstance(names, dict)
    assert names["plate"] == {"zh": "号牌", "en": "Plate"}
    shared = next(cells(workbook(watched, What.BIDS), 2))
    assert shared == [f"{column.zh} / {column.en}" for column in COLUMNS]


def test_a_lot_narrows_the_centres_logs_too(watched: Recorded) -> None:
    with writing() as session:
        logbook.register(watched.house, session, "lot_suspended", {"by": "x", "lot": "other"})
    assert [row["record"] for row in rows(watched, What.STAFF, "2024JC-4")] == [18, 21, 1]


def test_no_text_becomes_a_formula_and_exact_numbers_stay_exact(watched: Recorded) -> None:
    row = list(cells(workbook(watched, What.IDENTITIES), 2))[1]
    (leaf,) = [text for text in row if text.startswith("{")]
    assert '"reason":"=1+1"' in leaf
    us = str(rows(watched, What.IDENTITIES)[0]["arrival_us"])
    assert us in row, "sixteen digits are more than a workbook's numbers hold: kept as text"


def test_what_came_after_the_head_is_not_in_the_file(watched: Recorded) -> None:
    logs = exports.heads(watched.house, What.SECURITY, None)
    with writing() as session:
        logbook.security(watched.house, session, "bid_not_qualified", {"lot": "2024JC-4"})
    text = "".join(exports.as_json(watched.house, What.SECURITY, logs, None, watched.clock.now()))
    assert len(json.loads(text)["records"]) == 1


def test_a_long_log_is_written_without_being_held_in_memory(watched: Recorded) -> None:
    head = exports.heads(watched.house, What.EVENTS, None)[0]
    pieces = exports.as_json(watched.house, What.EVENTS, [head] * 100, None, watched.clock.now())
    tracemalloc.start()
    try:
        length = sum(len(piece) for piece in pieces)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert length > 1_000_000
    assert peak < length / 4
