"""Where the rehearsal runs: in this installation's database, to be looked at, or in a scratch one
that is thrown away, to be compared."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from sqlalchemy import select

from auction.core.money import to_wan_text
from auction.core.workdays import BEIJING
from auction.ledger.checkpoint import check_code
from auction.pki.chain import Anchor, TrustStore
from auction.pki.demo.authority import DemoCA
from auction.services import lots
from auction.services.house import House
from auction.services.openings import Openings
from auction.services.randomness import SeededRandomness
from auction.services.rehearsal.script import Stagehand, play
from auction.services.seed import notice_44
from auction.services.trees import Trees
from auction.store import journal
from auction.store.base import Base, configure_sqlite, db
from auction.store.sales import Lot, SaleKind
from auction.store.transactions import SqlStore
from auction.trading.batch import BatchWriter
from auction.trading.presence import Presence
from auction.trading.sequencer import Sequencer
from auction.trading.time import DrivenClock

SEED = 44
_ORIGIN = "https://rehearsal.invalid"
"""The audience of the rehearsal's statements: the same everywhere, and no real site's."""
_LEAD = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a rehearsal; `root` is the log's Merkle root (hex)."""

    seed: int
    events: int
    bids: int
    winner: str
    price_fen: int
    ended_at: datetime
    root: str
    code: str

    def as_text(self) -> str:
        """For a terminal."""
        ended = self.ended_at.astimezone(BEIJING)
        return "\n".join(
            (
                f"seed        {self.seed}",
                f"events      {self.events}, of which {self.bids} bids",
                f"winner      {self.winner}",
                f"price       {to_wan_text(self.price_fen)} 万元",
                f"ended       {ended:%Y-%m-%d %H:%M:%S.%f} Beijing time",
                f"root        {self.root}",
                f"check code  {self.code}",
            )
        )


def exists() -> bool:
    """Whether this installation's database holds a finished rehearsal."""
    return db.session.scalar(select(Lot.id).where(Lot.kind == str(SaleKind.REHEARSAL))) is not None


def into_this_database(house: House, seed: int = SEED) -> Outcome:
    """Rehearse beside everything else that this installation holds."""
    return _rehearse(house, seed)


def in_scratch_database(house: House, seed: int = SEED) -> Outcome:
    """Rehearse in a database of its own, which is thrown away."""
    with TemporaryDirectory() as folder:
        app = Flask("rehearsal")
        app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{Path(folder) / 'scratch.sqlite3'}"
        db.init_app(app)
        with app.app_context():
            configure_sqlite(db.engine)
            Base.metadata.create_all(db.engine)
            try:
                return _rehearse(replace(house, engine=db.engine, trees=Trees(db.engine)), seed)
            finally:
                db.session.remove()
                db.engine.dispose()


def authority_of(seed: int) -> DemoCA:
    """The authority whose certificates the people of a rehearsal with this seed hold."""
    return DemoCA.create(seed.to_bytes(32, "big"), _begin())


def _begin() -> datetime:
    return notice_44().windows.notice.start - _LEAD


def _rehearse(house: House, seed: int) -> Outcome:
    """Run the script in a house with the same database but a clock, dice and trust of its own."""
    clock = DrivenClock(_begin())
    authority = authority_of(seed)
    store = SqlStore(house.engine)
    writer = BatchWriter(store, clock, lots.qualified_roll, Openings(house.sealer))
    sequencer = Sequencer(writer, clock)
    own = replace(
        house,
        site=replace(house.site, origin=_ORIGIN, demo=True),
        clock=clock,
        random=SeededRandomness(seed),
        trust=TrustStore(
            [Anchor(authority.anchor)], allow_demo=True, intermediates=[authority.intermediate]
        ),
        store=store,
        writer=writer,
        sequencer=sequencer,
        presence=Presence(store, clock, sequencer, among_others=False),
        demo_ca=authority,
    )
    dice = random.Random(seed)  # noqa: S311 - a rehearsal must be repeatable
    lot_id = play(Stagehand(own, clock, dice, authority))
    return _outcome(own, lot_id, seed)


def _outcome(house: House, lot_id: int, seed: int) -> Outcome:
    lots.forget_reads()
    lot = db.session.get_one(Lot, lot_id)
    runtime = house.writer.runtimes[lot_id]
    signed = journal.checkpoint(db.session.connection(), lot.log_id)
    assert signed is not None
    assert lot.leader is not None
    assert lot.price_fen is not None
    assert lot.ended_at is not None
    return Outcome(
        seed=seed,
        events=runtime.tree.size,
        bids=len(runtime.answers),
        winner=lot.leader,
        price_fen=lot.price_fen,
        ended_at=lot.ended_at,
        root=runtime.tree.root().hex(),
        code=check_code(signed[1]),
    )
