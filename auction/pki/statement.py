"""Signed statements: one format for every act that a person signs.

The signed bytes are the DSSE pre-authentication encoding (PAE) of a payload type and a body, so
the purpose is under the signature: a login signature is never a bid. The body is one flat JSON
object of strings in printable ASCII without `"` and backslash, keys sorted, no white space between
tokens: on this subset RFC 8785 has exactly one form, and no token driver can re-encode it.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509

from auction.pki.chain import ValidatedCertificate
from auction.pki.keys import certificate_key, load_public_key, signature_is_good, spki_der
from auction.pki.reasons import PkiReason

BODY_LIMIT: Final = 2047
CHAIN_LIMIT: Final = 4
SKEW_ADVISORY_S: Final = 120
PRACTICE: Final = "practice-"
_CERTIFICATE_LIMIT: Final = 16 * 1024  # characters of base64

_PAYLOAD_TYPE = "application/vnd.auction.{}+json"
_BASE: dict[str, str] = {
    "login": "aud nonce iat cert",
    "bid": "aud lot plate rules amount cur prev nonce iat cert",
    "application": "aud lot form documents rules nonce iat cert",
    "consent": "aud lot form nonce iat cert",
    "receipt": "aud lot documents nonce iat cert",
    "answer": "aud lot plate rules willing nonce iat cert",
    "lottery": "aud lot plate rules nonce iat cert",
    "papers": "aud lot plate papers nonce iat cert",
    "confirmation": "aud lot plate side document amount cur nonce iat cert",
    "refund": "aud lot account nonce iat cert",
    "approval": "aud lot act document nonce iat cert",
    "enrol": "aud identity key nonce",
    "enrolment": "aud form nonce iat cert",
    "check": "aud nonce iat cert",
}
# purpose -> (payload type, exact set of fields). A practice statement has its own payload type,
# so a rehearsal's signature is worth nothing in a sale, and the other way round.
PURPOSES: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    prefix + purpose: (_PAYLOAD_TYPE.format(prefix + purpose), frozenset(fields.split()))
    for prefix in ("", PRACTICE)
    for purpose, fields in _BASE.items()
}

_HASH = r"[0-9a-f]{64}"
_HASH_LIST = rf"{_HASH}(?:,{_HASH})*"
_SLUG = r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}"
FIELD_FORMS: Final[Mapping[str, str]] = {
    "account": _HASH,  # salted commitment of the refund account
    "act": _SLUG,  # what an officer approves, for example `publish`
    "amount": r"[1-9][0-9]{0,14}",  # fen
    "aud": r"https?://[0-9A-Za-z.:\[\]-]{1,200}",  # the configured origin
    "cert": _HASH,  # SHA-256 of the certificate's DER
    "cur": r"[A-Z]{3}",
    "document": _HASH,
    "documents": _HASH_LIST,
    "form": _HASH,  # SHA-256 of the filed form
    "iat": r"[1-9][0-9]{0,11}",  # the signer's own clock: seconds since 1970
    "identity": _SLUG,
    "key": _HASH,  # SHA-256 of the DER SubjectPublicKeyInfo
    "lot": _SLUG,
    "nonce": _HASH,  # 32 random bytes
    "papers": _HASH_LIST,
    "plate": r"[0-9]{1,8}",  # digits only, see signed_plate()
    "prev": rf"(?:0|[1-9][0-9]{{0,14}}):{_HASH}",  # size:root of the head that the bidder saw
    "rules": _HASH,
    "side": r"grantor|winner",
    "willing": r"yes|no",  # whether the bidder wants to enter the live round
}

_PAIR = r'"([a-z]{1,16})":"([ !#-\[\]-~]*)"'
_PAIR_RE = re.compile(_PAIR)
_BODY_RE = re.compile(rf"\{{(?:{_PAIR}(?:,{_PAIR})*)?\}}")
_FIELD_RES = {name: re.compile(form) for name, form in FIELD_FORMS.items()}


def _sound(names: frozenset[str]) -> tuple[tuple[str, ...], re.Pattern[str]]:
    """A purpose's fields in order, and the pattern of the whole of a sound body."""
    ordered = tuple(sorted(names))
    pairs = ",".join(f'"{name}":"({FIELD_FORMS[name]})"' for name in ordered)
    return ordered, re.compile(r"\{" + pairs + r"\}")


# What does not match at once is looked at piece by piece for its fault.
_SOUND = {purpose: _sound(names) for purpose, (_, names) in PURPOSES.items()}


class StatementError(Exception):
    """A statement is refused; `code` says why, `data` holds what its sentence may name."""

    def __init__(self, code: PkiReason, **data: str | int) -> None:
        super().__init__(code.value)
        self.code = code
        self.data = data


