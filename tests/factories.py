"""Things that tests need again and again, made with the values of notice [44]."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from auction.core import commands as c
from auction.core import events as e
from auction.core.engine import decide, evolve
from auction.core.profile import FEN_PER_WAN, RuleProfile
from auction.core.state import LotState
from auction.core.workdays import BEIJING
from auction.ledger.notes import LogKey
from auction.store.logs import Log, LogKind
from auction.store.sales import Lot, Notice, NoticeStatus, SaleKind
from auction.store.transactions import SqlStore
from auction.trading.batch import BatchWriter
from auction.trading.runtime import LotRuntime
from auction.trading.sequencer import Sequencer
from auction.trading.time import Clock, DrivenClock
from auction.trading.work import Answer, Work

PUBLISHED = datetime(2024, 10, 10, 9, 0, tzinfo=BEIJING).astimezone(UTC)
LISTING_FROM = datetime(2024, 10, 30, 9, 0, tzinfo=BEIJING).astimezone(UTC)
LISTING_UNTIL = datetime(2024, 11, 11, 14, 30, tzinfo=BEIJING).astimezone(UTC)

A, B, C, D = "4107", "0983", "7720", "2251"
"""Number plates."""

CODE, NOTICE, RULES = "2024JC-4", "2024TD网挂公告第[44]号", "ab" * 32
_LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)


def wan(amount: int) -> int:
    """`amount` 万元 in fen."""
    return amount * FEN_PER_WAN


def beijing(month: int, day: int, hour: int, minute: int, second: int = 0, ms: int = 0) -> datetime:
    """An instant of 2024 as it is told in Beijing."""
    told = datetime(2024, month, day, hour, minute, second, ms * 1000, tzinfo=BEIJING)
    return told.astimezone(UTC)


def profile(**changes: Any) -> RuleProfile:
    """The rules of notice [44], with the assumptions of the acceptance vectors (rules 2.11)."""
    return replace(
        RuleProfile(
            start_fen=wan(1549),
            step_listing_fen=wan(100),
            step_timed_fen=wan(100),
            deposit_fen=wan(775),
            apply_from=LISTING_FROM,
            apply_until=beijing(11, 9, 17, 0),
            deposit_until=beijing(11, 9, 16, 0),
            listing_from=LISTING_FROM,
            listing_until=LISTING_UNTIL,
            assumed=("countdown_seconds", "timed_entry", "increment_mode"),
        ),
        **changes,
    )


def digest(*parts: object) -> str:
    """A statement's hash as good as any."""
    return sha256(repr(parts).encode()).hexdigest()


def open_lot(
    at: datetime = PUBLISHED,
    *,
    practice: bool = False,
    lottery_commitment: str | None = None,
    **changes: Any,
) -> c.OpenLot:
    """The command that begins a lot's log."""
    return c.OpenLot(
        arrival=at,
        code=CODE,
        notice=NOTICE,
        rules=RULES,
        profile=profile(**changes),
        practice=practice,
        lottery_commitment=lottery_commitment,
    )


def bid(plate: str, amount_wan: int, at: datetime, **changes: Any) -> c.PlaceBid:
    """A bid with the admission that comes with every qualified bidder's bid."""
    command = c.PlaceBid(
        arrival=at,
        plate=plate,
        amount_fen=wan(amount_wan),
        statement=digest(plate, amount_wan, at),
        admission=e.Admission(plate, digest("bidder", plate)),
    )
    return replace(command, **changes)


class Sale:
    """A lot without a database: commands in, events kept, state folded. Ticks are asked for."""

    def __init__(self, **changes: Any) -> None:
        self.records: list[e.Recorded] = []
        self.state = LotState()
        self.do(open_lot(**changes))

    def do(self, command: c.Command) -> tuple[e.Event, ...]:
        """Decide and fold one command; its events."""
        events = decide(self.state, command)
        for event in events:
            record = e.Recorded(
                seq=len(self.records) + 1,
                arrival=command.arrival,
                sequenced=command.arrival,
                event=event,
            )
            self.records.append(record)
            self.state = evolve(self.state, record)
        return events

    def bid(self, plate: str, amount_wan: int, at: datetime) -> e.Event:
        """Place a bid; the event that answers it."""
        return self.do(bid(plate, amount_wan, at))[-1]

    def tick(self, at: datetime, roll: Iterable[str] = ()) -> tuple[e.Event, ...]:
        """Carry out what is due at `at`; `roll` are plates of qualified non-quoters."""
        admissions = tuple(e.Admission(plate, digest("bidder", plate)) for plate in roll)
        return self.do(c.Tick(arrival=at, roll=admissions))


