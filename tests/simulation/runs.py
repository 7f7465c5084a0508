"""Runs by seed, and what is said of one that failed."""

import gc
from collections import Counter
from collections.abc import Callable

from simulation.sale import Sale
from simulation.world import Violation


class Failed(AssertionError):
    """A run in which something was as it must not be, with the command that shows it again."""


def play(seed: int, trace: Callable[[str], None] | None = None) -> Counter[str]:
    """The sale of this seed; how often each kind of thing happened. Raises Failed."""
    sale = Sale(seed, trace)
    try:
        sale.run()
    except (Exception, Violation) as fault:
        what = str(fault) or repr(fault)
        raise Failed(f"seed {seed}: {what}\nshow it again: make simulate SEED={seed}") from fault
    finally:
        gc.collect() if seed % 50 == 0 else None
    return sale.world.seen
