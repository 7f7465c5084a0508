"""Merkle trees of RFC 6962, section 2.1, with SHA-256: growing, proving, going back.

Hashes are 32 bytes. `Tree` keeps every complete subtree and answers any proof in O(log n);
`Frontier` keeps only the right edge, which is all it takes to go on appending.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from auction.ledger.errors import LedgerError

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


class MerkleError(LedgerError):
    """Codes: `hash_length`, `range` (no such leaf or size), `frontier` (stored bytes damaged)."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of an entry; the prefix keeps entries and inner nodes apart."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node over its two children."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of `size` leaves reduced to the roots of its complete subtrees, largest first."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.nodes) != self.size.bit_count():
            raise MerkleError("frontier", f"{len(self.nodes)} nodes for {self.size} leaves")
        for node in self.nodes:
            _check_hash(node)

    def appended(self, leaf: bytes) -> "Frontier":
        """The frontier with one more leaf hash; this one is unchanged (a batch may roll back)."""
        nodes = [*self.nodes, leaf]
        carry = self.size
        while carry & 1:
            right = nodes.pop()
            nodes[-1] = node_hash(nodes[-1], right)
            carry >>= 1
        return Frontier(self.size + 1, tuple(nodes))

    def root(self) -> bytes:
        """The tree's root."""
        if not self.nodes:
            return EMPTY_ROOT
        *rest, root = self.nodes
        for node in reversed(rest):
            root = node_hash(node, root)
        return root

    def to_bytes(self) -> bytes:
        """Size as 8 big-endian bytes, then the nodes: 8 + 32 * popcount(size) bytes."""
        return self.size.to_bytes(8, "big") + b"".join(self.nodes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Inverse of `to_bytes`; MerkleError `frontier` or `hash_length` if damaged."""
        if len(data) < 8:
            raise MerkleError("frontier", "shorter than its size field")
        nodes = (data[at : at + HASH_BYTES] for at in range(8, len(data), HASH_BYTES))
        return cls(int.from_bytes(data[:8], "big"), tuple(nodes))


class Tree:
    """All complete subtrees in memory, about 64 bytes of hashes a leaf."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        # _levels[k][i] is the root over leaves [i * 2**k, (i + 1) * 2**k).
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    @property
    def size(self) -> int:
        """Number of leaves."""
        return len(self._levels[0])

    def append(self, leaf: bytes) -> int:
        """Adds a leaf hash and returns its index; two hash operations on average."""
        _check_hash(leaf)
        levels = self._levels
        index = position = len(levels[0])
        levels[0].append(leaf)
        level, node = 0, leaf
        while position & 1:
            node = node_hash(levels[level][position - 1], node)
            position >>= 1
            level += 1
            if level == len(levels):
                levels.append([])
            levels[level].append(node)
        return index

    def truncate(self, size: int) -> None:
        """Forgets the leaves from index `size` on: the batch that brought them did not commit."""
        self._check_size(size)
        for level, nodes in enumerate(self._levels):
            del nodes[size >> level :]

    def leaf(self, index: int) -> bytes:
        """The hash of leaf `index`, from 0."""
        return self._levels[0][index]

    def root(self) -> bytes:
        """The root over all leaves."""
        return self.root_at(self.size)

    def root_at(self, size: int) -> bytes:
        """The root that the tree had with its first `size` leaves."""
        self._check_size(size)
        return self._edge(size, size.bit_length()) if size else EMPTY_ROOT

    def frontier(self) -> Frontier:
        """The right edge of the whole tree, to be stored beside it."""
        size = self.size
        return Frontier(
            size,
            tuple(
                self._levels[level][(size >> level) - 1]
                for level in reversed(range(size.bit_length()))
                if size >> level & 1
            ),
        )

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """The audit path of leaf `index` in the tree of `size` leaves (RFC 6962, 2.1.1)."""
        self._check_size(size)
        if not 0 <= index < size:
            raise MerkleError("range", f"no leaf {index} among {size}")
        return self._path(0, index, size)

    def consistency_proof(self, old: int, new: int) -> list[bytes]:
        """Proof that the tree of `new` leaves begins with that of `old` (RFC 6962, 2.1.2).

        From the empty tree nothing can be proven, so `old` is at least 1.
        """
        self._check_size(new)
        if not 0 < old <= new:
            raise MerkleError("range", f"no proof from {old} leaves to {new}")
        if old == new:
            return []
        # The last complete subtree of the old tree is whole in the new one too: prove that.
        level = (old & -old).bit_length() - 1
        node = (old >> level) - 1
        path = self._path(level, node, new)
        return [self._levels[level][node], *path] if node else path

    def _path(self, level: int, node: int, size: int) -> list[bytes]:
        """Siblings on the way from a complete subtree up to the root over `size` leaves."""
        levels = self._levels
        last = (size - 1) >> level
        path = []
        while last:
            if node & 1:
                path.append(levels[level][node - 1])
            elif node < last:
                complete = (node + 2) << level <= size
                path.append(levels[level][node + 1] if complete else self._edge(size, level))
            node >>= 1
            last >>= 1
            level += 1
        return path

    def _edge(self, size: int, below: int) -> bytes:
        """The root over the last `size` mod 2**`below` leaves of `size`; there is at least one."""
        levels = self._levels
        rest = size & ((1 << below) - 1)
        level = (rest & -rest).bit_length() - 1
        root = levels[level][(size >> level) - 1]
        rest &= rest - 1
        while rest:
            level = (rest & -rest).bit_length() - 1
            root = node_hash(levels[level][(size >> level) - 1], root)
            rest &= rest - 1
        return root

    def _check_size(self, size: int) -> None:
        if not 0 <= size <= self.size:
            raise MerkleError("range", f"the tree has {self.size} leaves, not {size}")


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Iterable[bytes], root: bytes
) -> bool:
    """Whether `leaf` (a leaf hash) is number `index` of the `size` leaves under `root`.

    The climb of RFC 9162, 2.1.3.2: `node` and `last` count positions on the current level.
    """
    if not 0 <= index < size or len(leaf) != HASH_BYTES:
        return False
    node, last, reached = index, size - 1, leaf
    for sibling in proof:
        if not last or len(sibling) != HASH_BYTES:
            return False
        if node & 1 or node == last:
            reached = node_hash(sibling, reached)
            node, last = _skip_lone(node, last)
        else:
            reached = node_hash(reached, sibling)
        node >>= 1
        last >>= 1
    return not last and reached == root


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Iterable[bytes]
) -> bool:
    """Whether the tree of `old` leaves is the beginning of that of `new` (RFC 9162, 2.1.4.2).

    False for an empty `old` tree: every log begins so, and a pass would prove nothing.
    """
    path = list(proof)
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path or any(len(sibling) != HASH_BYTES for sibling in path):
        return False
    level = (old & -old).bit_length() - 1
    node, last = (old - 1) >> level, (new - 1) >> level
    old_reached = new_reached = path[0]
    for sibling in path[1:]:
        if not last:
            return False
        if node & 1 or node == last:
            old_reached = node_hash(sibling, old_reached)
            new_reached = node_hash(sibling, new_reached)
            node, last = _skip_lone(node, last)
        else:
            new_reached = node_hash(new_reached, sibling)
        node >>= 1
        last >>= 1
    return not last and old_reached == old_root and new_reached == new_root


def _skip_lone(node: int, last: int) -> tuple[int, int]:
    """Past the levels on which the last node has no sibling and is carried up unchanged."""
    while node and not node & 1:
        node >>= 1
        last >>= 1
    return node, last


def _check_hash(value: bytes) -> None:
    if len(value) != HASH_BYTES:
        raise MerkleError("hash_length", f"a hash has {HASH_BYTES} bytes, not {len(value)}")
