"""A key in a program's own memory: for robots, rehearsals and tests, never for a user's account.

It does on the client's side what the browser's signer does; the server never makes or holds one.
"""

import hashlib
from collections.abc import Mapping
from typing import Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from auction.pki.keys import derive_p256, spki_der
from auction.pki.statement import PURPOSES, build, pae


class SoftKey:
    """A P-256 key and, once enrolled, its certificate."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self.spki = spki_der(key.public_key())
        self.certificate = b""
        """DER; empty until the authority has issued it."""

    @classmethod
    def generate(cls, seed: bytes | None = None) -> Self:
        """A fresh key, or always the same one for the same seed (repeatable rehearsals)."""
        if seed is None:
            return cls(ec.generate_private_key(ec.SECP256R1()))
        return cls(derive_p256(seed, "soft key"))

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public half, as a certificate authority takes it."""
        return self._key.public_key()

    def prove_possession(self, *, aud: str, identity: str, nonce: str) -> bytes:
        """Signature for verify_possession()."""
        key_hash = hashlib.sha256(self.spki).hexdigest()
        return self.sign_body(
            "enrol",
            build("enrol", {"aud": aud, "identity": identity, "key": key_hash, "nonce": nonce}),
        )

    def sign(self, purpose: str, fields: Mapping[str, str]) -> tuple[bytes, bytes]:
        """Body and DER signature; `cert` is filled in. The same fields give the same bytes.

        Raises StatementError when the fields do not make a statement of this purpose.
        """
        fingerprint = hashlib.sha256(self.certificate).hexdigest()
        body = build(purpose, {**fields, "cert": fingerprint})
        return body, self.sign_body(purpose, body)

    def sign_body(self, purpose: str, body: bytes) -> bytes:
        """DER signature over the PAE of a body, without looking into it (KeyError: purpose)."""
        # RFC 6979: no randomness, or a seeded rehearsal would differ from run to run.
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        return self._key.sign(pae(PURPOSES[purpose][0], body), algorithm)
