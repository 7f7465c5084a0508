"""Receipts (C2SP tlog-proof)."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from auction.ledger.base64strict import encode
from auction.ledger.checkpoint import Checkpoint, sign
from auction.ledger.merkle import Tree, leaf_hash
from auction.ledger.notes import LogKey, Verifier
from auction.ledger.receipt import Receipt, ReceiptError, verify

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEY = LogKey("auction.example/lots/a", PRIVATE)
RECORDS = [b'{"amount_fen":%d}' % number for number in range(1, 12)]
TREE = Tree(map(leaf_hash, RECORDS))


def receipt_of(index: int, size: int = len(RECORDS)) -> Receipt:
    head = Checkpoint(KEY.name, size, TREE.root_at(size))
    proof = tuple(TREE.inclusion_proof(index, size))
    return Receipt(index, RECORDS[index], proof, sign(head, KEY))


def refusal(text: str, verifier: Verifier = KEY.verifier) -> str:
    with pytest.raises(ReceiptError) as caught:
        verify(Receipt.from_text(text), verifier)
    return caught.value.code


@pytest.mark.parametrize("size", range(1, len(RECORDS) + 1))
def test_every_record_has_a_receipt_under_every_later_head(size: int) -> None:
    for index in range(size):
        receipt = receipt_of(index, size)
        assert Receipt.from_text(receipt.to_text()) == receipt
        assert verify(receipt, KEY.verifier).size == size


def test_the_text_is_a_transparency_log_proof_that_carries_the_record() -> None:
    receipt = receipt_of(1, 2)
    assert receipt.to_text() == (
        "c2sp.org/tlog-proof@v1\n"
        f"extra {encode(RECORDS[1])}\n"
        "index 1\n"
        f"{encode(leaf_hash(RECORDS[0]))}\n"
        "\n"
        f"{receipt.checkpoint_note}"
    )


def test_a_log_of_one_record_needs_no_hashes() -> None:
    assert "index 0\n\nauction.example/lots/a\n1\n" in receipt_of(0, 1).to_text()


@given(st.data())
def test_one_changed_character_is_found(data: st.DataObject) -> None:
    text = receipt_of(data.draw(st.integers(0, len(RECORDS) - 1))).to_text()
    at = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.characters().filter(lambda other: other != text[at]))
    assert refusal(text[:at] + character + text[at + 1 :])


@given(st.data())
def test_a_receipt_cut_short_is_found(data: st.DataObject) -> None:
    text = receipt_of(4).to_text()
    assert refusal(text[: data.draw(st.integers(0, len(text) - 1))])


def test_the_record_of_another_index_is_not_proven() -> None:
    mine, other = receipt_of(4), receipt_of(5)
    swapped = Receipt(mine.index, other.leaf, mine.proof, mine.checkpoint_note)
    assert refusal(swapped.to_text()) == "inclusion"


def test_a_receipt_of_another_lot_is_refused() -> None:
    other = LogKey("auction.example/lots/b", PRIVATE)
    assert refusal(receipt_of(4).to_text(), other.verifier) == "checkpoint"


HASH = encode(bytes(32))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "header"),
        ("c2sp.org/tlog-proof@v1\n\nnote", "header"),
        ("c2sp.org/tlog-proof@v2\nextra YQ==\nindex 0\n\nnote", "header"),
        (f"c2sp.org/tlog-proof@v1\nindex 0\n{HASH}\n\nnote", "extra"),
        ("c2sp.org/tlog-proof@v1\nextra Y\nindex 0\n\nnote", "extra"),
        (f"c2sp.org/tlog-proof@v1\nextra {encode(bytes(65_536))}\nindex 0\n\nnote", "extra"),
        ("c2sp.org/tlog-proof@v1\nextra YQ==\nindex 00\n\nnote", "index"),
        ("c2sp.org/tlog-proof@v1\nextra YQ==\nindex -1\n\nnote", "index"),
        ("c2sp.org/tlog-proof@v1\nextra YQ==\nindex ٣\n\nnote", "index"),
        ("c2sp.org/tlog-proof@v1\nextra YQ==\nindex 0\nYQ==\n\nnote", "proof"),
        (f"c2sp.org/tlog-proof@v1\nextra YQ==\nindex 0\n{HASH}\n?\n\nnote", "proof"),
        ("c2sp.org/tlog-proof@v1\nextra YQ==\nindex 0" + f"\n{HASH}" * 65 + "\n\nnote", "proof"),
        ("c2sp.org/tlog-proof@v1\nextra YQ==\nindex 0" + f"\n{HASH}" * 99 + "\n\nnote", "proof"),
        (f"c2sp.org/tlog-proof@v1\nextra YQ==\nindex 0\n{HASH}\n", "proof"),
        (f"c2sp.org/tlog-proof@v1\nextra YQ==\nindex 0\n{HASH}", "checkpoint"),
        (f"c2sp.org/tlog-proof@v1\nextra YQ==\nindex 0\n{HASH}\n\n", "checkpoint"),
        (f"c2sp.org/tlog-proof@v1\nextra YQ==\nindex 0\n{HASH}\n\nnote", "checkpoint"),
    ],
)
def test_damaged_text_is_refused_with_a_code(text: str, code: str) -> None:
    assert refusal(text) == code
