"""Officers, their roles and certificates: every change by two security officers, none by the
officer himself."""

import base64
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from auction.core.reasons import Refusal
from auction.pki.chain import CertificateError, ValidatedCertificate
from auction.services import people, proposals
from auction.services.enrolment.requests import same_holder
from auction.services.house import House
from auction.services.randomness import identifier
from auction.services.sessions import ending
from auction.services.staff.security import able, require_enough
from auction.store.base import db
from auction.store.certificates import ChangeSubject, DualChange
from auction.store.people import Credential, Officer, Role

ADD: Final = "add"
CHANGE: Final = "change"
BIND: Final = "bind"
RETIRE: Final = "retire"
NAME_LIMIT: Final = 60
ROLES: Final = tuple(str(role) for role in Role)

_APART: Final = (
    (frozenset({Role.SECURITY}), frozenset({Role.DRAFTER, Role.APPROVER}), "SECURITY_APART"),
    (frozenset({Role.FINANCE}), frozenset({Role.DRAFTER, Role.APPROVER}), "FINANCE_APART"),
    (frozenset({Role.DRAFTER}), frozenset({Role.APPROVER}), "DRAFTER_APART"),
)


class Newcomer(NamedTuple):
    """Who is to be an officer: a name, his certificate, and what builds its path (DER)."""

    name: str
    certificate: bytes
    intermediates: Sequence[bytes] = ()


def conflict(roles: Iterable[str]) -> str | None:
    """Why these roles cannot be one person's; None if they can.

    An auditor has no other role. The security officer's desk knows who is enrolled, and finance
    who has paid: neither writes nor signs notices. Who drafts does not approve.
    """
    held = frozenset(roles)
    if Role.AUDITOR in held and len(held) > 1:
        return "AUDITOR_APART"
    for some, others, code in _APART:
        if held & some and held & others:
            return code
    return None


def everybody() -> list[Officer]:
    """Every officer with his certificates, those in office first, by name."""
    query = select(Officer).options(selectinload(Officer.credentials))
    return list(db.session.scalars(query.order_by(Officer.active.desc(), Officer.name)))


def find(officer_id: str) -> Officer | None:
    """One officer."""
    return db.session.get(Officer, officer_id)


def usable(credential: Credential, now: datetime) -> bool:
    """Whether a certificate is in use: not retired, revoked or run out."""
    ended = credential.retired_at or credential.revoked_at
    return ended is None and now < credential.not_after


def problems(name: str, roles: Sequence[str]) -> list[tuple[str, str]]:
    """(field, code) of what is wrong with a name and roles."""
    found = [] if 0 < len(name) <= NAME_LIMIT else [("name", "NAME_MISSING")]
    if not roles or not set(roles) <= set(ROLES):
        found.append(("roles", "ROLES_MISSING"))
    elif code := conflict(roles):
        found.append(("roles", code))
    return found


def checked_certificate(
    house: House, der: bytes, intermediates: Sequence[bytes]
) -> ValidatedCertificate:
    """A certificate with which an officer could sign in, and which is nobody's yet.

    Raises CertificateError, Refusal CERTIFICATE_BOUND.
    """
    found = house.trust.validate(der, intermediates, house.now(), "login")
    if people.credential_of(db.session(), found) is not None:
        raise Refusal("CERTIFICATE_BOUND")
    return found


def propose_add(
    house: House, officer: str, newcomer: Newcomer, roles: Sequence[str], reason: str
) -> DualChange:
    """Propose a new officer. Raises Refusal (ROLES_WRONG, CERTIFICATE_BOUND, HOLDER_KNOWN, and of
    `proposals.propose`), CertificateError."""
    if problems(newcomer.name, roles):
        raise Refusal("ROLES_WRONG")
    content = {
        "name": newcomer.name,
        "roles": _sorted(roles),
        **_certificate(house, newcomer.certificate, newcomer.intermediates),
        "reason": reason,
    }
    target = identifier(house.random)
    _require_one_account(db.session(), target, [newcomer.certificate])
    return _propose(house, officer, ADD, target, content)


def propose_change(
    house: House, officer: str, target: str, after: dict[str, Any], reason: str
) -> DualChange:
    """Propose another `name`, `roles` or `active`. Raises Refusal: UNKNOWN_OFFICER, OWN_ACCOUNT,
    ROLES_WRONG, NOTHING_CHANGED, SECURITY_NEEDED, and of `proposals.propose`."""
    before = _settings(_known(target))
    settings = {**after, "roles": _sorted(after["roles"])}
    if problems(settings["name"], settings["roles"]):
        raise Refusal("ROLES_WRONG")
    if settings == before:
        raise Refusal("NOTHING_CHANGED")
    content = {**settings, "before": before, "reason": reason}
    _require_enough(house, CHANGE, target, content)
    return _propose(house, officer, CHANGE, target, content)


def propose_bind(
    house: House,
    officer: str,
    target: str,
    der: bytes,
    intermediates: Sequence[bytes],
    reason: str,
) -> DualChange:
    """Propose another certificate. Raises Refusal: UNKNOWN_OFFICER, OWN_ACCOUNT,
    CERTIFICATE_BOUND, HOLDER_KNOWN, and of `proposals.propose`; CertificateError."""
    _known(target)
    content = {**_certificate(house, der, intermediates), "reason": reason}
    _require_one_account(db.session(), target, [der])
    return _propose(house, officer, BIND, target, content)


