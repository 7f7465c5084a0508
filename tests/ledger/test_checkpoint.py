"""Checkpoints (C2SP tlog-checkpoint), among them those that another implementation signed."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from auction.ledger.base64strict import encode
from auction.ledger.checkpoint import Checkpoint, CheckpointError, check_code, open_note, sign
from auction.ledger.merkle import HASH_BYTES, Tree, leaf_hash, verify_consistency
from auction.ledger.notes import LogKey, NoteError, Verifier

TESSERA = Path(__file__).parents[1] / "vectors" / "tessera-log"
TESSERA_KEY = Verifier.from_string(
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEY = LogKey("auction.example/lots/a", PRIVATE)
ROOT = encode(bytes(32))


def tessera_note(size: int) -> str:
    return (TESSERA / f"checkpoint.{size}").read_text(encoding="utf-8")


def tessera_leaves(size: int) -> list[bytes]:
    """Leaf hashes as the hash tile of that size keeps them."""
    if size == 0:
        return []
    tile = (TESSERA / "tile" / "0" / "000.p" / str(size)).read_bytes()
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def tessera_entries(size: int) -> list[bytes]:
    """Entries of the bundle of that size, each led by its 16-bit length."""
    if size == 0:
        return []
    bundle = (TESSERA / "tile" / "entries" / "000.p" / str(size)).read_bytes()
    entries = []
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        entries.append(bundle[2 : 2 + length])
        bundle = bundle[2 + length :]
    return entries


@pytest.mark.parametrize("size", range(16))
def test_a_checkpoint_signed_elsewhere_opens_and_its_root_is_recomputed(size: int) -> None:
    head = open_note(tessera_note(size), TESSERA_KEY)
    assert (head.origin, head.size, head.extensions) == ("example.com/log/testdata", size, ())
    leaves = tessera_leaves(size)
    assert leaves == [leaf_hash(entry) for entry in tessera_entries(size)]
    assert Tree(leaves).root() == head.root


@pytest.mark.parametrize("old", range(1, 16))
def test_checkpoints_signed_elsewhere_are_consistent_with_the_last(old: int) -> None:
    earlier, last = (open_note(tessera_note(size), TESSERA_KEY) for size in (old, 15))
    proof = Tree(tessera_leaves(15)).consistency_proof(old, 15)
    assert verify_consistency(old, 15, earlier.root, last.root, proof)


def test_a_checkpoint_signed_elsewhere_does_not_open_when_its_size_was_changed() -> None:
    with pytest.raises(NoteError, match=r"^signature"):
        open_note(tessera_note(14).replace("\n14\n", "\n15\n"), TESSERA_KEY)


def test_the_text_is_origin_size_and_root() -> None:
    assert Checkpoint(KEY.name, 7, bytes(32)).to_text() == f"auction.example/lots/a\n7\n{ROOT}\n"


@given(
    st.builds(
        Checkpoint,
        st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1),
        st.integers(0, 10**19 - 1),
        st.binary(min_size=32, max_size=32),
        st.lists(st.sampled_from(["extension", "扩展"])).map(tuple),
    )
)
def test_a_checkpoint_reads_back_from_its_text(checkpoint: Checkpoint) -> None:
    assert Checkpoint.parse(checkpoint.to_text()) == checkpoint


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "lines"),
        (f"a\n1\n{ROOT}", "lines"),
        ("a\n1\n", "lines"),
        (f"\n1\n{ROOT}\n", "origin"),
        (f"a\n01\n{ROOT}\n", "size"),
        (f"a\n+1\n{ROOT}\n", "size"),
        (f"a\n1 \n{ROOT}\n", "size"),
        (f"a\n-1\n{ROOT}\n", "size"),
        (f"a\n１\n{ROOT}\n", "size"),
        (f"a\n{'9' * 20}\n{ROOT}\n", "size"),
        (f"a\n1\n{ROOT[:-4]}\n", "root"),
        (f"a\n1\n{ROOT[:-1]}\n", "root"),
        (f"a\n1\n{ROOT[:-2]}B=\n", "root"),
        (f"a\n1\n{ROOT}\n\n", "extension"),
    ],
)
def test_other_spellings_are_refused(text: str, code: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        Checkpoint.parse(text)
    assert caught.value.code == code


def test_a_signed_checkpoint_opens_with_the_key_of_its_log() -> None:
    head = Checkpoint(KEY.name, 3, bytes(range(32)))
    assert open_note(sign(head, KEY), KEY.verifier) == head


def test_a_key_under_the_name_of_another_log_neither_signs_nor_opens() -> None:
    other = LogKey("auction.example/lots/b", PRIVATE)
    head = Checkpoint(KEY.name, 3, bytes(32))
    with pytest.raises(CheckpointError, match=r"^key_name"):
        sign(head, other)
    with pytest.raises(NoteError, match=r"^unsigned"):
        open_note(sign(head, KEY), other.verifier)
    with pytest.raises(CheckpointError, match=r"^key_name"):
        open_note(other.sign(head.to_text()), other.verifier)


def test_a_signed_note_that_is_no_checkpoint_is_refused() -> None:
    with pytest.raises(CheckpointError, match=r"^lines"):
        open_note(KEY.sign("hello\n"), KEY.verifier)


def test_the_check_code_is_six_digits_of_the_signed_text() -> None:
    # SHA-256 of the text begins c256d439297a (sha256sum); modulo 1,000,000 that is 491962.
    assert check_code(Checkpoint("auction.example/lots/a", 7, bytes(32))) == "49-19-62"


def test_the_check_code_of_a_note_does_not_depend_on_who_signed() -> None:
    head = Checkpoint(KEY.name, 9, bytes(32))
    witness = LogKey("witness.example", PRIVATE)
    note = sign(head, KEY)
    cosigned = note + witness.sign(head.to_text()).removeprefix(head.to_text() + "\n")
    assert check_code(head) == check_code(note) == check_code(cosigned)


def test_the_check_code_changes_with_size_and_root() -> None:
    heads = [
        Checkpoint(KEY.name, 7, bytes(32)),
        Checkpoint(KEY.name, 8, bytes(32)),
        Checkpoint(KEY.name, 7, bytes([1] * 32)),
        Checkpoint(KEY.name + "b", 7, bytes(32)),
    ]
    assert len({check_code(head) for head in heads}) == 4
