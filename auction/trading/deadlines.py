"""When the next transition of each lot is due: a heap, since deadlines move with every bid."""

import heapq
from collections.abc import Callable
from datetime import datetime


class Deadlines:
    """The instant at which each lot changes by time. Callers hold the sequencer's lock."""

    def __init__(self) -> None:
        self._due: dict[int, datetime] = {}
        self._heap: list[tuple[datetime, int]] = []

    def set(self, lot_id: int, instant: datetime | None) -> bool:
        """Note the lot's next instant, or that there is none; whether that is news."""
        known = self._due.get(lot_id)
        if instant == known:
            return False
        self._due.pop(lot_id, None)
        if instant is not None:
            self._due[lot_id] = instant
            # One heap entry a lot: a deadline that moved away is pushed again when it pops.
            if known is None or instant < known:
                heapq.heappush(self._heap, (instant, lot_id))
        return True

    def pop(
        self, now: datetime, first_arrival: Callable[[int], datetime | None]
    ) -> list[tuple[datetime, int]]:
        """Transitions to carry out now, each an instant and a lot.

        One whose lot has an undecided ticket that arrived before it waits: `first_arrival` tells
        the oldest of a lot.
        """
        found: list[tuple[datetime, int]] = []
        keep: list[tuple[datetime, int]] = []
        while self._heap and self._heap[0][0] <= now:
            _, lot_id = heapq.heappop(self._heap)
            instant = self._due.get(lot_id)
            if instant is None:
                continue
            first = first_arrival(lot_id)
            if instant > now or (first is not None and first < instant):
                keep.append((instant, lot_id))
            else:
                del self._due[lot_id]
                found.append((instant, lot_id))
        for entry in keep:
            heapq.heappush(self._heap, entry)
        return found

    def next(self) -> datetime | None:
        """The earliest instant at which there may be something to do."""
        return self._heap[0][0] if self._heap else None
