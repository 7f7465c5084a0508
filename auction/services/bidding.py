"""Placing a bid: from a signed statement to a recorded verdict with its receipt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from auction.core import commands as c
from auction.core.events import Admission
from auction.pki import statement as st
from auction.pki.chain import CertificateError
from auction.pki.statement import Signed, Statement, StatementError
from auction.services import evidence, logbook, lots
from auction.services.house import House
from auction.services.people import Actor, certificate_of
from auction.services.seats import seat_of
from auction.services.unit import writing
from auction.store.sales import Lot
from auction.store.seats import Evidence
from auction.trading.batch import Answer, Head, Work
from auction.trading.sequencer import Ticket

ANSWER_SECONDS = 20.0
CURRENCY = "CNY"


class BidRejected(Exception):
    """A request that is no bid of a qualified bidder: it reaches the security log, no lot's log.

    `status` is the HTTP status that fits.
    """

    def __init__(self, code: str, status: int, **facts: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Placed:
    """The answer to a bid, with the hash of its statement."""

    statement: str
    answer: Answer


def arrive(house: House, lot: Lot) -> Ticket:
    """Register that a bid has fully arrived, before anything about it is looked at (T-1)."""
    return house.sequencer.ticket(lot.id)


def place(
    house: House, lot: Lot, actor: Actor, payload: Mapping[str, object], ticket: Ticket
) -> Placed:
    """Verify a signed bid, have it decided in the order of its ticket, and return the verdict.

    Idempotent by the hash of the statement. Raises BidRejected, Refusal (HEAD_UNKNOWN,
    TICKET_EXPIRED), or TimeoutError when the outcome is not known yet.
    """
    try:
        work, digest = _checked(house, lot, actor, payload, ticket)
    except BaseException:
        house.sequencer.withdraw(ticket)
        raise
    pending = house.sequencer.submit(ticket, work)
    if not house.sequencer.running:
        house.sequencer.settle()
    answer = pending.wait(ANSWER_SECONDS)
    lots.forget_reads()
    if answer.refusal is not None:
        raise answer.refusal
    return Placed(digest, answer)


def find_answer(house: House, lot: Lot, statement: str) -> Answer | None:
    """The answer given to a statement before, or None if none ever reached the log (M9)."""
    runtime = lots.adopt(house, lot)
    number = runtime.answers.get(statement)
    return None if number is None else house.writer.recall(runtime, number)


def _checked(
    house: House, lot: Lot, actor: Actor, payload: Mapping[str, object], ticket: Ticket
) -> tuple[Work, str]:
    if actor.party_id is None:
        raise BidRejected("NOT_A_BIDDER", 403)
    seat = seat_of(house, lot, actor.party_id)
    if seat is None or seat.qualified_at is None:
        _note(house, lot, "bid_not_qualified")
        raise BidRejected("NOT_QUALIFIED", 403)
    practice = lots.is_practice(lot)
    purpose = st.purpose_for("bid", practice=practice)
    try:
        signed = Signed.from_transport(payload)
        certificate = certificate_of(house, actor, purpose)
        statement = st.verify_statement(
            purpose,
            signed.body,
            signed.signature,
            certificate,
            expect={
                "aud": house.site.origin,
                "lot": lot.slug,
                "plate": st.signed_plate(seat.plate),
                "rules": lot.rules,
                "cur": CURRENCY,
            },
            now=ticket.arrival,
        )
    except (StatementError, CertificateError) as error:
        _note(house, lot, "bid_not_valid", code=str(error.code))
        raise BidRejected(str(error.code), 422, **error.data) from None
    command = c.PlaceBid(
        arrival=ticket.arrival,
        plate=seat.plate,
        amount_fen=int(statement.fields["amount"]),
        statement=statement.digest,
        admission=Admission(seat.plate, seat.commitment),
    )
    keep = evidence.sealed_row(house, lot, statement, signed, certificate.path, ticket.arrival)
    work = Work(lot.id, command, seen=_head_seen(statement), also=_keeper(keep))
    return work, statement.digest


def _head_seen(statement: Statement) -> Head:
    size, root = statement.fields["prev"].split(":")
    return Head(int(size), bytes.fromhex(root))


def _keeper(row: dict[str, object]) -> Callable[[Connection, Answer], None]:
    def keep(conn: Connection, _answer: Answer) -> None:
        known = select(Evidence.digest).where(Evidence.digest == row["digest"])
        if conn.execute(known).first() is None:
            conn.execute(insert(Evidence), [row])

    return keep


def _note(house: House, lot: Lot, kind: str, **data: str) -> None:
    """Leave a trace of a request that may not enter the lot's log; it names nobody."""
    with writing() as session:
        logbook.security(house, session, kind, {"lot": lot.slug, **data})
