"""The central test: replay of the log == live state == what the database tells, for any sale."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

from factories import LISTING_FROM, Floor, add_lot, bid, digest, log_key, lot_row, open_lot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from auction.core import commands as c
from auction.core import events as e
from auction.core.engine import replay
from auction.core.parameters import CertificateGround
from auction.core.state import LotState, due
from auction.ledger import canonical, receipt
from auction.ledger.checkpoint import open_note
from auction.ledger.merkle import Tree, leaf_hash
from auction.store import journal, projection
from auction.store.sales import Bid, Lot
from auction.trading.sequencer import MAX_VERIFICATION, Pending
from auction.trading.time import DrivenClock
from auction.trading.work import Answer, Work

PLATES = ("1001", "1002", "1003", "1004")
OFFICERS = ("o1", "o2")
SHORT = {
    "listing_until": LISTING_FROM + timedelta(minutes=10),
    "apply_until": LISTING_FROM + timedelta(minutes=5),
    "deposit_until": LISTING_FROM + timedelta(minutes=5),
}
ROLL = (e.Admission("1009", digest("bidder", "1009")),)

BID = st.tuples(
    st.just("bid"), st.sampled_from(PLATES), st.sampled_from([100, 100, 100, 0, -1, 250])
)
SLOW_BID = st.tuples(st.just("slow bid"), st.sampled_from(PLATES), st.sampled_from([100, 200]))
VERIFIED = st.tuples(st.just("verified"), st.integers(0, 1))
WAIT = st.tuples(st.just("wait"), st.sampled_from([0.001, 1, 4.9, 20, 299.9]))
RARER = st.one_of(
    st.tuples(st.just("retry"), st.integers(0, 9)),
    st.tuples(st.just("wait until due")),
    st.tuples(st.just("suspend")),
    st.tuples(st.just("resume")),
    st.tuples(st.just("certificate ends"), st.sampled_from(PLATES)),
    st.tuples(st.just("restart"), st.sampled_from([0, 3, 15, 400])),
    st.tuples(st.just("officers"), st.sampled_from(["confirm", "void", "terminate", "publish"])),
)
STEPS = st.one_of(BID, BID, SLOW_BID, VERIFIED, WAIT, RARER)
BEGINNINGS = st.sampled_from(
    [
        [],
        [("bid", PLATES[0], 0)],
        [("bid", PLATES[0], 0), ("bid", PLATES[1], 100)],
        [("bid", PLATES[0], 0), ("bid", PLATES[1], 100), ("wait until due",)],
        [("bid", PLATES[2], 0), ("bid", PLATES[1], 100), ("wait until due",), ("wait", 299.9)],
    ]
)
"""Sales that have come some way, so that the live round is not left to chance."""
_numbers = count()


class Player:
    """Plays generated steps on one lot; keeps every answer that was given."""

    def __init__(self, engine: Engine) -> None:
        self.clock = DrivenClock(LISTING_FROM)
        lot = add_lot(engine, f"lot-{next(_numbers)}", **SHORT)
        self.slug = lot.slug
        self.floor = Floor.over(engine, self.clock, lot, roll)
        self.answers: list[Answer] = [self.floor.act(lambda at: open_lot(at, **SHORT))]
        self.bids: list[c.PlaceBid] = []
        self.slow: list[tuple[object, c.PlaceBid]] = []
        self.pending: list[Pending] = []

    def amount(self, above: int) -> int:
        price = self.floor.state.price_fen
        return (1549 if price is None else price // 1_000_000) + above

    def play(self, step: tuple[object, ...]) -> None:
        sequencer, lot_id = self.floor.sequencer, self.floor.lot_id
        match step:
            case ("bid", str(plate), int(above)):
                ticket = sequencer.ticket(lot_id)
                command = bid(plate, self.amount(above), ticket.arrival)
                self.bids.append(command)
                self.pending.append(sequencer.submit(ticket, Work(lot_id, command)))
            case ("slow bid", str(plate), int(above)):
                ticket = sequencer.ticket(lot_id)
                self.slow.append((ticket, bid(plate, self.amount(above), ticket.arrival)))
            case ("verified", int(which)) if which < len(self.slow):
                slow, command = self.slow.pop(which)
                if self.clock.now() - command.arrival < MAX_VERIFICATION:
                    self.bids.append(command)
                    self.pending.append(sequencer.submit(slow, Work(lot_id, command)))  # type: ignore[arg-type]
            case ("retry", int(which)) if which < len(self.bids):
                known = self.bids[which]
                self.pending.append(
                    sequencer.ask(lambda at: Work(lot_id, replace(known, arrival=at)), lot_id)
                )
            case ("wait", float(s) | int(s)):
                self.clock.advance(seconds=s)
            case ("wait until due",) if (instant := due(self.floor.state)) is not None:
                self.clock.move_to(max(instant, self.clock.now()))
            case ("suspend",):
                self.ask(lambda at: c.Suspend(arrival=at, ground="R-80", by="o1"))
            case ("resume",):
                self.ask(lambda at: c.Resume(arrival=at, by="o1"))
            case ("certificate ends", str(plate)):
                self.ask(
                    lambda at: c.EndCertificate(
                        arrival=at,
                        plate=plate,
                        ground=CertificateGround.EXPIRED,
                        certificate=digest("certificate", plate),
                        evidence=None,
                        instant=at,
                    )
                )
            case ("restart", int(s)):
                self.restart(s)
            case ("officers", "confirm"):
                self.ask(lambda at: c.ConfirmAward(arrival=at, by=OFFICERS))
            case ("officers", "void"):
                self.ask(lambda at: c.VoidAward(arrival=at, ground="R-107", by=OFFICERS))
            case ("officers", "terminate") if len(self.answers) > 8:
                self.ask(lambda at: c.Terminate(arrival=at, ground="R-81", by=OFFICERS))
            case ("officers", "publish"):
                self.ask(lambda at: c.PublishResult(arrival=at, by="o1"))
        self.floor.sequencer.settle()  # after a restart that is another one
        self.collect()

    def ask(self, make: object) -> None:
        lot_id = self.floor.lot_id
        self.pending.append(
            self.floor.sequencer.ask(lambda at: Work(lot_id, make(at)), lot_id)  # type: ignore[operator]
        )

    def restart(self, seconds: int) -> None:
        """The process dies with whatever it had not decided; another one takes over."""
        self.slow, self.pending = [], []
        died = self.clock.now()
        self.clock.advance(seconds=seconds)
        self.floor = self.floor.restarted()
        self.ask(lambda at: c.RecordOutage(arrival=at, start=died))

    def collect(self) -> None:
        still = []
        for pending in self.pending:
            try:
                self.answers.append(pending.wait(0))
            except TimeoutError:
                still.append(pending)
        self.pending = still


def roll(_conn: Connection, _lot_id: int) -> tuple[e.Admission, ...]:
    return ROLL


def without_maps(state: LotState) -> LotState:
    """What a lot's row holds of its state."""
    return replace(
        state,
        admitted={},
        quoted={},
        answers={},
        entries={},
        signatures={},
        ended_certificates=frozenset(),
        led_at=None,
        closed_at=None,
        limit=None,
        join_open=False,
        held_from=None,
        unheard=(),
        pauses=(),
    )


