"""What a witness signs: C2SP tlog-cosignature v1 with Ed25519 (c2sp.org/tlog-cosignature).

A cosignature says that at its instant the checkpoint was the largest head of that log that the
witness had seen, and that every earlier one it cosigned is a beginning of it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from auction.core.instants import from_us, to_us
from auction.ledger import base64strict, notes
from auction.ledger.errors import LedgerError

COSIGNATURE_V1 = b"\x04"
"""Signature type of a timestamped Ed25519 cosignature in key ids and verifier strings."""

_SECOND_US = 1_000_000
_TIME_BYTES = 8
_SIGNATURE_BYTES = 64
_LATEST = 253402300799
"""The last second of the year 9999, as far as instants go."""


class CosignatureError(LedgerError):
    """Codes: `key` (not a verifier string of a witness), `length`, `time` (no instant),
    `signature` (by a known witness, but wrong)."""


class Cosignature(NamedTuple):
    """A verified cosignature: whose, from when (whole seconds), and its signature line."""

    witness: "Cosigner"
    at: datetime
    line: str


class Cosigner:
    """A witness's name and public key."""

    def __init__(self, name: str, public: Ed25519PublicKey) -> None:
        self._public = public
        self._encoded = COSIGNATURE_V1 + public.public_bytes_raw()
        self.name = name
        self.key_id = notes.key_id(name, self._encoded)

    @classmethod
    def from_string(cls, text: str) -> Self:
        """From a C2SP verifier string `name+hhhhhhhh+base64` of type 0x04; CosignatureError."""
        try:
            name, key_id, encoded = text.split("+", 2)
            key = base64strict.decode(encoded)
            if key[:1] != COSIGNATURE_V1:
                raise CosignatureError("key", "the key is not of type cosignature/v1 (0x04)")
            found = cls(name, Ed25519PublicKey.from_public_bytes(key[1:]))
        except CosignatureError:
            raise
        except ValueError as error:
            raise CosignatureError("key", "not name+hhhhhhhh+base64 of an Ed25519 key") from error
        if found.key_id.hex() != key_id:
            raise CosignatureError("key", "the key id does not belong to this name and key")
        return found

    def to_string(self) -> str:
        """The verifier string, as a witness publishes it and others pin it."""
        return f"{self.name}+{self.key_id.hex()}+{base64strict.encode(self._encoded)}"

    def read(self, text: str, signature: bytes) -> datetime:
        """The instant of this witness's cosignature over the note text; CosignatureError."""
        if len(signature) != _TIME_BYTES + _SIGNATURE_BYTES:
            raise CosignatureError("length", f"{len(signature)} bytes are no cosignature")
        seconds = int.from_bytes(signature[:_TIME_BYTES], "big")
        if seconds > _LATEST:
            raise CosignatureError("time", "the instant lies outside the calendar")
        try:
            self._public.verify(signature[_TIME_BYTES:], _message(text, seconds))
        except InvalidSignature as error:
            raise CosignatureError(
                "signature", f"the cosignature of {self.name} is wrong"
            ) from error
        return from_us(seconds * _SECOND_US)


class CosignatureKey:
    """A witness's private key under its name; serves one witness only (C2SP, Ed25519)."""

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self.cosigner = Cosigner(name, private.public_key())
        self._private = private

    def __repr__(self) -> str:
        return f"CosignatureKey({self.cosigner.to_string()!r})"

    def cosign(self, text: str, at: datetime) -> str:
        """The signature line over a checkpoint's text, with its newline; `at` loses fractions."""
        seconds = to_us(at) // _SECOND_US
        signature = self._private.sign(_message(text, seconds))
        return notes.signature_line(
            self.cosigner.name,
            self.cosigner.key_id,
            seconds.to_bytes(_TIME_BYTES, "big") + signature,
        )


def cosignatures(note: str, witnesses: Iterable[Cosigner]) -> tuple[Cosignature, ...]:
    """Every cosignature of a known witness on a note, the newest of each.

    Signatures by others, the log's own among them, are ignored; one by a known witness that does
    not hold raises CosignatureError, a malformed note NoteError.
    """
    text, signatures = notes.split(note)
    known = {(one.name, one.key_id): one for one in witnesses}
    found: dict[tuple[str, bytes], Cosignature] = {}
    for name, key_id, value in signatures:
        witness = known.get((name, key_id))
        if witness is None:
            continue
        at = witness.read(text, value)
        before = found.get((name, key_id))
        if before is None or before.at <= at:
            line = notes.signature_line(name, key_id, value)
            found[name, key_id] = Cosignature(witness, at, line)
    return tuple(found.values())


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