def log_key(slug: str) -> LogKey:
    """The signing key of a lot's log."""
    return LogKey(f"land-floor.example/lots/{slug}", _LOG_KEY)


def add_lot(engine: Engine, slug: str = CODE, **changes: Any) -> LotRuntime:
    """Rows of a notice and its lot, whose log is still empty; what a writer needs to load it."""
    terms = profile(**changes).to_dict()
    with Session(engine) as session:
        notice = session.get(Notice, "n44")
        if notice is None:
            notice = Notice(
                id="n44",
                slug="2024TD-44",
                number=NOTICE,
                kind=str(SaleKind.REAL),
                status=str(NoticeStatus.PUBLISHED),
                facts={},
                profile=terms,
                acceptances={},
                drafted_by="o1",
                updated_at=PUBLISHED,
            )
        lot = Lot(
            slug=slug,
            code=CODE,
            kind=str(SaleKind.REAL),
            notice=notice,
            log=Log(origin=log_key(slug).name, kind=str(LogKind.LOT)),
            sealed_log=Log(origin=f"land-floor.example/sealed/{slug}", kind=str(LogKind.SEALED)),
            rules=RULES,
            terms=terms,
        )
        session.add(lot)
        session.commit()
        return LotRuntime(lot_id=lot.id, log_id=lot.log_id, slug=slug, key=log_key(slug))


def runtime_of(engine: Engine, lot_id: int) -> LotRuntime:
    """The lot as another process finds it in the database."""
    with Session(engine) as session:
        lot = session.get_one(Lot, lot_id)
        return LotRuntime(lot_id=lot.id, log_id=lot.log_id, slug=lot.slug, key=log_key(lot.slug))


def lot_row(session: Session, lot_id: int) -> Lot:
    """The lot's row as the database has it now."""
    return session.scalars(
        select(Lot).where(Lot.id == lot_id).execution_options(populate_existing=True)
    ).one()


def nobody(_conn: Connection, _lot_id: int) -> tuple[e.Admission, ...]:
    """No qualified bidder without a quote."""
    return ()


@dataclass(slots=True)
class Floor:
    """One process: a writer and a sequencer over a database, driven by hand."""

    engine: Engine
    clock: Clock
    writer: BatchWriter
    sequencer: Sequencer
    lot_id: int

    @classmethod
    def over(cls, engine: Engine, clock: Clock, lot: LotRuntime, roll: Any = nobody) -> "Floor":
        """Start on what the database holds of `lot`."""
        writer = BatchWriter(SqlStore(engine), clock, roll)
        writer.load(lot)
        sequencer = Sequencer(writer, clock)
        sequencer.watch(lot.lot_id)
        return cls(engine, clock, writer, sequencer, lot.lot_id)

    def restarted(self) -> "Floor":
        """Another process over the same database; nothing of this one's memory is used."""
        return Floor.over(self.engine, self.clock, runtime_of(self.engine, self.lot_id))

    @property
    def runtime(self) -> LotRuntime:
        return self.writer.runtimes[self.lot_id]

    @property
    def state(self) -> LotState:
        return self.runtime.state

    def act(self, make: Callable[[datetime], c.Command]) -> Answer:
        """Ask now, settle, and wait for the answer; a refusal stays in it."""
        pending = self.sequencer.ask(lambda at: Work(self.lot_id, make(at)), self.lot_id)
        self.sequencer.settle()
        return pending.wait(0)

    def bid(self, plate: str, amount_wan: int) -> Answer:
        """Bid now."""
        return self.act(lambda at: bid(plate, amount_wan, at))

    def pass_until(self, instant: datetime) -> None:
        """Let time pass and carry out what falls due."""
        assert isinstance(self.clock, DrivenClock)
        self.clock.move_to(instant)
        self.sequencer.settle()


def opened(
    engine: Engine,
    clock: DrivenClock,
    roll: Any = nobody,
    *,
    practice: bool = False,
    **changes: Any,
) -> Floor:
    """A floor on which the listing of the seed lot has just begun."""
    floor = Floor.over(engine, clock, add_lot(engine, **changes), roll)
    floor.act(lambda at: open_lot(at, practice=practice, **changes))
    return floor


def in_round(engine: Engine, clock: DrivenClock, **changes: Any) -> Floor:
    """A floor at the start of the live round: A quoted 1549, B leads with 1649."""
    floor = opened(engine, clock, **changes)
    floor.bid(A, 1549)
    clock.advance(hours=1)
    floor.bid(B, 1649)
    floor.pass_until(LISTING_UNTIL)
    return floor


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)