@dataclass(frozen=True, slots=True)
class Statement:
    """A parsed statement: its purpose, the exact body bytes and the fields in them."""

    purpose: str
    body: bytes
    fields: Mapping[str, str]

    @property
    def digest(self) -> str:
        """SHA-256 hex of the body: the key against repetition (never the signature's bytes)."""
        return digest(self.body)

    def skew_s(self, now: datetime) -> int:
        """Signer's clock minus ours, in whole seconds. A warning, not a rule: server time decides.

        Above SKEW_ADVISORY_S the page tells the signer that the computer's clock is wrong.
        """
        return int(self.fields["iat"]) - int(now.timestamp())


@dataclass(frozen=True, slots=True)
class Signed:
    """What a client sends: body, signature and the signer's certificate, still unverified."""

    body: bytes
    signature: bytes
    certificate: bytes
    chain: tuple[bytes, ...] = ()
    """DER of the authorities' certificates on the way to an anchor, as far as the client has it."""

    @classmethod
    def from_transport(cls, payload: Mapping[str, object]) -> "Signed":
        """Read `{body, signature, certificate, chain}`: body as text, the others in base64.

        `chain` is a list of at most CHAIN_LIMIT and may be missing.

        Raises StatementError(STATEMENT_TRANSPORT, field=..) or STATEMENT_TOO_LONG.
        """
        body = payload.get("body")
        if not isinstance(body, str) or not body.isascii():
            raise StatementError(PkiReason.STATEMENT_TRANSPORT, field="body")
        if len(body) > BODY_LIMIT:
            raise StatementError(PkiReason.STATEMENT_TOO_LONG, limit=BODY_LIMIT)
        return cls(
            body.encode("ascii"),
            decode_base64(payload.get("signature"), "signature", limit=2048),
            decode_base64(payload.get("certificate"), "certificate", limit=_CERTIFICATE_LIMIT),
            decode_chain(payload["chain"]) if "chain" in payload else (),
        )

    def to_transport(self) -> dict[str, str | list[str]]:
        """The form in which a client sends it; `from_transport` reads it."""
        transport: dict[str, str | list[str]] = {
            "body": self.body.decode("ascii"),
            "signature": base64.b64encode(self.signature).decode("ascii"),
            "certificate": base64.b64encode(self.certificate).decode("ascii"),
        }
        if self.chain:
            transport["chain"] = [base64.b64encode(der).decode("ascii") for der in self.chain]
        return transport


def decode_base64(text: object, field: str, *, limit: int) -> bytes:
    """Decode standard base64 of at most `limit` characters, or StatementError naming `field`."""
    if not isinstance(text, str) or not 0 < len(text) <= limit:
        raise StatementError(PkiReason.STATEMENT_TRANSPORT, field=field)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise StatementError(PkiReason.STATEMENT_TRANSPORT, field=field) from None


def decode_chain(given: object) -> tuple[bytes, ...]:
    """Decode a list of at most CHAIN_LIMIT certificates, or StatementError naming `chain`."""
    if not isinstance(given, list) or len(given) > CHAIN_LIMIT:
        raise StatementError(PkiReason.STATEMENT_TRANSPORT, field="chain")
    return tuple(decode_base64(text, "chain", limit=_CERTIFICATE_LIMIT) for text in given)


def purpose_for(purpose: str, *, practice: bool) -> str:
    """The purpose to ask for: its practice variant in a rehearsal or on a practice lot."""
    return PRACTICE + purpose if practice else purpose


def signed_plate(plate: str) -> str:
    """A plate as it stands in a statement: `演-6172` signs as `6172` (its type says practice)."""
    return plate.removeprefix("演-")


def pae(payload_type: str, body: bytes) -> bytes:
    """DSSE v1 pre-authentication encoding: the bytes that are signed."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


def digest(body: bytes) -> str:
    """SHA-256 hex of a statement's body."""
    return hashlib.sha256(body).hexdigest()


def build(purpose: str, fields: Mapping[str, str]) -> bytes:
    """The canonical body of a statement. Raises StatementError as `parse` does."""
    pairs = ",".join(f'"{name}":"{fields[name]}"' for name in sorted(fields))
    try:
        body = f"{{{pairs}}}".encode("ascii")
    except UnicodeEncodeError:
        raise StatementError(PkiReason.STATEMENT_NOT_CANONICAL) from None
    if parse(purpose, body).fields != fields:
        # A quote inside a value could otherwise smuggle in a second field.
        raise StatementError(PkiReason.STATEMENT_NOT_CANONICAL)
    return body


