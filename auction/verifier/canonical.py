"""Reading RFC 8785 canonical JSON of the restricted schema (SPEC.md, 3).

Strict: no repeated key, no fraction, no integer of 2**53 or more, ASCII keys, at most 32 levels;
and what was read, written again in the one canonical spelling, must be the very same bytes.
"""

import json
from typing import Any, NoReturn

from auction.verifier.faults import Malformed

LEAF_LIMIT = 65_535
DEPTH_LIMIT = 32
INTEGER_LIMIT = 2**53 - 1


def read(data: bytes, limit: int = LEAF_LIMIT) -> dict[str, Any]:
    """The object that `data` spells canonically. Raises Malformed."""
    found = _parse(data, limit, strict=True)
    if spelled(found) != data:
        raise Malformed("not the canonical spelling")
    return found


def read_loosely(data: bytes, limit: int = LEAF_LIMIT) -> dict[str, Any]:
    """The object as a careless reader would take it: the last of repeated keys, any spelling.

    So that one record that is not canonical does not hide what else is wrong. Raises Malformed.
    """
    return _parse(data, limit, strict=False)


def spelled(value: object) -> bytes:
    """The canonical bytes of a value that `read` could return. Raises Malformed."""
    try:
        return _WRITER.encode(value).encode("utf-8")
    except (UnicodeEncodeError, RecursionError, ValueError, TypeError) as error:
        raise Malformed("text that is not Unicode") from error


def _parse(data: bytes, limit: int, *, strict: bool) -> dict[str, Any]:
    if len(data) > limit:
        raise Malformed(f"more than {limit} bytes")
    _check_depth(data)
    try:
        found = (_STRICT if strict else _LOOSE).decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(found, dict):
        raise Malformed("not an object")
    return found


def _check_depth(data: bytes) -> None:
    """Before any parser recurses: no more than DEPTH_LIMIT brackets open at once."""
    if data.count(b"{") + data.count(b"[") <= DEPTH_LIMIT:
        return
    depth, inside, escaped = 0, False, False
    for byte in data:
        if inside:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                inside = False
        elif byte == 0x22:
            inside = True
        elif byte in b"{[":
            depth += 1
            if depth > DEPTH_LIMIT:
                raise Malformed(f"nested deeper than {DEPTH_LIMIT}")
        elif byte in b"}]":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Malformed("a key stands twice in one object")
    if not all(key.isascii() for key in made):
        raise Malformed("a key that is not ASCII")
    return made


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > INTEGER_LIMIT:
        raise Malformed("an integer of 2**53 or more")
    return int(digits)


def _fraction(text: str) -> NoReturn:
    raise Malformed(f"{text[:20]} is not an integer")


_STRICT = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_fraction,
)
_LOOSE = json.JSONDecoder(parse_int=_integer, parse_float=_fraction, parse_constant=_fraction)
# With ASCII keys the order of code points is the order of UTF-16 units that RFC 8785 asks for.
_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
