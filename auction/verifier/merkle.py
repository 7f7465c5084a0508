"""Merkle trees of RFC 6962, section 2.1, over SHA-256: roots of every size, inclusion proofs."""

from collections.abc import Sequence
from hashlib import sha256


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def _parent(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """Every complete subtree of a list of leaves; the root of any size in O(log n)."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        """`leaves`: their hashes."""
        self._rows = [list(leaves)]
        while len(self._rows[-1]) > 1:
            row = self._rows[-1]
            self._rows.append([_parent(*row[i : i + 2]) for i in range(0, len(row) - 1, 2)])

    @property
    def size(self) -> int:
        """Number of leaves."""
        return len(self._rows[0])

    def root(self, size: int) -> bytes:
        """The root over the first `size` leaves; ValueError if there are not so many."""
        if not 0 <= size <= self.size:
            raise ValueError(f"no {size} leaves")
        found: bytes | None = None
        for level, row in enumerate(self._rows):
            if size >> level & 1:
                peak = row[(size >> level) - 1]
                found = peak if found is None else _parent(peak, found)
        return sha256(b"").digest() if found is None else found


def root_of_proof(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root to which an inclusion proof leads from a leaf's hash (RFC 9162, 2.1.3.2).

    None when the proof has not the length that index and size ask for.
    """
    if not 0 <= index < size:
        return None
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            found = _parent(sibling, found)
            while place and not place & 1:
                place >>= 1
                last >>= 1
        else:
            found = _parent(found, sibling)
        place >>= 1
        last >>= 1
    return found if last == 0 else None
