"""How fast the bid path is, beside what the machine could do: `make bench`.

Runs on loopback only, bounded in time and count. How to read it: docs/performance.md.
"""
