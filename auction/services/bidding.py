"""Placing a bid: from a signed statement to a recorded verdict with its receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from auction.core import commands as c
from auction.core.events import Admission
from auction.pki import statement as st
from auction.pki.chain import CertificateError, ValidatedCertificate
from auction.pki.statement import Signed, Statement, StatementError
from auction.services import evidence, logbook, lots
from auction.services.house import House
from auction.services.people import Actor, certificate_of
from auction.services.seats import seat_of
from auction.services.unit import writing
from auction.store.sales import Lot
from auction.trading.sequencer import Pending, Ticket
from auction.trading.work import Answer, Head, Work

ANSWER_SECONDS = 20.0
CURRENCY = "CNY"
KNOWN_FOR = timedelta(minutes=10)
"""How long a bidder's certificate and seat need not be looked up again."""


class BidRejected(Exception):
    """A request that is no bid of a qualified bidder: it reaches the security log, no lot's log.

    `status` is the HTTP status that fits, `note` the kind of record in the security log.
    """

    def __init__(self, code: str, status: int, note: str | None = None, **facts: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.note = note
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Bidder:
    """A qualified bidder at a lot: everything that checking a bid needs, without the database.

    `session` is the key of the session by which the bids come; that it still stands is checked
    again in the transaction that decides.
    """

    lot_id: int
    slug: str
    party_id: str
    plate: str
    commitment: str
    certificate: ValidatedCertificate
    purpose: str
    expect: Mapping[str, str]
    session: str | None
    known_at: datetime

    def fresh(self, now: datetime) -> bool:
        """Whether what was looked up may still be used."""
        return now - self.known_at < KNOWN_FOR


@dataclass(frozen=True, slots=True)
class Placed:
    """The answer to a bid, with the hash of its statement."""

    statement: str
    answer: Answer


def arrive(house: House, lot: Lot) -> Ticket:
    """Register that a bid has fully arrived, before anything about it is looked at (T-1)."""
    return house.sequencer.ticket(lot.id)


def bidder_at(house: House, lot: Lot, actor: Actor, session: str | None = None) -> Bidder:
    """The actor as a bidder at this lot. Raises BidRejected if he is not a qualified one, or his
    certificate is not accepted (any more)."""
    if actor.party_id is None:
        raise BidRejected("NOT_A_BIDDER", 403)
    seat = seat_of(house, lot, actor.party_id)
    if seat is None or seat.qualified_at is None:
        raise BidRejected("NOT_QUALIFIED", 403, "bid_not_qualified")
    purpose = st.purpose_for("bid", practice=lots.is_practice(lot))
    try:
        certificate = certificate_of(house, actor, purpose)
    except CertificateError as error:
        raise BidRejected(str(error.code), 422, "bid_not_valid", **error.data) from None
    return Bidder(
        lot_id=lot.id,
        slug=lot.slug,
        party_id=actor.party_id,
        plate=seat.plate,
        commitment=seat.commitment,
        certificate=certificate,
        purpose=purpose,
        expect={
            "aud": house.site.origin,
            "lot": lot.slug,
            "plate": st.signed_plate(seat.plate),
            "rules": lot.rules,
            "cur": CURRENCY,
        },
        session=session,
        known_at=house.now(),
    )


def check(house: House, bidder: Bidder, payload: Mapping[str, object], ticket: Ticket) -> Work:
    """The command of a signed bid, verified. CPU only. Raises BidRejected."""
    try:
        signed = Signed.from_transport(payload)
        statement = st.verify_statement(
            bidder.purpose,
            signed.body,
            signed.signature,
            bidder.certificate,
            expect=bidder.expect,
            now=ticket.arrival,
        )
    except StatementError as error:
        raise BidRejected(str(error.code), 422, "bid_not_valid", **error.data) from None
    command = c.PlaceBid(
        arrival=ticket.arrival,
        plate=bidder.plate,
        amount_fen=int(statement.fields["amount"]),
        statement=statement.digest,
        admission=Admission(bidder.plate, bidder.commitment),
    )
    return Work(
        bidder.lot_id,
        command,
        seen=_head_seen(statement),
        keep=evidence.sealed_row(
            house, bidder.lot_id, statement, signed, bidder.certificate, ticket.arrival
        ),
        session=bidder.session,
    )


def place(
    house: House, lot: Lot, actor: Actor, payload: Mapping[str, object], ticket: Ticket
) -> Placed:
    """Verify a signed bid, have it decided in the order of its ticket, and return the verdict.

    Idempotent by the hash of the statement. Raises BidRejected, Refusal (HEAD_UNKNOWN,
    TICKET_EXPIRED), or TimeoutError when the outcome is not known yet.
    """
    try:
        work = check(house, bidder_at(house, lot, actor), payload, ticket)
        assert isinstance(work.command, c.PlaceBid)
        pending = house.sequencer.submit(ticket, work)
    except BaseException:
        house.sequencer.withdraw(ticket)
        raise
    return await_verdict(house, work.command.statement, pending)


def await_verdict(house: House, digest: str, pending: Pending) -> Placed:
    """Wait for the answer to a bid that was handed in. Raises as `place` does."""
    lots.forget_reads()  # whoever waits must not keep a connection from the others
    if not house.sequencer.running:
        house.sequencer.settle()
    answer = pending.wait(ANSWER_SECONDS)
    if answer.refusal is not None:
        raise answer.refusal
    return Placed(digest, answer)


def find_answer(house: House, lot: Lot, statement: str) -> Answer | None:
    """The answer given to a statement before, here or by another worker; None if none ever reached
    the log (M9)."""
    runtime = lots.adopt(house, lot)
    if statement not in runtime.answers:
        house.sequencer.refresh([lot.id])
    number = runtime.answers.get(statement)
    return None if number is None else house.writer.recall(runtime, number)


def note(house: House, slug: str, rejected: BidRejected) -> None:
    """Leave a trace of a request that may not enter the lot's log; it names nobody."""
    if rejected.note is not None:
        code = {"code": rejected.code} if rejected.note == "bid_not_valid" else {}
        with writing() as session:
            logbook.security(house, session, rejected.note, {"lot": slug, **code})


def _head_seen(statement: Statement) -> Head:
    size, root = statement.fields["prev"].split(":")
    return Head(int(size), bytes.fromhex(root))
