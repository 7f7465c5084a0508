"""An export is the log itself: the file alone proves what was recorded."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from recorded import Recorded, listed

from auction.ledger.notes import LogKey
from auction.services.export import (
    ExportDiffers,
    ExportUnusable,
    export_log,
    file_name,
    parse,
    read_export,
)
from auction.services.logcheck import Fault
from auction.store import journal


@pytest.fixture
def data(finished: Recorded) -> bytes:
    return export_log(finished.house, finished.lot).to_text().encode()


def lines_of(data: bytes) -> list[bytes]:
    return data.split(b"\n")[:-1]


def text_of(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def test_every_record_stands_on_its_own_line_byte_for_byte(finished: Recorded, data: bytes) -> None:
    with finished.house.engine.connect() as conn:
        stored = [leaf.data for leaf in journal.read(conn, finished.lot.log_id)]
    assert lines_of(data)[1:] == stored


def test_header_names_format_origin_key_and_latest_signed_head(
    finished: Recorded, data: bytes
) -> None:
    header = json.loads(lines_of(data)[0])
    key = finished.house.log_key(finished.lot.log.origin)
    assert header["format"] == "lot-log/1"
    assert header["origin"] == "land-floor.example/lots/2024JC-4"
    assert header["key"] == key.verifier_string()
    assert header["checkpoint"].split("\n")[1] == "21"


def test_what_was_written_is_read_back(finished: Recorded, data: bytes) -> None:
    read = read_export(data)
    assert read.to_text().encode() == data
    assert read.slug == "2024JC-4"
    assert read.head.size == len(read.leaves) == 21
    assert file_name(finished.lot) == "2024JC-4.log.jsonl"


def test_the_reader_is_told_whose_word_the_key_was(finished: Recorded, data: bytes) -> None:
    key = finished.house.log_key(finished.lot.log.origin).verifier
    assert read_export(data, key).key_given
    assert not read_export(data).key_given


def test_a_log_signed_by_another_key_than_the_readers_differs(data: bytes) -> None:
    other = LogKey(parse(data).origin, Ed25519PrivateKey.generate())
    with pytest.raises(ExportDiffers) as caught:
        read_export(data, other.verifier)
    assert [f.fault for f in caught.value.findings] == [Fault.HEAD_SIGNATURE]


def test_an_edited_record_no_longer_gives_the_signed_root(data: bytes) -> None:
    lines = lines_of(data)
    lines[12] = lines[12].replace(b'"amount_fen":1849000000', b'"amount_fen":1850000000')
    with pytest.raises(ExportDiffers) as caught:
        read_export(text_of(lines))
    assert [f.fault for f in caught.value.findings] == [Fault.HEAD_ROOT]


def test_a_record_respelled_is_named(data: bytes) -> None:
    lines = lines_of(data)
    lines[12] = lines[12].replace(b'"v":1', b'"v": 1')
    with pytest.raises(ExportDiffers) as caught:
        read_export(text_of(lines))
    assert (Fault.NOT_CANONICAL, 12) in [(f.fault, f.seq) for f in caught.value.findings]


def test_a_missing_last_record_is_named(data: bytes) -> None:
    with pytest.raises(ExportDiffers) as caught:
        read_export(text_of(lines_of(data)[:-1]))
    assert (Fault.MISSING, 21) in [(f.fault, f.seq) for f in caught.value.findings]


def test_two_swapped_records_are_named(data: bytes) -> None:
    lines = lines_of(data)
    lines[12], lines[13] = lines[13], lines[12]
    with pytest.raises(ExportDiffers) as caught:
        read_export(text_of(lines))
    places = {f.seq for f in caught.value.findings if f.fault is Fault.OUT_OF_PLACE}
    assert places == {12, 13}


def test_a_record_behind_the_signed_head_is_named(data: bytes) -> None:
    lines = lines_of(data)
    with pytest.raises(ExportDiffers) as caught:
        read_export(text_of([*lines, lines[-1]]))
    assert (Fault.UNSIGNED, 22) in [(f.fault, f.seq) for f in caught.value.findings]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: b"", "empty"),
        (lambda data: data[:-1], "ending"),
        (lambda data: b"\xff" + data, "text"),
        (lambda data: data.replace(b"\n", b"\r\n"), "header"),
        (lambda data: b"{}\n", "header"),
        (lambda data: data.split(b"\n", 1)[1], "header"),
        (lambda data: data.replace(b"lot-log/1", b"lot-log/9"), "format"),
        (lambda data: data.replace(b'"key":"land', b'"key":"sand'), "key"),
        (lambda data: data.replace(b"\\n21\\n", b"\\n-21\\n"), "checkpoint"),
    ],
)
def test_what_is_no_export_is_unusable(data: bytes, change: object, code: str) -> None:
    assert callable(change)
    with pytest.raises(ExportUnusable) as caught:
        parse(change(data))
    assert caught.value.code == code


def test_a_log_that_has_not_begun_has_no_export(tmp_path: Path) -> None:
    made = listed(tmp_path)
    with made.app.app_context():
        made.execute("DELETE FROM log_checkpoint WHERE log_id = :log")
        with pytest.raises(LookupError):
            export_log(made.house, made.lot)
