"""Changes that need two security officers, from the proposal to the day they are settled.

Each step is a record of the register log. What a change means is the affair of its subject
(services.trust.changes, services.staff.officers); deciding one is services.dual.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from auction.core.reasons import Refusal
from auction.services import logbook
from auction.services.house import House
from auction.services.randomness import identifier
from auction.services.unit import writing
from auction.store.base import db
from auction.store.certificates import ChangeSubject, DualChange
from auction.store.people import Officer, Role

OPERATOR: Final = "operator"
"""Who proposes from the server's own command line: nobody whom the system knows. Such a change
needs a security officer who makes it his own, and another one who decides it."""
LIFE: Final = timedelta(days=7)
"""How long a proposal waits."""
REASON_LENGTH: Final = (4, 200)


def propose(
    house: House,
    officer: str,
    subject: ChangeSubject,
    act: str,
    target: str,
    content: Mapping[str, Any],
) -> DualChange:
    """Put a change before a second officer; nothing changes yet.

    `content` is JSON: what shall be, and the `reason`. Raises Refusal: REASON_MISSING,
    PROPOSAL_WAITS where the same target has a change that is not settled.
    """
    low, high = REASON_LENGTH
    if not low <= len(str(content.get("reason", ""))) <= high:
        raise Refusal("REASON_MISSING")
    now = house.now()
    change = DualChange(
        id=identifier(house.random),
        subject=str(subject),
        act=act,
        target=target,
        content=dict(content),
        proposed_by=officer,
        proposed_at=now,
    )
    with writing() as session:
        if _open(session, now, target):
            raise Refusal("PROPOSAL_WAITS")
        session.add(change)
        record(house, session, "change_proposed", change, officer, with_content=True)
    return change


def adopt(house: House, officer: str, change_id: str) -> None:
    """Make an operator's proposal one's own. Raises Refusal: NO_PROPOSAL, NOT_TO_ADOPT."""
    with writing() as session:
        change = standing(session, change_id, house.now())
        if change.proposed_by != OPERATOR:
            raise Refusal("NOT_TO_ADOPT")
        change.proposed_by = officer
        record(house, session, "change_adopted", change, officer)


def settle(house: House, session: Session, change: DualChange, officer: str, outcome: str) -> None:
    """Close a change as `approved`, `refused` or `withdrawn`, in the caller's transaction."""
    change.decided_by = officer
    change.decided_at = house.now()
    change.approved = outcome == "approved"
    record(house, session, "change_decided", change, officer, with_content=True, outcome=outcome)


def standing(session: Session, change_id: str, now: datetime) -> DualChange:
    """The change that still waits, locked. Raises Refusal NO_PROPOSAL."""
    change = session.get(DualChange, change_id, with_for_update=True)
    if change is None or change.decided_at is not None or now - change.proposed_at >= LIFE:
        raise Refusal("NO_PROPOSAL")
    return change


def find(change_id: str) -> DualChange | None:
    """One change, settled or not."""
    return db.session.get(DualChange, change_id)


def waiting(now: datetime, target: str | None = None) -> list[DualChange]:
    """The changes that wait for somebody, oldest first; of one target or of all."""
    return _open(db.session(), now, target)


def settled(target: str | None = None, limit: int = 20) -> list[DualChange]:
    """What was decided, latest first; of one target or of all."""
    query = select(DualChange).where(DualChange.decided_at.is_not(None))
    if target is not None:
        query = query.where(DualChange.target == target)
    return list(db.session.scalars(query.order_by(DualChange.decided_at.desc()).limit(limit)))


def require_security(session: Session, officer_id: str, code: str) -> None:
    """Raise Refusal `code` unless this is an active officer with the role security."""
    officer = session.get(Officer, officer_id)
    if officer is None or not officer.active or Role.SECURITY not in officer.roles:
        raise Refusal(code)


def record(
    house: House,
    session: Session,
    kind: str,
    change: DualChange,
    officer: str,
    *,
    with_content: bool = False,
    **more: str,
) -> None:
    """One entry of the register log about a change. A certificate stands in it as fingerprint:
    the target of an anchor, and `certificate_sha256` of an officer's."""
    data: dict[str, Any] = {
        "change": change.id,
        "subject": change.subject,
        "act": change.act,
        "target": change.target,
        "officer": officer,
        "proposed_by": change.proposed_by,
        **more,
    }
    if with_content:
        data["content"] = _loggable(change.content)
    logbook.register(house, session, kind, data)


def _open(session: Session, now: datetime, target: str | None) -> list[DualChange]:
    query = select(DualChange).where(
        DualChange.decided_at.is_(None), DualChange.proposed_at > now - LIFE
    )
    if target is not None:
        query = query.where(DualChange.target == target)
    return list(session.scalars(query.order_by(DualChange.proposed_at, DualChange.id)))


_NOT_LOGGED: Final = frozenset({"certificate", "intermediates", "before"})


def _loggable(value: Any) -> Any:
    # The log's canonical form has no null: what is absent is left out.
    if isinstance(value, Mapping):
        return {
            key: _loggable(one)
            for key, one in value.items()
            if one is not None and key not in _NOT_LOGGED
        }
    return value
