"""Damaged and hostile input of any kind ends in exit 1 or 2: never a traceback, never a hang."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from verifier import forging
from verifier.forging import honest

from auction.verifier import bundle as reader
from auction.verifier import canonical, notes
from auction.verifier.__main__ import main, parser, verify
from auction.verifier.faults import Malformed, Unusable

WHOLE = honest().bundle()
MEMBERS = {
    item.filename: zipfile.ZipFile(io.BytesIO(WHOLE)).read(item)
    for item in zipfile.ZipFile(io.BytesIO(WHOLE)).infolist()
}
NAMES = sorted(MEMBERS)
TRUST = json.dumps(forging.trust_data(honest())).encode()
JUNK = (
    b"",
    b"\x00",
    b"{}",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"9" * 100_000,
    b'{"size":1e400}',
    b"\xff\xfe",
    b'"\\ud800"',
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("damaged")
    (made / "trust.json").write_bytes(TRUST)
    return made


def ends_in(arguments: list[str]) -> int:
    """The exit status; a fault of the verifier itself is not caught here."""
    return verify(parser().parse_args(arguments))


def exit_of(folder: Path, data: bytes, *more: str) -> int:
    (folder / "b.zip").write_bytes(data)
    return ends_in([str(folder / "b.zip"), "--trust", str(folder / "trust.json"), *more])


def packed(members: dict[str, bytes], *, listed: bool) -> bytes:
    """A zip of these members; `listed`: with a manifest that agrees, so that all checks are
    reached."""
    import hashlib

    members = dict(members)
    if listed and "manifest.json" in members:
        manifest = json.loads(MEMBERS["manifest.json"])
        manifest["members"] = {
            name: hashlib.sha256(data).hexdigest()
            for name, data in members.items()
            if name != "manifest.json"
        }
        members["manifest.json"] = canonical.spelled(manifest)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@settings(max_examples=60)
@given(at=st.integers(0, len(WHOLE) - 1), bit=st.integers(0, 7))
def test_any_bit_of_the_file(folder: Path, at: int, bit: int) -> None:
    damaged = bytearray(WHOLE)
    damaged[at] ^= 1 << bit
    # A zip has bytes that nobody reads (times, local copies of names): then all is as it was.
    same = True
    try:
        (folder / "x.zip").write_bytes(bytes(damaged))
        same = reader.read(folder / "x.zip").members == MEMBERS
    except Unusable:
        same = False
    assert exit_of(folder, bytes(damaged)) in ((0,) if same else (1, 2))


@settings(max_examples=80)
@given(name=st.sampled_from(NAMES), where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_byte_of_any_member_also_where_the_manifest_agrees(
    folder: Path, name: str, where: float, bit: int
) -> None:
    damaged = bytearray(MEMBERS[name])
    damaged[int(where * len(damaged))] ^= 1 << bit
    changed = {**MEMBERS, name: bytes(damaged)}
    found = exit_of(folder, packed(changed, listed=False))
    assert found in (1, 2) or _says_another_time_only(name, bytes(damaged))
    readable = name in ("rules/terms.txt", "SPEC.md")
    found = exit_of(folder, packed(changed, listed=name != "manifest.json"))
    # Texts for people are not evidence: whoever packs a bundle may write what he likes there.
    if not _says_another_time_only(name, bytes(damaged)):
        assert found in ((0, 1) if readable else (1, 2)) or _is_not_load_bearing(name, found)


def _says_another_time_only(name: str, damaged: bytes) -> bool:
    """When the bundle was packed is no evidence of anything."""
    if name != "manifest.json":
        return False
    try:
        told = json.loads(damaged)
    except ValueError:
        return False
    whole = json.loads(MEMBERS["manifest.json"])
    return isinstance(told, dict) and {**told, "made_us": 0} == {**whole, "made_us": 0}


def _is_not_load_bearing(name: str, found: int) -> bool:
    """A certificate that only helped to build a path, where trust.json holds it too, or an earlier
    signature of a witness in a head's note: their loss loses nothing."""
    return found == 0 and name.startswith(("certificates/", "checkpoints/"))


@pytest.mark.parametrize("name", NAMES)
def test_any_member_missing_empty_or_replaced_by_junk(folder: Path, name: str) -> None:
    rest = {other: data for other, data in MEMBERS.items() if other != name}
    assert exit_of(folder, packed(rest, listed=False)) in (1, 2)
    for junk in JUNK:
        damaged = {**MEMBERS, name: junk}
        expected = (0, 1, 2) if name in ("rules/terms.txt", "SPEC.md") else (1, 2)
        found = exit_of(folder, packed(damaged, listed=name != "manifest.json"))
        assert found in expected or _is_not_load_bearing(name, found)


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b'{"a":1}',
        b'{"v":1,"lot":"x","seq":1,"arrival_us":1,"sequenced_us":1,"type":"lot_opened","data":{}}',
        b'{"v":true,"lot":[],"seq":{},"arrival_us":null,"sequenced_us":-1,"type":7,"data":[]}',
        b"[" * 60_000,
        b'{"v":' + b"1" * 60_000 + b"}",
        b"x" * 200_000,
        b'{"a":1.5}',
        b'{"a":-0}',
        b'{"a":NaN}',
    ],
)
def test_hostile_records_anywhere(folder: Path, line: bytes) -> None:
    lines = MEMBERS["events.jsonl"].splitlines()
    for place in (0, 1, len(lines) - 1, len(lines)):
        events = b"\n".join([*lines[:place], line, *lines[place + 1 :]]) + b"\n"
        assert exit_of(folder, packed({**MEMBERS, "events.jsonl": events}, listed=True)) in (1, 2)


