"""The second run of a sale: every record decided again from the state before it.

The fold alone would only repeat what the log says. Here each record (or group of records that
one command left) is turned back into its command, `core.engine.decide` decides it on the state
before, and the verdict is compared with the recorded one, down to the facts of a refusal.

What this cannot see: whether a bid was dropped before it was recorded, and whether the roll of
qualified bidders at the close of the listing was complete.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from types import UnionType
from typing import Any, get_args, get_origin

from auction.core import commands as c
from auction.core import events as e
from auction.core.engine import NotYetDecidable, decide, evolve
from auction.core.instants import to_us
from auction.core.profile import ProfileError
from auction.core.reasons import Refusal
from auction.core.state import LotState, due
from auction.services.logcheck import Entry, Fault, Finding
from auction.services.replay_commands import BIDS, command_of, group_at


@dataclass(frozen=True, slots=True)
class Step:
    """One record with the states around it. `lead` is the number of the record that made the
    leader of `before`; `finding` what the second decision objects to."""

    record: e.Recorded
    before: LotState
    after: LotState
    lead: int | None
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """A whole log, replayed and decided again."""

    steps: tuple[Step, ...]
    state: LotState
    findings: tuple[Finding, ...]

    @property
    def winner(self) -> str | None:
        """The plate of the highest bid once bidding has ended with one that counts, else None."""
        ended = self.state.ended_at is not None and self.state.unsold is None
        return self.state.leader if ended else None


def records_of(
    entries: Sequence[Entry],
) -> tuple[tuple[e.Recorded, ...], tuple[Finding, ...]]:
    """The events of a lot log's entries, up to the first that cannot be read."""
    records: list[e.Recorded] = []
    for entry in entries:
        stopped = Finding(Fault.NOT_REPLAYED, entry.seq)
        if entry.content is None:
            return tuple(records), (stopped,)
        try:
            records.append(_recorded(entry))
        except (KeyError, ValueError, TypeError, OverflowError) as error:
            detail = f"{type(error).__name__}: {error}"
            return tuple(records), (Finding(Fault.FOREIGN, entry.seq, {"detail": detail}), stopped)
    return tuple(records), ()


def _recorded(entry: Entry) -> e.Recorded:
    assert entry.content is not None
    record = e.Recorded.from_data(entry.content)
    _require_types(record.event)
    # Nothing in a leaf may go unread: written again it must be the same object, and an object
    # has one canonical spelling. (1 == True in Python, hence the comparison as text.)
    written = _without_later_fields(record.to_data(str(entry.content["lot"])), entry.content)
    if _text(written) != _text(entry.content):
        raise ValueError("not the fields of this type of record")
    # From here on a record is called by its place; that it states another number is known.
    return replace(record, seq=entry.seq)


def _without_later_fields(written: Any, read: Any) -> Any:
    """`written` without what `read` lacks: older records do not have the fields that came later.

    A field that a record must have was missed before this: without it there is no record.
    """
    if not isinstance(written, dict) or not isinstance(read, Mapping):
        return written
    return {k: _without_later_fields(v, read[k]) for k, v in written.items() if k in read}


