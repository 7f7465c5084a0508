"""The log as evidence: canonical bytes, Merkle trees, signed heads, receipts. No Flask, no SQL."""
