"""The way of a bid: tickets, hold, group commit, and the clock that all of it reads."""
