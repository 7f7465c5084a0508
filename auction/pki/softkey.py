"""A key in a program's own memory: for robots, rehearsals and tests, never for a user's account.

It does on the client's side what the browser's signer does; the server never makes or holds one.
"""

import hashlib
from collections.abc import Mapping
from typing import Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from auction.pki.demo.derived import PrivateKey, derived_key, fresh_key
from auction.pki.keys import (
    CURVES,
    AcceptedKey,
    accepted_key,
    key_kind,
    names_sm2,
    spki_der,
)
from auction.pki.sm2 import Sm2PrivateKey
from auction.pki.statement import PURPOSES, build, pae


class SoftKey:
    """A key of any accepted kind and, once enrolled, its certificate."""

    def __init__(self, key: PrivateKey) -> None:
        """ValueError: a key that policy refuses."""
        public = accepted_key(key.public_key())
        if public is None:
            raise ValueError("a key that policy refuses")
        self._key = key
        self.public_key: AcceptedKey = public
        """The public half, as a certificate authority takes it."""
        self.kind = key_kind(public)
        """As `key_kind` names it."""
        self.spki = spki_der(public)
        self.certificate = b""
        """DER; empty until the authority has issued it."""

    @classmethod
    def generate(cls, seed: bytes | None = None, kind: str = "P-256") -> Self:
        """A fresh key, or always the same one for the same seed (repeatable rehearsals).

        `kind`: P-256, P-384, SM2, RSA-2048 to RSA-4096 (else ValueError).
        """
        return cls(fresh_key(kind) if seed is None else derived_key(seed, "soft key", kind))

    @classmethod
    def from_pkcs8(cls, der: bytes) -> Self:
        """Read what `private_pkcs8` wrote. Raises ValueError."""
        if names_sm2(der):
            return cls(Sm2PrivateKey.from_pkcs8(der))
        key = load_der_private_key(der, None)
        if not isinstance(key, PrivateKey):
            raise ValueError("a key that policy refuses")
        return cls(key)

    def private_pkcs8(self) -> bytes:
        """DER PrivateKeyInfo, unencrypted."""
        if isinstance(self._key, Sm2PrivateKey):
            return self._key.pkcs8()
        return self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def prove_possession(self, *, aud: str, identity: str, nonce: str) -> bytes:
        """Signature for verify_possession()."""
        key_hash = hashlib.sha256(self.spki).hexdigest()
        return self.sign_body(
            "enrol",
            build("enrol", {"aud": aud, "identity": identity, "key": key_hash, "nonce": nonce}),
        )

    def sign(self, purpose: str, fields: Mapping[str, str]) -> tuple[bytes, bytes]:
        """Body and signature; `cert` is filled in. The same fields give the same bytes.

        Raises StatementError when the fields do not make a statement of this purpose.
        """
        fingerprint = hashlib.sha256(self.certificate).hexdigest()
        body = build(purpose, {**fields, "cert": fingerprint})
        return body, self.sign_body(purpose, body)

    def sign_body(self, purpose: str, body: bytes) -> bytes:
        """Signature over the PAE of a body, without looking into it (KeyError: purpose)."""
        return self.raw_sign(pae(PURPOSES[purpose][0], body))

    def raw_sign(self, message: bytes) -> bytes:
        """Signature over any bytes, in the form that certificates carry.

        DER for ECDSA (with the curve's hash) and SM2 (with SM3), PKCS #1 v1.5 with SHA-256 for
        RSA. Never with randomness, or a seeded rehearsal would differ from run to run.
        """
        match self._key:
            case Sm2PrivateKey() as key:
                return key.sign(message)
            case ec.EllipticCurvePrivateKey() as key:
                algorithm = CURVES[key.curve.name][1]
                return key.sign(message, ec.ECDSA(algorithm, deterministic_signing=True))
            case key:
                return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
