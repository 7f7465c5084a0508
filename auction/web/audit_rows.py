"""What the audit pages show of one record: its row in a list, its step in the replay."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from auction.core import events as e
from auction.core.instants import from_us
from auction.core.state import Phase, Stage, due, minimum_fen, phase_at
from auction.presenting import basis as bases
from auction.presenting import events as wording
from auction.presenting import findings as finding_words
from auction.presenting import registers
from auction.services.auditing.search import BIDS
from auction.services.logcheck import Entry, Finding
from auction.services.replay import Step
from auction.services.verification import Examination, Run
from auction.store.sales import Lot

CHART_POINTS = 80
"""A chart shows the latest bids only; more would be a smear."""
_BIDDING = frozenset({Phase.LISTING, Phase.LIVE, Phase.PREP, Phase.ANNOUNCED, Phase.FREEZE})


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a log as a page shows it."""

    seq: int
    word: str
    sentence: str
    arrival: datetime | None
    sequenced: datetime | None
    hash: str
    raw: str
    refused: bool = False
    fault: str | None = None
    is_bid: bool = False


def event_row(entry: Entry, found: Examination) -> Row:
    """A record of a lot's log."""
    step, fault = found.step(entry.seq), found.finding(entry.seq)
    return _row(
        entry,
        wording.type_word(entry_type(entry)),
        _("此记录无法读出，见原始字节。")
        if step is None
        else wording.sentence(step.record, step.before, step.lead),
        fault,
    )


def centre_row(entry: Entry, run: Run) -> Row:
    """An entry of the register or security log."""
    data = (entry.content or {}).get("data")
    fault = next((f for f in run.findings if f.seq == entry.seq), None)
    told = registers.sentence(entry_type(entry), data if isinstance(data, dict) else {})
    return _row(entry, entry_type(entry), told, fault)


def centre_row_of(entry: Entry) -> Row:
    """The same outside the log's own page, where no verification of it is shown."""
    data = (entry.content or {}).get("data")
    told = registers.sentence(entry_type(entry), data if isinstance(data, dict) else {})
    return _row(entry, entry_type(entry), told, None)


def _row(entry: Entry, word: str, sentence: str, fault: Finding | None) -> Row:
    return Row(
        entry.seq,
        word,
        sentence,
        _instant(entry, "arrival_us"),
        _instant(entry, "sequenced_us"),
        entry.hash.hex(),
        entry.data.decode("utf-8", "replace"),
        entry_type(entry) == "bid_refused",
        None if fault is None else finding_words.sentence(fault),
        entry_type(entry) in BIDS,
    )


def entry_type(entry: Entry) -> str:
    """The type that an entry states; `-` if it cannot be read."""
    return str((entry.content or {}).get("type", "-"))


def _instant(entry: Entry, name: str) -> datetime | None:
    value = (entry.content or {}).get(name)
    return from_us(value) if isinstance(value, int) else None


# --- one step of the replay -------------------------------------------------------------------


def view(step: Step) -> dict[str, Any]:
    """What the page tells of one step: rule, inputs, verdict, the state after it."""
    after, at = step.after, step.record.arrival
    begun = after.profile is not None
    phase = phase_at(after, at) if begun else None
    return {
        "phase": phase,
        "price_fen": after.price_fen,
        "leader": after.leader,
        "until": due(after),
        "minimum_fen": minimum_fen(after) if begun and phase in _BIDDING else None,
        "restarts": after.restarts,
        "ended_at": after.ended_at,
        "basis": bases.basis(step.record, step.before, step.lead),
        "finding": None if step.finding is None else finding_words.sentence(step.finding),
    }


def moves(found: Examination, at: int, lot: Lot) -> list[dict[str, Any]]:
    """Where one can go from entry `at`: each with its key; no address where there is none."""
    numbers = [entry.seq for entry in found.entries]
    later = [step for step in found.steps if step.record.seq > numbers[at]]

    def first(wanted: Callable[[Step], bool]) -> int | None:
        return next((step.record.seq for step in later if wanted(step)), None)

    targets = (
        ("first", "Home", _("第一条"), numbers[0] if at else None),
        ("prev", "k", _("上一条"), numbers[at - 1] if at else None),
        ("next", "j", _("下一条"), numbers[at + 1] if at + 1 < len(numbers) else None),
        ("last", "End", _("最后一条"), numbers[-1] if at + 1 < len(numbers) else None),
        (
            "refusal",
            "r",
            _("下一次未接受"),
            first(lambda step: isinstance(step.record.event, e.BidRefused)),
        ),
        (
            "lead",
            "l",
            _("下一次领先变更"),
            first(lambda step: step.after.leader != step.before.leader),
        ),
    )
    return [
        {
            "name": name,
            "key": key,
            "label": label,
            "url": None if seq is None else url_for("auditor.replay", ref=lot, seq=seq),
        }
        for name, key, label, seq in targets
    ]


def points(steps: Sequence[Step], seq: int) -> list[dict[str, Any]]:
    """Bids up to record `seq`: nothing is shown before it was in the log."""
    found: list[dict[str, Any]] = []
    for step in steps:
        event = step.record.event
        if step.record.seq <= seq and isinstance(event, e.BidAccepted | e.BidRefused):
            found.append(
                {
                    "no": step.record.seq,
                    "at": step.record.arrival,
                    "fen": event.amount_fen,
                    "plate": event.plate,
                    "accepted": isinstance(event, e.BidAccepted),
                }
            )
    return found[-CHART_POINTS:]


def round_mark(steps: Sequence[Step], seq: int) -> list[dict[str, Any]]:
    """The opening of the live round, drawn before the first bid in it."""
    live = (
        step.record.seq
        for step in steps
        if step.record.seq <= seq
        and step.before.stage is Stage.ROUND
        and isinstance(step.record.event, e.BidAccepted | e.BidRefused)
    )
    first = next(live, None)
    return [] if first is None else [{"before_no": first, "label": _("限时竞价")}]


def start_fen(steps: Sequence[Step]) -> int:
    """The start price, or 0 if the record that holds it is gone."""
    profile = next((step.after.profile for step in steps if step.after.profile), None)
    return 0 if profile is None else profile.start_fen
