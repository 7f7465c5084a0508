"""What a bidder signs besides bids: whether he goes on into the live round, and his entry to the
draw at the cap. Both arrive like a bid: the ticket's instant decides (T-1)."""

import hashlib
from collections.abc import Callable, Mapping
from typing import TypeAlias

from sqlalchemy import select

from auction.core import commands as c
from auction.ledger import canonical
from auction.pki import statement as st
from auction.pki.chain import CertificateError
from auction.pki.statement import Signed, Statement, StatementError
from auction.services import evidence, logbook, lots
from auction.services.bidding import ANSWER_SECONDS, BidRejected, Placed
from auction.services.house import House
from auction.services.openings import LOTTERY
from auction.services.people import Actor, certificate_of
from auction.services.seats import seat_of
from auction.services.unit import writing
from auction.store.base import db
from auction.store.logs import LogEntry
from auction.store.sales import Lot
from auction.store.seats import Evidence, Seat
from auction.trading.sequencer import Ticket
from auction.trading.work import Answer, Work

ANSWER = "answer"
_Maker: TypeAlias = Callable[[Seat, Statement], c.Command]
Act: TypeAlias = Callable[[House, Lot, Actor, Mapping[str, object], Ticket, str | None], Placed]


def answer(
    house: House,
    lot: Lot,
    actor: Actor,
    payload: Mapping[str, object],
    ticket: Ticket,
    session: str | None = None,
) -> Placed:
    """Record a signed answer to the question whether one goes on; the last one counts.

    The ticket is used up in every case. `session` is the key of the session by which it came.
    Raises BidRejected, Refusal of the engine, or TimeoutError when the outcome is not known yet.
    """

    def command(seat: Seat, statement: Statement) -> c.Command:
        return c.Answer(
            arrival=ticket.arrival,
            plate=seat.plate,
            willing=statement.fields["willing"] == "yes",
            statement=statement.digest,
        )

    return _act(house, lot, actor, ANSWER, payload, ticket, command, session)


def join(
    house: House,
    lot: Lot,
    actor: Actor,
    payload: Mapping[str, object],
    ticket: Ticket,
    session: str | None = None,
) -> Placed:
    """Record a signed entry to the draw, once. Raises as `answer` does.

    The nonce in the statement is the bidder's share of the draw: the log gets its hash, the
    statement stays sealed until the draw opens it.
    """

    def command(seat: Seat, statement: Statement) -> c.Command:
        nonce = bytes.fromhex(statement.fields["nonce"])
        return c.JoinLottery(
            arrival=ticket.arrival,
            plate=seat.plate,
            statement=statement.digest,
            nonce_hash=hashlib.sha256(nonce).hexdigest(),
        )

    return _act(house, lot, actor, LOTTERY, payload, ticket, command, session)


def _act(
    house: House,
    lot: Lot,
    actor: Actor,
    purpose: str,
    payload: Mapping[str, object],
    ticket: Ticket,
    command: _Maker,
    session: str | None,
) -> Placed:
    try:
        seat = _seat(house, lot, actor)
        statement, row = _verified(house, lot, actor, seat, purpose, payload, ticket)
        if (known := _recorded(house, lot, statement.digest)) is not None:
            house.sequencer.withdraw(ticket)
            return Placed(statement.digest, known)
        work = Work(lot.id, command(seat, statement), keep=row, session=session)
    except BaseException:
        house.sequencer.withdraw(ticket)
        raise
    pending = house.sequencer.submit(ticket, work)
    if not house.sequencer.running:
        house.sequencer.settle()
    found = pending.wait(ANSWER_SECONDS)
    lots.forget_reads()
    if found.refusal is not None:
        raise found.refusal
    return Placed(statement.digest, found)


def _recorded(house: House, lot: Lot, digest: str) -> Answer | None:
    """The answer given to this statement before: sent twice, it is recorded once."""
    if db.session.get(Evidence, digest) is None:
        return None
    query = select(LogEntry.seq, LogEntry.leaf).where(
        LogEntry.log_id == lot.log_id, LogEntry.type.in_(("ask_answered", "lottery_joined"))
    )
    for row in db.session.execute(query):
        if canonical.decode(row.leaf)["data"]["statement"] == digest:
            return house.writer.recall(lots.adopt(house, lot), row.seq)
    return None


def _seat(house: House, lot: Lot, actor: Actor) -> Seat:
    if actor.party_id is None:
        raise BidRejected("NOT_A_BIDDER", 403)
    seat = seat_of(house, lot, actor.party_id)
    if seat is None or seat.qualified_at is None:
        _note(house, lot, "act_not_qualified")
        raise BidRejected("NOT_QUALIFIED", 403)
    return seat


def _verified(
    house: House,
    lot: Lot,
    actor: Actor,
    seat: Seat,
    purpose: str,
    payload: Mapping[str, object],
    ticket: Ticket,
) -> tuple[Statement, dict[str, object]]:
    kind = st.purpose_for(purpose, practice=lots.is_practice(lot))
    try:
        signed = Signed.from_transport(payload)
        certificate = certificate_of(house, actor, kind)
        statement = st.verify_statement(
            kind,
            signed.body,
            signed.signature,
            certificate,
            expect={
                "aud": house.site.origin,
                "lot": lot.slug,
                "plate": st.signed_plate(seat.plate),
                "rules": lot.rules,
            },
            now=ticket.arrival,
        )
    except (StatementError, CertificateError) as error:
        _note(house, lot, "act_not_valid", code=str(error.code))
        raise BidRejected(str(error.code), 422, **error.data) from None
    row = evidence.sealed_row(house, lot.id, statement, signed, certificate, ticket.arrival)
    return statement, row


def _note(house: House, lot: Lot, kind: str, **data: str) -> None:
    """Leave a trace of a request that may not enter the lot's log; it names nobody."""
    with writing() as session:
        logbook.security(house, session, kind, {"lot": lot.slug, **data})
