"""The rules of a sale as pure functions: no Flask, SQL, clock, randomness, I/O or cryptography."""