def _text(content: Mapping[str, object]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def _require_types(value: object) -> None:
    """TypeError unless every field of a dataclass holds what it is declared to hold."""
    for field in fields(value):  # type: ignore[arg-type]
        held = getattr(value, field.name)
        if not _is_a(held, field.type):
            raise TypeError(f"{field.name} is {type(held).__name__}")
        if is_dataclass(held):
            _require_types(held)


def _is_a(held: object, kind: Any) -> bool:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return any(_is_a(held, one) for one in inner)
    if origin is tuple:
        if not isinstance(held, tuple):
            return False
        kinds = inner[:1] * len(held) if inner[-1] is ... else inner
        return len(held) == len(kinds) and all(map(_is_a, held, kinds))
    if isinstance(held, bool):
        return kind is bool
    return isinstance(held, origin or kind)


def redecide(records: Sequence[e.Recorded]) -> Replayed:
    """Replay `records` (in order, from the first) and decide each again."""
    steps: list[Step] = []
    findings: list[Finding] = []
    answered: dict[str, int] = {}
    state, lead = LotState(), None
    at = 0
    previous: datetime | None = None
    while at < len(records):
        group = group_at(records, at, due(state))
        finding = _compare(state, group)
        for record in group:
            mine = finding if finding is not None and finding.seq == record.seq else None
            others = _order(record, previous) + _repeated(record, answered)
            findings.extend(others)
            before, state = state, evolve(state, record)
            steps.append(Step(record, before, state, lead, mine or next(iter(others), None)))
            if isinstance(record.event, e.BidAccepted):
                lead = record.seq
            previous = record.sequenced
        if finding is not None:
            findings.append(finding)
        at += len(group)
    return Replayed(tuple(steps), state, tuple(findings))


def _order(record: e.Recorded, previous: datetime | None) -> list[Finding]:
    back = previous is not None and record.sequenced < previous
    return (
        [Finding(Fault.TIME_ORDER, record.seq)] if back or record.arrival > record.sequenced else []
    )


def _repeated(record: e.Recorded, answered: dict[str, int]) -> list[Finding]:
    if not isinstance(record.event, BIDS):
        return []
    first = answered.setdefault(record.event.statement, record.seq)
    if first == record.seq:
        return []
    return [Finding(Fault.REPEATED, record.seq, {"first": first})]


def _compare(state: LotState, group: Sequence[e.Recorded]) -> Finding | None:
    """What the rules object to in the records of one command; None if they decide the same."""
    first = group[0]
    command = command_of(group, state)
    if command is None:
        return Finding(Fault.IMPOSSIBLE, first.seq, {"reason": "STRAY"})
    instant = due(state)
    if isinstance(command, c.Tick):
        if instant is None:
            return Finding(Fault.IMPOSSIBLE, first.seq, {"reason": "NOTHING_DUE"})
        if command.arrival != instant:
            return _differs(first.seq, "arrival_us", to_us(first.arrival), to_us(instant))
    elif isinstance(command, c.RecordOutage):
        if instant is not None and instant <= command.start:
            return Finding(Fault.TRANSITION, first.seq, {"due_us": to_us(instant)})
        if command.arrival != first.arrival:
            return _differs(first.seq, "end_us", to_us(command.arrival), to_us(first.arrival))
    try:
        expected = decide(state, command)
    except NotYetDecidable:
        assert instant is not None
        return Finding(Fault.TRANSITION, first.seq, {"due_us": to_us(instant)})
    except Refusal as refusal:
        return Finding(Fault.IMPOSSIBLE, first.seq, {"reason": refusal.code})
    except ProfileError as error:
        return Finding(Fault.IMPOSSIBLE, first.seq, {"reason": str(error)})
    except (LookupError, AssertionError):
        # A state that no log of ours reaches, such as an event before the lot was opened.
        return Finding(Fault.IMPOSSIBLE, first.seq, {"reason": "WRONG_STAGE"})
    for record, event in zip(group, expected, strict=False):
        if record.event != event:
            return _event_differs(record, event)
    if len(expected) == len(group):
        return None
    extra = group[len(expected)] if len(expected) < len(group) else group[-1]
    if len(expected) < len(group):
        return _differs(extra.seq, "type", e.type_name(extra.event), "-")
    return _differs(extra.seq + 1, "type", "-", e.type_name(expected[len(group)]))


def _event_differs(record: e.Recorded, event: e.Event) -> Finding:
    if type(record.event) is not type(event):
        return _differs(record.seq, "type", e.type_name(record.event), e.type_name(event))
    recorded, expected = e.to_data(record.event), e.to_data(event)
    name = next(key for key in recorded if recorded[key] != expected[key])
    if name == "facts":
        recorded, expected = recorded[name], expected[name]
        both = sorted({*recorded, *expected})
        name = next(key for key in both if recorded.get(key) != expected.get(key))
    return _differs(record.seq, name, recorded.get(name, "-"), expected.get(name, "-"))


def _differs(seq: int, name: str, recorded: object, expected: object) -> Finding:
    return Finding(
        Fault.VERDICT,
        seq,
        {"field": name, "recorded": _told(recorded), "expected": _told(expected)},
    )


def _told(value: object) -> int | str:
    return value if isinstance(value, int) else str(value)
