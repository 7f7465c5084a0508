"""Bids are stamped in the order in which the network brought them, before any is verified."""

from datetime import datetime
from typing import Any

import gevent
import pytest

from auction.live import intake
from auction.live.intake import Came, Intake
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
    taken: list[tuple[str, int]] = []
    desk = Intake(stamps, lambda one, ticket: taken.append((one.sid, ticket.number)))
    for sid in ("third", "second", "first"):  # the loop hands out the last one first
        desk.add(came(sid))
    assert stamps.given == [], "none before all of them are read"
    gevent.sleep(0.01)
    assert len(stamps.given) == 3
    assert taken == [], "stamping does not wait for verification"
    desk.work()
    assert taken == [("first", 0), ("second", 1), ("third", 2)]


def test_a_bid_that_cannot_be_taken_gives_its_ticket_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intake, "is_module_patched", lambda _name: True)
    stamps: Any = Stamps()
    given_back: list[Ticket] = []
    stamps.withdraw = given_back.append
    taken: list[str] = []

    def take(one: Came, _ticket: Ticket) -> None:
        if one.sid == "bad":
            raise ZeroDivisionError
        taken.append(one.sid)

    desk = Intake(stamps, take)
    for sid in ("good", "bad"):
        desk.add(came(sid))
    gevent.sleep(0.01)
    desk.work()
    assert [ticket.number for ticket in given_back] == [0]
    assert taken == ["good"]


def test_with_threads_a_bid_is_taken_where_it_is_read() -> None:
    stamps: Any = Stamps()
    taken: list[datetime] = []
    Intake(stamps, lambda _one, ticket: taken.append(ticket.arrival)).add(came("only"))
    assert taken == [stamps.given[0].arrival]
