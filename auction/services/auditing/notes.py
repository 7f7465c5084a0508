"""Auditors take note of what verifications found: in words, recorded, never taken back.

A note changes nothing about the finding. A later note stands beside the earlier ones.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from auction.ledger import canonical
from auction.services import logbook
from auction.services.auditing.search import leaves
from auction.services.house import House
from auction.services.logcheck import Finding
from auction.services.people import Actor
from auction.services.randomness import identifier
from auction.services.unit import writing
from auction.services.verification import Run
from auction.store.auditing import FindingNote
from auction.store.base import db
from auction.store.logs import Log, LogKind


@dataclass(frozen=True, slots=True)
class Note:
    """One note. `proven`: the register log holds exactly this, so the row was not changed."""

    by: str
    at: datetime
    text: str
    proven: bool


class NoSuchFinding(Exception):
    """The verification of now finds nothing of the kind (any more)."""


def key_of(origin: str, finding: Finding) -> str:
    """What the same finding of every run has in common (64 hex digits)."""
    return hashlib.sha256(
        canonical.encode(
            {
                "log": origin,
                "fault": str(finding.fault),
                "seq": "" if finding.seq is None else str(finding.seq),
                "facts": {name: str(value) for name, value in finding.facts.items()},
            }
        )
    ).hexdigest()


def take_note(house: House, actor: Actor, origin: str, run: Run, key: str, text: str) -> Finding:
    """Keep a note on a finding of the run just made, and record it. Raises NoSuchFinding."""
    finding = next((one for one in run.findings if key_of(origin, one) == key), None)
    if finding is None:
        raise NoSuchFinding(key)
    now = house.now()
    by = actor.officer_id or ""
    with writing() as session:
        log_id = session.scalars(select(Log.id).where(Log.origin == origin)).one()
        row = FindingNote(
            id=identifier(house.random),
            log_id=log_id,
            finding=key,
            fault=str(finding.fault),
            seq=finding.seq,
            note=text,
            by=by,
            at=now,
        )
        session.add(row)
        logbook.register(
            house,
            session,
            "finding_noted",
            {
                "by": by,
                "log": origin,
                "finding": key,
                "fault": str(finding.fault),
                "record": finding.seq or 0,
                "note": row.id,
                "note_sha256": _digest(text),
            },
        )
    return finding


def notes_on(house: House, origin: str, findings: Sequence[Finding]) -> Mapping[str, list[Note]]:
    """The notes on these findings by the findings' keys, in order of time."""
    if not findings:
        return {}
    keys = {key_of(origin, finding) for finding in findings}
    query = select(FindingNote).where(FindingNote.finding.in_(keys)).order_by(FindingNote.at)
    rows = list(db.session.scalars(query))
    recorded = _recorded(house) if rows else {}
    found: dict[str, list[Note]] = {}
    for row in rows:
        proven = recorded.get(row.id) == (row.finding, row.by, _digest(row.note))
        found.setdefault(row.finding, []).append(Note(row.by, row.at, row.note, proven))
    return found


def _recorded(house: House) -> dict[str, tuple[str, str, str]]:
    """What the register log says of every note: finding, by whom, SHA-256 of the text."""
    register = house.log_origin(str(LogKind.REGISTER))
    log_id = db.session.scalar(select(Log.id).where(Log.origin == register))
    if log_id is None:
        return {}
    found: dict[str, tuple[str, str, str]] = {}
    with house.engine.connect() as conn:
        for leaf in leaves(conn, log_id):
            if leaf.type == "finding_noted":
                data = canonical.decode(leaf.data)["data"]
                found[data["note"]] = (data["finding"], data["by"], data["note_sha256"])
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
