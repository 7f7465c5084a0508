"""Bids are stamped in the order in which the network brought them, before any is verified."""

from datetime import datetime
from typing import Any

import gevent
import pytest

from auction.live import intake
from auction.live.intake import GROUP, Came, Intake
from auction.trading.sequencer import Ticket
from auction.trading.time import ReferenceClock


class Stamps:
    """Gives out tickets as the sequencer does."""

    def __init__(self) -> None:
        self.given: list[Ticket] = []

    def ticket(self, lot_id: int) -> Ticket:
        made = Ticket(ReferenceClock().now(), len(self.given), lot_id)
        self.given.append(made)
        return made


def came(sid: str) -> Came:
    return Came(sid, 1, {}, lambda _said: None)


def test_what_one_look_brought_is_stamped_in_the_order_of_its_coming(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intake, "is_module_patched", lambda _name: True)
    stamps: Any = Stamps()
    taken: list[list[tuple[str, int]]] = []
    desk = Intake(stamps, lambda group: taken.append([(one.sid, t.number) for one, t in group]))
    for sid in ("third", "second", "first"):  # the loop hands out the last one first
        desk.add(came(sid))
    assert stamps.given == [], "none before all of them are read"
    gevent.sleep(0.01)
    assert len(stamps.given) == 3
    assert taken == [], "stamping does not wait for verification"
    desk.work()
    assert taken == [[("first", 0), ("second", 1), ("third", 2)]]


def test_more_is_read_and_stamped_between_two_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "is_module_patched", lambda _name: True)
    stamps: Any = Stamps()
    sizes: list[int] = []
    stamped_when_taken: list[int] = []

    def take(group: list[intake.Stamped]) -> None:
        sizes.append(len(group))
        stamped_when_taken.append(len(stamps.given))
        if len(sizes) == 1:
            desk.add(came("late"))

    desk = Intake(stamps, take)
    for number in range(GROUP + 1):
        desk.add(came(str(number)))
    gevent.sleep(0.01)
    desk.work()
    assert sizes == [GROUP, 2]
    assert stamped_when_taken == [GROUP + 1, GROUP + 2]


def test_with_threads_a_bid_is_taken_where_it_is_read() -> None:
    stamps: Any = Stamps()
    taken: list[datetime] = []
    Intake(stamps, lambda group: taken.append(group[0][1].arrival)).add(came("only"))
    assert taken == [stamps.given[0].arrival]