def rows(conn: Connection, lot_id: int) -> tuple[object, ...]:
    """Everything that the database holds of the lot's projection."""
    lot = conn.execute(select(Lot.__table__).where(Lot.id == lot_id)).one()
    bids = conn.execute(select(Bid.__table__).where(Bid.lot_id == lot_id).order_by(Bid.seq)).all()
    return (lot, *bids)


def check(player: Player) -> None:
    floor, engine = player.floor, player.floor.engine
    runtime = floor.runtime
    with engine.connect() as conn:
        leaves = journal.read(conn, runtime.log_id)
        head = journal.head(conn, runtime.log_id)
        signed = journal.checkpoint(conn, runtime.log_id)
        quoted = projection.quoted_plates(conn, floor.lot_id)
        before = rows(conn, floor.lot_id)
        told = conn.execute(
            select(Bid.seq, Bid.plate, Bid.amount_fen, Bid.statement, Bid.accepted, Bid.deadline)
            .where(Bid.lot_id == floor.lot_id)
            .order_by(Bid.seq)
        ).all()
    records = [e.Recorded.from_data(canonical.decode(leaf.data)) for leaf in leaves]

    # log == live
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    assert replay(records) == floor.state
    assert floor.restarted().state == floor.state
    sequenced = [record.sequenced for record in records]
    assert sequenced == sorted(sequenced)

    # log == its signed head
    tree = Tree(leaf_hash(leaf.data) for leaf in leaves)
    assert signed is not None
    stated = open_note(signed[1], log_key(player.slug).verifier)
    assert (stated.size, stated.root) == (head.size, head.root) == (len(leaves), tree.root())
    assert head.frontier == tree.frontier().to_bytes()

    # log == projection
    with Session(engine) as session:
        assert projection.state_of(lot_row(session, floor.lot_id)) == without_maps(floor.state)
    assert quoted == set(floor.state.quoted)
    assert [tuple(row) for row in told] == [
        (
            record.seq,
            record.event.plate,
            record.event.amount_fen,
            record.event.statement,
            isinstance(record.event, e.BidAccepted),
            record.event.deadline if isinstance(record.event, e.BidAccepted) else None,
        )
        for record in records
        if isinstance(record.event, e.BidAccepted | e.BidRefused | e.BidUnheard)
    ]

    # projection == rebuilt projection
    with engine.begin() as conn:
        projection.rebuild(conn, floor.lot_id, records)
        assert rows(conn, floor.lot_id) == before

    # every answer that was given stands in the log, and proves it
    for answer in player.answers:
        for record, proof in zip(answer.records, answer.receipts, strict=True):
            assert records[record.seq - 1] == record
            receipt.verify(proof, log_key(player.slug).verifier)

    # every bid was answered once
    statements = [row.statement for row in told]
    assert len(statements) == len(set(statements))


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(beginning=BEGINNINGS, steps=st.lists(STEPS, min_size=5, max_size=30))
def test_the_log_the_memory_and_the_database_tell_the_same_sale(
    engine: Engine, beginning: list[tuple[object, ...]], steps: list[tuple[object, ...]]
) -> None:
    player = Player(engine)
    for step in (*beginning, *steps):
        player.play(step)
    check(player)
