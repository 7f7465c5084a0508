"""The log's private key on disk and in the environment."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from auction.ledger import keys
from auction.ledger.keys import KeyFileError


def test_a_new_key_is_for_its_owner_alone_and_loads_again(tmp_path: Path) -> None:
    path = tmp_path / "log.pem"
    made = keys.generate(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert keys.load(path).public_key() == made.public_key()
    assert keys.from_pem(path.read_bytes()).public_key() == made.public_key()


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "log.pem"
    keys.generate(path)
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match=r"^exists"):
        keys.generate(path)
    assert path.read_bytes() == before


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"^missing: .*log\.pem"):
        keys.load(tmp_path / "log.pem")


def test_text_that_is_no_key_is_refused_and_not_quoted() -> None:
    for pem in (
        b"",
        b"secret",
        b"-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n",
    ):
        with pytest.raises(KeyFileError, match=r"^pem") as caught:
            keys.from_pem(pem)
        assert "secret" not in str(caught.value)


def test_an_encrypted_key_is_refused() -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
    )
    with pytest.raises(KeyFileError, match=r"^pem"):
        keys.from_pem(pem)


def test_a_key_of_another_kind_is_refused() -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    with pytest.raises(KeyFileError, match=r"^type"):
        keys.from_pem(pem)
