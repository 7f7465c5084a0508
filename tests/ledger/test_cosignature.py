"""Cosignatures and submissions as C2SP describes them, and everything that is none."""

import base64
import hashlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from auction.ledger import notes
from auction.ledger.checkpoint import Checkpoint, sign
from auction.ledger.cosignature import CosignatureError, CosignatureKey, Cosigner, cosignatures
from auction.ledger.errors import LedgerError
from auction.ledger.notes import LogKey
from auction.ledger.submission import MAX_PROOF, Submission, SubmissionError, parse_size

AT = datetime(2026, 11, 26, 8, 0, 0, 123456, tzinfo=UTC)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = CosignatureKey("witness.example/w1", PRIVATE)
LOG = LogKey("floor.example/register", Ed25519PrivateKey.generate())
NOTE = sign(Checkpoint(LOG.name, 3, bytes(32)), LOG)
TEXT = notes.split(NOTE)[0]


def test_the_bytes_are_those_of_the_specification() -> None:
    """Built here from the words of the text alone."""
    line = KEY.cosign(TEXT, AT)
    name, encoded = line.removeprefix("— ").rstrip("\n").split(" ")
    assert name == "witness.example/w1"
    data = base64.b64decode(encoded)
    public = PRIVATE.public_key().public_bytes_raw()
    assert data[:4] == hashlib.sha256(b"witness.example/w1\n\x04" + public).digest()[:4]
    seconds = int(AT.timestamp())
    assert data[4:12] == seconds.to_bytes(8, "big")
    signed = f"cosignature/v1\ntime {seconds}\n{TEXT}".encode()
    PRIVATE.public_key().verify(data[12:], signed)
    assert len(data) == 4 + 8 + 64


def test_a_cosignature_is_read_back_with_its_instant() -> None:
    line = KEY.cosign(TEXT, AT)
    [found] = cosignatures(NOTE + line, [KEY.cosigner])
    assert found.at == AT.replace(microsecond=0)
    assert found.line == line
    assert cosignatures(NOTE, [KEY.cosigner]) == ()
    assert cosignatures(NOTE + line, []) == ()


def test_of_several_by_one_witness_the_newest_counts() -> None:
    lines = KEY.cosign(TEXT, AT) + KEY.cosign(TEXT, AT - timedelta(hours=1))
    [found] = cosignatures(NOTE + lines, [KEY.cosigner])
    assert found.at == AT.replace(microsecond=0)


def test_a_verifier_string_is_of_a_witness_and_spelled_one_way() -> None:
    text = KEY.cosigner.to_string()
    assert Cosigner.from_string(text).to_string() == text
    name, key_id, key = text.split("+", 2)
    as_log = LogKey(name, PRIVATE).verifier_string()
    for wrong in (
        as_log,
        f"{name}+{key_id}",
        f"{name}+{'0' * 8}+{key}",
        f"{name}+{key_id.upper()}X+{key}",
        f"{name}+{key_id}+{key[:-4]}",
        f"{name}+{key_id}+!!!!",
        "",
    ):
        with pytest.raises(CosignatureError, match="key"):
            Cosigner.from_string(wrong)


@pytest.mark.parametrize("cut", [(4, 5), (11, 12), (12, 13), (75, 76)])
def test_a_changed_byte_is_found(cut: tuple[int, int]) -> None:
    line = KEY.cosign(TEXT, AT)
    data = bytearray(base64.b64decode(line.split(" ")[2]))
    data[cut[0]] ^= 1
    spoiled = f"— {KEY.cosigner.name} {base64.b64encode(bytes(data)).decode()}\n"
    with pytest.raises(CosignatureError):
        cosignatures(NOTE + spoiled, [KEY.cosigner])


def test_a_cosignature_of_another_head_does_not_count() -> None:
    other = sign(Checkpoint(LOG.name, 4, bytes(32)), LOG)
    with pytest.raises(CosignatureError, match="signature"):
        cosignatures(other + KEY.cosign(TEXT, AT), [KEY.cosigner])


def test_a_plain_signature_by_the_same_key_is_no_cosignature() -> None:
    """Key id and message differ: neither can pass for the other."""
    plain = LogKey(KEY.cosigner.name, PRIVATE).sign(TEXT).split("\n\n")[1]
    assert cosignatures(NOTE + plain, [KEY.cosigner]) == ()
    forged = notes.signature_line(KEY.cosigner.name, KEY.cosigner.key_id, bytes(64))
    with pytest.raises(CosignatureError, match="length"):
        cosignatures(NOTE + forged, [KEY.cosigner])


@given(st.text(max_size=200))
def test_no_text_is_more_than_refused(text: str) -> None:
    for read in (Submission.parse, parse_size, Cosigner.from_string):
        with suppress(LedgerError):
            read(text)
    with suppress(LedgerError):
        cosignatures(NOTE + text, [KEY.cosigner])


def test_a_submission_is_spelled_one_way() -> None:
    made = Submission(5, (b"\x01" * 32, b"\x02" * 32), NOTE)
    assert Submission.parse(made.to_text()) == made
    assert Submission.parse(Submission(0, (), NOTE).to_text()) == Submission(0, (), NOTE)
    with pytest.raises(SubmissionError, match="proof"):
        Submission.parse(Submission(5, (bytes(32),) * (MAX_PROOF + 1), NOTE).to_text())
    assert (
        len(Submission.parse(Submission(5, (bytes(32),) * MAX_PROOF, NOTE).to_text()).proof) == 63
    )


def test_a_known_size_is_a_plain_number() -> None:
    assert parse_size("17\n") == 17
    for wrong in ("17", "017\n", "-1\n", "17\n\n", "", "1" * 30 + "\n"):
        with pytest.raises(SubmissionError, match="size"):
            parse_size(wrong)
