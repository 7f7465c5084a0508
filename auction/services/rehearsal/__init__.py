"""The whole sale of the notice, run in process with a driven clock and keys of its own.

Everything goes through the services that people use, with real signatures by keys in this
program's memory. With one seed every key, nonce, salt, plate and price follows from the seed:
the log has the same leaves and the same root wherever it is run.
"""

from auction.services.rehearsal.run import (
    SEED,
    Outcome,
    authority_of,
    exists,
    in_scratch_database,
    into_this_database,
)

__all__ = [
    "SEED",
    "Outcome",
    "authority_of",
    "exists",
    "in_scratch_database",
    "into_this_database",
]
