"""Two implementations of the rules, written apart, read the same sales: they must agree.

The sales come from the state machine that looks for faults of the engine. Each is replayed by both
as it is, and again and again with something in it changed: where one objects, the other must.
"""

import copy
import random
from collections.abc import Callable

import pytest
from core.test_engine_machine import SaleMachine
from factories import Sale
from hypothesis import settings
from services.test_replay_rules import SALES
from verifier.second_opinion import Leaf, by_core, by_verifier, leaves

from auction.core.instants import to_us
from auction.core.state import Stage, due
from auction.verifier.rules import state as second

_STAGES = {
    Stage.SECOND_STAGE: "draw",
    Stage.AWARD_PENDING: "pending",
    Stage.AWARD_VOID: "void",
    Stage.RESULT_HELD: "held",
}
_STEPS = (-60_000_000, -1_000_000, -1, 1, 1_000_000, 60_000_000, 100_000_000)
CHANGES_OF_A_SALE = 25


def changed(found: list[Leaf], dice: random.Random) -> list[Leaf]:
    """The records with one thing in one of them changed, or one gone, twice or out of its place."""
    made = copy.deepcopy(found)
    place = dice.randrange(len(made))
    match dice.randrange(8):
        case 0:
            del made[place]
        case 1:
            other = dice.randrange(len(made))
            made[place], made[other] = made[other], made[place]
        case 2:
            made.insert(dice.randrange(len(made) + 1), copy.deepcopy(made[place]))
        case 3:
            made[place]["arrival_us"] += dice.choice(_STEPS)
        case _:
            _change_a_field(made[place]["data"], dice)
    return made


def _change_a_field(data: Leaf, dice: random.Random) -> None:
    if not data:
        return
    name = dice.choice(sorted(data))
    value = data[name]
    match value:
        case dict():
            _change_a_field(value, dice)
        case bool():
            data[name] = not value
        case int():
            data[name] = value + dice.choice(_STEPS)
        case str():
            data[name] = dice.choice(("1001", "1002", "BID_LATE", "at_least", value[::-1], None))
        case None:
            data[name] = dice.choice((0, 1, 1_729_000_000_000_000, "NO_BID", "1001"))
        case list():
            data[name] = value[:-1] if value else ["1001"]


def assert_agreement(sale: Sale) -> None:
    found = leaves(sale.records)
    objected, again = by_verifier(found)
    assert not objected, again.findings
    first, other = sale.state, again.sale
    instant = due(first)
    assert (other.stage, other.price, other.leader, sorted(other.quoted)) == (
        _STAGES.get(first.stage, str(first.stage)),
        first.price_fen,
        first.leader,
        sorted(first.quoted),
    )
    assert second.due(other) == (None if instant is None else to_us(instant))
    dice = random.Random(repr(found[-1]))
    for _ in range(CHANGES_OF_A_SALE):
        tampered = changed(found, dice)
        by_first, core = by_core(tampered)
        by_second, verifier = by_verifier(tampered)
        assert by_first == by_second, (core.findings, verifier.findings)


class BothMachine(SaleMachine):
    """The engine's sales, each read by both at its end."""

    def teardown(self) -> None:
        if hasattr(self, "sale"):
            assert_agreement(self.sale)


TestBothMachine = BothMachine.TestCase
TestBothMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("make", SALES, ids=lambda make: make.__name__)
def test_they_agree_on_sales_with_a_question_a_night_a_reserve_a_draw_and_a_hold(
    make: Callable[[], Sale],
) -> None:
    assert_agreement(make())
