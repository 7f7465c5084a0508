"""Identities: sealed at rest, pseudonymous per lot, committed to in public."""

import hashlib
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction.pki.sealing import (
    Sealer,
    SealingError,
    commitment,
    key_from_text,
    load_or_create_key,
)

KEY = bytes(range(32))
PERSON = {"name": "苏州演练置业有限公司", "code": "91320594MA1DEMO001", "shares": [60, 40]}


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(KEY)


def test_a_sealed_identity_opens_in_its_place_only(sealer: Sealer) -> None:
    sealed = sealer.seal(PERSON, "party/1")
    assert sealer.open(sealed, "party/1") == PERSON
    with pytest.raises(SealingError):
        sealer.open(sealed, "party/2")


def test_a_sealed_identity_shows_nothing_and_never_repeats(sealer: Sealer) -> None:
    first, second = (sealer.seal(PERSON, "party/1") for _ in range(2))
    assert first != second
    assert "苏州".encode() not in first


def test_another_key_does_not_open_it(sealer: Sealer) -> None:
    with pytest.raises(SealingError):
        Sealer(bytes(32)).open(sealer.seal(PERSON, "party/1"), "party/1")


@given(at=st.integers(0, 200), flip=st.integers(1, 255))
def test_an_altered_byte_is_noticed(at: int, flip: int) -> None:
    sealer = Sealer(KEY)
    sealed = bytearray(sealer.seal(PERSON, "c"))
    sealed[at % len(sealed)] ^= flip
    with pytest.raises(SealingError):
        sealer.open(bytes(sealed), "c")


@given(st.binary(max_size=80))
def test_random_bytes_do_not_open(sealed: bytes) -> None:
    with pytest.raises(SealingError):
        Sealer(KEY).open(sealed, "c")


def test_a_party_has_one_pseudonym_per_lot(sealer: Sealer) -> None:
    assert sealer.pseudonym("lot1", "party1") == Sealer(KEY).pseudonym("lot1", "party1")
    others = {
        sealer.pseudonym("lot1", "party1"),
        sealer.pseudonym("lot2", "party1"),
        sealer.pseudonym("lot1p", "arty1"),
        Sealer(bytes(32)).pseudonym("lot1", "party1"),
    }
    assert len(others) == 4


def test_a_payer_is_found_however_the_bank_writes_the_name(sealer: Sealer) -> None:
    assert sealer.index("苏州演练（集团） Co.") == sealer.index("苏州演练(集团)CO.")
    assert sealer.index("甲公司", "6222 0001") == sealer.index("甲公司", "62220001")
    assert sealer.index("甲公司") != sealer.index("乙公司")
    assert sealer.index("甲公司") != sealer.pseudonym("甲公司", "")


def test_a_commitment_can_be_checked_by_hand() -> None:
    salt = b"\x05" * 32
    assert commitment(salt, "甲公司") == hashlib.sha256(salt + "甲公司".encode()).hexdigest()
    with pytest.raises(ValueError, match="32"):
        commitment(b"short", "甲公司")


def test_the_key_file_is_made_once_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "identity.key"
    first = load_or_create_key(path)
    assert load_or_create_key(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    with pytest.raises(PermissionError):
        load_or_create_key(path)


def test_a_key_of_the_wrong_length_is_refused() -> None:
    assert key_from_text("00" * 32 + "\n") == bytes(32)
    for text in ("00" * 16, "zz" * 32, ""):
        with pytest.raises(ValueError, match=r"hex"):
            key_from_text(text)
    with pytest.raises(ValueError, match="32"):
        Sealer(b"short")
