"""The fifteen checks, numbered as in SPEC.md, 8. Each takes a Context and gives a Result."""

from collections.abc import Callable

from auction.verifier.checks import anchoring, complete, form, log, persons, rules
from auction.verifier.context import Context
from auction.verifier.report import Report, Result, facts

ALL: tuple[tuple[int, Callable[[Context], Result]], ...] = (
    (1, form.opens),
    (2, form.canonical_records),
    (3, form.dense_sequence),
    (4, log.roots),
    (5, log.signatures),
    (6, anchoring.quorum),
    (7, anchoring.timestamp),
    (8, log.time_order),
    (9, persons.signatures_and_binding),
    (10, rules.published_rules),
    (11, rules.verdicts),
    (12, rules.close_time),
    (13, rules.winner),
    (14, complete.receipts_and_heads),
    (15, complete.to_the_witness_head),
)


def run(context: Context, leave_out: frozenset[int] = frozenset()) -> Report:
    """All checks; those in `leave_out` are not made, as the tests of this verifier ask."""
    results = tuple(
        Result.not_made(number, "SKIPPED") if number in leave_out else check(context)
        for number, check in ALL
    )
    return Report(results, facts(context), context.trust.permitted)
