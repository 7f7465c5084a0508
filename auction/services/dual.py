"""Deciding a change as the second security officer."""

from sqlalchemy.orm import Session

from auction.core.reasons import Refusal
from auction.services import logbook, proposals
from auction.services.house import House
from auction.services.proposals import OPERATOR, propose
from auction.services.staff import officers
from auction.services.trust import changes, store
from auction.services.unit import writing
from auction.store.certificates import ChangeSubject, DualChange

__all__ = ["decide", "propose"]


def decide(house: House, officer: str, change_id: str, approve: bool) -> None:
    """Approve or refuse what somebody else proposed; an approved change holds at once.

    Whoever proposed it takes it back by refusing it. Raises Refusal: NO_PROPOSAL; SAME_PERSON;
    NEEDS_ADOPTION to approve an operator's proposal; OWN_ACCOUNT for a change of the decider's own
    account; PROPOSER_GONE where the proposer no longer has the role; and what the subject's
    `prepare` and `apply` raise.
    """
    store.reload_if_changed(house)
    change = proposals.find(change_id)
    if change is None:
        raise Refusal("NO_PROPOSAL")
    if not approve:
        _refuse(house, officer, change_id)
    elif change.subject == ChangeSubject.TRUST:
        ready = changes.prepare(house, change)
        with writing() as session:
            change = _approved(house, session, officer, change_id)
            changes.apply(house, session, change, ready)
        store.reload_if_changed(house)
    else:
        with writing() as session:
            change = _approved(house, session, officer, change_id)
            officers.apply(house, session, change)


def _approved(house: House, session: Session, officer: str, change_id: str) -> DualChange:
    """The change, settled. Whoever decides holds the register log's head from the beginning, so
    that officers and trust store are what the decision before left."""
    logbook.lock_register(house, session)
    change = proposals.standing(session, change_id, house.now())
    _require_second(change, officer)
    proposals.require_security(session, officer, "NOT_SECURITY")
    proposals.require_security(session, change.proposed_by, "PROPOSER_GONE")
    proposals.settle(house, session, change, officer, "approved")
    return change


def _require_second(change: DualChange, officer: str) -> None:
    if change.proposed_by == OPERATOR:
        raise Refusal("NEEDS_ADOPTION")
    if change.proposed_by == officer:
        raise Refusal("SAME_PERSON")
    _require_not_own(change, officer)


def _require_not_own(change: DualChange, officer: str) -> None:
    if change.subject == ChangeSubject.OFFICER and change.target == officer:
        raise Refusal("OWN_ACCOUNT")


def _refuse(house: House, officer: str, change_id: str) -> None:
    with writing() as session:
        change = proposals.standing(session, change_id, house.now())
        _require_not_own(change, officer)
        outcome = "withdrawn" if change.proposed_by == officer else "refused"
        proposals.settle(house, session, change, officer, outcome)
