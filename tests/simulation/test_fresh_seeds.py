"""Half a minute of simulated sales from seeds that nobody has seen before."""

import itertools
import random

import pytest
from simulation.runs import play_all

pytestmark = pytest.mark.timeout(240)


def test_nor_does_any_fault_of_a_new_seed() -> None:
    first = random.SystemRandom().randrange(10**9)
    print(f"first seed {first}")
    seen = play_all(itertools.count(first), seconds=30, at_most=30)
    assert seen["sales"] > 0
