"""Half a minute of simulated sales from fixed seeds, and faults put into the code to be found.

`make simulate` runs as long as one likes.
"""

import itertools
from datetime import datetime

import pytest
from simulation.runs import Failed, missing, play, play_all
from simulation.sale import Sale

from auction.core import judging
from auction.core.instants import seconds
from auction.core.state import LotState
from auction.trading.batch import BatchWriter
from auction.trading.draft import Draft
from auction.trading.ports import Transaction
from auction.trading.tickets import Pending, Queues, Ticket
from auction.trading.work import Work

FIRST = 1_000_000
ENOUGH = 60
"""A fault that is put in must be found within so many runs."""

pytestmark = pytest.mark.timeout(240)


def test_no_fault_loses_or_misjudges_a_bid() -> None:
    seen = play_all(itertools.count(FIRST), seconds=30, at_most=150)
    assert not missing(seen)


def test_a_seed_tells_the_same_story_each_time() -> None:
    stories: list[list[str]] = []
    for _ in range(2):
        story: list[str] = []
        Sale(FIRST, story.append).run()
        stories.append(story)
    assert stories[0] == stories[1]
    assert len(stories[0]) > 10


# --- the test of the test --------------------------------------------------------------------


def found() -> str:
    """What the first run says that notices the fault."""
    for seed in range(FIRST, FIRST + ENOUGH):
        try:
            play(seed)
        except Failed as failed:
            return str(failed)
    pytest.fail("nothing was noticed")


def test_a_close_that_does_not_wait_for_earlier_tickets_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing_earlier(_queues: Queues, _lot_id: int) -> datetime | None:
        return None

    monkeypatch.setattr(Queues, "first_arrival", nothing_earlier)
    assert "was decided behind" in found()


def test_a_close_that_does_not_wait_for_the_other_workers_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nobody_else(_draft: Draft, _tx: Transaction, _instant: datetime) -> None:
        pass

    monkeypatch.setattr(Draft, "_wait_for_others", nobody_else)
    assert "was decided behind" in found()


def test_deciding_whatever_is_verified_first_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    fill = Queues.fill

    def overtake(queues: Queues, ticket: Ticket, work: Work) -> Pending:
        pending = fill(queues, ticket, work)
        queue = queues._queues[ticket.lot_id]
        place = queues._places[ticket.number]
        queue.remove(place)
        queue.insert(sum(other.work is not None for other in queue), place)
        return pending

    monkeypatch.setattr(Queues, "fill", overtake)
    assert "decided" in found()


def test_a_deadline_that_may_move_back_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_max(state: LotState, at: datetime) -> datetime:
        return at + seconds(state.terms.countdown_seconds)

    monkeypatch.setattr(judging, "_deadline", without_max)
    assert ": deadline " in found()


def test_memory_assigned_before_the_commit_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    write = BatchWriter._write

    def too_early(writer: BatchWriter, tx: Transaction, drafts: dict[int, Draft]) -> None:
        write(writer, tx, drafts)
        for draft in drafts.values():
            draft.apply()

    monkeypatch.setattr(BatchWriter, "_write", too_early)
    assert "memory tells another sale than the log" in found()
