"""What was sealed and is opened by the close of bidding only: the reserve, and the draw's seeds.

Called by the batch inside its transaction, in a thread of its own: nothing here may use the
session of a request.
"""

import logging

from sqlalchemy import Connection, select

from auction.core.commands import LotteryOpening, ReserveOpening
from auction.pki import statement as st
from auction.pki.sealing import Sealer, SealingError
from auction.store.sales import Lot, ReserveEntry
from auction.store.seats import Evidence, Seat

LOTTERY = "lottery"

log = logging.getLogger(__name__)


class Openings:
    """Opens what the batch needs to end a sale."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def reserve(self, conn: Connection, lot_id: int) -> ReserveOpening | None:
        """The reserve that two officers have entered, or None (R-71)."""
        query = (
            select(ReserveEntry.sealed, Lot.slug)
            .join(Lot, Lot.id == ReserveEntry.lot_id)
            .where(ReserveEntry.lot_id == lot_id, ReserveEntry.confirmed_by.is_not(None))
        )
        row = conn.execute(query).one_or_none()
        if row is None:
            return None
        try:
            content = self._sealer.open(row.sealed, reserve_place(row.slug))
        except SealingError:
            # The sale is then suspended: people must find the key, or void it.
            log.exception("the reserve of %s does not open", row.slug)
            return None
        assert isinstance(content, dict)
        return ReserveOpening(int(str(content["amount_fen"])), str(content["salt"]))

    def draw(self, conn: Connection, lot_id: int) -> LotteryOpening | None:
        """The centre's seed and the nonce of every entry, by plate; None without a draw (R-73)."""
        lot = conn.execute(select(Lot.slug, Lot.lottery_seed).where(Lot.id == lot_id)).one_or_none()
        if lot is None or lot.lottery_seed is None:
            return None
        try:
            return self._opened(conn, lot_id, lot.slug, lot.lottery_seed)
        except SealingError:
            log.exception("the draw of %s does not open", lot.slug)
            return None

    def _opened(
        self, conn: Connection, lot_id: int, slug: str, sealed_seed: bytes
    ) -> LotteryOpening:
        seed = self._sealer.open(sealed_seed, seed_place(slug))
        purposes = [st.purpose_for(LOTTERY, practice=practice) for practice in (False, True)]
        entries = conn.execute(
            select(Evidence.digest, Evidence.sealed).where(
                Evidence.lot_id == lot_id, Evidence.purpose.in_(purposes)
            )
        )
        plates = conn.execute(select(Seat.plate).where(Seat.lot_id == lot_id)).scalars()
        by_digits = {st.signed_plate(plate): plate for plate in plates}
        nonces = sorted(self._nonce(by_digits, row.digest, row.sealed) for row in entries)
        return LotteryOpening(str(seed), tuple(nonces))

    def _nonce(self, plates: dict[str, str], digest: str, sealed: bytes) -> tuple[str, str]:
        content = self._sealer.open(sealed, f"evidence:{digest}")
        assert isinstance(content, dict)
        entry = st.parse(str(content["purpose"]), str(content["body"]).encode("ascii"))
        return plates[entry.fields["plate"]], entry.fields["nonce"]


def reserve_place(slug: str) -> str:
    """The place to which a sealed reserve is bound."""
    return f"reserve:{slug}"


def seed_place(slug: str) -> str:
    """The place to which the sealed seed of a lot's draw is bound."""
    return f"lottery:{slug}"
