"""The sealed reserve price: what the centre commits to before the close, and opens at the end.

Anyone can check the opening against the commitment with a line of code (R-71).
"""

from hashlib import sha256


def commitment(lot_code: str, amount_fen: int, salt: str) -> str:
    """SHA-256 (hex) of the canonical text of a reserve of `amount_fen` for a lot.

    `salt` is secret until the end of bidding: without it the few likely amounts could be tried.
    """
    text = f"reserve/1\n{lot_code}\n{amount_fen}\n{salt}\n"
    return sha256(text.encode()).hexdigest()


def is_digest(text: str) -> bool:
    """Whether `text` is a SHA-256 in lower-case hexadecimal digits."""
    return len(text) == 64 and all(digit in "0123456789abcdef" for digit in text)
