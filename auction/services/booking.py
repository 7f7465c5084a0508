"""Booking one credit: find whose account it is, decide, qualify, tell the bidder."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auction.bank import matching
from auction.bank.lines import CreditLine
from auction.bank.matching import Decision, Expected
from auction.core.instants import to_us
from auction.core.notice import PayerRule
from auction.services import listing_documents, logbook, people
from auction.services.house import House
from auction.services.lots import terms_now
from auction.services.randomness import identifier
from auction.services.seats import occupant, pseudonym
from auction.store.sales import Lot
from auction.store.seats import Credit, CreditVerdict, Message, Seat


def book(
    house: House, session: Session, line: CreditLine, known: Credit | None, now: datetime
) -> Credit:
    """Decide one line of a statement and write it down with its consequences.

    `known` is the credit of the same reference that could not be decided before.
    """
    seat = session.scalar(select(Seat).where(Seat.account_number == line.account))
    lot = None if seat is None else session.get_one(Lot, seat.lot_id)
    expected = None
    if lot is not None and seat is not None:
        expected = _expected(house, session, lot, seat)
    decision = matching.decide(line, expected)
    credit = known or Credit(
        id=identifier(house.random),
        reference=reference_of(line),
        account_number=line.account,
        amount_fen=line.amount_fen,
        currency=line.currency,
        received_at=now,
    )
    credit.credited_at = line.credited_at
    credit.sealed = house.sealer.seal(
        {
            "payer_name": line.payer_name,
            "payer_account": line.payer_account,
            "payer_bank": line.payer_bank,
            "account_kind": str(line.kind),
            "remark": line.remark,
            "reference": line.reference,
            "credited_on": line.credited_on.isoformat(),
        },
        credit_context(credit.id),
    )
    credit.verdict, credit.facts = str(decision.verdict), decision.facts
    credit.decided_at = now
    session.add(credit)
    session.flush()
    if lot is None or seat is None:
        _tell_payer(house, session, line, credit, now)
        return credit
    if decision.verdict is CreditVerdict.SPLIT:
        _join_parts(session, seat, decision)
    if decision.verdict is CreditVerdict.QUALIFIES:
        _qualify(house, session, lot, seat, credit, now)
    _tell(house, session, lot, seat.pseudonym, decision.verdict, decision.facts, now)
    return credit


def _expected(house: House, session: Session, lot: Lot, seat: Seat) -> Expected:
    terms = terms_now(lot)
    notice, _ = listing_documents.facts_of(lot)
    who = occupant(house, lot, seat)
    details = people.party_details(house, who.party_id)
    short = session.scalars(
        select(Credit.amount_fen)
        .where(
            Credit.account_number == seat.account_number,
            Credit.verdict.in_([str(CreditVerdict.SHORT), str(CreditVerdict.SPLIT)]),
            Credit.refunded_at.is_(None),
        )
        .order_by(Credit.credited_at)
    )
    return Expected(
        applicant=who.name,
        basic_account=details["account_number"],
        deposit_fen=terms.deposit_fen,
        deadline=terms.deposit_until,
        single_payment=terms.single_payment,
        basic_only=notice.terms.payer_rule is PayerRule.BASIC_ACCOUNT,
        complete=seat.qualified_at is not None,
        short_fen=tuple(short),
    )


def _join_parts(session: Session, seat: Seat, decision: Decision) -> None:
    """Two halves are two failures, shown together (F-6)."""
    halves = session.scalars(
        select(Credit).where(
            Credit.account_number == seat.account_number,
            Credit.verdict == str(CreditVerdict.SHORT),
        )
    )
    for half in halves:
        half.verdict = str(CreditVerdict.SPLIT)
        half.facts = {**half.facts, **_shared(decision)}


def _shared(decision: Decision) -> matching.Facts:
    return {name: decision.facts[name] for name in ("parts", "sum_fen")}


def _qualify(
    house: House, session: Session, lot: Lot, seat: Seat, credit: Credit, now: datetime
) -> None:
    seat.qualified_at = now
    number = int.from_bytes(house.random.token(8), "big") % 10**16
    seat.certificate_number = f"{number:016d}"
    data = {"commitment": seat.commitment, "credit": credit.reference}
    logbook.append(house, session, lot.sealed_log_id, "qualified", data, now)


def _tell_payer(
    house: House, session: Session, line: CreditLine, credit: Credit, now: datetime
) -> None:
    """Money on an account that nobody was given: tell an applicant of this name who waits."""
    party_id = people.party_named(house, line.payer_name)
    if party_id is None:
        return
    for lot in session.scalars(select(Lot)):
        seat = session.get(Seat, (lot.id, pseudonym(house, lot, party_id)))
        if seat is None or seat.qualified_at is not None:
            continue
        facts = credit.facts | {
            "tail": seat.account_number[-4:],
            "deadline_us": to_us(terms_now(lot).deposit_until),
        }
        _tell(house, session, lot, seat.pseudonym, CreditVerdict.UNKNOWN_ACCOUNT, facts, now)


def _tell(
    house: House,
    session: Session,
    lot: Lot,
    pseudonym: str,
    verdict: CreditVerdict,
    facts: matching.Facts,
    now: datetime,
) -> None:
    session.add(
        Message(
            id=identifier(house.random),
            lot_id=lot.id,
            pseudonym=pseudonym,
            code=str(verdict),
            facts=facts,
            at=now,
        )
    )


def credit_context(credit_id: str) -> str:
    """The place to which a sealed credit is bound."""
    return f"credit:{credit_id}"


def reference_of(line: CreditLine) -> str:
    """What stands for the bank's own reference in the books."""
    return hashlib.sha256(f"bank reference {line.reference}".encode()).hexdigest()


def booked(session: Session, credits: Sequence[CreditLine]) -> dict[str, Credit]:
    """Those of `credits` that are in the books, by reference."""
    references = [reference_of(line) for line in credits]
    found = session.scalars(select(Credit).where(Credit.reference.in_(references)))
    return {credit.reference: credit for credit in found}


def is_news(line: CreditLine, known: Credit | None) -> bool:
    """Whether a line tells something that the books do not have."""
    if known is None:
        return True
    return known.verdict == CreditVerdict.NO_TIME and line.credited_at is not None
