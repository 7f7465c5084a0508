"""The lottery at a price cap (R-73): a draw that anybody can compute again.

The centre commits to its seed in the lot's first record, before any bidder is known. Each bidder
commits to a nonce of his own when he joins. Seed and nonces are opened together at the end, and
the draw is a hash of all of them. So neither the centre alone nor any bidder alone can choose who
wins. What it cannot exclude: a centre that tells the last to join what it keeps sealed.
"""

from collections.abc import Mapping
from hashlib import sha256


def commitment(secret: str) -> str:
    """SHA-256 (hex) of the bytes that `secret` (hex) spells; ValueError if it spells none.

    The same for the centre's seed and for a bidder's nonce.
    """
    return sha256(bytes.fromhex(secret)).hexdigest()


def opens(secret: str, committed: str | None) -> bool:
    """Whether `secret` (hex) is what `committed` binds."""
    try:
        return commitment(secret) == committed
    except ValueError:
        return False


def winner(lot_code: str, seed: str, nonces: tuple[tuple[str, str], ...]) -> str:
    """The plate that seed and nonces (hex) give; `nonces` in the order of plates, not empty."""
    entries = "".join(f"{plate}:{nonce}\n" for plate, nonce in nonces)
    digest = sha256(f"lottery/1\n{lot_code}\n{seed}\n{entries}".encode()).hexdigest()
    return nonces[int(digest, 16) % len(nonces)][0]


def is_honest(
    seed: str,
    committed: str | None,
    nonces: tuple[tuple[str, str], ...],
    entries: Mapping[str, str],
) -> bool:
    """Whether seed and nonces are exactly those that were committed to, in the order of plates.

    `entries` maps each plate that joined to the hash of its nonce.
    """
    return (
        opens(seed, committed)
        and [plate for plate, _ in nonces] == sorted(entries)
        and all(opens(nonce, entries[plate]) for plate, nonce in nonces)
    )
