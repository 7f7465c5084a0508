"""Signed statements (SPEC.md, 6): one flat object of strings in one form, and what is signed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from auction.verifier.faults import Malformed

BODY_LIMIT = 2047
_HASH = "[0-9a-f]{64}"
_FIELDS = {
    "bid": "aud lot plate rules amount cur prev nonce iat cert",
    "answer": "aud lot plate rules willing nonce iat cert",
    "lottery": "aud lot plate rules nonce iat cert",
    "confirmation": "aud lot plate side document amount cur nonce iat cert",
}
_FORMS = {
    "amount": "[1-9][0-9]{0,14}",
    "aud": r"https?://[0-9A-Za-z.:\[\]-]{1,200}",
    "cert": _HASH,
    "cur": "[A-Z]{3}",
    "document": _HASH,
    "iat": "[1-9][0-9]{0,11}",
    "lot": "[0-9A-Za-z][0-9A-Za-z._-]{0,63}",
    "nonce": _HASH,
    "plate": "[0-9]{1,8}",
    "prev": f"(?:0|[1-9][0-9]{{0,14}}):{_HASH}",
    "rules": _HASH,
    "side": "grantor|winner",
    "willing": "yes|no",
}
PRACTICE = "practice-"


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement read from its body."""

    purpose: str
    fields: Mapping[str, str]
    signed: bytes
    """The bytes that its signature is over."""


def _pattern(purpose: str) -> re.Pattern[str]:
    names = sorted(_FIELDS[purpose].split())
    pairs = ",".join(f'"{name}":"(?P<{name}>{_FORMS[name]})"' for name in names)
    return re.compile(r"\{" + pairs + r"\}")


_PATTERNS = {purpose: _pattern(purpose) for purpose in _FIELDS}


def read(purpose: str, body: bytes) -> Statement:
    """The statement that `body` spells in its one form. Raises Malformed."""
    pattern = _PATTERNS.get(purpose.removeprefix(PRACTICE))
    if pattern is None:
        raise Malformed("a purpose that has no place in a lot's log")
    if len(body) > BODY_LIMIT:
        raise Malformed("a body of 2 KiB or more")
    found = pattern.fullmatch(body.decode("latin-1"))
    if found is None:
        raise Malformed(f"not the one form of a {purpose} statement")
    kind = f"application/vnd.auction.{purpose}+json".encode()
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)
    return Statement(purpose, found.groupdict(), signed)


def digest(body: bytes) -> str:
    """What a record calls the statement: SHA-256 (hex) of its body."""
    return sha256(body).hexdigest()
