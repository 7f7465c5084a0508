"""Notices to and from plain data: strings, whole numbers, booleans, null, lists and objects.

The plain form is what is stored, hashed and put into the log, so it holds no floats and every
instant in one spelling. Reading reports every problem at once (an officer mends a form in one go).
"""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from auction.core.notice import InvalidFact, Notice
from auction.core.profile import Problem

# The years keep away from the ends of the calendar, where a change of zone overflows.
_DATE: Final = re.compile(r"(19|20|21)\d\d-\d\d-\d\d", re.ASCII)
_INSTANT: Final = re.compile(_DATE.pattern + r"T\d\d:\d\d:\d\d(\.\d{6})?Z", re.ASCII)
_MAX_INT: Final = 2**53 - 1
_MAX_TEXT: Final = 20_000
_MAX_ITEMS: Final = 200
_UNREADABLE: Final = object()


class NoticeError(ValueError):
    """Plain data that is no notice; `problems` holds all of them, in the order of the fields.

    Codes: MISSING, UNKNOWN_FIELD, WRONG_TYPE, EMPTY, TOO_LONG, TOO_LARGE, NOT_IN_LIST,
    NOT_A_DATE, NOT_AN_INSTANT, and the codes of InvalidFact and BoundaryError.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(", ".join(f"{p.field}: {p.code}" for p in problems))
        self.problems = problems


def notice_to_dict(notice: Notice) -> dict[str, Any]:
    """The plain form of a notice; `notice_from_dict` is its inverse."""
    plain = _plain(notice)
    assert isinstance(plain, dict)
    return plain


def notice_from_dict(data: object) -> Notice:
    """The notice in this plain form. Raises NoticeError with every problem."""
    problems: list[Problem] = []
    notice = _read(Notice, data, "", problems)
    if problems:
        raise NoticeError(tuple(problems))
    assert isinstance(notice, Notice)
    return notice


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value


def _read(kind: Any, value: object, path: str, problems: list[Problem]) -> Any:
    """`value` as `kind`, or _UNREADABLE with the reasons appended to `problems`."""

    def fail(code: str, **facts: int | str) -> object:
        problems.append(Problem(path, code, facts))
        return _UNREADABLE

    if get_origin(kind) is UnionType:
        if value is None:
            return None
        (kind,) = (option for option in get_args(kind) if option is not NoneType)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            return fail("WRONG_TYPE", expected="list")
        if len(value) > _MAX_ITEMS:
            return fail("TOO_LONG", limit=_MAX_ITEMS)
        item = get_args(kind)[0]
        read = [_read(item, v, f"{path}.{i}", problems) for i, v in enumerate(value)]
        return _UNREADABLE if any(v is _UNREADABLE for v in read) else tuple(read)
    if is_dataclass(kind):
        return _read_object(kind, value, path, problems)
    if kind is bool:
        return value if isinstance(value, bool) else fail("WRONG_TYPE", expected="boolean")
    if kind is int:
        if isinstance(value, bool) or not isinstance(value, int):
            return fail("WRONG_TYPE", expected="integer")
        return value if abs(value) <= _MAX_INT else fail("TOO_LARGE")
    if not isinstance(value, str):
        return fail("WRONG_TYPE", expected="string")
    if len(value) > _MAX_TEXT:
        return fail("TOO_LONG", limit=_MAX_TEXT)
    return _read_text(kind, value, fail)


def _read_text(kind: Any, value: str, fail: Any) -> Any:
    if issubclass(kind, StrEnum):
        choices = [str(member) for member in kind]
        return kind(value) if value in choices else fail("NOT_IN_LIST", choices=" ".join(choices))
    if kind in (datetime, date):
        pattern, code = (_INSTANT, "NOT_AN_INSTANT") if kind is datetime else (_DATE, "NOT_A_DATE")
        try:
            return kind.fromisoformat(value) if pattern.fullmatch(value) else fail(code)
        except ValueError:
            return fail(code)
    return value if value.strip() else fail("EMPTY")


def _read_object(kind: Any, value: object, path: str, problems: list[Problem]) -> Any:
    if not isinstance(value, Mapping):
        problems.append(Problem(path, "WRONG_TYPE", {"expected": "object"}))
        return _UNREADABLE
    prefix = f"{path}." if path else ""
    hints = get_type_hints(kind)
    read: dict[str, Any] = {}
    for field in fields(kind):
        if field.name in value:
            read[field.name] = _read(
                hints[field.name], value[field.name], prefix + field.name, problems
            )
        else:
            problems.append(Problem(prefix + field.name, "MISSING", {}))
            read[field.name] = _UNREADABLE
    for name in value:
        if name not in hints:
            problems.append(Problem(f"{prefix}{name}", "UNKNOWN_FIELD", {}))
    if any(v is _UNREADABLE for v in read.values()):
        return _UNREADABLE
    try:
        return kind(**read)
    except InvalidFact as error:
        problems.append(Problem(path, error.code, {}))
        return _UNREADABLE
