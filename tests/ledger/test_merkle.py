"""Merkle trees: published vectors, and agreement with the definition in RFC 6962, section 2.1."""

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    MerkleError,
    Tree,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "rfc6962" / "proofs.json").read_text(encoding="utf-8")
)
LEAVES = [leaf_hash(str(number).encode()) for number in range(140)]
sizes = st.integers(0, len(LEAVES))


def definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, word for word: split at the largest power of two below the size."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + definition(leaves[:half]) + definition(leaves[half:])).digest()


def defined_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return [*defined_path(index, leaves[:half]), definition(leaves[half:])]
    return [*defined_path(index - half, leaves[half:]), definition(leaves[:half])]


def defined_consistency(old: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if old == len(leaves):
        return [] if whole else [definition(leaves)]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= half:
        return [*defined_consistency(old, leaves[:half], whole), definition(leaves[half:])]
    rest = defined_consistency(old - half, leaves[half:], False)
    return [*rest, definition(leaves[:half])]


def hashes(proof: list[str] | None) -> list[bytes]:
    return [b64decode(item) for item in proof or []]


def test_the_published_vectors_are_all_there() -> None:
    assert len(VECTORS["inclusion"]) + len(VECTORS["consistency"]) == 196


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=lambda case: case["file"])
def test_published_inclusion_proof(case: dict[str, Any]) -> None:
    accepted = verify_inclusion(
        b64decode(case["leafHash"] or ""),
        case["leafIdx"],
        case["treeSize"],
        hashes(case["proof"]),
        b64decode(case["root"] or ""),
    )
    assert accepted is not case["wantErr"]


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=lambda case: case["file"])
def test_published_consistency_proof(case: dict[str, Any]) -> None:
    accepted = verify_consistency(
        case["size1"],
        case["size2"],
        b64decode(case["root1"] or ""),
        b64decode(case["root2"] or ""),
        hashes(case["proof"]),
    )
    assert accepted is not case["wantErr"]


@given(sizes)
def test_root_is_that_of_the_definition(size: int) -> None:
    assert Tree(LEAVES[:size]).root() == definition(LEAVES[:size])


@given(sizes, sizes)
def test_a_tree_remembers_the_root_of_each_earlier_size(one: int, other: int) -> None:
    earlier, now = sorted((one, other))
    assert Tree(LEAVES[:now]).root_at(earlier) == definition(LEAVES[:earlier])


@given(st.data())
def test_inclusion_proofs_are_those_of_the_definition_and_verify(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(LEAVES)))
    index = data.draw(st.integers(0, size - 1))
    tree = Tree(LEAVES)
    proof = tree.inclusion_proof(index, size)
    assert proof == defined_path(index, LEAVES[:size])
    assert verify_inclusion(LEAVES[index], index, size, proof, tree.root_at(size))


@given(st.data())
def test_consistency_proofs_are_those_of_the_definition_and_verify(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, len(LEAVES)))
    old = data.draw(st.integers(1, new))
    tree = Tree(LEAVES)
    proof = tree.consistency_proof(old, new)
    assert proof == defined_consistency(old, LEAVES[:new])
    assert verify_consistency(old, new, tree.root_at(old), tree.root_at(new), proof)


@given(st.data())
def test_a_log_with_an_earlier_leaf_rewritten_is_not_consistent(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, len(LEAVES)))
    old = data.draw(st.integers(1, new))
    rewritten = LEAVES[:new]
    rewritten[data.draw(st.integers(0, old - 1))] = leaf_hash(b"another amount")
    honest, forged = Tree(LEAVES), Tree(rewritten)
    proof = forged.consistency_proof(old, new)
    assert not verify_consistency(old, new, honest.root_at(old), forged.root(), proof)


@given(st.data())
def test_a_leaf_is_proven_at_its_own_index_only(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, len(LEAVES)))
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda number: number != index))
    tree = Tree(LEAVES)
    proof = tree.inclusion_proof(index, size)
    assert not verify_inclusion(LEAVES[index], other, size, proof, tree.root_at(size))
    assert not verify_inclusion(LEAVES[other], index, size, proof, tree.root_at(size))


@given(sizes, sizes, sizes)
def test_a_batch_that_did_not_commit_leaves_no_trace(kept: int, lost: int, added: int) -> None:
    tree = Tree(LEAVES[:kept])
    for number in range(lost):
        tree.append(leaf_hash(b"lost %d" % number))
    tree.truncate(kept)
    expected = LEAVES[:kept]
    assert (tree.size, tree.root()) == (kept, definition(expected))
    for leaf in LEAVES[:added]:
        tree.append(leaf)
        expected.append(leaf)
    assert tree.root() == definition(expected)


def test_append_tells_the_index_of_the_leaf() -> None:
    assert [Tree(LEAVES[:3]).append(LEAVES[3]), Tree().append(LEAVES[0])] == [3, 0]


@given(sizes)
def test_a_frontier_grown_leaf_by_leaf_is_that_of_the_tree(size: int) -> None:
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier = frontier.appended(leaf)
    tree = Tree(LEAVES[:size])
    assert frontier == tree.frontier()
    assert frontier.root() == tree.root()


@given(sizes)
def test_a_stored_frontier_is_read_back(size: int) -> None:
    frontier = Tree(LEAVES[:size]).frontier()
    stored = frontier.to_bytes()
    assert len(stored) == 8 + 32 * size.bit_count()
    assert Frontier.from_bytes(stored) == frontier


def test_appending_leaves_the_frontier_before_as_it_was() -> None:
    before = Tree(LEAVES[:3]).frontier()
    before.appended(LEAVES[3])
    assert before == Tree(LEAVES[:3]).frontier()


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        (b"", "frontier"),
        (b"\0" * 7, "frontier"),
        ((3).to_bytes(8, "big") + bytes(32), "frontier"),
        ((2).to_bytes(8, "big") + bytes(64), "frontier"),
        ((1).to_bytes(8, "big") + bytes(31), "hash_length"),
        ((1).to_bytes(8, "big") + bytes(33), "frontier"),
    ],
)
def test_a_damaged_frontier_is_refused(stored: bytes, code: str) -> None:
    with pytest.raises(MerkleError) as caught:
        Frontier.from_bytes(stored)
    assert caught.value.code == code


def test_the_empty_tree_has_the_hash_of_nothing_as_root() -> None:
    assert Tree().root() == Frontier().root() == EMPTY_ROOT == sha256().digest()


def test_leaves_and_sizes_that_do_not_exist_are_refused() -> None:
    tree = Tree(LEAVES[:3])
    refused = [
        lambda: tree.root_at(4),
        lambda: tree.root_at(-1),
        lambda: tree.truncate(4),
        lambda: tree.inclusion_proof(3, 3),
        lambda: tree.inclusion_proof(-1, 3),
        lambda: tree.inclusion_proof(0, 4),
        lambda: tree.consistency_proof(0, 3),
        lambda: tree.consistency_proof(3, 2),
        lambda: tree.consistency_proof(1, 4),
    ]
    for act in refused:
        with pytest.raises(MerkleError, match=r"^range"):
            act()


def test_only_hashes_are_appended() -> None:
    with pytest.raises(MerkleError, match=r"^hash_length"):
        Tree().append(b"not a hash")
    with pytest.raises(MerkleError, match=r"^hash_length"):
        Frontier().appended(b"not a hash")
