"""The rules of a sale, written a second time from SPEC.md (7): integers, no clock, no database.

Amounts are fen, instants microseconds since 1970 (UTC). `shapes` says what a record looks like,
`terms` what the published rules may be, `state` what is known, `fold` what a record changes,
`bids`, `turns` and `acts` what must come of a bid, of time, of a person's act; `replay` compares.
"""
