"""What a witness is and whom it serves: one TOML file that its operator writes.

    name = "witness.example/w1"        # a schema-less URL; stands in every cosignature
    key = "witness.pem"                # paths are relative to this file
    database = "witness.sqlite3"
    listen = "127.0.0.1:7380"
    centres = ["land-floor.example+hhhhhhhh+base64"]  # every log named under this name and "/"
    logs = ["other.example/log+hhhhhhhh+base64"]      # single logs

Trust comes from here and nowhere else: a log is served if a key of this file is its own.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from auction.ledger import base64strict
from auction.ledger.cosignature import CosignatureError, CosignatureKey
from auction.ledger.errors import LedgerError
from auction.ledger.keys import load
from auction.ledger.notes import Verifier

_KEYS = {"name", "key", "database", "listen", "centres", "logs"}


class WitnessSettingsError(ValueError):
    """The file does not describe a witness that can run; the text says why."""


class Trusted:
    """The keys from which heads are taken: of single logs, and of whole centres."""

    def __init__(self, logs: tuple[Verifier, ...], centres: tuple[Verifier, ...]) -> None:
        self._logs = logs
        self._centres = [(one.name + "/", _public(one)) for one in centres]

    def keys_of(self, origin: str) -> list[Verifier]:
        """The keys that may sign for this log; empty: a log that is not served.

        A log is one of a centre only below its whole name, so `land-floor.example.evil/x` is none
        of `land-floor.example`.
        """
        found = [one for one in self._logs if one.name == origin]
        found += [Verifier(origin, key) for name, key in self._centres if origin.startswith(name)]
        return found


@dataclass(frozen=True, slots=True)
class WitnessSettings:
    """A witness as its file describes it."""

    name: str
    key_file: Path
    database: Path
    host: str
    port: int
    trusted: Trusted

    def key(self) -> CosignatureKey:
        """The signing key under the witness's name. Raises WitnessSettingsError."""
        try:
            return CosignatureKey(self.name, load(self.key_file))
        except LedgerError as error:
            raise WitnessSettingsError(f"{self.key_file}: {error.detail}") from error


def read(path: Path) -> WitnessSettings:
    """The settings in a TOML file. Raises WitnessSettingsError."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise WitnessSettingsError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WitnessSettingsError(f"{path}: {error}") from error
    if unknown := data.keys() - _KEYS:
        raise WitnessSettingsError(f"{path}: unknown: {', '.join(sorted(unknown))}")
    host, _, port = _text(path, data, "listen").rpartition(":")
    if not host or not port.isdecimal() or not int(port) < 65536:
        raise WitnessSettingsError(f"{path}: listen is host:port")
    logs, centres = (_verifiers(path, data, name) for name in ("logs", "centres"))
    if not logs and not centres:
        raise WitnessSettingsError(f"{path}: neither logs nor centres: there is nothing to witness")
    return WitnessSettings(
        name=_text(path, data, "name"),
        key_file=path.parent / _text(path, data, "key"),
        database=path.parent / _text(path, data, "database"),
        host=host.strip("[]"),
        port=int(port),
        trusted=Trusted(logs, centres),
    )


def _text(path: Path, data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise WitnessSettingsError(f"{path}: {name} is missing, or no text")
    return value


def _verifiers(path: Path, data: Mapping[str, Any], name: str) -> tuple[Verifier, ...]:
    value = data.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise WitnessSettingsError(f"{path}: {name} is a list of verifier strings")
    try:
        return tuple(Verifier.from_string(one) for one in value)
    except (LedgerError, CosignatureError) as error:
        raise WitnessSettingsError(f"{path}: {name}: {error.detail}") from error


def _public(verifier: Verifier) -> Ed25519PublicKey:
    encoded = base64strict.decode(verifier.to_string().split("+", 2)[2])
    return Ed25519PublicKey.from_public_bytes(encoded[1:])
