"""trust.json: what the reader trusts, obtained elsewhere and never out of a bundle (SPEC.md, 2)."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from auction.verifier.faults import Malformed, Unusable
from auction.verifier.notes import LOG_KEY, WITNESS_KEY, NoteKey, unbase64

TRUST_LIMIT = 4 * 1024 * 1024
FORMAT = "auction-trust/1"
_KEY_KINDS = ("P-256", "P-384", "RSA", "SM2")


@dataclass(frozen=True, slots=True)
class Lot:
    """What is trusted of one lot's log: its keys, the SHA-256 of its terms, its audience."""

    keys: tuple[NoteKey, ...]
    terms: str | None
    audience: str | None


@dataclass(frozen=True, slots=True)
class Anchor:
    """A certificate authority, and what its certificates must be."""

    der: bytes
    policies: frozenset[str]
    key_kinds: frozenset[str]
    must_answer: bool
    """Whether a certificate counts only with a fresh proof that it was not revoked."""
    max_list_age_s: int | None
    """How old such a proof may be, whatever it says itself; None: it says it itself."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the certificate."""
        return sha256(self.der).hexdigest()


@dataclass(frozen=True, slots=True)
class Timestamping:
    """A time-stamping authority: its own certificate and those above it, the root last."""

    chain: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """All of trust.json."""

    lots: dict[str, Lot]
    """By the log's origin."""
    witnesses: tuple[NoteKey, ...]
    quorum: int
    authorities: tuple[Timestamping, ...]
    max_delay_s: int
    anchors: tuple[Anchor, ...]
    intermediates: tuple[bytes, ...]
    permitted: frozenset[int]
    """Checks that may end in NOT CHECKED without spoiling the result."""


def read(data: bytes) -> Trust:
    """Read trust.json. Raises Unusable for anything that is not exactly as SPEC.md says."""
    if len(data) > TRUST_LIMIT:
        raise Unusable(f"trust.json has more than {TRUST_LIMIT} bytes")
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_unique)
        return _trust(found)
    except (Malformed, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Unusable(f"trust.json: {error}") from error
    except (TypeError, KeyError, AttributeError) as error:
        raise Unusable(f"trust.json has another shape: {error!r}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Malformed("a key stands twice")
    return made


def _trust(found: dict[str, Any]) -> Trust:
    if found["format"] != FORMAT:
        raise Malformed(f"the format is not {FORMAT}")
    if strange := set(found) - _FIELDS:
        raise Malformed(f"a field that is not known: {min(strange)}")
    witnesses = found.get("witnesses", {"keys": [], "quorum": 0})
    stamping = found.get("timestamps", {"authorities": []})
    keys = tuple(_key(text, WITNESS_KEY) for text in witnesses["keys"])
    quorum, delay = witnesses["quorum"], found.get("max_anchoring_delay_s", 60)
    if type(quorum) is not int or not 0 <= quorum <= len({key.raw for key in keys}):
        raise Malformed("the quorum is more than there are witnesses")
    if type(delay) is not int or not 0 <= delay <= 10**9:
        raise Malformed("max_anchoring_delay_s is not a number of seconds")
    return Trust(
        lots={origin: _lot(origin, lot) for origin, lot in found["lots"].items()},
        witnesses=keys,
        quorum=quorum,
        authorities=tuple(_authority(one["chain"]) for one in stamping["authorities"]),
        max_delay_s=delay,
        anchors=tuple(map(_anchor, found["anchors"])),
        intermediates=tuple(map(unbase64, found.get("intermediates", []))),
        permitted=frozenset(map(_number, found.get("permit_not_checked", []))),
    )


_FIELDS = {
    *("format", "lots", "witnesses", "timestamps", "max_anchoring_delay_s"),
    *("anchors", "intermediates", "permit_not_checked", "note"),
}


def _key(text: str, kind: int) -> NoteKey:
    key = NoteKey.read(text)
    if key.kind != kind:
        raise Malformed(f"the key of {key.name} is of another type")
    return key


def _lot(origin: str, found: dict[str, Any]) -> Lot:
    keys = tuple(_key(text, LOG_KEY) for text in found["keys"])
    if not keys or any(key.name != origin for key in keys):
        raise Malformed(f"the keys of {origin} have its name")
    terms, audience = found.get("terms"), found.get("audience")
    for text in (terms, audience):
        if text is not None and not isinstance(text, str):
            raise Malformed("terms and audience are texts")
    return Lot(keys, terms, audience)


def _authority(chain: list[str]) -> Timestamping:
    if len(chain) < 2:
        raise Malformed("a timestamping authority's certificate, and those above it")
    return Timestamping(tuple(map(unbase64, chain)))


def _anchor(found: dict[str, Any]) -> Anchor:
    kinds = found.get("key_kinds", _KEY_KINDS)
    mode = found.get("revocation", "soft")
    if not set(kinds) <= set(_KEY_KINDS) or mode not in ("hard", "soft"):
        raise Malformed("an anchor with an unknown kind of key or mode of revocation")
    policies = found.get("policies", [])
    if not all(isinstance(one, str) for one in policies):
        raise Malformed("policies are texts")
    age = found.get("max_list_age_hours")
    if age is not None and type(age) is not int:
        raise Malformed("max_list_age_hours is no number")
    return Anchor(
        unbase64(found["certificate"]),
        frozenset(policies),
        frozenset(kinds),
        mode == "hard",
        None if age is None else age * 3600,
    )


def _number(text: str) -> int:
    if text not in {f"{n:02d}" for n in range(1, 16)}:
        raise Malformed("permit_not_checked holds numbers 01 to 15")
    return int(text)
