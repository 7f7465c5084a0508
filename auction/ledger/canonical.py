"""Leaves as bytes: RFC 8785 canonical JSON on a schema so small that every reader agrees on it.

An object with ASCII keys; values are strings, integers below 2**53 in size, booleans, null, lists
and objects. There are no fractions: money is fen and time is microseconds, so nothing depends on
how a language prints a float. On this schema `orjson` with sorted keys writes just what RFC 8785
asks for (the tests compare it with the `rfc8785` package); reading re-serialises with the standard
library, so each leaf that is read back was spelled alike by two implementations.
"""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

import orjson

from auction.ledger.errors import LedgerError

MAX_BYTES = 64 * 1024 - 1
"""Entries of C2SP tiles carry a 16-bit length."""

MAX_DEPTH = 32
MAX_INT = 2**53 - 1
_INT_CHARACTERS = len(str(-MAX_INT))


class CanonicalError(LedgerError):
    """Codes: `not_object`, `key_not_text`, `key_not_ascii`, `type`, `float`, `int_range`,
    `depth`, `size`, `unicode`, `json`, `duplicate_key`, `not_canonical`."""


def encode(obj: Mapping[str, object]) -> bytes:
    """The canonical UTF-8 bytes of `obj`, at most 65,535 of them; tuples are written as lists."""
    if not isinstance(obj, Mapping):
        raise CanonicalError("not_object", f"a leaf is an object, not {type(obj).__name__}")
    try:
        data = orjson.dumps(_plain(obj, 1), option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        # Types, ranges and keys have been checked above: only a lone surrogate is left.
        raise CanonicalError("unicode", "a string holds half a surrogate pair") from error
    _check_size(data)
    return data


def decode(data: bytes) -> dict[str, Any]:
    """The object that `data` spells; refuses every byte string that `encode` would not write."""
    _check_size(data)
    try:
        # Nearly all that is read is what was written: it needs no more than a look.
        obj = orjson.loads(data)
        if isinstance(obj, dict) and encode(obj) == data:
            return obj
    except (orjson.JSONDecodeError, CanonicalError):
        pass  # the reader below says what is wrong
    try:
        obj = _READER.decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise CanonicalError("unicode", "the bytes are not UTF-8") from error
    except json.JSONDecodeError as error:
        raise CanonicalError("json", f"no JSON: {error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise CanonicalError("depth", f"nested deeper than {MAX_DEPTH}") from error
    if not isinstance(obj, dict):
        raise CanonicalError("not_object", f"a leaf is an object, not {type(obj).__name__}")
    plain: dict[str, Any] = _plain(obj, 1)
    try:
        canonical = _WRITER.encode(plain).encode("utf-8")
    except UnicodeEncodeError as error:
        raise CanonicalError("unicode", "a string holds half a surrogate pair") from error
    if canonical != data:
        raise CanonicalError("not_canonical", "the same object has another, canonical spelling")
    return plain


def _plain(value: object, depth: int) -> Any:
    """`value` rebuilt from built-in containers, every part checked against the schema."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        if not -MAX_INT <= value <= MAX_INT:
            raise CanonicalError("int_range", "an integer is not below 2**53 in size")
        return value
    if isinstance(value, float):
        _no_float(repr(value))
    if depth > MAX_DEPTH:
        raise CanonicalError("depth", f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, Mapping):
        return {_key(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    raise CanonicalError("type", f"{type(value).__name__} has no place in a leaf")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise CanonicalError("key_not_text", f"a key is {type(key).__name__}, not text")
    if not key.isascii():
        raise CanonicalError("key_not_ascii", f"key {key!a} is not ASCII")
    return key


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    obj = dict(pairs)
    if len(obj) != len(pairs):
        raise CanonicalError("duplicate_key", "an object names a key twice")
    return obj


def _integer(digits: str) -> int:
    # Before int(): conversion of a long run of digits is slow, and refused by Python with a
    # ValueError of its own.
    if len(digits) > _INT_CHARACTERS:
        raise CanonicalError("int_range", "an integer is not below 2**53 in size")
    return int(digits)


def _no_float(literal: str) -> NoReturn:
    raise CanonicalError("float", f"{literal[:40]} is not an integer")


def _check_size(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise CanonicalError("size", f"{len(data)} bytes, at most {MAX_BYTES}")


_READER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_integer,
    parse_float=_no_float,
    parse_constant=_no_float,
)
# Code point order is UTF-16 order (RFC 8785, 3.2.3) because every key is ASCII.
_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