def test_extreme_numbers_in_otherwise_good_records(folder: Path) -> None:
    for value in (-(2**53) + 1, 2**53 - 1, 0, -1):
        for name in ("arrival_us", "sequenced_us", "seq"):
            made = honest()
            made.leaves[-2][name] = value
            assert exit_of(folder, made.bundle()) == 1
        for place, leaf in enumerate(honest().leaves):
            made = honest()
            data = made.leaves[place]["data"]
            numbers = [k for k, v in {**data, **leaf["data"]}.items() if isinstance(v, int)]
            for name in numbers:
                data[name] = value
            if numbers:
                assert exit_of(folder, made.bundle()) == 1


def test_zip_bombs_end_at_the_limits(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reader, "MEMBER_LIMIT", 1_000_000)
    monkeypatch.setattr(reader, "TOTAL_LIMIT", 2_000_000)
    bomb = packed({**MEMBERS, "events.jsonl": b"\x00" * 5_000_000}, listed=True)
    assert len(bomb) < 100_000
    assert exit_of(folder, bomb) == 2
    assert "larger than" in capsys.readouterr().err
    many = {f"statements/{n:064x}.json": b"\x00" * 90_000 for n in range(30)}
    assert exit_of(folder, packed({**MEMBERS, **many}, listed=True)) == 2
    monkeypatch.setattr(reader, "MEMBERS_LIMIT", 40)
    small = {f"statements/{n:064x}.json": b"" for n in range(40)}
    assert exit_of(folder, packed({**MEMBERS, **small}, listed=True)) == 2
    monkeypatch.setattr("auction.verifier.context.RECORDS_LIMIT", 10)
    assert exit_of(folder, WHOLE) == 2


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("rules.replay.STANDSTILLS_LIMIT", -1),
        ("checks.persons.PATHS_LIMIT", 2),
    ],
)
def test_what_would_take_too_long_is_not_checked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(f"auction.verifier.{limit}", value)
    assert exit_of(folder, WHOLE) == 2


def test_strange_zips(folder: Path) -> None:
    assert exit_of(folder, b"") == 2
    assert exit_of(folder, b"PK\x05\x06" + bytes(18)) == 2
    assert exit_of(folder, WHOLE[: len(WHOLE) // 2]) == 2
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        for name, data in MEMBERS.items():
            archive.writestr(name, data)
    assert exit_of(folder, out.getvalue()) == 2
    for strange in ("../../etc/passwd", "/abs", "statements/../x", "other.txt", "events.jsonl/"):
        assert exit_of(folder, packed({**MEMBERS, strange: b"x"}, listed=True)) == 1
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in MEMBERS.items():
            archive.writestr(name, data)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("events.jsonl", b"other\n")
    assert exit_of(folder, out.getvalue()) == 1


@settings(max_examples=60)
@given(st.binary(max_size=300))
@example(b"c2sp.org/tlog-proof@v1\nextra \nindex 99999999999999999999\n\n")
def test_receipts_and_heads_of_any_bytes(folder: Path, data: bytes) -> None:
    (folder / "junk").write_bytes(data)
    assert exit_of(folder, WHOLE, "--receipt", str(folder / "junk")) == 1
    assert exit_of(folder, WHOLE, "--head", str(folder / "junk")) == 1


@pytest.mark.parametrize("junk", [*JUNK, b"null", b"[]", b'{"format":"auction-trust/1"}'])
def test_a_trust_file_of_another_shape_is_unusable(folder: Path, junk: bytes) -> None:
    (folder / "b.zip").write_bytes(WHOLE)
    (folder / "other.json").write_bytes(junk)
    assert ends_in([str(folder / "b.zip"), "--trust", str(folder / "other.json")]) == 2


@settings(max_examples=100)
@given(
    field=st.sampled_from(sorted(json.loads(TRUST))),
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner),
        max_leaves=6,
    ),
)
def test_a_trust_file_with_any_value_in_a_field_ends_in_words(
    folder: Path, field: str, value: object
) -> None:
    (folder / "b.zip").write_bytes(WHOLE)
    (folder / "other.json").write_text(json.dumps({**json.loads(TRUST), field: value}))
    assert ends_in([str(folder / "b.zip"), "--trust", str(folder / "other.json")]) in (0, 1, 2)


@given(st.binary(max_size=200))
def test_readers_of_strange_bytes_only_ever_say_that_they_are_malformed(data: bytes) -> None:
    for read in (canonical.read, canonical.read_loosely, notes.read_head, notes.read_receipt):
        try:
            read(data)
        except Malformed:
            continue


def test_a_terminal_gets_no_control_characters_of_a_stranger(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = honest()
    made.leaves[-1]["lot"] = "x\u001b[31m\u202e"
    assert exit_of(folder, made.bundle()) == 1
    printed = capsys.readouterr().out
    assert "OTHER_LOT" in printed
    assert "\u001b" not in printed
    assert "\u202e" not in printed


def test_a_fault_of_the_verifier_itself_is_no_verdict(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_context: object) -> None:
        raise ZeroDivisionError("in a check")

    monkeypatch.setattr("auction.verifier.checks.ALL", ((1, broken),))
    (folder / "b.zip").write_bytes(WHOLE)
    assert main([str(folder / "b.zip"), "--trust", str(folder / "trust.json")]) == 2
    assert "the verifier itself failed: ZeroDivisionError" in capsys.readouterr().err