def parse(purpose: str, body: bytes) -> Statement:
    """Read a body, accepting its one canonical form only. Raises StatementError."""
    wanted = _purpose(purpose)[1]
    if len(body) > BODY_LIMIT:
        raise StatementError(PkiReason.STATEMENT_TOO_LONG, limit=BODY_LIMIT)
    # A pattern instead of a JSON parser: escapes, nesting, numbers, white space and other bytes
    # are all outside the subset, and nothing recurses on what a stranger sent.
    text = body.decode("latin-1")
    sorted_names, sound = _SOUND[purpose]
    if (found := sound.fullmatch(text)) is not None:
        return Statement(purpose, body, dict(zip(sorted_names, found.groups(), strict=True)))
    if not _BODY_RE.fullmatch(text):
        raise StatementError(PkiReason.STATEMENT_NOT_CANONICAL)
    pairs = _PAIR_RE.findall(text)
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise StatementError(PkiReason.STATEMENT_DUPLICATE_KEY, field=name)
    if names != sorted(names):
        raise StatementError(PkiReason.STATEMENT_NOT_CANONICAL)
    if set(names) != wanted:
        raise StatementError(
            PkiReason.STATEMENT_WRONG_FIELDS,
            missing=",".join(sorted(wanted - set(names))),
            unexpected=",".join(sorted(set(names) - wanted)),
        )
    for name, value in pairs:
        if not _FIELD_RES[name].fullmatch(value):
            raise StatementError(PkiReason.STATEMENT_BAD_VALUE, field=name)
    return Statement(purpose, body, dict(pairs))


def verify_statement(
    purpose: str,
    body: bytes,
    signature: bytes,
    certificate: ValidatedCertificate,
    *,
    expect: Mapping[str, str],
    now: datetime,
) -> Statement:
    """Check one signed statement and return it.

    `certificate` has passed TrustStore.validate, so its key is trusted before it is used; that it
    has not expired since is checked here. `expect` holds the values that the server knows (always
    `aud`; for a login `nonce`; for a bid `lot plate rules cur`): each must stand in the body.

    Raises StatementError; nothing else leaves this function, whatever the bytes.
    """
    statement = parse(purpose, body)
    _require_expected(statement, {**expect, "cert": certificate.fingerprint})
    moment = now.replace(microsecond=0)  # X.509 validity has whole seconds, both ends included
    if moment > certificate.not_after:
        raise StatementError(PkiReason.CERTIFICATE_EXPIRED)
    if moment < certificate.not_before:
        raise StatementError(PkiReason.CERTIFICATE_NOT_YET_VALID)
    _require_signature(statement, signature, certificate.spki)
    return statement


def require_holder(purpose: str, signed: Signed, *, expect: Mapping[str, str]) -> None:
    """Raise StatementError unless the key of the certificate that was sent has signed this.

    Says nothing about whether that certificate counts; ValueError if it cannot be read.
    """
    key = certificate_key(x509.load_der_x509_certificate(signed.certificate))
    statement = parse(purpose, signed.body)
    _require_expected(statement, {**expect, "cert": digest(signed.certificate)})
    _require_signature(statement, signed.signature, b"" if key is None else spki_der(key))


def verify_possession(
    spki: bytes, signature: bytes, *, aud: str, identity: str, nonce: str
) -> Statement:
    """Proof that whoever sends a public key holds its private half: it signed `enrol`.

    The body is rebuilt from what the server knows, so only the signature travels. Raises
    StatementError (STATEMENT_BAD_SIGNATURE also for a key that policy refuses).
    """
    key_hash = hashlib.sha256(spki).hexdigest()
    fields = {"aud": aud, "identity": identity, "key": key_hash, "nonce": nonce}
    statement = parse("enrol", build("enrol", fields))
    _require_signature(statement, signature, spki)
    return statement


def _purpose(purpose: str) -> tuple[str, frozenset[str]]:
    try:
        return PURPOSES[purpose]
    except KeyError:
        raise StatementError(PkiReason.STATEMENT_PURPOSE, purpose=purpose) from None


def _require_expected(statement: Statement, expect: Mapping[str, str]) -> None:
    for name, wanted in expect.items():
        if statement.fields.get(name) == wanted:
            continue
        match name:
            case "aud":
                raise StatementError(PkiReason.STATEMENT_WRONG_AUDIENCE, expected=wanted)
            case "nonce":
                raise StatementError(PkiReason.STATEMENT_WRONG_NONCE)
            case "cert":
                raise StatementError(PkiReason.STATEMENT_WRONG_CERTIFICATE)
            case _:
                raise StatementError(PkiReason.STATEMENT_MISMATCH, field=name)


def _require_signature(statement: Statement, signature: bytes, spki: bytes) -> None:
    key = load_public_key(spki)
    message = pae(_purpose(statement.purpose)[0], statement.body)
    if key is None or not signature_is_good(key, signature, message):
        raise StatementError(PkiReason.STATEMENT_BAD_SIGNATURE)