def propose_retire(
    house: House, officer: str, target: str, fingerprint: str, reason: str
) -> DualChange:
    """Propose to take a certificate out of use. Raises Refusal: UNKNOWN_OFFICER, OWN_ACCOUNT,
    UNKNOWN_CERTIFICATE, SECURITY_NEEDED, and of `proposals.propose`."""
    _in_use(db.session(), target, fingerprint)
    content = {"certificate_sha256": fingerprint, "reason": reason}
    _require_enough(house, RETIRE, target, content)
    return _propose(house, officer, RETIRE, target, content)


def apply(house: House, session: Session, change: DualChange) -> None:
    """Carry out an approved change in the caller's transaction; sessions that it concerns end.

    Raises Refusal: CHANGE_STALE where the officer is no longer what the proposer saw,
    SECURITY_NEEDED, CERTIFICATE_BOUND, HOLDER_KNOWN, UNKNOWN_CERTIFICATE, CERTIFICATE_REFUSED.
    """
    content, target = change.content, change.target
    _require_enough(house, change.act, target, content)
    match change.act:
        case "add":
            officer = Officer(id=target, name=content["name"], roles=content["roles"], active=True)
            session.add(officer)
            _bind(house, session, change)
        case "bind":
            _bind(house, session, change)
        case "retire":
            credential = _in_use(session, target, content["certificate_sha256"])
            credential.retired_at = house.now()
            ending.end_of(session, house.now(), "CERT_RETIRED", [credential.id])
        case "change":
            officer = session.get_one(Officer, target, with_for_update=True)
            if _settings(officer) != content["before"]:
                raise Refusal("CHANGE_STALE")
            if content["active"]:
                held = [one.certificate for one in officer.credentials]
                _require_one_account(session, target, held)
            officer.name, officer.active = content["name"], content["active"]
            officer.roles = content["roles"]
            if not officer.active:
                _end_all(house, session, officer, "OFFICER_INACTIVE")
            elif officer.roles != content["before"]["roles"]:
                _end_all(house, session, officer, "ROLES_CHANGED")


def _propose(
    house: House, officer: str, act: str, target: str, content: dict[str, Any]
) -> DualChange:
    if officer == target:
        raise Refusal("OWN_ACCOUNT")
    return proposals.propose(house, officer, ChangeSubject.OFFICER, act, target, content)


def _known(officer_id: str) -> Officer:
    found = find(officer_id)
    if found is None:
        raise Refusal("UNKNOWN_OFFICER")
    return found


def _sorted(roles: Iterable[str]) -> list[str]:
    held = set(roles)
    return [role for role in ROLES if role in held]


def _settings(officer: Officer) -> dict[str, Any]:
    return {"name": officer.name, "roles": _sorted(officer.roles), "active": officer.active}


def _certificate(house: House, der: bytes, intermediates: Sequence[bytes]) -> dict[str, Any]:
    found = checked_certificate(house, der, intermediates)
    return {
        "certificate": base64.b64encode(der).decode(),
        "intermediates": [base64.b64encode(one).decode() for one in intermediates],
        "certificate_sha256": found.fingerprint,
    }


def _bind(house: House, session: Session, change: DualChange) -> None:
    content = change.content
    der = base64.b64decode(content["certificate"])
    intermediates = people.ders(content["intermediates"])
    try:
        found = house.trust.validate(der, intermediates, house.now(), "login")
    except CertificateError as error:
        raise Refusal("CERTIFICATE_REFUSED", because=str(error.code)) from None
    if people.credential_of(session, found) is not None:
        raise Refusal("CERTIFICATE_BOUND")
    _require_one_account(session, change.target, [der])
    assert change.decided_by is not None
    session.flush()  # the officer stands before his certificate refers to him
    row = people.new_credential(house, found, officer_id=change.target, by=change.decided_by)
    session.add(row)


def _require_one_account(session: Session, officer_id: str, certificates: Iterable[bytes]) -> None:
    """Raise Refusal HOLDER_KNOWN where the holder of one of these certificates is in office under
    another account: one person is not two, with however many certificates."""
    query = (
        select(Credential.certificate)
        .join(Officer, Officer.id == Credential.officer_id)
        .where(Officer.active, Officer.id != officer_id)
    )
    others = session.scalars(query).all()
    if any(same_holder(one, other) for one in certificates for other in others):
        raise Refusal("HOLDER_KNOWN")


def _in_use(session: Session, officer_id: str, fingerprint: str) -> Credential:
    found = session.scalar(
        select(Credential).where(
            Credential.officer_id == officer_id,
            Credential.fingerprint == fingerprint,
            Credential.retired_at.is_(None),
        )
    )
    if found is None:
        raise Refusal("UNKNOWN_CERTIFICATE")
    return found


def _end_all(house: House, session: Session, officer: Officer, reason: str) -> None:
    credentials = [one.id for one in officer.credentials]
    ending.end_of(session, house.now(), reason, credentials)


def _require_enough(house: House, act: str, target: str, content: dict[str, Any]) -> None:
    """Two security officers must be able to sign in afterwards, where the change takes one away."""
    if act not in (CHANGE, RETIRE):
        return
    before = able(house, house.trust)
    if act == RETIRE:
        credential = _in_use(db.session(), target, content["certificate_sha256"])
        after = able(house, house.trust, without=[credential.id])
    elif content["active"] and Role.SECURITY in content["roles"]:
        after = before
    else:
        after = before - {target}
    require_enough(before, after)
