"""Leaves: RFC 8785 on a restricted schema."""

import json
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from auction.ledger.canonical import MAX_BYTES, MAX_DEPTH, MAX_INT, CanonicalError, decode, encode

JCS = Path(__file__).parents[1] / "vectors" / "jcs"

values = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INT, MAX_INT) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)
objects = st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=8), values, max_size=5)


def vector(name: str) -> tuple[Any, bytes]:
    """A published pair: the object of `input/`, the bytes of `output/`."""
    written = json.loads((JCS / "input" / name).read_text(encoding="utf-8"))
    return written, (JCS / "output" / name).read_bytes().rstrip(b"\n")


def refusal_of_encode(obj: Any) -> str:
    with pytest.raises(CanonicalError) as caught:
        encode(obj)
    return caught.value.code


def refusal_of_decode(data: bytes) -> str:
    with pytest.raises(CanonicalError) as caught:
        decode(data)
    return caught.value.code


# --- the published vectors: what lies in the schema, and what does not


def test_unicode_vector_is_written_and_read() -> None:
    obj, canonical = vector("unicode.json")
    assert encode(obj) == canonical
    assert decode(canonical) == obj


def test_structures_vector_is_written_once_its_one_fraction_is_an_integer() -> None:
    obj, canonical = vector("structures.json")
    assert obj["1"]["\n"] == 56.0
    assert refusal_of_encode(obj) == "float"
    obj["1"]["\n"] = 56
    assert encode(obj) == canonical
    assert decode(canonical) == obj


def test_arrays_vector_is_refused_at_the_top_and_written_inside_an_object() -> None:
    obj, canonical = vector("arrays.json")
    assert refusal_of_encode(obj) == "not_object"
    assert refusal_of_decode(canonical) == "not_object"
    assert encode({"v": obj}) == b'{"v":' + canonical + b"}"


def test_values_vector_is_refused_for_its_fractions_and_written_without_them() -> None:
    obj, canonical = vector("values.json")
    assert refusal_of_encode(obj) == "float"
    assert refusal_of_decode(canonical) == "float"
    del obj["numbers"]
    start, end = canonical.index(b'"numbers"'), canonical.index(b'"string"')
    assert encode(obj) == canonical[:start] + canonical[end:]


@pytest.mark.parametrize("name", ["french.json", "weird.json"])
def test_vectors_with_keys_beyond_ascii_are_refused(name: str) -> None:
    obj, canonical = vector(name)
    assert refusal_of_encode(obj) == "key_not_ascii"
    assert refusal_of_decode(canonical) == "key_not_ascii"


# --- round trip


@given(objects)
def test_what_is_written_reads_back_alike(obj: dict[str, Any]) -> None:
    assert decode(encode(obj)) == obj


@given(objects)
def test_another_implementation_writes_the_same_bytes(obj: dict[str, Any]) -> None:
    assert encode(obj) == rfc8785.dumps(obj)


def test_also_every_character_that_json_may_escape() -> None:
    obj = {"text": "".join(map(chr, [*range(0x300), 0x2028, 0x2029, 0xFEFF, 0x1F600]))}
    assert encode(obj) == rfc8785.dumps(obj)


@given(objects)
def test_the_order_in_which_an_object_was_built_leaves_no_trace(obj: dict[str, Any]) -> None:
    assert encode(dict(reversed(obj.items()))) == encode(obj)


@given(objects, st.integers(0), st.integers(0, 255))
def test_a_changed_byte_is_refused_or_is_another_objects_only_spelling(
    obj: dict[str, Any], at: int, byte: int
) -> None:
    data = bytearray(encode(obj))
    data[at % len(data)] = byte
    try:
        read = decode(bytes(data))
    except CanonicalError:
        return
    assert encode(read) == data


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_without_another_error(data: bytes) -> None:
    with suppress(CanonicalError):
        decode(data)


def test_tuples_enumerations_and_read_only_mappings_are_written_as_what_they_stand_for() -> None:
    class Reason(StrEnum):
        TOO_LOW = "too_low"

    facts = MappingProxyType({"needed_fen": 5, "seen": (1, 2)})
    leaf = {"reason": Reason.TOO_LOW, "facts": facts}
    assert encode(leaf) == b'{"facts":{"needed_fen":5,"seen":[1,2]},"reason":"too_low"}'


# --- limits, each met and missed by one


def test_integers_reach_to_one_below_two_to_the_53() -> None:
    assert decode(encode({"n": 2**53 - 1, "m": 1 - 2**53})) == {"n": 2**53 - 1, "m": 1 - 2**53}
    assert refusal_of_encode({"n": 2**53}) == "int_range"
    assert refusal_of_encode({"n": -(2**53)}) == "int_range"
    assert refusal_of_decode(b'{"n":9007199254740992}') == "int_range"
    assert refusal_of_decode(b'{"n":' + b"9" * 60_000 + b"}") == "int_range"


def test_a_leaf_stays_under_64_kib() -> None:
    room = MAX_BYTES - len(b'{"s":""}')
    assert len(encode({"s": "x" * room})) == 65_535
    assert refusal_of_encode({"s": "x" * (room + 1)}) == "size"
    assert refusal_of_decode(b'{"s":"' + b"x" * (room + 1) + b'"}') == "size"


def test_nesting_is_limited() -> None:
    deepest: dict[str, Any] = {}
    for _ in range(MAX_DEPTH - 1):
        deepest = {"d": deepest}
    assert decode(encode(deepest)) == deepest
    assert refusal_of_encode({"d": deepest}) == "depth"
    assert refusal_of_decode(b'{"d":' + encode(deepest) + b"}") == "depth"
    assert refusal_of_decode(b"[" * 60_000) == "depth"


@pytest.mark.parametrize(
    ("obj", "code"),
    [
        ({"n": 1.0}, "float"),
        ({"n": float("nan")}, "float"),
        ({"b": b"bytes"}, "type"),
        ({"s": {1, 2}}, "type"),
        ({1: "x"}, "key_not_text"),
        ({"s": "\ud800"}, "unicode"),
        ("text", "not_object"),
        (None, "not_object"),
    ],
)
def test_objects_outside_the_schema_are_not_written(obj: Any, code: str) -> None:
    assert refusal_of_encode(obj) == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'{"o":{"a":1,"\\u0061":2}}', "duplicate_key"),
        (b'{"n":1.0}', "float"),
        (b'{"n":1e3}', "float"),
        (b'{"n":NaN}', "float"),
        (b'{"n":-Infinity}', "float"),
        (b'{"n":-0}', "not_canonical"),
        (b'{"a": 1}', "not_canonical"),
        (b'{"b":1,"a":1}', "not_canonical"),
        (b'{"s":"\\u0041"}', "not_canonical"),
        (b'{"s":"\\/"}', "not_canonical"),
        (b'{"s":"\\u000F"}', "not_canonical"),
        (b'{"s":"\xe4\xb8"}', "unicode"),
        (b'{"s":"\\ud800"}', "unicode"),
        (b'\xef\xbb\xbf{"a":1}', "json"),
        (b'{"n":01}', "json"),
        (b'{"a":1}\n{"a":1}', "json"),
        (b'{"a":1}\n', "not_canonical"),
        (b'{"s":"\n"}', "json"),
        (b"", "json"),
    ],
)
def test_other_spellings_are_not_read(data: bytes, code: str) -> None:
    assert refusal_of_decode(data) == code
