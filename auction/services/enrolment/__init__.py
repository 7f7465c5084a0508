"""How a certificate comes to stand for a bidder, and what he keeps of it."""
